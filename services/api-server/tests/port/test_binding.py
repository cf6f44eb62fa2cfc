"""Bodies, parameters and path variables become messages."""

import datetime as dt

import pytest

from plumbline.api_server.port import binding, routes
from plumbline.api_server.services import registry
from plumbline.core import errors

CANARY = "canary-9e1d"


@pytest.fixture(scope="module")
def table():
    return routes.Routes(
        b for service in registry.SERVICES for b in routes.bindings_of(service.descriptor)
    )


@pytest.fixture
def bound(table):
    """Return what binds a request to its message."""

    def bind(verb, path, *query, body=b""):
        return binding.request_of(table.find(verb, path), query, body)

    return bind


APPS = "/api/v1/applications"
LOGS = f"{APPS}/a/logs"


def test_parameters_by_either_name(bound):
    """The proto's names and their lower camel case; dotted; repeated; unknown ones ignored."""
    query = [
        ("projects", "a"),
        ("projects", "b"),
        ("appNamespace", "n"),
        ("no.such", "x"),
        ("", ""),
    ]
    made = bound("GET", APPS, *query)
    assert (["a", "b"], "n") == (list(made.projects), made.appNamespace)
    made = bound("GET", "/api/v1/clusters", ("id.type", "name"), ("id.value", "c"))
    assert ("name", "c") == (made.id.type, made.id.value)


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("1", True), ("T", True), ("0", False), ("False", False)]
)
def test_bools(bound, text, value):
    """Go's words; an explicit false is there."""
    made = bound("DELETE", f"{APPS}/a", ("cascade", text))
    assert made.HasField("cascade")
    assert value == made.cascade


def test_numbers_and_times(bound):
    """Signed; a time is RFC 3339, or its parts."""
    made = bound("GET", LOGS, ("tailLines", "-5"), ("sinceTime", "2024-05-06T07:08:09Z"))
    moment = dt.datetime(2024, 5, 6, 7, 8, 9, tzinfo=dt.UTC)
    assert (-5, int(moment.timestamp())) == (made.tailLines, made.sinceTime.seconds)
    assert 7 == bound("GET", LOGS, ("sinceTime.seconds", "7")).sinceTime.seconds


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (LOGS, ("tailLines", CANARY)),
        (LOGS, ("tailLines", "1" * 30)),
        (LOGS, ("tailLines", str(2**63))),
        (LOGS, ("tailLines", "")),
        (LOGS, ("tailLines", "\u0661")),
        (LOGS, ("follow", CANARY)),
        (LOGS, ("sinceTime", CANARY)),
        ("/api/v1/clusters", ("id", CANARY)),
    ],
)
def test_a_wrong_value_is_named_by_its_parameter(bound, path, query):
    """Never by itself."""
    with pytest.raises(errors.InvalidArgument) as refused:
        bound("GET", path, query)
    assert refused.value.message.startswith(f"{query[0]}: ")
    assert CANARY not in refused.value.message


def test_of_several_values_for_one_the_first_counts(bound):
    """And it is no error."""
    assert "a" == bound("GET", APPS, ("selector", "a"), ("selector", "b")).selector


def test_the_path_and_the_body_are_not_overruled_by_parameters(bound):
    """Neither themselves nor what is inside them."""
    assert "a" == bound("GET", f"{APPS}/a", ("name", "b")).name
    query = [("application.metadata.name", "b"), ("application.spec.project", "b"), ("upsert", "1")]
    made = bound("POST", APPS, *query, body=b'{"metadata":{"name":"a"}}')
    assert ("a", "", True) == (
        made.application.metadata.name,
        made.application.spec.project,
        made.upsert,
    )


def test_a_whole_body_has_no_parameters(bound):
    """``body: "*"``."""
    made = bound("POST", f"{APPS}/a/sync", ("dryRun", "true"), body=b'{"prune":true,"name":"b"}')
    assert ("a", False, True) == (made.name, made.dryRun, made.prune)


@pytest.mark.parametrize("body", [b"", b"  \n", b"null"])
def test_no_body_is_an_empty_message(bound, body):
    """Which may miss what is required."""
    assert "a" == bound("POST", f"{APPS}/a/sync", body=body).name
    with pytest.raises(errors.InvalidArgument, match=r"^missing: application"):
        bound("POST", APPS, body=body)


@pytest.mark.parametrize("body", [b"{", b"{}{}", b"NaN", b"\xff", b'"' + CANARY.encode()])
def test_a_body_that_is_not_json(bound, body):
    """Where, but not what."""
    with pytest.raises(errors.InvalidArgument, match=r"^the body is not JSON") as refused:
        bound("POST", APPS, body=body)
    error = refused.value
    while error:
        assert CANARY not in f"{error}{error.args}"
        error = error.__cause__


def test_a_body_of_the_wrong_type_is_named_by_its_path(bound):
    """The path begins at the field that the body is."""
    with pytest.raises(errors.InvalidArgument, match=r"^application\.spec\.project: expected"):
        bound("POST", APPS, body=b'{"spec":{"project":1}}')


def test_a_deep_body_is_refused(bound):
    """Not by a stack that overflows."""
    with pytest.raises(errors.InvalidArgument):
        bound("POST", APPS, body=b"[" * 100_000)


def test_a_missing_required_field_is_named(bound):
    """As gRPC would refuse the message."""
    with pytest.raises(errors.InvalidArgument, match=r"^missing: resourceName"):
        bound("GET", f"{APPS}/a/resource", ("version", "v1"), ("kind", "Pod"))


def test_too_many_parameters_are_refused(bound):
    """The number is bounded."""
    with pytest.raises(errors.InvalidArgument):
        bound("GET", APPS, *[("projects", "a")] * 1001)

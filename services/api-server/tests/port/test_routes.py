"""Paths to methods: every row of the contract's table, and how paths are decoded."""

import csv
import json
import re
from pathlib import Path

import pytest

from plumbline.api_server.port import binding, routes
from plumbline.api_server.services import registry
from plumbline.core import errors

TABLE = Path(__file__).resolve().parents[4] / "proto/contract/grpc.tsv"
# Two methods of one verb and path; the later declared one, which is not deprecated, answers.
REPLACED = {
    "/repository.RepositoryService/List": "/repository.RepositoryService/ListRepositories",
    "/repository.RepositoryService/Create": "/repository.RepositoryService/CreateRepository",
    "/repository.RepositoryService/Update": "/repository.RepositoryService/UpdateRepository",
    "/repository.RepositoryService/Delete": "/repository.RepositoryService/DeleteRepository",
}


def rows():
    with TABLE.open() as table:
        found = csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [row for row in found if row["http_path"]]


@pytest.fixture(scope="module")
def table():
    return routes.Routes(
        b for service in registry.SERVICES for b in routes.bindings_of(service.descriptor)
    )


def filled(path):
    """Return a path with a value for each variable, and the values."""
    values = {}

    def fill(match):
        name, _, rest = match[1].partition("=")
        values[name] = f"{len(values) + 1}/x" if rest == "**" else f"{len(values) + 1}"
        return values[name]

    return re.sub(r"\{([^}]*)\}", fill, path), values


@pytest.mark.parametrize("row", rows(), ids=lambda r: f"{r['http_verb']} {r['http_path']}")
def test_every_row_of_the_contract_is_routed(table, row):
    """Verb and path find the method, and the path's variables are bound in its message."""
    path, values = filled(row["http_path"])
    found = table.find(row["http_verb"], path)
    method = REPLACED.get(row["grpc_full_method"], row["grpc_full_method"])
    assert (method, row["http_body"]) == (found.binding.name, found.binding.body)
    assert values == found.variables
    if found.binding.method.client_streaming:
        return
    # Required fields that no variable names, as a client would send them.
    message = found.binding.method.input_type
    needed = {f.name: _value(f) for f in message.fields if f.is_required and f.name not in values}
    kind = found.binding.body and found.binding.body != "*"
    body = _value(message.fields_by_name[found.binding.body]) if kind else needed
    query = [] if found.binding.body == "*" else list(needed.items())
    text = json.dumps(body).encode() if found.binding.body else b""
    made = binding.request_of(found, [(k, str(v)) for k, v in query], text)
    for name, value in values.items():
        place = made
        for part in name.split("."):
            place = getattr(place, part)
        assert value == str(place)


def _value(field):
    if field.message_type:
        return {}
    return "x" if field.type == field.TYPE_STRING else 1


def test_the_table_is_whole():
    """The rows that the walk above has."""
    assert len(rows()) > 100
    assert 1 == sum(row["binding"] == "additional" for row in rows())


@pytest.mark.parametrize(
    ("path", "variables"),
    [
        ("/api/v1/repositories/https%3A%2F%2Fh%2Fo%2Fr.git", {"repo": "https://h/o/r.git"}),
        ("/api/v1/repositories/https%253A%252F%252Fh%252Fr", {"repo": "https://h/r"}),
        ("/api/v1/repositories/https%3a%2f%2fh%2fr/apps", {"repo": "https://h/r"}),
        ("/api/v1/repositories/git@h:o%2Fr/refs", {"repo": "git@h:o/r"}),
        ("/api/v1/repositories/oci%3A%2F%2Fh%2Fa+b/oci-tags", {"repo": "oci://h/a b"}),
        ("/api/v1/clusters/https%3A%2F%2Fk%3A6443", {"id.value": "https://k:6443"}),
        ("/api/v1/clusters/in-cluster", {"id.value": "in-cluster"}),
        ("/api/v1/write-repositories/https%3A%2F%2Fh%2Fr", {"repo": "https://h/r"}),
        ("/api/v1/applications/a%20b", {"name": "a b"}),
        ("/api/v1/applications/a+b", {"name": "a+b"}),
        ("/api/v1/applications/a%252Fb", {"name": "a%2Fb"}),
        ("/api/v1/applications/%C3%BC", {"name": "ü"}),
        ("/api/v1/account/proj:default:role", {"name": "proj:default:role"}),
        (
            "/api/v1/account/can-i/applications/get/",
            {"resource": "applications", "action": "get", "subresource": ""},
        ),
        (
            "/api/v1/account/can-i/applications/get/p/a/b",
            {"resource": "applications", "action": "get", "subresource": "p/a/b"},
        ),
    ],
)
def test_variables_are_decoded(table, path, variables):
    """URLs may be encoded once or twice; other values once, before the path is split."""
    assert variables == table.find("GET", path).variables


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "",
        "/api",
        "/api/v1/",
        "/api/v1/applications/",
        "/api/v1/applications//sync",
        "/api/v1/applications/a%2Fb",
        "/api/v1/applications/a/unknown",
        "/api/v1/../version",
        "/api/v1/clusters/a/b",
        "//api/version",
        "/API/version",
        "/api/v1/applications/a%00b",
        "/" + "a/" * 50,
    ],
)
def test_other_paths_are_not_found(table, path):
    """Nothing is guessed."""
    with pytest.raises(errors.NotFound):
        table.find("GET", path)


@pytest.mark.parametrize("path", ["/api/v1/applications/%", "/a%2", "/%ff%fe", "/a%zz"])
def test_bad_escapes_are_refused(table, path):
    """As an argument that is wrong."""
    with pytest.raises(errors.InvalidArgument):
        table.find("GET", path)


def test_literals_win_over_variables(table):
    """``generate`` is not an ApplicationSet's name."""
    found = table.find("POST", "/api/v1/applicationsets/generate")
    assert "/applicationset.ApplicationSetService/Generate" == found.binding.name
    found = table.find("GET", "/api/v1/applicationsets/generate")
    assert {"name": "generate"} == found.variables


def test_a_path_without_the_verb_tells_its_verbs(table):
    """For 405 and Allow."""
    assert table.find("POST", "/api/v1/applications/a") is None
    assert ["DELETE", "GET", "PATCH", "PUT"] == table.verbs("/api/v1/applications/a")

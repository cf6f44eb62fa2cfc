"""What opens a chart's dependency: declared, by name, by a template, with or without a scheme."""

import pytest

from plumbline.core import errors, repositories
from plumbline.core.repositories import ChartAccess, Repository
from plumbline.core.secret import Secret


def declared(url, **fields):
    return Repository(url=url, type="helm", **fields)


OWN = declared("https://c/stable", name="own", project="team", password=Secret("own"))
ALL = declared("https://c/stable", name="all", password=Secret("all"))
OTHER = declared("https://c/stable", name="other", project="other", password=Secret("other"))
OCI = declared("h:5000/org", name="oci", enable_oci=True, password=Secret("oci"))
GIT = Repository(url="https://git/r", password=Secret("git"))
TEMPLATE = Repository(url="https://t/", username="t", password=Secret("t"))


def access(project="team"):
    return ChartAccess.of(project, [ALL, OWN, OTHER, OCI, GIT], [TEMPLATE], ["*"], {"h": "pem"})


@pytest.mark.parametrize(
    ("address", "password", "url", "is_declared"),
    [
        ("https://c/stable/", "own", "https://c/stable/", True),
        ("@all", "all", "https://c/stable", True),
        ("alias:own", "own", "https://c/stable", True),
        ("@oci", "oci", "oci://h:5000/org", True),
        ("oci://h:5000/org", "oci", "oci://h:5000/org", True),
        ("https://t/charts", "t", "https://t/charts", True),
        ("https://nobody/x", "", "https://nobody/x", False),
        ("https://git/r", "", "https://git/r", False),
    ],
)
def test_a_dependency_is_opened_by_what_is_declared(address, password, url, is_declared):
    """A project's own comes before everybody's; Git's repositories are not charts'."""
    allowed = access()
    if address == "@all":
        # Two declarations of one URL: the project's own opens it, by whatever name.
        password = "own"

    found, known = repositories.find_charts(address, allowed.repositories, allowed.templates)

    assert (password, url, is_declared) == (found.password.reveal(), found.url, known)


def test_another_projects_repository_is_not_there():
    """Neither its credential nor its name."""
    allowed = access("lonely")

    assert {"all", "oci"} == {r.password.reveal() for r in allowed.repositories}
    with pytest.raises(errors.NotFound, match="no Helm repository named 'other'"):
        repositories.find_charts("@other", allowed.repositories, allowed.templates)
    with pytest.raises(errors.NotFound):
        repositories.find_charts("alias:own", allowed.repositories, allowed.templates)


def test_secrets_are_revealed_into_the_request_only():
    """The fields of the message; the value's own text shows none."""
    fields = repositories.wire_access(access())

    assert ["own", "all", "oci"] == [r["password"] for r in fields["repositories"]]
    assert {"h": b"pem"} == fields["ca_bundles"]
    assert "password=Secret(++++++++)" in repr(access())
    assert "canary" not in repr(ChartAccess((declared("https://c", password=Secret("canary")),)))

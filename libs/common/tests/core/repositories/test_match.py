"""Credentials: the right one for a URL and a project, never another project's."""

import pytest

from plumbline.core import repositories
from plumbline.core.secret import Secret


def repository(**data):
    return repositories.decode_repository({k: Secret(v) for k, v in data.items()})


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("https://Host/Org/Repo.git", "https://host/org/repo"),
        ("git@host:org/repo.git", "ssh://git@host/org/repo"),
        ("https://user@host/org/repo/", "https://host/org/repo"),
    ],
)
def test_spellings_of_one_repository_are_equal(left, right):
    """Case, .git, user and ssh form do not matter."""
    assert repositories.normalise_url(left) == repositories.normalise_url(right)


def test_the_projects_own_secret_wins_and_anothers_is_never_used():
    """Project first, then global, never a stranger's."""
    own = repository(url="https://h/r", project="a", password="own")
    everyone = repository(url="https://h/r.git", password="everyone")
    known = [everyone, own]
    assert "own" == repositories.find("https://h/r", "a", known, []).password.reveal()
    assert "everyone" == repositories.find("https://h/r", "b", known, []).password.reveal()
    assert not repositories.find("https://h/r", "b", [own], []).has_credential


def test_the_longest_template_gives_the_credential():
    """A repository without credential inherits from repo-creds by URL prefix."""
    templates = [
        repository(url="https://h/", password="short"),
        repository(url="https://h/team", password="long"),
    ]
    plain = repository(url="https://h/team/r")
    assert "long" == repositories.find(plain.url, "", [plain], templates).password.reveal()
    assert "short" == repositories.find("https://h/x", "", [], templates).password.reveal()


def test_a_template_covers_whole_path_segments_only():
    """The credential of /team does not go to /team-of-others, nor to another host."""
    template = repository(url="https://h/team", password="canary")
    for url in ("https://h/team-of-others/r", "https://h.evil/team/r", "https://other/team/r"):
        assert not repositories.find(url, "", [], [template]).has_credential


def test_texts_of_a_repository_show_no_secret():
    """The repr is safe to log."""
    shown = repr(repository(url="https://h", password="canary-1", sshPrivateKey="canary-2"))
    assert "canary" not in shown


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.test#@git.corp.test/team/repo",
        "http://evil.test?@git.corp.test/team/repo",
        "http://evil.test\\@git.corp.test/team/repo",
        "http://evil.test:8080#x@git.corp.test/team/repo",
    ],
)
def test_a_credential_is_for_the_host_that_is_connected_to(url):
    """Where readers of URLs end the host early, what follows names no host of ours."""
    declared = repository(url="http://git.corp.test/team/repo", username="u", password="canary")
    template = repository(url="http://git.corp.test", username="u", password="canary")
    assert not repositories.find(url, "p", [declared], []).has_credential
    assert not repositories.find(url, "p", [], [template]).has_credential
    assert repositories.normalise_url(url).startswith("http://evil.test")

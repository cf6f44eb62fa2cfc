"""URLs as users hand them in: what is refused, what is shown, what is the same."""

import pytest

from plumbline.core import errors, repositories
from plumbline.core.secret import Secret


@pytest.mark.parametrize(
    "url",
    [
        "https://h/org/r.git",
        "http://127.0.0.1:8080/r",
        "ssh://git@h:2222/org/r",
        "git@h:org/r.git",
        "git://h/r",
        "file:///srv/r.git",
        "oci://registry/charts",
    ],
)
def test_what_git_and_helm_speak_is_taken_as_it_stands(url):
    """White space around it goes."""
    assert url == repositories.check_url(f" {url}\n")


@pytest.mark.parametrize(
    "url",
    [
        "", " ", "-x", "--upload-pack=x", "ext::sh -c x", "ext::sh", "fd::7", "h", "/srv/r",
        "https://", "https:///r", "https://-h/r", "https://h:0/r", "https://h:x/r", "https://[::/r",
        "https://h/a\nb", "https://h/\x00", "https://h/\u2028r", "https://h/a/../b", "https://h/./a",
        "https://h/%2E%2e/a", "git@h:../r", "ssh://h/a/..", "javascript://h/x", "ext::ssh://h/r",
        "https://h/" + "x" * 3000, "https://h#@g/r", "https://h?@g/r", "https://h\\@g/r",
    ],
)  # fmt: skip
def test_what_is_no_repository_is_refused_without_quoting_it(url):
    """The text may hold a password."""
    with pytest.raises(errors.InvalidArgument) as caught:
        repositories.check_url(url)
    assert len(url) < 3 or url not in caught.value.message


def test_a_template_may_be_for_all_of_a_host():
    """user@host covers every repository of the host, by ssh, and of no other."""
    assert "git@h.example" == repositories.check_url("git@h.example", is_prefix=True)
    with pytest.raises(errors.InvalidArgument):
        repositories.check_url("git@h.example")
    for prefix in ("git@h.example", "git@h.example:", "ssh://git@h.example"):
        template = repositories.Repository(url=prefix, ssh_private_key=Secret("k"))
        found = repositories.find("git@h.example:org/r", "", [], [template])
        other = repositories.find("git@h.example.evil:org/r", "", [], [template])
        assert (True, False) == (found.has_credential, other.has_credential), prefix


def test_a_registry_of_helm_has_no_scheme():
    """Only where it is asked for."""
    assert "registry.io:5000/charts" == repositories.check_url(
        "registry.io:5000/charts", is_registry=True
    )
    with pytest.raises(errors.InvalidArgument):
        repositories.check_url("registry.io/charts")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:canary@h/r", "https://h/r"),
        ("https://canary@h/r", "https://h/r"),
        ("ssh://git:canary@h/r", "ssh://git@h/r"),
        ("git@h:r", "git@h:r"),
        ("https://h/a@b", "https://h/a@b"),
    ],
)
def test_a_shown_url_holds_no_password(url, shown):
    """A user of ssh is part of the address, one of https may be a token."""
    assert shown == repositories.public_url(url)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("https://h:443/r", "https://h/r"),
        ("ssh://git@h:22/r", "git@h:r"),
        ("http://h:80/r/", "http://H/R.git"),
    ],
)
def test_default_ports_do_not_make_another_repository(left, right):
    """Other ports do."""
    assert repositories.normalise_url(left) == repositories.normalise_url(right)
    assert repositories.normalise_url("https://h:80/r") != repositories.normalise_url("https://h/r")


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https%3A%2F%2Fh%2Fa%2520b", "https://h/a%20b"),
        ("git%40h%3Ar", "git@h:r"),
        ("https://h/a%20b", "https://h/a%20b"),
        ("name", "name"),
    ],
)
def test_a_url_that_was_escaped_for_a_path_is_unescaped_once(given, url):
    """A plain one stays, whatever it holds."""
    assert url == repositories.unquoted(given)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://user@H.example:8443/r", "h.example"),
        ("git@h.example:r", "h.example"),
        ("ssh://[::1]:22/r", "::1"),
        ("https://[bad", ""),
    ],
)
def test_the_host_of_a_url_is_without_port(url, host):
    """As the keys of argocd-tls-certs-cm are."""
    assert host == repositories.host_of(url)

"""Whom to trust comes with each request: a change is in force with the next connection."""

import pytest

from plumbline.core import errors
from plumbline.repo_server.git import repository as repositories


def opened(url, **fields):
    return repositories.make(url, allow_file=False, **fields)


async def test_a_certificate_given_and_taken_away(mirrors, repository, https, ca, other_ca):
    """The same mirror, the same server: only what is trusted now counts."""
    commit = repository.commit({"a": "1"})
    url = https.address
    for bundle, opens in ((other_ca, False), (ca, True), (other_ca, False), (None, False)):
        told = opened(url, ca_bundle=bundle.bundle if bundle else b"")
        if opens:
            assert commit == (await mirrors.refs(told))["refs/heads/main"]
            continue
        with pytest.raises(errors.Unavailable):
            await mirrors.refs(told)


async def test_several_certificates_of_a_host(mirrors, repository, https, ca, other_ca):
    """While one is being replaced by another, both are in the bundle."""
    commit = repository.commit({"a": "1"})
    told = opened(https.address, ca_bundle=other_ca.bundle + ca.bundle)
    assert commit == await mirrors.resolve(told, "main")


async def test_a_host_key_given_and_taken_away(mirrors, repository, sshd):
    """As for certificates; another kind of key of the same host does not disturb."""
    repository.commit({"a": "1"})
    url = sshd.url(f"{repository.path}/.git")
    other = f"[127.0.0.1]:{sshd.port} ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAQ==\n"
    for known, opens in ((other, False), (other + sshd.known_hosts(), True), ("", False)):
        told = opened(url, ssh_private_key=sshd.key, ssh_known_hosts=known)
        if opens:
            assert "refs/heads/main" in await mirrors.refs(told)
            continue
        with pytest.raises(errors.PlumblineError):
            await mirrors.refs(told)


async def test_a_revoked_host_key(mirrors, repository, sshd):
    """Is refused, though another line still names it (sshd(8), @revoked)."""
    repository.commit({"a": "1"})
    known = sshd.known_hosts()
    told = opened(
        sshd.url(f"{repository.path}/.git"),
        ssh_private_key=sshd.key,
        ssh_known_hosts=f"{known}@revoked {known}",
    )
    with pytest.raises(errors.PlumblineError):
        await mirrors.refs(told)

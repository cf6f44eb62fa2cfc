"""Private repositories: each kind of credential against a real server, over TLS and over ssh."""

import base64
import tempfile
import time

import pytest

from plumbline.core import errors
from plumbline.core.secret import Secret
from plumbline.repo_server import git
from plumbline.repo_server.git import repository as repositories

CANARY = "s3cr3t-canary-9a1"


def opened(url, **fields):
    return repositories.make(url, allow_file=False, **fields)


async def test_a_private_ca_is_trusted_where_it_is_given(mirrors, repository, https, ca):
    """Without it the same server is refused; insecure asks for nothing."""
    commit = repository.commit({"a": "1"})
    with pytest.raises(errors.Unavailable):
        await mirrors.resolve(opened(https.address), "main")

    trusted = opened(https.address, ca_bundle=ca.bundle)
    unchecked = opened(https.address, insecure=True)

    assert commit == await mirrors.resolve(trusted, "main")
    assert commit == await mirrors.resolve(unchecked, "main")


async def test_another_ca_is_not_enough(mirrors, repository, https, other_ca):
    """A bundle that did not sign the server opens nothing."""
    repository.commit()
    stranger = opened(https.address, ca_bundle=other_ca.bundle)
    with pytest.raises(errors.Unavailable):
        await mirrors.resolve(stranger, "main")


@pytest.mark.parametrize("forced", [False, True])
async def test_basic_authentication(mirrors, repository, https, ca, forced):
    """Asked for by the server, or sent at once where that is forced."""
    commit = repository.commit()
    https.require("me", CANARY)
    good = opened(
        https.address,
        ca_bundle=ca.bundle,
        username="me",
        password=Secret(CANARY),
        force_http_basic_auth=forced,
    )

    assert commit == await mirrors.resolve(good, "main")
    assert forced == bool(https.requests[0][2])


async def test_a_bearer_token(mirrors, repository, https, ca):
    """In the header of every request."""
    commit = repository.commit()
    https.authorization = f"Bearer {CANARY}"
    good = opened(https.address, ca_bundle=ca.bundle, bearer_token=Secret(CANARY))

    assert commit == await mirrors.resolve(good, "main")


@pytest.mark.parametrize("proof", ["none", "basic", "bearer"])
async def test_a_client_certificate_opens(
    mirrors, repository, https, ca, proof, tmp_path, monkeypatch
):
    """Alone or together with another credential; branches, tags and commit ids resolve.

    No file with a credential is left behind.
    """
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(private))
    first = repository.commit({"a": "1"})
    repository.git("tag", "-a", "v1", "-m", "annotated")
    second = repository.commit({"a": "2"})
    https.demand()
    fields = {}
    if proof == "basic":
        https.require("me", CANARY)
        fields = {"username": "me", "password": Secret(CANARY)}
    if proof == "bearer":
        https.authorization = f"Bearer {CANARY}"
        fields = {"bearer_token": Secret(CANARY)}
    certificate, key = ca.issue("client")
    good = opened(
        https.address,
        ca_bundle=ca.bundle,
        tls_client_cert=certificate,
        tls_client_key=Secret(key.decode()),
        **fields,
    )

    assert second == await mirrors.resolve(good, "")
    assert first == await mirrors.resolve(good, "v1")
    assert first == await mirrors.resolve(good, first[:9])
    content = await mirrors.read(good, second, lambda t: t.blob(t.children("")["a"].oid, 10))
    assert b"2" == content
    assert not any(private.iterdir())


async def test_a_client_certificate_of_nobody_is_refused(mirrors, repository, https, ca, other_ca):
    """And neither key nor password is in the text."""
    repository.commit()
    https.demand()
    https.require("me", "other")
    stranger_certificate, stranger_key = other_ca.issue("client")
    certificate, key = ca.issue("client")
    for cert, private, password, kind in (
        (stranger_certificate, stranger_key, CANARY, errors.Unavailable),
        (certificate, key, CANARY, errors.Unauthenticated),
        (b"no pem", b"no pem", CANARY, errors.Unavailable),
    ):
        bad = opened(
            https.address,
            ca_bundle=ca.bundle,
            tls_client_cert=cert,
            tls_client_key=Secret(private.decode()),
            username="me",
            password=Secret(password),
        )
        with pytest.raises(kind) as caught:
            await mirrors.resolve(bad, "main")
        assert CANARY not in caught.value.message
        assert "PRIVATE" not in caught.value.message


async def test_git_follows_no_redirect_with_a_certificate(mirrors, repository, https, ca, attacker):
    """The credential goes to the host it was given for."""
    repository.commit()
    https.redirect = attacker.url
    certificate, key = ca.issue("client")
    good = opened(
        https.address,
        ca_bundle=ca.bundle,
        tls_client_cert=certificate,
        tls_client_key=Secret(key.decode()),
        password=Secret(CANARY),
    )
    with pytest.raises(errors.PlumblineError):
        await mirrors.resolve(good, "main")
    assert [] == attacker.requests


async def test_a_credential_cannot_configure_git(mirrors, repository, https, ca, tmp_path):
    """A line break in a token would begin a setting of its own."""
    repository.commit()
    certificate, key = ca.issue("client")
    mark = tmp_path / "pwned"
    hostile = opened(
        https.address,
        ca_bundle=ca.bundle,
        tls_client_cert=certificate,
        tls_client_key=Secret(key.decode()),
        bearer_token=Secret(f'x"\n[core]\n\tsshCommand = touch {mark}\n'),
    )
    with pytest.raises(errors.InvalidArgument, match="line break"):
        await mirrors.resolve(hostile, "main")
    assert not mark.exists()


async def test_a_time_limit_holds_for_git_too(repository, https, ca, tmp_path):
    """A fetch that is too long ends, and nothing of it stays running."""
    repository.commit({"a": "1"})
    certificate, key = ca.issue("client")
    settings = git.Settings(tmp_path / "slow", request_timeout=10, fetch_timeout=0.5)
    mirrors = git.Mirrors(settings)
    https._server.RequestHandlerClass = type(
        "Slow", (https._server.RequestHandlerClass,), {"do_GET": lambda _: time.sleep(3)}
    )
    slow = opened(
        https.address,
        ca_bundle=ca.bundle,
        tls_client_cert=certificate,
        tls_client_key=Secret(key.decode()),
    )
    with pytest.raises(errors.DeadlineExceeded):
        await mirrors.resolve(slow, "main")
    mirrors.close()


async def test_an_ssh_key_opens_a_host_that_is_known(mirrors, repository, sshd):
    """With the host's key in the text; unchecked where that is asked for."""
    commit = repository.commit({"a": "1"})
    url = sshd.url(f"{repository.path}/.git")
    good = opened(url, ssh_private_key=sshd.key, ssh_known_hosts=sshd.known_hosts())
    unchecked = opened(url, ssh_private_key=sshd.key, insecure_ignore_host_key=True)

    assert commit == await mirrors.resolve(good, "main")
    assert commit == await mirrors.resolve(unchecked, "main")


async def test_a_host_that_is_not_known_gets_no_key(mirrors, repository, sshd):
    """Nor does one whose key is another."""
    repository.commit({"a": "1"})
    url = sshd.url(f"{repository.path}/.git")
    kind, _, _ = sshd.known_hosts().split(" ", 1)[1].partition(" ")
    other = base64.b64encode(b"\x00\x00\x00\x0bssh-ed25519" + b"\x00\x00\x00 " + b"k" * 32).decode()
    for known in ("", f"[127.0.0.1]:{sshd.port} {kind} {other}\n"):
        bad = opened(url, ssh_private_key=sshd.key, ssh_known_hosts=known)
        with pytest.raises(errors.PlumblineError) as caught:
            await mirrors.resolve(bad, "main")
        assert "PRIVATE" not in caught.value.message
    assert "Accepted" not in (sshd.folder / "log").read_text()


async def test_another_key_is_refused(mirrors, repository, sshd):
    """Unauthenticated, without a word of the key."""
    repository.commit({"a": "1"})
    sshd.make_key("other")
    text = (sshd.folder / "other").read_text()
    bad = opened(
        sshd.url(f"{repository.path}/.git"),
        ssh_private_key=Secret(text),
        ssh_known_hosts=sshd.known_hosts(),
    )
    with pytest.raises(errors.Unauthenticated) as caught:
        await mirrors.resolve(bad, "main")
    assert text.splitlines()[1] not in caught.value.message

"""Whom a server of charts must be, and who we are to it."""

import dataclasses
import datetime as dt
import ssl

import pytest

from plumbline.core import errors
from plumbline.core.secret import Secret
from plumbline.repo_server import remote, web
from plumbline.rpc import credentials


@pytest.fixture
def server(helm_repository, authority, tmp_path):
    """The Helm repository with TLS; it asks for a client's certificate where `strict`."""

    def start(*, strict=False):
        now = dt.datetime.now(dt.UTC)
        identity = credentials.issue(
            "repo-server", authority.certificate, authority.key, now, hosts=["127.0.0.1"]
        )
        folder = tmp_path / "tls"
        folder.mkdir()
        certificate, key, ca = identity.write(folder, "server")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        if strict:
            context.load_verify_locations(ca)
            context.verify_mode = ssl.CERT_REQUIRED
        inner = helm_repository.server
        inner.socket = context.wrap_socket(
            inner.socket, server_side=True, do_handshake_on_connect=False
        )
        inner.handle_error = lambda *_: None
        helm_repository.special["/index.yaml"] = (200, {}, b"hello")
        return remote.make(helm_repository.url.replace("http://", "https://"))

    return start


@pytest.fixture
async def get():
    """Get the index."""
    made = web.Web(silence=10, total=10, agent="x")

    async def one(repository):
        answer = await made.get(repository, web.Ask(url=f"{repository.url}/index.yaml", limit=100))
        return answer.body

    yield one
    await made.close()


async def test_a_server_is_trusted_by_its_bundle_or_not_at_all(server, get, authority):
    """Unknown: refused; by the bundle of its host, or with the check switched off: taken."""
    plain = server()

    with pytest.raises(errors.Unavailable, match="certificate is not trusted"):
        await get(plain)

    assert b"hello" == await get(dataclasses.replace(plain, ca_bundle=authority.certificate))
    assert b"hello" == await get(dataclasses.replace(plain, insecure=True))


async def test_a_client_certificate_is_shown_to_the_repositorys_own_server(server, get, authority):
    """Loaded from memory; without it the server refuses."""
    trusted = dataclasses.replace(server(strict=True), ca_bundle=authority.certificate)
    identity = authority.identity("controller")

    with pytest.raises(errors.Unavailable):
        await get(trusted)
    found = await get(
        dataclasses.replace(
            trusted,
            tls_client_cert=identity.certificate,
            tls_client_key=Secret(identity.key.reveal()),
        )
    )

    assert b"hello" == found


async def test_a_certificate_that_cannot_be_read_is_named(get):
    """Not a stack trace, and not the key."""
    broken = dataclasses.replace(
        remote.make("https://127.0.0.1:1"), tls_client_cert=b"x", tls_client_key=Secret("canary")
    )

    with pytest.raises(errors.InvalidArgument, match="TLS certificate or key") as caught:
        await get(broken)
    assert "canary" not in caught.value.message

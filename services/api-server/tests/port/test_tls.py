"""TLS: which protocol by ALPN, redirects, the certificate's change, versions and ciphers."""

import asyncio
import contextlib
import ssl

import aiohttp
import grpc
import pytest
from cryptography import x509
from google.protobuf import empty_pb2

from plumbline.api_server.port import tls
from plumbline.core import errors
from plumbline.pb.server import application_pb2, application_pb2_grpc, version_pb2_grpc

CANARY = "canary-9e1d"


def context(*protocols, version=None):
    made = ssl.create_default_context()
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    if protocols:
        made.set_alpn_protocols(protocols)
    if version:
        made.maximum_version = version
    return made


async def shaken(port, made):
    """Shake hands; return the protocol that was agreed on and the certificate's number."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port.port, ssl=made)
    secured = writer.get_extra_info("ssl_object")
    number = x509.load_der_x509_certificate(secured.getpeercert(binary_form=True)).serial_number
    agreed = secured.selected_alpn_protocol()
    writer.close()
    await writer.wait_closed()
    del reader
    return agreed, number


@pytest.mark.parametrize(
    ("offered", "agreed"),
    [
        (["h2", "http/1.1"], "http/1.1"),
        (["h2"], "h2"),
        (["http/1.1"], "http/1.1"),
        ([], None),
        (["spdy/3"], None),
    ],
)
async def test_the_server_prefers_http1(serve, offered, agreed):
    """Browsers offer both and get HTTP/1.1; who offers h2 only gets it."""
    async with serve(secure=True) as port:
        assert agreed == (await shaken(port, context(*offered)))[0]


async def test_a_client_without_alpn_speaks_http1(serve):
    """And HTTP/2 with its preface, for those who know beforehand."""
    async with serve(secure=True) as port:
        for sent, first in (
            (b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", b"HTTP/1.1 200"),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", b"\0"),
        ):
            where = asyncio.open_connection("127.0.0.1", port.port, ssl=context())
            reader, writer = await where
            writer.write(sent)
            assert (await reader.read(12)).startswith(first)
            writer.close()
            await writer.wait_closed()


@pytest.mark.parametrize(
    ("root", "path", "target"),
    [
        ("", "/a/b?c=d%20e", "/a/b?c=d%20e"),
        ("", "/", "/"),
        ("argo", "/", "/argo/"),
        ("argo", "/argo/x", "/argo/x"),
        ("argo", "/argocd", "/argo/argocd"),
        ("argo", "/healthz", "/healthz"),
    ],
)
async def test_plain_text_is_sent_to_https(serve, root, path, target):
    """307, to the same place below the root path."""
    async with serve(secure=True, root=root) as port:
        host = f"localhost:{port.port}"
        for method in ("GET", "POST"):
            async with (
                aiohttp.ClientSession() as session,
                session.request(method, f"http://{host}{path}", allow_redirects=False) as response,
            ):
                assert 307 == response.status
                assert f"https://{host}{target}" == response.headers["Location"]
                assert "nosniff" == response.headers["X-Content-Type-Options"]


@pytest.mark.parametrize("host", ["evil.example/x", "a@b", "", "a b", "x\ty"])
async def test_a_redirect_goes_to_a_host_only(serve, host):
    """A Host header that is none leads nowhere."""
    async with serve(secure=True) as port:
        reader, writer = await port.raw()
        writer.write(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        text = await reader.read()
        assert text.startswith(b"HTTP/1.1 400 ")
        assert b"Location" not in text
        writer.close()
        await writer.wait_closed()


async def test_plain_grpc_is_not_answered(serve):
    """No call passes in plain text where TLS is wanted."""
    async with serve(secure=True) as port:
        reader, writer = await port.raw()
        writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")
        with contextlib.suppress(ConnectionError):
            assert b"" == await reader.read()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def test_a_new_certificate_is_taken_up(serve, pairs):
    """New connections get it; a call that runs keeps its own."""
    now = [pairs[0]]
    first, second = (x509.load_pem_x509_certificate(p[1]).serial_number for p in pairs)
    async with serve(secure=True, source=lambda: now[0]) as port, port.channel() as channel:
        stub = application_pb2_grpc.ApplicationServiceStub(channel)
        query = application_pb2.ApplicationQuery(name="slow")
        call = stub.Get(query, metadata=(("token", "good"),))
        await port.applications.begun.wait()
        assert first == (await shaken(port, context()))[1]
        now[0] = pairs[1]
        assert second == (await shaken(port, context()))[1]
        now[0] = (pairs[0][0], pairs[1][1])  # key and certificate of two
        assert second == (await shaken(port, context()))[1]
        now[0] = (CANARY.encode(), CANARY.encode())
        assert second == (await shaken(port, context()))[1]
        now[0] = pairs[0]
        assert first == (await shaken(port, context()))[1]
        port.applications.finish.set()
        assert "slow" == (await call).metadata.name


async def test_a_client_that_does_not_trust_us_costs_nothing(serve):
    """Its handshake fails, the next one works."""
    async with serve(secure=True) as port:
        with pytest.raises(ssl.SSLError):
            await asyncio.open_connection("localhost", port.port, ssl=ssl.create_default_context())
        async with port.channel() as channel:
            answer = await version_pb2_grpc.VersionServiceStub(channel).Version(empty_pb2.Empty())
            assert "v1" == answer.Version
        wrong = grpc.aio.insecure_channel(f"localhost:{port.port}")
        async with wrong:
            with pytest.raises(grpc.aio.AioRpcError):
                await version_pb2_grpc.VersionServiceStub(wrong).Version(empty_pb2.Empty())


async def test_the_default_cipher_serves_tls_1_2(serve):
    """The contract's one cipher of TLS 1.2 needs the RSA key that we make."""
    made = context(version=ssl.TLSVersion.TLSv1_2)
    made.set_ciphers("ECDHE-RSA-AES256-GCM-SHA384")
    async with serve(secure=True) as port:
        assert (await shaken(port, made))[1]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"minimum": "1.1"}, "--tlsminversion: '1.1'"),
        ({"maximum": "1.4"}, "--tlsmaxversion: '1.4'"),
        ({"minimum": "1.3", "maximum": "1.2"}, "above"),
        ({"ciphers": "TLS_NULL"}, "--tlsciphers: unknown: TLS_NULL"),
        ({"ciphers": "TLS_AES_128_GCM_SHA256:RC4"}, "unknown: RC4"),
    ],
)
def test_terms_that_cannot_be_are_refused(change, text):
    """By the flag's name."""
    with pytest.raises(errors.InvalidArgument) as refused:
        tls.Terms(**{"minimum": "1.2", "maximum": "1.3", "ciphers": "", **change})
    assert text in refused.value.message


def test_terms_are_what_the_context_has(pairs):
    """Versions and ciphers by the contract's names."""
    cipher = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256"
    made = tls.Terms(minimum="", maximum="1.2", ciphers=cipher).context(pairs[0])
    assert ssl.TLSVersion.TLSv1_2 == made.minimum_version == made.maximum_version
    old = [c["name"] for c in made.get_ciphers() if c["protocol"] != "TLSv1.3"]
    assert ["ECDHE-RSA-AES256-GCM-SHA384"] == old


def test_a_pair_that_cannot_be_used_is_an_error(pairs):
    """Its text holds nothing of the pair."""
    with pytest.raises(errors.InvalidArgument) as refused:
        tls.Terms(minimum="", maximum="", ciphers="").context((CANARY.encode(), pairs[0][1]))
    assert CANARY not in str(refused.value)
    assert not tls.check_pair((pairs[0][0], pairs[1][1]))
    assert tls.check_pair(pairs[0])

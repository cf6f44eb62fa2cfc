"""gRPC-web over HTTP/1.1, spoken by hand."""

import base64
import struct

import pytest

from plumbline.pb.reposerver import repository_pb2
from plumbline.pb.server import application_pb2, version_pb2
from plumbline.pb.v1alpha1 import generated_pb2 as v1

BINARY = "application/grpc-web+proto"
TEXT = "application/grpc-web-text"
GET = "/application.ApplicationService/Get"
WATCH = "/application.ApplicationService/Watch"


def frame(message):
    data = message.SerializeToString()
    return struct.pack(">BI", 0, len(data)) + data


def parsed(data):
    """Return the messages and the trailers of an answer."""
    messages, trailers = [], None
    while data:
        flags, length = struct.unpack_from(">BI", data)
        part, data = data[5 : 5 + length], data[5 + length :]
        assert len(part) == length
        assert trailers is None, "nothing comes after the trailers"
        if flags & 0x80:
            lines = part.decode().split("\r\n")
            trailers = dict(line.split(": ", 1) for line in lines if line)
        else:
            messages.append(part)
    return messages, trailers


async def call(port, path, data, *, kind=BINARY, **headers):
    sent = {"Content-Type": kind, **headers}
    async with port.session.post(f"{port.url}{path}", data=data, headers=sent) as response:
        body = await response.read()
        return response, body


@pytest.mark.parametrize("secure", [True, False])
async def test_a_call(serve, secure):
    """One message and the status after it; the token may be in any of its places."""
    async with serve(secure=secure) as port:
        query = frame(application_pb2.ApplicationQuery(name="a"))
        for auth in (
            {"token": "good"},
            {"Authorization": "Bearer good"},
            {"Cookie": "other=1; argocd.token=2:go; argocd.token-1=od"},
        ):
            response, body = await call(port, GET, query, **auth)
            assert (200, BINARY) == (response.status, response.headers["Content-Type"])
            messages, trailers = parsed(body)
            found = v1.Application.FromString(messages[0]).metadata
            assert ("a", "good") == (found.name, found.annotations["token"])
            assert found.annotations["peer"].startswith(("127.0.0.1:", "[::1]:"))
            assert "0" == trailers["grpc-status"]


async def test_an_open_call_below_a_root_path(serve):
    """The prefix is HTTP's, not the method's."""
    async with serve(root="argo/cd") as port:
        _, body = await call(port, "/argo/cd/version.VersionService/Version", b"\0" * 5)
        messages, _ = parsed(body)
        assert "v1" == version_pb2.VersionMessage.FromString(messages[0]).Version


async def test_a_stream(serve):
    """Messages in order, then the status."""
    async with serve() as port:
        query = frame(application_pb2.ApplicationQuery(selector="50"))
        _, body = await call(port, WATCH, query, token="good")
        messages, trailers = parsed(body)
        events = [v1.ApplicationWatchEvent.FromString(m) for m in messages]
        found = [e.application.metadata.resourceVersion for e in events]
        assert [str(n) for n in range(50)] == found
        assert "0" == trailers["grpc-status"]


async def test_a_stream_of_the_clients(serve):
    """The request's frames are the stream."""
    async with serve() as port:
        part = frame(application_pb2.ApplicationManifestQueryWithFilesWrapper())
        path = "/application.ApplicationService/GetManifestsWithFiles"
        _, body = await call(port, path, part * 3, token="good")
        messages, _ = parsed(body)
        assert ["3"] == list(repository_pb2.ManifestResponse.FromString(messages[0]).manifests)


@pytest.mark.parametrize(
    ("path", "data", "headers", "code", "text"),
    [
        (GET, b"\0" * 5, {}, 16, "no session information"),
        (GET, frame(application_pb2.ApplicationQuery(name="missing")), None, 5, "no such"),
        ("/application.ApplicationService/Nothing", b"\0" * 5, None, 12, "unknown method"),
        ("/nothing", b"\0" * 5, None, 12, "unknown method"),
        (GET, b"", None, 3, "no message"),
        (GET, b"\0\0\0\0\5ab", None, 3, "ends inside a message"),
        (GET, b"\0\0", None, 3, "ends inside a message"),
        (GET, b"\1\0\0\0\0", None, 12, "compressed"),
        (GET, b"\0\xff\xff\xff\xff", None, 8, "larger than max"),
        (GET, b"\0\0\0\0\2\xff\xff", None, 3, "cannot be decoded"),
    ],
)
async def test_a_failure_is_in_the_trailers(serve, path, data, headers, code, text):
    """HTTP says 200, the last frame says what went wrong."""
    async with serve() as port:
        response, body = await call(
            port, path, data, **({"token": "good"} if headers is None else headers)
        )
        messages, trailers = parsed(body)
        assert (200, [], str(code)) == (response.status, messages, trailers["grpc-status"])
        assert text in trailers["grpc-message"]


async def test_a_failure_after_messages(serve):
    """What was sent stays, the status follows."""
    async with serve() as port:
        query = frame(application_pb2.ApplicationQuery(name="failing"))
        _, body = await call(port, WATCH, query, token="good")
        messages, trailers = parsed(body)
        assert (3, "14") == (len(messages), trailers["grpc-status"])


async def test_the_text_form(serve):
    """Base64 both ways, in parts that may each have their padding."""
    async with serve() as port:
        query = frame(application_pb2.ApplicationQuery(name="ab"))
        parts = base64.b64encode(query[:4]) + base64.b64encode(query[4:])
        response, body = await call(port, GET, parts, kind=TEXT, token="good")
        assert TEXT == response.headers["Content-Type"]
        data = b"".join(base64.b64decode(p + b"==") for p in _groups(body))
        messages, trailers = parsed(data)
        assert "ab" == v1.Application.FromString(messages[0]).metadata.name
        assert "0" == trailers["grpc-status"]
        _, body = await call(port, GET, b"????", kind=TEXT, token="good")
        data = b"".join(base64.b64decode(p + b"==") for p in _groups(body))
        assert "3" == parsed(data)[1]["grpc-status"]


def _groups(text):
    return [text[n : n + 4].rstrip(b"=") for n in range(0, len(text), 4)]


async def test_another_content_type_is_rest(serve):
    """Only the exact type is gRPC-web."""
    async with serve() as port:
        for kind in ("application/grpc-web", "application/grpc-web+json"):
            response, body = await call(port, GET, b"\0" * 5, kind=kind, token="good")
            assert 404 == response.status
            assert b'"code":5' in body


async def test_a_foreign_page_cannot_use_the_cookie(serve):
    """The origin is checked here as well."""
    async with serve() as port:
        query = frame(application_pb2.ApplicationQuery(name="a"))
        foreign = {"Origin": "https://evil.example", "Cookie": "argocd.token=good"}
        _, body = await call(port, GET, query, **foreign)
        assert "7" == parsed(body)[1]["grpc-status"]
        assert [] == port.asked


async def test_metadata_comes_back_as_headers(serve):
    """Initial metadata are headers, trailing ones trailers; a renewed token is neither."""
    async with serve() as port:
        query = frame(application_pb2.ApplicationQuery(name="renewing"))
        response, body = await call(port, GET, query, token="good")
        assert "1" == response.headers["x-more"]
        assert "x-last" not in response.headers
        assert "2" == parsed(body)[1]["x-last"]
        assert "renew-token" not in response.headers

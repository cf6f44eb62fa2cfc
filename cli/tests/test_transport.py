"""TLS and gRPC-Web: how a server is trusted, and what goes over HTTP/1.1."""

import concurrent.futures
import datetime as dt
import http.server
import ssl
import struct
import threading

import grpc
import pytest

from plumbline.cli import connection, context, trust
from plumbline.core import errors
from plumbline.core.secret import Secret
from plumbline.pb.server import session_pb2
from plumbline.rpc import credentials

USER = "session.SessionService/GetUserInfo"


class Web(http.server.BaseHTTPRequestHandler):
    """Answers every POST with what the server was told to."""

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        self.server.seen.append((self.path, dict(self.headers), self.rfile.read(length)))
        status, headers, body = self.server.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def web():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
    server.seen, server.answer = [], (200, {}, b"")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    server.address = f"127.0.0.1:{server.server_address[1]}"
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def frame(payload, flag=0):
    return struct.pack(">BI", flag, len(payload)) + payload


def trailers(code, message=""):
    return frame(f"grpc-status: {code}\r\ngrpc-message: {message}\r\n".encode(), 0x80)


def connect(web, **options):
    server = context.Server(web.address, plaintext=True, grpc_web=True, **options)
    return connection.Connection(server)


def test_web_call(web):
    """A call is one framed POST below the root path, with token and headers."""
    message = session_pb2.GetUserInfoResponse(username="me").SerializeToString()
    web.answer = (200, {}, frame(message) + trailers(0))

    api = connect(web, root_path="/sub/", token=Secret("t"), headers=("X-One: 1",))
    answer = api.call(USER)

    path, headers, body = web.seen[0]
    assert "me" == answer["username"]
    assert f"/sub/{USER}" == path
    assert "application/grpc-web+proto" == headers["Content-Type"]
    assert ("Bearer t", "1") == (headers["Authorization"], headers["X-One"])
    assert frame(b"") == body


def test_web_stream(web):
    """A stream yields its messages, then the error of its trailers."""
    message = session_pb2.GetUserInfoResponse(username="me").SerializeToString()
    web.answer = (200, {}, frame(message) + frame(message) + trailers(16, "log%20in"))
    found = []

    with pytest.raises(errors.Unauthenticated, match="code = Unauthenticated desc = log in"):
        found.extend(connect(web).stream(USER, {}, seconds=5))


@pytest.mark.parametrize(
    ("answer", "error", "text"),
    [
        ((200, {"grpc-status": "5", "grpc-message": "no"}, b""), errors.NotFound, "desc = no"),
        ((503, {}, b"busy"), errors.Unavailable, "unexpected HTTP status code: 503"),
        ((403, {}, b""), errors.PermissionDenied, "403"),
        ((200, {}, frame(b"")), errors.Unavailable, "cut off"),
        ((200, {}, b"\x00\xff\xff\xff\xff"), errors.ResourceExhausted, "too large"),
        ((200, {}, trailers(0)), errors.Unavailable, "0 answers"),
        ((200, {}, trailers(99)), errors.Unavailable, "code = Unknown"),
    ],
)
def test_web_errors(web, answer, error, text):
    """Trailers, headers, HTTP errors, and answers that end early or claim too much."""
    web.answer = answer

    with pytest.raises(error, match=text):
        connect(web).call(USER)


def test_web_unreachable():
    """A server that nothing listens for is an error of ours."""
    server = context.Server("127.0.0.1:1", plaintext=True, grpc_web=True)

    with pytest.raises(errors.Unavailable, match=r"127\.0\.0\.1:1"):
        connection.Connection(server).call(USER)


@pytest.fixture(scope="module")
def identity():
    now = dt.datetime.now(dt.UTC)
    authority, key = credentials.issue_authority(now)
    return credentials.issue("api-server", authority, key, now)


@pytest.fixture
def secure(api, identity, tmp_path):
    """The fake server, behind TLS with a certificate of its own authority."""
    certificate, key, authority = (p.read_bytes() for p in identity.write(tmp_path, "tls"))
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((api,))
    tls = grpc.ssl_server_credentials([(key, certificate)])
    port = server.add_secure_port("127.0.0.1:0", tls)
    server.start()
    yield context.Server(f"127.0.0.1:{port}"), authority
    server.stop(None).wait()


def test_untrusted(secure):
    """A certificate that nobody vouches for is refused, and --insecure is named."""
    server, _ = secure

    with pytest.raises(errors.Unavailable, match="--insecure"):
        connection.Connection(server).call(USER)
    assert trust.probe(server) not in ("", "plaintext")


def test_insecure(api, secure):
    """With --insecure, whatever certificate the server shows is trusted, over gRPC."""
    api.answers["GetUserInfo"] = {"username": "me"}
    server, _ = secure
    trusting = context.Server(server.address, insecure=True)

    assert "me" == connection.Connection(trusting).call(USER)["username"]


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("host", ("host", 443)),
        ("host:1", ("host", 1)),
        ("[::1]:2", ("::1", 2)),
        ("[::1]", ("::1", 443)),
    ],
)
def test_addresses(address, wanted):
    """A port that is not written is 443; IPv6 addresses have brackets."""
    assert wanted == trust.host_port(address)


@pytest.mark.parametrize("address", ["host:port", "https://host"])
def test_no_address(address):
    """What is no HOST:PORT is refused."""
    with pytest.raises(errors.InvalidArgument):
        trust.host_port(address)


def test_identity_that_does_not_fit():
    """A client certificate without its key is refused, naming the flags and nothing of the key."""
    server = context.Server("a:1", certificate=b"canary", key=Secret("canary"))

    with pytest.raises(errors.InvalidArgument, match="--client-crt") as caught:
        trust.load_identity(ssl.create_default_context(), server)
    assert "canary" not in caught.value.message

"""gRPC-Web over HTTP/1.1, for servers behind proxies that do not speak HTTP/2.

One POST per call (contract: NOTES.md, behaviour.md section 25): each message is a frame of a flag
byte, a length and the payload; a frame with the top bit set carries the trailers.
"""

import contextlib
import http.client
import ssl
import struct
import time
import urllib.parse
from collections.abc import Iterator
from typing import Final

from plumbline.cli import trust
from plumbline.cli.connection import served_error
from plumbline.cli.context import Server
from plumbline.core import errors

__all__ = ["WebTransport"]

_TYPE: Final = "application/grpc-web+proto"
_TRAILERS: Final = 0x80
_CODES: Final = (
    "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
    "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED",
    "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
)  # fmt: skip
_HTTP: Final = {
    401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "UNIMPLEMENTED",
    429: "UNAVAILABLE", 502: "UNAVAILABLE", 503: "UNAVAILABLE", 504: "UNAVAILABLE",
}  # fmt: skip


class WebTransport:
    """Calls over HTTP/1.1, each on a connection of its own."""

    def __init__(self, server: Server) -> None:
        """Prepare trust and headers; nothing connects yet."""
        self._server = server
        self._tls = None if server.plaintext else _context(server)
        self._headers = {
            "Content-Type": _TYPE,
            "Accept": _TYPE,
            "X-Grpc-Web": "1",
            "User-Agent": "plumb",
            **dict(trust.headers(server)),
        }
        if server.token:
            self._headers["Authorization"] = f"Bearer {server.token.reveal()}"
        root = server.root_path.strip("/")
        self._root = f"/{root}" if root else ""

    def unary(self, path: str, payload: bytes, seconds: float) -> bytes:
        """Make a call."""
        answers = list(self.stream(path, payload, seconds))
        if len(answers) != 1:
            raise errors.Unavailable(f"{path}: {len(answers)} answers came to one request")
        return answers[0]

    def stream(self, path: str, payload: bytes, seconds: float) -> Iterator[bytes]:
        """Make a call with a stream of answers."""
        deadline = time.monotonic() + seconds
        connection = self._connect(seconds)
        try:
            frame = struct.pack(">BI", 0, len(payload)) + payload
            connection.request("POST", self._root + path, frame, self._headers)
            answer = connection.getresponse()
            _check(answer.status, answer.headers)
            yield from _messages(answer, deadline, self._server.max_message)
        except TimeoutError as error:
            raise errors.DeadlineExceeded(
                "rpc error: code = DeadlineExceeded desc = context deadline exceeded"
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise errors.Unavailable(f"{self._server.address}: {error}") from error
        finally:
            connection.close()

    def close(self) -> None:
        """Nothing is kept open between calls."""

    def _connect(self, seconds: float) -> http.client.HTTPConnection:
        """Connect, again as often as --http-retry-max says."""
        host, port = trust.host_port(self._server.address, plaintext=self._server.plaintext)
        for attempt in range(self._server.connect_retries + 1):
            connection = (
                http.client.HTTPSConnection(host, port, timeout=seconds, context=self._tls)
                if self._tls
                else http.client.HTTPConnection(host, port, timeout=seconds)
            )
            try:
                connection.connect()
            except ssl.SSLCertVerificationError as error:
                raise errors.Unavailable(
                    "the server's certificate is not trusted; if that is expected, add --insecure"
                ) from error
            except OSError as error:
                connection.close()
                if attempt == self._server.connect_retries:
                    raise errors.Unavailable(f"{self._server.address}: {error}") from error
                time.sleep(min(2.0, 0.1 * 2**attempt))
            else:
                return connection
        raise errors.Unavailable(f"{self._server.address}: --http-retry-max is negative")


def _context(server: Server) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=server.authority.decode() or None)
    if server.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if server.certificate:
        trust.load_identity(context, server)
    return context


def _check(code: int, headers: http.client.HTTPMessage) -> None:
    """Raise what the headers say: an HTTP error, or a status without any message."""
    if headers.get("grpc-status"):
        _raise_for(headers)
    if code != http.client.OK:
        raise served_error(_HTTP.get(code, "UNKNOWN"), f"unexpected HTTP status code: {code}")


def _raise_for(trailers: http.client.HTTPMessage) -> None:
    number = str(trailers.get("grpc-status") or "0").strip()
    code = _CODES[int(number)] if number.isdigit() and int(number) < len(_CODES) else "UNKNOWN"
    if code != "OK":
        raise served_error(code, urllib.parse.unquote(trailers.get("grpc-message") or code))


def _messages(answer: http.client.HTTPResponse, deadline: float, largest: int) -> Iterator[bytes]:
    """Yield messages until the trailers come; an answer without trailers was cut off."""
    while True:
        head = _exactly(answer, 5, deadline)
        flag, length = struct.unpack(">BI", head)
        if length > largest:
            raise errors.ResourceExhausted(f"an answer of {length} bytes is too large")
        body = _exactly(answer, length, deadline)
        if flag & _TRAILERS:
            _raise_for(_parsed(body))
            return
        yield body


def _parsed(block: bytes) -> http.client.HTTPMessage:
    message = http.client.HTTPMessage()
    for line in block.decode("ascii", "replace").splitlines():
        name, _, value = line.partition(":")
        with contextlib.suppress(ValueError):
            message[name.strip()] = value.strip()
    return message


def _exactly(answer: http.client.HTTPResponse, count: int, deadline: float) -> bytes:
    if time.monotonic() > deadline:
        raise TimeoutError
    data = answer.read(count)
    if len(data) < count:
        raise errors.Unavailable("rpc error: code = Unavailable desc = the answer was cut off")
    return data

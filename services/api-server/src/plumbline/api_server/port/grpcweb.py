"""gRPC-web over HTTP/1.1: frames in, frames out, the status in a last frame.

The framing is that of the public protocol description (grpc/doc/PROTOCOL-WEB.md): one byte of
flags, four of length; bit 7 marks the trailers. All four kinds of methods work that HTTP/1.1 can
carry: the request's frames are read as the method asks for them.
"""

import base64
import struct
from collections.abc import AsyncIterator
from typing import Any, Final
from urllib.parse import quote

import grpc
from aiohttp import web

from plumbline.api_server import cookies
from plumbline.api_server.port import dispatch, guard, headers
from plumbline.api_server.port._context import Metadata
from plumbline.api_server.port.config import Config
from plumbline.api_server.port.rest import peer_text
from plumbline.core import errors

__all__ = ["GrpcWeb", "is_grpc_web"]

_BINARY: Final = "application/grpc-web+proto"
_TEXT: Final = frozenset({"application/grpc-web-text", "application/grpc-web-text+proto"})
_TRAILERS: Final = 0x80
_HEAD: Final = struct.Struct(">BI")


def is_grpc_web(request: web.Request) -> bool:
    """Tell whether a request is gRPC-web: by its exact content type (behaviour.md section 25)."""
    kind = request.headers.get("Content-Type", "").lower()
    return request.method == "POST" and (kind == _BINARY or kind in _TEXT)


class GrpcWeb:
    """Answers gRPC-web requests."""

    def __init__(self, dispatcher: dispatch.Dispatcher, config: Config) -> None:
        self._dispatcher = dispatcher
        self._config = config

    async def handle(self, request: web.Request, raw_path: str) -> web.StreamResponse:
        """Answer one request; the path has no root prefix any more."""
        kind = request.headers["Content-Type"].lower()
        sink = _Sink(request, kind, text=kind in _TEXT)
        jar = cookies.read(request.headers.getall("Cookie", []))
        own = guard.own_hosts(request.headers.get("Host", ""), self._config.urls())
        if headers.by_cookie(request.headers) and not guard.same_origin(request.headers, own):
            refused = "the request comes from a foreign origin"
            return await sink.end(grpc.StatusCode.PERMISSION_DENIED, refused)
        frames = _Frames(request, self._config.max_message, text=kind in _TEXT)
        asked = dispatch.Request(
            method=raw_path,
            metadata=headers.web_metadata(request.headers.items(), request.headers, jar),
            peer=peer_text(request),
            messages=frames.messages,
            encode=True,
            timeout=headers.timeout_of(request.headers.get("Grpc-Timeout", "")),
        )
        try:
            async with self._dispatcher.call(asked) as call:
                try:
                    async for answer in call:
                        await sink.send(answer, call)
                except dispatch.Failed as failed:
                    return await sink.end(failed.code, failed.message, call)
                return await sink.end(grpc.StatusCode.OK, "", call)
        except ConnectionError:
            return sink.response  # the client left


class _Frames:
    """The messages of a request's body."""

    def __init__(self, request: web.Request, most: int, *, text: bool) -> None:
        self._content = request.content
        self._most = most
        self._text = text
        self._buffer = bytearray()
        self._encoded = bytearray()

    async def messages(self, handler: grpc.RpcMethodHandler) -> AsyncIterator[Any]:
        """Yield each message of the body, decoded.

        Raises:
            errors.InvalidArgument: the framing, or a message, is wrong.
            errors.ResourceExhausted: a message is too long.
            errors.Unimplemented: a message is compressed.
        """
        while await self._fill(_HEAD.size):
            flags, length = _HEAD.unpack_from(self._buffer)
            if flags & _TRAILERS:
                return
            if flags:
                raise errors.Unimplemented("compressed messages are not understood here")
            if length > self._most:
                raise errors.ResourceExhausted(
                    f"Received message larger than max ({length} vs. {self._most})"
                )
            if not await self._fill(_HEAD.size + length):
                raise errors.InvalidArgument("the body ends inside a message")
            data = bytes(self._buffer[_HEAD.size : _HEAD.size + length])
            del self._buffer[: _HEAD.size + length]
            yield _decoded(handler, data)
        if self._buffer:
            raise errors.InvalidArgument("the body ends inside a message")

    async def _fill(self, size: int) -> bool:
        """Read until the buffer has so many bytes; tell whether it has."""
        while len(self._buffer) < size:
            chunk = await self._content.readany()
            if not chunk and self._content.at_eof():
                return False
            self._take(chunk)
        return True

    def _take(self, chunk: bytes) -> None:
        if not self._text:
            self._buffer += chunk
            return
        self._encoded += chunk
        whole = len(self._encoded) // 4 * 4
        # Each part of a text body may end with padding of its own; four characters are a unit.
        padded = b"=" in self._encoded[: max(0, whole - 2)]
        step = 4 if padded else max(4, whole)
        try:
            for start in range(0, whole, step):
                self._buffer += base64.b64decode(
                    self._encoded[start : min(whole, start + step)], validate=True
                )
        except ValueError as error:
            raise errors.InvalidArgument("the body is not base64") from error
        del self._encoded[:whole]


def _decoded(handler: grpc.RpcMethodHandler, data: bytes) -> Any:
    if handler.request_deserializer is None:
        return data
    try:
        return handler.request_deserializer(data)
    except Exception as error:  # the decoder's own type is not public
        raise errors.InvalidArgument("a message cannot be decoded") from error


class _Sink:
    """The answer's frames."""

    def __init__(self, request: web.Request, kind: str, *, text: bool) -> None:
        self._request = request
        self._text = text
        self.response = web.StreamResponse()
        self.response.headers["Content-Type"] = kind

    async def send(self, message: bytes, call: dispatch.Call) -> None:
        """Send a message, after the head if it is the first."""
        await self._begin(call)
        await self._write(_HEAD.pack(0, len(message)) + message)

    async def end(
        self, code: grpc.StatusCode, message: str, call: dispatch.Call | None = None
    ) -> web.StreamResponse:
        """Send the status and end."""
        await self._begin(call)
        lines = [("grpc-status", str(code.value[0])), ("grpc-message", _percent(message))]
        lines += _plain(call.trailing) if call is not None else []
        block = "".join(f"{name}: {value}\r\n" for name, value in lines).encode()
        await self._write(_HEAD.pack(_TRAILERS, len(block)) + block)
        await self.response.write_eof()
        return self.response

    async def _begin(self, call: dispatch.Call | None) -> None:
        if self.response.prepared:
            return
        if call is not None:
            for name, value in _plain(call.initial):
                self.response.headers.add(name, value)
        await self.response.prepare(self._request)

    async def _write(self, data: bytes) -> None:
        await self.response.write(base64.b64encode(data) if self._text else data)


def _plain(metadata: Metadata) -> list[tuple[str, str]]:
    """Return metadata as lines under their own names."""
    found = headers.answer_headers(metadata)
    return [(name.removeprefix("Grpc-Metadata-"), value) for name, value in found]


def _percent(message: str) -> str:
    """Return a message as the protocol encodes it: percent-encoded UTF-8."""
    return quote(message, safe=" !\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~")

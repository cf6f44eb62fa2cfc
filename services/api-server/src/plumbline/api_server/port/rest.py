"""REST: a request to a call, its answer to JSON (contract/NOTES.md "HTTP/JSON gateway rules")."""

from collections.abc import AsyncIterator
from typing import Any, Final
from urllib.parse import unquote

import grpc
from aiohttp import web
from google.protobuf.message import Message

from plumbline.api_server import cookies
from plumbline.api_server.port import (
    answers,
    binding,
    bodies,
    dispatch,
    guard,
    headers,
    routes,
    streams,
)
from plumbline.api_server.port.config import Config
from plumbline.core import errors, fields

__all__ = ["Rest", "peer_text"]

_SESSION: Final = "session.SessionResponse"
_LIST: Final = "/application.ApplicationService/List"
_SELECTABLE: Final = frozenset(
    f"/application.ApplicationService/{name}"
    for name in (
        *("List", "Watch", "ManagedResources", "PodLogs", "ResourceTree", "WatchResourceTree"),
    )
)
_COMPRESSED: Final = 1024  # bytes; shorter answers are sent as they are


def peer_text(request: web.Request) -> str:
    """Return a request's other side as gRPC would report it."""
    address = request.transport and request.transport.get_extra_info("peername")
    if not isinstance(address, tuple):
        return ""
    host, port = address[0], address[1]
    return f"ipv6:[{host}]:{port}" if ":" in host else f"ipv4:{host}:{port}"


class Rest:
    """Answers requests under the paths of the protocol's HTTP rules."""

    def __init__(
        self, table: routes.Routes, dispatcher: dispatch.Dispatcher, config: Config
    ) -> None:
        self._table = table
        self._dispatcher = dispatcher
        self._config = config
        self._types = guard.allowed_types(config.content_types)

    async def handle(self, request: web.Request, raw_path: str) -> web.StreamResponse:
        """Answer one request; the path has no root prefix any more."""
        jar = cookies.read(request.headers.getall("Cookie", []))
        # As the routes read it: no spelling of a path may go around the guards.
        refused = self._refused(request, unquote(raw_path), jar)
        if refused is not None:
            return refused
        match = self._table.find(request.method, raw_path)
        if match is None:
            refused = answers.refusal(405)
            refused.headers["Allow"] = ", ".join(self._table.verbs(raw_path))
            return refused
        try:
            return await self._call(request, match, jar)
        except dispatch.Failed as failed:
            response = answers.failure(failed.code, failed.message)
            if failed.code is not grpc.StatusCode.UNAUTHENTICATED:
                return response
        except bodies.TooLarge:
            return answers.refusal(413)
        except bodies.Slow:
            return answers.refusal(408)
        return self._with_cookies(response, match, jar, ())

    def _refused(
        self, request: web.Request, path: str, jar: dict[str, str]
    ) -> web.StreamResponse | None:
        """Return the refusal of a request that no method may see."""
        kind = request.headers.get("Content-Type", "")
        if path.startswith("/api/") and not guard.content_type_allowed(
            request.method, kind, self._types
        ):
            return web.Response(status=415, text="Invalid content type\n")
        if request.method in guard.SAFE or not self._needs_origin(request, path, jar):
            return None
        own = guard.own_hosts(request.headers.get("Host", ""), self._config.urls())
        if guard.same_origin(request.headers, own):
            return None
        return answers.failure(
            grpc.StatusCode.PERMISSION_DENIED, "the request comes from a foreign origin"
        )

    def _needs_origin(self, request: web.Request, path: str, jar: dict[str, str]) -> bool:
        # A login is checked too: a foreign page must not sign its visitor in as somebody else.
        if path == "/api/v1/session":
            return True
        return headers.by_cookie(request.headers) and cookies.TOKEN in jar

    async def _call(
        self, request: web.Request, match: routes.Match, jar: dict[str, str]
    ) -> web.StreamResponse:
        method = match.binding.method
        if method.client_streaming:
            raise errors.Unimplemented(f"{match.binding.name} takes a stream: call it over gRPC")
        metadata = headers.metadata_of(request.headers.items(), request.headers, jar)
        asked = dispatch.Request(
            method=match.binding.name,
            metadata=metadata,
            peer=peer_text(request),
            messages=lambda _: self._messages(request, match, metadata),
            timeout=headers.timeout_of(request.headers.get("Grpc-Timeout", "")),
        )
        selection = None
        if match.binding.name in _SELECTABLE:
            selection = fields.parse(request.query.get("fields", ""))
        async with self._dispatcher.call(asked) as call:
            if method.server_streaming:
                below = selection and selection.below("result")
                return await streams.Stream(self._config, below).answer(request, call)
            message = await call.one()
            response = self._answer(request, _text(message, match.binding.name, selection))
            response.headers.extend(headers.answer_headers(call.metadata))
            return self._with_cookies(response, match, jar, call.metadata, message)

    async def _messages(
        self, request: web.Request, match: routes.Match, metadata: Any
    ) -> AsyncIterator[Message]:
        """Yield the request's message; runs after identity was checked."""
        known = any(key == "token" for key, _ in metadata)
        most = self._config.max_body if known else self._config.max_anonymous_body
        body = await bodies.read_body(request, most) if match.binding.body else b""
        yield binding.request_of(match, request.query.items(), body)

    def _answer(self, request: web.Request, body: bytes) -> web.Response:
        response = web.Response(body=body, content_type="application/json")
        if (
            self._config.gzip
            and len(body) > _COMPRESSED
            and "gzip" in request.headers.get("Accept-Encoding", "").lower()
        ):
            response.enable_compression(web.ContentCoding.gzip)
        return response

    def _with_cookies(
        self,
        response: web.Response,
        match: routes.Match,
        jar: dict[str, str],
        metadata: Any,
        message: Any = None,
    ) -> web.Response:
        """Put the session's cookies on: a new token, a renewed one, or none any more."""
        token = next((str(value) for key, value in metadata if key == headers.RENEWED), "")
        session = match.binding.method.output_type.full_name == _SESSION
        if session and message is not None and message.token:
            token = message.token
        path, secure = self._config.cookie_path, self._config.secure
        lines: list[str] = []
        if token:
            most = self._config.max_cookies
            lines = cookies.issue(token, path=path, secure=secure, most=most)
        elif session and match.binding.verb == "DELETE":
            # Also if the token did not hold any more. If revoking failed the cookies stay: a
            # session must not look ended while its token still opens the door.
            lines = cookies.clear(jar, path=path, secure=secure)
        for line in lines:
            response.headers.add("Set-Cookie", line)
        return response


def _text(message: Any, method: str, selection: fields.Selection | None) -> bytes:
    """Return an answer's JSON, cut down to what is selected of it."""
    if selection is None:
        return answers.text_of(message)
    select = fields.select_applications if method == _LIST else fields.select
    return answers.json_bytes(select(answers.tree_of(message), selection))

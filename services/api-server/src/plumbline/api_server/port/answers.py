"""What every answer over HTTP has: JSON bytes as Go writes them, error bodies, security headers."""

import http
from collections.abc import Awaitable, Callable
from typing import Any, Final

import grpc
import orjson
import structlog
from aiohttp import web

from plumbline.api_server.port import statuses
from plumbline.api_server.prepared import Prepared, json_bytes
from plumbline.core import errors
from plumbline.rpc import convert, status

__all__ = [
    "SecurityHeaders",
    "failure",
    "json_bytes",
    "json_errors",
    "refusal",
    "text_of",
    "tree_of",
]

log = structlog.get_logger()

_JSON: Final = "application/json"
_HTTP_CODES: Final = {
    404: grpc.StatusCode.NOT_FOUND,
    405: grpc.StatusCode.UNIMPLEMENTED,
    408: grpc.StatusCode.DEADLINE_EXCEEDED,
    413: grpc.StatusCode.RESOURCE_EXHAUSTED,
}


def tree_of(answer: Any) -> Any:
    """Return the JSON tree of a method's answer."""
    return orjson.loads(answer.json()) if isinstance(answer, Prepared) else convert.to_json(answer)


def text_of(answer: Any) -> bytes:
    """Return the JSON text of a method's answer."""
    return answer.json() if isinstance(answer, Prepared) else json_bytes(convert.to_json(answer))


def failure(code: grpc.StatusCode, message: str, *, http_status: int = 0) -> web.Response:
    """Return the answer to a call that ended with a status."""
    return web.Response(
        status=http_status or statuses.http_status(code),
        body=json_bytes(statuses.error_body(code, message)),
        content_type=_JSON,
    )


def refusal(http_status: int, message: str = "") -> web.Response:
    """Return an answer that has an HTTP status of its own."""
    ours = http_status >= 500
    usual = grpc.StatusCode.INTERNAL if ours else grpc.StatusCode.INVALID_ARGUMENT
    code = _HTTP_CODES.get(http_status, usual)
    text = message or http.HTTPStatus(http_status).phrase
    return failure(code, text, http_status=http_status)


@web.middleware
async def json_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Turn errors of any route into JSON; redirects and answers that a route raises pass."""
    try:
        return await handler(request)
    except errors.PlumblineError as error:
        return failure(status.TO_GRPC[error.code], error.message)
    except web.HTTPException as answer:
        if answer.status < 400 or answer.content_type == _JSON:
            raise
        return refusal(answer.status)


class SecurityHeaders:
    """Headers of every answer (behaviour.md section 25), put on right before it is sent."""

    def __init__(self, *, frame_options: str, content_security_policy: str) -> None:
        """Take the two that are settings; an empty one is not sent."""
        self._headers = {
            "X-Content-Type-Options": "nosniff",
            "X-XSS-Protection": "1",
            "X-Robots-Tag": "noindex, nofollow",
            "Referrer-Policy": "same-origin",
        }
        if frame_options:
            self._headers["X-Frame-Options"] = frame_options
        if content_security_policy:
            self._headers["Content-Security-Policy"] = content_security_policy

    def put(self, response: web.StreamResponse) -> None:
        """Put them on; what the route has set itself stays."""
        for name, value in self._headers.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["Server"] = "plumbline"  # the library's own default tells versions

    async def on_prepare(self, _: web.Request, response: web.StreamResponse) -> None:
        """Do so as a signal of aiohttp."""
        self.put(response)

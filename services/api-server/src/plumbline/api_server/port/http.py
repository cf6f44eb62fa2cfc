"""The HTTP/1.1 side: which route a request goes to, health, and the redirect to https."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final

import structlog
from aiohttp import web

from plumbline.api_server.port import answers, grpcweb
from plumbline.api_server.port.config import Config
from plumbline.api_server.port.rest import Rest

__all__ = ["Busy", "Site"]

log = structlog.get_logger()

_ARGUMENTS: Final[dict[str, Any]] = {
    "access_log": None,
    "keepalive_timeout": 75.0,  # longer than the usual proxy's, so that the proxy closes first
    "lingering_time": 2.0,
    "max_line_size": 64 * 1024,
    # One Cookie header may hold a token of twenty cookies.
    "max_field_size": 128 * 1024,
    "max_headers": 128,
}
_HOST: Final = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Busy:
    """The connections that handle a request now."""

    def __init__(self) -> None:
        self._protocols: set[Any] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    def __contains__(self, protocol: Any) -> bool:
        return protocol in self._protocols

    @asynccontextmanager
    async def handling(self, protocol: Any) -> AsyncIterator[None]:
        """Count a connection in for the time of a request."""
        self._protocols.add(protocol)
        self._idle.clear()
        try:
            yield
        finally:
            self._protocols.discard(protocol)
            if not self._protocols:
                self._idle.set()

    async def idle(self, seconds: float) -> None:
        """Wait until nothing is handled, or for so long."""
        if not self._protocols:
            return
        try:
            await asyncio.wait_for(self._idle.wait(), seconds)
        except TimeoutError:
            log.info("requests were cut off", count=len(self._protocols))


class _Protocol(web.RequestHandler):
    """aiohttp's protocol with our form of errors that come before or beside all routes."""

    __slots__ = ("_safe",)

    def __init__(self, server: web.Server, safe: answers.SecurityHeaders) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **_ARGUMENTS)
        self._safe = safe

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what could not be read, or what went wrong in a handler."""
        del message  # may quote the request
        if request.writer.output_size > 0:
            raise ConnectionError("a part of the answer is sent already")
        text = ""
        if status >= 500 and exc is not None:
            identifier = secrets.token_hex(6)
            text = f"internal error, id {identifier}"
            log.error("request failed", path=request.path, id=identifier, exc_info=exc)
        response = answers.refusal(status, text)
        self._safe.put(response)
        response.force_close()
        return response


class Site:
    """Everything that is answered over HTTP/1.1."""

    def __init__(
        self,
        config: Config,
        rest: Rest,
        web_calls: grpcweb.GrpcWeb,
        extra: Iterable[web.AbstractRouteDef],
    ) -> None:
        """Build the routes; those of others come first.

        Args:
            config: the port's settings.
            rest: answers the protocol's HTTP rules.
            web_calls: answers gRPC-web.
            extra: routes of other parts, below the root path.
        """
        self._config = config
        self._rest = rest
        self._web = web_calls
        self._safe = answers.SecurityHeaders(
            frame_options=config.frame_options,
            content_security_policy=config.content_security_policy,
        )
        self.busy = Busy()
        self._prefix = f"/{config.root}" if config.root else ""
        self._runner = web.AppRunner(
            self._application(list(extra)), handler_cancellation=True, shutdown_timeout=0.1
        )
        self._redirects: web.Server | None = None

    def _application(self, extra: list[web.AbstractRouteDef]) -> web.Application:
        app = web.Application(middlewares=[self._counted, answers.json_errors])
        app.on_response_prepare.append(self._safe.on_prepare)
        app.router.add_get("/healthz", self._healthz)
        inner = web.Application() if self._prefix else app
        inner.add_routes(extra)
        inner.router.add_route("*", "/{rest:.*}", self._protocol)
        if self._prefix:
            app.add_subapp(self._prefix, inner)
        return app

    async def start(self) -> None:
        """Get ready for connections."""
        await self._runner.setup()
        self._redirects = web.Server(self._redirect, handler_cancellation=True)

    def protocol(self) -> asyncio.Protocol:
        """Return the protocol of a new connection."""
        server = self._runner.server
        assert server is not None  # noqa: S101 -- started before the listener
        return _Protocol(server, self._safe)

    def redirecting(self) -> asyncio.Protocol:
        """Return the protocol of a plain-text connection where TLS is wanted."""
        assert self._redirects is not None  # noqa: S101 -- started before the listener
        return _Protocol(self._redirects, self._safe)

    def hang_up(self) -> None:
        """Close idle connections, and the others after their present request."""
        for server in (self._runner.server, self._redirects):
            for connection in server.connections if server is not None else ():
                if connection in self.busy:
                    connection.close()
                else:
                    connection.force_close()

    async def stop(self) -> None:
        """Close every connection."""
        await self._runner.cleanup()
        if self._redirects is not None:
            await self._redirects.shutdown(0.1)

    @web.middleware
    async def _counted(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        async with self.busy.handling(request.protocol):
            return await handler(request)

    async def _protocol(self, request: web.Request) -> web.StreamResponse:
        path = request.rel_url.raw_path.removeprefix(self._prefix)
        if grpcweb.is_grpc_web(request):
            return await self._web.handle(request, path)
        return await self._rest.handle(request, path)

    async def _healthz(self, request: web.Request) -> web.Response:
        if not self._config.ready():
            return web.Response(status=503, text="starting")
        if request.query.get("full") == "true":
            wrong = await self._config.full_health()
            if wrong:
                return web.Response(status=503, text=wrong)
        return web.Response(text="ok")

    async def _redirect(self, request: web.BaseRequest) -> web.StreamResponse:
        """Send a plain-text client to https (behaviour.md section 25)."""
        host = request.headers.get("Host", "")
        target = request.rel_url.raw_path_qs
        if not _HOST.fullmatch(host) or not target.startswith("/"):
            response = answers.refusal(400)
        else:
            inside = target == "/healthz" or f"{target}/".startswith(f"{self._prefix}/")
            prefix = "" if inside else self._prefix
            response = web.Response(
                status=307, headers={"Location": f"https://{host}{prefix}{target}"}
            )
        self._safe.put(response)
        response.force_close()
        return response

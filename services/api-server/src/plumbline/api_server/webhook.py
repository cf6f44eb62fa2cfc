"""POST /api/webhook: a provider tells of a push, the controller looks at the repository.

:func:`routes` is mounted by the HTTP port. Order: who sent it (headers), the body within its
limit, the proof, the payload (all decided in ``core.webhook``), then one look per repository and
ref that an application names. Nothing of a payload is opened, stored or logged. Statuses and
texts: behaviour.md section 13.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final

import aiohttp
import grpc
import structlog
from aiohttp import web

from plumbline.api_server.control import Control
from plumbline.api_server.parts import Parts
from plumbline.api_server.rows import Row, Rows
from plumbline.api_server.webhook_looks import Limits, Look, Looks
from plumbline.core import errors, webhook
from plumbline.core.secret import Secret
from plumbline.pb.controller import controller_pb2, controller_pb2_grpc

__all__ = ["Webhooks", "routes"]

log = structlog.get_logger()

_PATH: Final = "/api/webhook"
_MEGABYTE: Final = 1024 * 1024
_MAX_MEGABYTES: Final = 50  # webhook.maxPayloadSizeMB (config.md section 1)
_LARGE: Final = _MEGABYTE  # bytes; a larger body is refused while others take all the room
_BODY_SECONDS: Final = 60.0  # a body that takes longer is dropped
_ASIDE: Final = 256 * 1024  # bytes; larger bodies are judged beside the event loop
_CALL_SECONDS: Final = 10.0
_FRESH: Final = 0.25  # seconds the index of sources serves before it is brought up to date
_COMPLAIN: Final = 60.0  # seconds between two log lines about refused requests of one provider
_FAILED: Final = "Webhook processing failed"
_FULL: Final = "Queue is full, discarding webhook payload"


def routes(parts: Parts) -> list[web.RouteDef]:
    """Return the route of webhooks, for the HTTP port."""
    limits = Limits(
        workers=max(1, parts.settings.webhook_refresh_workers),
        readers=max(1, parts.settings.webhook_parallelism_limit),
    )
    return Webhooks(parts.rows, parts.control, parts.controller, limits=limits).routes()


class Webhooks:
    """Receives webhooks."""

    def __init__(
        self,
        rows: Rows,
        control: Control,
        controller: grpc.aio.Channel,
        *,
        limits: Limits,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Receive webhooks for applications.

        Args:
            rows: the applications.
            control: limits and secrets.
            controller: where looks are asked for.
            limits: how much is done at a time.
            clock: seconds that only go forward.
        """
        self._control = control
        self._sources = _Sources(rows, clock)
        self._controller = controller_pb2_grpc.ControllerServiceStub(controller)  # type: ignore[no-untyped-call]
        self._looks = Looks(self._moved, limits, clock)
        self._readers = asyncio.Semaphore(limits.readers)
        self._room = limits.room
        self._in_flight = 0
        self._clock = clock
        self._complained: dict[str, float] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return the route; methods other than POST are answered here too."""
        return [web.route("*", _PATH, self.handle)]

    async def close(self) -> None:
        """Drop the looks that wait."""
        await self._looks.close()

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request."""
        if request.method != "POST":
            return web.Response(status=405, text="Method Not Allowed", headers={"Allow": "POST"})
        headers = {name.lower(): value for name, value in request.headers.items()}
        secrets = self._secrets()
        try:
            delivery = webhook.identify(headers, secrets)
        except errors.InvalidArgument as error:
            return web.Response(status=400, text=error.message)
        try:
            body = await self._body(request)
            hints = await self._hints(delivery, headers, body, secrets)
        except errors.ResourceExhausted as error:
            return web.Response(status=503, text=error.message)
        except errors.InvalidArgument as error:
            self._complain(delivery, "not readable")
            return web.Response(status=400, text=error.message)
        except errors.Unauthenticated as error:
            self._complain(delivery, "not genuine")
            status = 401 if delivery.from_registry else 400
            return web.Response(status=status, text=error.message)
        return self._take(delivery, hints)

    def _take(self, delivery: webhook.Delivery, hints: tuple[webhook.Hint, ...]) -> web.Response:
        """Ask for the looks that follow from hints."""
        index = self._sources.index() if hints else None
        wanted = {
            Look(source.repo_url, hint.ref)
            for hint in hints
            for source in (index.affected(hint) if index else ())
        }
        asked = [self._looks.ask(look) for look in sorted(wanted)]
        log.debug("webhook", provider=delivery.provider.value, hints=len(hints), looks=len(asked))
        if not all(asked):
            return web.Response(status=503, text=_FULL)
        return web.Response(status=200)

    async def _body(self, request: web.Request) -> bytes:
        """Read the body.

        Raises:
            errors.InvalidArgument: it is too large, or never ends.
            errors.ResourceExhausted: others' bodies take all the room there is.
        """
        megabytes = self._megabytes()
        limit = megabytes * _MEGABYTE
        too_large = f"{_FAILED}: payload must be valid JSON under {megabytes} MB"
        if (request.content_length or 0) > limit:
            raise errors.InvalidArgument(too_large)
        body = bytearray()
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                async for chunk in request.content.iter_chunked(64 * 1024):
                    self._in_flight += len(chunk)
                    body += chunk
                    if len(body) > limit:
                        raise errors.InvalidArgument(too_large)
                    if len(body) > _LARGE and self._in_flight > self._room:
                        raise errors.ResourceExhausted(_FULL)
        except (OSError, web.RequestPayloadError, aiohttp.ClientError) as error:
            raise errors.InvalidArgument(_FAILED) from error
        finally:
            self._in_flight -= len(body)
        return bytes(body)

    async def _hints(
        self,
        delivery: webhook.Delivery,
        headers: dict[str, str],
        body: bytes,
        secrets: webhook.Secrets,
    ) -> tuple[webhook.Hint, ...]:
        self._in_flight += len(body)
        try:
            async with self._readers:
                if len(body) <= _ASIDE:
                    return webhook.read(delivery, headers, body, secrets)
                return await asyncio.to_thread(webhook.read, delivery, headers, body, secrets)
        finally:
            self._in_flight -= len(body)

    def _megabytes(self) -> int:
        text = self._control.setting("webhook.maxPayloadSizeMB", str(_MAX_MEGABYTES)).strip()
        if text.isdecimal() and int(text) > 0:
            return int(text)
        log.warning("setting is not a number", key="webhook.maxPayloadSizeMB")
        return _MAX_MEGABYTES

    def _secrets(self) -> webhook.Secrets:
        def value(name: str) -> Secret:
            return webhook.resolve(
                self._control.secret(f"webhook.{name}"), self._control.named_secret
            )

        return webhook.Secrets(
            github=value("github.secret"),
            gitlab=value("gitlab.secret"),
            gogs=value("gogs.secret"),
            bitbucket_uuid=value("bitbucket.uuid"),
            bitbucket_server=value("bitbucketserver.secret"),
            azure_username=value("azuredevops.username"),
            azure_password=value("azuredevops.password"),
            harbor=value("harbor.secret"),
        )

    async def _moved(self, look: Look) -> None:
        request = controller_pb2.MovedRequest(repo_url=look.repo_url, ref=look.ref)
        try:
            answer = await self._controller.Moved(request, timeout=_CALL_SECONDS)
        except grpc.aio.AioRpcError as error:
            raise errors.Unavailable(f"controller: {error.code().name}") from error
        log.info("webhook look", repository=look.repo_url, ref=look.ref, matched=answer.matched)

    def _complain(self, delivery: webhook.Delivery, problem: str) -> None:
        """Log a refusal, but never as often as somebody else pleases."""
        provider, now = delivery.provider.value, self._clock()
        if now - self._complained.get(provider, -_COMPLAIN) >= _COMPLAIN:
            self._complained[provider] = now
            log.warning("webhook refused", provider=provider, problem=problem)


class _Sources:
    """The index of all applications' sources, brought up to date when it is asked for."""

    def __init__(self, rows: Rows, clock: Callable[[], float]) -> None:
        self._rows = rows
        self._clock = clock
        self._built = float("-inf")
        self._known: dict[tuple[str, str], tuple[Row, list[webhook.Watched]]] = {}
        self._index = webhook.Index(())

    def index(self) -> webhook.Index:
        """Return the index, at most a moment old."""
        now = self._clock()
        if now - self._built < _FRESH:
            return self._index
        self._built = now
        known = {}
        same = True
        for row in self._rows.all():
            key = (row.namespace, row.name)
            before = self._known.get(key)
            if before is not None and before[0] is row:
                known[key] = before
                continue
            try:
                sources = webhook.watched(row.app)
            except errors.InvalidArgument:
                sources = []  # the controller says so; the others' hints go on
            same = same and before is not None and before[1] == sources
            known[key] = (row, sources)
        if not same or len(known) != len(self._known):
            self._index = webhook.Index(s for _, sources in known.values() for s in sources)
        self._known = known
        return self._index

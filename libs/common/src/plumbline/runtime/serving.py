"""The process side of a service: stop signals, and the HTTP port with /healthz and /metrics.

Called by each service's ``wiring``. Liveness here never depends on Git, Redis or the Kubernetes
API: /healthz answers 200 as soon as the service says it is ready, and 503 before.
"""

import asyncio
import gc
import signal
from collections.abc import Callable

import prometheus_client
from aiohttp import web

__all__ = ["HealthServer", "freeze_heap", "stop_event"]


def stop_event() -> asyncio.Event:
    """Return an event that SIGINT and SIGTERM set."""
    event = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, event.set)
    return event


def freeze_heap() -> None:
    """Exempt what start-up allocated from garbage collection, and collect less often after it.

    A full pass over a warm heap costs tens of milliseconds (libraries.md, section 3).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


class HealthServer:
    """Serves /healthz and /metrics on a port of its own."""

    def __init__(self, address: str, port: int, *, ready: Callable[[], bool]) -> None:
        """Bind later, in :meth:`start`; ``port`` 0 switches the listener off."""
        self._address = address
        self._port = port
        self._ready = ready
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen."""
        if not self._port:
            return
        app = web.Application()
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._address, self._port).start()

    async def stop(self) -> None:
        """Close the listener."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _healthz(self, _: web.Request) -> web.Response:
        if self._ready():
            return web.Response(text="ok")
        return web.Response(status=503, text="starting")

    async def _metrics(self, _: web.Request) -> web.Response:
        body = prometheus_client.generate_latest()
        return web.Response(
            body=body, headers={"Content-Type": prometheus_client.CONTENT_TYPE_LATEST}
        )

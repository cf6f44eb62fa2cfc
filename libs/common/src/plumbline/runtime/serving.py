"""The process side of a service: stop signals, and the HTTP port with /healthz and /metrics.

Called by each service's ``wiring``. Three questions have three answers: /livez is 200 as long as
the event loop turns, whatever is missing outside (a restart would not bring it); /readyz and
/healthz are 200 when the service can work, and name in their text what it lacks.
"""

import asyncio
import gc
import signal

import prometheus_client
from aiohttp import web

from plumbline.core import errors
from plumbline.runtime.readiness import Readiness

__all__ = ["HealthServer", "freeze_heap", "no_identity", "stop_event"]


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


def no_identity(error: errors.PlumblineError) -> tuple[str, str]:
    """Return name and reason for an identity that cannot be read (``Readiness.acquire``)."""
    return (
        "internal certificate",
        f"{error.message}: it is in Secret plumbline-identity-* of this role (keys Job)",
    )


class HealthServer:
    """Serves /livez, /readyz, /healthz and /metrics on a port of its own."""

    def __init__(self, address: str, port: int, *, readiness: Readiness) -> None:
        """Bind later, in :meth:`start`; ``port`` 0 switches the listener off."""
        self._address = address
        self._port = port
        self._readiness = readiness
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen."""
        if not self._port:
            return
        app = web.Application()
        app.router.add_get("/livez", self._livez)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/healthz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._address, self._port).start()

    async def stop(self) -> None:
        """Close the listener."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _livez(self, _: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def _readyz(self, _: web.Request) -> web.Response:
        status = 200 if self._readiness.ready else 503
        return web.Response(status=status, text=self._readiness.text)

    async def _metrics(self, _: web.Request) -> web.Response:
        body = prometheus_client.generate_latest()
        return web.Response(
            body=body, headers={"Content-Type": prometheus_client.CONTENT_TYPE_LATEST}
        )

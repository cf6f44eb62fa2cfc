"""The port put together: gRPC server, dispatcher, HTTP site, listener; start, and drain."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import grpc
import structlog
from aiohttp import web

from plumbline.api_server.port import dispatch, grpcweb, routes, splice, tls
from plumbline.api_server.port.config import Config
from plumbline.api_server.port.http import Site
from plumbline.api_server.port.listener import Limits, Listener
from plumbline.api_server.port.peers import Peers
from plumbline.api_server.port.rest import Rest
from plumbline.core import errors

__all__ = ["Port"]

log = structlog.get_logger()

_FAREWELL = 2.0  # seconds for the last bytes after all calls have ended


class Port:
    """The users' port."""

    def __init__(
        self,
        config: Config,
        *,
        services: Iterable[Any],
        register: Callable[[Any], None],
        interceptors: Sequence[Any],
        certificate: tls.Contexts | None,
        extra: Iterable[web.AbstractRouteDef] = (),
        limits: Limits | None = None,
    ) -> None:
        """Build everything; nothing listens yet.

        Args:
            config: the settings.
            services: descriptors of the services that have HTTP rules.
            register: puts every servicer onto the server it is given.
            interceptors: in front of every call, outermost first; whichever way it comes.
            certificate: TLS; none if the port speaks plain text.
            extra: routes of other parts.
            limits: how much may be open.
        """
        self._config = config
        self._folder = Path(tempfile.mkdtemp(prefix="plumbline-"))  # mode 0700
        self._socket = str(self._folder / "grpc")
        chain = [Peers(), *interceptors]
        self._server = grpc.aio.server(interceptors=chain, options=_options(config))
        methods = dispatch.Methods(self._server)
        register(methods)
        dispatcher = dispatch.Dispatcher(methods, chain)
        table = routes.Routes(b for service in services for b in routes.bindings_of(service))
        self._site = Site(
            config,
            Rest(table, dispatcher, config),
            grpcweb.GrpcWeb(dispatcher, config),
            extra,
        )
        self._listener = Listener(
            http=self._site.protocol,
            redirect=self._site.redirecting,
            busy=self._site.busy.__contains__,
            join=self._join,
            tls=certificate.current if certificate is not None else None,
            limits=limits or Limits(seconds=config.head_seconds),
        )

    @property
    def port(self) -> int:
        """The number it listens on."""
        number: int = self._listener.addresses[0][1]
        return number

    async def start(self) -> None:
        """Listen.

        Raises:
            errors.FailedPrecondition: the address, or the private socket, cannot be had.
        """
        try:
            self._server.add_insecure_port(f"unix:{self._socket}")
        except RuntimeError as error:
            raise errors.FailedPrecondition(f"cannot listen on {self._socket}") from error
        await self._server.start()
        await self._site.start()
        await self._listener.start(self._config.address, self._config.port)

    async def stop(self, grace: float) -> None:
        """Accept no more, let calls in progress end, and close.

        Args:
            grace: seconds that calls may take; then they are cut off.
        """
        await self._listener.close()
        self._site.hang_up()
        # gRPC's stop sends GOAWAY first, through the splices, which stay open meanwhile.
        await asyncio.gather(self._server.stop(grace), self._site.busy.idle(grace))
        await self._site.stop()
        if not await self._listener.gone(_FAREWELL):
            log.info("connections were cut off")
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _join(self, transport: Any, early: bytes, lost: Callable[[], None]) -> None:
        await splice.splice(transport, self._socket, early=early, lost=lost)


def _options(config: Config) -> list[tuple[str, int]]:
    return [
        ("grpc.max_receive_message_length", config.max_message),
        ("grpc.max_send_message_length", config.max_message),
        # Clients of the contract ping every ten seconds; gRPC's default would hang up on them.
        ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
        ("grpc.http2.min_recv_ping_interval_without_data_ms", 5_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.max_concurrent_streams", 1_000),
        ("grpc.max_metadata_size", 128 * 1024),
    ]

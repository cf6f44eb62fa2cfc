"""The listening socket: accepts, tells TLS from plain text by one byte, bounds what is open.

A connection that has not said what it speaks is on a short list; when that is full, the oldest on
it goes. So a crowd of silent connections costs the crowd, and not who comes with a request.
"""

import asyncio
import contextlib
import errno
import functools
import resource
import socket
import ssl
from collections.abc import Callable
from typing import Any, Final

import structlog

from plumbline.api_server.port import sniff
from plumbline.api_server.port.router import Joiner, Router
from plumbline.core import errors

__all__ = ["Limits", "Listener"]

log = structlog.get_logger()

_BACKLOG: Final = 1024
_SPARE_FILES: Final = 256  # for everything that is not a connection of this port
_FILES_EACH: Final = 3  # the client's, and both ends of a spliced one
_TIMES: Final = {"ssl_handshake_timeout": 60.0, "ssl_shutdown_timeout": 5.0}  # outer bounds
_FULL: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_PAUSE: Final = 0.1
_AT_ONCE: Final = 64  # connections taken in one turn of the loop


class Limits:
    """How much may be open."""

    def __init__(self, *, connections: int = 0, silent: int = 512, seconds: float = 10.0) -> None:
        """Take the limits.

        Args:
            connections: in total; 0 takes what the limit of open files allows.
            silent: connections that have not said what they speak.
            seconds: until they must have, handshake included.
        """
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        room = max(16, (files - _SPARE_FILES) // _FILES_EACH) if files > 0 else 1 << 20
        self.connections = min(connections or 20_000, room)
        self.silent = silent
        self.seconds = seconds


class Listener:
    """Accepts connections and has them routed."""

    def __init__(
        self,
        *,
        http: Callable[[], asyncio.Protocol],
        redirect: Callable[[], asyncio.Protocol],
        busy: Callable[[Any], bool],
        join: Joiner,
        tls: Callable[[], ssl.SSLContext] | None,
        limits: Limits,
    ) -> None:
        """Prepare.

        Args:
            http: makes the protocol of an HTTP/1.1 connection.
            redirect: the same, for plain text where TLS is wanted.
            busy: tells whether a protocol of theirs handles a request.
            join: takes HTTP/2 connections.
            tls: the context for a new connection; none: everything is plain text.
            limits: how much may be open.
        """
        self._http = http
        self._redirect = redirect
        self._busy = busy
        self._join = join
        self._tls = tls
        self._limits = limits
        self._sockets: list[socket.socket] = []
        self._tasks: set[asyncio.Task[bool]] = set()
        self._present: dict[int, Callable[[], object]] = {}
        """What cuts each connection off."""
        self._silent: dict[int, None] = {}
        """Those that have not said what they speak, the oldest first."""
        self._none = asyncio.Event()
        self._number = 0
        self._told = 0.0

    @property
    def addresses(self) -> list[Any]:
        """Where it listens."""
        return [s.getsockname() for s in self._sockets]

    async def start(self, address: str, port: int) -> None:
        """Listen.

        Raises:
            errors.FailedPrecondition: the address cannot be had.
        """
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(
                address or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
            for family, _, _, _, where in found[:1] if address else found:
                self._sockets.append(_listen(family, where))
        except OSError as error:
            await self.close()
            raise errors.FailedPrecondition(f"cannot listen on {address}:{port}") from error
        for listening in self._sockets:
            loop.add_reader(listening, self._accept, listening)

    async def close(self) -> None:
        """Accept no more, and cut off who has not said anything; the others stay."""
        for listening in self._sockets:
            asyncio.get_running_loop().remove_reader(listening)
            listening.close()
        self._sockets.clear()
        for number in list(self._silent):
            self._present[number]()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def gone(self, seconds: float) -> bool:
        """Wait until no connection is left, and cut off what still is; tell whether none was."""
        if not self._present:
            return True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._none.wait(), seconds)
            return True
        for cut in list(self._present.values()):
            cut()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._none.wait(), seconds)
        return False

    def _spawn(self, coroutine: Any) -> "asyncio.Task[bool]":
        task: asyncio.Task[bool] = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _accept(self, listening: socket.socket) -> None:
        """Take what waits; a callback, as a task that is cancelled could lose a connection."""
        for _ in range(_AT_ONCE):
            try:
                connection, _address = listening.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno not in _FULL:
                    continue  # the client left the queue
                self._warn("no room for a connection", error=error.strerror)
                loop = asyncio.get_running_loop()
                loop.remove_reader(listening)
                loop.call_later(_PAUSE, self._resume, listening)
                return
            if len(self._present) >= self._limits.connections:
                self._warn("too many connections", limit=self._limits.connections)
                connection.close()
                continue
            self._admit(connection)

    def _resume(self, listening: socket.socket) -> None:
        if listening in self._sockets:
            asyncio.get_running_loop().add_reader(listening, self._accept, listening)

    def _warn(self, event: str, **facts: Any) -> None:
        """Log at most once in ten seconds: who floods us must not flood the log."""
        now = asyncio.get_running_loop().time()
        if now - self._told > 10.0:
            self._told = now
            log.warning(event, **facts)

    def _admit(self, connection: socket.socket) -> None:
        """Take a connection onto the short list, and have it routed."""
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._number += 1
        number = self._number
        self._none.clear()
        self._silent[number] = None
        task = self._spawn(self._route(connection, number))
        task.add_done_callback(functools.partial(self._routed, connection, number))
        self._present[number] = task.cancel
        if len(self._silent) > self._limits.silent:
            oldest = next(iter(self._silent))
            self._warn("too many silent connections", limit=self._limits.silent)
            del self._silent[oldest]
            self._present[oldest]()

    def _routed(self, connection: socket.socket, number: int, task: "asyncio.Task[bool]") -> None:
        """Close a connection that nobody took; its task may have been cut off before it began."""
        if task.cancelled() or not task.result():
            connection.close()
            self._lost(number)

    async def _route(self, connection: socket.socket, number: int) -> bool:
        """Find out about TLS and hand the connection to a router; tell whether that was done."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._limits.seconds):
                first = await _first_byte(connection)
            if first is None:
                return False
            secure = self._tls() if self._tls is not None and sniff.is_tls(first) else None
            router = self._router(number, plain=secure is None)
            extra = _TIMES if secure is not None else {}
            async with asyncio.timeout(self._limits.seconds):
                transport, _ = await loop.connect_accepted_socket(
                    lambda: router, connection, ssl=secure, **extra
                )
        except (OSError, TimeoutError):
            return False  # a port scan, a probe, a client that does not trust us
        if number in self._present:
            self._present[number] = transport.abort
        return True

    def _lost(self, number: int) -> None:
        """Count a connection as gone; once, whoever tells."""
        self._silent.pop(number, None)
        self._present.pop(number, None)
        if not self._present:
            self._none.set()

    def _router(self, number: int, *, plain: bool) -> Router:
        wrong = plain and self._tls is not None

        def routed() -> None:
            self._silent.pop(number, None)

        return Router(
            http=self._redirect if wrong else self._http,
            busy=self._busy,
            join=None if wrong else self._join,
            seconds=self._limits.seconds,
            routed=routed,
            lost=functools.partial(self._lost, number),
        )


def _listen(family: int, where: Any) -> socket.socket:
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6 and where[0] != "::":
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.setblocking(False)
        listening.bind(where)
        listening.listen(_BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


async def _first_byte(connection: socket.socket) -> int | None:
    """Return the first byte, which stays where it is; none if the client left."""
    loop = asyncio.get_running_loop()
    while True:
        with contextlib.suppress(BlockingIOError):
            data = connection.recv(1, socket.MSG_PEEK)
            return data[0] if data else None
        ready = loop.create_future()
        loop.add_reader(connection, _wake, ready)
        try:
            await ready
        finally:
            loop.remove_reader(connection)


def _wake(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)

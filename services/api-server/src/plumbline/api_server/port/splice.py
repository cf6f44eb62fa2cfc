"""A client's HTTP/2 bytes to the gRPC server on its private Unix socket, and back.

Back-pressure goes through: a side whose buffer is full stops the reading of the other. So does
half-close. An end that cannot get rid of its last bytes is cut after a while.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Any, Final

import structlog

from plumbline.api_server.port import peers

__all__ = ["splice"]

log = structlog.get_logger()

_LINGER: Final = 10.0  # seconds for the last bytes of a side that is closing
_TRIES: Final = 5  # connects to a socket whose queue is full
_PAUSE: Final = 0.05


class _Side(asyncio.Protocol):
    """One of the two ends."""

    def __init__(self, lost: Callable[[], None] | None = None) -> None:
        self.transport: Any = None
        self.other: _Side | None = None
        self._lost = lost
        self._gone = False
        self.ended = False
        self._cut: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if self.other is not None and not self.other.transport.is_closing():
            self.other.transport.write(data)

    def pause_writing(self) -> None:
        if self.other is not None and not self.other.transport.is_closing():
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None and not self.other.transport.is_closing():
            self.other.transport.resume_reading()

    def eof_received(self) -> bool:
        """Pass a half-close on; tell whether this end stays open for what is still to come."""
        other = self.other
        if other is None or other.transport.is_closing():
            return False
        self.ended = True
        if other.ended:  # both have said all
            other.shut()
            return False
        if other.transport.can_write_eof() and self.transport.can_write_eof():
            other.transport.write_eof()
            return True
        other.shut()  # TLS knows no half-close
        return False

    def connection_lost(self, _: Exception | None) -> None:
        if self.other is not None:
            self.other.shut()
        self.other = None
        self._gone = True
        if self._cut is not None:
            self._cut.cancel()
        if self._lost is not None:
            self._lost()

    def shut(self) -> None:
        """Close after what is in the buffer; at once if that takes too long."""
        if not self.transport.is_closing():
            self.transport.close()
        if not self._gone:
            self._cut = asyncio.get_running_loop().call_later(_LINGER, self.transport.abort)


async def splice(transport: Any, path: str, *, early: bytes, lost: Callable[[], None]) -> None:
    """Join a client's transport with a new connection to the gRPC server.

    Args:
        transport: the client's, with reading paused.
        path: the Unix socket.
        early: what the client has sent so far.
        lost: called when the client's end is gone.

    Raises:
        OSError: the gRPC server cannot be reached.
    """
    loop = asyncio.get_running_loop()
    client_side = _Side(lost)
    client_side.connection_made(transport)
    inner = await _connect(path, transport.get_extra_info("peername"))
    # Joined before the first byte can come: the server speaks as soon as it is connected.
    server_side = _Side()
    client_side.other, server_side.other = server_side, client_side
    await loop.create_unix_connection(lambda: server_side, sock=inner)
    if early:
        server_side.transport.write(early)
    transport.set_protocol(client_side)
    if transport.is_closing():
        server_side.shut()
        lost()
    else:
        transport.resume_reading()


async def _connect(path: str, address: Any) -> socket.socket:
    """Return a connected socket whose own name tells the client's address."""
    inner = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        try:
            inner.bind(peers.bind_name(address))
        except OSError as error:
            # No abstract names here (a sandbox): calls work, their address is unknown.
            log.debug("no name for a spliced connection", error=error.strerror)
        for left in reversed(range(_TRIES)):
            try:
                inner.connect(path)
                break
            except BlockingIOError:
                # The queue is full; a Unix socket does not tell when it no longer is.
                if not left:
                    raise
                await asyncio.sleep(_PAUSE)
    except BaseException:
        inner.close()
        raise
    return inner

"""A connection until it has said what it speaks, and HTTP/1.1 ones to their end.

Made by ``listener`` for each connection, inside TLS where there is TLS. HTTP/2 is handed to
``splice`` with the transport; HTTP/1.1 to aiohttp's own protocol, whose events pass through here so
that a client that has closed its side still gets the answer.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from plumbline.api_server.port import sniff

__all__ = ["Router"]

_HEAD: Final = (
    256 * 1024
)  # bytes of a request's head that are waited for; aiohttp's limits are less
_BEGIN: Final = 0.05  # seconds until a request that was read has begun
_HALF_CLOSED: Final = 2.0  # seconds that an answer may take after the client has closed its side

Joiner = Callable[[Any, bytes, Callable[[], None]], Awaitable[None]]


class Router(asyncio.Protocol):
    """Waits for the first bytes and hands the connection on."""

    def __init__(
        self,
        *,
        http: Callable[[], asyncio.Protocol],
        busy: Callable[[Any], bool],
        join: Joiner | None,
        seconds: float,
        routed: Callable[[], None],
        lost: Callable[[], None],
    ) -> None:
        """Prepare for a connection.

        Args:
            http: makes the protocol of an HTTP/1.1 connection.
            busy: tells whether such a protocol handles a request.
            join: takes an HTTP/2 connection; none if those are refused.
            seconds: until the connection must have spoken.
            routed: called once, when it has.
            lost: called once, when it is gone.
        """
        self._make = http
        self._busy = busy
        self._join = join
        self._seconds = seconds
        self._routed = routed
        self._lost = lost
        self._buffer = bytearray()
        self._transport: Any = None
        self._inner: Any = None
        self._deadline: asyncio.TimerHandle | None = None
        self._joining: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start waiting, unless ALPN has told already."""
        self._transport = transport
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(self._seconds, transport.abort)  # type: ignore[attr-defined]
        secured = transport.get_extra_info("ssl_object")
        if secured is not None and secured.selected_alpn_protocol() == "h2":
            self._hand_over(sniff.Speech.HTTP2)

    def data_received(self, data: bytes) -> None:
        """Collect until it is clear, then pass on."""
        if self._inner is not None:
            self._inner.data_received(data)
            return
        seen = len(self._buffer)
        self._buffer += data
        if self._joining is None:
            self._hand_over(sniff.speech(self._buffer, _HEAD, seen=seen))

    def _hand_over(self, speech: sniff.Speech) -> None:
        if speech is sniff.Speech.UNDECIDED:
            return
        if self._deadline is not None:
            self._deadline.cancel()
        self._routed()
        if speech is sniff.Speech.HTTP1:
            self._inner = self._make()
            self._inner.connection_made(self._transport)
            early, self._buffer = bytes(self._buffer), bytearray()
            self._inner.data_received(early)
        elif self._join is None:
            self._transport.abort()
        else:
            self._transport.pause_reading()
            self._joining = asyncio.ensure_future(self._joined(self._join))

    async def _joined(self, join: Joiner) -> None:
        """Hand an HTTP/2 connection to the splice."""
        lost, self._lost = self._lost, _nothing
        try:
            await join(self._transport, bytes(self._buffer), lost)
        except OSError:
            self._transport.abort()
            lost()

    def eof_received(self) -> bool | None:
        """Let a request in progress finish though the client sends no more."""
        if self._inner is None:
            return None
        if not self._transport.can_write_eof():
            return None  # TLS knows no half-close
        # The request may have come right before, and not have begun.
        asyncio.get_running_loop().call_later(_BEGIN, self._half_closed)
        return True

    def _half_closed(self) -> None:
        if not self._busy(self._inner):
            self._transport.close()
            return
        self._inner.close()  # after the present request
        asyncio.get_running_loop().call_later(_HALF_CLOSED, self._transport.close)

    def pause_writing(self) -> None:
        """Pass on."""
        if self._inner is not None:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Pass on."""
        if self._inner is not None:
            self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everybody."""
        if self._deadline is not None:
            self._deadline.cancel()
        if self._inner is not None:
            self._inner.connection_lost(exc)
        self._routed()
        self._lost()


def _nothing() -> None:
    pass

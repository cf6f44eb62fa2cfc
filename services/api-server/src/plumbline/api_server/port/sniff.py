"""What a connection speaks, judged by its first bytes; pure.

Called by ``listener`` and ``router`` with what has arrived so far.
"""

import enum
from typing import Final

__all__ = ["PREFACE", "Speech", "is_tls", "speech"]

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""How an HTTP/2 client begins (RFC 9113, section 3.4)."""
_HANDSHAKE: Final = 0x16
"""The content type of a TLS record that holds a ClientHello (RFC 8446, section 5.1)."""


class Speech(enum.Enum):
    """The protocol inside a connection."""

    UNDECIDED = "undecided"
    HTTP1 = "http/1.1"
    HTTP2 = "h2"


def is_tls(first: int) -> bool:
    """Tell whether a first byte begins a TLS handshake."""
    return first == _HANDSHAKE


def speech(data: bytes | bytearray, most: int, *, seen: int = 0) -> Speech:
    """Return who should get a connection.

    HTTP/2 is told by its whole preface. Everything else is HTTP/1.1, and is handed on when the head
    of its first request is complete or too long: what comes slower is the caller's to time out.

    Args:
        data: the bytes so far.
        most: bytes of a head that are waited for.
        seen: how many of the bytes were judged before; a head that comes byte by byte must not
            cost its square.
    """
    if data[: len(PREFACE)] == PREFACE[: len(data)]:
        return Speech.HTTP2 if len(data) >= len(PREFACE) else Speech.UNDECIDED
    start = max(0, seen - 3)
    if data.find(b"\r\n\r\n", start) >= 0 or data.find(b"\n\n", start) >= 0:
        return Speech.HTTP1
    if len(data) >= most:
        return Speech.HTTP1
    return Speech.UNDECIDED

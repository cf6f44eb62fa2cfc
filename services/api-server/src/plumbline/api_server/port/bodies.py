"""Request bodies, bounded in size and time."""

import asyncio
from typing import Final

from aiohttp import web

from plumbline.api_server.port.dispatch import Rejected

__all__ = ["Slow", "TooLarge", "read_body"]

_SECONDS: Final = 60.0


class TooLarge(Rejected):
    """A body is longer than allowed."""


class Slow(Rejected):
    """A body did not arrive in time."""


async def read_body(request: web.Request, most: int) -> bytes:
    """Return the whole body.

    Raises:
        TooLarge: it has more than ``most`` bytes, said or sent.
        Slow: it took more than a minute.
    """
    if not request.can_read_body:
        return b""
    if request.content_length is not None and request.content_length > most:
        raise TooLarge
    chunks, size = [], 0
    try:
        async with asyncio.timeout(_SECONDS):
            async for chunk in request.content.iter_any():
                size += len(chunk)
                if size > most:
                    raise TooLarge
                chunks.append(chunk)
    except TimeoutError as error:
        raise Slow from error
    return b"".join(chunks)

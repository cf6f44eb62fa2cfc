"""Whose turn it is to make an entry, so that replicas do not make the same one side by side.

Used by the store's callers around work that takes longer than a question to Redis. A claim is a
hint with an end: it is renewed while its holder lives, and runs out soon after. Everything stays
correct without it, because entries are named by what they were made from; two makers cost time
only. So nothing here raises because Redis is slow, full, wrong or gone.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, Protocol

__all__ = ["Backend", "Claims"]

_SECONDS: Final = 10.0
_FIRST_LOOK: Final = 0.02  # seconds; doubled up to the last
_LAST_LOOK: Final = 0.25


class Backend(Protocol):
    """What claims need of Redis; None says that it does not answer."""

    async def add(self, key: str, value: bytes, milliseconds: int) -> bool | None:
        """Set a key that is not there; tell whether it was set."""
        ...

    async def extend(self, key: str, milliseconds: int) -> bool | None:
        """Let a key end later; tell whether it was still there."""
        ...

    async def get(self, key: str) -> bytes | None:
        """Return a value."""
        ...

    async def delete(self, key: str) -> None:
        """Forget a key."""
        ...


class Claims:
    """The claims of one process on entries of one kind."""

    def __init__(
        self,
        backend: Backend | None,
        *,
        kind: str,
        prefix: str = "",
        seconds: float = _SECONDS,
    ) -> None:
        """Claim nothing yet.

        Args:
            backend: Redis, or None: then every turn is ours.
            kind: the entries' kind.
            prefix: put before every key (ARGOCD_REDIS_KEY_PREFIX).
            seconds: how long a claim outlives its holder.
        """
        self._backend = backend
        self._head = f"{prefix}plumbline|claim|{kind}|"
        self._seconds = seconds

    @contextlib.asynccontextmanager
    async def turn(
        self, key: str, *, there: Callable[[], Awaitable[bool]], patience: float
    ) -> AsyncIterator[bool]:
        """Wait until an entry is there, or it is our turn to make it; hold the turn meanwhile.

        Args:
            key: the entry's.
            there: tells whether the entry is there by now.
            patience: seconds to wait for another maker at most; then it is our turn anyhow.

        Yields:
            Whether it is our turn; False says that the entry was seen.
        """
        if self._backend is None:
            yield True
            return
        name, token = f"{self._head}{key}", secrets.token_bytes(16)
        mine = await self._wait(self._backend, name, token, there, patience)
        if mine is not True:
            yield mine is None
            return
        keeping = asyncio.create_task(self._keep(self._backend, name))
        try:
            yield True
        finally:
            keeping.cancel()
            # Only our own: who was thought dead must not end the claim of who came after.
            if await self._backend.get(name) == token:
                await self._backend.delete(name)

    async def _wait(
        self,
        backend: Backend,
        name: str,
        token: bytes,
        there: Callable[[], Awaitable[bool]],
        patience: float,
    ) -> bool | None:
        """Return True with a claim, False if the entry came, None if we go on without either."""
        loop = asyncio.get_running_loop()
        until, pause = loop.time() + patience, _FIRST_LOOK
        while True:
            got = await backend.add(name, token, int(self._seconds * 1000))
            if got is None:
                return None
            # The maker writes the entry before it gives up its claim; and it may have ended
            # between the caller's look and ours.
            if await there():
                if got:
                    await backend.delete(name)
                return False
            if got:
                return True
            if loop.time() >= until:
                return None
            await asyncio.sleep(pause)
            pause = min(_LAST_LOOK, pause * 2)

    async def _keep(self, backend: Backend, name: str) -> None:
        while True:
            await asyncio.sleep(self._seconds / 3)
            await backend.extend(name, int(self._seconds * 1000))

"""One lock for each name, for as long as somebody holds it or waits for it."""

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Hashable

__all__ = ["Locks"]


@dataclasses.dataclass
class _Counted:
    lock: asyncio.Lock = dataclasses.field(default_factory=asyncio.Lock)
    users: int = 0


class Locks:
    """Locks by name."""

    def __init__(self) -> None:
        self._known: dict[Hashable, _Counted] = {}

    def __len__(self) -> int:
        """Return how many names are in use."""
        return len(self._known)

    @contextlib.asynccontextmanager
    async def hold(self, name: Hashable) -> AsyncIterator[None]:
        """Hold the lock of a name; whoever waits for it keeps it known."""
        found = self._known.setdefault(name, _Counted())
        found.users += 1
        try:
            async with found.lock:
                yield
        finally:
            found.users -= 1
            if not found.users:
                del self._known[name]

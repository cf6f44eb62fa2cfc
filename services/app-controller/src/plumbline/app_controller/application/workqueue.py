"""A queue of application keys: each key waits at most once and is worked on by one worker at most.

Used by the controller's workers. A key added while it is being worked on is worked on again
afterwards, so no change is lost. Delayed keys sit in one timer heap of the event loop; the earliest
time wins. Failures back off exponentially per key, with a cap.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable

__all__ = ["WorkQueue"]

_BASE_DELAY = 0.2  # seconds before the first retry of a failed key
_MAX_DELAY = 60.0  # seconds; a broken application is looked at once a minute


class WorkQueue:
    """Keys to work on, in order of arrival."""

    def __init__(self) -> None:
        self._ready: deque[Hashable] = deque()
        self._waiting: set[Hashable] = set()
        self._busy: set[Hashable] = set()
        self._again: set[Hashable] = set()
        self._timers: dict[Hashable, asyncio.TimerHandle] = {}
        self._failures: dict[Hashable, int] = {}
        self._wake = asyncio.Event()
        self._closed = False
        self._limit: asyncio.Semaphore | None = None

    def __len__(self) -> int:
        return len(self._ready) + len(self._busy)

    def add(self, key: Hashable) -> None:
        """Queue a key now; nothing happens if it is queued already."""
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()
        if key in self._busy:
            self._again.add(key)
        elif key not in self._waiting:
            self._waiting.add(key)
            self._ready.append(key)
            self._wake.set()

    def add_after(self, key: Hashable, seconds: float) -> None:
        """Queue a key in ``seconds``, unless it is due earlier anyway."""
        if seconds <= 0:
            self.add(key)
            return
        loop = asyncio.get_running_loop()
        due = loop.time() + seconds
        timer = self._timers.get(key)
        if timer is not None:
            if timer.when() <= due:
                return
            timer.cancel()
        self._timers[key] = loop.call_at(due, self._fire, key)

    def retry(self, key: Hashable) -> float:
        """Queue a failed key with exponential backoff; return the delay in seconds."""
        count = self._failures.get(key, 0)
        self._failures[key] = count + 1
        delay = min(_MAX_DELAY, _BASE_DELAY * 2 ** min(count, 16))
        self.add_after(key, delay)
        return float(delay)

    def succeeded(self, key: Hashable) -> None:
        """Forget the failures of a key."""
        self._failures.pop(key, None)

    def forget(self, key: Hashable) -> None:
        """Drop everything known of a key that no longer exists."""
        self._failures.pop(key, None)
        self._again.discard(key)
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()

    def close(self) -> None:
        """End :meth:`work` after the keys in progress; timers are cancelled."""
        self._closed = True
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._wake.set()

    async def work(self, handle: Callable[[Hashable], Awaitable[None]], *, workers: int) -> None:
        """Call ``handle`` for every key, ``workers`` at a time, until :meth:`close`.

        ``handle`` must not raise: what to do about a failure is its own decision.
        """
        async with asyncio.TaskGroup() as group:
            limit = self._limit = asyncio.Semaphore(workers)
            while await self._any():
                # Not before there is a key: who was waiting needs the place to go on.
                await limit.acquire()
                key = self._take()
                if key is None:
                    return
                group.create_task(self._run(key, handle, limit))

    @contextlib.asynccontextmanager
    async def waiting(self) -> AsyncIterator[None]:
        """Let another key be worked on while the present one waits for what is not ours.

        Else as many slow repositories as there are workers would stop all applications.
        """
        limit = self._limit
        if limit is not None:
            limit.release()
        try:
            yield
        finally:
            if limit is not None:
                await limit.acquire()

    def _fire(self, key: Hashable) -> None:
        self._timers.pop(key, None)
        self.add(key)

    async def _any(self) -> bool:
        """Wait for a key; tell whether there is one, and not the end."""
        while not self._ready and not self._closed:
            self._wake.clear()
            await self._wake.wait()
        return not self._closed

    def _take(self) -> Hashable | None:
        if self._closed or not self._ready:
            return None
        key = self._ready.popleft()
        self._waiting.discard(key)
        self._busy.add(key)
        return key

    async def _run(
        self,
        key: Hashable,
        handle: Callable[[Hashable], Awaitable[None]],
        limit: asyncio.Semaphore,
    ) -> None:
        try:
            await handle(key)
        finally:
            self._busy.discard(key)
            limit.release()
            if key in self._again:
                self._again.discard(key)
                self.add(key)

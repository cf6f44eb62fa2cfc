"""Looks at repositories that webhooks ask for: de-duplicated, rate-limited, bounded.

Used by ``webhook``. One look per repository and ref and interval; what is asked for meanwhile is
one further look at its end, so that no push is lost. A repository with too many refs at a time is
looked at as a whole. The polls of the controller stand behind all this: a look that fails for good
is logged and forgotten.
"""

import asyncio
import dataclasses
import heapq
import itertools
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

import structlog

from plumbline.core import errors

__all__ = ["Limits", "Look", "Looks"]

log = structlog.get_logger()

_REFS: Final = 16  # refs of one repository within one interval that are told apart


class Look(NamedTuple):
    """What to look at; an empty ref means all."""

    repo_url: str
    ref: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Limits:
    """How much is done at a time."""

    interval: float = 2.0
    """Seconds between two looks at one ref of a repository."""
    workers: int = 20
    """Looks at a time."""
    capacity: int = 50_000
    """Looks that may wait."""
    readers: int = 50
    """Payloads that are judged at a time."""
    room: int = 256 * 1024 * 1024
    """Bytes of bodies being read or judged; beyond, large ones are refused."""
    retries: tuple[float, ...] = (1.0, 4.0, 15.0)
    """Seconds before a failed look is tried again, and again."""


class Looks:
    """The looks that are due, and a task that makes them while there are any."""

    def __init__(
        self, look: Callable[[Look], Awaitable[None]], limits: Limits, clock: Callable[[], float]
    ) -> None:
        """Make looks by calling ``look``, which raises errors of ``plumbline.core.errors``."""
        self._look = look
        self._limits = limits
        self._clock = clock
        self._pending: dict[Look, int] = {}  # with the number of failed attempts
        self._heap: list[tuple[float, int, Look]] = []
        self._order = itertools.count()
        self._made: dict[Look, float] = {}  # when, oldest first
        self._refs: dict[str, set[str]] = {}  # of looks that wait or were made lately
        self._wake = asyncio.Event()
        self._free = asyncio.Semaphore(limits.workers)
        self._drain: asyncio.Task[None] | None = None
        self._calls: set[asyncio.Task[None]] = set()

    def ask(self, wanted: Look) -> bool:
        """Ask for a look; tell whether it will be made (``False``: too many wait)."""
        now = self._clock()
        self._forget_old(now)
        refs = self._refs.get(wanted.repo_url, set())
        if wanted.ref not in refs and len(refs) >= _REFS:
            wanted = Look(wanted.repo_url, "")
        if wanted in self._pending:
            return True
        if len(self._pending) >= self._limits.capacity:
            return False
        made = self._made.get(wanted)
        self._add(wanted, now if made is None else max(now, made + self._limits.interval), 0)
        return True

    async def settled(self) -> None:
        """Return when no look waits or runs."""
        while tasks := {*self._calls, *([self._drain] if self._drain else [])}:
            await asyncio.wait(tasks)

    async def close(self) -> None:
        """Drop what waits."""
        tasks = [*self._calls, *([self._drain] if self._drain else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _add(self, wanted: Look, due: float, failures: int) -> None:
        self._pending[wanted] = failures
        self._refs.setdefault(wanted.repo_url, set()).add(wanted.ref)
        heapq.heappush(self._heap, (due, next(self._order), wanted))
        self._wake.set()
        if self._drain is None:
            self._drain = asyncio.create_task(self._run())

    def _forget_old(self, now: float) -> None:
        while self._made:
            oldest, made = next(iter(self._made.items()))
            if made + self._limits.interval > now:
                return
            del self._made[oldest]
            if oldest not in self._pending:
                refs = self._refs.get(oldest.repo_url, set())
                refs.discard(oldest.ref)
                if not refs:
                    self._refs.pop(oldest.repo_url, None)

    async def _run(self) -> None:
        """Make looks as they fall due; end when none waits."""
        try:
            while self._heap:
                await self._free.acquire()
                wait = self._heap[0][0] - self._clock()
                if wait > 0:
                    self._free.release()
                    await self._sleep(wait)
                    continue
                _, _, wanted = heapq.heappop(self._heap)
                failures = self._pending.pop(wanted)
                self._made.pop(wanted, None)
                self._made[wanted] = self._clock()
                call = asyncio.create_task(self._call(wanted, failures))
                self._calls.add(call)
                call.add_done_callback(self._calls.discard)
        finally:
            self._drain = None

    async def _sleep(self, seconds: float) -> None:
        self._wake.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _call(self, wanted: Look, failures: int) -> None:
        try:
            await self._look(wanted)
        except errors.PlumblineError as error:
            if failures >= len(self._limits.retries):
                log.warning("webhook look failed", repository=wanted.repo_url, error=error.message)
            elif wanted not in self._pending:
                self._add(wanted, self._clock() + self._limits.retries[failures], failures + 1)
        finally:
            self._free.release()

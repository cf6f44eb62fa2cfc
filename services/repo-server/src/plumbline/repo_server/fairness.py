"""Who may run a tool next: a bounded number at a time, projects in turn.

Used by the renderer around each tool. Within a project the order of arrival holds; between projects
each gets one slot in turn, so that a monorepo's thousand renders do not keep another team's one
waiting. When too many wait, new ones are refused at once, which tells callers to come back.
"""

import asyncio
import contextlib
from collections import OrderedDict, deque
from collections.abc import AsyncIterator

from plumbline.core import errors

__all__ = ["FairSlots"]


class FairSlots:
    """Slots for tools, shared by projects; for one event loop."""

    def __init__(self, parallelism: int, *, waiting: int) -> None:
        """Give out slots.

        Args:
            parallelism: tools running at a time.
            waiting: how many may wait in all.
        """
        self._free = parallelism
        self._limit = waiting
        self._waiting = 0
        # The first project is the next one served; who was served goes to the end.
        self._queues: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @property
    def waiting(self) -> int:
        """How many wait now."""
        return self._waiting

    @contextlib.asynccontextmanager
    async def slot(self, project: str) -> AsyncIterator[None]:
        """Hold a slot.

        Raises:
            errors.Unavailable: too many wait already; trying again later helps.
        """
        await self._take(project)
        try:
            yield
        finally:
            self._give()

    async def _take(self, project: str) -> None:
        if self._free > 0:
            # Somebody waits only while nothing is free.
            self._free -= 1
            return
        if self._waiting >= self._limit:
            raise errors.Unavailable(
                f"the repo-server is busy: {self._waiting} renders wait for a tool; it is tried"
                " again later (more replicas, or a higher --parallelismlimit, help)"
            )
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queues.setdefault(project, deque()).append(turn)
        self._waiting += 1
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give()  # the slot came while we were going away
            else:
                self._leave(project, turn)
            raise

    def _leave(self, project: str, turn: asyncio.Future[None]) -> None:
        queue = self._queues.get(project)
        if queue is None or turn not in queue:
            return  # passed over meanwhile
        queue.remove(turn)
        self._waiting -= 1
        if not queue:
            del self._queues[project]

    def _give(self) -> None:
        while self._queues:
            project, queue = self._queues.popitem(last=False)
            turn = queue.popleft()
            self._waiting -= 1
            if queue:
                self._queues[project] = queue
            # Who was cancelled stands in the queue until its task runs again.
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

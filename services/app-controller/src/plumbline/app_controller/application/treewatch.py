"""Tells the readers of resource trees that a look is worth while.

Fed by the controller (live objects and passes over applications); waited for by ``channel``. A
reader that is busy misses nothing: it finds the mark set when it looks again.
"""

import asyncio
import contextlib
from collections.abc import Iterator

from plumbline.app_controller.application.desired import AppKey

__all__ = ["TreeWatch"]


class TreeWatch:
    """Who waits for changes of which application."""

    def __init__(self) -> None:
        self._readers: dict[AppKey, set[asyncio.Event]] = {}

    def changed(self, app: AppKey) -> None:
        """Wake the readers of an application."""
        for event in self._readers.get(app, ()):
            event.set()

    @contextlib.contextmanager
    def reader(self, app: AppKey) -> Iterator[asyncio.Event]:
        """Yield an event that is set at every change, for the reader to wait for and clear."""
        event = asyncio.Event()
        self._readers.setdefault(app, set()).add(event)
        try:
            yield event
        finally:
            readers = self._readers[app]
            readers.discard(event)
            if not readers:
                del self._readers[app]

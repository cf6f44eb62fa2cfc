"""Renders that failed a moment ago, so that the same failure is not made again at once.

Used by the renderer, where only what the source itself is to blame for is kept: the same key fails
the same way, and what may pass by itself (a server that is gone, a full queue) is tried again by
whoever asks. Used for servers of charts too, where any failure answers for a moment.
"""

import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import structlog

from plumbline.core import errors

__all__ = ["Failures", "unexpected"]

log = structlog.get_logger()

_KNOWN: Final = 10_000
_LASTING: Final = (errors.InvalidArgument, errors.ResourceExhausted, errors.DeadlineExceeded)


class Failures:
    """The errors by render key."""

    def __init__(
        self,
        seconds: float,
        *,
        kinds: tuple[type[errors.PlumblineError], ...] = _LASTING,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep each failure of some kinds for some seconds; 0 keeps none."""
        self._seconds = seconds
        self._kinds = kinds
        self._clock = clock
        # Not the error itself: its traceback would keep everything that the call had in hand.
        self._known: OrderedDict[str, tuple[float, type[errors.PlumblineError], str]] = (
            OrderedDict()
        )

    def check(self, key: str) -> None:
        """Raise the error that a key's render ended with a moment ago, if it did."""
        found = self._known.get(key)
        if found is None:
            return
        until, kind, message = found
        if self._clock() < until:
            raise kind(message)
        del self._known[key]

    def keep(self, key: str, error: errors.PlumblineError) -> None:
        """Remember how a render ended, if it would end so again."""
        if self._seconds <= 0 or not isinstance(error, self._kinds):
            return
        self._known[key] = (self._clock() + self._seconds, type(error), error.message)
        self._known.move_to_end(key)
        while len(self._known) > _KNOWN:
            self._known.popitem(last=False)

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._known)

    def forget(self, key: str) -> None:
        """Forget a key that was rendered after all."""
        self._known.pop(key, None)


def unexpected(error: Exception, event: str) -> errors.Unavailable:
    """Log an error that nobody foresaw, and return what is told of it.

    Neither holds its text, which may hold anything; the id leads from one to the other.
    """
    mark = uuid.uuid4().hex[:12]
    log.error(event, id=mark, error=type(error).__name__)
    return errors.Unavailable(f"internal error {mark}")

"""Renders that failed a moment ago, so that the same failure is not made again at once.

Used by the renderer. Only what the source itself is to blame for is kept: the same key fails the
same way. What may pass by itself (a server that is gone, a full queue) is tried again by whoever
asks.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from plumbline.core import errors

__all__ = ["Failures"]

_KNOWN: Final = 10_000
_LASTING: Final = (errors.InvalidArgument, errors.ResourceExhausted, errors.DeadlineExceeded)


class Failures:
    """The errors by render key."""

    def __init__(self, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Keep each failure for some seconds; 0 keeps none."""
        self._seconds = seconds
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, errors.PlumblineError]] = OrderedDict()

    def check(self, key: str) -> None:
        """Raise the error that a key's render ended with a moment ago, if it did."""
        found = self._known.get(key)
        if found is None:
            return
        until, error = found
        if self._clock() < until:
            # A new one: a traceback grows with each raise of the same object.
            raise type(error)(error.message)
        del self._known[key]

    def keep(self, key: str, error: errors.PlumblineError) -> None:
        """Remember how a render ended, if it would end so again."""
        if self._seconds <= 0 or not isinstance(error, _LASTING):
            return
        self._known[key] = (self._clock() + self._seconds, error)
        self._known.move_to_end(key)
        while len(self._known) > _KNOWN:
            self._known.popitem(last=False)

    def forget(self, key: str) -> None:
        """Forget a key that was rendered after all."""
        self._known.pop(key, None)

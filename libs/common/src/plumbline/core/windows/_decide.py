"""May an application be synced now? (behaviour.md section 8)."""

import dataclasses
from collections.abc import Sequence
from typing import Final

from plumbline.core import errors
from plumbline.core.model import SyncWindow
from plumbline.core.windows import _window

__all__ = ["Decision", "decide"]

_LOOKS: Final = 32  # openings and closings that are looked through for the next change


@dataclasses.dataclass(frozen=True, slots=True)
class Decision:
    """Whether a sync may run, and until when that holds."""

    allowed: bool
    reason: str = ""
    """Why not: ``blocked by sync window``, or ``invalid sync window: …``."""
    until: float | None = None
    """Seconds of the wall clock at which the decision changes; ``None`` if it never does.

    Where windows open and close in long succession it is a moment before that change.
    """
    blocking: tuple[SyncWindow, ...] = ()
    """The windows that say no (also those that an overrun disregards)."""
    error: str = ""
    """What is wrong with a window, if that is the reason."""

    @property
    def refusal(self) -> str:
        """The text of the api-server's refusal (behaviour.md section 2)."""
        return "" if self.allowed else f"cannot sync: {self.reason}"

    @property
    def operation_message(self) -> str:
        """The message of an operation that is held back (behaviour.md section 3)."""
        if self.allowed:
            return ""
        return "Sync operation blocked by sync window" + (f": {self.error}" if self.error else "")


@dataclasses.dataclass(frozen=True, slots=True)
class _Judgement:
    allowed: bool
    blocking: tuple[SyncWindow, ...] = ()


def decide(
    windows: Sequence[SyncWindow], now: float, *, manual: bool, started_at: float | None = None
) -> Decision:
    """Decide about a sync.

    Args:
        windows: those that concern the application (:func:`matching`).
        now: seconds of the wall clock.
        manual: whether a user asked for it.
        started_at: when it began, if it runs already: it may go on where ``syncOverrun`` is set
            on every window that blocks and the sync was allowed at that time.
    """
    try:
        judged = _judge(windows, now, manual=manual)
        until = _until(windows, now, judged, manual=manual)
        overruns = (
            not judged.allowed
            and started_at is not None
            and all(w.sync_overrun for w in judged.blocking)
            and _judge(windows, started_at, manual=manual).allowed
        )
    except errors.InvalidArgument as error:
        return Decision(False, f"invalid sync window: {error.message}", error=error.message)
    if judged.allowed or overruns:
        return Decision(True, until=until, blocking=judged.blocking)
    return Decision(False, "blocked by sync window", until, judged.blocking)


def _judge(windows: Sequence[SyncWindow], now: float, *, manual: bool) -> _Judgement:
    """Apply the rules at one moment."""
    # All are read, also where an earlier one would decide: an unreadable one must not be skipped.
    for window in windows:
        _window.check_kind(window)
    opened = [(window, _window.active(window, now)) for window in windows]
    denies = tuple(w for w, is_open in opened if is_open and w.kind == "deny")
    if denies:
        return _Judgement(manual and all(w.manual_sync for w in denies), denies)
    if any(is_open and w.kind == "allow" for w, is_open in opened):
        return _Judgement(True)
    closed = tuple(w for w, is_open in opened if not is_open and w.kind == "allow")
    if closed:
        return _Judgement(manual and all(w.manual_sync for w in closed), closed)
    return _Judgement(True)


def _until(
    windows: Sequence[SyncWindow], now: float, judged: _Judgement, *, manual: bool
) -> float | None:
    """Return the first opening or closing after which the judgement differs."""
    at = now
    for _ in range(_LOOKS):
        changes = [c for w in windows if (c := _window.change(w, at)) is not None]
        if not changes:
            return None
        at = min(changes)
        if _judge(windows, at, manual=manual).allowed != judged.allowed:
            return at
    return at

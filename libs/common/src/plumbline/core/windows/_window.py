"""One window in time: whether it is open, and when that changes."""

import re
from typing import Final

from plumbline.core import errors, pattern
from plumbline.core.model import SyncWindow
from plumbline.core.windows import _schedule

__all__ = ["active", "change", "check_kind", "duration", "schedule"]

_DURATION: Final = re.compile(r"[+-]?((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+", re.ASCII)
_LONGEST: Final = 2**63 / 1e9  # seconds; Go counts nanoseconds in 64 bits
_MERGED: Final = 16  # fires that may prolong an open window before its end is looked at again


def check_kind(window: SyncWindow) -> None:
    """Refuse a kind that is neither allow nor deny.

    Raises:
        errors.InvalidArgument: with the contract's text.
    """
    if window.kind not in ("allow", "deny"):
        raise errors.InvalidArgument(f"kind '{window.kind}' mismatch: can only be allow or deny")


def duration(window: SyncWindow) -> float:
    """Return how long a window stays open, in seconds.

    Raises:
        errors.InvalidArgument: it is no duration in Go's form (plain numbers and days are not).
    """
    text = window.duration
    seconds = 0.0
    if text not in ("0", "+0", "-0"):
        if not _DURATION.fullmatch(text):
            raise errors.InvalidArgument(f"cannot parse duration '{text}': time: {_problem(text)}")
        seconds = pattern.parse_duration(text.replace("\u03bc", "\u00b5"))
    if abs(seconds) >= _LONGEST:
        raise errors.InvalidArgument(
            f"cannot parse duration '{text}': time: invalid duration \"{text}\""
        )
    return seconds


def _problem(text: str) -> str:
    """Say what Go says about a text that is no duration."""
    body = text.lstrip("+-") if text[:1] in ("+", "-") else text
    while part := re.match(r"(?:\d+(?:\.\d*)?|\.\d+)([^\d.]*)", body, re.ASCII):
        unit = part[1]
        if not unit:
            return f'missing unit in duration "{text}"'
        if unit not in ("ns", "us", "µs", "μs", "ms", "s", "m", "h"):
            return f'unknown unit "{unit}" in duration "{text}"'
        body = body[part.end() :]
    return f'invalid duration "{text}"'


def schedule(window: SyncWindow) -> _schedule.Schedule:
    """Return when a window opens.

    Raises:
        errors.InvalidArgument: its schedule or time zone cannot be read.
    """
    try:
        _schedule.load_zone(window.time_zone)
    except errors.InvalidArgument as error:
        raise errors.InvalidArgument(
            f"cannot parse timeZone '{window.time_zone}': {error.message}"
        ) from None
    try:
        return _schedule.parse_schedule(window.schedule, window.time_zone)
    except errors.InvalidArgument as error:
        raise errors.InvalidArgument(
            f"cannot parse schedule '{window.schedule}': {error.message}"
        ) from None


def active(window: SyncWindow, now: float) -> bool:
    """Tell whether a window is open: from a fire time on, until its duration has passed.

    Raises:
        errors.InvalidArgument: its schedule, duration or time zone cannot be read.
    """
    length = duration(window)
    fire = schedule(window).after(now - length) if length > 0 else None
    return fire is not None and fire <= now


def change(window: SyncWindow, now: float) -> float | None:
    """Return when a window next opens or closes, or ``None`` if it never will.

    A window whose fires overlap for long is given a moment at which it is still open: the answer
    is never later than the change.

    Raises:
        errors.InvalidArgument: its schedule, duration or time zone cannot be read.
    """
    length = duration(window)
    times = schedule(window)
    if length <= 0:
        return None
    fire = times.after(now - length)
    if fire is None or fire > now:
        return fire
    end = fire + length
    for _ in range(_MERGED):
        following = times.after(fire)
        if following is None or following > end:
            break
        fire, end = following, following + length
    return end

"""Schedules in the dialect of Go's robfig/cron: five fields, descriptors, a ``TZ=`` prefix.

The fields are read here, because that dialect differs from every Python library's (``7`` is no
day, ``*/2`` in a day field is not a star, ``?`` is one); cronsim then walks the calendar over
explicit lists. Its treatment of daylight saving is Debian's: a fire time that the clock skips
happens right after the gap, one that the clock shows twice happens at its first.
"""

import dataclasses
import datetime as dt
import functools
import re
import zoneinfo
from typing import Final

import cronsim

from plumbline.core import errors

__all__ = ["Schedule", "load_zone", "parse_schedule"]

_DESCRIPTORS: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_MONTHS: Final = {
    name: index
    for index, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_DAYS: Final = {
    name: index for index, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))
}
_INT: Final = re.compile(r"[+-]?[0-9]+")
_INT_MAX: Final = 2**63 - 1
_SKIPPED: Final = 240  # fire times of an hour shown twice that may lie before the instant asked for


@dataclasses.dataclass(frozen=True, slots=True)
class _Field:
    """The bounds of a field and the names it knows."""

    low: int
    high: int
    names: dict[str, int] = dataclasses.field(default_factory=dict)


_FIELDS: Final = (
    _Field(0, 59),
    _Field(0, 23),
    _Field(1, 31),
    _Field(1, 12, _MONTHS),
    _Field(0, 6, _DAYS),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Schedule:
    """When a window begins."""

    expression: str
    """Five fields of ``*`` or explicit lists; empty if no moment ever matches."""
    zone: dt.tzinfo

    def after(self, instant: float) -> float | None:
        """Return the first fire time later than an instant, or ``None`` if there is none."""
        if not self.expression:
            return None
        start = dt.datetime.fromtimestamp(instant, dt.UTC).astimezone(self.zone)
        try:
            fires = cronsim.CronSim(self.expression, start)
            for _ in range(_SKIPPED):
                found = next(fires).timestamp()
                if found > instant:
                    return found
        except (cronsim.CronSimError, StopIteration, OverflowError):
            return None  # a day no month has, or the end of the calendar
        return None


def load_zone(name: str) -> dt.tzinfo:
    """Return a time zone of the IANA database; UTC for an empty name.

    Raises:
        errors.InvalidArgument: there is none of that name.
    """
    if name in ("", "UTC"):
        return dt.UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        raise errors.InvalidArgument(f"unknown time zone {name}") from None


@functools.lru_cache(maxsize=4096)
def parse_schedule(text: str, time_zone: str = "") -> Schedule:
    """Read a schedule; a ``TZ=`` or ``CRON_TZ=`` prefix wins over ``time_zone``.

    Raises:
        errors.InvalidArgument: with the text robfig/cron has for it.
    """
    if not text:
        raise errors.InvalidArgument("empty spec string")
    zone = load_zone(time_zone)
    if text.startswith(("TZ=", "CRON_TZ=")):
        prefix, _, text = text.partition(" ")
        name = prefix.partition("=")[2]
        text = text.strip()
        try:
            zone = load_zone(name)
        except errors.InvalidArgument as error:
            raise errors.InvalidArgument(f"provided bad location {name}: {error.message}") from None
    if text.startswith("@"):
        if text not in _DESCRIPTORS:
            raise errors.InvalidArgument(f"unrecognized descriptor: {text}")
        text = _DESCRIPTORS[text]
    words = text.split()
    if len(words) != len(_FIELDS):
        shown = " ".join(words)
        raise errors.InvalidArgument(f"expected exactly 5 fields, found {len(words)}: [{shown}]")
    parsed = [_read_field(word, field) for word, field in zip(words, _FIELDS, strict=True)]
    return Schedule(_canonical(parsed), zone)


def _canonical(parsed: list[tuple[set[int], bool]]) -> str:
    """Write the fields for cronsim, which takes a leading ``*`` of a day field for "any day"."""
    written = []
    for (values, star), field in zip(parsed, _FIELDS, strict=True):
        if not values:
            return ""
        is_day = field.high in (31, 6)
        full = len(values) == field.high - field.low + 1
        is_star = star if is_day else full
        written.append("*" if is_star else ",".join(map(str, sorted(values))))
    return " ".join(written)


def _read_field(text: str, field: _Field) -> tuple[set[int], bool]:
    """Return the values of a field, and whether it counts as a star in a day field."""
    values: set[int] = set()
    star = False
    for part in text.split(","):
        if part:
            chosen, is_star = _read_range(part, field)
            values |= chosen
            star = star or is_star
    return values, star


def _read_range(text: str, field: _Field) -> tuple[set[int], bool]:
    """Read ``number``, ``number-number`` or a star, each with an optional ``/step``."""
    span, *steps = text.split("/")
    bounds = span.split("-")
    star = bounds[0] in ("*", "?")
    start, end = field.low, field.high
    if not star:
        start = _read_value(bounds[0], field)
        if len(bounds) > 2:
            raise errors.InvalidArgument(f"too many hyphens: {text}")
        end = _read_value(bounds[1], field) if len(bounds) == 2 else start
    step = 1
    if len(steps) > 1:
        raise errors.InvalidArgument(f"too many slashes: {text}")
    if steps:
        step = _read_int(steps[0])
        end = field.high if len(bounds) == 1 else end
        star = star and step <= 1
    if start < field.low:
        raise errors.InvalidArgument(
            f"beginning of range ({start}) below minimum ({field.low}): {text}"
        )
    if end > field.high:
        raise errors.InvalidArgument(f"end of range ({end}) above maximum ({field.high}): {text}")
    if start > end:
        raise errors.InvalidArgument(
            f"beginning of range ({start}) beyond end of range ({end}): {text}"
        )
    if step == 0:
        raise errors.InvalidArgument(f"step of range should be a positive number: {text}")
    return set(range(start, end + 1, step)), star


def _read_value(text: str, field: _Field) -> int:
    named = field.names.get(text.lower())
    return named if named is not None else _read_int(text)


def _read_int(text: str) -> int:
    problem = "" if _INT.fullmatch(text) else "invalid syntax"
    if not problem and (len(text) > 20 or abs(int(text)) > _INT_MAX):
        problem = "value out of range"
    if problem:
        raise errors.InvalidArgument(
            f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": {problem}'
        )
    number = int(text)
    if number < 0:
        raise errors.InvalidArgument(f"negative number ({number}) not allowed: {text}")
    return number

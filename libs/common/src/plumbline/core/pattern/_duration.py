"""Durations in Go's form, or plain seconds (behaviour.md section 7)."""

import re
from typing import Final

from plumbline.core import errors

__all__ = ["parse_duration"]

_UNITS: Final = {
    "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0,
}  # fmt: skip
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h|d)")


def parse_duration(text: str) -> float:
    """Return the seconds of ``1h30m``, ``250ms``, ``1d`` or a plain number.

    Raises:
        errors.InvalidArgument: it is neither.
    """
    body = text.strip()
    sign = -1.0 if body.startswith("-") else 1.0
    body = body.lstrip("+-")
    if re.fullmatch(r"\d+(?:\.\d+)?", body):
        return sign * float(body)
    if not body or _PART.sub("", body):
        raise errors.InvalidArgument(f'invalid duration "{text}": write it as 30s, 5m or 1h30m')
    return sign * sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(body))

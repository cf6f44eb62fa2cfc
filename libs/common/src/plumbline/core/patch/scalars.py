"""Canonical forms of the scalar types that Kubernetes writes differently from what it reads.

Used by the schema to compare values: a resource quantity ``1000m`` is ``1``, a duration ``60m`` is
``1h0m0s``, a timestamp loses its zero fraction, base64 its line breaks. A text that does not parse
is its own canonical form: the API server will say what is wrong with it.
"""

import base64
import binascii
import functools
import re
from collections.abc import Callable
from decimal import ROUND_CEILING, Context, Decimal
from typing import Any, Final

__all__ = ["CANONICAL", "bytes_form", "duration", "quantity", "same_scalar", "timestamp"]

_QUANTITY = re.compile(
    r"([+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40}))"
    r"(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?[0-9]{1,3})?",
)
_BINARY: Final = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_DECIMAL: Final = {
    "n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18,
}  # fmt: skip
_NANO: Final = Decimal(1).scaleb(-9)
_CONTEXT: Final = Context(prec=320)
_MAX_EXPONENT: Final = 60
"""Larger exponents are capped by the API server anyway; the bound keeps the arithmetic small."""


def quantity(value: Any) -> Any:
    """Return a quantity as a number text that is equal for equal amounts.

    Source: the Kubernetes API reference, resource.Quantity: decimal and binary suffixes, no
    fraction finer than one nano (rounded away from zero).
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return value
    return _quantity(value if isinstance(value, str) else repr(value))


@functools.lru_cache(maxsize=4096)
def _quantity(text: str) -> str:
    match = _QUANTITY.fullmatch(text)
    if match is None:
        return text
    number, suffix = Decimal(match[1]), match[2] or ""
    if suffix in _BINARY:
        number = _CONTEXT.multiply(number, Decimal(1 << _BINARY[suffix]))
    elif suffix:
        exponent = _DECIMAL[suffix] if suffix in _DECIMAL else int(suffix[1:])
        if abs(exponent) > _MAX_EXPONENT:
            return text
        number = number.scaleb(exponent, _CONTEXT)
    sign, amount = ("-" if number < 0 else ""), abs(number)
    if amount != amount.quantize(_NANO, context=_CONTEXT):
        amount = amount.quantize(_NANO, rounding=ROUND_CEILING, context=_CONTEXT)
    plain = format(amount.normalize(_CONTEXT), "f")
    return f"{sign}{plain}" if plain != "0" else "0"


_DURATION = re.compile(
    r"[+-]?(?:(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})(?:ns|us|µs|μs|ms|s|m|h))+"
)
_DURATION_PART = re.compile(r"([0-9.]+)(ns|us|µs|μs|ms|s|m|h)")
_NANOSECONDS: Final = {
    "ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6,
    "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9,
}  # fmt: skip


def duration(value: Any) -> Any:
    """Return a Go duration text as ``<n>ns``; equal for equal spans."""
    if not isinstance(value, str) or len(value) > 100:  # no duration anybody writes is longer
        return value
    if value == "0":
        return "0ns"
    if not _DURATION.fullmatch(value):
        return value
    total = sum(
        (Decimal(number) * _NANOSECONDS[unit] for number, unit in _DURATION_PART.findall(value)),
        Decimal(0),
    )
    nanos = -int(total) if value[0] == "-" else int(total)
    return f"{nanos}ns"


_TIME = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,12}))?(Z|[+-]00:00)",
)


def timestamp(value: Any) -> Any:
    """Return an RFC 3339 time in UTC without a zero fraction; other zones stay as they are."""
    if not isinstance(value, str):
        return value
    match = _TIME.fullmatch(value)
    if match is None:
        return value
    fraction = (match[2] or "").rstrip("0")
    return f"{match[1]}.{fraction}Z" if fraction else f"{match[1]}Z"


def bytes_form(value: Any) -> Any:
    """Return base64 text without line breaks, which Go's decoder skips as well."""
    if not isinstance(value, str) or value.isalnum():
        return value
    compact = value.replace("\n", "").replace("\r", "")
    if compact == value:
        return value
    try:
        base64.b64decode(compact, validate=True)
    except (binascii.Error, ValueError):
        return value
    return compact


CANONICAL: Final[dict[str, Callable[[Any], Any]]] = {
    "q": quantity,
    "d": duration,
    "t": timestamp,
    "b": bytes_form,
}
"""Canonical form by scalar code of the schema."""


def same_scalar(code: str, left: Any, right: Any) -> bool:
    """Tell whether two scalars of a type are one value; JSON booleans are never numbers."""
    if left == right:
        return isinstance(left, bool) == isinstance(right, bool)
    form = CANONICAL.get(code)
    if form is None:
        return False
    one, other = form(left), form(right)
    return type(one) is type(other) and bool(one == other)

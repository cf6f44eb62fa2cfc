"""What a YAML scalar means to Go: booleans, numbers, strings, and how a key becomes text.

Called by the builder. Based on measured behaviour of go-yaml v2 (not on the YAML specification:
``yes`` is true, ``1:30`` and dates are strings, ``012`` is ten).
"""

import base64
import binascii
import re
from decimal import Decimal
from typing import Any, Final

from plumbline.core import errors

__all__ = ["MERGE", "NonFinite", "key_text", "resolve", "tagged"]

MERGE: Final = "<<"
_TAG: Final = "tag:yaml.org,2002:"

_WORDS: Final[dict[str, Any]] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
}
_NUMERIC: Final = frozenset("+-.0123456789")
_INTEGER = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NON_FINITE: Final = {
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), ".inf"),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), "-.inf"),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), ".nan"),
}
_INT_MIN: Final = -(2**63)
_UINT_END: Final = 2**64
_EXACT: Final = float(2**63)
_LONGEST_NUMBER: Final = 400  # characters; longer digits cannot be a finite float


class NonFinite:
    """Infinity or not-a-number: allowed as a key, an error as a value (JSON has neither)."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def resolve(text: str) -> Any:
    """Return the value of a plain scalar without a tag."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC:
        return text
    if text in _NON_FINITE:
        return NonFinite(_NON_FINITE[text])
    plain = text.replace("_", "")
    if len(plain) > _LONGEST_NUMBER:
        return text
    if _INTEGER.fullmatch(plain):
        value = _integer(plain)
        if _INT_MIN <= value < _UINT_END:
            return value
    if _FLOAT.fullmatch(plain):
        number = float(plain)
        if number in {float("inf"), float("-inf")}:
            return text
        return _as_json_number(number)
    return text


def _integer(plain: str) -> int:
    sign = -1 if plain[0] == "-" else 1
    digits = plain.lstrip("+-").lower()
    if len(digits) > 1 and digits[0] == "0" and digits[1] not in "xbo":
        return sign * int(digits, 8)
    return sign * int(digits, 0)


def _as_json_number(number: float) -> int | float:
    """Whole numbers lose their fraction, as in Go's JSON; what no integer can hold stays."""
    if number.is_integer() and -_EXACT < number < _EXACT:
        return int(number)
    return number


def tagged(tag: str, text: str) -> Any:
    """Return the value of a scalar with an explicit tag.

    Raises:
        errors.InvalidArgument: the text is not of the tag's type.
    """
    kind = tag.removeprefix(_TAG) if tag.startswith(_TAG) else ""
    if kind == "binary":
        try:
            return base64.b64decode("".join(text.split()), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise errors.InvalidArgument("!!binary is not base64 of a text") from error
    if kind not in {"int", "float", "bool", "null"}:
        return text
    value = resolve(text)
    numeric = isinstance(value, int) and not isinstance(value, bool)
    # A whole float has become an int above, yet !!int refuses it.
    whole = numeric and _INTEGER.fullmatch(text.replace("_", "")) is not None
    fits = {
        "int": whole,
        "float": numeric or isinstance(value, float | NonFinite),
        "bool": isinstance(value, bool),
        "null": value is None,
    }
    if not fits[kind]:
        raise errors.InvalidArgument(f"cannot decode a value as a !!{kind}")
    return value


def key_text(key: Any, source: str) -> str:
    """Return the text of a mapping key.

    Args:
        key: the resolved scalar.
        source: the text it was resolved from; decides whether a number was written as a float.

    Raises:
        errors.InvalidArgument: null, a list or a mapping is not a key.
    """
    if isinstance(key, str):
        return key
    if isinstance(key, bool):
        return "true" if key else "false"
    if isinstance(key, NonFinite):
        return key.text
    if isinstance(key, int) and _INTEGER.fullmatch(source.replace("_", "")):
        return str(key)
    if isinstance(key, int | float):
        return _shortest(float(key))
    raise errors.InvalidArgument("a null is not a mapping key")


def _shortest(number: float) -> str:
    """Format like Go's ``%g`` with the shortest digits: an exponent below 1e-4 and from 1e21."""
    sign, digits, _ = Decimal(repr(number)).normalize().as_tuple()
    exponent = Decimal(repr(number)).adjusted() if number else 0
    if -4 <= exponent < 21:
        return format(Decimal(repr(number)).normalize(), "f")
    text = "".join(map(str, digits))
    mantissa = text[0] + ("." + text[1:] if len(text) > 1 else "")
    return f"{'-' if sign else ''}{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"

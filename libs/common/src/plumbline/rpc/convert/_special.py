"""Types with a JSON form of their own: times, IntOrString, raw JSON, plugin parameters, overrides.

Each pair is (read: JSON value → keyword tree of the message, write: message → JSON value). A read
raises ``Mismatch``; a write returns ``None`` for the zero value, as Go does.
"""

import datetime as dt
import functools
import re
from collections.abc import Callable
from typing import Any, Final

import orjson
import yaml

from plumbline.core import errors

__all__ = ["READ", "WRITE", "Mismatch", "kind_of"]

_META: Final = "k8s.io.apimachinery.pkg.apis.meta.v1."
_V1ALPHA1: Final = "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1."
_RFC3339: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)", re.ASCII
)
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_ZERO_TIME: Final = -62135596800
"""Seconds of 0001-01-01T00:00:00Z, Go's zero time, which is ``null`` in JSON."""
_LIST_LIMIT: Final = 64 * 1024
"""Characters of one ignore-list text; a longer one is not a list of fields."""


class Mismatch(Exception):
    """A JSON value of the wrong shape; collects its path on the way up, never its value."""

    def __init__(self, expected: str, value: object) -> None:
        super().__init__(expected)
        self.expected = expected
        self.found = kind_of(value)
        self.path: list[str] = []


def kind_of(value: object) -> str:
    """Return the JSON name of a value's type."""
    names = {str: "string", bool: "bool", int: "number", float: "number", dict: "object"}
    return names.get(type(value), "array" if isinstance(value, list) else "null")


@functools.lru_cache(maxsize=4096)
def _instant(text: str) -> tuple[int, int]:
    """Return seconds and nanoseconds of an RFC 3339 text."""
    match = _RFC3339.fullmatch(text)
    if not match:
        raise Mismatch("RFC 3339 time", text)
    try:
        moment = dt.datetime.fromisoformat(match[1] + match[3])
    except ValueError as error:
        raise Mismatch("RFC 3339 time", text) from error
    seconds = (moment - _EPOCH) // dt.timedelta(seconds=1)
    return seconds, int((match[2] or "0").ljust(9, "0"))


@functools.lru_cache(maxsize=4096)
def _text(seconds: int) -> str:
    return _moment(seconds).isoformat().replace("+00:00", "Z")


def _moment(seconds: int) -> dt.datetime:
    try:
        return _EPOCH + dt.timedelta(seconds=seconds)
    except OverflowError as error:
        raise errors.InvalidArgument("a time lies outside the years 1 to 9999") from error


def _read_time(value: Any) -> dict[str, Any]:
    if type(value) is not str:
        raise Mismatch("string", value)
    seconds, _ = _instant(value)
    return {} if seconds == _ZERO_TIME else {"seconds": seconds, "nanos": 0}


def _read_micro_time(value: Any) -> dict[str, Any]:
    if type(value) is not str:
        raise Mismatch("string", value)
    seconds, nanos = _instant(value)
    if (seconds, nanos) == (_ZERO_TIME, 0):
        return {}
    return {"seconds": seconds, "nanos": nanos // 1000 * 1000}


def _write_time(message: Any) -> str | None:
    return _text(message.seconds) if message.HasField("seconds") else None


def _write_micro_time(message: Any) -> str | None:
    if not message.ListFields():
        return None
    fraction = f"{message.nanos // 1000:06d}"
    return f"{_text(message.seconds)[:-1]}.{fraction}Z"


def _read_int_or_string(value: Any) -> dict[str, Any]:
    if type(value) is str:
        return {"type": 1, "strVal": value}
    if type(value) is int and -(2**31) <= value < 2**31:
        return {"type": 0, "intVal": value}
    raise Mismatch("string or 32-bit number", value)


def _write_int_or_string(message: Any) -> int | str:
    return str(message.strVal) if message.type == 1 else int(message.intVal)


def _dump(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError as error:
        raise Mismatch("JSON value", value) from error


def _load(raw: bytes) -> Any:
    if not raw:
        return None
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise errors.InvalidArgument("a message carries raw JSON that is not JSON") from error


def _read_raw(value: Any) -> dict[str, Any]:
    return {"raw": _dump(value)}


def _write_raw(message: Any) -> Any:
    return _load(message.raw)


def _read_fields_v1(value: Any) -> dict[str, Any]:
    return {"Raw": _dump(value)}


def _write_fields_v1(message: Any) -> Any:
    return _load(message.Raw)


def _read_optional_map(value: Any) -> dict[str, Any]:
    if type(value) is not dict:
        raise Mismatch("object", value)
    for item in value.values():
        if type(item) is not str:
            raise Mismatch("string", item)
    return {"map": value}


def _read_optional_array(value: Any) -> dict[str, Any]:
    if type(value) is not list:
        raise Mismatch("array", value)
    for item in value:
        if type(item) is not str:
            raise Mismatch("string", item)
    return {"array": value}


def _read_ignore_list(value: Any) -> dict[str, Any]:
    """Read the YAML text that a ResourceOverride carries in the place of an object."""
    if type(value) is not str or len(value) > _LIST_LIMIT:
        raise Mismatch("YAML text", value)
    try:
        tree = yaml.load(value, Loader=yaml.CSafeLoader) or {}
    except (yaml.YAMLError, ValueError) as error:
        raise Mismatch("YAML text", value) from error
    if type(tree) is not dict:
        raise Mismatch("YAML text of an object", tree)
    found = {}
    for key, name in _IGNORE_KEYS.items():
        listed = tree.get(key) or []
        if type(listed) is not list or not all(type(item) is str for item in listed):
            raise Mismatch(f"list of strings under {key}", listed)
        found[name] = listed
    return found


_IGNORE_KEYS: Final = {
    "jqPathExpressions": "jqPathExpressions",
    "jsonPointers": "jSONPointers",
    "managedFieldsManagers": "managedFieldsManagers",
}


def _write_ignore_list(message: Any) -> str:
    tree = {key: list(getattr(message, name)) or None for key, name in _IGNORE_KEYS.items()}
    return yaml.dump(tree, Dumper=yaml.CSafeDumper, width=2**20)


_RUNTIME: Final = "k8s.io.apimachinery.pkg.runtime.RawExtension"
_JSON: Final = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.JSON"
_INT_OR_STRING: Final = "k8s.io.apimachinery.pkg.util.intstr.IntOrString"

READ: Final[dict[str, Callable[[Any], dict[str, Any]]]] = {
    f"{_META}Time": _read_time,
    f"{_META}MicroTime": _read_micro_time,
    f"{_META}FieldsV1": _read_fields_v1,
    _INT_OR_STRING: _read_int_or_string,
    _RUNTIME: _read_raw,
    _JSON: _read_raw,
    f"{_V1ALPHA1}OptionalMap": _read_optional_map,
    f"{_V1ALPHA1}OptionalArray": _read_optional_array,
    f"{_V1ALPHA1}OverrideIgnoreDiff": _read_ignore_list,
}

WRITE: Final[dict[str, Callable[[Any], Any]]] = {
    f"{_META}Time": _write_time,
    f"{_META}MicroTime": _write_micro_time,
    f"{_META}FieldsV1": _write_fields_v1,
    _INT_OR_STRING: _write_int_or_string,
    _RUNTIME: _write_raw,
    _JSON: _write_raw,
    f"{_V1ALPHA1}OptionalMap": lambda message: dict(message.map),
    f"{_V1ALPHA1}OptionalArray": lambda message: list(message.array),
    f"{_V1ALPHA1}OverrideIgnoreDiff": _write_ignore_list,
}

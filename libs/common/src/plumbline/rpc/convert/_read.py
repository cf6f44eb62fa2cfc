"""JSON tree → message: a plan per descriptor turns the tree into keyword trees, upb builds them.

The keyword tree names the fields as protobuf does; the message's constructor then does the rest in
C. Checks are ours, so that the error names the path in the JSON and never a value.
"""

import base64
import binascii
import threading
from collections.abc import Callable
from typing import Any, Final, TypeVar

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from plumbline.core import errors
from plumbline.rpc.convert import _facts
from plumbline.rpc.convert._special import READ, Mismatch

__all__ = ["to_message"]

_M = TypeVar("_M", bound=Message)
_Decode = Callable[[Any], Any]

_plans: dict[str, "_Plan"] = {}
_ready: dict[str, _Decode] = {}
_building = threading.Lock()


def to_message(tree: Any, cls: type[_M]) -> _M:
    """Return the message that Go's ``encoding/json`` would read from a JSON tree.

    Unknown members are ignored, names match in any case, ``null`` leaves a member unset. The tree
    is not changed and not kept.

    Args:
        tree: the decoded JSON; an object, except for types with a JSON form of their own.
        cls: the message class.

    Raises:
        errors.InvalidArgument: a member has the wrong type; names its path, not its value.
    """
    name = cls.DESCRIPTOR.full_name
    decode = _ready.get(name)
    if decode is None:
        with _building:  # another thread must not see a plan that is half built
            decode = _ready[name] = _decoder(cls.DESCRIPTOR)  # type: ignore[arg-type] # upb's own
    try:
        return cls(**decode(tree))
    except Mismatch as mismatch:
        path = ".".join(reversed(mismatch.path)).replace(".[", "[") or "the body"
        raise errors.InvalidArgument(
            f"{path}: expected {mismatch.expected}, found {mismatch.found}"
        ) from None


class _Plan:
    """How to read one message."""

    __slots__ = ("_exact", "_folded", "_inline")

    def __init__(self) -> None:
        self._exact: dict[str, tuple[str, _Decode]] = {}
        self._folded: dict[str, tuple[str, _Decode]] = {}
        self._inline: list[tuple[str, _Decode]] = []

    def fill(self, descriptor: Descriptor) -> None:
        """Build the plan; apart from the constructor because messages may contain themselves."""
        for rule in _facts.rules_of(descriptor):
            field = rule.field
            if rule.inline and field.message_type:
                self._inline.append((field.name, _decoder(field.message_type)))
            else:
                self._exact[rule.key] = (field.name, _field_decoder(field))
        self._folded = {key.casefold(): step for key, step in self._exact.items()}

    def read(self, tree: Any) -> dict[str, Any]:
        """Return the keyword tree of an object."""
        if type(tree) is not dict:
            raise Mismatch("object", tree)
        exact = self._exact
        found: dict[str, Any] = {}
        key = ""
        try:
            for key, value in tree.items():
                step = exact.get(key) or self._folded.get(key.casefold())
                if step is not None and value is not None:
                    found[step[0]] = step[1](value)
        except Mismatch as mismatch:
            mismatch.path.append(key)
            raise
        for name, decode in self._inline:
            members = decode(tree)
            if members:
                found[name] = members
        return found


def _decoder(descriptor: Descriptor) -> _Decode:
    """Return the decoder of a message, built at first use."""
    name = descriptor.full_name
    special = READ.get(name)
    if special is not None:
        return special

    plan = _plans.get(name)
    if plan is None:
        plan = _plans[name] = _Plan()
        plan.fill(descriptor)
    return plan.read


def _field_decoder(field: FieldDescriptor) -> _Decode:
    value_field = _facts.map_value(field)
    if value_field is not None:
        return _map(_value_decoder(value_field), _zero(value_field))
    one = _value_decoder(field)
    return _list(one, _zero(field)) if field.is_repeated else one


def _value_decoder(field: FieldDescriptor) -> _Decode:
    return _decoder(field.message_type) if field.message_type else _SCALARS[field.type]


def _zero(field: FieldDescriptor) -> Any:
    """Return what ``null`` stands for inside a list or map."""
    if not field.message_type:
        return _ZEROS[field.type]
    # In a list of arbitrary JSON values, null is a value.
    name = field.message_type.full_name
    return READ[name](None) if name.endswith((".JSON", ".RawExtension")) else {}


def _list(one: _Decode, zero: Any) -> _Decode:
    def read(value: Any) -> list[Any]:
        if type(value) is not list:
            raise Mismatch("array", value)
        found: list[Any] = []
        try:
            for item in value:
                found.append(zero if item is None else one(item))  # noqa: PERF401 -- len() is the index
        except Mismatch as mismatch:
            mismatch.path.append(f"[{len(found)}]")
            raise
        return found

    return read


def _map(one: _Decode, zero: Any) -> _Decode:
    def read(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise Mismatch("object", value)
        found: dict[str, Any] = {}
        key = ""
        try:
            for key, item in value.items():
                found[key] = zero if item is None else one(item)
        except Mismatch as mismatch:
            mismatch.path.append(key)
            raise
        return found

    return read


def _string(value: Any) -> str:
    if type(value) is str:
        return value
    raise Mismatch("string", value)


def _bool(value: Any) -> bool:
    if type(value) is bool:
        return value
    raise Mismatch("bool", value)


def _integer(bits: int, *, signed: bool = True) -> _Decode:
    low, high = (-(1 << (bits - 1)), 1 << (bits - 1)) if signed else (0, 1 << bits)

    def read(value: Any) -> int:
        if type(value) is int and low <= value < high:
            return value
        raise Mismatch(f"{bits}-bit number", value)

    return read


def _bytes(value: Any) -> bytes:
    if type(value) is not str:
        raise Mismatch("base64 string", value)
    try:
        return base64.b64decode(value.replace("\n", "").replace("\r", ""), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Mismatch("base64 string", value) from error


_SCALARS: Final[dict[int, _Decode]] = {
    FieldDescriptor.TYPE_STRING: _string,
    FieldDescriptor.TYPE_BOOL: _bool,
    FieldDescriptor.TYPE_INT32: _integer(32),
    FieldDescriptor.TYPE_UINT32: _integer(32, signed=False),
    FieldDescriptor.TYPE_INT64: _integer(64),
    FieldDescriptor.TYPE_BYTES: _bytes,
}

_ZEROS: Final[dict[int, Any]] = {
    FieldDescriptor.TYPE_STRING: "",
    FieldDescriptor.TYPE_BOOL: False,
    FieldDescriptor.TYPE_INT32: 0,
    FieldDescriptor.TYPE_UINT32: 0,
    FieldDescriptor.TYPE_INT64: 0,
    FieldDescriptor.TYPE_BYTES: b"",
}

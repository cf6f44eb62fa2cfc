"""Message → JSON tree: only fields that are set are visited, then those that always appear.

A plan is keyed by the descriptor objects themselves, which it keeps alive: ``ListFields`` returns
the same ones, so that finding a field's rule is one lookup by identity.
"""

import base64
import threading
from collections.abc import Callable
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from plumbline.rpc.convert import _facts
from plumbline.rpc.convert._special import WRITE

__all__ = ["to_json"]

_Encode = Callable[[Any], Any]

_plans: dict[str, "_Plan"] = {}
_ready: dict[str, _Encode] = {}
_building = threading.Lock()


def to_json(message: Message) -> Any:
    """Return the JSON tree that Go's ``encoding/json`` would write for a message.

    An object for every message but those with a JSON form of their own (a time is a string). The
    tree is the caller's: nothing in it is shared with another.

    Raises:
        errors.InvalidArgument: the message carries raw JSON that is not JSON, or a time out of
            range.
    """
    name = message.DESCRIPTOR.full_name
    encode = _ready.get(name)
    if encode is None:
        with _building:  # another thread must not see a plan that is half built
            encode = _ready[name] = _encoder(message.DESCRIPTOR)  # type: ignore[arg-type] # upb's own
    return encode(message)


class _Plan:
    """How to write one message."""

    __slots__ = ("_always", "_inline", "_steps")

    def __init__(self) -> None:
        self._steps: dict[FieldDescriptor, tuple[str, _Encode | None, bool, bool]] = {}
        self._always: list[tuple[str, Callable[[], Any]]] = []
        self._inline: list[tuple[str, _Encode]] = []

    def fill(self, descriptor: Descriptor) -> None:
        """Build the plan; apart from the constructor because messages may contain themselves."""
        for rule in _facts.rules_of(descriptor):
            if rule.inline and rule.field.message_type:
                self._inline.append((rule.field.name, _encoder(rule.field.message_type)))
                continue
            keep = rule.always or rule.pointer or _facts.is_message(rule.field)
            encode = _field_encoder(rule.field)
            self._steps[rule.field] = (rule.key, encode, keep, rule.omit_zero)
            if rule.always:
                self._always.append((rule.key, _zero(rule)))

    def write(self, message: Any) -> dict[str, Any]:
        """Return the object."""
        steps, found = self._steps, {}
        for name, encode in self._inline:
            found.update(encode(getattr(message, name)))
        for field, value in message.ListFields():
            step = steps.get(field)
            if step is None:
                continue
            key, encode_value, keep, omit_zero = step
            if keep or value:
                written = value if encode_value is None else encode_value(value)
                if not omit_zero or written not in (None, {}):
                    found[key] = written
        for key, zero in self._always:
            if key not in found:
                found[key] = zero()
        return found


def _encoder(descriptor: Descriptor) -> _Encode:
    """Return the encoder of a message, built at first use."""
    name = descriptor.full_name
    special = WRITE.get(name)
    if special is not None:
        return special

    plan = _plans.get(name)
    if plan is None:
        plan = _plans[name] = _Plan()
        plan.fill(descriptor)
    return plan.write


def _zero(rule: _facts.Rule) -> Callable[[], Any]:
    """Return what makes the JSON of a field that is not set but always appears."""
    field = rule.field
    if field.is_repeated or rule.pointer or field.type == field.TYPE_BYTES:
        return lambda: None
    if field.message_type:
        cls = message_factory.GetMessageClass(field.message_type)
        encode = _encoder(field.message_type)
        return lambda: encode(cls())
    value = field.default_value
    return lambda: value


def _field_encoder(field: FieldDescriptor) -> _Encode | None:
    """Return the encoder of a field's value; none where the value is its own JSON."""
    value_field = _facts.map_value(field)
    one = _value_encoder(value_field or field)
    if value_field is not None:
        return _sorted if one is None else _mapped(one)
    if field.is_repeated:
        return list if one is None else _listed(one)
    return one


def _sorted(value: Any) -> dict[str, Any]:
    """Return a map in the order of its keys, as Go writes it; protobuf's own order is none."""
    return dict(sorted(value.items()))


def _mapped(one: _Encode) -> _Encode:
    return lambda value: {key: one(value[key]) for key in sorted(value)}


def _listed(one: _Encode) -> _Encode:
    return lambda value: [one(item) for item in value]


def _value_encoder(field: FieldDescriptor) -> _Encode | None:
    if field.message_type:
        return _encoder(field.message_type)
    return _base64 if field.type == field.TYPE_BYTES else None


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()

"""What Go's JSON makes of each field: read from the generated table, used by both directions.

Messages that the table does not know (our own services', ``google.protobuf.Empty``) follow the
rule of gogo's generated structs: the field's own name, zero values left out.
"""

import dataclasses
from typing import Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from plumbline.pb import gojson

__all__ = ["Rule", "is_message", "json_key", "map_value", "rules_of"]

_NO_FACTS: Final[dict[str, str]] = {}


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """One field and its Go JSON tag."""

    field: FieldDescriptor
    key: str
    always: bool
    """Emitted even when zero or unset."""
    omit_zero: bool
    inline: bool
    """Its members stand among the parent's."""
    pointer: bool
    """Unset and zero differ; a zero that is set is emitted."""


def map_value(field: FieldDescriptor) -> FieldDescriptor | None:
    """Return the value's field if a field is a map."""
    message = field.message_type
    if message is None or not message.GetOptions().map_entry:
        return None
    return message.fields_by_name["value"]


def is_message(field: FieldDescriptor) -> bool:
    """Tell whether a field holds one message or a list of messages."""
    return field.message_type is not None and map_value(field) is None


def rules_of(descriptor: Descriptor) -> list[Rule]:
    """Return the rules of a message's fields, in the order of the declaration."""
    facts: dict[str, str] = gojson.FACTS.get(descriptor.full_name, _NO_FACTS)
    return [_rule(field, facts.get(field.name, "")) for field in descriptor.fields]


def json_key(field: FieldDescriptor) -> str:
    """Return the name of a field's member in the JSON object of its message."""
    message = field.full_name.rpartition(".")[0]
    facts: dict[str, str] = gojson.FACTS.get(message, _NO_FACTS)
    return _rule(field, facts.get(field.name, "")).key


def _rule(field: FieldDescriptor, text: str) -> Rule:
    flags, _, key = text.partition("=")
    by_value = "v" in flags
    ours = field.full_name.startswith("plumbline.") and field.has_presence
    return Rule(
        field=field,
        key=key or field.name,
        # A struct held by value cannot be omitted, whatever its tag says; `omitzero` can.
        always="a" in flags or (by_value and "z" not in flags),
        omit_zero="z" in flags,
        inline="i" in flags,
        pointer=not by_value and (is_message(field) or "p" in flags or ours),
    )

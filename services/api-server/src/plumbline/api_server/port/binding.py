"""A REST request to the message of its method: body, path variables, query parameters; pure.

The rules are grpc-gateway v1's (contract/NOTES.md "HTTP/JSON gateway rules"). The path is bound
last: what it names cannot be overruled by the body (security.md, CVE-2023-23947).
"""

import base64
import binascii
from collections.abc import Iterable
from typing import Any, Final, cast

import orjson
from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from plumbline.api_server.port.routes import Match
from plumbline.core import errors
from plumbline.rpc import convert

__all__ = ["request_of"]

_TRUE: Final = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE: Final = frozenset({"0", "f", "F", "false", "FALSE", "False"})
_PARAMETERS: Final = 1000


def request_of(match: Match, query: Iterable[tuple[str, str]], body: bytes) -> Message:
    """Return the message of a request.

    Args:
        match: the method and its path variables.
        query: the query's parameters, decoded, in order.
        body: the body; empty if there is none.

    Raises:
        errors.InvalidArgument: the body is not JSON, a value has the wrong type, or a required
            field is missing. Names the place, never a value.
    """
    binding = match.binding
    cls = message_factory.GetMessageClass(binding.method.input_type)
    message: Any = _from_body(binding.body, body, cls)
    if binding.body != "*":
        bound = {*match.variables, *([binding.body] if binding.body else [])}
        _take_query(message, query, bound)
    for path, text in match.variables.items():
        _put(message, path.split("."), [text], path)
    if not message.IsInitialized():
        missing = ", ".join(message.FindInitializationErrors())
        raise errors.InvalidArgument(f"missing: {missing}")
    return cast("Message", message)


def _from_body(target: str, body: bytes, cls: Any) -> Any:
    if not target or not body.strip():
        return cls()
    try:
        tree = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        # The library's message may quote the input, which may be a secret.
        raise errors.InvalidArgument(f"the body is not JSON (at {error.pos})") from None
    if target != "*":
        tree = {convert.json_key(cls.DESCRIPTOR.fields_by_name[target]): tree}
    elif tree is None:
        return cls()
    return convert.to_message(tree, cls)


def _take_query(message: Any, query: Iterable[tuple[str, str]], bound: set[str]) -> None:
    """Set fields from parameters; the path's and the body's are left alone, unknown ones too."""
    grouped: dict[str, list[str]] = {}
    for number, (name, value) in enumerate(query):
        if number >= _PARAMETERS:
            raise errors.InvalidArgument("too many query parameters")
        grouped.setdefault(name, []).append(value)
    for name, values in grouped.items():
        path = _field_path(message.DESCRIPTOR, name)
        if path is None or any(".".join(path[:end]) in bound for end in range(1, len(path) + 1)):
            continue
        _put(message, path, values, name)


def _field_path(descriptor: Any, name: str) -> list[str] | None:
    """Return the proto names of a dotted parameter; none if the message has no such field."""
    path: list[str] = []
    place: Descriptor | None = descriptor
    for part in name.split("."):
        if place is None:
            return None
        found = place.fields_by_name.get(part) or place.fields_by_camelcase_name.get(part)
        if found is None or (path and _repeats(descriptor, path)):
            return None
        path.append(found.name)
        place = found.message_type
    return path


def _repeats(descriptor: Any, path: list[str]) -> bool:
    field = descriptor.fields_by_name[path[0]]
    for part in path[1:]:
        field = field.message_type.fields_by_name[part]
    return bool(field.is_repeated)


def _put(message: Any, path: list[str], values: list[str], name: str) -> None:
    """Set one field; of several values for a field that is not repeated the first counts."""
    for part in path[:-1]:
        message = getattr(message, part)
    field = message.DESCRIPTOR.fields_by_name[path[-1]]
    if field.message_type:
        _put_message(message, field, values, name)
    elif field.is_repeated:
        getattr(message, field.name).extend(_scalar(field, value, name) for value in values)
    else:
        setattr(message, field.name, _scalar(field, values[0], name))


def _put_message(message: Any, field: FieldDescriptor, values: list[str], name: str) -> None:
    """Set a message that has a text form (a time); no other can be a parameter."""
    if field.is_repeated:
        raise errors.InvalidArgument(f"{name}: not a query parameter")
    cls: Any = message_factory.GetMessageClass(cast("Descriptor", field.message_type))
    try:
        value = convert.to_message(values[0], cls)
    except errors.InvalidArgument as error:
        raise errors.InvalidArgument(f"{name}: not a value of its type") from error
    getattr(message, field.name).CopyFrom(value)


def _scalar(field: FieldDescriptor, text: str, name: str) -> Any:
    if field.type == FieldDescriptor.TYPE_STRING:
        return text
    if field.type == FieldDescriptor.TYPE_BOOL:
        if text in _TRUE:
            return True
        if text in _FALSE:
            return False
        raise errors.InvalidArgument(f"{name}: expected a bool")
    if field.type == FieldDescriptor.TYPE_BYTES:
        return _bytes(text, name)
    bits = 32 if field.type == FieldDescriptor.TYPE_INT32 else 64
    digits = text[1:] if text[:1] in {"-", "+"} else text
    if digits.isascii() and digits.isdigit() and len(digits) < 25:
        number = int(text)
        if -(1 << (bits - 1)) <= number < 1 << (bits - 1):
            return number
    raise errors.InvalidArgument(f"{name}: expected a {bits}-bit number")


def _bytes(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        raise errors.InvalidArgument(f"{name}: expected base64") from None

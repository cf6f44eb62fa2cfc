"""JSON patch (RFC 6902): apply a list of operations to a document, all or nothing.

Used by the api-server's Patch of Applications. Documents are never changed in place: an operation
copies the containers along its path and shares the rest. Patches come from callers, so their number
and what ``copy`` may blow up are bounded.
"""

from collections.abc import Callable
from typing import Any, Final

import orjson

from plumbline.core import errors
from plumbline.core.patch.merge import identical
from plumbline.core.patch.pointer import Pointer, parse_pointer

__all__ = ["apply_json_patch"]

_OPERATIONS: Final = 10_000  # the API server's own limit
_COPIED: Final = 3 * 1024 * 1024  # bytes of JSON that `copy` may add in one patch
_MISSING: Final = object()


def apply_json_patch(document: Any, operations: Any) -> Any:
    """Return the document with every operation applied, in order.

    Args:
        document: any JSON value; it is not changed.
        operations: the decoded patch, a list of operation objects.

    Raises:
        errors.InvalidArgument: an operation is malformed, its path does not exist, or its test
            fails; the message names the operation by its number and path, never a value.
    """
    if not isinstance(operations, list):
        raise errors.InvalidArgument("a JSON patch is a list of operations")
    if len(operations) > _OPERATIONS:
        raise errors.InvalidArgument(f"a JSON patch has at most {_OPERATIONS} operations")
    copied = 0
    for number, operation in enumerate(operations, 1):
        try:
            document, size = _apply(document, operation)
        except _Wrong as wrong:
            raise errors.InvalidArgument(f"JSON patch operation {number}: {wrong}") from None
        copied += size
        if copied > _COPIED:
            raise errors.InvalidArgument("the JSON patch copies too much")
    return document


class _Wrong(Exception):
    """An operation that cannot be applied."""


def _apply(document: Any, operation: Any) -> tuple[Any, int]:
    """Apply one operation; the number is the size of what it copied."""
    if not isinstance(operation, dict):
        raise _Wrong("not an object")
    name, path = operation.get("op"), _pointer(operation, "path")
    match name:
        case "add":
            return _put(document, path, _value(operation), insert=True), 0
        case "replace":
            return _put(document, path, _value(operation), insert=False), 0
        case "remove":
            return _remove(document, path), 0
        case "test":
            if not identical(_get(document, path), _value(operation)):
                raise _Wrong(f"test of {_text(path)} failed")
            return document, 0
        case "copy":
            value = _get(document, _pointer(operation, "from"))
            return _put(document, path, value, insert=True), len(orjson.dumps(value))
        case "move":
            source = _pointer(operation, "from")
            if path[: len(source)] == source and path != source:
                raise _Wrong(f"{_text(source)} cannot be moved into itself")
            value = _get(document, source)
            return _put(_remove(document, source), path, value, insert=True), 0
    raise _Wrong("op is none of add, remove, replace, move, copy, test")


def _pointer(operation: dict[str, Any], member: str) -> Pointer:
    text = operation.get(member)
    if not isinstance(text, str):
        raise _Wrong(f"{member} is missing")
    try:
        return parse_pointer(text)
    except errors.InvalidArgument as error:
        raise _Wrong(error.message) from error


def _value(operation: dict[str, Any]) -> Any:
    value = operation.get("value", _MISSING)
    if value is _MISSING:
        raise _Wrong("value is missing")
    return value


def _get(document: Any, path: Pointer) -> Any:
    for depth, step in enumerate(path):
        if isinstance(document, dict):
            document = document.get(step, _MISSING)
        elif isinstance(document, list):
            index = _index(step, len(document) - 1)
            document = _MISSING if index is None else document[index]
        else:
            document = _MISSING
        if document is _MISSING:
            raise _Wrong(f"{_text(path[: depth + 1])} does not exist")
    return document


def _put(document: Any, path: Pointer, value: Any, *, insert: bool) -> Any:
    """Set a value; ``insert`` makes room in a list and may make a member, else it must exist."""

    def change(container: Any, step: str) -> Any:
        if isinstance(container, dict):
            if not insert and step not in container:
                raise _Wrong(f"{_text(path)} does not exist")
            return {**container, step: value}
        if not isinstance(container, list):
            raise _Wrong(f"{_text(path)} does not exist")
        if insert and step == "-":
            return [*container, value]
        index = _index(step, len(container) - (0 if insert else 1))
        if index is None:
            raise _Wrong(f"{_text(path)} does not exist")
        return [*container[:index], value, *container[index + (0 if insert else 1) :]]

    return _changed(document, path, change) if path else value


def _remove(document: Any, path: Pointer) -> Any:
    if not path:
        raise _Wrong("the whole document cannot be removed")

    def change(container: Any, step: str) -> Any:
        if isinstance(container, dict) and step in container:
            return {key: value for key, value in container.items() if key != step}
        index = _index(step, len(container) - 1) if isinstance(container, list) else None
        if index is None:
            raise _Wrong(f"{_text(path)} does not exist")
        return [*container[:index], *container[index + 1 :]]

    return _changed(document, path, change)


def _changed(document: Any, path: Pointer, change: Callable[[Any, str], Any]) -> Any:
    """Copy the containers along a path, with the last one changed."""
    containers = [document]
    for step in path[:-1]:
        containers.append(_get(containers[-1], (step,)))
    result = change(containers[-1], path[-1])
    for container, step in zip(reversed(containers[:-1]), reversed(path[:-1]), strict=True):
        if isinstance(container, dict):
            result = {**container, step: result}
        else:
            index = int(step)
            result = [*container[:index], result, *container[index + 1 :]]
    return result


def _index(step: str, last: int) -> int | None:
    """Array index of RFC 6901, section 4, up to ``last``."""
    if len(step) > 9 or not (step.isascii() and step.isdigit()):  # 9: no list is longer
        return None
    if len(step) > 1 and step[0] == "0":
        return None
    index = int(step)
    return index if index <= last else None


def _text(path: Pointer) -> str:
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in path) or "''"

"""Applying a strategic merge patch, as the Kubernetes API server does.

Used by ``core.diff`` to predict the object after an apply. Semantics: the Kubernetes documents
"Update API Objects in Place Using kubectl patch" and the community's "Strategic Merge Patch"
(directives ``$patch``, ``$retainKeys``, ``$setElementOrder``, ``$deleteFromPrimitiveList``). Which
list is merged, and by which key, comes from the schema. Inputs are never changed.
"""

from collections.abc import Callable, Hashable
from typing import Any, Final

from plumbline.core import errors
from plumbline.core.patch.schema import Node

__all__ = [
    "DELETE_PRIMITIVES",
    "PATCH",
    "RETAIN_KEYS",
    "SET_ORDER",
    "apply_strategic_patch",
    "is_directive",
    "refuse_directives",
]

PATCH: Final = "$patch"
RETAIN_KEYS: Final = "$retainKeys"
SET_ORDER: Final = "$setElementOrder/"
DELETE_PRIMITIVES: Final = "$deleteFromPrimitiveList/"


def is_directive(key: str) -> bool:
    """Tell whether a key of a patch is an instruction rather than a field."""
    return key in (PATCH, RETAIN_KEYS) or key.startswith((SET_ORDER, DELETE_PRIMITIVES))


def refuse_directives(tree: Any) -> None:
    """Check that no field of a desired object would be read as an instruction.

    Raises:
        errors.InvalidArgument: one would; the message names it.
    """
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key[:1] == "$" and is_directive(key):
                raise errors.InvalidArgument(f"the field name {key!r} is reserved for patches")
            if isinstance(value, dict | list):
                refuse_directives(value)
    elif isinstance(tree, list):
        for item in tree:
            if isinstance(item, dict | list):
                refuse_directives(item)


def apply_strategic_patch(
    live: dict[str, Any], patch: dict[str, Any], node: Node
) -> dict[str, Any]:
    """Return the live object with the patch applied.

    Raises:
        errors.InvalidArgument: the patch holds a directive that Kubernetes does not know, or an
            item of a merged list lacks its merge key.
    """
    directive = patch.get(PATCH)
    if directive == "replace":
        fields: dict[str, Any] = _without_directives(patch, node)
        return fields
    if directive == "delete":
        return {}
    if directive is not None:
        raise errors.InvalidArgument(f"unknown $patch directive {directive!r}")
    result = _retained(live, patch)
    lists: set[str] = set()
    for key, value in patch.items():
        if key.startswith("$") and is_directive(key):
            lists.add(key.partition("/")[2])
        elif value is None:
            result.pop(key, None)
        elif isinstance(value, list) and node.child(key).merges:
            lists.add(key)
        else:
            _apply_value(result, key, value, node.child(key))
    for key in lists:
        if key:
            _apply_list(result, key, patch, node.child(key))
    return result


def _apply_value(result: dict[str, Any], key: str, value: Any, node: Node) -> None:
    old = result.get(key)
    if isinstance(value, dict) and isinstance(old, dict):
        if node.replaces and PATCH not in value:
            result[key] = _without_directives(value, node)
        else:
            result[key] = apply_strategic_patch(old, value, node)
    elif isinstance(value, dict) and value.get(PATCH) == "delete":
        result.pop(key, None)
    else:
        result[key] = _without_directives(value, node)


def _retained(live: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    keys = patch.get(RETAIN_KEYS)
    if keys is None:
        return dict(live)
    if not isinstance(keys, list):
        raise errors.InvalidArgument("$retainKeys is not a list")
    return {key: value for key, value in live.items() if key in keys}


def _apply_list(result: dict[str, Any], key: str, patch: dict[str, Any], node: Node) -> None:
    old = result.get(key)
    live: list[Any] = old if isinstance(old, list) else []
    items = _list_at(patch, key)
    order = _list_at(patch, SET_ORDER + key)
    new_last = False
    if node.merge_key:
        identity = _by_key(node.merge_key)
        if any(isinstance(item, dict) and item.get(PATCH) == "replace" for item in items):
            result[key] = _without_directives(items, node)
            return
        merged, deleted = _merge_maps(live, items, node)
        new_last = deleted and bool(order)
        items = [item for item in items if item.get(PATCH) != "delete"]
    else:
        identity = _by_value
        merged = _merge_values(live, items, drop=_list_at(patch, DELETE_PRIMITIVES + key))
    merged = _ordered(merged, order or items, live, identity=identity, new_last=new_last)
    if merged or key in result or key in patch:
        result[key] = merged


def _merge_values(live: list[Any], items: list[Any], *, drop: list[Any]) -> list[Any]:
    dropped = {_by_value(value) for value in drop}
    merged = {_by_value(value): value for value in live if _by_value(value) not in dropped}
    for value in items:
        merged.setdefault(_by_value(value), value)
    return list(merged.values())


def _list_at(patch: dict[str, Any], key: str) -> list[Any]:
    value = patch.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise errors.InvalidArgument(f"{key} of a strategic merge patch is not a list")
    return value


def _by_value(value: Any) -> Hashable:
    return (type(value), value) if isinstance(value, Hashable) else repr(value)


def _by_key(merge_key: str) -> Callable[[Any], Hashable]:
    def identity(item: Any) -> Hashable:
        if not isinstance(item, dict) or merge_key not in item:
            raise errors.InvalidArgument(f"an item of a merged list lacks its key {merge_key!r}")
        return _by_value(item[merge_key])

    return identity


def _merge_maps(live: list[Any], items: list[Any], node: Node) -> tuple[list[Any], bool]:
    """Merge a list of objects by their merge key; tell also whether one was deleted."""
    item_node = node.item()
    identity = _by_key(node.merge_key)
    merged = list(live)
    deleted = False
    for item in items:
        wanted = identity(item)
        places = [index for index, other in enumerate(merged) if identity(other) == wanted]
        if item.get(PATCH) == "delete":
            deleted = deleted or bool(places)
            merged = [other for index, other in enumerate(merged) if index not in places]
        elif places:
            found = places[0]
            merged[found] = apply_strategic_patch(merged[found], _undirected(item), item_node)
        else:
            merged.append(_without_directives(_undirected(item), item_node))
    return merged, deleted


def _undirected(item: Any) -> Any:
    if isinstance(item, dict) and PATCH in item:
        return {key: value for key, value in item.items() if key != PATCH}
    return item


def _ordered(
    merged: list[Any],
    order: list[Any],
    live: list[Any],
    *,
    identity: Callable[[Any], Hashable],
    new_last: bool,
) -> list[Any]:
    """Put listed items into the given order and weave the others in, by their live places.

    The order of the listed items and that of the others are both kept; an item that is not listed
    goes before the first listed one that follows it in the live list. Listed items that are new
    count as first of all, except where the same patch deletes an item and states an order: there
    they count as last (measured at the API server, 1.36; no document says so).
    """
    rank = {identity(entry): place for place, entry in reversed(list(enumerate(order)))}
    place = {identity(entry): index for index, entry in reversed(list(enumerate(live)))}
    unknown = len(live) if new_last else -1
    listed = sorted(
        (item for item in merged if identity(item) in rank), key=lambda item: rank[identity(item)]
    )
    others = [item for item in merged if identity(item) not in rank]
    result: list[Any] = []
    start = 0
    for other in others:
        here = place.get(identity(other), -1)
        while start < len(listed) and place.get(identity(listed[start]), unknown) < here:
            result.append(listed[start])
            start += 1
        result.append(other)
    return result + listed[start:]


def _without_directives(value: Any, node: Node) -> Any:
    """Return a new value as the server stores it: without nulls and directives."""
    if isinstance(value, dict):
        return {
            key: _without_directives(below, node.child(key))
            for key, below in value.items()
            if below is not None
            and not is_directive(key)
            and not (isinstance(below, dict) and below.get(PATCH) == "delete")
        }
    if isinstance(value, list):
        item = node.item()
        return [
            _without_directives(below, item)
            for below in value
            if not (node.merges and isinstance(below, dict) and below.get(PATCH) is not None)
        ]
    return value

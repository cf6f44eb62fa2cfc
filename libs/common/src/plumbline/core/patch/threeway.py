"""Making the patch of an apply: from last-applied, desired and live, as ``kubectl apply`` does.

Used by ``core.diff`` (is there anything to change?) and ``apply`` (what to send). Deletions come
from what was last applied and is no longer desired; additions and changes from desired against
live; whatever else is live stays. With a schema the result is a strategic merge patch, without one
a JSON merge patch (RFC 7386): the walk is the same, only lists differ.
Source: "Declarative Management of Kubernetes Objects Using Configuration Files", section "How
apply calculates differences and merges changes".

This is the hot path of every comparison: where nothing changed it builds nothing.
"""

from typing import Any, NamedTuple

from plumbline.core.patch import strategic
from plumbline.core.patch.equality import equivalent, fill_defaults
from plumbline.core.patch.scalars import same_scalar
from plumbline.core.patch.schema import Node

__all__ = ["three_way_patch"]

_Map = dict[str, Any]


def three_way_patch(original: _Map | None, modified: _Map, current: _Map, *, node: Node) -> _Map:
    """Return the patch that turns ``current`` into ``modified``, keeping what others added.

    Args:
        original: what was applied last; ``None`` means that nothing is deleted.
        modified: what is desired; nulls in it ask for the deletion of a live value.
        current: the live object.
        node: the schema's root node of the kind (``ANY`` for a JSON merge patch).
    """
    patch: _Map = {}
    for key, want in modified.items():
        have = current.get(key)
        if want is have:
            continue
        if have is None:
            if not node.vanishes(key, want):
                patch[key] = _addition(want)
        elif want is None:
            patch[key] = None
        elif isinstance(want, dict | list):
            before = original.get(key) if original else None
            _container_patch(patch, key, (before, want, have), node=node.child(key))
        elif isinstance(have, dict | list) or not same_scalar(node.child(key).code, want, have):
            patch[key] = want
    if original:
        patch.update(_deletions(original, modified))
    if patch and node.retains:
        patch[strategic.RETAIN_KEYS] = sorted(
            key for key, value in modified.items() if value is not None
        )
    return patch


def _deletions(original: _Map, modified: _Map) -> _Map:
    return {
        key: None for key, before in original.items() if key not in modified and before is not None
    }


def _container_patch(patch: _Map, key: str, sides: tuple[Any, Any, Any], *, node: Node) -> None:
    """Add what changes a map or a list to the patch; sides are original, modified, current."""
    before, want, have = sides
    if isinstance(want, dict) and isinstance(have, dict) and not node.replaces:
        old = before if isinstance(before, dict) else None
        below = three_way_patch(old, want, have, node=node)
        if below:
            patch[key] = below
    elif isinstance(want, list) and isinstance(have, list) and node.merges:
        lists = _Lists(before if isinstance(before, list) else [], want, have)
        if node.merge_key:
            _maps_patch(patch, key, lists, node=node)
        else:
            _primitives_patch(patch, key, lists)
    elif not equivalent(want, have, node):
        patch[key] = _addition(want)
        if node.replaces and isinstance(want, dict):
            patch[key] = {**patch[key], strategic.PATCH: "replace"}


def _addition(value: Any) -> Any:
    """Return a value to be added whole: nulls mean absence; unchanged parts are shared."""
    if isinstance(value, dict):
        added = {key: _addition(below) for key, below in value.items() if below is not None}
        if len(added) == len(value) and all(added[key] is value[key] for key in value):
            return value
        return added
    if isinstance(value, list):
        items = [_addition(item) for item in value]
        same = all(new is old for new, old in zip(items, value, strict=True))
        return value if same else items
    return value


class _Lists(NamedTuple):
    original: list[Any]
    modified: list[Any]
    current: list[Any]


def _primitives_patch(patch: _Map, key: str, lists: _Lists) -> None:
    original, modified, current = lists
    if modified == current:
        return
    added = [value for value in modified if value not in current]
    removed = [value for value in original if value not in modified]
    if added:
        patch[key] = added
    if removed:
        patch[strategic.DELETE_PRIMITIVES + key] = removed
    common = [value for value in current if value in modified]
    if added or removed or common != [value for value in modified if value in current]:
        patch[strategic.SET_ORDER + key] = modified


def _index(items: list[Any], merge_key: str) -> dict[Any, _Map] | None:
    """Items by merge key; ``None`` where the key is missing, not a scalar, or not unique."""
    try:
        found = {item[merge_key]: item for item in items}
    except (KeyError, TypeError, IndexError):
        return None
    return found if len(found) == len(items) else None


def _maps_patch(patch: _Map, key: str, lists: _Lists, *, node: Node) -> None:
    merge_key = node.merge_key
    original, modified, current = lists
    wanted, live = _index(modified, merge_key), _index(current, merge_key)
    if wanted is None or live is None:
        _ambiguous_patch(patch, key, lists, node=node)
        return
    before = (_index(original, merge_key) or {}) if original else {}
    item_node = node.item()
    items: list[_Map] = []
    for identity, want in wanted.items():
        have = live.get(identity)
        if have is None:
            items.append(_addition(want))
            continue
        below = three_way_patch(before.get(identity), want, have, node=item_node)
        if below:
            items.append({merge_key: identity, **below})
    deleted = [
        {strategic.PATCH: "delete", merge_key: identity}
        for identity in before
        if identity not in wanted
    ]
    in_order = [identity for identity in live if identity in wanted]
    if items or deleted or in_order != [identity for identity in wanted if identity in live]:
        patch[strategic.SET_ORDER + key] = [{merge_key: identity} for identity in wanted]
        if items or deleted:
            patch[key] = items + deleted


def _ambiguous_patch(patch: _Map, key: str, lists: _Lists, *, node: Node) -> None:
    """Lists whose merge key is not unique (port 53 for TCP and UDP): replaced as a whole.

    Such a list cannot be merged by key, so items are paired by the list's real keys here, and
    values that the server wrote (a node port) are carried over.
    """
    original, modified, current = lists
    item_node = node.item()
    keys = node.list_keys or (node.merge_key,)

    def identity(item: Any) -> tuple[Any, ...]:
        filled = fill_defaults(item, item_node) if isinstance(item, dict) else {"": repr(item)}
        return tuple(repr(filled.get(name)) for name in (*keys, ""))

    before = {identity(item): item for item in original}
    unpaired = list(current)
    result: list[Any] = []
    for want in modified:
        wanted = identity(want)
        match = next((item for item in unpaired if identity(item) == wanted), None)
        if not isinstance(want, dict) or not isinstance(match, dict):
            result.append(_addition(want))
            continue
        unpaired = [item for item in unpaired if item is not match]
        old = before.get(wanted)
        below = three_way_patch(old if isinstance(old, dict) else None, want, match, node=item_node)
        result.append(strategic.apply_strategic_patch(match, below, item_node) if below else match)
    names = {identity(item) for item in modified}
    result += [item for item in unpaired if identity(item) not in {*before, *names}]
    if result != current:
        patch[key] = [{strategic.PATCH: "replace"}, *result]

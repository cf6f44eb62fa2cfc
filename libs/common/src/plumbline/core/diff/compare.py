"""Listing the differences of two normalised objects.

Used by ``three_way``. Maps are compared by key, lists that Kubernetes merges by their keys, other
lists by position when they are of one length, else as a whole. Values that the server stores alike
(spellings of quantities, nulls, zero values it drops) do not differ.
"""

from collections.abc import Iterator
from typing import Any

from plumbline.core import patch
from plumbline.core.diff.value import ABSENT, Keyed, Path

__all__ = ["differences"]

_Found = tuple[Path, Any, Any]


def differences(desired: Any, live: Any, *, node: patch.Node, path: Path = ()) -> Iterator[_Found]:
    """Yield (path, desired, live) for every place where two trees differ, in path order."""
    if isinstance(desired, dict) and isinstance(live, dict):
        for key in sorted(desired.keys() | live.keys()):
            want, have = _stored(key, desired, node), _stored(key, live, node)
            yield from differences(want, have, node=node.child(key), path=(*path, key))
    elif isinstance(desired, list) and isinstance(live, list):
        yield from _lists(desired, live, node, path)
    elif desired is not live and not _same(desired, live, node):
        yield path, desired, live


def _stored(key: str, tree: dict[str, Any], node: patch.Node) -> Any:
    value = tree.get(key)
    if value is None or (not value and node.vanishes(key, value)):
        return ABSENT
    return value


def _same(left: Any, right: Any, node: patch.Node) -> bool:
    if isinstance(left, dict | list) or isinstance(right, dict | list):
        return False
    return patch.same_scalar(node.code, left, right)


def _lists(desired: list[Any], live: list[Any], node: patch.Node, path: Path) -> Iterator[_Found]:
    item = node.item()
    wanted, have = _keyed(desired, node), _keyed(live, node)
    if wanted is not None and have is not None:
        found = False
        for key in [*wanted, *(key for key in have if key not in wanted)]:
            for one in differences(
                wanted.get(key, ABSENT), have.get(key, ABSENT), node=item, path=(*path, key)
            ):
                found = True
                yield one
        if not found and list(wanted) != list(have):
            yield path, desired, live  # only the order differs
    elif len(desired) == len(live):
        for index, (one, other) in enumerate(zip(desired, live, strict=True)):
            yield from differences(one, other, node=item, path=(*path, index))
    else:
        yield path, desired, live


def _keyed(items: list[Any], node: patch.Node) -> dict[Keyed, Any] | None:
    """Items by their list keys; ``None`` where the list is not one of unique keyed objects."""
    if not (node.merges and node.merge_key):
        return None
    keys = node.list_keys or (node.merge_key,)
    found: dict[Keyed, Any] = {}
    for item in items:
        if not isinstance(item, dict):
            return None
        values = tuple((key, item[key]) for key in keys if key in item)
        if not values or any(isinstance(value, dict | list) for _, value in values):
            return None
        found[Keyed(values)] = item
    return found if len(found) == len(items) else None

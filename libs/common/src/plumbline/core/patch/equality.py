"""When a desired value and a live value are one value to the API server, and what it fills in.

Used by ``threeway`` (atomic lists are compared whole) and by ``core.diff`` (the predicted object
is filled in before it is compared).
"""

from typing import Any

from plumbline.core.patch.scalars import CANONICAL, same_scalar
from plumbline.core.patch.schema import Node

__all__ = ["canonical", "equivalent", "fill_defaults"]


def equivalent(want: Any, have: Any, node: Node) -> bool:
    """Tell whether storing ``want`` would give ``have``: defaults and spellings considered."""
    if isinstance(want, dict):
        return isinstance(have, dict) and _equivalent_maps(want, have, node)
    if isinstance(want, list):
        if not isinstance(have, list) or len(want) != len(have):
            return False
        item = node.item()
        return all(equivalent(one, other, item) for one, other in zip(want, have, strict=True))
    if isinstance(have, dict | list):
        return False
    return same_scalar(node.code, want, have)


def _equivalent_maps(want: dict[str, Any], have: dict[str, Any], node: Node) -> bool:
    for key, value in want.items():
        other = have.get(key)
        if other is None:
            if value is not None and not node.vanishes(key, value):
                return False
        elif value is None or not equivalent(value, other, node.child(key)):
            if value is None and _filled_in(key, other, want, node):
                continue
            return False
    return all(
        key in want or value is None or _filled_in(key, value, want, node)
        for key, value in have.items()
    )


def _filled_in(key: str, value: Any, want: dict[str, Any], node: Node) -> bool:
    """Tell whether the server itself would write this value where ``want`` has none."""
    default = _default(key, want, node)
    return default is not None and equivalent(default, value, node.child(key))


def _default(key: str, tree: dict[str, Any], node: Node) -> Any:
    rule = node.rules.get(key)
    return rule(tree) if rule is not None else node.defaults.get(key)


def fill_defaults(tree: Any, node: Node) -> Any:
    """Return the tree with the server's defaults filled in; unchanged parts are shared."""
    if isinstance(tree, dict):
        result = tree
        for key in (*node.defaults, *node.rules):
            old = result.get(key)
            if old is None or (not old and node.vanishes(key, old)):
                value = _default(key, tree, node)
                if value is not None:
                    result = {**result, key: value}
        for key, value in result.items():
            if isinstance(value, dict | list):
                below = fill_defaults(value, node.child(key))
                if below is not value:
                    result = {**result, key: below}
        return result
    if isinstance(tree, list):
        item = node.item()
        if item.kind in ("s", "?"):
            return tree
        filled = [fill_defaults(value, item) for value in tree]
        same = all(new is old for new, old in zip(filled, tree, strict=True))
        return tree if same else filled
    return tree


def canonical(tree: Any, node: Node) -> Any:
    """Return the tree with one spelling per value: scalars, nulls and vanishing zero values.

    Two trees that the server would store alike have equal canonical forms, once their defaults
    are filled in.
    """
    if isinstance(tree, dict):
        return {
            key: canonical(value, node.child(key))
            for key, value in tree.items()
            if value is not None and (value or not node.vanishes(key, value))
        }
    if isinstance(tree, list):
        item = node.item()
        return [canonical(value, item) for value in tree]
    form = CANONICAL.get(node.code)
    return form(tree) if form is not None else tree

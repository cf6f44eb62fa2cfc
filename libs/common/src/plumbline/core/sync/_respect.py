"""RespectIgnoreDifferences: live values of ignored fields go into the object that is applied."""

from collections.abc import Iterable
from typing import Any, Final

from plumbline.core.model import Manifest
from plumbline.core.patch import Pointer

__all__ = ["keep_ignored"]

_MISSING: Final = object()


def keep_ignored(target: Manifest, live: Manifest, pointers: Iterable[Pointer]) -> Manifest:
    """Return the target with the live values at the pointers; ``status`` is never taken over.

    Only what both sides can hold is taken: a place whose parents the target lacks is left alone.
    A field that the live object lacks is left out, so that applying does not bring it back.
    """
    result: Any = target
    for pointer in pointers:
        if pointer and pointer[0] != "status":
            result = _put(result, live, pointer)
    kept: Manifest = result
    return kept


def _put(tree: Any, live: Any, pointer: Pointer) -> Any:
    head, rest = pointer[0], pointer[1:]
    if isinstance(tree, dict) and isinstance(live, dict):
        value = live.get(head, _MISSING)
        if rest:
            if head not in tree or value is _MISSING:
                return tree
            return {**tree, head: _put(tree[head], value, rest)}
        if value is _MISSING:
            return {k: v for k, v in tree.items() if k != head}
        return {**tree, head: value}
    if isinstance(tree, list) and isinstance(live, list) and head.isdecimal():
        index = int(head) if len(head) < 10 else len(tree)
        if index < len(tree) and index < len(live):
            changed = _put(tree[index], live[index], rest) if rest else live[index]
            return [*tree[:index], changed, *tree[index + 1 :]]
    return tree

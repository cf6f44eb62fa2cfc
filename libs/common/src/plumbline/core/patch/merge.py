"""JSON merge patch (RFC 7386): applying one, and making one between two documents.

Used for custom kinds, whose API server endpoints take no strategic merge patch, and for status
writes. The three-way form used by apply is in ``threeway``: without a schema it yields a JSON
merge patch.
"""

from typing import Any

__all__ = ["apply_merge_patch", "create_merge_patch", "identical"]


def apply_merge_patch(target: Any, patch: Any) -> Any:
    """Return the target with the patch applied (RFC 7386, section 2); inputs are not changed."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = apply_merge_patch(result.get(key), value)
    return result


def create_merge_patch(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return the smallest merge patch that turns one document into the other.

    ``after`` must hold no nulls: a merge patch cannot express them.
    """
    patch: dict[str, Any] = {key: None for key in before if key not in after}
    for key, value in after.items():
        if key not in before:
            patch[key] = value
            continue
        old = before[key]
        if isinstance(value, dict) and isinstance(old, dict):
            below = create_merge_patch(old, value)
            if below:
                patch[key] = below
        elif not identical(value, old):
            patch[key] = value
    return patch


def identical(left: Any, right: Any) -> bool:
    """Tell whether two JSON values are equal: ``true`` is not 1, unlike in Python."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(identical(left[k], right[k]) for k in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(identical, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)

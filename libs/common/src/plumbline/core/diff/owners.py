"""Who wrote a live value: reading metadata.managedFields.

Used by ``three_way`` for the items of a diff. Source: the Kubernetes document "Server-Side Apply"
and the type FieldsV1: ``f:<name>`` a field, ``k:<json>`` a list item by its keys, ``v:<json>`` a
set item, ``i:<index>`` a position, ``.`` the object itself.
"""

from typing import Any

import orjson

from plumbline.core.diff.value import Keyed, Owner, Path, Step
from plumbline.core.model import Manifest, metadata_of, text_at

__all__ = ["owner_of"]


def owner_of(live: Manifest, path: Path) -> Owner | None:
    """Return the manager that owns the value at a path: the deepest claim, the newest of equals."""
    entries = metadata_of(live).get("managedFields")
    if not isinstance(entries, list):
        return None
    best: tuple[int, str] | None = None
    found: Owner | None = None
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        depth = _claim(entry.get("fieldsV1"), path)
        rank = (depth, text_at(entry, "time"))
        if depth and (best is None or rank > best):
            best = rank
            found = Owner(
                manager=text_at(entry, "manager"),
                operation=text_at(entry, "operation"),
                time=text_at(entry, "time"),
                subresource=text_at(entry, "subresource"),
            )
    return found


def _claim(fields: Any, path: Path) -> int:
    """Number of leading steps that a field set names, if it claims that place or one above it."""
    claimed = 0
    for depth, step in enumerate(path, start=1):
        if not isinstance(fields, dict):
            return claimed
        fields = _below(fields, step)
        if fields is None:
            return claimed
        if fields == {} or (isinstance(fields, dict) and "." in fields) or depth == len(path):
            claimed = depth
    return claimed


def _below(fields: dict[str, Any], step: Step) -> Any:
    if isinstance(step, str):
        return fields.get(f"f:{step}")
    if isinstance(step, int):
        return fields.get(f"i:{step}")
    return next((below for name, below in fields.items() if _names(name, step)), None)


def _names(name: str, step: Keyed) -> bool:
    if not name.startswith("k:"):
        return False
    try:
        keys = orjson.loads(name[2:])
    except orjson.JSONDecodeError:
        return False
    return isinstance(keys, dict) and all(
        key in keys and keys[key] == value for key, value in step.keys
    )

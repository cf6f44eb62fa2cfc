"""Reading status fields of unknown quality."""

from typing import Any

__all__ = ["condition", "items_at", "number_at", "tree_at"]


def tree_at(tree: Any, *path: str) -> dict[str, Any]:
    """Return the map at a path, or an empty one."""
    for part in path:
        if not isinstance(tree, dict):
            return {}
        tree = tree.get(part)
    return tree if isinstance(tree, dict) else {}


def items_at(tree: Any, *path: str) -> list[dict[str, Any]]:
    """Return the maps in the list at a path."""
    *parents, last = path
    found = tree_at(tree, *parents).get(last)
    return [i for i in found if isinstance(i, dict)] if isinstance(found, list) else []


def number_at(tree: Any, *path: str, default: int = 0) -> int:
    """Return the whole number at a path, or the default."""
    *parents, last = path
    found = tree_at(tree, *parents).get(last)
    return found if isinstance(found, int) and not isinstance(found, bool) else default


def condition(manifest: Any, kind: str) -> dict[str, Any]:
    """Return the status condition of a type, or an empty map."""
    for entry in items_at(manifest, "status", "conditions"):
        if entry.get("type") == kind:
            return entry
    return {}

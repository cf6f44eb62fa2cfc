"""The list of applications: a fixed set of paths that may be selected (behaviour.md section 16)."""

from typing import Any, Final

from plumbline.core.fields._select import Selection

__all__ = ["APPLICATION_PATHS", "select_applications"]

_NAMES: Final = (
    *("metadata.name", "metadata.namespace", "metadata.annotations", "metadata.labels"),
    *("metadata.creationTimestamp", "metadata.deletionTimestamp"),
    *("spec", "spec.destination", "spec.project", "spec.source", "spec.sources"),
    *("spec.sourceHydrator", "spec.syncPolicy"),
    *("status.sourceHydrator", "status.summary", "status.sync.status", "status.sync.revision"),
    *("status.health", "status.resources"),
    *("status.operationState.startedAt", "status.operationState.finishedAt"),
    *("status.operationState.phase", "status.operationState.operation.sync"),
    "operation.sync",
)
APPLICATION_PATHS: Final = tuple(tuple(name.split(".")) for name in _NAMES)

# The contract's oddity: the operation's sync of a listed application is the RESULT of its sync.
_STANDS_FOR: Final[dict[tuple[str, ...], tuple[str, ...]]] = {
    ("status", "operationState", "operation", "sync"): ("status", "operationState", "syncResult")
}


def select_applications(tree: dict[str, Any], selection: Selection) -> dict[str, Any]:
    """Return an ApplicationList with what the selection keeps of each item.

    ``metadata`` of the list is always there, ``kind`` and ``apiVersion`` never. An item's path is
    in the answer if the selection keeps it and it belongs to :data:`APPLICATION_PATHS`; no other
    path can be asked for.
    """
    wanted = [path for path in APPLICATION_PATHS if selection.keeps(("items", *path))]
    answer: dict[str, Any] = {"metadata": tree.get("metadata", {})}
    items = tree.get("items")
    any_item = bool(wanted) or any(path[0] == "items" for path in selection.paths)
    if selection.exclude and selection.covers(("items",)):
        return answer
    if any_item:
        answer["items"] = items and [_item(item, wanted, selection) for item in items]
    return answer


def _item(
    item: dict[str, Any], wanted: list[tuple[str, ...]], selection: Selection
) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    for path in wanted:
        found, value = _get(item, _STANDS_FOR.get(path, path))
        if found:
            _put(answer, path, _trimmed(value, ("items", *path), selection))
    return answer


def _trimmed(value: Any, path: tuple[str, ...], selection: Selection) -> Any:
    """Leave out of a kept value what an excluding selection names below it."""
    if not selection.exclude or not isinstance(value, dict):
        return value
    deeper = [p for p in selection.paths if len(p) > len(path) and p[: len(path)] == path]
    if not deeper:
        return value
    return {
        name: _trimmed(inner, (*path, name), selection)
        for name, inner in value.items()
        if not selection.covers((*path, name))
    }


def _get(tree: Any, path: tuple[str, ...]) -> tuple[bool, Any]:
    for name in path:
        if not isinstance(tree, dict) or name not in tree:
            return False, None
        tree = tree[name]
    return True, tree


def _put(tree: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        tree = tree.setdefault(name, {})
        if path[-1] in tree:
            return
    # A selectable ancestor (``spec``) comes first and holds its descendants already.
    tree.setdefault(path[-1], value)

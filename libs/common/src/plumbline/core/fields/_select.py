"""Parse the ``fields`` parameter, and cut JSON trees down to it."""

from typing import Any, Final, NamedTuple

from plumbline.core import errors

__all__ = ["ALL", "Fields", "parse", "select_applications"]

_LIMIT: Final = 16 * 1024  # characters of the parameter
_Path = tuple[str, ...]

_SELECTABLE: Final[dict[_Path, _Path]] = {
    tuple(path.split(".")): tuple((source or path).split("."))
    for path, source in (
        ("metadata.name", ""),
        ("metadata.namespace", ""),
        ("metadata.annotations", ""),
        ("metadata.labels", ""),
        ("metadata.creationTimestamp", ""),
        ("metadata.deletionTimestamp", ""),
        ("spec", ""),
        ("spec.destination", ""),
        ("spec.project", ""),
        ("spec.source", ""),
        ("spec.sources", ""),
        ("spec.sourceHydrator", ""),
        ("spec.syncPolicy", ""),
        ("status.sourceHydrator", ""),
        ("status.summary", ""),
        ("status.sync.status", ""),
        ("status.sync.revision", ""),
        ("status.health", ""),
        ("status.resources", ""),
        ("status.operationState.startedAt", ""),
        ("status.operationState.finishedAt", ""),
        ("status.operationState.phase", ""),
        # The contract's own oddity: this path shows the result, not what was asked for.
        ("status.operationState.operation.sync", "status.operationState.syncResult"),
        ("operation.sync", ""),
    )
}
"""Paths of a list's items that can be selected, and where each is read."""


class Fields(NamedTuple):
    """Paths to keep, or with ``exclude`` those to drop."""

    paths: tuple[_Path, ...] = ()
    exclude: bool = False

    def wants(self, path: _Path) -> bool:
        """Tell whether everything at a path is wanted; an ancestor swallows its descendants."""
        named = any(path[: len(p)] == p for p in self.paths)
        return named != self.exclude

    def select(self, tree: Any) -> Any:
        """Return a tree with the wanted paths only; lists are passed through item by item."""
        if not self.paths:
            return tree
        return _without(tree, self.paths) if self.exclude else _only(tree, self.paths)


ALL: Final = Fields()


def parse(text: str) -> Fields:
    """Read the parameter: dotted paths by comma, with a leading ``-`` those to leave out.

    Raises:
        errors.InvalidArgument: it is too long.
    """
    if len(text) > _LIMIT:
        raise errors.InvalidArgument(f"fields is longer than {_LIMIT} characters")
    exclude = text.startswith("-")
    names = [name.strip() for name in text.removeprefix("-").split(",")]
    paths = {tuple(name.split(".")) for name in names if name}
    ancestors = tuple(sorted(p for p in paths if not any(p[:n] in paths for n in range(1, len(p)))))
    return Fields(ancestors, exclude=exclude)


def _below(paths: tuple[_Path, ...], key: str) -> tuple[_Path, ...]:
    return tuple(p[1:] for p in paths if p[0] == key)


def _only(tree: Any, paths: tuple[_Path, ...]) -> Any:
    if isinstance(tree, list):
        return [_only(item, paths) for item in tree]
    if not isinstance(tree, dict):
        return tree
    found = {}
    for key, value in tree.items():
        below = _below(paths, key)
        if below:
            found[key] = value if () in below else _only(value, below)
    return found


def _without(tree: Any, paths: tuple[_Path, ...]) -> Any:
    if isinstance(tree, list):
        return [_without(item, paths) for item in tree]
    if not isinstance(tree, dict):
        return tree
    found = {}
    for key, value in tree.items():
        below = _below(paths, key)
        if () not in below:
            found[key] = _without(value, below) if below else value
    return found


def select_applications(fields: Fields, item: dict[str, Any]) -> dict[str, Any]:
    """Return one item of an Application list, cut down to its selectable paths.

    Args:
        fields: paths rooted at the list (``items.spec.project``).
        item: an Application as JSON.
    """
    if not fields.paths:
        return item
    found: dict[str, Any] = {}
    whole: set[str] = set()
    for path, source in _SELECTABLE.items():
        # A member taken whole holds its parts already.
        if path[0] in whole or not fields.wants(("items", *path)):
            continue
        if fields.exclude and any(p[1 : 1 + len(path)] == path for p in fields.paths):
            continue  # a part of it is unwanted; its other parts have paths of their own
        value = _read(item, source)
        if value is not None:
            _set(found, path, value)
            if len(path) == 1:
                whole.add(path[0])
    return found


def _read(tree: Any, path: _Path) -> Any:
    for key in path:
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree


def _set(tree: dict[str, Any], path: _Path, value: Any) -> None:
    for key in path[:-1]:
        tree = tree.setdefault(key, {})
    tree[path[-1]] = value

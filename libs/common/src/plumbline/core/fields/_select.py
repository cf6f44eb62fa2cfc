"""A selection and what it leaves of a JSON tree."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Final

from plumbline.core import errors

__all__ = ["Selection", "parse", "select"]

_PATHS: Final = 256
_DEPTH: Final = 32

_Tree = Mapping[str, Any]  # name -> subtree; an empty one means "all of it"


@dataclasses.dataclass(frozen=True, slots=True)
class Selection:
    """Paths to keep, or to leave out."""

    paths: frozenset[tuple[str, ...]]
    exclude: bool = False

    def covers(self, path: tuple[str, ...]) -> bool:
        """Tell whether a path, or an ancestor of it, is named."""
        return any(path[:length] in self.paths for length in range(1, len(path) + 1))

    def keeps(self, path: tuple[str, ...]) -> bool:
        """Tell whether all of a path is wanted."""
        return self.covers(path) != self.exclude

    def below(self, first: str) -> "Selection":
        """Return the selection as seen from a member: ``result`` of a stream's ``result.a``."""
        paths = frozenset(p[1:] for p in self.paths if p[0] == first)
        return Selection(paths, self.exclude)


def parse(text: str) -> Selection | None:
    """Read a ``fields`` parameter; none if it selects nothing in particular.

    Args:
        text: paths with commas between; a leading ``-`` makes it a list of what is left out.

    Raises:
        errors.InvalidArgument: too many or too deep paths.
    """
    exclude = text.startswith("-")
    named = [part.strip() for part in text.removeprefix("-").split(",")]
    paths = frozenset(tuple(part.split(".")) for part in named if part)
    if len(paths) > _PATHS or any(len(path) > _DEPTH for path in paths):
        raise errors.InvalidArgument("fields: too many or too deep paths")
    return Selection(paths, exclude) if paths else None


def select(tree: Any, selection: Selection) -> Any:
    """Return a tree with what the selection keeps; lists are passed through.

    The tree is not changed; unchanged parts are shared with it. A path that the tree does not have
    is ignored. An ancestor swallows its descendants: ``a,a.b`` is ``a``.
    """
    # The empty path of a selection seen from a member means the member itself.
    if () in selection.paths:
        return None if selection.exclude else tree
    nested: dict[str, Any] = {}
    for path in sorted(selection.paths, key=len):
        _add(nested, path)
    return _without(tree, nested) if selection.exclude else _only(tree, nested)


def _add(nested: dict[str, Any], path: tuple[str, ...]) -> None:
    node = nested
    for name in path[:-1]:
        if name in node and not node[name]:
            return  # an ancestor is there already
        node = node.setdefault(name, {})
    if path[-1] not in node:
        node[path[-1]] = {}


def _only(tree: Any, nested: _Tree) -> Any:
    if not nested:
        return tree
    if isinstance(tree, list):
        return [_only(item, nested) for item in tree]
    if not isinstance(tree, dict):
        return tree
    return {name: _only(value, nested[name]) for name, value in tree.items() if name in nested}


def _without(tree: Any, nested: _Tree) -> Any:
    if isinstance(tree, list):
        return [_without(item, nested) for item in tree]
    if not isinstance(tree, dict):
        return tree
    return {
        name: _without(value, nested[name]) if name in nested else value
        for name, value in tree.items()
        if name not in nested or nested[name]
    }

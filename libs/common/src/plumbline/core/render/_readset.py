"""The set of Git objects a render reads: files, links, and names that were absent."""

import dataclasses

from plumbline.core import errors
from plumbline.core.render import _tree

__all__ = ["Collector", "ReadSet"]


@dataclasses.dataclass(frozen=True)
class ReadSet:
    """What to materialise, and what the key is made of; paths from the repository's root."""

    files: tuple[tuple[str, _tree.Entry], ...] = ()
    links: tuple[tuple[str, _tree.Entry], ...] = ()
    absent: tuple[str, ...] = ()
    guards: tuple[tuple[str, str], ...] = ()
    """Directories with their object ids ('' if absent): while all are the same, so is the plan."""


class Collector:
    """Gathers a read-set while a source is planned."""

    def __init__(self, tree: _tree.Tree, *, max_files: int) -> None:
        self.tree = tree
        self._max_files = max_files
        self._files: dict[str, _tree.Entry] = {}
        self._links: dict[str, _tree.Entry] = {}
        self._absent: set[str] = set()
        self._guards: set[str] = set()

    def look(self, path: str) -> _tree.Resolution:
        """Resolve a path and remember the links passed, or that the name is absent."""
        found = _tree.resolve(self.tree, path)
        for link, entry in found.links:
            self._links[link] = entry
            self._guards.add(_tree.parent(link))
        self._guards.add(_tree.parent(found.path))
        if found.entry is None:
            self._absent.add(found.path)
        return found

    def add(self, path: str, entry: _tree.Entry) -> None:
        """Remember a file as read.

        Raises:
            errors.ResourceExhausted: a source of too many files.
        """
        self._files[path] = entry
        self._guards.add(_tree.parent(path))
        if len(self._files) > self._max_files:
            raise errors.ResourceExhausted(f"the source reads more than {self._max_files} files")

    def add_link(self, path: str, entry: _tree.Entry) -> None:
        """Remember a link as read."""
        self._links[path] = entry

    def guard(self, directory: str) -> None:
        """Remember that the plan depends on everything in and below a directory."""
        self._guards.add(directory)

    def finish(self) -> ReadSet:
        """Return the read-set, sorted."""
        return ReadSet(
            tuple(sorted(self._files.items())),
            tuple(sorted(self._links.items())),
            tuple(sorted(self._absent)),
            tuple((path, oid_of(self.tree, path)) for path in sorted(self._outermost())),
        )

    def _outermost(self) -> set[str]:
        """A directory's object id covers what lies below it."""
        kept: set[str] = set()
        for path in sorted(self._guards):
            probe = path
            while probe and (probe := _tree.parent(probe)) not in kept and probe:
                pass
            if not (path and probe in kept):
                kept.add(path)
        return kept


def oid_of(tree: _tree.Tree, path: str) -> str:
    """Return a real directory's object id: empty for an absent one; the root has its own."""
    if not path:
        return root_oid(tree)
    entries = tree.children(_tree.parent(path))
    entry = entries.get(path.rpartition("/")[2]) if entries is not None else None
    return entry.oid if entry is not None else ""


def root_oid(tree: _tree.Tree) -> str:
    """Return a value that changes whenever an entry of the root does."""
    entries = tree.children("") or {}
    return ",".join(f"{name}:{entry.oid}" for name, entry in sorted(entries.items()))

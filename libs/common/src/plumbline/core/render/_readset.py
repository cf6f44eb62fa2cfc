"""The set of Git objects a render reads: files, links, and names that were absent."""

import dataclasses

from plumbline.core import errors
from plumbline.core.render import _tree

__all__ = ["Collector", "ReadSet", "stamp"]


@dataclasses.dataclass(frozen=True)
class ReadSet:
    """What to materialise, and what the key is made of; paths from the repository's root."""

    files: tuple[tuple[str, _tree.Entry], ...] = ()
    links: tuple[tuple[str, _tree.Entry], ...] = ()
    absent: tuple[str, ...] = ()
    guards: tuple[tuple[str, str], ...] = ()
    """Paths with their :func:`stamp`: while all are the same, so is the plan."""

    def holds_in(self, tree: _tree.Tree) -> bool:
        """Tell whether planning in this tree would give the same read-set."""
        return all(stamp(tree, path) == before for path, before in self.guards)


class Collector:
    """Gathers a read-set while a source is planned."""

    def __init__(self, tree: _tree.Tree, *, max_files: int) -> None:
        self.tree = tree
        self._max_files = max_files
        self._files: dict[str, _tree.Entry] = {}
        self._links: dict[str, _tree.Entry] = {}
        self._absent: set[str] = set()
        self._seen: set[str] = set()
        self._directories: set[str] = set()

    def look(self, path: str) -> _tree.Resolution:
        """Resolve a path and remember the links passed, or that the name is absent."""
        found = _tree.resolve(self.tree, path)
        for link, entry in found.links:
            self._links[link] = entry
        if found.entry is None:
            self._absent.add(found.path)
        elif found.entry.kind is not _tree.EntryKind.DIRECTORY:
            self._seen.add(found.path)
        return found

    def add(self, path: str, entry: _tree.Entry) -> None:
        """Remember a file as read.

        Raises:
            errors.ResourceExhausted: a source of too many files.
        """
        self._files[path] = entry
        if len(self._files) > self._max_files:
            raise errors.ResourceExhausted(f"the source reads more than {self._max_files} files")

    def add_link(self, path: str, entry: _tree.Entry) -> None:
        """Remember a link as read."""
        self._links[path] = entry

    def guard(self, directory: str) -> None:
        """Remember that the plan depends on everything in and below a directory."""
        self._directories.add(directory)

    def finish(self) -> ReadSet:
        """Return the read-set, sorted."""
        reads = sorted({*self._files, *self._links, *self._absent, *self._seen})
        guards = [path for path in reads if not self._covered(path)]
        guards.extend(sorted(self._directories))
        return ReadSet(
            tuple(sorted(self._files.items())),
            tuple(sorted(self._links.items())),
            tuple(sorted(self._absent)),
            tuple((path, stamp(self.tree, path)) for path in guards),
        )

    def _covered(self, path: str) -> bool:
        """A directory's object id covers what lies below it."""
        return any(not top or path.startswith(f"{top}/") for top in self._directories)


def stamp(tree: _tree.Tree, path: str) -> str:
    """Return what changes when a path does (no links followed): kind and id, empty if absent."""
    if not path:
        entries = tree.children("") or {}
        return ",".join(f"{name}:{entry.oid}" for name, entry in sorted(entries.items()))
    entries = tree.children(_tree.parent(path)) or {}
    entry = entries.get(path.rpartition("/")[2])
    return f"{entry.kind.value}:{entry.oid}" if entry is not None else ""

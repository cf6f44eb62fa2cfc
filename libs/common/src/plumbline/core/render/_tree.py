"""The read-only view of a Git tree that planning needs, and paths inside it.

Implemented by the repo-server over pygit2 and by tests over dicts. Paths are relative to the root
of the repository, without a leading slash; the root is the empty string.
"""

import enum
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, Protocol

from plumbline.core import errors

__all__ = ["Entry", "EntryKind", "Tree", "join", "normalise_path", "parent", "resolve", "walk"]

_MAX_HOPS: Final = 40  # symbolic links followed for one path, as the kernel does
_MAX_LINK: Final = 4096  # bytes of a link's target


class EntryKind(enum.Enum):
    """What a name in a Git tree is."""

    FILE = "file"
    EXECUTABLE = "executable"
    LINK = "link"
    DIRECTORY = "directory"
    """Also a submodule: its object id is the commit that it stands at."""


class Entry(NamedTuple):
    """A name's object id (hexadecimal) and kind."""

    oid: str
    kind: EntryKind

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file."""
        return self.kind in (EntryKind.FILE, EntryKind.EXECUTABLE)


class Tree(Protocol):
    """One commit's tree."""

    def children(self, path: str) -> Mapping[str, Entry] | None:
        """Return the entries of a real directory (no links followed); None if it is none."""
        ...

    def blob(self, oid: str, limit: int) -> bytes:
        """Return a blob's content.

        Raises:
            errors.ResourceExhausted: it is larger than the limit.
        """
        ...


def join(directory: str, name: str) -> str:
    """Join a directory ('' for the root) and a name."""
    return f"{directory}/{name}" if directory else name


def parent(path: str) -> str:
    """Return the directory of a path."""
    return path.rpartition("/")[0]


def walk(tree: Tree) -> Iterator[tuple[str, Entry]]:
    """Yield every file and link of a tree with its path."""
    pending = [""]
    while pending:
        directory = pending.pop()
        for name, entry in (tree.children(directory) or {}).items():
            path = join(directory, name)
            if entry.kind is EntryKind.DIRECTORY:
                pending.append(path)
            else:
                yield path, entry


def normalise_path(path: str, *, base: str = "", shown: str = "") -> str:
    """Return a path relative to the repository's root, lexically.

    Args:
        path: as a user wrote it, relative to ``base``.
        base: a normalised directory.
        shown: how to name the path in a message; the path itself by default.

    Raises:
        errors.InvalidArgument: absolute, leaving the repository, or holding a NUL.
    """
    name = shown or path
    if path.startswith("/"):
        raise errors.InvalidArgument(f"path {name!r} is absolute; it must be relative")
    if "\x00" in path:
        raise errors.InvalidArgument(f"path {name!r} holds a NUL")
    parts = base.split("/") if base else []
    for part in path.split("/"):
        if part in ("", "."):
            continue
        if part == "..":
            if not parts:
                raise errors.InvalidArgument(f"path {name!r} leaves the repository")
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


class Resolution(NamedTuple):
    """Where a path ends: real path, its entry (None: absent), and the links passed."""

    path: str
    entry: Entry | None
    links: tuple[tuple[str, Entry], ...]


def resolve(tree: Tree, path: str) -> Resolution:
    """Follow a normalised path through links that stay inside the tree.

    Raises:
        errors.InvalidArgument: a link is absolute, leaves the repository, or loops.
    """
    todo = [part for part in path.split("/") if part]
    todo.reverse()
    here = ""
    entry: Entry | None = Entry("", EntryKind.DIRECTORY)
    links: list[tuple[str, Entry]] = []
    while todo:
        part = todo.pop()
        if part == "..":
            if not here:
                raise errors.InvalidArgument(
                    f"symbolic link on path {path!r} leaves the repository"
                )
            here = parent(here)
            continue
        entries = tree.children(here)
        entry = entries.get(part) if entries is not None else None
        full = join(here, part)
        if entry is None:
            return Resolution(
                join(full, "/".join(reversed(todo))) if todo else full, None, tuple(links)
            )
        if entry.kind is EntryKind.LINK:
            links.append((full, entry))
            if len(links) > _MAX_HOPS:
                raise errors.InvalidArgument(f"symbolic links on path {path!r} loop")
            target = tree.blob(entry.oid, _MAX_LINK).decode(errors="replace")
            if target.startswith("/") or "\x00" in target:
                raise errors.InvalidArgument(f"symbolic link {full!r} leaves the repository")
            todo.extend(p for p in reversed(target.split("/")) if p not in ("", "."))
            entry = Entry("", EntryKind.DIRECTORY)
            continue
        here = full
    if here == "":
        entry = Entry("", EntryKind.DIRECTORY)
    elif entry is not None and entry.oid == "":
        entries = tree.children(parent(here))
        entry = entries.get(here.rpartition("/")[2]) if entries is not None else None
    return Resolution(here, entry, tuple(links))

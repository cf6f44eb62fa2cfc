"""Write a read-set from Git objects into a fresh directory: never a checkout.

Called by the tools, in a Git thread. Regular files are read-only; a link is written only when it
resolves inside the tree (the read-set holds no other). Every component is opened relative to its
parent without following links, so nothing in the tree can redirect a later write
(security.md, section 7 B).
"""

import contextlib
import os
import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from plumbline.core import errors, render
from plumbline.repo_server.archives import ArchiveTree

__all__ = ["chart", "materialise"]

_DIRECTORY: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_MAX_LINK: Final = 4096


def materialise(
    tree: render.Tree,
    reads: render.ReadSet,
    target: Path,
    *,
    max_bytes: int,
    edits: Mapping[str, bytes] | None = None,
    links: Mapping[str, str] | None = None,
) -> None:
    """Write the files and links of a read-set below an empty directory.

    Args:
        tree: the commit's tree.
        reads: what to write.
        target: exists and is empty.
        max_bytes: of all files together.
        edits: files with a content other than Git's; one may stand in the place of a link.
        links: further links, from their place to a path below the same directory.

    Raises:
        errors.ResourceExhausted: larger than ``max_bytes``.
        errors.InvalidArgument: a path that cannot be written safely.
    """
    root = os.open(target, _DIRECTORY)
    known: dict[str, int] = {"": root}
    budget = max_bytes
    changed = edits or {}
    try:
        # Files first: a link can then never stand in the way of a file's directory.
        for path, content in changed.items():
            _write(known, path, content, 0o444)
        for path, entry in reads.files:
            if path in changed:
                continue
            content = tree.blob(entry.oid, budget)
            budget -= len(content)
            mode = 0o555 if entry.kind is render.EntryKind.EXECUTABLE else 0o444
            _write(known, path, content, mode)
        for path, entry in reads.links:
            if path not in changed:
                _link(known, path, tree.blob(entry.oid, _MAX_LINK))
        for path, place in (links or {}).items():
            _link(known, path, os.path.relpath(place, posixpath.dirname(path) or ".").encode())
    except (OSError, ValueError) as error:
        raise errors.InvalidArgument(f"the tree cannot be written: {error}") from error
    finally:
        for handle in known.values():
            os.close(handle)


def chart(archive: ArchiveTree, use: render.ChartUse, target: Path, *, max_bytes: int) -> None:
    """Write a fetched chart to its place: its files, or the archive itself.

    Raises:
        errors.ResourceExhausted: larger than ``max_bytes``.
        errors.InvalidArgument: something else is at that place.
    """
    if not use.files:
        content = archive.packed(max_bytes)
        materialise(
            archive, render.ReadSet(), target, max_bytes=max_bytes, edits={use.place: content}
        )
        return
    placed = [(f"{use.place}/{path}", entry) for path, entry in use.files]
    reads = render.ReadSet(
        tuple(item for item in placed if item[1].is_file),
        tuple(item for item in placed if not item[1].is_file),
    )
    materialise(archive, reads, target, max_bytes=max_bytes)


def _open(known: dict[str, int], directory: str) -> int:
    """Return a descriptor of a directory below the root, making it if it is absent."""
    if directory not in known:
        above, _, name = directory.rpartition("/")
        if name in ("", ".", ".."):
            raise ValueError(f"refused name in {directory!r}")
        parent = _open(known, above)
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, 0o755, dir_fd=parent)
        known[directory] = os.open(name, _DIRECTORY, dir_fd=parent)
    return known[directory]


def _link(known: dict[str, int], path: str, target: bytes) -> None:
    directory, _, name = path.rpartition("/")
    with contextlib.suppress(FileExistsError):
        os.symlink(target, name, dir_fd=_open(known, directory))


def _write(known: dict[str, int], path: str, content: bytes, mode: int) -> None:
    directory, _, name = path.rpartition("/")
    handle = os.open(name, _CREATE, mode, dir_fd=_open(known, directory))
    with os.fdopen(handle, "wb") as file:
        file.write(content)

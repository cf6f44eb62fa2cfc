"""A commit's tree, read from a mirror's objects: the ``core.render.Tree`` over pygit2."""

from collections.abc import Mapping
from typing import Any, Final

import pygit2

from plumbline.core import errors, render

__all__ = ["CommitTree"]

_KINDS: Final = {
    0o100644: render.EntryKind.FILE,
    0o100664: render.EntryKind.FILE,
    0o100755: render.EntryKind.EXECUTABLE,
    0o120000: render.EntryKind.LINK,
    0o040000: render.EntryKind.DIRECTORY,
    0o160000: render.EntryKind.SUBMODULE,
}
_MAX_NAME: Final = 255
_DOT_GIT: Final = frozenset({".git", "git~1"})
_IGNORABLE: Final = dict.fromkeys(
    (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF)
)
"""Code points that some file systems drop, so that `.g\u200cit` would become `.git`."""


def _check_name(name: str, directory: str) -> None:
    folded = name.translate(_IGNORABLE).rstrip(". ").lower()
    hostile = (
        name in ("", ".", "..")
        or folded in _DOT_GIT
        or len(name.encode(errors="surrogateescape")) > _MAX_NAME
        or any(char in name for char in "/\\\x00")
    )
    if hostile:
        raise errors.InvalidArgument(
            f"the repository holds a refused name {name[:80]!r} in {directory or '/'!r}"
        )


class CommitTree:
    """Reads one commit; for one thread, and for as long as one call lasts."""

    def __init__(self, repository: Any, commit: str) -> None:
        """Open a commit.

        Raises:
            errors.NotFound: the mirror has no such commit.
        """
        self._repository = repository
        try:
            root = repository[commit].peel(pygit2.Tree)
        except (KeyError, ValueError) as error:
            raise errors.NotFound(f"commit {commit[:40]} is not in the repository") from error
        self._oids: dict[str, Any] = {"": root.id}
        self._known: dict[str, Mapping[str, render.Entry] | None] = {}

    def children(self, path: str) -> Mapping[str, render.Entry] | None:
        """Return the entries of a real directory.

        Raises:
            errors.InvalidArgument: it holds a name that no file system should be given.
        """
        if path not in self._known:
            self._known[path] = self._read(path)
        return self._known[path]

    def _read(self, path: str) -> Mapping[str, render.Entry] | None:
        oid = self._oids.get(path)
        if oid is None:
            directory, _, name = path.rpartition("/")
            entry = (self.children(directory) or {}).get(name)
            if entry is None or entry.kind is not render.EntryKind.DIRECTORY:
                return None
            oid = pygit2.Oid(hex=entry.oid)
        found: dict[str, render.Entry] = {}
        for item in self._repository[oid]:
            name = item.name or ""
            _check_name(name, path)
            kind = _KINDS.get(int(item.filemode))
            if kind is None:
                raise errors.InvalidArgument(f"{path}/{name}: unknown mode {item.filemode:o}")
            found[name] = render.Entry(str(item.id), kind)
        return found

    def blob(self, oid: str, limit: int) -> bytes:
        """Return a blob's content; the size is read before the content.

        Raises:
            errors.ResourceExhausted: it is larger than the limit.
        """
        key = pygit2.Oid(hex=oid)
        blob = self._repository[key]
        if blob.size > limit:
            raise errors.ResourceExhausted(f"a file of {blob.size} bytes exceeds {limit} bytes")
        return bytes(blob.data)

"""A Git tree as a dict, for tests of what reads one."""

import hashlib
from collections.abc import Mapping

from plumbline.core import errors
from plumbline.core.render import Entry, EntryKind

__all__ = ["MemoryTree"]

_KINDS = {
    "file": EntryKind.FILE,
    "link": EntryKind.LINK,
}


class MemoryTree:
    """Files by path; values are texts, or a kind ("link") with its text."""

    def __init__(self, files: Mapping[str, str | tuple[str, str]]) -> None:
        self._blobs: dict[str, bytes] = {}
        self._directories: dict[str, dict[str, Entry]] = {"": {}}
        for path, value in files.items():
            kind, text = value if isinstance(value, tuple) else ("file", value)
            oid = hashlib.sha256(text.encode()).hexdigest()[:40]
            self._blobs[oid] = text.encode()
            self._put(path, Entry(oid, _KINDS[kind]))

    def _put(self, path: str, entry: Entry) -> None:
        directory, _, name = path.rpartition("/")
        if directory not in self._directories:
            self._directories[directory] = {}
            self._put(directory, Entry("", EntryKind.DIRECTORY))
        self._directories[directory][name] = entry

    def _digest(self, path: str) -> str:
        text = ""
        for name, entry in sorted(self._directories[path].items()):
            full = f"{path}/{name}" if path else name
            is_directory = entry.kind is EntryKind.DIRECTORY
            text += f"{name}:{self._digest(full) if is_directory else entry.oid}:{entry.kind};"
        return hashlib.sha256(text.encode()).hexdigest()[:40]

    def children(self, path: str) -> Mapping[str, Entry] | None:
        """Return the entries of a directory, None if it is none."""
        found = self._directories.get(path)
        if found is None:
            return None
        return {
            name: entry._replace(oid=self._digest(f"{path}/{name}" if path else name))
            if entry.kind is EntryKind.DIRECTORY
            else entry
            for name, entry in found.items()
        }

    def blob(self, oid: str, limit: int) -> bytes:
        """Return a file's content.

        Raises:
            errors.ResourceExhausted: it is larger than the limit.
        """
        content = self._blobs[oid]
        if len(content) > limit:
            raise errors.ResourceExhausted("too large")
        return content

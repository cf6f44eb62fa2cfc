"""A commit's tree whose encrypted files read as what they hold.

Given by the renderer to everything that reads for one render: the materialised tree, a directory's
manifests, a plugin's archive.
"""

import base64
from collections.abc import Iterable, Mapping
from typing import Final

from plumbline.core import errors, render
from plumbline.core.secret import MASK
from plumbline.repo_server.sops import document
from plumbline.repo_server.sops.keys import Keyring
from plumbline.repo_server.tools import SourceTree

__all__ = ["Decryption", "View"]

_SHORTEST: Final = 4  # characters of a text that errors must not show
_PREFIX: Final = 12  # characters by which a cut text is still known
_MAX_VALUES: Final = 20_000


class Decryption:
    """What one render decrypts: with which keys, and what came of it."""

    def __init__(self, keys: Keyring, *, refused: str = "") -> None:
        """Decrypt nothing yet.

        Args:
            keys: of the project.
            refused: why nothing may be decrypted.
        """
        self._keys = keys
        self._refused = refused
        self.values: set[str] = set()
        """Every text of the files that were decrypted."""

    def content(self, content: bytes, path: str, *, needed: bool) -> bytes:
        """Return what a file holds; itself if it is not encrypted.

        Args:
            content: as it is in Git.
            path: of the file.
            needed: whether the render is known to read it. Another may be encrypted for others,
                and stays as it is then.

        Raises:
            errors.PlumblineError: it is encrypted and cannot be opened.
        """
        if not document.may_be_encrypted(content):
            return content
        try:
            found = self._opened(content, path)
        except errors.PlumblineError:
            if needed:
                raise
            return content
        if found is None:
            return content
        made, values = found
        self.values.update(values)
        self.values.add(made.decode("utf-8", errors="replace"))
        if len(self.values) > _MAX_VALUES:
            raise errors.ResourceExhausted(f"more than {_MAX_VALUES} values in encrypted files")
        return made

    def _opened(self, content: bytes, path: str) -> tuple[bytes, list[str]] | None:
        if self._refused:
            raise errors.FailedPrecondition(f"{path}: {self._refused}")
        return document.decrypted(content, path, self._keys)

    def scrubbed(self, text: str) -> str:
        """Return an error's text without anything that was decrypted."""
        for value in sorted(self._shown(), key=len, reverse=True):
            text = text.replace(value, MASK)
            text = _without_beginnings(text, value)
        return text

    def _shown(self) -> Iterable[str]:
        for value in self.values:
            for line in {value, *value.splitlines()}:
                plain = line.strip()
                if len(plain) >= _SHORTEST:
                    yield plain
                    yield base64.b64encode(plain.encode()).decode()


def _without_beginnings(text: str, value: str) -> str:
    """Mask what is left of a text that a tool cut short."""
    if len(value) <= _PREFIX:
        return text
    start = text.find(value[:_PREFIX])
    while start >= 0:
        end = start
        while end < len(text) and end - start < len(value) and text[end] == value[end - start]:
            end += 1
        text = f"{text[:start]}{MASK}{text[end:]}"
        start = text.find(value[:_PREFIX], start + len(MASK))
    return text


class View:
    """``SourceTree`` over another."""

    def __init__(
        self, tree: SourceTree, reads: render.ReadSet, decryption: Decryption, *, exact: bool
    ) -> None:
        """Show a tree.

        Args:
            tree: as it is in Git.
            reads: what the render is planned to read.
            decryption: collects what is decrypted.
            exact: whether it reads all of that, and not perhaps a part.
        """
        self._tree = tree
        self._names = {entry.oid: path for path, entry in reads.files}
        self._needed = frozenset(self._names) if exact else frozenset()
        self._decryption = decryption

    def children(self, path: str) -> Mapping[str, render.Entry] | None:
        """Return the entries of a real directory; None if it is none."""
        found = self._tree.children(path)
        for name, entry in (found or {}).items():
            if entry.is_file:
                self._names.setdefault(entry.oid, f"{path}/{name}" if path else name)
        return found

    def prepare(self, files: Iterable[tuple[str, render.Entry]]) -> None:
        """See that the contents of files can be read without reading the directories above them."""
        self._tree.prepare(files)

    def blob(self, oid: str, limit: int) -> bytes:
        """Return a blob's content, decrypted.

        Raises:
            errors.ResourceExhausted: it is larger than the limit.
            errors.PlumblineError: it is encrypted and cannot be opened.
        """
        content = self._tree.blob(oid, limit)
        return self._decryption.content(
            content, self._names.get(oid, ""), needed=oid in self._needed
        )

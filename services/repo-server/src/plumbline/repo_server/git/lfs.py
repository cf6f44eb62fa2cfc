"""Git LFS on our side: what a pointer says, and the contents that were fetched.

Asked by the trees; filled by :mod:`lfs_client`. A content is kept under its SHA-256, beside the
mirror of the repository and credential that it was fetched with, and is never used unverified.
"""

import hashlib
import os
import re
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Final, NamedTuple, Self

from plumbline.core import errors
from plumbline.repo_server.git.repository import Repository

__all__ = ["MAX_POINTER", "Contents", "MissingContents", "Pointer", "Writer", "parse_pointer"]

MAX_POINTER: Final = 1024  # bytes; the specification's limit
_VERSION: Final = b"version https://git-lfs.github.com/spec/v1\n"
_OID: Final = re.compile(rb"^oid sha256:([0-9a-f]{64})$", re.MULTILINE)
_SIZE: Final = re.compile(rb"^size (\d{1,15})$", re.MULTILINE)


class Pointer(NamedTuple):
    """The content that a file stands for."""

    oid: str
    """SHA-256, hexadecimal."""
    size: int


class MissingContents(Exception):
    """Contents that a tree needs are not here yet; the work is done again once they are."""

    def __init__(self, repository: Repository, pointers: Iterable[Pointer]) -> None:
        """Say which, and of which repository."""
        super().__init__("contents of Git LFS are not here")
        self.repository = repository
        self.pointers = tuple(pointers)


def parse_pointer(content: bytes) -> Pointer | None:
    """Return what a file points to, or ``None`` if it is a file like any other.

    By the specification of Git LFS, version 1: the version first, then keys in order.
    """
    if not content.startswith(_VERSION) or len(content) > MAX_POINTER:
        return None
    oid, size = _OID.search(content), _SIZE.search(content)
    if oid is None or size is None:
        return None
    return Pointer(oid[1].decode(), int(size[1]))


class Contents:
    """The contents of one repository as opened by one credential."""

    def __init__(self, directory: Path) -> None:
        """Use a directory, which need not be there."""
        self._directory = directory

    def _path(self, pointer: Pointer) -> Path:
        return self._directory / pointer.oid[:2] / pointer.oid

    def has(self, pointer: Pointer) -> bool:
        """Tell whether a content is here."""
        return not pointer.size or self._path(pointer).exists()

    def read(self, pointer: Pointer) -> bytes | None:
        """Return a content, or ``None`` if it is not here, or not what it was."""
        if not pointer.size:
            return b""
        try:
            content = self._path(pointer).read_bytes()
        except FileNotFoundError:
            return None
        if len(content) == pointer.size and hashlib.sha256(content).hexdigest() == pointer.oid:
            return content
        self._path(pointer).unlink(missing_ok=True)
        return None

    def writer(self, pointer: Pointer) -> "Writer":
        """Return what takes a content piece by piece."""
        return Writer(self._path(pointer), pointer)


class Writer:
    """Writes one content; it is there only if size and digest are the pointer's."""

    def __init__(self, path: Path, pointer: Pointer) -> None:
        self._path = path
        self._pointer = pointer
        self._hash = hashlib.sha256()
        self._size = 0
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._fresh = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
        handle = os.open(self._fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file: IO[bytes] = os.fdopen(handle, "wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._fresh.unlink(missing_ok=True)

    def write(self, piece: bytes) -> None:
        """Take the next piece.

        Raises:
            errors.FailedPrecondition: more than the pointer says.
        """
        self._size += len(piece)
        if self._size > self._pointer.size:
            raise errors.FailedPrecondition(
                f"Git LFS: object {self._pointer.oid} is larger than its pointer says"
            )
        self._hash.update(piece)
        self._file.write(piece)

    def finish(self) -> None:
        """Put the content in its place.

        Raises:
            errors.FailedPrecondition: it is not what the pointer says.
        """
        self._file.close()
        if self._size != self._pointer.size or self._hash.hexdigest() != self._pointer.oid:
            raise errors.FailedPrecondition(
                f"Git LFS: object {self._pointer.oid} is not what its pointer says"
            )
        self._fresh.replace(self._path)

"""The archive that carries a tree to a plugin: written from Git objects, unpacked without trust.

``write`` is called by the client, in a Git thread; ``unpack`` by the server, in a thread of its
own. What arrives is held to the rules of security.md (1a, CVE-2023-40584): bounded in number and in
bytes after unpacking, regular files, directories and links that stay inside, nothing else; every
component is opened relative to its parent without following links.
"""

import contextlib
import gzip
import hashlib
import io
import os
import posixpath
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, NamedTuple

from plumbline.core import errors, render
from plumbline.repo_server.tools import SourceTree

__all__ = ["Archive", "unpack", "write"]

_LEVEL: Final = 1  # speed: the archive travels over a Unix socket
_MAX_LINK: Final = 4096
_MAX_ENTRIES: Final = 100_000
_MAX_NAME: Final = 4096
_CHUNK: Final = 256 * 1024
_GZIP: Final = b"\x1f\x8b"
_DIRECTORY: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Archive(NamedTuple):
    """A compressed tar file."""

    path: Path
    size: int
    checksum: str
    """SHA-256, hexadecimal."""


def write(
    tree: SourceTree, reads: render.ReadSet, root: str, path: Path, *, max_bytes: int
) -> Archive:
    """Write files and links of a read-set, named from a directory of the repository.

    Raises:
        errors.ResourceExhausted: the files are larger than ``max_bytes``.
    """
    # All that is needed is here before anything is written: work on trees may be done again.
    tree.prepare((*reads.files, *reads.links))
    budget = max_bytes
    start = len(root) + 1 if root else 0
    with (
        path.open("xb") as raw,
        gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar,
    ):
        for name, entry in reads.files:
            content = tree.blob(entry.oid, budget)
            budget -= len(content)
            info = tarfile.TarInfo(name[start:])
            info.size = len(content)
            executable = entry.kind is render.EntryKind.EXECUTABLE
            info.mode = 0o755 if executable else 0o644
            tar.addfile(info, io.BytesIO(content))
        for name, entry in reads.links:
            if root and not name.startswith(f"{root}/"):
                continue  # passed on the way to the source's directory
            info = tarfile.TarInfo(name[start:])
            info.type = tarfile.SYMTYPE
            info.linkname = os.fsdecode(tree.blob(entry.oid, _MAX_LINK))
            tar.addfile(info)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Archive(path, path.stat().st_size, digest)


def unpack(path: Path, target: Path, *, max_bytes: int, keep_mode: bool) -> None:
    """Unpack an archive below an empty directory.

    Args:
        path: a tar file, compressed or not.
        target: exists and is empty.
        max_bytes: of all files together.
        keep_mode: whether files that are executable in the archive become so.

    Raises:
        errors.InvalidArgument: not an archive, or an entry that may not be.
        errors.ResourceExhausted: too many entries, or too large.
    """
    known: dict[str, int] = {"": os.open(target, _DIRECTORY)}
    links: list[tuple[str, str]] = []
    try:
        with _stream(path) as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
            for name, info in _entries(tar, max_bytes):
                if info.isdir():
                    _open(known, name)
                elif info.issym():
                    links.append((name, info.linkname))
                else:
                    mode = 0o755 if keep_mode and info.mode & 0o111 else 0o644
                    _copy(known, name, tar.extractfile(info), mode)
        for name, goal in links:
            directory, _, base = name.rpartition("/")
            os.symlink(goal, base, dir_fd=_open(known, directory))
    except (tarfile.TarError, OSError, ValueError, EOFError, zlib.error) as error:
        raise errors.InvalidArgument(f"the archive cannot be unpacked: {error}") from error
    finally:
        for handle in known.values():
            os.close(handle)
    _check_links(target, [name for name, _ in links])


@contextlib.contextmanager
def _stream(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as raw:
        packed = raw.read(2) == _GZIP
        raw.seek(0)
        if not packed:
            yield raw
            return
        with gzip.GzipFile(fileobj=raw, mode="rb") as stream:
            yield stream  # type: ignore[misc]  # a binary reader


def _entries(tar: tarfile.TarFile, max_bytes: int) -> Iterator[tuple[str, tarfile.TarInfo]]:
    budget = max_bytes
    for number, info in enumerate(tar, 1):
        if number > _MAX_ENTRIES:
            raise errors.ResourceExhausted(f"the archive has more than {_MAX_ENTRIES} entries")
        name = _safe(info.name)
        if not name and info.isdir():
            continue
        if not name or not (info.isreg() or info.isdir() or info.issym()) or info.issparse():
            raise errors.InvalidArgument(
                f"the archive holds {info.name[:80]!r}, which is no file, directory or link"
            )
        if info.issym():
            _safe_link(name, info.linkname)
        budget -= info.size
        if budget < 0:
            raise errors.ResourceExhausted(f"the archive unpacks to more than {max_bytes} bytes")
        yield name, info


def _safe(name: str) -> str:
    """Return a name relative to the root.

    Raises:
        errors.InvalidArgument: absolute, leaving the root, or beyond all reason.
    """
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or "\x00" in name or len(name) > _MAX_NAME:
        raise errors.InvalidArgument(f"the archive holds a refused name {name[:80]!r}")
    return "/".join(parts)


def _safe_link(name: str, goal: str) -> None:
    end = posixpath.normpath(posixpath.join(posixpath.dirname(name), goal))
    absolute = goal.startswith("/") or "\x00" in goal or not goal
    if absolute or end == ".." or end.startswith("../"):
        raise errors.InvalidArgument(f"the archive holds a link {name[:80]!r} that leaves it")


def _check_links(target: Path, names: list[str]) -> None:
    """A link through another link may leave although neither does by its own text."""
    root = os.path.realpath(target)
    for name in names:
        end = os.path.realpath(os.path.join(root, name))  # noqa: PTH118 -- realpath takes text
        if end != root and not end.startswith(f"{root}/"):
            raise errors.InvalidArgument(f"the archive holds a link {name[:80]!r} that leaves it")


def _open(known: dict[str, int], directory: str) -> int:
    if directory not in known:
        above, _, name = directory.rpartition("/")
        parent = _open(known, above)
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, 0o755, dir_fd=parent)
        known[directory] = os.open(name, _DIRECTORY, dir_fd=parent)
    return known[directory]


def _copy(known: dict[str, int], name: str, source: IO[bytes] | None, mode: int) -> None:
    if source is None:
        raise ValueError(f"{name[:80]!r} has no content")
    directory, _, base = name.rpartition("/")
    handle = os.open(base, _CREATE, mode, dir_fd=_open(known, directory))
    with os.fdopen(handle, "wb") as file:
        while chunk := source.read(_CHUNK):
            file.write(chunk)

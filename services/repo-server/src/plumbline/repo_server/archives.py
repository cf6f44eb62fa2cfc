"""Archives of charts and artifacts, kept by the digest of their bytes.

Used by ``charts``, which fetches, and by the renderer, which reads. An archive is never unpacked
under names of its own: the contents of its files lie one after the other in one file of ours, with
an index beside it, so no name in an archive can become a path (security.md, sections 1a and 7 B).
What is read of it is a ``core.render.Tree``, like a commit.
"""

import contextlib
import dataclasses
import hashlib
import os
import tarfile
import tempfile
import threading
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Final

import msgspec

from plumbline.core import errors, render
from plumbline.repo_server.web import Sink

__all__ = ["ArchiveTree", "Archives", "Download", "Limits"]

_HEADER: Final = 64 * 1024  # bytes of one extended header, which is read into memory
_HEADERS_TOTAL: Final = 16 * 1024 * 1024
_MAX_DEPTH: Final = 64  # directories inside of one another
_MAX_NAME: Final = 255  # bytes
_MAX_PATH: Final = 4096
_MAX_LINK: Final = 4096
_CHUNK: Final = 256 * 1024
_RATIO: Final = 200  # unpacked to packed, once more than the floor came out
_RATIO_FLOOR: Final = 64 * 1024 * 1024
_KEPT: Final = 2 * 1024**3  # bytes of all archives and what is in them; charts and artifacts each
_LOADED: Final = 512  # trees remembered
_HEADERS: Final = frozenset({tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, b"L", b"K"})
_PLAIN: Final = frozenset({tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE})
_GZIP: Final = b"\x1f\x8b"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds of one archive."""

    packed: int = 256 * 1024 * 1024
    """Bytes as they are fetched."""
    unpacked: int = 1024**3
    """Bytes of all files; 0: as many as the disk takes (the contract lets it be switched off)."""
    entries: int = 20_000


class _File(msgspec.Struct, frozen=True, array_like=True):
    path: str
    kind: str
    oid: str
    offset: int
    size: int


class Download(Sink):
    """An archive on its way in: a file without a name of its own, and the digest so far."""

    def __init__(self, folder: Path) -> None:
        """Begin in a directory on the store's disk."""
        handle, name = tempfile.mkstemp(dir=folder, prefix="incoming-")
        self.path = Path(name)
        self._file = os.fdopen(handle, "wb")
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, piece: bytes) -> None:
        """Take a piece."""
        self._file.write(piece)
        self._hash.update(piece)
        self.size += len(piece)

    def restart(self) -> None:
        """Forget what came."""
        self._file.seek(0)
        self._file.truncate()
        self._hash = hashlib.sha256()
        self.size = 0

    def finish(self) -> str:
        """Close the file; return its SHA-256."""
        self._file.close()
        return self._hash.hexdigest()

    def discard(self) -> None:
        """Remove the file, if it was not kept."""
        self._file.close()
        self.path.unlink(missing_ok=True)


class ArchiveTree:
    """The files of an archive; safe for several threads."""

    def __init__(self, files: list[_File], content: Path, packed: Path, digest: str) -> None:
        """Use :meth:`Archives.tree`."""
        self._content = content
        self._packed = packed
        self.digest = digest
        """SHA-256 of the archive."""
        self._places = {file.oid: file for file in files}
        self._children: dict[str, dict[str, render.Entry]] = {"": {}}
        for file in files:
            directory, _, name = file.path.rpartition("/")
            kind = render.EntryKind(file.kind)
            self._directory(directory)[name] = render.Entry(file.oid, kind)
        for name, entries in self._children.items():
            text = "\n".join(f"{n} {e.kind.value} {e.oid}" for n, e in sorted(entries.items()))
            self._stamp(name, hashlib.sha256(f"{digest}\n{name}\n{text}".encode()).hexdigest())

    def _directory(self, path: str) -> dict[str, render.Entry]:
        if path not in self._children:
            above, _, name = path.rpartition("/")
            self._children[path] = {}
            self._directory(above)[name] = render.Entry("", render.EntryKind.DIRECTORY)
        return self._children[path]

    def _stamp(self, path: str, oid: str) -> None:
        """Give a directory an id, which the reuse of plans rests on."""
        if path:
            above, _, name = path.rpartition("/")
            self._children[above][name] = render.Entry(oid, render.EntryKind.DIRECTORY)

    def children(self, path: str) -> Mapping[str, render.Entry] | None:
        """Return the entries of a directory."""
        return self._children.get(path)

    def prepare(self, _: Iterable[tuple[str, render.Entry]]) -> None:
        """Nothing to do: an archive is here whole."""

    def blob(self, oid: str, limit: int) -> bytes:
        """Return a file's content.

        Raises:
            errors.ResourceExhausted: it is larger than the limit.
            errors.Unavailable: the store lost it.
        """
        place = self._places.get(oid)
        if place is None:
            raise errors.NotFound("the archive holds no such file")
        if place.size > limit:
            raise errors.ResourceExhausted(f"a file of {place.size} bytes exceeds {limit} bytes")
        try:
            with self._content.open("rb") as file:
                file.seek(place.offset)
                content = file.read(place.size)
        except OSError as error:
            raise errors.Unavailable("an archive was removed; ask again") from error
        if len(content) != place.size:
            raise errors.Unavailable("an archive is damaged; ask again")
        return content

    def packed(self, limit: int) -> bytes:
        """Return the archive as it was fetched.

        Raises:
            errors.ResourceExhausted: it is larger than the limit.
            errors.Unavailable: the store lost it.
        """
        try:
            if self._packed.stat().st_size > limit:
                raise errors.ResourceExhausted(f"an archive exceeds {limit} bytes")
            return self._packed.read_bytes()
        except OSError as error:
            raise errors.Unavailable("an archive was removed; ask again") from error


class Archives:
    """The store: one directory, bounded; whatever is in it can be fetched again."""

    def __init__(self, folder: Path, limits: Limits, *, capacity: int = _KEPT) -> None:
        """Open a store.

        Args:
            folder: made if absent.
            limits: bounds of one archive.
            capacity: bytes kept.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = folder
        self.limits = limits
        self._capacity = capacity
        self._lock = threading.Lock()
        self._loaded: dict[tuple[str, bool], ArchiveTree] = {}
        for left in folder.glob("incoming-*"):
            left.unlink(missing_ok=True)

    def tree(self, digest: str, *, strip: bool) -> ArchiveTree | None:
        """Return the files of an archive; None if it is not here.

        Args:
            digest: SHA-256 of the archive.
            strip: whether its one top directory is left out, as for charts.
        """
        index, content, packed = self._paths(digest, strip=strip)
        with self._lock:
            known = self._loaded.get((digest, strip))
        try:
            os.utime(index)
            if known is None:
                files = msgspec.msgpack.decode(index.read_bytes(), type=list[_File])
                if not (content.is_file() and packed.is_file()):
                    return None
                known = ArchiveTree(files, content, packed, digest)
        except (OSError, msgspec.DecodeError):
            with self._lock:
                self._loaded.pop((digest, strip), None)
            return None
        with self._lock:
            self._loaded[digest, strip] = known
            while len(self._loaded) > _LOADED:
                del self._loaded[next(iter(self._loaded))]
        return known

    def keep(self, download: Download, *, strip: bool, name: str) -> ArchiveTree:
        """Read a fetched archive and keep it under its digest.

        Args:
            download: finished.
            strip: as in :meth:`tree`.
            name: how messages call it.

        Raises:
            errors.InvalidArgument: it is no archive, or holds what is refused; named.
            errors.ResourceExhausted: a limit was hit.
        """
        digest = download.finish()
        index, content, packed = self._paths(digest, strip=strip)
        handle, scratch = tempfile.mkstemp(dir=self.folder, prefix="incoming-")
        try:
            with os.fdopen(handle, "wb") as file:
                files = _unpack(download.path, file, self.limits, strip=strip, name=name)
            Path(scratch).replace(content)
            download.path.replace(packed)
            # The index comes last: what it names is complete.
            handle, scratch = tempfile.mkstemp(dir=self.folder, prefix="incoming-")
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.msgpack.encode(files))
            Path(scratch).replace(index)
        finally:
            Path(scratch).unlink(missing_ok=True)
        self._evict(digest)
        found = self.tree(digest, strip=strip)
        if found is None:
            raise errors.Unavailable(f"{name}: the archive could not be kept")
        return found

    def _paths(self, digest: str, *, strip: bool) -> tuple[Path, Path, Path]:
        base = f"{digest}.{'chart' if strip else 'files'}"
        return (
            self.folder / f"{base}.index",
            self.folder / f"{base}.content",
            self.folder / f"{digest}.packed",
        )

    def _evict(self, spared: str) -> None:
        """Remove the archives that were not used for longest, while there is too much."""
        groups: dict[str, list[os.DirEntry[str]]] = {}
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if not entry.name.startswith("incoming-"):
                    groups.setdefault(entry.name.partition(".")[0], []).append(entry)
        sized: list[tuple[float, int, str]] = []
        for digest, members in groups.items():
            with contextlib.suppress(FileNotFoundError):
                stats = [member.stat() for member in members]
                sized.append(
                    (max(s.st_mtime for s in stats), sum(s.st_size for s in stats), digest)
                )
        total = sum(size for _, size, _ in sized)
        for _, size, digest in sorted(sized):
            if total <= self._capacity:
                return
            if digest != spared:
                total -= size
                for member in sorted(groups[digest], key=lambda m: not m.name.endswith(".index")):
                    Path(member.path).unlink(missing_ok=True)


class _Member(tarfile.TarInfo):
    """A header, judged before anything it announces is read."""

    extended = 0
    """Bytes of extended headers so far; each archive has a class of its own."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Member":
        found = super().frombuf(buf, encoding, errors)
        if found.type in _HEADERS:
            cls.extended += found.size
            if found.size > _HEADER or cls.extended > _HEADERS_TOTAL:
                raise _Refused(f"extended headers of {cls.extended} bytes")
        if found.type == tarfile.GNUTYPE_SPARSE:
            raise _Refused("a sparse file")
        if found.size < 0:
            raise _Refused("a file of negative size")
        return found


class _Refused(Exception):
    """Why an archive is refused; not tarfile's own error, which it would take for its end."""


class _Plain:
    """The bytes of an archive, unpacked as they are asked for, and counted."""

    def __init__(self, file: IO[bytes], packed: int, limits: Limits) -> None:
        self._file = file
        self._packed = max(1, packed)
        self._limit = limits.unpacked
        self._slack = limits.entries * 2048 + _HEADER
        start = file.read(2)
        file.seek(0)
        self._inflate = zlib.decompressobj(wbits=31) if start == _GZIP else None
        self._rest = b""
        self._seen = 0

    def read(self, size: int) -> bytes:
        """Return up to this many bytes; fewer only at the end."""
        parts: list[bytes] = []
        wanted = size
        while wanted:
            piece = self._file.read(wanted) if self._inflate is None else self._inflated(wanted)
            if not piece:
                break
            parts.append(piece)
            wanted -= len(piece)
        found = b"".join(parts)
        self._count(len(found))
        return found

    def _inflated(self, size: int) -> bytes:
        while self._inflate is not None:
            if self._inflate.eof:
                # gzip members may follow one another.
                left = self._inflate.unused_data or self._file.read(_CHUNK)
                if left[:2] != _GZIP:
                    return b""
                self._inflate = zlib.decompressobj(wbits=31)
                self._rest = left
            data = self._rest or self._file.read(_CHUNK)
            if not data:
                raise _Refused("it ends too early")
            piece = self._inflate.decompress(data, size)
            self._rest = self._inflate.unconsumed_tail
            if piece:
                return piece
        return b""

    def _count(self, size: int) -> None:
        self._seen += size
        if self._limit and self._seen > self._limit + self._slack:
            raise errors.ResourceExhausted(f"it unpacks to more than {self._limit} bytes")
        if self._seen > _RATIO_FLOOR and self._seen > self._packed * _RATIO:
            raise errors.ResourceExhausted(f"it unpacks to more than {_RATIO} times its size")


def _unpack(path: Path, into: IO[bytes], limits: Limits, *, strip: bool, name: str) -> list[_File]:
    try:
        with path.open("rb") as file:
            plain = _Plain(file, path.stat().st_size, limits)
            return _Reader(into, limits, strip=strip).read(plain)
    except _Refused as error:
        raise errors.InvalidArgument(f"{name}: archive refused: {error}") from None
    except errors.ResourceExhausted as error:
        # Asking again cannot help.
        raise errors.InvalidArgument(f"{name}: archive refused: {error.message}") from None
    except (
        tarfile.TarError, zlib.error, EOFError, ValueError, OverflowError, RecursionError,
    ) as error:  # fmt: skip
        raise errors.InvalidArgument(f"{name}: no readable tar archive") from error


class _Reader:
    def __init__(self, into: IO[bytes], limits: Limits, *, strip: bool) -> None:
        self._into = into
        self._limits = limits
        self._strip = strip
        self._files: dict[str, _File] = {}
        self._directories: set[str] = {""}
        self._contents: dict[str, tuple[int, int]] = {}
        self._offset = 0
        self._total = 0
        self._top = ""

    def read(self, plain: _Plain) -> list[_File]:
        # The protocol asks for a file object; a stream is only read from.
        counted = type("_Counted", (_Member,), {})
        with tarfile.open(fileobj=plain, mode="r|", tarinfo=counted) as archive:  # type: ignore[call-overload]
            count = 0
            while (member := archive.next()) is not None:
                count += 1
                if count > self._limits.entries:
                    raise _Refused(f"more than {self._limits.entries} entries")
                self._take(archive, member)
                archive.members.clear()  # each keeps all of its headers
        # To its end, where gzip keeps its checksum.
        while plain.read(_CHUNK):
            pass
        if self._strip and not self._top:
            raise _Refused("it is empty")
        return list(self._files.values())

    def _take(self, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        path = self._path(member.name)
        if member.isdir():
            self._mark(path, member.name)
            return
        if path == "":
            raise _Refused(f"{member.name[:200]!r} lies outside of the chart's directory")
        if path in self._files or path in self._directories:
            raise _Refused(f"{member.name[:200]!r} comes twice")
        self._mark(path.rpartition("/")[0], member.name)
        if member.issym():
            self._add(path, render.EntryKind.LINK, self._link(path, member))
        elif member.type in _PLAIN and not member.issparse():
            self._file(archive, member, path)
        else:
            raise _Refused(f"{member.name[:200]!r} is neither file, directory nor symbolic link")

    def _mark(self, directory: str, shown: str) -> None:
        """Remember a directory and those above it."""
        while directory not in self._directories:
            if directory in self._files:
                raise _Refused(f"{shown[:200]!r} lies below a file")
            self._directories.add(directory)
            if len(self._directories) > self._limits.entries:
                raise _Refused(f"more than {self._limits.entries} directories")
            directory = directory.rpartition("/")[0]

    def _path(self, name: str) -> str:
        """Return where an entry is, without the top directory of a chart."""
        if name.startswith("/") or "\\" in name or len(name) > _MAX_PATH:
            raise _Refused(f"the name {name[:200]!r} is absolute, too long or holds a backslash")
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if len(parts) > _MAX_DEPTH:
            raise _Refused(f"the name {name[:200]!r} is deeper than {_MAX_DEPTH} directories")
        for part in parts:
            if part == ".." or not part.isprintable() or len(part.encode()) > _MAX_NAME:
                raise _Refused(f"the name {name[:200]!r} leads out of it, or is none")
        if not self._strip:
            return "/".join(parts)
        if not parts:
            return ""
        if self._top and parts[0] != self._top:
            raise _Refused(f"{name[:200]!r} lies outside of {self._top[:200]!r}")
        self._top = parts[0]
        return "/".join(parts[1:])

    def _link(self, path: str, member: tarfile.TarInfo) -> bytes:
        target = member.linkname
        if not target or target.startswith("/") or len(target) > _MAX_LINK or "\0" in target:
            raise _Refused(f"symbolic link {member.name[:200]!r} leads out of it")
        depth = path.count("/")
        for part in target.split("/"):
            depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
            if depth < 0:
                raise _Refused(f"symbolic link {member.name[:200]!r} leads out of it")
        return target.encode(errors="surrogateescape")

    def _file(self, archive: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> None:
        source = archive.extractfile(member)
        if source is None:
            raise _Refused(f"{member.name[:200]!r} has no content")
        digest = hashlib.sha256()
        start, size = self._offset, 0
        while piece := source.read(_CHUNK):
            digest.update(piece)
            size += len(piece)
            self._charge(len(piece))
            self._into.write(piece)
        if size != member.size:
            raise _Refused("it ends too early")
        self._offset += size
        kind = render.EntryKind.EXECUTABLE if member.mode & 0o100 else render.EntryKind.FILE
        self._files[path] = self._entry(path, kind, digest.hexdigest(), start, size)

    def _add(self, path: str, kind: render.EntryKind, content: bytes) -> None:
        start = self._offset
        self._into.write(content)
        self._offset += len(content)
        # A link and a file of the same text are two objects.
        oid = hashlib.sha256(b"link\0" + content).hexdigest()
        self._files[path] = self._entry(path, kind, oid, start, len(content))

    def _entry(self, path: str, kind: render.EntryKind, oid: str, start: int, size: int) -> _File:
        start, size = self._contents.setdefault(oid, (start, size))
        return _File(path, kind.value, oid, start, size)

    def _charge(self, size: int) -> None:
        self._total += size
        if self._limits.unpacked and self._total > self._limits.unpacked:
            raise errors.ResourceExhausted(f"it unpacks to more than {self._limits.unpacked} bytes")

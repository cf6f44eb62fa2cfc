"""A Helm repository over HTTP: its index, kept while it has not changed, and its archives.

Used by ``charts``. The index is streamed to a file, bounded, and read in the sandbox; a server that
sends an ETag or a date is asked only whether it changed. An archive may lie on another host: the
credential goes there only if the Application says so (security.md, CVE-2021-32690).
"""

import asyncio
import dataclasses
import email.utils
import time
import zlib
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from plumbline.core import errors
from plumbline.repo_server.archives import Download
from plumbline.repo_server.helm.index import Index, IndexReader, Version
from plumbline.repo_server.locks import Locks
from plumbline.repo_server.remote import Remote, join, origin
from plumbline.repo_server.web import Ask, Web, refused, shown

__all__ = ["HelmRepositories"]

_CAPACITY: Final = 128  # indexes remembered
_MAX_WEIGHT: Final = 256 * 1024 * 1024  # bytes of all of them, about
_CHUNK: Final = 1024 * 1024
_SETTLED: Final = 2.0  # seconds after which a time tells of a change for certain


@dataclasses.dataclass
class _Known:
    index: Index
    etag: str
    modified: str
    looked: float


class HelmRepositories:
    """All Helm repositories of this process, by URL and credential."""

    def __init__(
        self, web: Web, reader: IndexReader, *, work: Path, max_index: int, ttl: float
    ) -> None:
        """Ask nothing yet.

        Args:
            web: HTTP.
            reader: of indexes.
            work: directory for indexes on their way.
            max_index: bytes of one index (--helm-registry-max-index-size).
            ttl: seconds an index serves without a question (--revision-cache-expiration).
        """
        self._web = web
        self._reader = reader
        self._work = work
        self._max_index = max_index
        self._ttl = ttl
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._locks = Locks()

    async def index(self, remote: Remote, scope: str, *, fresh: bool = False) -> Index:
        """Return a repository's index; callers at the same moment share one request.

        Args:
            remote: the repository.
            scope: its name with the caller's credential.
            fresh: ask the server, however short ago it was asked.

        Raises:
            errors.PlumblineError: it cannot be had or read.
        """
        asked = time.monotonic()
        async with self._locks.hold(scope):
            known = self._known.get(scope)
            if known is not None and (
                known.looked > asked or (not fresh and known.looked + self._ttl > asked)
            ):
                self._known.move_to_end(scope)
                return known.index
            found = await self._fetch(remote, known)
            self._known[scope] = found
            self._known.move_to_end(scope)
            while len(self._known) > 1 and (
                len(self._known) > _CAPACITY
                or sum(known.index.weight for known in self._known.values()) > _MAX_WEIGHT
            ):
                self._known.popitem(last=False)
            return found.index

    async def _fetch(self, remote: Remote, known: _Known | None) -> _Known:
        url = _index_url(remote.url)
        headers = {"Accept": "application/yaml, text/yaml, */*"}
        if known is not None and known.etag:
            headers["If-None-Match"] = known.etag
        elif known is not None and known.modified:
            headers["If-Modified-Since"] = known.modified
        looked = time.monotonic()
        file = Download(self._work)
        try:
            ask = Ask(
                url=url,
                limit=self._max_index,
                headers=headers,
                authorization=remote.authorization(),
            )
            answer = await self._web.get(remote, ask, sink=file)
            if answer.status == 304 and known is not None:
                return dataclasses.replace(known, looked=looked)
            if answer.status != 200:
                raise refused(answer, shown(url))
            file.finish()
            if answer.headers.get("content-encoding", "") == "gzip":
                await asyncio.to_thread(_gunzip, file.path, self._max_index, shown(url))
            index = await self._reader.read(file.path, shown(url))
        finally:
            file.discard()
        return _Known(
            index,
            answer.headers.get("etag", "")[:1024],
            _settled(answer.headers),
            looked,
        )

    async def download(self, remote: Remote, version: Version, into: Download, limit: int) -> None:
        """Fetch the archive of a version from the first address that has it.

        Args:
            remote: the repository.
            version: as its index lists it.
            into: takes the archive; not finished here.
            limit: bytes.

        Raises:
            errors.PlumblineError: no address has it.
        """
        if not version.urls:
            raise errors.NotFound(
                f"{remote.shown}: the index names no address of {remote.chart} {version.version}"
            )
        failure: errors.PlumblineError | None = None
        for address in version.urls:
            try:
                url = _archive_url(remote.url, address)
                home = url if remote.pass_credentials else ""
                ask = Ask(url=url, limit=limit, authorization=remote.authorization())
                answer = await self._web.get(remote, ask, sink=into, home=home)
                if answer.status == 200:
                    return
                raise refused(answer, shown(url))
            except errors.PlumblineError as error:
                failure = failure or error
        if failure is not None:
            raise failure


def _settled(headers: Mapping[str, str]) -> str:
    """Return when an index was last modified, if a later change must have another time.

    HTTP tells times in seconds: what was modified a moment before it was sent may change again
    within the same second, and would then be answered as not modified for ever (RFC 9110, 8.8.2.2).
    """
    told = headers.get("last-modified", "")[:128]
    try:
        modified = email.utils.parsedate_to_datetime(told)
        sent = email.utils.parsedate_to_datetime(headers.get("date", ""))
        return told if (sent - modified).total_seconds() >= _SETTLED else ""
    except (ValueError, TypeError):
        return ""


def _index_url(base: str) -> str:
    path, separator, query = base.partition("?")
    return f"{path.rstrip('/')}/index.yaml{separator}{query}"


def _archive_url(base: str, address: str) -> str:
    """Return the whole address of an archive; a relative one begins at the repository.

    Raises:
        errors.InvalidArgument: it is no http or https address.
    """
    path, separator, query = base.partition("?")
    url = join(f"{path.rstrip('/')}/", address)
    if separator and "?" not in url and origin(url) == origin(base):
        url = f"{url}?{query}"
    origin(url)
    return url


def _gunzip(path: Path, limit: int, what: str) -> None:
    """Unpack a file in its place, bounded."""
    inflate = zlib.decompressobj(wbits=31)
    target = path.with_suffix(".plain")
    seen = 0
    try:
        with path.open("rb") as source, target.open("wb") as into:
            while data := source.read(_CHUNK):
                while data:
                    piece = inflate.decompress(data, _CHUNK)
                    data = inflate.unconsumed_tail
                    seen += len(piece)
                    if seen > limit:
                        raise errors.ResourceExhausted(f"{what}: exceeds {limit} bytes")
                    into.write(piece)
        if not inflate.eof:
            raise errors.Unavailable(f"{what}: the answer is not whole")
        target.replace(path)
    except zlib.error as error:
        raise errors.Unavailable(f"{what}: the answer cannot be unpacked") from error
    finally:
        target.unlink(missing_ok=True)

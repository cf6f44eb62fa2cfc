"""List and watch one collection for ever: no event lost, none replayed.

Used by the live state and by the control plane's own watches. The informer keeps the resource
version per object: after a dropped connection it resumes from the last version it saw; after
"410 Gone" it lists again and reports only what really changed, and every object that vanished
exactly once. (The stock Python watcher replays old events after a reconnect.) Events reach the
handler as bytes with a small typed lens, so that irrelevant ones cost no full decode.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from typing import Final, Protocol
from urllib.parse import urlencode

import msgspec
import structlog

from plumbline.core import errors
from plumbline.kube.client import ApiGone, KubeClient

__all__ = ["Handler", "Informer", "Lens", "Meta", "Owner", "set_when_listed"]

log = structlog.get_logger()

_PAGE: Final = 500
_WATCH_SECONDS: Final = 300
_BACKOFF: Final = (0.2, 30.0)
METADATA_ONLY: Final = (
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
)


class Owner(msgspec.Struct, frozen=True, gc=False):
    """An owner reference."""

    uid: str = ""
    kind: str = ""
    name: str = ""
    apiVersion: str = ""  # noqa: N815 -- the JSON name


class Meta(msgspec.Struct, frozen=True, rename="camel"):
    """The metadata an event is judged by."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    deletion_timestamp: str | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    owner_references: list[Owner] | None = None


class Lens(msgspec.Struct, frozen=True):
    """An object's metadata; the rest stays in the bytes."""

    metadata: Meta = Meta()


class _ListMeta(msgspec.Struct, frozen=True, rename="camel"):
    resource_version: str = ""
    # "continue" is a Python keyword.
    next_page: str = msgspec.field(default="", name="continue")


class _List(msgspec.Struct, frozen=True):
    metadata: _ListMeta = _ListMeta()
    items: list[msgspec.Raw] | None = None


class _Event(msgspec.Struct, frozen=True):
    type: str = ""
    object: msgspec.Raw = msgspec.Raw(b"{}")


_LIST = msgspec.json.Decoder(_List)
_EVENT = msgspec.json.Decoder(_Event)
_LENS = msgspec.json.Decoder(Lens)


class Handler(Protocol):
    """Receives what happened, one object at a time, in order, in the informer's task."""

    def upsert(self, lens: Lens, raw: bytes) -> None:
        """Take an object that is new or whose resource version changed."""
        ...

    def remove(self, lens: Lens) -> None:
        """Take the last known metadata of an object that is gone."""
        ...


class Informer:
    """One collection, kept current."""

    def __init__(
        self,
        client: KubeClient,
        path: str,
        handler: Handler,
        *,
        selector: str = "",
        field_selector: str = "",
        metadata_only: bool = False,
    ) -> None:
        """Prepare; :meth:`run` does the work.

        Args:
            client: the API server.
            path: the collection's path.
            handler: told of every change.
            selector: a label selector.
            field_selector: a field selector.
            metadata_only: ask for names, labels, annotations and owners only.
        """
        self._client = client
        self._path = path
        self._handler = handler
        self._selectors = {
            name: text
            for name, text in (("labelSelector", selector), ("fieldSelector", field_selector))
            if text
        }
        self._accept = METADATA_ONLY if metadata_only else ("application/json",) * 2
        self._known: dict[tuple[str, str], Lens] = {}
        self._version = ""
        self.synced = asyncio.Event()
        self.failing: errors.PlumblineError | None = None
        self.unread: set[tuple[str, str]] = set()
        """Namespace and name of objects that the handler could not take; it was told they went."""

    async def run(self) -> None:
        """List and watch until cancelled; errors are logged and retried with backoff."""
        failures = 0
        while True:
            try:
                if not self._version:
                    await self._list()
                    self.synced.set()
                await self._watch()
                failures = 0
            except ApiGone:
                self._version = ""
            except errors.PlumblineError as error:
                failures += 1
                await self._failed(error, failures)
            except Exception as error:
                # A task that ends here would leave what it last saw in force for ever.
                failures += 1
                log.exception("watch failed unexpectedly", path=self._path)
                await self._failed(errors.Unavailable(type(error).__name__), failures)

    async def _failed(self, error: errors.PlumblineError, failures: int) -> None:
        """Take note of a failure, and wait before the next try."""
        self.failing = error
        if isinstance(error, errors.NotFound | errors.FailedPrecondition):
            self._vanished()
        pause = min(_BACKOFF[1], _BACKOFF[0] * 2 ** min(failures, 10))
        log.warning("watch failed", path=self._path, error=error.message, retry_in=pause)
        # Spreads reconnects; not a security decision.
        await asyncio.sleep(pause * (0.5 + random.random() / 2))  # noqa: S311 -- spreads load

    def _vanished(self) -> None:
        """The whole collection is gone (its definition was deleted): so are its objects."""
        for lens in list(self._known.values()):
            self._remove(lens)
        self._known.clear()
        self._version = ""
        self.synced.set()

    async def _list(self) -> None:
        seen: set[tuple[str, str]] = set()
        following, version = "", ""
        while True:
            query = {"limit": str(_PAGE), **self._selectors}
            if following:
                query["continue"] = following
            body = await self._client.request(
                "GET",
                f"{self._path}?{urlencode(query)}",
                headers={"Accept": self._accept[0]},
            )
            page = _decode_list(body)
            for raw in page.items or ():
                lens = _decode_lens(raw)
                seen.add(_name(lens))
                self._upsert(lens, bytes(raw))
            following, version = page.metadata.next_page, page.metadata.resource_version
            if not following:
                break
        for name in [n for n in self._known if n not in seen]:
            self._remove(self._known.pop(name))
        self._version = version

    async def _watch(self) -> None:
        query = {
            "watch": "1",
            "allowWatchBookmarks": "true",
            "resourceVersion": self._version,
            "timeoutSeconds": str(int(_WATCH_SECONDS * (1 + random.random()))),  # noqa: S311 -- spreads load
            **self._selectors,
        }
        path = f"{self._path}?{urlencode(query)}"
        async with self._client.stream(path, accept=self._accept[1], idle=700) as chunks:
            self.failing = None
            async for line in _lines(chunks):
                self._event(line)

    def _event(self, line: bytes) -> None:
        try:
            event = _EVENT.decode(line)
        except msgspec.MsgspecError as error:
            raise errors.Unavailable(f"{self._path}: broken event: {error}") from error
        if event.type == "ERROR":
            if b'"code":410' in bytes(event.object).replace(b" ", b""):
                raise ApiGone(f"{self._path}: the resource version is too old")
            raise errors.Unavailable(f"{self._path}: the API server ended the watch")
        lens = _decode_lens(event.object)
        version = lens.metadata.resource_version
        if event.type == "DELETED":
            if self._known.pop(_name(lens), None) is not None:
                self._remove(lens)
        elif event.type in ("ADDED", "MODIFIED"):
            self._upsert(lens, bytes(event.object))
        if version:
            self._version = version

    def _upsert(self, lens: Lens, raw: bytes) -> None:
        name = _name(lens)
        before = self._known.get(name)
        if before is not None and before.metadata.uid != lens.metadata.uid:
            self._remove(before)
            before = None
        if (
            before is not None
            and before.metadata.resource_version == lens.metadata.resource_version
        ):
            return
        self._known[name] = lens
        try:
            self._handler.upsert(lens, raw)
        except Exception as error:  # noqa: BLE001 -- whatever a handler trips over
            # One object must not end the watch of all; what cannot be read counts as absent. The
            # error's text may quote the object.
            log.error(  # noqa: TRY400
                "object cannot be read", path=self._path, name=name, error=type(error).__name__
            )
            self._remove(lens)
            self.unread.add(name)
        else:
            self.unread.discard(name)

    def _remove(self, lens: Lens) -> None:
        self.unread.discard(_name(lens))
        self._handler.remove(lens)


def _name(lens: Lens) -> tuple[str, str]:
    return lens.metadata.namespace, lens.metadata.name


def _decode_list(body: bytes) -> _List:
    try:
        return _LIST.decode(body)
    except msgspec.MsgspecError as error:
        raise errors.Unavailable(f"broken list: {error}") from error


def _decode_lens(raw: msgspec.Raw) -> Lens:
    try:
        return _LENS.decode(raw)
    except msgspec.MsgspecError as error:
        raise errors.Unavailable(f"broken object: {error}") from error


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Split a stream of chunks into lines."""
    rest = b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n") if rest else chunk.split(b"\n")
        for line in lines:
            if line:
                yield line


async def set_when_listed(event: asyncio.Event, informers: Sequence[Informer]) -> None:
    """Set an event once each informer has its first list."""
    for informer in informers:
        await informer.synced.wait()
    event.set()

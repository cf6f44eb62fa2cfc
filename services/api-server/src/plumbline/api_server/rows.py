"""The Applications as clients see them: serialised once per change, and who watches.

Fed by an informer; read by the application service. Each row keeps its protobuf bytes framed as a
member of a list, so that a list of thousands is a concatenation, and a watch event is a few bytes
before the same frame. A watcher gets every change in order; one that is too slow is told so and
must start again.
"""

import asyncio
import collections
import contextlib
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec
import orjson

from plumbline.api_server.prepared import Prepared, json_bytes
from plumbline.core import errors, model
from plumbline.kube.client import KubeClient
from plumbline.kube.informer import Informer, Lens
from plumbline.pb.k8s import meta_v1_pb2
from plumbline.pb.v1alpha1 import generated_pb2
from plumbline.rpc import convert

__all__ = ["Row", "Rows", "event", "listed"]

_BUFFER: Final = 1000  # events a watcher may lag behind (ARGOCD_WATCH_API_BUFFER_SIZE)
_DELETIONS: Final = 1000  # deletions remembered for watches that start at a resource version
_LIST_META: Final = generated_pb2.ApplicationList.DESCRIPTOR.fields_by_name["metadata"].number
_ITEMS: Final = generated_pb2.ApplicationList.DESCRIPTOR.fields_by_name["items"].number
_TYPE: Final = generated_pb2.ApplicationWatchEvent.DESCRIPTOR.fields_by_name["type"].number


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def _framed(field: int, content: bytes) -> bytes:
    """Return a length-delimited field on the wire (protobuf encoding, wire type 2)."""
    return _varint(field << 3 | 2) + _varint(len(content)) + content


class _Meta(msgspec.Struct, rename="camel", gc=False):
    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    labels: dict[str, str] | None = None


class _Source(msgspec.Struct, gc=False):
    repoURL: str = ""  # noqa: N815 -- the JSON name


class _Spec(msgspec.Struct, gc=False):
    project: str = ""
    destination: model.Destination = msgspec.field(default_factory=model.Destination)
    source: _Source | None = None
    sources: list[_Source] | None = None


class _Lens(msgspec.Struct, gc=False):
    metadata: _Meta = msgspec.field(default_factory=_Meta)
    spec: _Spec = msgspec.field(default_factory=_Spec)


_LENS: Final = msgspec.json.Decoder(_Lens)


class Row:
    """One Application: what lists choose by, its JSON, and its protobuf bytes."""

    __slots__ = (
        "_json",
        "_start",
        "destination",
        "frame",
        "labels",
        "name",
        "namespace",
        "project",
        "raw",
        "repositories",
        "uid",
        "version",
    )

    def __init__(self, tree: model.Manifest) -> None:
        """Serialise an Application; managed fields are nobody's business here.

        Raises:
            errors.InvalidArgument: it cannot be read.
        """
        (tree.get("metadata") or {}).pop("managedFields", None)
        shown = _without_manifests(tree)
        content = convert.to_message(shown, generated_pb2.Application).SerializeToString()
        # Field 2 of a list (items) and of a watch event (application) alike.
        self.frame = _framed(_ITEMS, content)
        self._start = len(self.frame) - len(content)
        self.raw = orjson.dumps(tree)
        try:
            lens = _LENS.decode(self.raw)
        except msgspec.ValidationError as error:
            raise errors.InvalidArgument(f"Application cannot be read: {error}") from error
        metadata, spec = lens.metadata, lens.spec
        self.name, self.namespace, self.uid = metadata.name, metadata.namespace, metadata.uid
        self.labels = metadata.labels or {}
        self.version = _number(metadata.resource_version)
        self.project = spec.project or "default"
        self.destination = spec.destination
        sources = spec.sources or ([spec.source] if spec.source else [])
        self.repositories = tuple(s.repoURL for s in sources)
        self._json: bytes | None = None

    @property
    def app(self) -> model.Application:
        """The Application as its lens, read anew: thousands of rows need it for few.

        Raises:
            errors.InvalidArgument: a field that lists do not look at has the wrong type.
        """
        return model.decode_application(self.raw)

    @property
    def tree(self) -> model.Manifest:
        """The object as the API server has it; the caller's own copy."""
        found: model.Manifest = orjson.loads(self.raw)
        return found

    @property
    def wire(self) -> bytes:
        """The protobuf bytes of the Application."""
        return self.frame[self._start :]

    @property
    def message(self) -> generated_pb2.Application:
        """The Application as a message; the caller's own copy."""
        return generated_pb2.ApplicationWatchEvent.FromString(self.frame).application

    @property
    def json(self) -> bytes:
        """The Application as clients of the REST API see it, made at its first use."""
        if self._json is None:
            self._json = json_bytes(convert.to_json(self.message))
        return self._json

    @property
    def answer(self) -> Prepared:
        """The Application as an answer."""
        return Prepared(lambda: self.wire, lambda: self.json)


def _without_manifests(tree: model.Manifest) -> model.Manifest:
    """Return an Application without the manifests that a local sync brought: they hold Secrets."""
    places = (("operation", "sync"), ("status", "operationState", "operation", "sync"))
    for place in places:
        tree = _without(tree, (*place, "manifests"))
    return tree


def _without(tree: Any, path: tuple[str, ...]) -> Any:
    """Return a tree without what is at a path; the tree itself is not changed."""
    first, rest = path[0], path[1:]
    if not isinstance(tree, dict) or first not in tree:
        return tree
    if not rest:
        return {key: value for key, value in tree.items() if key != first}
    return {**tree, first: _without(tree[first], rest)}


def listed(found: list[Row], version: int) -> Prepared:
    """Return an ApplicationList."""

    def wire() -> bytes:
        meta = meta_v1_pb2.ListMeta(resourceVersion=str(version or ""))
        head = _framed(_LIST_META, meta.SerializeToString())
        return b"".join([head, *(row.frame for row in found)])

    def text() -> bytes:
        meta = json_bytes({"resourceVersion": str(version)} if version else {})
        items = b"[%b]" % b",".join([row.json for row in found]) if found else b"null"
        return b'{"metadata":%b,"items":%b}' % (meta, items)

    return Prepared(wire, text)


_EVENTS: Final = {k: _framed(_TYPE, k.encode()) for k in ("ADDED", "MODIFIED", "DELETED")}


def event(kind: str, row: Row) -> Prepared:
    """Return an ApplicationWatchEvent."""
    return Prepared(
        lambda: _EVENTS[kind] + row.frame,
        lambda: b'{"type":"%b","application":%b}' % (kind.encode(), row.json),
    )


def _number(version: str) -> int:
    return int(version) if version.isdecimal() else 0


class Rows:
    """All Applications of the control plane's namespace."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], Row] = {}
        self._sorted: list[Row] | None = None
        self._deleted: collections.deque[tuple[int, Row]] = collections.deque(maxlen=_DELETIONS)
        self._watchers: set[asyncio.Queue[tuple[str, Row] | None]] = set()
        self.version = 0
        """The newest resource version seen; a list's, from which a watch may go on."""

    def informer(self, client: KubeClient, namespace: str) -> Informer:
        """Return the informer that feeds this object."""
        path = f"/apis/argoproj.io/v1alpha1/namespaces/{namespace}/applications"
        return Informer(client, path, self)

    def get(self, namespace: str, name: str) -> Row | None:
        """Return one row."""
        return self._rows.get((namespace, name))

    def all(self) -> list[Row]:
        """Return all rows, sorted by namespace and name; not to be changed."""
        if self._sorted is None:
            self._sorted = [self._rows[k] for k in sorted(self._rows)]
        return self._sorted

    def since(self, version: int) -> list[tuple[str, Row]]:
        """Return what is known to have changed after a resource version, in its order."""
        found = [(r.version, "MODIFIED", r) for r in self._rows.values() if r.version > version]
        found += [(at, "DELETED", row) for at, row in self._deleted if at > version]
        return [(kind, row) for _, kind, row in sorted(found, key=lambda f: f[0])]

    @contextlib.asynccontextmanager
    async def watch(self) -> AsyncIterator[AsyncIterator[tuple[str, Row]]]:
        """Yield (ADDED | MODIFIED | DELETED, row) from now on.

        Raises:
            errors.ResourceExhausted: from the iterator, when the reader was too slow.
        """
        queue: asyncio.Queue[tuple[str, Row] | None] = asyncio.Queue(_BUFFER)
        self._watchers.add(queue)

        async def events() -> AsyncIterator[tuple[str, Row]]:
            while True:
                event = await queue.get()
                if event is None:
                    raise errors.ResourceExhausted("the watch fell behind; start it again")
                yield event

        try:
            yield events()
        finally:
            self._watchers.discard(queue)

    def observe(self, manifest: model.Manifest) -> Row:
        """Return the row of the server's answer to a write of ours, taking it if it is newer.

        So that a caller reads what it wrote, before the informer's event is there.
        """
        row = Row(manifest)
        key = (row.namespace, row.name)
        known = self._rows.get(key)
        # An unknown one may have been deleted meanwhile, unless it is newer than all that is known.
        if row.version > (self.version if known is None else known.version):
            self._take(key, row)
        return row

    def upsert(self, lens: Lens, raw: bytes) -> None:
        """Take an Application; one that cannot be read is not shown."""
        key = (lens.metadata.namespace, lens.metadata.name)
        try:
            row = Row(orjson.loads(raw))
        except errors.InvalidArgument:
            self.remove(lens)
            return
        known = self._rows.get(key)
        same = known is not None and known.uid == row.uid
        if known is None or not same or known.version < row.version:
            self._take(key, row)

    def remove(self, lens: Lens) -> None:
        """Take it that an Application is gone."""
        key = (lens.metadata.namespace, lens.metadata.name)
        known = self._rows.get(key)
        if known is None or (lens.metadata.uid and known.uid != lens.metadata.uid):
            return
        del self._rows[key]
        self._sorted = None
        self.version = max(self.version, _number(lens.metadata.resource_version))
        self._deleted.append((self.version, known))
        self._tell("DELETED", known)

    def _take(self, key: tuple[str, str], row: Row) -> None:
        kind = "MODIFIED" if key in self._rows else "ADDED"
        self._rows[key] = row
        self._sorted = None
        self.version = max(self.version, row.version)
        self._tell(kind, row)

    def _tell(self, kind: str, row: Row) -> None:
        for queue in list(self._watchers):
            try:
                queue.put_nowait((kind, row))
            except asyncio.QueueFull:
                self._watchers.discard(queue)
                queue.get_nowait()
                queue.put_nowait(None)

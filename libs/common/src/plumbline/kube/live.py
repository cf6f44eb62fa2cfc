"""The live state of one cluster: every listable kind, watched, packed, indexed by who tracks it.

Used by the controller for comparison, pruning and trees. Objects are kept as packed JSON without
managed fields and with a digest of all that matters; an event that leaves the digest alone costs
one decode and one lookup and is told to nobody. Values of Secrets never stay here: keyed digests
replace them on arrival, and :meth:`LiveCluster.read` fetches the real object where a plan needs it
(docs/architecture.md, "Live state"). No request here writes.
"""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec
import orjson
import structlog

from plumbline.core import errors
from plumbline.core.model import GroupKind, Manifest, ResourceKey
from plumbline.kube.client import KubeClient
from plumbline.kube.discovery import ApiResource, Discovery
from plumbline.kube.informer import Informer, Lens

__all__ = ["CORE_EXCLUSIONS", "Entry", "LiveCluster"]

log = structlog.get_logger()

_REDISCOVER: Final = 0.5  # seconds after a definition changed
_REDISCOVER_CAP: Final = 30.0  # seconds between two tries of a discovery that fails
_SETTLE: Final = 20.0  # seconds the first lists may take before the state counts as incomplete
CORE_EXCLUSIONS: Final = frozenset(
    {
        GroupKind("", "Event"),
        GroupKind("coordination.k8s.io", "Lease"),
    }
)
"""Kinds never watched (behaviour.md section 10); groups events and metrics are excluded too."""
_EXCLUDED_GROUPS: Final = frozenset({"events.k8s.io", "metrics.k8s.io"})
_EXCLUDED_KINDS: Final = CORE_EXCLUSIONS | {
    GroupKind("", "Endpoints"),
    GroupKind("discovery.k8s.io", "EndpointSlice"),
}
_DEFINITIONS: Final = frozenset(
    {
        GroupKind("apiextensions.k8s.io", "CustomResourceDefinition"),
        GroupKind("apiregistration.k8s.io", "APIService"),
    }
)
_SECRET: Final = GroupKind("", "Secret")


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One live object, compact."""

    key: ResourceKey
    uid: str
    resource_version: str
    owners: tuple[str, ...]
    app: str
    digest: bytes
    packed: bytes


Listener = Callable[[frozenset[str], ResourceKey], None]


class LiveCluster:
    """The watched objects of one cluster."""

    def __init__(
        self,
        client: KubeClient,
        discovery: Discovery,
        *,
        owner_of: Callable[[Manifest], str | None],
        on_change: Listener,
        excluded: Callable[[GroupKind], bool] = lambda _: False,
    ) -> None:
        """Prepare; :meth:`start` begins watching.

        Args:
            client: the cluster's API server.
            discovery: its kinds.
            owner_of: the instance name of the application that tracks an object, if any.
            on_change: called with the names of the applications concerned and the object's key.
            excluded: further kinds the settings exclude.
        """
        self._client = client
        self._discovery = discovery
        self._owner_of = owner_of
        self._on_change = on_change
        self._excluded = excluded
        self._entries: dict[ResourceKey, Entry] = {}
        self._by_uid: dict[str, ResourceKey] = {}
        self._children: dict[str, set[ResourceKey]] = {}
        self._by_app: dict[str, set[ResourceKey]] = {}
        self._informers: dict[GroupKind, tuple[Informer, asyncio.Task[None]]] = {}
        self._mask_key = secrets.token_bytes(32)
        self._rediscovery: asyncio.Task[None] | None = None
        self._redefined = False
        """Whether a definition changed since the last discovery began."""

    async def start(self) -> None:
        """Discover the kinds, watch them, and wait for their first lists.

        A kind whose list takes too long is left behind as incomplete, and goes on in background.
        """
        await self._discovery.refresh()
        self._adjust()
        waiting = [i.synced.wait() for i, _ in self._informers.values()]
        try:
            async with asyncio.timeout(_SETTLE):
                await asyncio.gather(*waiting)
        except TimeoutError:
            log.warning("live state is incomplete", kinds=sorted(map(str, self.incomplete())))

    async def stop(self) -> None:
        """Stop watching."""
        tasks = [task for _, task in self._informers.values()]
        if self._rediscovery is not None:
            tasks.append(self._rediscovery)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def incomplete(self) -> frozenset[GroupKind]:
        """Kinds whose objects are not known completely; nobody may prune because of them."""
        lagging = {
            kind
            for kind, (informer, _) in self._informers.items()
            if not informer.synced.is_set() or informer.failing or informer.unread
        }
        failed = self._discovery.incomplete
        unwatched = {
            r.gvk.group_kind
            for r in self._discovery.watchable()
            if r.group in failed or (r.gvk.group_kind not in self._informers and self._watched(r))
        }
        return frozenset(lagging | unwatched)

    @property
    def objects(self) -> int:
        """How many objects are known."""
        return len(self._entries)

    @property
    def kinds(self) -> int:
        """How many kinds are watched."""
        return len(self._informers)

    def get(self, key: ResourceKey) -> Manifest | None:
        """Return an object; the values of a Secret are digests, not values."""
        entry = self._entries.get(key)
        return None if entry is None else orjson.loads(entry.packed)

    def entry(self, key: ResourceKey) -> Entry | None:
        """Return what is kept of an object."""
        return self._entries.get(key)

    def digest(self, key: ResourceKey) -> bytes | None:
        """Return the digest of everything that matters of an object; ``None`` if it is absent."""
        entry = self._entries.get(key)
        return None if entry is None else entry.digest

    async def read(self, key: ResourceKey) -> Manifest | None:
        """Read an object from the API server, with real values and managed fields."""
        try:
            path = self._discovery.path_of(key)
            found: Manifest = await self._client.get(path)
        except errors.NotFound:
            return None
        return found

    def tracked_by(self, app: str) -> list[ResourceKey]:
        """Return the objects that an application tracks, sorted."""
        return sorted(self._by_app.get(app, ()))

    def children(self, uid: str) -> list[ResourceKey]:
        """Return the objects that name an object as their owner, sorted."""
        return sorted(self._children.get(uid, ()))

    def descendants(self, keys: Iterable[ResourceKey]) -> list[tuple[ResourceKey, ResourceKey]]:
        """Return (parent, child) for everything below the given objects, each child once."""
        found: list[tuple[ResourceKey, ResourceKey]] = []
        seen: set[ResourceKey] = set(keys)
        stack = sorted(seen)
        while stack:
            parent = stack.pop()
            entry = self._entries.get(parent)
            for child in self.children(entry.uid) if entry else ():
                if child not in seen:
                    seen.add(child)
                    found.append((parent, child))
                    stack.append(child)
        return found

    def observe(self, manifest: Manifest) -> None:
        """Take the API server's answer to a write of ours, unless something newer is known."""
        raw = orjson.dumps(manifest)
        lens = msgspec.json.decode(raw, type=Lens)
        kind = _group_kind(manifest)
        key = ResourceKey(*kind, lens.metadata.namespace, lens.metadata.name)
        entry = self._entries.get(key)
        if entry is None or not _is_stale(entry, lens):
            self._store(key, lens, raw)

    def observe_deleted(self, key: ResourceKey, uid: str) -> None:
        """Take it that an object is gone, if it is still the one with this uid."""
        entry = self._entries.get(key)
        if entry is not None and entry.uid == uid:
            self._drop(key)

    def reassign(self) -> None:
        """Ask ``owner_of`` anew for every object: the marks that count have changed."""
        for entry in list(self._entries.values()):
            app = self._owner_of(orjson.loads(entry.packed)) or ""
            if app != entry.app:
                self._unindex(entry)
                moved = msgspec.structs.replace(entry, app=app)
                self._entries[entry.key] = moved
                self._index(moved)

    def adjust(self) -> None:
        """Ask ``excluded`` anew for every kind: watch what is wanted now, and nothing else."""
        self._adjust()

    def _adjust(self) -> None:
        """Watch what is new among the kinds, stop watching what is gone."""
        wanted = {r.gvk.group_kind: r for r in self._discovery.watchable() if self._watched(r)}
        for kind in [k for k in self._informers if k not in wanted]:
            _, task = self._informers.pop(kind)
            task.cancel()
            for key in [k for k in self._entries if k.group_kind == kind]:
                self._drop(key)
        for kind, resource in wanted.items():
            if kind not in self._informers:
                informer = Informer(self._client, resource.path(), _KindHandler(self, resource))
                task = asyncio.create_task(informer.run(), name=f"watch {kind}")
                self._informers[kind] = (informer, task)

    def _watched(self, resource: ApiResource) -> bool:
        kind = resource.gvk.group_kind
        return not (
            kind in _EXCLUDED_KINDS or kind.group in _EXCLUDED_GROUPS or self._excluded(kind)
        )

    def _definition_changed(self) -> None:
        self._redefined = True
        if self._rediscovery is None or self._rediscovery.done():
            self._rediscovery = asyncio.create_task(self._rediscover())

    async def _rediscover(self) -> None:
        """Discover until it works: kinds that are not watched would stay unknown for ever."""
        pause = _REDISCOVER
        while self._redefined:
            await asyncio.sleep(pause)
            self._redefined = False
            try:
                await self._discovery.refresh()
            except errors.PlumblineError as error:
                self._redefined = True
                pause = min(_REDISCOVER_CAP, pause * 2)
                log.warning("discovery failed", server=self._client.server, error=error.message)
            else:
                pause = _REDISCOVER
                self._adjust()

    def upsert(self, resource: ApiResource, lens: Lens, raw: bytes) -> None:
        """Take an object from its informer."""
        meta = lens.metadata
        key = ResourceKey(resource.group, resource.kind, meta.namespace, meta.name)
        entry = self._entries.get(key)
        if entry is not None and _is_stale(entry, lens):
            return
        self._store(key, lens, raw)
        if key.group_kind in _DEFINITIONS:
            self._definition_changed()

    def remove(self, resource: ApiResource, lens: Lens) -> None:
        """Take it from its informer that an object is gone."""
        meta = lens.metadata
        key = ResourceKey(resource.group, resource.kind, meta.namespace, meta.name)
        entry = self._entries.get(key)
        if entry is not None and entry.uid == meta.uid:
            self._drop(key)
        if key.group_kind in _DEFINITIONS:
            self._definition_changed()

    def _store(self, key: ResourceKey, lens: Lens, raw: bytes) -> None:
        tree = orjson.loads(raw)
        tree.setdefault("kind", key.kind)
        if "apiVersion" not in tree:
            resource = self._discovery.preferred(key.group_kind)
            if resource is not None:
                tree["apiVersion"] = resource.gvk.api_version
        metadata = tree.get("metadata") or {}
        metadata.pop("managedFields", None)
        if key.group_kind == _SECRET:
            self._mask(tree)
        version = metadata.pop("resourceVersion", "")
        digest = hashlib.blake2b(orjson.dumps(tree), digest_size=16).digest()
        metadata["resourceVersion"] = version
        before = self._entries.get(key)
        owners = tuple(o.uid for o in lens.metadata.owner_references or ())
        app = self._owner_of(tree) or ""
        packed = bytes(memoryview(orjson.dumps(tree)))
        entry = Entry(key, lens.metadata.uid, version, owners, app, digest, packed)
        concerned = set(self._apps_of(before)) if before is not None else set()
        if before is not None:
            self._unindex(before)
        self._entries[key] = entry
        self._index(entry)
        if before is None or before.digest != digest or before.uid != entry.uid:
            self._tell(frozenset(concerned | set(self._apps_of(entry))), key)

    def _drop(self, key: ResourceKey) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            concerned = frozenset(self._apps_of(entry))
            self._unindex(entry)
            self._tell(concerned, key)

    def _tell(self, apps: frozenset[str], key: ResourceKey) -> None:
        if apps:
            self._on_change(apps, key)

    def _index(self, entry: Entry) -> None:
        self._by_uid[entry.uid] = entry.key
        for owner in entry.owners:
            self._children.setdefault(owner, set()).add(entry.key)
        if entry.app:
            self._by_app.setdefault(entry.app, set()).add(entry.key)

    def _unindex(self, entry: Entry) -> None:
        if self._by_uid.get(entry.uid) == entry.key:
            del self._by_uid[entry.uid]
        for owner in entry.owners:
            _discard(self._children, owner, entry.key)
        if entry.app:
            _discard(self._by_app, entry.app, entry.key)

    def _apps_of(self, entry: Entry) -> Iterable[str]:
        """The applications that track an object or one of its owners."""
        seen = {entry.uid}
        stack = [entry]
        while stack:
            current = stack.pop()
            if current.app:
                yield current.app
            for uid in current.owners:
                key = self._by_uid.get(uid)
                if uid not in seen and key is not None:
                    seen.add(uid)
                    stack.append(self._entries[key])

    def _mask(self, tree: dict[str, Any]) -> None:
        for field in ("data", "stringData"):
            values = tree.get(field)
            if isinstance(values, dict):
                tree[field] = {k: self._digest_of(v) for k, v in values.items()}
        annotations = (tree.get("metadata") or {}).get("annotations")
        applied = "kubectl.kubernetes.io/last-applied-configuration"
        if isinstance(annotations, dict) and applied in annotations:
            annotations[applied] = self._digest_of(annotations[applied])

    def _digest_of(self, value: Any) -> str:
        return hmac.new(self._mask_key, orjson.dumps(value), hashlib.sha256).hexdigest()


class _KindHandler:
    """Binds a kind to the events of its informer."""

    def __init__(self, live: LiveCluster, resource: ApiResource) -> None:
        self._live = live
        self._resource = resource

    def upsert(self, lens: Lens, raw: bytes) -> None:
        self._live.upsert(self._resource, lens, raw)

    def remove(self, lens: Lens) -> None:
        self._live.remove(self._resource, lens)


def _discard(index: dict[str, set[ResourceKey]], name: str, key: ResourceKey) -> None:
    keys = index.get(name)
    if keys is not None:
        keys.discard(key)
        if not keys:
            del index[name]


def _is_stale(entry: Entry, lens: Lens) -> bool:
    """Whether an event is no newer than what is known of the same object.

    Since Kubernetes 1.35 resource versions of one collection may be compared as numbers; every
    earlier server in practice used the counter of its store.
    """
    meta = lens.metadata
    return entry.uid == meta.uid and _number(entry.resource_version) >= _number(
        meta.resource_version
    )


def _number(version: str) -> int:
    return int(version) if version.isdecimal() else 0


def _group_kind(manifest: Manifest) -> GroupKind:
    api_version = str(manifest.get("apiVersion", ""))
    group = api_version.rpartition("/")[0]
    return GroupKind(group, str(manifest.get("kind", "")))

"""What kinds an API server serves: names, scopes, verbs, and which groups could not be read.

Used by the live state, the write door and the preparation of targets. One aggregated request where
the server has it (Kubernetes 1.30 and later). A group whose discovery failed is listed in
``incomplete``: nobody may conclude from it that a kind does not exist.
"""

import asyncio
import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote

from plumbline.core import errors
from plumbline.core.model import GroupKind, GroupVersionKind, ResourceKey
from plumbline.kube.client import KubeClient

__all__ = ["ApiResource", "Discovery"]

_AGGREGATED: Final = (
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
)
_PAUSE: Final = 2.0  # seconds between two discoveries that misses may cause


@dataclasses.dataclass(frozen=True, slots=True)
class ApiResource:
    """One served kind in one version."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    verbs: frozenset[str]

    @property
    def gvk(self) -> GroupVersionKind:
        """Group, version and kind."""
        return GroupVersionKind(self.group, self.version, self.kind)

    @property
    def watchable(self) -> bool:
        """Whether its objects can be listed and watched."""
        return "list" in self.verbs and "watch" in self.verbs

    def path(self, namespace: str = "", name: str = "") -> str:
        """Return the path of a collection or an object, encoded.

        Raises:
            errors.InvalidArgument: a name that would lead to another object than it names.
        """
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        where = f"/namespaces/{_segment(namespace)}" if self.namespaced and namespace else ""
        tail = f"/{_segment(name)}" if name else ""
        return f"{root}{where}/{self.plural}{tail}"


class Discovery:
    """The kinds of one API server, as of the last refresh."""

    def __init__(self, client: KubeClient) -> None:
        self._client = client
        self._kinds: dict[GroupVersionKind, ApiResource] = {}
        self._preferred: dict[GroupKind, ApiResource] = {}
        self._refreshed = float("-inf")
        self._lock = asyncio.Lock()
        self._versions: tuple[str, ...] = ()
        self._versions_of: dict[GroupVersionKind, ApiResource] | None = None
        self.incomplete: frozenset[str] = frozenset()
        self.kube_version = ""

    @property
    def api_versions(self) -> tuple[str, ...]:
        """Every ``group/version`` and ``group/version/Kind``, as Helm knows them, sorted.

        The same tuple until a refresh finds other kinds.
        """
        if self._versions_of is not self._kinds:
            versions = {k.api_version for k in self._kinds}
            found = tuple(sorted(versions | {f"{k.api_version}/{k.kind}" for k in self._kinds}))
            if found != self._versions:
                self._versions = found
            self._versions_of = self._kinds
        return self._versions

    async def refresh(self) -> None:
        """Read everything anew; what failed stays as it was and is named in ``incomplete``."""
        async with self._lock:
            version = await self._client.get("/version")
            self.kube_version = str(version.get("gitVersion", ""))
            found: dict[GroupVersionKind, ApiResource] = {}
            preferred: dict[GroupKind, ApiResource] = {}
            failed: set[str] = set()
            for root in ("/api", "/apis"):
                tree = await self._client.get(root, accept=_AGGREGATED)
                if tree.get("kind") != "APIGroupDiscoveryList":
                    raise errors.FailedPrecondition(
                        f"{self._client.server} has no aggregated discovery:"
                        " Kubernetes 1.30 or later is needed"
                    )
                _collect(tree, found, preferred, failed)
            for gvk, resource in self._kinds.items():
                if gvk.group in failed and gvk not in found:
                    found[gvk] = resource
                    preferred.setdefault(gvk.group_kind, resource)
            self._kinds, self._preferred = found, preferred
            self.incomplete = frozenset(failed)
            self._refreshed = asyncio.get_running_loop().time()

    def namespaced(self, group_kind: GroupKind) -> bool | None:
        """Whether objects of a kind have a namespace; ``None`` if the kind is not known."""
        resource = self._preferred.get(group_kind)
        return resource.namespaced if resource else None

    def preferred(self, group_kind: GroupKind) -> ApiResource | None:
        """Return the server's preferred version of a kind."""
        return self._preferred.get(group_kind)

    def known(self, gvk: GroupVersionKind) -> ApiResource | None:
        """Return a kind in one version, without asking the server."""
        return self._kinds.get(gvk)

    async def find(self, gvk: GroupVersionKind) -> ApiResource:
        """Return a kind in one version, discovering anew if it is not known.

        Raises:
            errors.NotFound: with the contract's text (behaviour.md section 3).
        """
        if gvk not in self._kinds:
            now = asyncio.get_running_loop().time()
            if now - self._refreshed > _PAUSE:
                await self.refresh()
        resource = self._kinds.get(gvk)
        if resource is None:
            raise errors.NotFound(_missing(gvk, self._preferred.get(gvk.group_kind)))
        return resource

    def watchable(self) -> Iterable[ApiResource]:
        """Return the preferred version of every kind that can be listed and watched."""
        return [r for r in self._preferred.values() if r.watchable]

    def path_of(self, key: ResourceKey) -> str:
        """Return the path of an object in its kind's preferred version.

        Raises:
            errors.NotFound: the kind is not known.
        """
        resource = self._preferred.get(key.group_kind)
        if resource is None:
            raise errors.NotFound(_missing(GroupVersionKind(key.group, "", key.kind), None))
        return resource.path(key.namespace, key.name)


def _segment(name: str) -> str:
    """Encode a name; API servers and proxies decode ``%2F``, and proxies resolve dot segments."""
    if name in (".", "..") or "/" in name or "%" in name:
        raise errors.InvalidArgument(f"{name!r} cannot be the name of an object")
    return quote(name, safe="")


def _missing(gvk: GroupVersionKind, other: ApiResource | None) -> str:
    kind = f"{gvk.group}/{gvk.kind}" if gvk.group else gvk.kind
    if other is not None:
        return (
            f'The Kubernetes API could not find version "{gvk.version}" of {kind}.'
            f' Version "{other.version}" of {kind} is installed on the destination cluster.'
        )
    return (
        f"The Kubernetes API could not find {kind}."
        f' Make sure the "{gvk.kind}" CRD is installed on the destination cluster.'
    )


def _collect(
    tree: Mapping[str, Any],
    found: dict[GroupVersionKind, ApiResource],
    preferred: dict[GroupKind, ApiResource],
    failed: set[str],
) -> None:
    """Read one APIGroupDiscoveryList; versions come in order of preference."""
    for group in tree.get("items") or []:
        name = (group.get("metadata") or {}).get("name") or ""
        for version in group.get("versions") or []:
            if version.get("freshness") == "Stale":
                failed.add(name)
            for entry in version.get("resources") or []:
                kind = (entry.get("responseKind") or {}).get("kind") or ""
                resource = ApiResource(
                    group=name,
                    version=version.get("version") or "",
                    kind=kind,
                    plural=entry.get("resource") or "",
                    namespaced=entry.get("scope") == "Namespaced",
                    verbs=frozenset(entry.get("verbs") or ()),
                )
                found.setdefault(resource.gvk, resource)
                preferred.setdefault(GroupKind(name, kind), resource)

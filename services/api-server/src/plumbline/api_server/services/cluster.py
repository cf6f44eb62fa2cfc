"""ClusterService: clusters as users declare them.

Permission is asked for the cluster as it is stored, whatever a request calls it (security.md,
CVE-2023-23947).
"""

import dataclasses
import datetime as dt
import urllib.parse
from collections.abc import Mapping
from typing import Final, NoReturn

import grpc

from plumbline.api_server.parts import Parts
from plumbline.api_server.services import cluster_messages as messages
from plumbline.api_server.services.cluster_states import ClusterStates
from plumbline.api_server.services.repository_secrets import DeclaringSecrets
from plumbline.core import clusters, errors
from plumbline.pb.server import cluster_pb2, cluster_pb2_grpc
from plumbline.pb.v1alpha1 import generated_pb2

__all__ = ["ClusterService"]

_KIND: Final = "cluster"
_NAME_TYPES: Final = ("name", "name_escaped")


@dataclasses.dataclass(frozen=True)
class _Wanted:
    """What a request calls a cluster."""

    server: str = ""
    name: str = ""

    def matches(self, cluster: clusters.Cluster) -> bool:
        return (not self.server or _same(self.server, cluster.server)) and (
            not self.name or self.name == cluster.name
        )


class ClusterService(cluster_pb2_grpc.ClusterServiceServicer):
    """cluster.ClusterService, but for RotateAuth."""

    def __init__(self, parts: Parts) -> None:
        """Keep the Secrets of clusters; ask the controller for their state."""
        self._parts = parts
        self._permissions = parts.permissions
        self._secrets = DeclaringSecrets(parts)
        self._states = ClusterStates(parts)

    async def List(  # noqa: N802 -- gRPC requires this name
        self, request: cluster_pb2.ClusterQuery, _: grpc.aio.ServicerContext
    ) -> generated_pb2.ClusterList:
        """Return the clusters that the caller may see."""
        wanted = _wanted(request)
        found = [c for c in self._known() if wanted.matches(c) and self._allows("get", c)]
        infos = await self._states.all()
        items = [
            messages.show(c, info=infos.get(c.server, ClusterStates.idle()))
            for c in sorted(found, key=lambda c: (c.name, c.server))
        ]
        return generated_pb2.ClusterList(items=items)

    async def Get(  # noqa: N802 -- gRPC requires this name
        self, request: cluster_pb2.ClusterQuery, _: grpc.aio.ServicerContext
    ) -> generated_pb2.Cluster:
        """Return one cluster by address or name."""
        return await self._shown(self._require("get", _wanted(request)))

    async def Create(  # noqa: N802 -- gRPC requires this name
        self, request: cluster_pb2.ClusterCreateRequest, _: grpc.aio.ServicerContext
    ) -> generated_pb2.Cluster:
        """Declare a cluster that can be connected, or change it if that is asked for."""
        server = messages.server_url(request.cluster.server)
        wanted = messages.read_message(request.cluster, server=server)
        self._permissions.require("clusters", "create", _target(wanted))
        self._require_enabled(server)
        known = next((c for c in self._parts.declared.clusters() if _same(c.server, server)), None)
        if known is None:
            self._require_name(wanted)
            await self._states.connect(wanted)
            await self._secrets.create(
                clusters.secret_name(server),
                _KIND,
                clusters.encode_cluster(wanted),
                labels=wanted.labels,
                annotations=wanted.annotations,
            )
            return await self._shown(self._current(server))
        if not self._allows("get", known) or not self._allows("create", known):
            raise errors.PermissionDenied("permission denied")
        changed = messages.merged(known, wanted, [])
        if messages.same(changed, known):
            return await self._shown(known)
        if not request.upsert:
            raise errors.InvalidArgument(
                "existing cluster spec is different; use upsert flag to force update"
            )
        return await self._change(known, changed)

    async def Update(  # noqa: N802 -- gRPC requires this name
        self, request: cluster_pb2.ClusterUpdateRequest, _: grpc.aio.ServicerContext
    ) -> generated_pb2.Cluster:
        """Change a cluster, or the named fields of it; its address stays."""
        given = request.cluster
        by_id = _identified(request.id) if request.HasField("id") else _Wanted()
        wanted = by_id if by_id != _Wanted() else _Wanted(server=given.server, name="")
        if wanted == _Wanted():
            wanted = _Wanted(name=given.name)
        known = self._require("update", wanted)
        if given.server and not _same(given.server, known.server):
            raise errors.InvalidArgument("the address of a cluster cannot be changed")
        asked = messages.read_message(given, server=known.server)
        changed = messages.merged(known, asked, list(request.updatedFields))
        return await self._change(known, changed)

    async def Delete(  # noqa: N802 -- gRPC requires this name
        self, request: cluster_pb2.ClusterQuery, _: grpc.aio.ServicerContext
    ) -> cluster_pb2.ClusterResponse:
        """Give up a cluster; what runs on it is left alone."""
        known = self._require("delete", _wanted(request))
        if not known.secret_name:
            raise errors.InvalidArgument(
                "the in-cluster entry has no Secret; cluster.inClusterEnabled switches it off"
            )
        await self._secrets.remove(known.secret_name)
        return cluster_pb2.ClusterResponse()

    async def InvalidateCache(  # noqa: N802 -- gRPC requires this name
        self, request: cluster_pb2.ClusterQuery, _: grpc.aio.ServicerContext
    ) -> generated_pb2.Cluster:
        """Have the controller read the cluster's state anew."""
        known = self._require("update", _wanted(request))
        now = dt.datetime.fromtimestamp(self._parts.clock(), dt.UTC)
        mark = {clusters.REFRESH_ANNOTATION: now.strftime("%Y-%m-%dT%H:%M:%SZ")}
        if known.secret_name:
            stored = await self._secrets.read(known.secret_name)
            await self._secrets.update(stored, {}, annotations=mark)
        else:
            # The implicit entry has nowhere to keep the request.
            await self._secrets.create(
                clusters.secret_name(known.server),
                _KIND,
                clusters.encode_cluster(known),
                annotations=mark,
            )
        return await self._shown(self._current(known.server))

    async def _change(
        self, known: clusters.Cluster, changed: clusters.Cluster
    ) -> generated_pb2.Cluster:
        """Write a cluster in the place of another, where the caller may put it."""
        self._permissions.require("clusters", "update", _target(known))
        if changed.project != known.project:
            self._permissions.require("clusters", "update", _target(changed))
        if changed.name != known.name or changed.project != known.project:
            self._require_name(changed)
        if changed.config != known.config:
            await self._states.connect(changed)
        if not known.secret_name:
            await self._secrets.create(
                clusters.secret_name(known.server),
                _KIND,
                clusters.encode_cluster(changed),
                labels=messages.own_labels(changed.labels),
                annotations=messages.own_labels(changed.annotations),
            )
            return await self._shown(self._current(known.server))
        stored = await self._secrets.read(known.secret_name)
        await self._secrets.update(
            stored,
            clusters.encode_cluster(changed),
            drop_empty=True,
            labels=_difference(known.labels, changed.labels),
            annotations=_difference(known.annotations, changed.annotations),
        )
        return await self._shown(self._current(known.server))

    def _known(self) -> list[clusters.Cluster]:
        """Every cluster there is, the implicit one included."""
        found = self._parts.declared.clusters()
        if self._in_cluster_enabled and all(c.server != clusters.IN_CLUSTER_SERVER for c in found):
            found.append(clusters.IN_CLUSTER)
        return found

    @property
    def _in_cluster_enabled(self) -> bool:
        return self._parts.control.setting("cluster.inClusterEnabled") != "false"

    def _require_enabled(self, server: str) -> None:
        if server == clusters.IN_CLUSTER_SERVER and not self._in_cluster_enabled:
            raise errors.InvalidArgument(
                f"cannot register cluster: cluster address {server} is disabled in settings"
            )

    def _require_name(self, wanted: clusters.Cluster) -> None:
        """A project's cluster must not take a name: destinations that use it would break."""
        others = [c for c in self._known() if c.server != wanted.server]
        if wanted.project and any(c.name == wanted.name for c in others):
            raise errors.InvalidArgument(f"the name {wanted.name} is that of another cluster")

    def _current(self, server: str) -> clusters.Cluster:
        found = [c for c in self._known() if c.server == server]
        if not found:
            raise errors.Unavailable(f'cluster "{server}" was removed meanwhile')
        return found[0]

    def _require(self, action: str, wanted: _Wanted) -> clusters.Cluster:
        """Return the cluster that a request means, if the caller may act on it.

        Raises:
            errors.PermissionDenied: the caller may not, whether it exists or not.
            errors.NotFound: it does not exist, and the caller may know that.
            errors.InvalidArgument: several have that name.
        """
        if wanted == _Wanted():
            raise errors.InvalidArgument("name a cluster by address or name")
        found = [c for c in self._known() if wanted.matches(c) and self._allows("get", c)]
        if not found:
            self._missing(action, wanted)
        if len(found) > 1:
            raise errors.InvalidArgument(
                f"there are {len(found)} clusters with the same name:"
                f" [{' '.join(sorted(c.server for c in found))}]"
            )
        self._permissions.require("clusters", action, _target(found[0]))
        return found[0]

    def _missing(self, action: str, wanted: _Wanted) -> NoReturn:
        shown = wanted.server or wanted.name
        self._permissions.require("clusters", action, shown)
        raise errors.NotFound(f'cluster "{shown}" not found')

    def _allows(self, action: str, cluster: clusters.Cluster) -> bool:
        return self._permissions.allows("clusters", action, _target(cluster))

    async def _shown(self, cluster: clusters.Cluster) -> generated_pb2.Cluster:
        infos = await self._states.all()
        return messages.show(cluster, info=infos.get(cluster.server, ClusterStates.idle()))


def _target(cluster: clusters.Cluster) -> str:
    return f"{cluster.project}/{cluster.server}" if cluster.project else cluster.server


def _same(left: str, right: str) -> bool:
    """Whether two addresses are one: case of the host, default port and end do not matter."""
    return _canonical(left) == _canonical(right)


def _canonical(server: str) -> str:
    text = server.strip().rstrip("/")
    scheme, separator, rest = text.partition("://")
    authority, slash, path = rest.partition("/")
    authority = authority.lower().removesuffix(":443" if scheme.lower() == "https" else ":80")
    return f"{scheme.lower()}{separator}{authority}{slash}{path}"


def _wanted(query: cluster_pb2.ClusterQuery) -> _Wanted:
    if query.HasField("id") and query.id.value:
        return _identified(query.id)
    return _Wanted(server=_unescaped(query.server), name=query.name)


def _identified(identity: cluster_pb2.ClusterID) -> _Wanted:
    """Read an id: ``name``, ``name_escaped``, else an address."""
    value = identity.value
    if identity.type in _NAME_TYPES:
        if identity.type == "name_escaped":
            value = urllib.parse.unquote_plus(value)
        return _Wanted(name=value)
    return _Wanted(server=_unescaped(value))


def _unescaped(server: str) -> str:
    """An address that was escaped to stand in a path; a plain one has a colon."""
    return urllib.parse.unquote_plus(server) if ":" not in server else server


def _difference(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str | None]:
    """Return what to set, and ``None`` for what goes; the product's own stay."""
    old, new = messages.own_labels(before), messages.own_labels(after)
    gone: dict[str, str | None] = {k: None for k in old if k not in new}
    return {**gone, **new}

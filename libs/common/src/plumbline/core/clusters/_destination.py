"""Read cluster secrets and resolve an application's destination to one of them."""

import dataclasses
import urllib.parse
from collections.abc import Mapping, Sequence
from typing import Final

from plumbline.core import errors
from plumbline.core.model import Destination
from plumbline.core.repositories import fnv32a
from plumbline.core.secret import Secret

__all__ = [
    "IN_CLUSTER",
    "IN_CLUSTER_NAME",
    "IN_CLUSTER_SERVER",
    "REFRESH_ANNOTATION",
    "Cluster",
    "decode_cluster",
    "encode_cluster",
    "resolve",
    "secret_name",
]

IN_CLUSTER_SERVER: Final = "https://kubernetes.default.svc"
IN_CLUSTER_NAME: Final = "in-cluster"
REFRESH_ANNOTATION: Final = "argocd.argoproj.io/refresh"
_EMPTY: Final = Secret("")
_MAX_SHARD: Final = 2**31


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cluster:
    """A destination cluster, without its connection settings except as a typed secret."""

    server: str
    name: str
    namespaces: tuple[str, ...] = ()
    cluster_resources: bool = False
    project: str = ""
    config: Secret = _EMPTY
    secret_name: str = ""
    shard: int | None = None
    refresh_requested: str = ""
    """When somebody asked for the cluster's state to be read anew (RFC 3339); a new value makes a
    new cluster of it for whoever keeps connections."""
    labels: Mapping[str, str] = dataclasses.field(default_factory=dict, compare=False)
    annotations: Mapping[str, str] = dataclasses.field(default_factory=dict, compare=False)


IN_CLUSTER: Final = Cluster(server=IN_CLUSTER_SERVER, name=IN_CLUSTER_NAME)


def decode_cluster(
    secret_name: str,
    data: Mapping[str, Secret],
    *,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> Cluster:
    """Read the data of a cluster Secret.

    Args:
        secret_name: the Secret's name.
        data: its data.
        labels: its labels.
        annotations: its annotations; one holds the last request to read the cluster anew.

    Raises:
        errors.InvalidArgument: it names no server.
    """
    text = {key: value.reveal() for key, value in data.items() if key != "config"}
    server = text.get("server", "").rstrip("/")
    if not server:
        raise errors.InvalidArgument(f"cluster secret {secret_name!r} has no server")
    return Cluster(
        server=server,
        name=text.get("name") or server,
        namespaces=tuple(n.strip() for n in text.get("namespaces", "").split(",") if n.strip()),
        cluster_resources=text.get("clusterResources", "").lower() == "true",
        project=text.get("project", ""),
        config=data.get("config", _EMPTY),
        secret_name=secret_name,
        shard=_shard(text.get("shard", "")),
        refresh_requested=(annotations or {}).get(REFRESH_ANNOTATION, ""),
        labels=dict(labels or {}),
        annotations=dict(annotations or {}),
    )


def _shard(text: str) -> int | None:
    text = text.strip()
    is_number = text.isascii() and text.isdecimal()
    return int(text) if is_number and int(text) < _MAX_SHARD else None


def encode_cluster(cluster: Cluster) -> dict[str, Secret]:
    """Return the data of a cluster Secret; an empty value removes its key."""
    values = {
        "name": cluster.name,
        "server": cluster.server,
        "namespaces": ",".join(cluster.namespaces),
        "clusterResources": "true" if cluster.cluster_resources else "",
        "project": cluster.project,
        "shard": "" if cluster.shard is None else str(cluster.shard),
    }
    return {**{key: Secret(value) for key, value in values.items()}, "config": cluster.config}


def secret_name(server: str) -> str:
    """Return the name of the Secret that the API makes for a server (config.md section 8)."""
    host = (urllib.parse.urlsplit(server).hostname or "").lower()
    # A name of a Secret has no colon, an IPv6 address has.
    return f"cluster-{host.replace(':', '-')}-{fnv32a(server)}"


def resolve(
    destination: Destination, clusters: Sequence[Cluster], *, in_cluster_enabled: bool = True
) -> Cluster:
    """Return the cluster a destination names.

    Args:
        destination: server or name, never both.
        clusters: those with a Secret.
        in_cluster_enabled: argocd-cm ``cluster.inClusterEnabled``.

    Raises:
        errors.InvalidArgument: both or neither given, or a name that several clusters have.
        errors.NotFound: no such cluster.
    """
    known = list(clusters)
    if in_cluster_enabled and all(c.server != IN_CLUSTER_SERVER for c in known):
        known.append(IN_CLUSTER)
    server = destination.server.rstrip("/")
    if server and destination.name:
        raise errors.InvalidArgument(
            "application destination can't have both name and server defined:"
            f" {destination.name} {server}"
        )
    if server:
        for cluster in known:
            if cluster.server == server:
                return cluster
        raise errors.NotFound(f'cluster "{server}" not found')
    if not destination.name:
        raise errors.InvalidArgument("destination server missing from app spec")
    named = [c for c in known if c.name == destination.name]
    if not named:
        raise errors.NotFound(f"there are no clusters with this name: {destination.name}")
    if len(named) > 1:
        servers = " ".join(c.server for c in named)
        raise errors.InvalidArgument(
            f"there are {len(named)} clusters with the same name: [{servers}]"
        )
    return named[0]

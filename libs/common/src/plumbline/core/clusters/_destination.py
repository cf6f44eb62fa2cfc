"""Read cluster secrets and resolve an application's destination to one of them."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Final

from plumbline.core import errors
from plumbline.core.model import Destination
from plumbline.core.secret import Secret

__all__ = ["IN_CLUSTER_NAME", "IN_CLUSTER_SERVER", "Cluster", "decode_cluster", "resolve"]

IN_CLUSTER_SERVER: Final = "https://kubernetes.default.svc"
IN_CLUSTER_NAME: Final = "in-cluster"
_EMPTY: Final = Secret("")


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


IN_CLUSTER: Final = Cluster(server=IN_CLUSTER_SERVER, name=IN_CLUSTER_NAME)


def decode_cluster(secret_name: str, data: Mapping[str, Secret]) -> Cluster:
    """Read the data of a cluster Secret.

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
    )


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

"""Clusters between messages and values; nothing of a cluster's credential is ever answered.

Used by the services of clusters and projects.
"""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, Final

from plumbline.core import clusters, errors, repositories
from plumbline.core.secret import Secret
from plumbline.pb.v1alpha1 import generated_pb2
from plumbline.rpc import convert

__all__ = ["merged", "own_labels", "read_config", "read_message", "same", "server_url", "show"]

_HIDDEN: Final = frozenset(
    {
        repositories.SECRET_TYPE_LABEL,
        clusters.REFRESH_ANNOTATION,
        "managed-by",
        # Holds the whole Secret, values included.
        "kubectl.kubernetes.io/last-applied-configuration",
    }
)
_MAX_CONFIG: Final = 256 * 1024
_CREDENTIALS: Final = (
    "username",
    "password",
    "bearerToken",
    "awsAuthConfig",
    "execProviderConfig",
)
_FIELDS: Final = {
    "name": "name",
    "namespaces": "namespaces",
    "config": "config",
    "shard": "shard",
    "clusterResources": "cluster_resources",
    "labels": "labels",
    "annotations": "annotations",
    "project": "project",
}


def server_url(text: str) -> str:
    """Return the address of an API server as it is stored.

    Raises:
        errors.InvalidArgument: it is no plain http or https URL.
    """
    address = text.strip().rstrip("/")
    if not address.lower().startswith(("https://", "http://")) or len(address) > 2048:
        raise errors.InvalidArgument("cluster server must be an http or https URL")
    checked = repositories.check_url(address)
    if "@" in checked or "?" in checked or "#" in checked:
        raise errors.InvalidArgument("cluster server must hold neither user, query nor fragment")
    return checked


def read_message(message: generated_pb2.Cluster, *, server: str) -> clusters.Cluster:
    """Return the cluster a request describes.

    Raises:
        errors.InvalidArgument: a field holds what it cannot hold.
    """
    if any("," in name or not name.strip() for name in message.namespaces):
        raise errors.InvalidArgument("a namespace of the cluster is empty or holds a comma")
    if message.shard < 0 or message.shard >= 2**31:
        raise errors.InvalidArgument("shard is negative or too large")
    return clusters.Cluster(
        server=server,
        name=message.name or server,
        namespaces=tuple(message.namespaces),
        cluster_resources=message.clusterResources,
        project=message.project,
        config=read_config(message.config, server=server),
        shard=message.shard if message.HasField("shard") else None,
        labels=own_labels(message.labels),
        annotations=own_labels(message.annotations),
    )


def read_config(message: generated_pb2.ClusterConfig, *, server: str) -> Secret:
    """Return the connection settings as they are stored: JSON, or nothing for our own cluster.

    Raises:
        errors.InvalidArgument: they are too large.
    """
    tree = convert.to_json(message)
    tree.setdefault("tlsClientConfig", {"insecure": False})
    tls = tree["tlsClientConfig"]
    is_bare = not any(tree.get(key) for key in _CREDENTIALS) and not tls.get("keyData")
    if server == clusters.IN_CLUSTER_SERVER and is_bare:
        return Secret("")
    text = json.dumps(tree, sort_keys=True)
    if len(text) > _MAX_CONFIG:
        raise errors.InvalidArgument("cluster config is too large")
    return Secret(text)


def same(left: clusters.Cluster, right: clusters.Cluster) -> bool:
    """Tell whether two clusters are declared alike, however their settings are written."""

    def plain(cluster: clusters.Cluster) -> clusters.Cluster:
        try:
            tree = json.loads(cluster.config.reveal() or "{}")
            message = convert.to_message(tree, generated_pb2.ClusterConfig)
        except (ValueError, errors.InvalidArgument):
            return cluster
        config = read_config(message, server=cluster.server)
        return dataclasses.replace(cluster, config=config)

    return (
        plain(left) == plain(right)
        and own_labels(left.labels) == own_labels(right.labels)
        and own_labels(left.annotations) == own_labels(right.annotations)
    )


def own_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """Return the labels or annotations that are the user's."""
    return {k: v for k, v in labels.items() if k not in _HIDDEN}


def merged(
    stored: clusters.Cluster, wanted: clusters.Cluster, fields: list[str]
) -> clusters.Cluster:
    """Return the stored cluster with fields of another; all of them if none is named.

    The address stays: it is what permissions were asked for.

    Raises:
        errors.InvalidArgument: a field that clusters do not have, or that cannot be changed.
    """
    unknown = [name for name in fields if name not in _FIELDS]
    if unknown:
        raise errors.InvalidArgument(f"cluster field '{unknown[0]}' cannot be updated")
    names = [_FIELDS[name] for name in fields] or list(_FIELDS.values())
    return dataclasses.replace(stored, **{name: getattr(wanted, name) for name in names})


def show(
    cluster: clusters.Cluster,
    *,
    info: generated_pb2.ClusterInfo | None = None,
) -> generated_pb2.Cluster:
    """Return a cluster as callers may see it."""
    message = generated_pb2.Cluster(
        server=cluster.server,
        name=cluster.name,
        namespaces=cluster.namespaces,
        clusterResources=cluster.cluster_resources,
        project=cluster.project,
        config=_shown_config(cluster),
    )
    if cluster.shard is not None:
        message.shard = cluster.shard
    message.labels.update(own_labels(cluster.labels))
    message.annotations.update(own_labels(cluster.annotations))
    if cluster.refresh_requested:
        time = convert.to_message(
            {"refreshRequestedAt": cluster.refresh_requested}, generated_pb2.Cluster
        )
        message.refreshRequestedAt.CopyFrom(time.refreshRequestedAt)
    if info is not None:
        message.info.CopyFrom(info)
        message.connectionState.CopyFrom(info.connectionState)
        message.serverVersion = info.serverVersion
    return message


def _shown_config(cluster: clusters.Cluster) -> generated_pb2.ClusterConfig:
    """What of the connection settings tells nobody how to connect."""
    tree: Any = {}
    try:
        tree = json.loads(cluster.config.reveal() or "{}")
    except ValueError:
        tree = {}
    if not isinstance(tree, dict):
        tree = {}
    tls = tree.get("tlsClientConfig")
    tls = tls if isinstance(tls, dict) else {}
    config = generated_pb2.ClusterConfig(
        tlsClientConfig=generated_pb2.TLSClientConfig(
            insecure=tls.get("insecure") is True, serverName=str(tls.get("serverName") or "")
        )
    )
    if isinstance(tree.get("username"), str):
        config.username = tree["username"]
    for key in ("awsAuthConfig", "execProviderConfig"):
        inner = tree.get(key)
        if isinstance(inner, dict):
            _copy(inner, getattr(config, key))
    if tree.get("disableCompression") is True:
        config.disableCompression = True
    if isinstance(tree.get("proxyUrl"), str):
        config.proxyUrl = repositories.public_url(tree["proxyUrl"])
    return config


def _copy(tree: Mapping[str, Any], message: Any) -> None:
    """Copy what names the way to authenticate; arguments and environment may hold secrets."""
    for key in ("clusterName", "roleARN", "profile", "command", "apiVersion", "installHint"):
        if key in message.DESCRIPTOR.fields_by_name and isinstance(tree.get(key), str):
            setattr(message, key, tree[key])

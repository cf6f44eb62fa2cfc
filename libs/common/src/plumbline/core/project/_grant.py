"""Grants: the only way to a write."""

import dataclasses
from typing import Final

from plumbline.core import clusters, errors
from plumbline.core.model import GroupKind, Project, ResourceKey
from plumbline.core.project import _rules

__all__ = ["WriteGrant", "grant", "grant_internal"]

_MINT: Final = object()
_NAMESPACE: Final = GroupKind("", "Namespace")


@dataclasses.dataclass(frozen=True)
class WriteGrant:
    """Permission to write one object of one cluster until a moment of the boot-time clock."""

    cluster: str
    key: ResourceKey
    verbs: frozenset[str]
    project: str
    app: str
    expires_at: float
    mint: object = dataclasses.field(repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse anybody but this module's functions.

        Raises:
            errors.PermissionDenied: made elsewhere.
        """
        if self.mint is not _MINT:
            raise errors.PermissionDenied("a WriteGrant is made by core.project.grant only")


def grant(
    project: Project,
    cluster: clusters.Cluster,
    key: ResourceKey,
    *,
    namespaced: bool,
    verbs: frozenset[str],
    app: str,
    expires_at: float,
) -> WriteGrant:
    """Check one object against its project and return the proof.

    Raises:
        errors.PermissionDenied: with the contract's texts (behaviour.md section 3).
    """
    name = project.metadata.name
    permitted = _rules.permits_resource(
        project, key.group_kind, namespaced=namespaced, name=key.name
    )
    if not permitted:
        raise errors.PermissionDenied(
            f"resource {key.group}:{key.kind} is not permitted in project {name}"
        )
    if namespaced and not _rules.permits_namespace(project, cluster, key.namespace):
        raise errors.PermissionDenied(
            f"namespace {key.namespace} is not permitted in project '{name}'"
        )
    return WriteGrant(cluster.server, key, verbs, name, app, expires_at, _MINT)


def grant_internal(
    project: Project, cluster: clusters.Cluster, namespace: str, *, app: str, expires_at: float
) -> WriteGrant:
    """Return the proof for making an application's own destination namespace (CreateNamespace).

    The contract lets CreateNamespace=true work without Namespace in the white list; the
    destination itself must be permitted.

    Raises:
        errors.PermissionDenied: the destination is not permitted.
    """
    name = project.metadata.name
    if not _rules.permits_destination(project, cluster, namespace):
        raise errors.PermissionDenied(f"namespace {namespace} is not permitted in project '{name}'")
    key = ResourceKey(*_NAMESPACE, "", namespace)
    verbs = frozenset({"create", "patch"})
    return WriteGrant(cluster.server, key, verbs, name, app, expires_at, _MINT)

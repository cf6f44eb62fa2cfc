"""The AppProject custom resource as a typed lens (contract: the CRD table, AppProject rows).

Used by ``core.project`` (what an application may do), ``core.windows`` and the RBAC server.
"""

from typing import Any

import msgspec

from plumbline.core import errors
from plumbline.core.model.application import Destination, Lens, ObjectMeta

__all__ = [
    "DestinationServiceAccount",
    "JWTToken",
    "JWTTokens",
    "OrphanedResources",
    "Project",
    "ProjectRole",
    "ProjectSpec",
    "ProjectStatus",
    "ResourceRule",
    "SyncWindow",
    "decode_project",
]


class ResourceRule(Lens, frozen=True):
    """Group and kind patterns, with an optional name pattern (cluster lists only)."""

    group: str = ""
    kind: str = ""
    name: str = ""


class SyncWindow(Lens, frozen=True):
    """One entry of spec.syncWindows (behaviour.md section 8)."""

    kind: str = ""
    schedule: str = ""
    duration: str = ""
    applications: list[str] = []
    namespaces: list[str] = []
    clusters: list[str] = []
    manual_sync: bool = False
    time_zone: str = ""
    and_operator: bool = False
    description: str = ""
    sync_overrun: bool = False


class JWTToken(Lens, frozen=True):
    """A token issued for a project role."""

    iat: int = 0
    exp: int = 0
    id: str = ""


class JWTTokens(Lens, frozen=True):
    """The tokens of one role, as status lists them."""

    items: list[JWTToken] = []


class ProjectRole(Lens, frozen=True):
    """One entry of spec.roles."""

    name: str = ""
    description: str = ""
    policies: list[str] = []
    groups: list[str] = []
    jwt_tokens: list[JWTToken] = []


class DestinationServiceAccount(Lens, frozen=True):
    """Which service account to impersonate for a destination."""

    server: str = ""
    namespace: str = ""
    default_service_account: str = ""


class OrphanedResources(Lens, frozen=True):
    """spec.orphanedResources; its absence switches the feature off."""

    warn: bool | None = None
    ignore: list[ResourceRule] = []


class ProjectSpec(Lens, frozen=True):
    """spec of an AppProject. ``None`` and an empty list differ for the namespace whitelist."""

    source_repos: list[str] = []
    destinations: list[Destination] = []
    description: str = ""
    roles: list[ProjectRole] = []
    cluster_resource_whitelist: list[ResourceRule] = []
    cluster_resource_blacklist: list[ResourceRule] = []
    namespace_resource_whitelist: list[ResourceRule] | None = None
    namespace_resource_blacklist: list[ResourceRule] = []
    orphaned_resources: OrphanedResources | None = None
    sync_windows: list[SyncWindow] = []
    source_namespaces: list[str] = []
    permit_only_project_scoped_clusters: bool = False
    destination_service_accounts: list[DestinationServiceAccount] = []
    signature_keys: list[dict[str, Any]] = []
    source_integrity: dict[str, Any] | None = None


class ProjectStatus(Lens, frozen=True):
    """status of an AppProject."""

    jwt_tokens_by_role: dict[str, JWTTokens] = {}


class Project(Lens, frozen=True):
    """An AppProject."""

    metadata: ObjectMeta = ObjectMeta()
    spec: ProjectSpec = ProjectSpec()
    status: ProjectStatus = ProjectStatus()


def decode_project(tree: Any) -> Project:
    """Read an AppProject from its JSON bytes or tree.

    Raises:
        errors.InvalidArgument: a field has the wrong type; the message names it.
    """
    try:
        if isinstance(tree, bytes | bytearray | memoryview):
            return msgspec.json.decode(tree, type=Project)
        return msgspec.convert(tree, Project)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise errors.InvalidArgument(f"AppProject cannot be read: {error}") from error

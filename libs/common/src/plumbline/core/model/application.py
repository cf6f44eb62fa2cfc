"""The Application custom resource as a typed lens (contract: the CRD table, Application rows).

Used by the controller and the api-server to decide. JSON names are the lower-camel forms of the
attributes (``repoURL`` excepted). Unknown fields are dropped on decoding, so nothing is written
back from here except parts that Plumbline itself owns: status, operation state.
"""

from typing import Any

import msgspec

from plumbline.core import errors

__all__ = [
    "Application",
    "Automated",
    "Backoff",
    "ComparedTo",
    "Condition",
    "Destination",
    "Health",
    "IgnoreDifference",
    "ManagedNamespaceMetadata",
    "ObjectMeta",
    "Operation",
    "OperationState",
    "OwnerReference",
    "ResourceResult",
    "ResourceStatus",
    "Retry",
    "Source",
    "Spec",
    "Status",
    "SyncOperation",
    "SyncPolicy",
    "SyncResource",
    "SyncResult",
    "SyncStatus",
    "decode_application",
    "dump",
]


class Lens(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, kw_only=True):
    """Base of all lenses: frozen, lower-camel JSON names, defaults omitted when written."""


class OwnerReference(Lens, frozen=True):
    """One entry of metadata.ownerReferences."""

    api_version: str = ""
    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool = False


class ObjectMeta(Lens, frozen=True):
    """The metadata fields Plumbline reads."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    finalizers: list[str] = []
    owner_references: list[OwnerReference] = []


class Source(Lens, frozen=True):
    """One source; the tools' own settings stay JSON, the repo-server interprets them."""

    repo_url: str = msgspec.field(default="", name="repoURL")
    path: str = ""
    target_revision: str = ""
    chart: str = ""
    ref: str = ""
    name: str = ""
    tag_prefix: str = ""
    helm: dict[str, Any] | None = None
    kustomize: dict[str, Any] | None = None
    directory: dict[str, Any] | None = None
    plugin: dict[str, Any] | None = None


class Destination(Lens, frozen=True):
    """Where an application goes: server or name of a cluster, and a namespace."""

    server: str = ""
    name: str = ""
    namespace: str = ""


class IgnoreDifference(Lens, frozen=True):
    """One rule of spec.ignoreDifferences; group and kind are globs (behaviour.md section 6)."""

    group: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""
    json_pointers: list[str] = []
    jq_path_expressions: list[str] = []
    managed_fields_managers: list[str] = []


class Automated(Lens, frozen=True):
    """spec.syncPolicy.automated."""

    prune: bool = False
    self_heal: bool = False
    allow_empty: bool = False
    enabled: bool | None = None


class Backoff(Lens, frozen=True):
    """Durations are Go durations or plain seconds (behaviour.md section 7)."""

    duration: str = ""
    factor: int | None = None
    max_duration: str = ""


class Retry(Lens, frozen=True):
    """spec.syncPolicy.retry and operation.retry; a negative limit retries for ever."""

    limit: int = 0
    backoff: Backoff | None = None
    refresh: bool = False


class ManagedNamespaceMetadata(Lens, frozen=True):
    """Labels and annotations of a namespace made by CreateNamespace=true."""

    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class SyncPolicy(Lens, frozen=True):
    """spec.syncPolicy."""

    automated: Automated | None = None
    sync_options: list[str] = []
    retry: Retry | None = None
    managed_namespace_metadata: ManagedNamespaceMetadata | None = None


class Spec(Lens, frozen=True):
    """spec of an Application."""

    project: str = ""
    destination: Destination = Destination()
    source: Source | None = None
    sources: list[Source] = []
    source_hydrator: dict[str, Any] | None = None
    sync_policy: SyncPolicy | None = None
    ignore_differences: list[IgnoreDifference] = []
    revision_history_limit: int | None = None
    info: list[dict[str, Any]] = []

    @property
    def all_sources(self) -> list[Source]:
        """The sources in force: ``sources`` wherever it is non-empty, else the single source."""
        if self.sources:
            return self.sources
        return [self.source] if self.source is not None else []


class SyncResource(Lens, frozen=True):
    """One entry of a selective sync."""

    group: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""


class SyncOperation(Lens, frozen=True):
    """operation.sync."""

    revision: str = ""
    revisions: list[str] = []
    prune: bool = False
    dry_run: bool = False
    sync_strategy: dict[str, Any] | None = None
    resources: list[SyncResource] = []
    source: Source | None = None
    sources: list[Source] = []
    manifests: list[str] = []
    sync_options: list[str] = []
    auto_heal_attempts_count: int = 0


class Operation(Lens, frozen=True):
    """The pending or recorded operation."""

    sync: SyncOperation | None = None
    retry: Retry | None = None
    info: list[dict[str, Any]] = []
    initiated_by: dict[str, Any] | None = None


class ResourceResult(Lens, frozen=True, omit_defaults=False):
    """One row of operationState.syncResult.resources; empty texts are written, as required."""

    group: str = ""
    version: str = ""
    kind: str = ""
    namespace: str = ""
    name: str = ""
    status: str | msgspec.UnsetType = msgspec.UNSET
    message: str | msgspec.UnsetType = msgspec.UNSET
    hook_type: str | msgspec.UnsetType = msgspec.UNSET
    hook_phase: str | msgspec.UnsetType = msgspec.UNSET
    sync_phase: str | msgspec.UnsetType = msgspec.UNSET
    images: list[str] | msgspec.UnsetType = msgspec.UNSET


class SyncResult(Lens, frozen=True):
    """operationState.syncResult."""

    revision: str = ""
    revisions: list[str] = []
    source: Source | None = None
    sources: list[Source] = []
    resources: list[ResourceResult] = []


class OperationState(Lens, frozen=True):
    """status.operationState."""

    operation: Operation = Operation()
    phase: str = ""
    message: str = ""
    sync_result: SyncResult | None = None
    started_at: str = ""
    finished_at: str | None = None
    retry_count: int = 0


class Health(Lens, frozen=True):
    """A health verdict."""

    status: str = ""
    message: str = ""
    last_transition_time: str | None = None


class ResourceStatus(Lens, frozen=True):
    """One row of status.resources."""

    group: str = ""
    version: str = ""
    kind: str = ""
    namespace: str = ""
    name: str = ""
    status: str = ""
    health: Health | None = None
    hook: bool = False
    requires_pruning: bool = False
    requires_deletion_confirmation: bool = False
    sync_wave: int = 0


class ComparedTo(Lens, frozen=True):
    """What a verdict was computed from."""

    destination: Destination = Destination()
    source: Source | None = None
    sources: list[Source] = []
    ignore_differences: list[IgnoreDifference] = []


class SyncStatus(Lens, frozen=True):
    """status.sync."""

    status: str = ""
    revision: str = ""
    revisions: list[str] = []
    compared_to: ComparedTo | None = None


class Condition(Lens, frozen=True):
    """One entry of status.conditions."""

    type: str = ""
    message: str = ""
    last_transition_time: str | None = None


class Status(Lens, frozen=True):
    """The status fields Plumbline reads back."""

    sync: SyncStatus = SyncStatus()
    health: Health = Health()
    resources: list[ResourceStatus] = []
    conditions: list[Condition] = []
    operation_state: OperationState | None = None
    history: list[dict[str, Any]] = []
    reconciled_at: str | None = None
    observed_at: str | None = None
    source_type: str = ""
    source_types: list[str] = []
    summary: dict[str, Any] = {}
    controller_namespace: str = ""


class Application(Lens, frozen=True):
    """An Application, as far as Plumbline decides by it."""

    metadata: ObjectMeta = ObjectMeta()
    spec: Spec = Spec()
    status: Status = Status()
    operation: Operation | None = None

    @property
    def qualified_name(self) -> str:
        """``namespace/name``, as shown in messages (behaviour.md section 11)."""
        return f"{self.metadata.namespace}/{self.metadata.name}"

    def instance_name(self, control_plane_namespace: str) -> str:
        """``name`` in the control plane's namespace, else ``namespace_name`` (section 11)."""
        if self.metadata.namespace in ("", control_plane_namespace):
            return self.metadata.name
        return f"{self.metadata.namespace}_{self.metadata.name}"


def decode_application(tree: Any) -> Application:
    """Read an Application from its JSON bytes or tree.

    Raises:
        errors.InvalidArgument: a field has the wrong type; the message names it.
    """
    try:
        if isinstance(tree, bytes | bytearray | memoryview):
            return msgspec.json.decode(tree, type=Application)
        return msgspec.convert(tree, Application)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise errors.InvalidArgument(f"Application cannot be read: {error}") from error


def dump(lens: Lens) -> dict[str, Any]:
    """Return the JSON tree of a lens, defaults omitted."""
    tree: dict[str, Any] = msgspec.to_builtins(lens)
    return tree

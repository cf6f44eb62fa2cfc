from plumbline.pb.google.api import annotations_pb2 as _annotations_pb2
from plumbline.pb.k8s import meta_v1_pb2 as _meta_v1_pb2
from plumbline.pb.reposerver import repository_pb2 as _repository_pb2
from plumbline.pb.server import events_pb2 as _events_pb2
from plumbline.pb.v1alpha1 import generated_pb2 as _generated_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ApplicationQuery(_message.Message):
    __slots__ = ("name", "refresh", "projects", "resourceVersion", "selector", "repo", "appNamespace", "project")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REFRESH_FIELD_NUMBER: _ClassVar[int]
    PROJECTS_FIELD_NUMBER: _ClassVar[int]
    RESOURCEVERSION_FIELD_NUMBER: _ClassVar[int]
    SELECTOR_FIELD_NUMBER: _ClassVar[int]
    REPO_FIELD_NUMBER: _ClassVar[int]
    APPNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    name: str
    refresh: str
    projects: _containers.RepeatedScalarFieldContainer[str]
    resourceVersion: str
    selector: str
    repo: str
    appNamespace: str
    project: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., refresh: _Optional[str] = ..., projects: _Optional[_Iterable[str]] = ..., resourceVersion: _Optional[str] = ..., selector: _Optional[str] = ..., repo: _Optional[str] = ..., appNamespace: _Optional[str] = ..., project: _Optional[_Iterable[str]] = ...) -> None: ...

class NodeQuery(_message.Message):
    __slots__ = ("name", "appNamespace")
    NAME_FIELD_NUMBER: _ClassVar[int]
    APPNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    name: str
    appNamespace: str
    def __init__(self, name: _Optional[str] = ..., appNamespace: _Optional[str] = ...) -> None: ...

class RevisionMetadataQuery(_message.Message):
    __slots__ = ("name", "revision", "appNamespace", "project", "sourceIndex", "versionId")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    APPNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    SOURCEINDEX_FIELD_NUMBER: _ClassVar[int]
    VERSIONID_FIELD_NUMBER: _ClassVar[int]
    name: str
    revision: str
    appNamespace: str
    project: str
    sourceIndex: int
    versionId: int
    def __init__(self, name: _Optional[str] = ..., revision: _Optional[str] = ..., appNamespace: _Optional[str] = ..., project: _Optional[str] = ..., sourceIndex: _Optional[int] = ..., versionId: _Optional[int] = ...) -> None: ...

class ApplicationResourceEventsQuery(_message.Message):
    __slots__ = ("name", "resourceNamespace", "resourceName", "resourceUID", "appNamespace", "project")
    NAME_FIELD_NUMBER: _ClassVar[int]
    RESOURCENAMESPACE_FIELD_NUMBER: _ClassVar[int]
    RESOURCENAME_FIELD_NUMBER: _ClassVar[int]
    RESOURCEUID_FIELD_NUMBER: _ClassVar[int]
    APPNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    name: str
    resourceNamespace: str
    resourceName: str
    resourceUID: str
    appNamespace: str
    project: str
    def __init__(self, name: _Optional[str] = ..., resourceNamespace: _Optional[str] = ..., resourceName: _Optional[str] = ..., resourceUID: _Optional[str] = ..., appNamespace: _Optional[str] = ..., project: _Optional[str] = ...) -> None: ...

class ApplicationManifestQuery(_message.Message):
    __slots__ = ("name", "revision", "appNamespace", "project", "sourcePositions", "revisions", "noCache")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    APPNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    SOURCEPOSITIONS_FIELD_NUMBER: _ClassVar[int]
    REVISIONS_FIELD_NUMBER: _ClassVar[int]
    NOCACHE_FIELD_NUMBER: _ClassVar[int]
    name: str
    revision: str
    appNamespace: str
    project: str
    sourcePositions: _containers.RepeatedScalarFieldContainer[int]
    revisions: _containers.RepeatedScalarFieldContainer[str]
    noCache: bool
    def __init__(self, name: _Optional[str] = ..., revision: _Optional[str] = ..., appNamespace: _Optional[str] = ..., project: _Optional[str] = ..., sourcePositions: _Optional[_Iterable[int]] = ..., revisions: _Optional[_Iterable[str]] = ..., noCache: _Optional[bool] = ...) -> None: ...

class FileChunk(_message.Message):
    __slots__ = ("chunk",)
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    chunk: bytes
    def __init__(self, chunk: _Optional[bytes] = ...) -> None: ...

class ApplicationManifestQueryWithFiles(_message.Message):
    __slots__ = ("name", "checksum", "appNamespace", "project")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CHECKSUM_FIELD_NUMBER: _ClassVar[int]
    APPNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    name: str
    checksum: str
    appNamespace: str
    project: str
    def __init__(self, name: _Optional[str] = ..., checksum: _Optional[str] = ..., appNamespace: _Optional[str] = ..., project: _Optional[str] = ...) -> None: ...

class ApplicationManifestQueryWithFilesWrapper(_message.Message):
    __slots__ = ("query", "chunk")
    QUERY_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    query: ApplicationManifestQueryWithFiles
    chunk: FileChunk
    def __init__(self, query: _Optional[_Union[ApplicationManifestQueryWithFiles, _Mapping]] = ..., chunk: _Optional[_Union[FileChunk, _Mapping]] = ...) -> None: ...

class ApplicationResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ApplicationCreateRequest(_message.Message):
    __slots__ = ("application", "upsert", "validate")
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    UPSERT_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_FIELD_NUMBER: _ClassVar[int]
    application: _generated_pb2.Application
    upsert: bool
    validate: bool
    def __init__(self, application: _Optional[_Union[_generated_pb2.Application, _Mapping]] = ..., upsert: _Optional[bool] = ..., validate: _Optional[bool] = ...) -> None: ...

class ApplicationUpdateRequest(_message.Message):
    __slots__ = ("application", "validate", "project")
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    application: _generated_pb2.Application
    validate: bool
    project: str
    def __init__(self, application: _Optional[_Union[_generated_pb2.Application, _Mapping]] = ..., validate: _Optional[bool] = ..., project: _Optional[str] = ...) -> None: ...

class ApplicationDeleteRequest(_message.Message):
    __slots__ = ("name", "cascade", "propagationPolicy", "appNamespace", "project")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CASCADE_FIELD_NUMBER: _ClassVar[int]
    PROPAGATIONPOLICY_FIELD_NUMBER: _ClassVar[int]
    APPNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    name: str
    cascade: bool
    propagationPolicy: str
    appNamespace: str
    project: str
    def __init__(self, name: _Optional[str] = ..., cascade: _Optional[bool] = ..., propagationPolicy: _Optional[str] = ..., appNamespace: _Optional[str] = ..., project: _Optional[str] = ...) -> None: ...

class SyncOptions(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, items: _Optional[_Iterable[str]] = ...) -> None: ...

class ApplicationSyncRequest(_message.Message):
    __slots__ = ("name", "revision", "dryRun", "prune", "strategy", "resources", "manifests", "infos", "retryStrategy", "syncOptions", "appNamespace", "project", "sourcePositions", "revisions")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    DRYRUN_FIELD_NUMBER: _ClassVar[int]
    PRUNE_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    RESOURCES_FIELD_NUMBER: _ClassVar[int]
    MANIFESTS_FIELD_NUMBER: _ClassVar[int]
    INFOS_FIELD_NUMBER: _ClassVar[int]
    RETRYSTRATEGY_FIELD_NUMBER: _ClassVar[int]
    SYNCOPTIONS_FIELD_NUMBER: _ClassVar[int]
    APPNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    SOURCEPOSITIONS_FIELD_NUMBER: _ClassVar[int]
    REVISIONS_FIELD_NUMBER: _ClassVar[int]
    name: str
    revision: str
    dryRun: bool
    prune: bool
    strategy: _generated_pb2.SyncStrategy
    resources: _containers.RepeatedCompositeFieldContainer[_generated_pb2.SyncOperationResource]
    manifests: _containers.RepeatedScalarFieldContainer[str]
    infos: _containers.RepeatedCompositeFieldContainer[_generated_pb2.Info]
    retryStrategy: _generated_pb2.RetryStrategy
    syncOptions: SyncOptions
    appNamespace: str
    project: str
    sourcePositions: _containers.RepeatedScalarFieldContainer[int]
    revisions: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., revision: _Optional[str] = ..., dryRun: _Optional[bool] = ..., prune: _Optional[bool] = ..., strategy: _Optional[_Union[_generated_pb2.SyncStrategy, _Mapping]] = ..., resources: _Optional[_Iterable[_Union[_generated_pb2.SyncOperationResource, _Mapping]]] = ..., manifests: _Optional[_Iterable[str]] = ..., infos: _Optional[_Iterable[_Union[_generated_pb2.Info, _Mapping]]] = ..., retryStrategy: _Optional[_Union[_generated_pb2.RetryStrategy, _Mapping]] = ..., syncOptions: _Optional[_Union[SyncOptions, _Mapping]] = ..., appNamespace: _Optional[str] = ..., project: _Optional[str] = ..., sourcePositions: _Optional[_Iterable[int]] = ..., revisions: _Optional[_Iterable[str]] = ...) -> None: ...

class ApplicationUpdateSpecRequest(_message.Message):
    __slots__ = ("name", "spec", "validate", "appNamespace", "project")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_FIELD_NUMBER: _ClassVar[int]
    APPNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    name: str
    spec: _generated_pb2.ApplicationSpec
    validate: bool
    appNamespace: str
    project: str
    def __init__(self, name: _Optional[str] = ..., spec: _Optional[_Union[_generated_pb2.ApplicationSpec, _Mapping]] = ..., validate: _Optional[bool] = ..., appNamespace: _Optional[str] = ..., project: _Optional[str] = ...) -> None: ...

class ApplicationPatchRequest(_message.Message):
    __slots__ = ("name", "patch", "patchType", "appNamespace", "project")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PATCH_FIELD_NUMBER: _ClassVar[int]
    PATCHTYPE_FIELD_NUMBER: _ClassVar[int]
    APPNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    name: str
    patch: str
    patchType: str
    appNamespace: str
    project: str
    def __init__(self, name: _Optional[str] = ..., patch: _Optional[str] = ..., patchType: _Optional[str] = ..., appNamespace: _Optional[str] = ..., project: _Optional[str] = ...) -> None: ...

class ApplicationRollbackRequest(_message.Message):
    __slots__ = ("name", "id", "dryRun", "prune", "appNamespace", "project")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    DRYRUN_FIELD_NUMBER: _ClassVar[int]
    PRUNE_FIELD_NUMBER: _ClassVar[int]
    APPNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    name: str
    id: int
    dryRun: bool
    prune: bool
    appNamespace: str
    project: str
    def __init__(self, name: _Optional[str] = ..., id: _Optional[int] = ..., dryRun: _Optional[bool] = ..., prune: _Optional[bool] = ..., appNamespace: _Optional[str] = ..., project: _Optional[str] = ...) -> None: ...

class ApplicationResourceRequest(_message.Message):
    __slots__ = ("name", "namespace", "resourceName", "version", "group", "kind", "appNamespace", "project")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    RESOURCENAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    APPNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    name: str
    namespace: str
    resourceName: str
    version: str
    group: str
    kind: str
    appNamespace: str
    project: str
    def __init__(self, name: _Optional[str] = ..., namespace: _Optional[str] = ..., resourceName: _Optional[str] = ..., version: _Optional[str] = ..., group: _Optional[str] = ..., kind: _Optional[str] = ..., appNamespace: _Optional[str] = ..., project: _Optional[str] = ...) -> None: ...

class ApplicationResourcePatchRequest(_message.Message):
    __slots__ = ("name", "namespace", "resourceName", "version", "group", "kind", "patch", "patchType", "appNamespace", "project")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    RESOURCENAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    PATCH_FIELD_NUMBER: _ClassVar[int]
    PATCHTYPE_FIELD_NUMBER: _ClassVar[int]
    APPNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    name: str
    namespace: str
    resourceName: str
    version: str
    group: str
    kind: str
    patch: str
    patchType: str
    appNamespace: str
    project: str
    def __init__(self, name: _Optional[str] = ..., namespace: _Optional[str] = ..., resourceName: _Optional[str] = ..., version: _Optional[str] = ..., group: _Optional[str] = ..., kind: _Optional[str] = ..., patch: _Optional[str] = ..., patchType: _Optional[str] = ..., appNamespace: _Optional[str] = ..., project: _Optional[str] = ...) -> None: ...

class ApplicationResourceDeleteRequest(_message.Message):
    __slots__ = ("name", "namespace", "resourceName", "version", "group", "kind", "force", "orphan", "appNamespace", "project")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    RESOURCENAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    FORCE_FIELD_NUMBER: _ClassVar[int]
    ORPHAN_FIELD_NUMBER: _ClassVar[int]
    APPNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    name: str
    namespace: str
    resourceName: str
    version: str
    group: str
    kind: str
    force: bool
    orphan: bool
    appNamespace: str
    project: str
    def __init__(self, name: _Optional[str] = ..., namespace: _Optional[str] = ..., resourceName: _Optional[str] = ..., version: _Optional[str] = ..., group: _Optional[str] = ..., kind: _Optional[str] = ..., force: _Optional[bool] = ..., orphan: _Optional[bool] = ..., appNamespace: _Optional[str] = ..., project: _Optional[str] = ...) -> None: ...

class ResourceActionParameters(_message.Message):
    __slots__ = ("name", "value")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: str
    def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class ResourceActionRunRequest(_message.Message):
    __slots__ = ("name", "namespace", "resourceName", "version", "group", "kind", "action", "appNamespace", "project")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    RESOURCENAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    APPNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    name: str
    namespace: str
    resourceName: str
    version: str
    group: str
    kind: str
    action: str
    appNamespace: str
    project: str
    def __init__(self, name: _Optional[str] = ..., namespace: _Optional[str] = ..., resourceName: _Optional[str] = ..., version: _Optional[str] = ..., group: _Optional[str] = ..., kind: _Optional[str] = ..., action: _Optional[str] = ..., appNamespace: _Optional[str] = ..., project: _Optional[str] = ...) -> None: ...

class ResourceActionRunRequestV2(_message.Message):
    __slots__ = ("name", "namespace", "resourceName", "version", "group", "kind", "action", "appNamespace", "project", "resourceActionParameters")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    RESOURCENAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    APPNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    RESOURCEACTIONPARAMETERS_FIELD_NUMBER: _ClassVar[int]
    name: str
    namespace: str
    resourceName: str
    version: str
    group: str
    kind: str
    action: str
    appNamespace: str
    project: str
    resourceActionParameters: _containers.RepeatedCompositeFieldContainer[ResourceActionParameters]
    def __init__(self, name: _Optional[str] = ..., namespace: _Optional[str] = ..., resourceName: _Optional[str] = ..., version: _Optional[str] = ..., group: _Optional[str] = ..., kind: _Optional[str] = ..., action: _Optional[str] = ..., appNamespace: _Optional[str] = ..., project: _Optional[str] = ..., resourceActionParameters: _Optional[_Iterable[_Union[ResourceActionParameters, _Mapping]]] = ...) -> None: ...

class ResourceActionsListResponse(_message.Message):
    __slots__ = ("actions",)
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    actions: _containers.RepeatedCompositeFieldContainer[_generated_pb2.ResourceAction]
    def __init__(self, actions: _Optional[_Iterable[_Union[_generated_pb2.ResourceAction, _Mapping]]] = ...) -> None: ...

class ApplicationResourceResponse(_message.Message):
    __slots__ = ("manifest",)
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    manifest: str
    def __init__(self, manifest: _Optional[str] = ...) -> None: ...

class ApplicationPodLogsQuery(_message.Message):
    __slots__ = ("name", "namespace", "podName", "container", "sinceSeconds", "sinceTime", "tailLines", "follow", "untilTime", "filter", "kind", "group", "resourceName", "previous", "appNamespace", "project", "matchCase")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PODNAME_FIELD_NUMBER: _ClassVar[int]
    CONTAINER_FIELD_NUMBER: _ClassVar[int]
    SINCESECONDS_FIELD_NUMBER: _ClassVar[int]
    SINCETIME_FIELD_NUMBER: _ClassVar[int]
    TAILLINES_FIELD_NUMBER: _ClassVar[int]
    FOLLOW_FIELD_NUMBER: _ClassVar[int]
    UNTILTIME_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    RESOURCENAME_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_FIELD_NUMBER: _ClassVar[int]
    APPNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    MATCHCASE_FIELD_NUMBER: _ClassVar[int]
    name: str
    namespace: str
    podName: str
    container: str
    sinceSeconds: int
    sinceTime: _meta_v1_pb2.Time
    tailLines: int
    follow: bool
    untilTime: str
    filter: str
    kind: str
    group: str
    resourceName: str
    previous: bool
    appNamespace: str
    project: str
    matchCase: bool
    def __init__(self, name: _Optional[str] = ..., namespace: _Optional[str] = ..., podName: _Optional[str] = ..., container: _Optional[str] = ..., sinceSeconds: _Optional[int] = ..., sinceTime: _Optional[_Union[_meta_v1_pb2.Time, _Mapping]] = ..., tailLines: _Optional[int] = ..., follow: _Optional[bool] = ..., untilTime: _Optional[str] = ..., filter: _Optional[str] = ..., kind: _Optional[str] = ..., group: _Optional[str] = ..., resourceName: _Optional[str] = ..., previous: _Optional[bool] = ..., appNamespace: _Optional[str] = ..., project: _Optional[str] = ..., matchCase: _Optional[bool] = ...) -> None: ...

class LogEntry(_message.Message):
    __slots__ = ("content", "timeStamp", "last", "timeStampStr", "podName")
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMPSTR_FIELD_NUMBER: _ClassVar[int]
    PODNAME_FIELD_NUMBER: _ClassVar[int]
    content: str
    timeStamp: _meta_v1_pb2.Time
    last: bool
    timeStampStr: str
    podName: str
    def __init__(self, content: _Optional[str] = ..., timeStamp: _Optional[_Union[_meta_v1_pb2.Time, _Mapping]] = ..., last: _Optional[bool] = ..., timeStampStr: _Optional[str] = ..., podName: _Optional[str] = ...) -> None: ...

class OperationTerminateRequest(_message.Message):
    __slots__ = ("name", "appNamespace", "project")
    NAME_FIELD_NUMBER: _ClassVar[int]
    APPNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    name: str
    appNamespace: str
    project: str
    def __init__(self, name: _Optional[str] = ..., appNamespace: _Optional[str] = ..., project: _Optional[str] = ...) -> None: ...

class ApplicationSyncWindowsQuery(_message.Message):
    __slots__ = ("name", "appNamespace", "project")
    NAME_FIELD_NUMBER: _ClassVar[int]
    APPNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    name: str
    appNamespace: str
    project: str
    def __init__(self, name: _Optional[str] = ..., appNamespace: _Optional[str] = ..., project: _Optional[str] = ...) -> None: ...

class ApplicationSyncWindowsResponse(_message.Message):
    __slots__ = ("activeWindows", "assignedWindows", "canSync")
    ACTIVEWINDOWS_FIELD_NUMBER: _ClassVar[int]
    ASSIGNEDWINDOWS_FIELD_NUMBER: _ClassVar[int]
    CANSYNC_FIELD_NUMBER: _ClassVar[int]
    activeWindows: _containers.RepeatedCompositeFieldContainer[ApplicationSyncWindow]
    assignedWindows: _containers.RepeatedCompositeFieldContainer[ApplicationSyncWindow]
    canSync: bool
    def __init__(self, activeWindows: _Optional[_Iterable[_Union[ApplicationSyncWindow, _Mapping]]] = ..., assignedWindows: _Optional[_Iterable[_Union[ApplicationSyncWindow, _Mapping]]] = ..., canSync: _Optional[bool] = ...) -> None: ...

class ApplicationSyncWindow(_message.Message):
    __slots__ = ("kind", "schedule", "duration", "manualSync")
    KIND_FIELD_NUMBER: _ClassVar[int]
    SCHEDULE_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    MANUALSYNC_FIELD_NUMBER: _ClassVar[int]
    kind: str
    schedule: str
    duration: str
    manualSync: bool
    def __init__(self, kind: _Optional[str] = ..., schedule: _Optional[str] = ..., duration: _Optional[str] = ..., manualSync: _Optional[bool] = ...) -> None: ...

class OperationTerminateResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ResourcesQuery(_message.Message):
    __slots__ = ("applicationName", "namespace", "name", "version", "group", "kind", "appNamespace", "project")
    APPLICATIONNAME_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    APPNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    applicationName: str
    namespace: str
    name: str
    version: str
    group: str
    kind: str
    appNamespace: str
    project: str
    def __init__(self, applicationName: _Optional[str] = ..., namespace: _Optional[str] = ..., name: _Optional[str] = ..., version: _Optional[str] = ..., group: _Optional[str] = ..., kind: _Optional[str] = ..., appNamespace: _Optional[str] = ..., project: _Optional[str] = ...) -> None: ...

class ManagedResourcesResponse(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_generated_pb2.ResourceDiff]
    def __init__(self, items: _Optional[_Iterable[_Union[_generated_pb2.ResourceDiff, _Mapping]]] = ...) -> None: ...

class ApplicationServerSideDiffQuery(_message.Message):
    __slots__ = ("appName", "appNamespace", "project", "liveResources", "targetManifests")
    APPNAME_FIELD_NUMBER: _ClassVar[int]
    APPNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    LIVERESOURCES_FIELD_NUMBER: _ClassVar[int]
    TARGETMANIFESTS_FIELD_NUMBER: _ClassVar[int]
    appName: str
    appNamespace: str
    project: str
    liveResources: _containers.RepeatedCompositeFieldContainer[_generated_pb2.ResourceDiff]
    targetManifests: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, appName: _Optional[str] = ..., appNamespace: _Optional[str] = ..., project: _Optional[str] = ..., liveResources: _Optional[_Iterable[_Union[_generated_pb2.ResourceDiff, _Mapping]]] = ..., targetManifests: _Optional[_Iterable[str]] = ...) -> None: ...

class ApplicationServerSideDiffResponse(_message.Message):
    __slots__ = ("items", "modified")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    MODIFIED_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_generated_pb2.ResourceDiff]
    modified: bool
    def __init__(self, items: _Optional[_Iterable[_Union[_generated_pb2.ResourceDiff, _Mapping]]] = ..., modified: _Optional[bool] = ...) -> None: ...

class LinkInfo(_message.Message):
    __slots__ = ("title", "url", "description", "iconClass")
    TITLE_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ICONCLASS_FIELD_NUMBER: _ClassVar[int]
    title: str
    url: str
    description: str
    iconClass: str
    def __init__(self, title: _Optional[str] = ..., url: _Optional[str] = ..., description: _Optional[str] = ..., iconClass: _Optional[str] = ...) -> None: ...

class LinksResponse(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[LinkInfo]
    def __init__(self, items: _Optional[_Iterable[_Union[LinkInfo, _Mapping]]] = ...) -> None: ...

class ListAppLinksRequest(_message.Message):
    __slots__ = ("name", "namespace", "project")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    name: str
    namespace: str
    project: str
    def __init__(self, name: _Optional[str] = ..., namespace: _Optional[str] = ..., project: _Optional[str] = ...) -> None: ...

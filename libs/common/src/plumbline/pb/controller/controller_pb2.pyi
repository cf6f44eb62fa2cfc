from plumbline.pb.server import application_pb2 as _application_pb2
from plumbline.pb.server import events_pb2 as _events_pb2
from plumbline.pb.v1alpha1 import generated_pb2 as _generated_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AppRef(_message.Message):
    __slots__ = ("namespace", "name")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    name: str
    def __init__(self, namespace: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class MovedRequest(_message.Message):
    __slots__ = ("repo_url", "ref", "commit")
    REPO_URL_FIELD_NUMBER: _ClassVar[int]
    REF_FIELD_NUMBER: _ClassVar[int]
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    repo_url: str
    ref: str
    commit: str
    def __init__(self, repo_url: _Optional[str] = ..., ref: _Optional[str] = ..., commit: _Optional[str] = ...) -> None: ...

class MovedResponse(_message.Message):
    __slots__ = ("matched",)
    MATCHED_FIELD_NUMBER: _ClassVar[int]
    matched: int
    def __init__(self, matched: _Optional[int] = ...) -> None: ...

class ManagedResourcesRequest(_message.Message):
    __slots__ = ("app", "group", "version", "kind", "namespace", "name")
    APP_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    app: AppRef
    group: str
    version: str
    kind: str
    namespace: str
    name: str
    def __init__(self, app: _Optional[_Union[AppRef, _Mapping]] = ..., group: _Optional[str] = ..., version: _Optional[str] = ..., kind: _Optional[str] = ..., namespace: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class LiveObjectRequest(_message.Message):
    __slots__ = ("app", "group", "version", "kind", "namespace", "name")
    APP_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    app: AppRef
    group: str
    version: str
    kind: str
    namespace: str
    name: str
    def __init__(self, app: _Optional[_Union[AppRef, _Mapping]] = ..., group: _Optional[str] = ..., version: _Optional[str] = ..., kind: _Optional[str] = ..., namespace: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class LiveObjectResponse(_message.Message):
    __slots__ = ("manifest",)
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    manifest: bytes
    def __init__(self, manifest: _Optional[bytes] = ...) -> None: ...

class PatchResourceRequest(_message.Message):
    __slots__ = ("object", "patch", "content_type")
    OBJECT_FIELD_NUMBER: _ClassVar[int]
    PATCH_FIELD_NUMBER: _ClassVar[int]
    CONTENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    object: LiveObjectRequest
    patch: bytes
    content_type: str
    def __init__(self, object: _Optional[_Union[LiveObjectRequest, _Mapping]] = ..., patch: _Optional[bytes] = ..., content_type: _Optional[str] = ...) -> None: ...

class DeleteResourceRequest(_message.Message):
    __slots__ = ("object", "force", "orphan")
    OBJECT_FIELD_NUMBER: _ClassVar[int]
    FORCE_FIELD_NUMBER: _ClassVar[int]
    ORPHAN_FIELD_NUMBER: _ClassVar[int]
    object: LiveObjectRequest
    force: bool
    orphan: bool
    def __init__(self, object: _Optional[_Union[LiveObjectRequest, _Mapping]] = ..., force: _Optional[bool] = ..., orphan: _Optional[bool] = ...) -> None: ...

class DeleteResourceResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ResourceEventsRequest(_message.Message):
    __slots__ = ("app", "namespace", "name", "uid")
    APP_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    UID_FIELD_NUMBER: _ClassVar[int]
    app: AppRef
    namespace: str
    name: str
    uid: str
    def __init__(self, app: _Optional[_Union[AppRef, _Mapping]] = ..., namespace: _Optional[str] = ..., name: _Optional[str] = ..., uid: _Optional[str] = ...) -> None: ...

class ClusterStatesRequest(_message.Message):
    __slots__ = ("server",)
    SERVER_FIELD_NUMBER: _ClassVar[int]
    server: str
    def __init__(self, server: _Optional[str] = ...) -> None: ...

class ClusterState(_message.Message):
    __slots__ = ("server", "status", "message", "version", "objects", "kinds", "api_versions", "kube_version")
    SERVER_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    OBJECTS_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    API_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    KUBE_VERSION_FIELD_NUMBER: _ClassVar[int]
    server: str
    status: str
    message: str
    version: str
    objects: int
    kinds: int
    api_versions: _containers.RepeatedScalarFieldContainer[str]
    kube_version: str
    def __init__(self, server: _Optional[str] = ..., status: _Optional[str] = ..., message: _Optional[str] = ..., version: _Optional[str] = ..., objects: _Optional[int] = ..., kinds: _Optional[int] = ..., api_versions: _Optional[_Iterable[str]] = ..., kube_version: _Optional[str] = ...) -> None: ...

class ClusterStatesResponse(_message.Message):
    __slots__ = ("clusters",)
    CLUSTERS_FIELD_NUMBER: _ClassVar[int]
    clusters: _containers.RepeatedCompositeFieldContainer[ClusterState]
    def __init__(self, clusters: _Optional[_Iterable[_Union[ClusterState, _Mapping]]] = ...) -> None: ...

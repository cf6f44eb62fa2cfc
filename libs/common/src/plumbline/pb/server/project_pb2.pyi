from plumbline.pb.google.api import annotations_pb2 as _annotations_pb2
from plumbline.pb.server import application_pb2 as _application_pb2
from plumbline.pb.server import events_pb2 as _events_pb2
from plumbline.pb.v1alpha1 import generated_pb2 as _generated_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ProjectCreateRequest(_message.Message):
    __slots__ = ("project", "upsert")
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    UPSERT_FIELD_NUMBER: _ClassVar[int]
    project: _generated_pb2.AppProject
    upsert: bool
    def __init__(self, project: _Optional[_Union[_generated_pb2.AppProject, _Mapping]] = ..., upsert: _Optional[bool] = ...) -> None: ...

class ProjectTokenDeleteRequest(_message.Message):
    __slots__ = ("project", "role", "iat", "id")
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    IAT_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    project: str
    role: str
    iat: int
    id: str
    def __init__(self, project: _Optional[str] = ..., role: _Optional[str] = ..., iat: _Optional[int] = ..., id: _Optional[str] = ...) -> None: ...

class ProjectTokenCreateRequest(_message.Message):
    __slots__ = ("project", "description", "role", "expiresIn", "id")
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    EXPIRESIN_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    project: str
    description: str
    role: str
    expiresIn: int
    id: str
    def __init__(self, project: _Optional[str] = ..., description: _Optional[str] = ..., role: _Optional[str] = ..., expiresIn: _Optional[int] = ..., id: _Optional[str] = ...) -> None: ...

class ProjectTokenResponse(_message.Message):
    __slots__ = ("token",)
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    token: str
    def __init__(self, token: _Optional[str] = ...) -> None: ...

class ProjectQuery(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ProjectUpdateRequest(_message.Message):
    __slots__ = ("project",)
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    project: _generated_pb2.AppProject
    def __init__(self, project: _Optional[_Union[_generated_pb2.AppProject, _Mapping]] = ...) -> None: ...

class EmptyResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SyncWindowsQuery(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class SyncWindowsResponse(_message.Message):
    __slots__ = ("windows",)
    WINDOWS_FIELD_NUMBER: _ClassVar[int]
    windows: _containers.RepeatedCompositeFieldContainer[_generated_pb2.SyncWindow]
    def __init__(self, windows: _Optional[_Iterable[_Union[_generated_pb2.SyncWindow, _Mapping]]] = ...) -> None: ...

class GlobalProjectsResponse(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_generated_pb2.AppProject]
    def __init__(self, items: _Optional[_Iterable[_Union[_generated_pb2.AppProject, _Mapping]]] = ...) -> None: ...

class DetailedProjectsResponse(_message.Message):
    __slots__ = ("globalProjects", "project", "repositories", "clusters")
    GLOBALPROJECTS_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    REPOSITORIES_FIELD_NUMBER: _ClassVar[int]
    CLUSTERS_FIELD_NUMBER: _ClassVar[int]
    globalProjects: _containers.RepeatedCompositeFieldContainer[_generated_pb2.AppProject]
    project: _generated_pb2.AppProject
    repositories: _containers.RepeatedCompositeFieldContainer[_generated_pb2.Repository]
    clusters: _containers.RepeatedCompositeFieldContainer[_generated_pb2.Cluster]
    def __init__(self, globalProjects: _Optional[_Iterable[_Union[_generated_pb2.AppProject, _Mapping]]] = ..., project: _Optional[_Union[_generated_pb2.AppProject, _Mapping]] = ..., repositories: _Optional[_Iterable[_Union[_generated_pb2.Repository, _Mapping]]] = ..., clusters: _Optional[_Iterable[_Union[_generated_pb2.Cluster, _Mapping]]] = ...) -> None: ...

class ListProjectLinksRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

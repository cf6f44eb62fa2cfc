from plumbline.pb.google.api import annotations_pb2 as _annotations_pb2
from plumbline.pb.server import events_pb2 as _events_pb2
from plumbline.pb.v1alpha1 import generated_pb2 as _generated_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ApplicationSetGetQuery(_message.Message):
    __slots__ = ("name", "appsetNamespace")
    NAME_FIELD_NUMBER: _ClassVar[int]
    APPSETNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    name: str
    appsetNamespace: str
    def __init__(self, name: _Optional[str] = ..., appsetNamespace: _Optional[str] = ...) -> None: ...

class ApplicationSetListQuery(_message.Message):
    __slots__ = ("projects", "selector", "appsetNamespace")
    PROJECTS_FIELD_NUMBER: _ClassVar[int]
    SELECTOR_FIELD_NUMBER: _ClassVar[int]
    APPSETNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    projects: _containers.RepeatedScalarFieldContainer[str]
    selector: str
    appsetNamespace: str
    def __init__(self, projects: _Optional[_Iterable[str]] = ..., selector: _Optional[str] = ..., appsetNamespace: _Optional[str] = ...) -> None: ...

class ApplicationSetWatchQuery(_message.Message):
    __slots__ = ("name", "projects", "selector", "appSetNamespace", "resourceVersion")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PROJECTS_FIELD_NUMBER: _ClassVar[int]
    SELECTOR_FIELD_NUMBER: _ClassVar[int]
    APPSETNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    RESOURCEVERSION_FIELD_NUMBER: _ClassVar[int]
    name: str
    projects: _containers.RepeatedScalarFieldContainer[str]
    selector: str
    appSetNamespace: str
    resourceVersion: str
    def __init__(self, name: _Optional[str] = ..., projects: _Optional[_Iterable[str]] = ..., selector: _Optional[str] = ..., appSetNamespace: _Optional[str] = ..., resourceVersion: _Optional[str] = ...) -> None: ...

class ApplicationSetResponse(_message.Message):
    __slots__ = ("project", "applicationset")
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    APPLICATIONSET_FIELD_NUMBER: _ClassVar[int]
    project: str
    applicationset: _generated_pb2.ApplicationSet
    def __init__(self, project: _Optional[str] = ..., applicationset: _Optional[_Union[_generated_pb2.ApplicationSet, _Mapping]] = ...) -> None: ...

class ApplicationSetCreateRequest(_message.Message):
    __slots__ = ("applicationset", "upsert", "dryRun")
    APPLICATIONSET_FIELD_NUMBER: _ClassVar[int]
    UPSERT_FIELD_NUMBER: _ClassVar[int]
    DRYRUN_FIELD_NUMBER: _ClassVar[int]
    applicationset: _generated_pb2.ApplicationSet
    upsert: bool
    dryRun: bool
    def __init__(self, applicationset: _Optional[_Union[_generated_pb2.ApplicationSet, _Mapping]] = ..., upsert: _Optional[bool] = ..., dryRun: _Optional[bool] = ...) -> None: ...

class ApplicationSetDeleteRequest(_message.Message):
    __slots__ = ("name", "appsetNamespace")
    NAME_FIELD_NUMBER: _ClassVar[int]
    APPSETNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    name: str
    appsetNamespace: str
    def __init__(self, name: _Optional[str] = ..., appsetNamespace: _Optional[str] = ...) -> None: ...

class ApplicationSetTreeQuery(_message.Message):
    __slots__ = ("name", "appsetNamespace")
    NAME_FIELD_NUMBER: _ClassVar[int]
    APPSETNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    name: str
    appsetNamespace: str
    def __init__(self, name: _Optional[str] = ..., appsetNamespace: _Optional[str] = ...) -> None: ...

class ApplicationSetGenerateRequest(_message.Message):
    __slots__ = ("applicationSet",)
    APPLICATIONSET_FIELD_NUMBER: _ClassVar[int]
    applicationSet: _generated_pb2.ApplicationSet
    def __init__(self, applicationSet: _Optional[_Union[_generated_pb2.ApplicationSet, _Mapping]] = ...) -> None: ...

class ApplicationSetGenerateResponse(_message.Message):
    __slots__ = ("applications",)
    APPLICATIONS_FIELD_NUMBER: _ClassVar[int]
    applications: _containers.RepeatedCompositeFieldContainer[_generated_pb2.Application]
    def __init__(self, applications: _Optional[_Iterable[_Union[_generated_pb2.Application, _Mapping]]] = ...) -> None: ...

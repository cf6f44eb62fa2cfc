from plumbline.pb.google.api import annotations_pb2 as _annotations_pb2
from plumbline.pb.v1alpha1 import generated_pb2 as _generated_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ClusterID(_message.Message):
    __slots__ = ("type", "value")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    type: str
    value: str
    def __init__(self, type: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class ClusterQuery(_message.Message):
    __slots__ = ("server", "name", "id")
    SERVER_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    server: str
    name: str
    id: ClusterID
    def __init__(self, server: _Optional[str] = ..., name: _Optional[str] = ..., id: _Optional[_Union[ClusterID, _Mapping]] = ...) -> None: ...

class ClusterResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ClusterCreateRequest(_message.Message):
    __slots__ = ("cluster", "upsert")
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    UPSERT_FIELD_NUMBER: _ClassVar[int]
    cluster: _generated_pb2.Cluster
    upsert: bool
    def __init__(self, cluster: _Optional[_Union[_generated_pb2.Cluster, _Mapping]] = ..., upsert: _Optional[bool] = ...) -> None: ...

class ClusterUpdateRequest(_message.Message):
    __slots__ = ("cluster", "updatedFields", "id")
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    UPDATEDFIELDS_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    cluster: _generated_pb2.Cluster
    updatedFields: _containers.RepeatedScalarFieldContainer[str]
    id: ClusterID
    def __init__(self, cluster: _Optional[_Union[_generated_pb2.Cluster, _Mapping]] = ..., updatedFields: _Optional[_Iterable[str]] = ..., id: _Optional[_Union[ClusterID, _Mapping]] = ...) -> None: ...

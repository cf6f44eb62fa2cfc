from plumbline.pb.google.api import annotations_pb2 as _annotations_pb2
from plumbline.pb.v1alpha1 import generated_pb2 as _generated_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RepoCredsQuery(_message.Message):
    __slots__ = ("url",)
    URL_FIELD_NUMBER: _ClassVar[int]
    url: str
    def __init__(self, url: _Optional[str] = ...) -> None: ...

class RepoCredsDeleteRequest(_message.Message):
    __slots__ = ("url",)
    URL_FIELD_NUMBER: _ClassVar[int]
    url: str
    def __init__(self, url: _Optional[str] = ...) -> None: ...

class RepoCredsResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RepoCredsCreateRequest(_message.Message):
    __slots__ = ("creds", "upsert")
    CREDS_FIELD_NUMBER: _ClassVar[int]
    UPSERT_FIELD_NUMBER: _ClassVar[int]
    creds: _generated_pb2.RepoCreds
    upsert: bool
    def __init__(self, creds: _Optional[_Union[_generated_pb2.RepoCreds, _Mapping]] = ..., upsert: _Optional[bool] = ...) -> None: ...

class RepoCredsUpdateRequest(_message.Message):
    __slots__ = ("creds",)
    CREDS_FIELD_NUMBER: _ClassVar[int]
    creds: _generated_pb2.RepoCreds
    def __init__(self, creds: _Optional[_Union[_generated_pb2.RepoCreds, _Mapping]] = ...) -> None: ...

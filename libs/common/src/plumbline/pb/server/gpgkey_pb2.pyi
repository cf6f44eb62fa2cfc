from plumbline.pb.google.api import annotations_pb2 as _annotations_pb2
from plumbline.pb.v1alpha1 import generated_pb2 as _generated_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GnuPGPublicKeyQuery(_message.Message):
    __slots__ = ("keyID",)
    KEYID_FIELD_NUMBER: _ClassVar[int]
    keyID: str
    def __init__(self, keyID: _Optional[str] = ...) -> None: ...

class GnuPGPublicKeyCreateRequest(_message.Message):
    __slots__ = ("publickey", "upsert")
    PUBLICKEY_FIELD_NUMBER: _ClassVar[int]
    UPSERT_FIELD_NUMBER: _ClassVar[int]
    publickey: _generated_pb2.GnuPGPublicKey
    upsert: bool
    def __init__(self, publickey: _Optional[_Union[_generated_pb2.GnuPGPublicKey, _Mapping]] = ..., upsert: _Optional[bool] = ...) -> None: ...

class GnuPGPublicKeyCreateResponse(_message.Message):
    __slots__ = ("created", "skipped")
    CREATED_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_FIELD_NUMBER: _ClassVar[int]
    created: _generated_pb2.GnuPGPublicKeyList
    skipped: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, created: _Optional[_Union[_generated_pb2.GnuPGPublicKeyList, _Mapping]] = ..., skipped: _Optional[_Iterable[str]] = ...) -> None: ...

class GnuPGPublicKeyResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

from plumbline.pb.google.api import annotations_pb2 as _annotations_pb2
from plumbline.pb.v1alpha1 import generated_pb2 as _generated_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RepositoryCertificateQuery(_message.Message):
    __slots__ = ("hostNamePattern", "certType", "certSubType")
    HOSTNAMEPATTERN_FIELD_NUMBER: _ClassVar[int]
    CERTTYPE_FIELD_NUMBER: _ClassVar[int]
    CERTSUBTYPE_FIELD_NUMBER: _ClassVar[int]
    hostNamePattern: str
    certType: str
    certSubType: str
    def __init__(self, hostNamePattern: _Optional[str] = ..., certType: _Optional[str] = ..., certSubType: _Optional[str] = ...) -> None: ...

class RepositoryCertificateCreateRequest(_message.Message):
    __slots__ = ("certificates", "upsert")
    CERTIFICATES_FIELD_NUMBER: _ClassVar[int]
    UPSERT_FIELD_NUMBER: _ClassVar[int]
    certificates: _generated_pb2.RepositoryCertificateList
    upsert: bool
    def __init__(self, certificates: _Optional[_Union[_generated_pb2.RepositoryCertificateList, _Mapping]] = ..., upsert: _Optional[bool] = ...) -> None: ...

class RepositoryCertificateResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

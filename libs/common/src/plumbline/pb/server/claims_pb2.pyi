from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class Claim(_message.Message):
    __slots__ = ("essential", "value", "values")
    ESSENTIAL_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    essential: bool
    value: str
    values: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, essential: _Optional[bool] = ..., value: _Optional[str] = ..., values: _Optional[_Iterable[str]] = ...) -> None: ...

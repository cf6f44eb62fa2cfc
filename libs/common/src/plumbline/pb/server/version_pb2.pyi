from google.protobuf import empty_pb2 as _empty_pb2
from plumbline.pb.google.api import annotations_pb2 as _annotations_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class VersionMessage(_message.Message):
    __slots__ = ("Version", "BuildDate", "GitCommit", "GitTag", "GitTreeState", "GoVersion", "Compiler", "Platform", "KustomizeVersion", "HelmVersion", "KubectlVersion", "JsonnetVersion", "ExtraBuildInfo")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    BUILDDATE_FIELD_NUMBER: _ClassVar[int]
    GITCOMMIT_FIELD_NUMBER: _ClassVar[int]
    GITTAG_FIELD_NUMBER: _ClassVar[int]
    GITTREESTATE_FIELD_NUMBER: _ClassVar[int]
    GOVERSION_FIELD_NUMBER: _ClassVar[int]
    COMPILER_FIELD_NUMBER: _ClassVar[int]
    PLATFORM_FIELD_NUMBER: _ClassVar[int]
    KUSTOMIZEVERSION_FIELD_NUMBER: _ClassVar[int]
    HELMVERSION_FIELD_NUMBER: _ClassVar[int]
    KUBECTLVERSION_FIELD_NUMBER: _ClassVar[int]
    JSONNETVERSION_FIELD_NUMBER: _ClassVar[int]
    EXTRABUILDINFO_FIELD_NUMBER: _ClassVar[int]
    Version: str
    BuildDate: str
    GitCommit: str
    GitTag: str
    GitTreeState: str
    GoVersion: str
    Compiler: str
    Platform: str
    KustomizeVersion: str
    HelmVersion: str
    KubectlVersion: str
    JsonnetVersion: str
    ExtraBuildInfo: str
    def __init__(self, Version: _Optional[str] = ..., BuildDate: _Optional[str] = ..., GitCommit: _Optional[str] = ..., GitTag: _Optional[str] = ..., GitTreeState: _Optional[str] = ..., GoVersion: _Optional[str] = ..., Compiler: _Optional[str] = ..., Platform: _Optional[str] = ..., KustomizeVersion: _Optional[str] = ..., HelmVersion: _Optional[str] = ..., KubectlVersion: _Optional[str] = ..., JsonnetVersion: _Optional[str] = ..., ExtraBuildInfo: _Optional[str] = ...) -> None: ...

from plumbline.pb.v1alpha1 import generated_pb2 as _generated_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CommitHydratedManifestsRequest(_message.Message):
    __slots__ = ("repo", "syncBranch", "targetBranch", "drySha", "commitMessage", "paths", "dryCommitMetadata", "authorName", "authorEmail", "readmeMessage")
    REPO_FIELD_NUMBER: _ClassVar[int]
    SYNCBRANCH_FIELD_NUMBER: _ClassVar[int]
    TARGETBRANCH_FIELD_NUMBER: _ClassVar[int]
    DRYSHA_FIELD_NUMBER: _ClassVar[int]
    COMMITMESSAGE_FIELD_NUMBER: _ClassVar[int]
    PATHS_FIELD_NUMBER: _ClassVar[int]
    DRYCOMMITMETADATA_FIELD_NUMBER: _ClassVar[int]
    AUTHORNAME_FIELD_NUMBER: _ClassVar[int]
    AUTHOREMAIL_FIELD_NUMBER: _ClassVar[int]
    READMEMESSAGE_FIELD_NUMBER: _ClassVar[int]
    repo: _generated_pb2.Repository
    syncBranch: str
    targetBranch: str
    drySha: str
    commitMessage: str
    paths: _containers.RepeatedCompositeFieldContainer[PathDetails]
    dryCommitMetadata: _generated_pb2.RevisionMetadata
    authorName: str
    authorEmail: str
    readmeMessage: str
    def __init__(self, repo: _Optional[_Union[_generated_pb2.Repository, _Mapping]] = ..., syncBranch: _Optional[str] = ..., targetBranch: _Optional[str] = ..., drySha: _Optional[str] = ..., commitMessage: _Optional[str] = ..., paths: _Optional[_Iterable[_Union[PathDetails, _Mapping]]] = ..., dryCommitMetadata: _Optional[_Union[_generated_pb2.RevisionMetadata, _Mapping]] = ..., authorName: _Optional[str] = ..., authorEmail: _Optional[str] = ..., readmeMessage: _Optional[str] = ...) -> None: ...

class PathDetails(_message.Message):
    __slots__ = ("path", "manifests", "commands")
    PATH_FIELD_NUMBER: _ClassVar[int]
    MANIFESTS_FIELD_NUMBER: _ClassVar[int]
    COMMANDS_FIELD_NUMBER: _ClassVar[int]
    path: str
    manifests: _containers.RepeatedCompositeFieldContainer[HydratedManifestDetails]
    commands: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, path: _Optional[str] = ..., manifests: _Optional[_Iterable[_Union[HydratedManifestDetails, _Mapping]]] = ..., commands: _Optional[_Iterable[str]] = ...) -> None: ...

class HydratedManifestDetails(_message.Message):
    __slots__ = ("manifestJSON",)
    MANIFESTJSON_FIELD_NUMBER: _ClassVar[int]
    manifestJSON: str
    def __init__(self, manifestJSON: _Optional[str] = ...) -> None: ...

class CommitHydratedManifestsResponse(_message.Message):
    __slots__ = ("hydratedSha",)
    HYDRATEDSHA_FIELD_NUMBER: _ClassVar[int]
    hydratedSha: str
    def __init__(self, hydratedSha: _Optional[str] = ...) -> None: ...

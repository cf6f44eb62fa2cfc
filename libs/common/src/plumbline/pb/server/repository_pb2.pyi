from plumbline.pb.google.api import annotations_pb2 as _annotations_pb2
from plumbline.pb.reposerver import repository_pb2 as _repository_pb2
from plumbline.pb.v1alpha1 import generated_pb2 as _generated_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RepoAppsQuery(_message.Message):
    __slots__ = ("repo", "revision", "appName", "appProject")
    REPO_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    APPNAME_FIELD_NUMBER: _ClassVar[int]
    APPPROJECT_FIELD_NUMBER: _ClassVar[int]
    repo: str
    revision: str
    appName: str
    appProject: str
    def __init__(self, repo: _Optional[str] = ..., revision: _Optional[str] = ..., appName: _Optional[str] = ..., appProject: _Optional[str] = ...) -> None: ...

class AppInfo(_message.Message):
    __slots__ = ("type", "path")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    type: str
    path: str
    def __init__(self, type: _Optional[str] = ..., path: _Optional[str] = ...) -> None: ...

class RepoAppDetailsQuery(_message.Message):
    __slots__ = ("source", "appName", "appProject", "sourceIndex", "versionId")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    APPNAME_FIELD_NUMBER: _ClassVar[int]
    APPPROJECT_FIELD_NUMBER: _ClassVar[int]
    SOURCEINDEX_FIELD_NUMBER: _ClassVar[int]
    VERSIONID_FIELD_NUMBER: _ClassVar[int]
    source: _generated_pb2.ApplicationSource
    appName: str
    appProject: str
    sourceIndex: int
    versionId: int
    def __init__(self, source: _Optional[_Union[_generated_pb2.ApplicationSource, _Mapping]] = ..., appName: _Optional[str] = ..., appProject: _Optional[str] = ..., sourceIndex: _Optional[int] = ..., versionId: _Optional[int] = ...) -> None: ...

class RepoAppsResponse(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[AppInfo]
    def __init__(self, items: _Optional[_Iterable[_Union[AppInfo, _Mapping]]] = ...) -> None: ...

class RepoQuery(_message.Message):
    __slots__ = ("repo", "forceRefresh", "appProject")
    REPO_FIELD_NUMBER: _ClassVar[int]
    FORCEREFRESH_FIELD_NUMBER: _ClassVar[int]
    APPPROJECT_FIELD_NUMBER: _ClassVar[int]
    repo: str
    forceRefresh: bool
    appProject: str
    def __init__(self, repo: _Optional[str] = ..., forceRefresh: _Optional[bool] = ..., appProject: _Optional[str] = ...) -> None: ...

class RepoAccessQuery(_message.Message):
    __slots__ = ("repo", "username", "password", "sshPrivateKey", "insecure", "tlsClientCertData", "tlsClientCertKey", "type", "name", "enableOci", "githubAppPrivateKey", "githubAppID", "githubAppInstallationID", "githubAppEnterpriseBaseUrl", "proxy", "project", "gcpServiceAccountKey", "forceHttpBasicAuth", "useAzureWorkloadIdentity", "bearerToken", "insecureOciForceHttp", "azureServicePrincipalClientId", "azureServicePrincipalClientSecret", "azureServicePrincipalTenantId", "azureActiveDirectoryEndpoint")
    REPO_FIELD_NUMBER: _ClassVar[int]
    USERNAME_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    SSHPRIVATEKEY_FIELD_NUMBER: _ClassVar[int]
    INSECURE_FIELD_NUMBER: _ClassVar[int]
    TLSCLIENTCERTDATA_FIELD_NUMBER: _ClassVar[int]
    TLSCLIENTCERTKEY_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ENABLEOCI_FIELD_NUMBER: _ClassVar[int]
    GITHUBAPPPRIVATEKEY_FIELD_NUMBER: _ClassVar[int]
    GITHUBAPPID_FIELD_NUMBER: _ClassVar[int]
    GITHUBAPPINSTALLATIONID_FIELD_NUMBER: _ClassVar[int]
    GITHUBAPPENTERPRISEBASEURL_FIELD_NUMBER: _ClassVar[int]
    PROXY_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    GCPSERVICEACCOUNTKEY_FIELD_NUMBER: _ClassVar[int]
    FORCEHTTPBASICAUTH_FIELD_NUMBER: _ClassVar[int]
    USEAZUREWORKLOADIDENTITY_FIELD_NUMBER: _ClassVar[int]
    BEARERTOKEN_FIELD_NUMBER: _ClassVar[int]
    INSECUREOCIFORCEHTTP_FIELD_NUMBER: _ClassVar[int]
    AZURESERVICEPRINCIPALCLIENTID_FIELD_NUMBER: _ClassVar[int]
    AZURESERVICEPRINCIPALCLIENTSECRET_FIELD_NUMBER: _ClassVar[int]
    AZURESERVICEPRINCIPALTENANTID_FIELD_NUMBER: _ClassVar[int]
    AZUREACTIVEDIRECTORYENDPOINT_FIELD_NUMBER: _ClassVar[int]
    repo: str
    username: str
    password: str
    sshPrivateKey: str
    insecure: bool
    tlsClientCertData: str
    tlsClientCertKey: str
    type: str
    name: str
    enableOci: bool
    githubAppPrivateKey: str
    githubAppID: int
    githubAppInstallationID: int
    githubAppEnterpriseBaseUrl: str
    proxy: str
    project: str
    gcpServiceAccountKey: str
    forceHttpBasicAuth: bool
    useAzureWorkloadIdentity: bool
    bearerToken: str
    insecureOciForceHttp: bool
    azureServicePrincipalClientId: str
    azureServicePrincipalClientSecret: str
    azureServicePrincipalTenantId: str
    azureActiveDirectoryEndpoint: str
    def __init__(self, repo: _Optional[str] = ..., username: _Optional[str] = ..., password: _Optional[str] = ..., sshPrivateKey: _Optional[str] = ..., insecure: _Optional[bool] = ..., tlsClientCertData: _Optional[str] = ..., tlsClientCertKey: _Optional[str] = ..., type: _Optional[str] = ..., name: _Optional[str] = ..., enableOci: _Optional[bool] = ..., githubAppPrivateKey: _Optional[str] = ..., githubAppID: _Optional[int] = ..., githubAppInstallationID: _Optional[int] = ..., githubAppEnterpriseBaseUrl: _Optional[str] = ..., proxy: _Optional[str] = ..., project: _Optional[str] = ..., gcpServiceAccountKey: _Optional[str] = ..., forceHttpBasicAuth: _Optional[bool] = ..., useAzureWorkloadIdentity: _Optional[bool] = ..., bearerToken: _Optional[str] = ..., insecureOciForceHttp: _Optional[bool] = ..., azureServicePrincipalClientId: _Optional[str] = ..., azureServicePrincipalClientSecret: _Optional[str] = ..., azureServicePrincipalTenantId: _Optional[str] = ..., azureActiveDirectoryEndpoint: _Optional[str] = ...) -> None: ...

class RepoResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RepoCreateRequest(_message.Message):
    __slots__ = ("repo", "upsert", "credsOnly")
    REPO_FIELD_NUMBER: _ClassVar[int]
    UPSERT_FIELD_NUMBER: _ClassVar[int]
    CREDSONLY_FIELD_NUMBER: _ClassVar[int]
    repo: _generated_pb2.Repository
    upsert: bool
    credsOnly: bool
    def __init__(self, repo: _Optional[_Union[_generated_pb2.Repository, _Mapping]] = ..., upsert: _Optional[bool] = ..., credsOnly: _Optional[bool] = ...) -> None: ...

class RepoUpdateRequest(_message.Message):
    __slots__ = ("repo",)
    REPO_FIELD_NUMBER: _ClassVar[int]
    repo: _generated_pb2.Repository
    def __init__(self, repo: _Optional[_Union[_generated_pb2.Repository, _Mapping]] = ...) -> None: ...

from google.protobuf import empty_pb2 as _empty_pb2
from plumbline.pb.v1alpha1 import generated_pb2 as _generated_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ManifestRequest(_message.Message):
    __slots__ = ("repo", "revision", "noCache", "appLabelKey", "appName", "namespace", "applicationSource", "repos", "plugins", "kustomizeOptions", "kubeVersion", "apiVersions", "verifySignature", "helmRepoCreds", "noRevisionCache", "trackingMethod", "enabledSourceTypes", "helmOptions", "hasMultipleSources", "refSources", "projectSourceRepos", "projectName", "annotationManifestGeneratePaths", "installationID", "sourceIntegrity")
    class EnabledSourceTypesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: bool
        def __init__(self, key: _Optional[str] = ..., value: _Optional[bool] = ...) -> None: ...
    class RefSourcesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _generated_pb2.RefTarget
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_generated_pb2.RefTarget, _Mapping]] = ...) -> None: ...
    REPO_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    NOCACHE_FIELD_NUMBER: _ClassVar[int]
    APPLABELKEY_FIELD_NUMBER: _ClassVar[int]
    APPNAME_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    APPLICATIONSOURCE_FIELD_NUMBER: _ClassVar[int]
    REPOS_FIELD_NUMBER: _ClassVar[int]
    PLUGINS_FIELD_NUMBER: _ClassVar[int]
    KUSTOMIZEOPTIONS_FIELD_NUMBER: _ClassVar[int]
    KUBEVERSION_FIELD_NUMBER: _ClassVar[int]
    APIVERSIONS_FIELD_NUMBER: _ClassVar[int]
    VERIFYSIGNATURE_FIELD_NUMBER: _ClassVar[int]
    HELMREPOCREDS_FIELD_NUMBER: _ClassVar[int]
    NOREVISIONCACHE_FIELD_NUMBER: _ClassVar[int]
    TRACKINGMETHOD_FIELD_NUMBER: _ClassVar[int]
    ENABLEDSOURCETYPES_FIELD_NUMBER: _ClassVar[int]
    HELMOPTIONS_FIELD_NUMBER: _ClassVar[int]
    HASMULTIPLESOURCES_FIELD_NUMBER: _ClassVar[int]
    REFSOURCES_FIELD_NUMBER: _ClassVar[int]
    PROJECTSOURCEREPOS_FIELD_NUMBER: _ClassVar[int]
    PROJECTNAME_FIELD_NUMBER: _ClassVar[int]
    ANNOTATIONMANIFESTGENERATEPATHS_FIELD_NUMBER: _ClassVar[int]
    INSTALLATIONID_FIELD_NUMBER: _ClassVar[int]
    SOURCEINTEGRITY_FIELD_NUMBER: _ClassVar[int]
    repo: _generated_pb2.Repository
    revision: str
    noCache: bool
    appLabelKey: str
    appName: str
    namespace: str
    applicationSource: _generated_pb2.ApplicationSource
    repos: _containers.RepeatedCompositeFieldContainer[_generated_pb2.Repository]
    plugins: _containers.RepeatedCompositeFieldContainer[_generated_pb2.ConfigManagementPlugin]
    kustomizeOptions: _generated_pb2.KustomizeOptions
    kubeVersion: str
    apiVersions: _containers.RepeatedScalarFieldContainer[str]
    verifySignature: bool
    helmRepoCreds: _containers.RepeatedCompositeFieldContainer[_generated_pb2.RepoCreds]
    noRevisionCache: bool
    trackingMethod: str
    enabledSourceTypes: _containers.ScalarMap[str, bool]
    helmOptions: _generated_pb2.HelmOptions
    hasMultipleSources: bool
    refSources: _containers.MessageMap[str, _generated_pb2.RefTarget]
    projectSourceRepos: _containers.RepeatedScalarFieldContainer[str]
    projectName: str
    annotationManifestGeneratePaths: str
    installationID: str
    sourceIntegrity: _generated_pb2.SourceIntegrity
    def __init__(self, repo: _Optional[_Union[_generated_pb2.Repository, _Mapping]] = ..., revision: _Optional[str] = ..., noCache: _Optional[bool] = ..., appLabelKey: _Optional[str] = ..., appName: _Optional[str] = ..., namespace: _Optional[str] = ..., applicationSource: _Optional[_Union[_generated_pb2.ApplicationSource, _Mapping]] = ..., repos: _Optional[_Iterable[_Union[_generated_pb2.Repository, _Mapping]]] = ..., plugins: _Optional[_Iterable[_Union[_generated_pb2.ConfigManagementPlugin, _Mapping]]] = ..., kustomizeOptions: _Optional[_Union[_generated_pb2.KustomizeOptions, _Mapping]] = ..., kubeVersion: _Optional[str] = ..., apiVersions: _Optional[_Iterable[str]] = ..., verifySignature: _Optional[bool] = ..., helmRepoCreds: _Optional[_Iterable[_Union[_generated_pb2.RepoCreds, _Mapping]]] = ..., noRevisionCache: _Optional[bool] = ..., trackingMethod: _Optional[str] = ..., enabledSourceTypes: _Optional[_Mapping[str, bool]] = ..., helmOptions: _Optional[_Union[_generated_pb2.HelmOptions, _Mapping]] = ..., hasMultipleSources: _Optional[bool] = ..., refSources: _Optional[_Mapping[str, _generated_pb2.RefTarget]] = ..., projectSourceRepos: _Optional[_Iterable[str]] = ..., projectName: _Optional[str] = ..., annotationManifestGeneratePaths: _Optional[str] = ..., installationID: _Optional[str] = ..., sourceIntegrity: _Optional[_Union[_generated_pb2.SourceIntegrity, _Mapping]] = ...) -> None: ...

class ManifestRequestWithFiles(_message.Message):
    __slots__ = ("request", "metadata", "chunk")
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    request: ManifestRequest
    metadata: ManifestFileMetadata
    chunk: ManifestFileChunk
    def __init__(self, request: _Optional[_Union[ManifestRequest, _Mapping]] = ..., metadata: _Optional[_Union[ManifestFileMetadata, _Mapping]] = ..., chunk: _Optional[_Union[ManifestFileChunk, _Mapping]] = ...) -> None: ...

class ManifestFileMetadata(_message.Message):
    __slots__ = ("checksum", "size")
    CHECKSUM_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    checksum: str
    size: int
    def __init__(self, checksum: _Optional[str] = ..., size: _Optional[int] = ...) -> None: ...

class ManifestFileChunk(_message.Message):
    __slots__ = ("chunk",)
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    chunk: bytes
    def __init__(self, chunk: _Optional[bytes] = ...) -> None: ...

class TestRepositoryRequest(_message.Message):
    __slots__ = ("repo",)
    REPO_FIELD_NUMBER: _ClassVar[int]
    repo: _generated_pb2.Repository
    def __init__(self, repo: _Optional[_Union[_generated_pb2.Repository, _Mapping]] = ...) -> None: ...

class TestRepositoryResponse(_message.Message):
    __slots__ = ("verifiedRepository",)
    VERIFIEDREPOSITORY_FIELD_NUMBER: _ClassVar[int]
    verifiedRepository: bool
    def __init__(self, verifiedRepository: _Optional[bool] = ...) -> None: ...

class ResolveRevisionRequest(_message.Message):
    __slots__ = ("repo", "app", "ambiguousRevision", "sourceIndex", "noRevisionCache")
    REPO_FIELD_NUMBER: _ClassVar[int]
    APP_FIELD_NUMBER: _ClassVar[int]
    AMBIGUOUSREVISION_FIELD_NUMBER: _ClassVar[int]
    SOURCEINDEX_FIELD_NUMBER: _ClassVar[int]
    NOREVISIONCACHE_FIELD_NUMBER: _ClassVar[int]
    repo: _generated_pb2.Repository
    app: _generated_pb2.Application
    ambiguousRevision: str
    sourceIndex: int
    noRevisionCache: bool
    def __init__(self, repo: _Optional[_Union[_generated_pb2.Repository, _Mapping]] = ..., app: _Optional[_Union[_generated_pb2.Application, _Mapping]] = ..., ambiguousRevision: _Optional[str] = ..., sourceIndex: _Optional[int] = ..., noRevisionCache: _Optional[bool] = ...) -> None: ...

class ResolveRevisionResponse(_message.Message):
    __slots__ = ("revision", "ambiguousRevision")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    AMBIGUOUSREVISION_FIELD_NUMBER: _ClassVar[int]
    revision: str
    ambiguousRevision: str
    def __init__(self, revision: _Optional[str] = ..., ambiguousRevision: _Optional[str] = ...) -> None: ...

class ManifestResponse(_message.Message):
    __slots__ = ("manifests", "namespace", "server", "revision", "sourceType", "verifyResult", "commands", "sourceIntegrityResult")
    MANIFESTS_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    SERVER_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    SOURCETYPE_FIELD_NUMBER: _ClassVar[int]
    VERIFYRESULT_FIELD_NUMBER: _ClassVar[int]
    COMMANDS_FIELD_NUMBER: _ClassVar[int]
    SOURCEINTEGRITYRESULT_FIELD_NUMBER: _ClassVar[int]
    manifests: _containers.RepeatedScalarFieldContainer[str]
    namespace: str
    server: str
    revision: str
    sourceType: str
    verifyResult: str
    commands: _containers.RepeatedScalarFieldContainer[str]
    sourceIntegrityResult: _generated_pb2.SourceIntegrityCheckResult
    def __init__(self, manifests: _Optional[_Iterable[str]] = ..., namespace: _Optional[str] = ..., server: _Optional[str] = ..., revision: _Optional[str] = ..., sourceType: _Optional[str] = ..., verifyResult: _Optional[str] = ..., commands: _Optional[_Iterable[str]] = ..., sourceIntegrityResult: _Optional[_Union[_generated_pb2.SourceIntegrityCheckResult, _Mapping]] = ...) -> None: ...

class ListRefsRequest(_message.Message):
    __slots__ = ("repo",)
    REPO_FIELD_NUMBER: _ClassVar[int]
    repo: _generated_pb2.Repository
    def __init__(self, repo: _Optional[_Union[_generated_pb2.Repository, _Mapping]] = ...) -> None: ...

class Refs(_message.Message):
    __slots__ = ("branches", "tags")
    BRANCHES_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    branches: _containers.RepeatedScalarFieldContainer[str]
    tags: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, branches: _Optional[_Iterable[str]] = ..., tags: _Optional[_Iterable[str]] = ...) -> None: ...

class ListAppsRequest(_message.Message):
    __slots__ = ("repo", "revision", "enabledSourceTypes")
    class EnabledSourceTypesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: bool
        def __init__(self, key: _Optional[str] = ..., value: _Optional[bool] = ...) -> None: ...
    REPO_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    ENABLEDSOURCETYPES_FIELD_NUMBER: _ClassVar[int]
    repo: _generated_pb2.Repository
    revision: str
    enabledSourceTypes: _containers.ScalarMap[str, bool]
    def __init__(self, repo: _Optional[_Union[_generated_pb2.Repository, _Mapping]] = ..., revision: _Optional[str] = ..., enabledSourceTypes: _Optional[_Mapping[str, bool]] = ...) -> None: ...

class AppList(_message.Message):
    __slots__ = ("apps",)
    class AppsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    APPS_FIELD_NUMBER: _ClassVar[int]
    apps: _containers.ScalarMap[str, str]
    def __init__(self, apps: _Optional[_Mapping[str, str]] = ...) -> None: ...

class PluginInfo(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class PluginList(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[PluginInfo]
    def __init__(self, items: _Optional[_Iterable[_Union[PluginInfo, _Mapping]]] = ...) -> None: ...

class RepoServerAppDetailsQuery(_message.Message):
    __slots__ = ("repo", "source", "repos", "kustomizeOptions", "appName", "noCache", "noRevisionCache", "trackingMethod", "enabledSourceTypes", "helmOptions", "refSources")
    class EnabledSourceTypesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: bool
        def __init__(self, key: _Optional[str] = ..., value: _Optional[bool] = ...) -> None: ...
    class RefSourcesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _generated_pb2.RefTarget
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_generated_pb2.RefTarget, _Mapping]] = ...) -> None: ...
    REPO_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    REPOS_FIELD_NUMBER: _ClassVar[int]
    KUSTOMIZEOPTIONS_FIELD_NUMBER: _ClassVar[int]
    APPNAME_FIELD_NUMBER: _ClassVar[int]
    NOCACHE_FIELD_NUMBER: _ClassVar[int]
    NOREVISIONCACHE_FIELD_NUMBER: _ClassVar[int]
    TRACKINGMETHOD_FIELD_NUMBER: _ClassVar[int]
    ENABLEDSOURCETYPES_FIELD_NUMBER: _ClassVar[int]
    HELMOPTIONS_FIELD_NUMBER: _ClassVar[int]
    REFSOURCES_FIELD_NUMBER: _ClassVar[int]
    repo: _generated_pb2.Repository
    source: _generated_pb2.ApplicationSource
    repos: _containers.RepeatedCompositeFieldContainer[_generated_pb2.Repository]
    kustomizeOptions: _generated_pb2.KustomizeOptions
    appName: str
    noCache: bool
    noRevisionCache: bool
    trackingMethod: str
    enabledSourceTypes: _containers.ScalarMap[str, bool]
    helmOptions: _generated_pb2.HelmOptions
    refSources: _containers.MessageMap[str, _generated_pb2.RefTarget]
    def __init__(self, repo: _Optional[_Union[_generated_pb2.Repository, _Mapping]] = ..., source: _Optional[_Union[_generated_pb2.ApplicationSource, _Mapping]] = ..., repos: _Optional[_Iterable[_Union[_generated_pb2.Repository, _Mapping]]] = ..., kustomizeOptions: _Optional[_Union[_generated_pb2.KustomizeOptions, _Mapping]] = ..., appName: _Optional[str] = ..., noCache: _Optional[bool] = ..., noRevisionCache: _Optional[bool] = ..., trackingMethod: _Optional[str] = ..., enabledSourceTypes: _Optional[_Mapping[str, bool]] = ..., helmOptions: _Optional[_Union[_generated_pb2.HelmOptions, _Mapping]] = ..., refSources: _Optional[_Mapping[str, _generated_pb2.RefTarget]] = ...) -> None: ...

class RepoAppDetailsResponse(_message.Message):
    __slots__ = ("type", "helm", "kustomize", "directory", "plugin")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    HELM_FIELD_NUMBER: _ClassVar[int]
    KUSTOMIZE_FIELD_NUMBER: _ClassVar[int]
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    PLUGIN_FIELD_NUMBER: _ClassVar[int]
    type: str
    helm: HelmAppSpec
    kustomize: KustomizeAppSpec
    directory: DirectoryAppSpec
    plugin: PluginAppSpec
    def __init__(self, type: _Optional[str] = ..., helm: _Optional[_Union[HelmAppSpec, _Mapping]] = ..., kustomize: _Optional[_Union[KustomizeAppSpec, _Mapping]] = ..., directory: _Optional[_Union[DirectoryAppSpec, _Mapping]] = ..., plugin: _Optional[_Union[PluginAppSpec, _Mapping]] = ...) -> None: ...

class RepoServerRevisionMetadataRequest(_message.Message):
    __slots__ = ("repo", "revision", "checkSignature", "sourceIntegrity")
    REPO_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    CHECKSIGNATURE_FIELD_NUMBER: _ClassVar[int]
    SOURCEINTEGRITY_FIELD_NUMBER: _ClassVar[int]
    repo: _generated_pb2.Repository
    revision: str
    checkSignature: bool
    sourceIntegrity: _generated_pb2.SourceIntegrity
    def __init__(self, repo: _Optional[_Union[_generated_pb2.Repository, _Mapping]] = ..., revision: _Optional[str] = ..., checkSignature: _Optional[bool] = ..., sourceIntegrity: _Optional[_Union[_generated_pb2.SourceIntegrity, _Mapping]] = ...) -> None: ...

class RepoServerRevisionChartDetailsRequest(_message.Message):
    __slots__ = ("repo", "name", "revision")
    REPO_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    repo: _generated_pb2.Repository
    name: str
    revision: str
    def __init__(self, repo: _Optional[_Union[_generated_pb2.Repository, _Mapping]] = ..., name: _Optional[str] = ..., revision: _Optional[str] = ...) -> None: ...

class HelmAppSpec(_message.Message):
    __slots__ = ("name", "valueFiles", "parameters", "values", "fileParameters")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUEFILES_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    FILEPARAMETERS_FIELD_NUMBER: _ClassVar[int]
    name: str
    valueFiles: _containers.RepeatedScalarFieldContainer[str]
    parameters: _containers.RepeatedCompositeFieldContainer[_generated_pb2.HelmParameter]
    values: str
    fileParameters: _containers.RepeatedCompositeFieldContainer[_generated_pb2.HelmFileParameter]
    def __init__(self, name: _Optional[str] = ..., valueFiles: _Optional[_Iterable[str]] = ..., parameters: _Optional[_Iterable[_Union[_generated_pb2.HelmParameter, _Mapping]]] = ..., values: _Optional[str] = ..., fileParameters: _Optional[_Iterable[_Union[_generated_pb2.HelmFileParameter, _Mapping]]] = ...) -> None: ...

class KustomizeAppSpec(_message.Message):
    __slots__ = ("images",)
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    images: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, images: _Optional[_Iterable[str]] = ...) -> None: ...

class DirectoryAppSpec(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ParameterAnnouncement(_message.Message):
    __slots__ = ("name", "title", "tooltip", "required", "itemType", "collectionType", "string", "array", "map")
    class MapEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    TOOLTIP_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_FIELD_NUMBER: _ClassVar[int]
    ITEMTYPE_FIELD_NUMBER: _ClassVar[int]
    COLLECTIONTYPE_FIELD_NUMBER: _ClassVar[int]
    STRING_FIELD_NUMBER: _ClassVar[int]
    ARRAY_FIELD_NUMBER: _ClassVar[int]
    MAP_FIELD_NUMBER: _ClassVar[int]
    name: str
    title: str
    tooltip: str
    required: bool
    itemType: str
    collectionType: str
    string: str
    array: _containers.RepeatedScalarFieldContainer[str]
    map: _containers.ScalarMap[str, str]
    def __init__(self, name: _Optional[str] = ..., title: _Optional[str] = ..., tooltip: _Optional[str] = ..., required: _Optional[bool] = ..., itemType: _Optional[str] = ..., collectionType: _Optional[str] = ..., string: _Optional[str] = ..., array: _Optional[_Iterable[str]] = ..., map: _Optional[_Mapping[str, str]] = ...) -> None: ...

class PluginAppSpec(_message.Message):
    __slots__ = ("parametersAnnouncement",)
    PARAMETERSANNOUNCEMENT_FIELD_NUMBER: _ClassVar[int]
    parametersAnnouncement: _containers.RepeatedCompositeFieldContainer[ParameterAnnouncement]
    def __init__(self, parametersAnnouncement: _Optional[_Iterable[_Union[ParameterAnnouncement, _Mapping]]] = ...) -> None: ...

class HelmChartsRequest(_message.Message):
    __slots__ = ("repo",)
    REPO_FIELD_NUMBER: _ClassVar[int]
    repo: _generated_pb2.Repository
    def __init__(self, repo: _Optional[_Union[_generated_pb2.Repository, _Mapping]] = ...) -> None: ...

class HelmChart(_message.Message):
    __slots__ = ("name", "versions")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    name: str
    versions: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., versions: _Optional[_Iterable[str]] = ...) -> None: ...

class HelmChartsResponse(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[HelmChart]
    def __init__(self, items: _Optional[_Iterable[_Union[HelmChart, _Mapping]]] = ...) -> None: ...

class GitFilesRequest(_message.Message):
    __slots__ = ("repo", "submoduleEnabled", "revision", "path", "NewGitFileGlobbingEnabled", "noRevisionCache", "verifyCommit", "sourceIntegrity")
    REPO_FIELD_NUMBER: _ClassVar[int]
    SUBMODULEENABLED_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    NEWGITFILEGLOBBINGENABLED_FIELD_NUMBER: _ClassVar[int]
    NOREVISIONCACHE_FIELD_NUMBER: _ClassVar[int]
    VERIFYCOMMIT_FIELD_NUMBER: _ClassVar[int]
    SOURCEINTEGRITY_FIELD_NUMBER: _ClassVar[int]
    repo: _generated_pb2.Repository
    submoduleEnabled: bool
    revision: str
    path: str
    NewGitFileGlobbingEnabled: bool
    noRevisionCache: bool
    verifyCommit: bool
    sourceIntegrity: _generated_pb2.SourceIntegrity
    def __init__(self, repo: _Optional[_Union[_generated_pb2.Repository, _Mapping]] = ..., submoduleEnabled: _Optional[bool] = ..., revision: _Optional[str] = ..., path: _Optional[str] = ..., NewGitFileGlobbingEnabled: _Optional[bool] = ..., noRevisionCache: _Optional[bool] = ..., verifyCommit: _Optional[bool] = ..., sourceIntegrity: _Optional[_Union[_generated_pb2.SourceIntegrity, _Mapping]] = ...) -> None: ...

class GitFilesResponse(_message.Message):
    __slots__ = ("map",)
    class MapEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: bytes
        def __init__(self, key: _Optional[str] = ..., value: _Optional[bytes] = ...) -> None: ...
    MAP_FIELD_NUMBER: _ClassVar[int]
    map: _containers.ScalarMap[str, bytes]
    def __init__(self, map: _Optional[_Mapping[str, bytes]] = ...) -> None: ...

class GitDirectoriesRequest(_message.Message):
    __slots__ = ("repo", "submoduleEnabled", "revision", "noRevisionCache", "verifyCommit", "sourceIntegrity")
    REPO_FIELD_NUMBER: _ClassVar[int]
    SUBMODULEENABLED_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    NOREVISIONCACHE_FIELD_NUMBER: _ClassVar[int]
    VERIFYCOMMIT_FIELD_NUMBER: _ClassVar[int]
    SOURCEINTEGRITY_FIELD_NUMBER: _ClassVar[int]
    repo: _generated_pb2.Repository
    submoduleEnabled: bool
    revision: str
    noRevisionCache: bool
    verifyCommit: bool
    sourceIntegrity: _generated_pb2.SourceIntegrity
    def __init__(self, repo: _Optional[_Union[_generated_pb2.Repository, _Mapping]] = ..., submoduleEnabled: _Optional[bool] = ..., revision: _Optional[str] = ..., noRevisionCache: _Optional[bool] = ..., verifyCommit: _Optional[bool] = ..., sourceIntegrity: _Optional[_Union[_generated_pb2.SourceIntegrity, _Mapping]] = ...) -> None: ...

class GitDirectoriesResponse(_message.Message):
    __slots__ = ("paths",)
    PATHS_FIELD_NUMBER: _ClassVar[int]
    paths: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, paths: _Optional[_Iterable[str]] = ...) -> None: ...

class UpdateRevisionForPathsRequest(_message.Message):
    __slots__ = ("repo", "appLabelKey", "appName", "namespace", "applicationSource", "trackingMethod", "refSources", "kubeVersion", "apiVersions", "hasMultipleSources", "syncedRevision", "revision", "paths", "noRevisionCache", "installationID", "syncedRefSources", "sourceIntegrity")
    class RefSourcesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _generated_pb2.RefTarget
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_generated_pb2.RefTarget, _Mapping]] = ...) -> None: ...
    class SyncedRefSourcesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _generated_pb2.RefTarget
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_generated_pb2.RefTarget, _Mapping]] = ...) -> None: ...
    REPO_FIELD_NUMBER: _ClassVar[int]
    APPLABELKEY_FIELD_NUMBER: _ClassVar[int]
    APPNAME_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    APPLICATIONSOURCE_FIELD_NUMBER: _ClassVar[int]
    TRACKINGMETHOD_FIELD_NUMBER: _ClassVar[int]
    REFSOURCES_FIELD_NUMBER: _ClassVar[int]
    KUBEVERSION_FIELD_NUMBER: _ClassVar[int]
    APIVERSIONS_FIELD_NUMBER: _ClassVar[int]
    HASMULTIPLESOURCES_FIELD_NUMBER: _ClassVar[int]
    SYNCEDREVISION_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    PATHS_FIELD_NUMBER: _ClassVar[int]
    NOREVISIONCACHE_FIELD_NUMBER: _ClassVar[int]
    INSTALLATIONID_FIELD_NUMBER: _ClassVar[int]
    SYNCEDREFSOURCES_FIELD_NUMBER: _ClassVar[int]
    SOURCEINTEGRITY_FIELD_NUMBER: _ClassVar[int]
    repo: _generated_pb2.Repository
    appLabelKey: str
    appName: str
    namespace: str
    applicationSource: _generated_pb2.ApplicationSource
    trackingMethod: str
    refSources: _containers.MessageMap[str, _generated_pb2.RefTarget]
    kubeVersion: str
    apiVersions: _containers.RepeatedScalarFieldContainer[str]
    hasMultipleSources: bool
    syncedRevision: str
    revision: str
    paths: _containers.RepeatedScalarFieldContainer[str]
    noRevisionCache: bool
    installationID: str
    syncedRefSources: _containers.MessageMap[str, _generated_pb2.RefTarget]
    sourceIntegrity: _generated_pb2.SourceIntegrity
    def __init__(self, repo: _Optional[_Union[_generated_pb2.Repository, _Mapping]] = ..., appLabelKey: _Optional[str] = ..., appName: _Optional[str] = ..., namespace: _Optional[str] = ..., applicationSource: _Optional[_Union[_generated_pb2.ApplicationSource, _Mapping]] = ..., trackingMethod: _Optional[str] = ..., refSources: _Optional[_Mapping[str, _generated_pb2.RefTarget]] = ..., kubeVersion: _Optional[str] = ..., apiVersions: _Optional[_Iterable[str]] = ..., hasMultipleSources: _Optional[bool] = ..., syncedRevision: _Optional[str] = ..., revision: _Optional[str] = ..., paths: _Optional[_Iterable[str]] = ..., noRevisionCache: _Optional[bool] = ..., installationID: _Optional[str] = ..., syncedRefSources: _Optional[_Mapping[str, _generated_pb2.RefTarget]] = ..., sourceIntegrity: _Optional[_Union[_generated_pb2.SourceIntegrity, _Mapping]] = ...) -> None: ...

class UpdateRevisionForPathsResponse(_message.Message):
    __slots__ = ("changes", "revision")
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    changes: bool
    revision: str
    def __init__(self, changes: _Optional[bool] = ..., revision: _Optional[str] = ...) -> None: ...

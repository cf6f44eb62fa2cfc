from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Repository(_message.Message):
    __slots__ = ("url", "type", "username", "password", "bearer_token", "ssh_private_key", "insecure", "insecure_ignore_host_key", "tls_client_cert", "tls_client_key", "proxy", "no_proxy", "enable_lfs", "depth", "ca_bundle", "ssh_known_hosts", "project", "force_http_basic_auth", "name", "enable_oci", "insecure_oci_force_http", "chart", "pass_credentials", "github_app_private_key", "github_app_id", "github_app_installation_id", "github_app_enterprise_base_url", "gcp_service_account_key", "use_azure_workload_identity", "azure_client_id", "azure_client_secret", "azure_tenant_id", "azure_endpoint")
    URL_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    USERNAME_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    BEARER_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SSH_PRIVATE_KEY_FIELD_NUMBER: _ClassVar[int]
    INSECURE_FIELD_NUMBER: _ClassVar[int]
    INSECURE_IGNORE_HOST_KEY_FIELD_NUMBER: _ClassVar[int]
    TLS_CLIENT_CERT_FIELD_NUMBER: _ClassVar[int]
    TLS_CLIENT_KEY_FIELD_NUMBER: _ClassVar[int]
    PROXY_FIELD_NUMBER: _ClassVar[int]
    NO_PROXY_FIELD_NUMBER: _ClassVar[int]
    ENABLE_LFS_FIELD_NUMBER: _ClassVar[int]
    DEPTH_FIELD_NUMBER: _ClassVar[int]
    CA_BUNDLE_FIELD_NUMBER: _ClassVar[int]
    SSH_KNOWN_HOSTS_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    FORCE_HTTP_BASIC_AUTH_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ENABLE_OCI_FIELD_NUMBER: _ClassVar[int]
    INSECURE_OCI_FORCE_HTTP_FIELD_NUMBER: _ClassVar[int]
    CHART_FIELD_NUMBER: _ClassVar[int]
    PASS_CREDENTIALS_FIELD_NUMBER: _ClassVar[int]
    GITHUB_APP_PRIVATE_KEY_FIELD_NUMBER: _ClassVar[int]
    GITHUB_APP_ID_FIELD_NUMBER: _ClassVar[int]
    GITHUB_APP_INSTALLATION_ID_FIELD_NUMBER: _ClassVar[int]
    GITHUB_APP_ENTERPRISE_BASE_URL_FIELD_NUMBER: _ClassVar[int]
    GCP_SERVICE_ACCOUNT_KEY_FIELD_NUMBER: _ClassVar[int]
    USE_AZURE_WORKLOAD_IDENTITY_FIELD_NUMBER: _ClassVar[int]
    AZURE_CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    AZURE_CLIENT_SECRET_FIELD_NUMBER: _ClassVar[int]
    AZURE_TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    AZURE_ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    url: str
    type: str
    username: str
    password: str
    bearer_token: str
    ssh_private_key: str
    insecure: bool
    insecure_ignore_host_key: bool
    tls_client_cert: bytes
    tls_client_key: bytes
    proxy: str
    no_proxy: str
    enable_lfs: bool
    depth: int
    ca_bundle: bytes
    ssh_known_hosts: str
    project: str
    force_http_basic_auth: bool
    name: str
    enable_oci: bool
    insecure_oci_force_http: bool
    chart: str
    pass_credentials: bool
    github_app_private_key: str
    github_app_id: int
    github_app_installation_id: int
    github_app_enterprise_base_url: str
    gcp_service_account_key: str
    use_azure_workload_identity: bool
    azure_client_id: str
    azure_client_secret: str
    azure_tenant_id: str
    azure_endpoint: str
    def __init__(self, url: _Optional[str] = ..., type: _Optional[str] = ..., username: _Optional[str] = ..., password: _Optional[str] = ..., bearer_token: _Optional[str] = ..., ssh_private_key: _Optional[str] = ..., insecure: _Optional[bool] = ..., insecure_ignore_host_key: _Optional[bool] = ..., tls_client_cert: _Optional[bytes] = ..., tls_client_key: _Optional[bytes] = ..., proxy: _Optional[str] = ..., no_proxy: _Optional[str] = ..., enable_lfs: _Optional[bool] = ..., depth: _Optional[int] = ..., ca_bundle: _Optional[bytes] = ..., ssh_known_hosts: _Optional[str] = ..., project: _Optional[str] = ..., force_http_basic_auth: _Optional[bool] = ..., name: _Optional[str] = ..., enable_oci: _Optional[bool] = ..., insecure_oci_force_http: _Optional[bool] = ..., chart: _Optional[str] = ..., pass_credentials: _Optional[bool] = ..., github_app_private_key: _Optional[str] = ..., github_app_id: _Optional[int] = ..., github_app_installation_id: _Optional[int] = ..., github_app_enterprise_base_url: _Optional[str] = ..., gcp_service_account_key: _Optional[str] = ..., use_azure_workload_identity: _Optional[bool] = ..., azure_client_id: _Optional[str] = ..., azure_client_secret: _Optional[str] = ..., azure_tenant_id: _Optional[str] = ..., azure_endpoint: _Optional[str] = ...) -> None: ...

class ChartAccess(_message.Message):
    __slots__ = ("repositories", "templates", "source_repos", "ca_bundles")
    class CaBundlesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: bytes
        def __init__(self, key: _Optional[str] = ..., value: _Optional[bytes] = ...) -> None: ...
    REPOSITORIES_FIELD_NUMBER: _ClassVar[int]
    TEMPLATES_FIELD_NUMBER: _ClassVar[int]
    SOURCE_REPOS_FIELD_NUMBER: _ClassVar[int]
    CA_BUNDLES_FIELD_NUMBER: _ClassVar[int]
    repositories: _containers.RepeatedCompositeFieldContainer[Repository]
    templates: _containers.RepeatedCompositeFieldContainer[Repository]
    source_repos: _containers.RepeatedScalarFieldContainer[str]
    ca_bundles: _containers.ScalarMap[str, bytes]
    def __init__(self, repositories: _Optional[_Iterable[_Union[Repository, _Mapping]]] = ..., templates: _Optional[_Iterable[_Union[Repository, _Mapping]]] = ..., source_repos: _Optional[_Iterable[str]] = ..., ca_bundles: _Optional[_Mapping[str, bytes]] = ...) -> None: ...

class Integrity(_message.Message):
    __slots__ = ("mode", "keys", "public_keys")
    MODE_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEYS_FIELD_NUMBER: _ClassVar[int]
    mode: str
    keys: _containers.RepeatedScalarFieldContainer[str]
    public_keys: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, mode: _Optional[str] = ..., keys: _Optional[_Iterable[str]] = ..., public_keys: _Optional[_Iterable[str]] = ...) -> None: ...

class SourceRequest(_message.Message):
    __slots__ = ("id", "source_json", "app_name", "app_namespace", "project", "kube_version", "api_versions", "known_key", "no_cache", "kustomize_build_options", "references", "capabilities")
    ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_JSON_FIELD_NUMBER: _ClassVar[int]
    APP_NAME_FIELD_NUMBER: _ClassVar[int]
    APP_NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    KUBE_VERSION_FIELD_NUMBER: _ClassVar[int]
    API_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    KNOWN_KEY_FIELD_NUMBER: _ClassVar[int]
    NO_CACHE_FIELD_NUMBER: _ClassVar[int]
    KUSTOMIZE_BUILD_OPTIONS_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    id: str
    source_json: bytes
    app_name: str
    app_namespace: str
    project: str
    kube_version: str
    api_versions: _containers.RepeatedScalarFieldContainer[str]
    known_key: str
    no_cache: bool
    kustomize_build_options: str
    references: _containers.RepeatedCompositeFieldContainer[SourceReference]
    capabilities: int
    def __init__(self, id: _Optional[str] = ..., source_json: _Optional[bytes] = ..., app_name: _Optional[str] = ..., app_namespace: _Optional[str] = ..., project: _Optional[str] = ..., kube_version: _Optional[str] = ..., api_versions: _Optional[_Iterable[str]] = ..., known_key: _Optional[str] = ..., no_cache: _Optional[bool] = ..., kustomize_build_options: _Optional[str] = ..., references: _Optional[_Iterable[_Union[SourceReference, _Mapping]]] = ..., capabilities: _Optional[int] = ...) -> None: ...

class SourceReference(_message.Message):
    __slots__ = ("name", "repository")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REPOSITORY_FIELD_NUMBER: _ClassVar[int]
    name: str
    repository: int
    def __init__(self, name: _Optional[str] = ..., repository: _Optional[int] = ...) -> None: ...

class ReferencedRepository(_message.Message):
    __slots__ = ("repository", "revision", "commit", "tag_prefix")
    REPOSITORY_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    TAG_PREFIX_FIELD_NUMBER: _ClassVar[int]
    repository: Repository
    revision: str
    commit: str
    tag_prefix: str
    def __init__(self, repository: _Optional[_Union[Repository, _Mapping]] = ..., revision: _Optional[str] = ..., commit: _Optional[str] = ..., tag_prefix: _Optional[str] = ...) -> None: ...

class Capabilities(_message.Message):
    __slots__ = ("kube_version", "api_versions")
    KUBE_VERSION_FIELD_NUMBER: _ClassVar[int]
    API_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    kube_version: str
    api_versions: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, kube_version: _Optional[str] = ..., api_versions: _Optional[_Iterable[str]] = ...) -> None: ...

class RenderSettings(_message.Message):
    __slots__ = ("disabled", "kustomize_build_options", "kustomize_versions", "kustomize_version_options")
    class KustomizeVersionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class KustomizeVersionOptionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    DISABLED_FIELD_NUMBER: _ClassVar[int]
    KUSTOMIZE_BUILD_OPTIONS_FIELD_NUMBER: _ClassVar[int]
    KUSTOMIZE_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    KUSTOMIZE_VERSION_OPTIONS_FIELD_NUMBER: _ClassVar[int]
    disabled: _containers.RepeatedScalarFieldContainer[str]
    kustomize_build_options: str
    kustomize_versions: _containers.ScalarMap[str, str]
    kustomize_version_options: _containers.ScalarMap[str, str]
    def __init__(self, disabled: _Optional[_Iterable[str]] = ..., kustomize_build_options: _Optional[str] = ..., kustomize_versions: _Optional[_Mapping[str, str]] = ..., kustomize_version_options: _Optional[_Mapping[str, str]] = ...) -> None: ...

class SourceError(_message.Message):
    __slots__ = ("code", "message", "submodules", "untrusted")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    SUBMODULES_FIELD_NUMBER: _ClassVar[int]
    UNTRUSTED_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    submodules: _containers.RepeatedScalarFieldContainer[str]
    untrusted: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ..., submodules: _Optional[_Iterable[str]] = ..., untrusted: _Optional[_Iterable[str]] = ...) -> None: ...

class ResolveRequest(_message.Message):
    __slots__ = ("repository", "revision", "no_cache", "sources", "referenced", "capabilities", "settings", "tag_prefix", "charts", "submodules")
    REPOSITORY_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    NO_CACHE_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    REFERENCED_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    TAG_PREFIX_FIELD_NUMBER: _ClassVar[int]
    CHARTS_FIELD_NUMBER: _ClassVar[int]
    SUBMODULES_FIELD_NUMBER: _ClassVar[int]
    repository: Repository
    revision: str
    no_cache: bool
    sources: _containers.RepeatedCompositeFieldContainer[SourceRequest]
    referenced: _containers.RepeatedCompositeFieldContainer[ReferencedRepository]
    capabilities: _containers.RepeatedCompositeFieldContainer[Capabilities]
    settings: RenderSettings
    tag_prefix: str
    charts: ChartAccess
    submodules: _containers.RepeatedCompositeFieldContainer[Repository]
    def __init__(self, repository: _Optional[_Union[Repository, _Mapping]] = ..., revision: _Optional[str] = ..., no_cache: _Optional[bool] = ..., sources: _Optional[_Iterable[_Union[SourceRequest, _Mapping]]] = ..., referenced: _Optional[_Iterable[_Union[ReferencedRepository, _Mapping]]] = ..., capabilities: _Optional[_Iterable[_Union[Capabilities, _Mapping]]] = ..., settings: _Optional[_Union[RenderSettings, _Mapping]] = ..., tag_prefix: _Optional[str] = ..., charts: _Optional[_Union[ChartAccess, _Mapping]] = ..., submodules: _Optional[_Iterable[_Union[Repository, _Mapping]]] = ...) -> None: ...

class SourceKey(_message.Message):
    __slots__ = ("id", "key", "source_type", "error")
    ID_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    SOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    id: str
    key: str
    source_type: str
    error: SourceError
    def __init__(self, id: _Optional[str] = ..., key: _Optional[str] = ..., source_type: _Optional[str] = ..., error: _Optional[_Union[SourceError, _Mapping]] = ...) -> None: ...

class ResolveResponse(_message.Message):
    __slots__ = ("commit", "keys")
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    commit: str
    keys: _containers.RepeatedCompositeFieldContainer[SourceKey]
    def __init__(self, commit: _Optional[str] = ..., keys: _Optional[_Iterable[_Union[SourceKey, _Mapping]]] = ...) -> None: ...

class RenderRequest(_message.Message):
    __slots__ = ("repository", "revision", "no_cache", "sources", "commit", "referenced", "capabilities", "settings", "tag_prefix", "charts", "submodules", "integrity")
    REPOSITORY_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    NO_CACHE_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    REFERENCED_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    TAG_PREFIX_FIELD_NUMBER: _ClassVar[int]
    CHARTS_FIELD_NUMBER: _ClassVar[int]
    SUBMODULES_FIELD_NUMBER: _ClassVar[int]
    INTEGRITY_FIELD_NUMBER: _ClassVar[int]
    repository: Repository
    revision: str
    no_cache: bool
    sources: _containers.RepeatedCompositeFieldContainer[SourceRequest]
    commit: str
    referenced: _containers.RepeatedCompositeFieldContainer[ReferencedRepository]
    capabilities: _containers.RepeatedCompositeFieldContainer[Capabilities]
    settings: RenderSettings
    tag_prefix: str
    charts: ChartAccess
    submodules: _containers.RepeatedCompositeFieldContainer[Repository]
    integrity: Integrity
    def __init__(self, repository: _Optional[_Union[Repository, _Mapping]] = ..., revision: _Optional[str] = ..., no_cache: _Optional[bool] = ..., sources: _Optional[_Iterable[_Union[SourceRequest, _Mapping]]] = ..., commit: _Optional[str] = ..., referenced: _Optional[_Iterable[_Union[ReferencedRepository, _Mapping]]] = ..., capabilities: _Optional[_Iterable[_Union[Capabilities, _Mapping]]] = ..., settings: _Optional[_Union[RenderSettings, _Mapping]] = ..., tag_prefix: _Optional[str] = ..., charts: _Optional[_Union[ChartAccess, _Mapping]] = ..., submodules: _Optional[_Iterable[_Union[Repository, _Mapping]]] = ..., integrity: _Optional[_Union[Integrity, _Mapping]] = ...) -> None: ...

class RenderedSource(_message.Message):
    __slots__ = ("id", "commit", "key", "digest", "source_type", "unchanged", "manifests", "error", "deterministic", "warnings")
    ID_FIELD_NUMBER: _ClassVar[int]
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    SOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    UNCHANGED_FIELD_NUMBER: _ClassVar[int]
    MANIFESTS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    DETERMINISTIC_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    id: str
    commit: str
    key: str
    digest: str
    source_type: str
    unchanged: bool
    manifests: _containers.RepeatedScalarFieldContainer[bytes]
    error: SourceError
    deterministic: bool
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, id: _Optional[str] = ..., commit: _Optional[str] = ..., key: _Optional[str] = ..., digest: _Optional[str] = ..., source_type: _Optional[str] = ..., unchanged: _Optional[bool] = ..., manifests: _Optional[_Iterable[bytes]] = ..., error: _Optional[_Union[SourceError, _Mapping]] = ..., deterministic: _Optional[bool] = ..., warnings: _Optional[_Iterable[str]] = ...) -> None: ...

class ListRefsRequest(_message.Message):
    __slots__ = ("repository",)
    REPOSITORY_FIELD_NUMBER: _ClassVar[int]
    repository: Repository
    def __init__(self, repository: _Optional[_Union[Repository, _Mapping]] = ...) -> None: ...

class ListRefsResponse(_message.Message):
    __slots__ = ("branches", "tags")
    BRANCHES_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    branches: _containers.RepeatedScalarFieldContainer[str]
    tags: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, branches: _Optional[_Iterable[str]] = ..., tags: _Optional[_Iterable[str]] = ...) -> None: ...

class RevisionMetadataRequest(_message.Message):
    __slots__ = ("repository", "revision", "integrity")
    REPOSITORY_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    INTEGRITY_FIELD_NUMBER: _ClassVar[int]
    repository: Repository
    revision: str
    integrity: Integrity
    def __init__(self, repository: _Optional[_Union[Repository, _Mapping]] = ..., revision: _Optional[str] = ..., integrity: _Optional[_Union[Integrity, _Mapping]] = ...) -> None: ...

class RevisionMetadataResponse(_message.Message):
    __slots__ = ("author", "date", "tags", "message", "signature_info", "problems")
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_INFO_FIELD_NUMBER: _ClassVar[int]
    PROBLEMS_FIELD_NUMBER: _ClassVar[int]
    author: str
    date: str
    tags: _containers.RepeatedScalarFieldContainer[str]
    message: str
    signature_info: str
    problems: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, author: _Optional[str] = ..., date: _Optional[str] = ..., tags: _Optional[_Iterable[str]] = ..., message: _Optional[str] = ..., signature_info: _Optional[str] = ..., problems: _Optional[_Iterable[str]] = ...) -> None: ...

class TestRepositoryRequest(_message.Message):
    __slots__ = ("repository",)
    REPOSITORY_FIELD_NUMBER: _ClassVar[int]
    repository: Repository
    def __init__(self, repository: _Optional[_Union[Repository, _Mapping]] = ...) -> None: ...

class TestRepositoryResponse(_message.Message):
    __slots__ = ("verified",)
    VERIFIED_FIELD_NUMBER: _ClassVar[int]
    verified: bool
    def __init__(self, verified: _Optional[bool] = ...) -> None: ...

class ListAppsRequest(_message.Message):
    __slots__ = ("repository", "revision")
    REPOSITORY_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    repository: Repository
    revision: str
    def __init__(self, repository: _Optional[_Union[Repository, _Mapping]] = ..., revision: _Optional[str] = ...) -> None: ...

class ListAppsResponse(_message.Message):
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

class AppDetailsRequest(_message.Message):
    __slots__ = ("repository", "revision", "source", "charts")
    REPOSITORY_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    CHARTS_FIELD_NUMBER: _ClassVar[int]
    repository: Repository
    revision: str
    source: SourceRequest
    charts: ChartAccess
    def __init__(self, repository: _Optional[_Union[Repository, _Mapping]] = ..., revision: _Optional[str] = ..., source: _Optional[_Union[SourceRequest, _Mapping]] = ..., charts: _Optional[_Union[ChartAccess, _Mapping]] = ...) -> None: ...

class Parameter(_message.Message):
    __slots__ = ("name", "value", "force_string")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    FORCE_STRING_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: str
    force_string: bool
    def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ..., force_string: _Optional[bool] = ...) -> None: ...

class AppDetailsResponse(_message.Message):
    __slots__ = ("source_type", "chart_name", "value_files", "parameters", "values", "file_parameters", "images")
    SOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    CHART_NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FILES_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    FILE_PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    source_type: str
    chart_name: str
    value_files: _containers.RepeatedScalarFieldContainer[str]
    parameters: _containers.RepeatedCompositeFieldContainer[Parameter]
    values: str
    file_parameters: _containers.RepeatedCompositeFieldContainer[Parameter]
    images: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, source_type: _Optional[str] = ..., chart_name: _Optional[str] = ..., value_files: _Optional[_Iterable[str]] = ..., parameters: _Optional[_Iterable[_Union[Parameter, _Mapping]]] = ..., values: _Optional[str] = ..., file_parameters: _Optional[_Iterable[_Union[Parameter, _Mapping]]] = ..., images: _Optional[_Iterable[str]] = ...) -> None: ...

class ListChartsRequest(_message.Message):
    __slots__ = ("repository",)
    REPOSITORY_FIELD_NUMBER: _ClassVar[int]
    repository: Repository
    def __init__(self, repository: _Optional[_Union[Repository, _Mapping]] = ...) -> None: ...

class ChartVersions(_message.Message):
    __slots__ = ("name", "versions")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    name: str
    versions: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., versions: _Optional[_Iterable[str]] = ...) -> None: ...

class ListChartsResponse(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[ChartVersions]
    def __init__(self, items: _Optional[_Iterable[_Union[ChartVersions, _Mapping]]] = ...) -> None: ...

class ListTagsRequest(_message.Message):
    __slots__ = ("repository",)
    REPOSITORY_FIELD_NUMBER: _ClassVar[int]
    repository: Repository
    def __init__(self, repository: _Optional[_Union[Repository, _Mapping]] = ...) -> None: ...

class ListTagsResponse(_message.Message):
    __slots__ = ("tags",)
    TAGS_FIELD_NUMBER: _ClassVar[int]
    tags: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, tags: _Optional[_Iterable[str]] = ...) -> None: ...

class ChartDetailsRequest(_message.Message):
    __slots__ = ("repository", "revision")
    REPOSITORY_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    repository: Repository
    revision: str
    def __init__(self, repository: _Optional[_Union[Repository, _Mapping]] = ..., revision: _Optional[str] = ...) -> None: ...

class ChartDetailsResponse(_message.Message):
    __slots__ = ("description", "home", "maintainers")
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    HOME_FIELD_NUMBER: _ClassVar[int]
    MAINTAINERS_FIELD_NUMBER: _ClassVar[int]
    description: str
    home: str
    maintainers: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, description: _Optional[str] = ..., home: _Optional[str] = ..., maintainers: _Optional[_Iterable[str]] = ...) -> None: ...

class ArtifactDetailsRequest(_message.Message):
    __slots__ = ("repository", "revision")
    REPOSITORY_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    repository: Repository
    revision: str
    def __init__(self, repository: _Optional[_Union[Repository, _Mapping]] = ..., revision: _Optional[str] = ...) -> None: ...

class ArtifactDetailsResponse(_message.Message):
    __slots__ = ("created_at", "authors", "image_url", "docs_url", "source_url", "version", "description")
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    AUTHORS_FIELD_NUMBER: _ClassVar[int]
    IMAGE_URL_FIELD_NUMBER: _ClassVar[int]
    DOCS_URL_FIELD_NUMBER: _ClassVar[int]
    SOURCE_URL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    created_at: str
    authors: str
    image_url: str
    docs_url: str
    source_url: str
    version: str
    description: str
    def __init__(self, created_at: _Optional[str] = ..., authors: _Optional[str] = ..., image_url: _Optional[str] = ..., docs_url: _Optional[str] = ..., source_url: _Optional[str] = ..., version: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...

"""The data keys of repository and credential Secrets, as one table (config.md section 7)."""

import dataclasses
import enum
from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

from plumbline.core.secret import Secret

__all__ = ["FIELDS", "Field", "Kind", "Repository", "decode_repository", "encode_repository"]

_EMPTY: Final = Secret("")
_MAX_NUMBER: Final = 2**63 - 1


class Kind(enum.Enum):
    """How a value is written."""

    TEXT = "text"
    SECRET = "secret"  # noqa: S105 -- a word
    FLAG = "flag"
    NUMBER = "number"


class Field(NamedTuple):
    """One data key; the API's messages use the same names."""

    attribute: str
    key: str
    kind: Kind = Kind.TEXT
    in_template: bool = False
    """Whether repo-creds Secrets have it."""
    is_credential: bool = False
    """Whether a repository without credential takes it from a template."""
    is_shown: bool = False
    """Whether answers carry it; everything else stays here."""


FIELDS: Final = (
    Field("type", "type", in_template=True, is_shown=True),
    Field("name", "name", is_shown=True),
    Field("url", "url", in_template=True),  # shown without a password that it may hold
    Field("project", "project", is_shown=True),
    Field("username", "username", Kind.TEXT, True, True, True),
    Field("password", "password", Kind.SECRET, True, True),
    Field("bearer_token", "bearerToken", Kind.SECRET, True, True),
    Field("ssh_private_key", "sshPrivateKey", Kind.SECRET, True, True),
    Field("insecure", "insecure", Kind.FLAG, is_shown=True),
    Field("insecure_ignore_host_key", "insecureIgnoreHostKey", Kind.FLAG, is_shown=True),
    Field("enable_lfs", "enableLfs", Kind.FLAG, is_shown=True),
    Field("enable_oci", "enableOCI", Kind.FLAG, in_template=True, is_shown=True),
    Field(
        "insecure_oci_force_http",
        "insecureOCIForceHttp",
        Kind.FLAG,
        in_template=True,
        is_shown=True,
    ),
    Field("tls_client_cert_data", "tlsClientCertData", Kind.TEXT, True, True),
    Field("tls_client_cert_key", "tlsClientCertKey", Kind.SECRET, True, True),
    Field("github_app_private_key", "githubAppPrivateKey", Kind.SECRET, True, True),
    Field("github_app_id", "githubAppID", Kind.NUMBER, True, True, True),
    Field("github_app_installation_id", "githubAppInstallationID", Kind.NUMBER, True, True, True),
    Field(
        "github_app_enterprise_base_url", "githubAppEnterpriseBaseUrl", Kind.TEXT, True, True, True
    ),
    Field("proxy", "proxy", in_template=True),  # shown without its user part
    Field("no_proxy", "noProxy", in_template=True, is_shown=True),
    Field("gcp_service_account_key", "gcpServiceAccountKey", Kind.SECRET, True, True),
    Field("force_http_basic_auth", "forceHttpBasicAuth", Kind.FLAG, True, True, True),
    Field("use_azure_workload_identity", "useAzureWorkloadIdentity", Kind.FLAG, True, True, True),
    Field("depth", "depth", Kind.NUMBER, is_shown=True),
    Field(
        "webhook_manifest_cache_warm_disabled",
        "webhookManifestCacheWarmDisabled",
        Kind.FLAG,
        is_shown=True,
    ),
    Field("azure_client_id", "azureServicePrincipalClientId", Kind.TEXT, True, True, True),
    Field("azure_client_secret", "azureServicePrincipalClientSecret", Kind.SECRET, True, True),
    Field("azure_tenant_id", "azureServicePrincipalTenantId", Kind.TEXT, True, True, True),
    Field("azure_endpoint", "azureActiveDirectoryEndpoint", Kind.TEXT, True, True, True),
)
_TEMPLATE_KEYS: Final = {
    "azureServicePrincipalClientId": "azureServicePrincipalClientID",
    "azureServicePrincipalTenantId": "azureServicePrincipalTenantID",
}
"""Spelled with another capital in templates (config.md section 7)."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Repository:
    """A repository and what opens it; also a credential template, whose URL is a prefix."""

    url: str
    type: str = "git"
    name: str = ""
    project: str = ""
    username: str = ""
    password: Secret = _EMPTY
    bearer_token: Secret = _EMPTY
    ssh_private_key: Secret = _EMPTY
    insecure: bool = False
    insecure_ignore_host_key: bool = False
    enable_lfs: bool = False
    enable_oci: bool = False
    insecure_oci_force_http: bool = False
    tls_client_cert_data: str = ""
    tls_client_cert_key: Secret = _EMPTY
    github_app_private_key: Secret = _EMPTY
    github_app_id: int = 0
    github_app_installation_id: int = 0
    github_app_enterprise_base_url: str = ""
    proxy: str = ""
    no_proxy: str = ""
    gcp_service_account_key: Secret = _EMPTY
    force_http_basic_auth: bool = False
    use_azure_workload_identity: bool = False
    depth: int = 0
    webhook_manifest_cache_warm_disabled: bool = False
    azure_client_id: str = ""
    azure_client_secret: Secret = _EMPTY
    azure_tenant_id: str = ""
    azure_endpoint: str = ""
    inherited: bool = False
    """Whether the credential comes from a template."""
    ca_bundle: bytes = b""
    """PEM certificates that are trusted for the URL's host (argocd-tls-certs-cm)."""
    ssh_known_hosts: str = ""
    """The known_hosts text in force (argocd-ssh-known-hosts-cm)."""
    chart: str = ""
    """The chart that a source takes from it; empty for Git."""
    pass_credentials: bool = False
    """Whether the credential also goes to other hosts that its index names."""

    @property
    def has_credential(self) -> bool:
        """Whether anything here authenticates; if not, a template may."""
        return bool(
            self.username
            or self.password
            or self.bearer_token
            or self.ssh_private_key
            or self.tls_client_cert_data
            or self.github_app_private_key
            or self.gcp_service_account_key
            or self.azure_client_secret
            or self.use_azure_workload_identity
        )


def decode_repository(data: Mapping[str, Secret]) -> Repository:
    """Read the data of a repository or repo-creds Secret; unknown keys are ignored."""
    found: dict[str, Any] = {}
    for field in FIELDS:
        value = data.get(field.key) or data.get(_TEMPLATE_KEYS.get(field.key, "")) or _EMPTY
        found[field.attribute] = _decoded(field.kind, value)
    found["url"] = found["url"].strip()
    found["type"] = found["type"] or "git"
    return Repository(**found)


def _decoded(kind: Kind, value: Secret) -> Any:
    if kind is Kind.SECRET:
        return value
    text = value.reveal()
    if kind is Kind.FLAG:
        return text.strip().lower() == "true"
    if kind is Kind.NUMBER:
        return min(int(text), _MAX_NUMBER) if text.isascii() and text.isdecimal() else 0
    return text


def encode_repository(
    repository: Repository, *, present: Collection[str] = (), is_template: bool = False
) -> dict[str, Secret]:
    """Return the data of a Secret; an empty value is written only where the key exists already.

    Args:
        repository: what to write.
        present: the keys that the Secret has now.
        is_template: whether it is a repo-creds Secret.
    """
    data: dict[str, Secret] = {}
    for field in FIELDS:
        if is_template and not field.in_template:
            continue
        key = _TEMPLATE_KEYS.get(field.key, field.key) if is_template else field.key
        value = _encoded(field.kind, getattr(repository, field.attribute))
        if value or key in present:
            data[key] = value
    return data


def _encoded(kind: Kind, value: Any) -> Secret:
    if isinstance(value, Secret):
        return value
    if kind is Kind.FLAG:
        return Secret("true" if value else "")
    if kind is Kind.NUMBER:
        return Secret(str(value) if value else "")
    return Secret(value)

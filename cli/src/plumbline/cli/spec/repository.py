"""The flags of repositories and of credential templates, which have most of them in common."""

import pathlib
from typing import Any, Final

from plumbline.cli.flags import Flag, Flags
from plumbline.core import errors

__all__ = ["CREDENTIALS", "access_query", "credentials"]

_Tree = dict[str, Any]

CREDENTIALS: Final = [
    Flag("type", text="git, helm or oci", default="git"),
    Flag("username", text="user name"),
    Flag("password", text="password or token, asked for if only a user name is given"),
    Flag("bearer-token", text="bearer token"),
    Flag("force-http-basic-auth", "bool", "send credentials without being asked"),
    Flag("ssh-private-key-path", text="file of an SSH private key"),
    Flag("tls-client-cert-path", text="file of a TLS client certificate"),
    Flag("tls-client-cert-key-path", text="file of the TLS client certificate's key"),
    Flag("enable-oci", "bool", "the repository is an OCI registry"),
    Flag("insecure-oci-force-http", "bool", "speak plain HTTP to the OCI registry"),
    Flag("github-app-id", "int", "id of the GitHub App"),
    Flag("github-app-installation-id", "int", "id of the GitHub App's installation"),
    Flag("github-app-private-key-path", text="file of the GitHub App's key"),
    Flag("github-app-enterprise-base-url", text="URL of the GitHub Enterprise API"),
    Flag("gcp-service-account-key-path", text="file of a Google Cloud service account key"),
    Flag("use-azure-workload-identity", "bool", "use Azure's workload identity"),
    Flag("azure-service-principal-client-id", text="client id of an Azure service principal"),
    Flag("azure-service-principal-client-secret", text="secret of an Azure service principal"),
    Flag("azure-service-principal-tenant-id", text="tenant id of an Azure service principal"),
    Flag("azure-active-directory-endpoint", text="URL of the Azure Active Directory"),
]

_TEXTS: Final = {
    "type": "type",
    "username": "username",
    "password": "password",
    "bearer-token": "bearerToken",
    "github-app-enterprise-base-url": "githubAppEnterpriseBaseUrl",
    "azure-service-principal-client-id": "azureServicePrincipalClientId",
    "azure-service-principal-client-secret": "azureServicePrincipalClientSecret",
    "azure-service-principal-tenant-id": "azureServicePrincipalTenantId",
    "azure-active-directory-endpoint": "azureActiveDirectoryEndpoint",
}
_FILES: Final = {
    "ssh-private-key-path": "sshPrivateKey",
    "tls-client-cert-path": "tlsClientCertData",
    "tls-client-cert-key-path": "tlsClientCertKey",
    "github-app-private-key-path": "githubAppPrivateKey",
    "gcp-service-account-key-path": "gcpServiceAccountKey",
}
_SWITCHES: Final = {
    "force-http-basic-auth": "forceHttpBasicAuth",
    "enable-oci": "enableOCI",
    "insecure-oci-force-http": "insecureOCIForceHttp",
    "use-azure-workload-identity": "useAzureWorkloadIdentity",
}
_NUMBERS: Final = {
    "github-app-id": "githubAppID",
    "github-app-installation-id": "githubAppInstallationID",
}
_ACCESS: Final = (
    "username", "password", "sshPrivateKey", "insecure", "tlsClientCertData", "tlsClientCertKey",
    "type", "name", "githubAppPrivateKey", "githubAppID", "githubAppInstallationID",
    "githubAppEnterpriseBaseUrl", "proxy", "project", "gcpServiceAccountKey",
    "forceHttpBasicAuth", "useAzureWorkloadIdentity", "bearerToken",
    "azureServicePrincipalClientId", "azureServicePrincipalClientSecret",
    "azureServicePrincipalTenantId", "azureActiveDirectoryEndpoint",
)  # fmt: skip


def credentials(url: str, flags: Flags) -> _Tree:
    """Return how to open what lies at a URL; the address is for the caller to add.

    Raises:
        errors.InvalidArgument: a file cannot be read, or a flag does not go with the URL.
    """
    _check(url, flags)
    tree: _Tree = {}
    for flag, key in _TEXTS.items():
        if flags.text(flag):
            tree[key] = flags.text(flag)
    for flag, key in _FILES.items():
        if flags.text(flag):
            tree[key] = _content(flag, flags.text(flag))
    for flag, key in _SWITCHES.items():
        if flags.on(flag):
            tree[key] = True
    for flag, key in _NUMBERS.items():
        if flags.number(flag):
            tree[key] = flags.number(flag)
    return tree


def _check(url: str, flags: Flags) -> None:
    """Refuse what the URL cannot mean.

    Raises:
        errors.InvalidArgument: see above.
    """
    if flags.given("ssh-private-key-path") and "://" in url and not url.startswith("ssh://"):
        raise errors.InvalidArgument(
            "--ssh-private-key-path is only supported for SSH repositories."
        )
    secure = url.startswith(("https://", "oci://")) or flags.on("enable-oci")
    pair = ("tls-client-cert-path", "tls-client-cert-key-path")
    if flags.any_given(*pair):
        if not all(flags.given(name) for name in pair):
            raise errors.InvalidArgument(
                "--tls-client-cert-path and --tls-client-cert-key-path must be specified together"
            )
        if not secure:
            raise errors.InvalidArgument(
                "--tls-client-cert-path is only supported for HTTPS repositories"
            )
    app = ("github-app-id", "github-app-installation-id", "github-app-private-key-path")
    if flags.given(app[2]) and not url.startswith("https://"):
        raise errors.InvalidArgument("a GitHub App is only supported for HTTPS repositories")


def _content(flag: str, name: str) -> str:
    try:
        return pathlib.Path(name).read_text()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise errors.InvalidArgument(f"--{flag}: {name}: {reason}") from error


def access_query(repository: _Tree) -> _Tree:
    """Return the question whether a repository can be opened, before it is kept."""
    query: _Tree = {key: repository[key] for key in _ACCESS if key in repository}
    query["repo"] = repository["repo"]
    if repository.get("enableOCI"):
        query["enableOci"] = True
    if repository.get("insecureOCIForceHttp"):
        query["insecureOciForceHttp"] = True
    return query

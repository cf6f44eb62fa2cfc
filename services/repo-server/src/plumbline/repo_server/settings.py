"""The settings of the repo-server, parsed once in ``__main__``.

Names, variables and defaults are the contract's (server_flags.tsv, cmd_params.tsv) where it has
them; ours begin with PLUMBLINE_. Units stand in the help texts.
"""

import dataclasses

from plumbline.core import pattern
from plumbline.core.secret import Secret
from plumbline.runtime.settings import option

__all__ = ["Settings", "size"]

_NO_SECRET = Secret("")
_UNITS = {"": 1, "B": 1, "K": 1024, "M": 1024**2, "G": 1024**3}


def size(text: str) -> int:
    """Read bytes with the suffixes K, M, G or Ki, Mi, Gi.

    Raises:
        ValueError: not a size.
    """
    plain = text.strip().removesuffix("i")
    unit = plain[-1:] if plain[-1:].isalpha() else ""
    if unit not in _UNITS:
        raise ValueError("not a size such as 10M")
    return int(float(plain.removesuffix(unit)) * _UNITS[unit])


def _seconds(text: str) -> float:
    return pattern.parse_duration(text)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """Plumbline's repo-server."""

    address: str = option(
        "0.0.0.0",  # noqa: S104 -- a pod's port; the service requires client certificates
        flag="address",
        env="ARGOCD_REPO_SERVER_LISTEN_ADDRESS",
        help="address of the gRPC port",
    )
    port: int = option(
        8081, flag="port", env="PLUMBLINE_REPO_SERVER_PORT", help="gRPC port (mutual TLS)"
    )
    metrics_address: str = option(
        "0.0.0.0",  # noqa: S104 -- scraped from outside the pod
        flag="metrics-address",
        env="ARGOCD_REPO_SERVER_LISTEN_METRICS_ADDRESS",
        help="address of the metrics port",
    )
    metrics_port: int = option(
        8084,
        flag="metrics-port",
        env="PLUMBLINE_REPO_SERVER_METRICS_PORT",
        help="port of /metrics and /healthz; 0 switches it off",
    )
    tls_cert: str = option(
        "", flag="tls-cert", env="PLUMBLINE_TLS_CERT", help="certificate file of this service"
    )
    tls_key: str = option("", flag="tls-key", env="PLUMBLINE_TLS_KEY", help="its key file")
    tls_ca: str = option(
        "", flag="tls-ca", env="PLUMBLINE_TLS_CA", help="CA file that callers must have"
    )
    parallelism_limit: int = option(
        0,
        flag="parallelismlimit",
        env="ARGOCD_REPO_SERVER_PARALLELISM_LIMIT",
        help="tools running at the same time; 0 = one per core",
    )
    queue_limit: int = option(
        5000,
        flag="plumbline-queue-limit",
        env="PLUMBLINE_RENDER_QUEUE_LIMIT",
        help="renders that may wait for a tool; more are refused until later",
    )
    data: str = option(
        "/tmp/plumbline-repo-server",  # noqa: S108 -- an emptyDir in the chart
        flag="plumbline-data",
        env="PLUMBLINE_REPO_SERVER_DATA",
        help="directory of mirrors and render trees",
    )
    allow_file: bool = option(
        False,
        flag="plumbline-allow-file",
        env="PLUMBLINE_ALLOW_FILE_REPOSITORIES",
        help="allow file:// repositories",
    )
    kustomize: str = option(
        "", flag="kustomize", env="PLUMBLINE_KUSTOMIZE", help="kustomize binary; empty: from PATH"
    )
    kubectl: str = option(
        "",
        flag="kubectl",
        env="PLUMBLINE_KUBECTL",
        help="kubectl binary, used for kustomize where there is no kustomize",
    )
    helm: str = option("", flag="helm", env="PLUMBLINE_HELM", help="helm binary; empty: from PATH")
    gpgv: str = option(
        "", flag="plumbline-gpgv", env="PLUMBLINE_GPGV", help="gpgv binary; empty: from PATH"
    )
    custom_tools: str = option(
        "/custom-tools:/usr/local/bin",
        flag="plumbline-custom-tools",
        env="PLUMBLINE_CUSTOM_TOOLS",
        help="directories of kustomize.path.<version> binaries, separated by colons",
    )
    sandbox: str = option(
        "auto",
        flag="plumbline-sandbox",
        env="PLUMBLINE_SANDBOX",
        help="auto, required or off: how renders are held",
    )
    exec_timeout: float = option(
        90.0,
        flag="plumbline-exec-timeout",
        env="ARGOCD_EXEC_TIMEOUT",
        help="time one tool may take (Go duration)",
        parse=_seconds,
    )
    git_request_timeout: float = option(
        15.0,
        flag="plumbline-git-request-timeout",
        env="ARGOCD_GIT_REQUEST_TIMEOUT",
        help="time a Git server may be silent (Go duration)",
        parse=_seconds,
    )
    git_fetch_timeout: float = option(
        120.0,
        flag="plumbline-git-fetch-timeout",
        env="PLUMBLINE_GIT_FETCH_TIMEOUT",
        help="time one fetch may take (Go duration)",
        parse=_seconds,
    )
    git_modules: bool = option(
        True,
        flag="plumbline-git-modules",
        env="ARGOCD_GIT_MODULES_ENABLED",
        help="read Git submodules; off: they are empty directories",
    )
    git_attempts: int = option(
        1,
        flag="plumbline-git-attempts",
        env="ARGOCD_GIT_ATTEMPTS_COUNT",
        help="how often a Git server that cannot be reached is tried",
    )
    git_retry: float = option(
        0.25,
        flag="plumbline-git-retry",
        env="ARGOCD_GIT_RETRY_DURATION",
        help="pause before the second attempt (Go duration)",
        parse=_seconds,
    )
    git_retry_max: float = option(
        5.0,
        flag="plumbline-git-retry-max",
        env="ARGOCD_GIT_RETRY_MAX_DURATION",
        help="longest pause between attempts (Go duration)",
        parse=_seconds,
    )
    git_retry_factor: float = option(
        2.0,
        flag="plumbline-git-retry-factor",
        env="ARGOCD_GIT_RETRY_FACTOR",
        help="how much longer each pause is than the one before",
    )
    git_partial: bool = option(
        False,
        flag="plumbline-git-partial",
        env="PLUMBLINE_GIT_PARTIAL",
        help="fetch contents of files only when they are read (http and https), for repositories"
        " too large to be fetched whole",
    )
    ssh_known_hosts: str = option(
        "",
        flag="plumbline-ssh-known-hosts",
        env="PLUMBLINE_SSH_KNOWN_HOSTS",
        help="known_hosts file used where a request brings none",
    )
    max_directory_size: int = option(
        10 * 1024 * 1024,
        flag="max-combined-directory-manifests-size",
        env="ARGOCD_REPO_SERVER_MAX_COMBINED_DIRECTORY_MANIFESTS_SIZE",
        help="bytes of all files of a plain directory, for example 10M",
        parse=size,
    )
    helm_max_index_size: int = option(
        1024**3,
        flag="helm-registry-max-index-size",
        env="PLUMBLINE_HELM_MAX_INDEX_SIZE",
        help="bytes of the index of a Helm repository, for example 1G",
        parse=size,
    )
    helm_max_extracted_size: int = option(
        1024**3,
        flag="helm-manifest-max-extracted-size",
        env="ARGOCD_REPO_SERVER_HELM_MANIFEST_MAX_EXTRACTED_SIZE",
        help="bytes that a fetched chart may unpack to, for example 1G",
        parse=size,
    )
    helm_unlimited: bool = option(
        False,
        flag="disable-helm-manifest-max-extracted-size",
        env="ARGOCD_REPO_SERVER_DISABLE_HELM_MANIFEST_MAX_EXTRACTED_SIZE",
        help="charts may unpack to any size",
    )
    oci_max_extracted_size: int = option(
        1024**3,
        flag="oci-manifest-max-extracted-size",
        env="ARGOCD_REPO_SERVER_OCI_MANIFEST_MAX_EXTRACTED_SIZE",
        help="bytes that an OCI artifact may unpack to, for example 1G",
        parse=size,
    )
    oci_unlimited: bool = option(
        False,
        flag="disable-oci-manifest-max-extracted-size",
        env="ARGOCD_REPO_SERVER_DISABLE_OCI_MANIFEST_MAX_EXTRACTED_SIZE",
        help="OCI artifacts may unpack to any size",
    )
    oci_layer_media_types: str = option(
        "application/vnd.oci.image.layer.v1.tar,"
        "application/vnd.oci.image.layer.v1.tar+gzip,"
        "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
        flag="oci-layer-media-types",
        env="ARGOCD_REPO_SERVER_OCI_LAYER_MEDIA_TYPES",
        help="media types of OCI layers that hold an artifact's files, separated by commas",
    )
    helm_user_agent: str = option(
        "",
        env="ARGOCD_HELM_USER_AGENT",
        help="User-Agent towards servers of charts; empty: plumbline-repo-server",
    )
    revision_cache_expiration: float = option(
        180.0,
        flag="revision-cache-expiration",
        env="PLUMBLINE_REVISION_CACHE_EXPIRATION",
        help="how long indexes of charts and tags of registries serve without a question"
        " (Go duration)",
        parse=_seconds,
    )
    azure_client_id: str = option(
        "", env="AZURE_CLIENT_ID", help="client id of the pod's Azure workload identity"
    )
    azure_tenant_id: str = option(
        "", env="AZURE_TENANT_ID", help="tenant of the pod's Azure workload identity"
    )
    azure_token_file: str = option(
        "", env="AZURE_FEDERATED_TOKEN_FILE", help="file of the pod's federated Azure token"
    )
    azure_authority: str = option(
        "", env="AZURE_AUTHORITY_HOST", help="URL of Azure's issuer; empty: the public one"
    )
    azure_hosts: tuple[str, ...] = option(
        ("dev.azure.com", "*.visualstudio.com"),
        flag="plumbline-azure-hosts",
        env="PLUMBLINE_AZURE_HOSTS",
        help="hosts of repositories that may be sent the pod's Azure token, by commas",
    )
    redis: str = option(
        "", flag="redis", env="REDIS_SERVER", help="host:port of Redis; empty: memory only"
    )
    redis_username: str = option("", env="REDIS_USERNAME", help="Redis user")
    redis_password: Secret = option(  # noqa: RUF009 -- makes a field, like the others
        _NO_SECRET, env="REDIS_PASSWORD", help="Redis password"
    )
    redis_password_file: str = option(
        "",
        flag="redis-password-file",
        env="REDIS_PASSWORD_FILE",
        help="file with the Redis password, read at every new connection; before REDIS_PASSWORD",
    )
    redis_db: int = option(0, flag="redisdb", env="REDISDB", help="Redis database")
    redis_prefix: str = option(
        "", env="ARGOCD_REDIS_KEY_PREFIX", help="text put before every Redis key"
    )
    redis_use_tls: bool = option(
        False, flag="redis-use-tls", env="REDIS_USE_TLS", help="use TLS towards Redis"
    )
    redis_insecure: bool = option(
        False,
        flag="redis-insecure-skip-tls-verify",
        env="REDIS_INSECURE_SKIP_TLS_VERIFY",
        help="do not check Redis' certificate",
    )
    redis_ca: str = option(
        "", flag="redis-ca-certificate", env="REDIS_CA_CERTIFICATE", help="CA file for Redis"
    )
    redis_certificate: str = option(
        "",
        flag="redis-client-certificate",
        env="REDIS_CLIENT_CERTIFICATE",
        help="client certificate file for Redis",
    )
    redis_key: str = option(
        "", flag="redis-client-key", env="REDIS_CLIENT_KEY", help="client key file for Redis"
    )
    cache_expiration: float = option(
        24 * 3600.0,
        flag="repo-cache-expiration",
        env="ARGOCD_REPO_CACHE_EXPIRATION",
        help="how long Redis keeps a render (Go duration)",
        parse=_seconds,
    )
    failure_expiration: float = option(
        10.0,
        flag="plumbline-failure-cache-expiration",
        env="PLUMBLINE_FAILURE_CACHE_EXPIRATION",
        help="how long a render that failed is not tried again (Go duration); a hard refresh is",
        parse=_seconds,
    )
    signing_key: str = option(
        "",
        flag="plumbline-signing-key",
        env="PLUMBLINE_RENDER_SIGNING_KEY",
        help="PEM file of Ed25519 keys, read again when it changes: the first signs renders, all"
        " are accepted; empty: a key of this process",
    )
    cache_epoch: str = option(
        "",
        flag="plumbline-cache-epoch",
        env="PLUMBLINE_CACHE_EPOCH",
        help="part of every signature; changing it empties the cache",
    )
    shutdown_delay: float = option(
        0.0,
        flag="shutdown-delay",
        env="PLUMBLINE_SHUTDOWN_DELAY",
        help="seconds for which a process that is to stop still serves, not ready any more, so that"
        " others learn of it; a preStop pause of the pod does the same",
    )
    shutdown_grace: float = option(
        90.0,
        flag="shutdown-grace",
        env="PLUMBLINE_SHUTDOWN_GRACE",
        help="seconds after that for renders in progress; less than the pod's"
        " terminationGracePeriodSeconds",
    )
    log_level: str = option(
        "info",
        flag="loglevel",
        env="ARGOCD_REPO_SERVER_LOGLEVEL",
        help="debug, info, warn or error",
    )
    log_format: str = option(
        "",
        flag="logformat",
        env="ARGOCD_REPO_SERVER_LOGFORMAT",
        help="json or text; empty: text on a terminal, json elsewhere",
    )

"""The settings of the api-server, parsed once in ``__main__``.

Names, variables and defaults are the contract's (server_flags.tsv) where it has them.
"""

import dataclasses

from plumbline.runtime.settings import option

__all__ = ["Settings"]


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError("must be 1 or more")
    return number


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """Plumbline's api-server."""

    namespace: str = option(
        "argocd", flag="namespace", env="ARGOCD_NAMESPACE", help="the control plane's namespace"
    )
    kubeconfig: str = option(
        "", flag="kubeconfig", env="KUBECONFIG", help="kubeconfig file; empty: the pod's account"
    )
    address: str = option(
        "0.0.0.0",  # noqa: S104 -- the users' port
        flag="address",
        env="ARGOCD_SERVER_LISTEN_ADDRESS",
        help="address of the users' port",
    )
    port: int = option(8080, flag="port", env="PLUMBLINE_SERVER_PORT", help="the users' port")
    insecure: bool = option(
        False, flag="insecure", env="ARGOCD_SERVER_INSECURE", help="plain text instead of TLS"
    )
    rootpath: str = option(
        "",
        flag="rootpath",
        env="ARGOCD_SERVER_ROOTPATH",
        help="path prefix of the product, with which requests arrive; /healthz has none",
    )
    basehref: str = option(
        "/",
        flag="basehref",
        env="ARGOCD_SERVER_BASEHREF",
        help="path prefix of the product behind a proxy that strips it",
    )
    api_content_types: str = option(
        "application/json",
        flag="api-content-types",
        env="ARGOCD_API_CONTENT_TYPES",
        help="content types of API requests that change something, with semicolons between;"
        " empty allows any",
    )
    x_frame_options: str = option(
        "sameorigin",
        flag="x-frame-options",
        env="ARGOCD_SERVER_X_FRAME_OPTIONS",
        help="the header of that name; empty: not sent",
    )
    content_security_policy: str = option(
        "frame-ancestors 'self';",
        flag="content-security-policy",
        env="ARGOCD_SERVER_CONTENT_SECURITY_POLICY",
        help="the header of that name; empty: not sent",
    )
    enable_gzip: bool = option(
        True, flag="enable-gzip", env="ARGOCD_SERVER_ENABLE_GZIP", help="compress REST answers"
    )
    tls_min_version: str = option(
        "1.2", flag="tlsminversion", env="ARGOCD_TLS_MIN_VERSION", help="1.2 or 1.3"
    )
    tls_max_version: str = option(
        "1.3", flag="tlsmaxversion", env="ARGOCD_TLS_MAX_VERSION", help="1.2 or 1.3"
    )
    tls_ciphers: str = option(
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        flag="tlsciphers",
        env="ARGOCD_TLS_CIPHERS",
        help="cipher suites of TLS 1.2, with colons between",
    )
    grpc_max_size_mb: int = option(
        200, env="ARGOCD_GRPC_MAX_SIZE_MB", parse=_positive, help="largest gRPC message, in MiB"
    )
    max_cookie_number: int = option(
        20,
        env="ARGOCD_MAX_COOKIE_NUMBER",
        parse=_positive,
        help="cookies that one token may be split into",
    )
    metrics_address: str = option(
        "0.0.0.0",  # noqa: S104 -- scraped from outside the pod
        flag="metrics-address",
        env="ARGOCD_SERVER_METRICS_LISTEN_ADDRESS",
        help="address of the metrics port",
    )
    metrics_port: int = option(
        8083,
        flag="metrics-port",
        env="ARGOCD_SERVER_METRICS_PORT",
        help="port of /metrics and /healthz; 0 switches it off",
    )
    webhook_parallelism_limit: int = option(
        50,
        flag="webhook-parallelism-limit",
        env="ARGOCD_SERVER_WEBHOOK_PARALLELISM_LIMIT",
        help="webhook payloads that are judged at a time",
    )
    webhook_refresh_workers: int = option(
        20,
        flag="webhook-refresh-workers",
        env="ARGOCD_SERVER_WEBHOOK_REFRESH_WORKERS",
        help="calls to the controller that webhooks may cause at a time",
    )
    controller: str = option(
        "argocd-application-controller:8087",
        flag="controller",
        env="PLUMBLINE_CONTROLLER_ADDRESS",
        help="host:port of the controller's gRPC port",
    )
    repo_server: str = option(
        "argocd-repo-server:8081",
        flag="repo-server",
        env="ARGOCD_SERVER_REPO_SERVER",
        help="host:port of the repo-server",
    )
    tls_cert: str = option(
        "", flag="tls-cert", env="PLUMBLINE_TLS_CERT", help="certificate file for internal calls"
    )
    tls_key: str = option("", flag="tls-key", env="PLUMBLINE_TLS_KEY", help="its key file")
    tls_ca: str = option(
        "", flag="tls-ca", env="PLUMBLINE_TLS_CA", help="CA file that internal peers must have"
    )
    application_namespaces: tuple[str, ...] = option(
        (),
        flag="application-namespaces",
        env="ARGOCD_APPLICATION_NAMESPACES",
        help="further namespaces in which Applications are served: globs, or /expressions/",
    )
    hydrator_enabled: bool = option(
        False,
        flag="hydrator-enabled",
        env="ARGOCD_HYDRATOR_ENABLED",
        help="tell clients that rendered branches are written",
    )
    sync_with_replace_allowed: bool = option(
        True,
        flag="sync-with-replace-allowed",
        env="ARGOCD_SYNC_WITH_REPLACE_ALLOWED",
        help="whether a sync may replace objects instead of applying them",
    )
    session_max_failures: int = option(
        5,
        env="ARGOCD_SESSION_FAILURE_MAX_FAIL_COUNT",
        help="failed logins after which a user name is refused for a time",
    )
    session_failure_window: int = option(
        300,
        env="ARGOCD_SESSION_FAILURE_WINDOW_SECONDS",
        help="seconds after which a failed login counts no more",
    )
    session_cache_size: int = option(
        10_000,
        env="ARGOCD_SESSION_MAX_CACHE_SIZE",
        help="user names without an account whose failed logins are remembered",
    )
    max_concurrent_logins: int = option(
        50,
        env="ARGOCD_MAX_CONCURRENT_LOGIN_REQUESTS_COUNT",
        help="logins verified at once, of all replicas together; 0: no limit",
    )
    replicas: int = option(
        1, env="ARGOCD_API_SERVER_REPLICAS", help="how many api-servers there are"
    )
    shutdown_delay: float = option(
        0.0,
        flag="shutdown-delay",
        env="PLUMBLINE_SHUTDOWN_DELAY",
        help="seconds for which a process that is to stop still serves, not ready any more, so that"
        " others learn of it; a preStop pause of the pod does the same",
    )
    shutdown_grace: float = option(
        20.0,
        flag="shutdown-grace",
        env="PLUMBLINE_SHUTDOWN_GRACE",
        help="seconds after that for calls in progress; less than the pod's"
        " terminationGracePeriodSeconds",
    )
    log_level: str = option(
        "info",
        flag="loglevel",
        # The second is what earlier charts of ours set.
        env=("ARGOCD_SERVER_LOG_LEVEL", "ARGOCD_SERVER_LOGLEVEL"),
        help="debug, info, warn or error",
    )
    log_format: str = option(
        "",
        flag="logformat",
        env="ARGOCD_SERVER_LOGFORMAT",
        help="json or text; empty: text on a terminal, json elsewhere",
    )

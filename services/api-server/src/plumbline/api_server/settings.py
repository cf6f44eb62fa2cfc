"""The settings of the api-server, parsed once in ``__main__``.

Names, variables and defaults are the contract's (server_flags.tsv) where it has them.
"""

import dataclasses

from plumbline.runtime.settings import option

__all__ = ["Settings"]


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
    log_level: str = option(
        "info", flag="loglevel", env="ARGOCD_SERVER_LOGLEVEL", help="debug, info, warn or error"
    )
    log_format: str = option(
        "",
        flag="logformat",
        env="ARGOCD_SERVER_LOGFORMAT",
        help="json or text; empty: text on a terminal, json elsewhere",
    )

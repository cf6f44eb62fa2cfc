"""The settings of the application-controller, parsed once in ``__main__``.

Names, variables and defaults are the contract's (server_flags.tsv, cmd_params.tsv) where it has
them; ours begin with PLUMBLINE_. Units stand in the help texts.
"""

import dataclasses

from plumbline.runtime.settings import option

__all__ = ["Settings"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """Plumbline's application-controller."""

    namespace: str = option(
        "argocd", flag="namespace", env="ARGOCD_NAMESPACE", help="the control plane's namespace"
    )
    application_namespaces: tuple[str, ...] = option(
        (),
        flag="application-namespaces",
        env="ARGOCD_APPLICATION_NAMESPACES",
        help="further namespaces with Applications: globs, or a regex between slashes",
    )
    kubeconfig: str = option(
        "", flag="kubeconfig", env="KUBECONFIG", help="kubeconfig file; empty: the pod's account"
    )
    repo_server: str = option(
        "argocd-repo-server:8081",
        flag="repo-server",
        env="ARGOCD_APPLICATION_CONTROLLER_REPO_SERVER",
        help="host:port of the repo-server",
    )
    repo_server_timeout_seconds: int = option(
        60,
        flag="repo-server-timeout-seconds",
        env="ARGOCD_APPLICATION_CONTROLLER_REPO_SERVER_TIMEOUT_SECONDS",
        help="seconds a call to the repo-server may take",
    )
    address: str = option(
        "0.0.0.0",  # noqa: S104 -- a pod's port; the service requires client certificates
        flag="address",
        env="PLUMBLINE_CONTROLLER_LISTEN_ADDRESS",
        help="address of the gRPC port the api-server calls",
    )
    port: int = option(
        8087,
        flag="port",
        env="PLUMBLINE_CONTROLLER_PORT",
        help="gRPC port the api-server calls (mutual TLS)",
    )
    metrics_port: int = option(
        8082,
        flag="metrics-port",
        env="ARGOCD_APPLICATION_CONTROLLER_METRICS_PORT",
        help="port of /metrics and /healthz; 0 switches it off",
    )
    metrics_address: str = option(
        "0.0.0.0",  # noqa: S104 -- scraped from outside the pod
        flag="metrics-address",
        env="PLUMBLINE_CONTROLLER_METRICS_ADDRESS",
        help="address of the metrics port",
    )
    tls_cert: str = option(
        "", flag="tls-cert", env="PLUMBLINE_TLS_CERT", help="certificate file for internal calls"
    )
    tls_key: str = option("", flag="tls-key", env="PLUMBLINE_TLS_KEY", help="its key file")
    tls_ca: str = option(
        "", flag="tls-ca", env="PLUMBLINE_TLS_CA", help="CA file that internal callers must have"
    )
    status_processors: int = option(
        20,
        flag="status-processors",
        env="ARGOCD_APPLICATION_CONTROLLER_STATUS_PROCESSORS",
        help="applications worked on at the same time",
    )
    kubectl_parallelism_limit: int = option(
        20,
        flag="kubectl-parallelism-limit",
        env="ARGOCD_APPLICATION_CONTROLLER_KUBECTL_PARALLELISM_LIMIT",
        help="objects written at the same time",
    )
    self_heal_timeout_seconds: int = option(
        0,
        flag="self-heal-timeout-seconds",
        env="ARGOCD_APPLICATION_CONTROLLER_SELF_HEAL_TIMEOUT_SECONDS",
        help="seconds between self-heal attempts; 0 uses the backoff",
    )
    self_heal_backoff_timeout_seconds: int = option(
        2,
        flag="self-heal-backoff-timeout-seconds",
        env="ARGOCD_APPLICATION_CONTROLLER_SELF_HEAL_BACKOFF_TIMEOUT_SECONDS",
        help="first wait between self-heals, seconds",
    )
    self_heal_backoff_factor: int = option(
        3,
        flag="self-heal-backoff-factor",
        env="ARGOCD_APPLICATION_CONTROLLER_SELF_HEAL_BACKOFF_FACTOR",
        help="by which each further wait is longer",
    )
    self_heal_backoff_cap_seconds: int = option(
        300,
        flag="self-heal-backoff-cap-seconds",
        env="ARGOCD_APPLICATION_CONTROLLER_SELF_HEAL_BACKOFF_CAP_SECONDS",
        help="longest wait between self-heals, seconds",
    )
    self_heal_backoff_cooldown_seconds: int = option(
        330,
        flag="self-heal-backoff-cooldown-seconds",
        env="ARGOCD_APPLICATION_CONTROLLER_SELF_HEAL_BACKOFF_COOLDOWN_SECONDS",
        help="seconds without a self-heal after which waits begin anew",
    )
    sync_timeout: int = option(
        0,
        flag="sync-timeout",
        env="ARGOCD_APPLICATION_CONTROLLER_SYNC_TIMEOUT",
        help="seconds after which a sync is terminated; 0 = never",
    )
    sync_wave_delay: float = option(
        0.0,
        flag="sync-wave-delay",
        env="ARGOCD_SYNC_WAVE_DELAY",
        help="seconds between a wave that changed something and the next, beyond what it waits for",
    )
    repo_error_grace_period_seconds: int = option(
        180,
        flag="repo-error-grace-period-seconds",
        env="ARGOCD_REPO_ERROR_GRACE_PERIOD_SECONDS",
        help="seconds during which an unreachable repository leaves the last status standing",
    )
    app_resync: int = option(
        0,
        flag="app-resync",
        env="ARGOCD_RECONCILIATION_TIMEOUT_SECONDS",
        help="seconds between looks at each repository; 0 uses --repo-poll-interval",
    )
    repo_poll_interval: float = option(
        30.0,
        flag="repo-poll-interval",
        env="PLUMBLINE_REPO_POLL_INTERVAL",
        help="seconds between looks at each repository, plus up to a fifth of jitter; 0 = never",
    )
    revision_flush_seconds: float = option(
        60.0,
        flag="revision-flush-seconds",
        env="PLUMBLINE_REVISION_FLUSH_SECONDS",
        help="seconds within which applications a commit did not touch get the compared revision "
        "into their status; 0 = at once, negative = never",
    )
    revision_flush_rate: float = option(
        20.0,
        flag="revision-flush-rate",
        env="PLUMBLINE_REVISION_FLUSH_RATE",
        help="such writes a second, at most",
    )
    resource_health_persist: bool = option(
        False,
        flag="persist-resource-health",
        env="ARGOCD_APPLICATION_CONTROLLER_PERSIST_RESOURCE_HEALTH",
        help="write each resource's health into status.resources",
    )
    shutdown_delay: float = option(
        0.0,
        flag="shutdown-delay",
        env="PLUMBLINE_SHUTDOWN_DELAY",
        help="seconds for which a process that is to stop still serves, not ready any more, so that"
        " others learn of it; a preStop pause of the pod does the same",
    )
    shutdown_grace: float = option(
        30.0,
        flag="shutdown-grace",
        env="PLUMBLINE_SHUTDOWN_GRACE",
        help="seconds after that for writes and calls in progress; less than the pod's"
        " terminationGracePeriodSeconds",
    )
    gpg_enabled: bool = option(
        True,
        flag="plumbline-gpg-enabled",
        env="ARGOCD_GPG_ENABLED",
        help="ask for the signatures that projects demand; off: none is asked for",
    )
    log_level: str = option(
        "info",
        flag="loglevel",
        env="ARGOCD_APPLICATION_CONTROLLER_LOGLEVEL",
        help="debug, info, warn or error",
    )
    log_format: str = option(
        "",
        flag="logformat",
        env="ARGOCD_APPLICATION_CONTROLLER_LOGFORMAT",
        help="json or text; empty: text on a terminal, json elsewhere",
    )

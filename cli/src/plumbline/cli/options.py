"""Flags that many commands share, with the names, shorthands and defaults of the contract."""

from typing import Final

from plumbline.cli.flags import Flag

__all__ = ["APP_NAMESPACE", "GLOBAL", "KUBERNETES", "PROJECT", "output", "source_choice"]

LEVELS: Final = ("debug", "info", "warn", "error")

GLOBAL: Final = [
    Flag("argocd-context", text="a context other than the current one"),
    Flag("auth-token", text="a token to use (ARGOCD_AUTH_TOKEN)"),
    Flag("client-crt", text="file of a client certificate"),
    Flag("client-crt-key", text="file of the client certificate's key"),
    Flag("config", text="configuration file", default="$HOME/.config/argocd/config"),
    Flag("controller-name", default="argocd-application-controller", hidden=True),
    Flag("core", "bool", hidden=True),
    Flag("grpc-web", "bool", "use gRPC-Web, for proxies without HTTP/2"),
    Flag("grpc-web-root-path", text="use gRPC-Web below this path"),
    Flag("header", "strings", "a header 'Name: value' of every request", short="H"),
    Flag("http-retry-max", "int", "how often to try again to connect"),
    Flag("insecure", "bool", "trust whatever certificate the server shows"),
    Flag("kube-context", hidden=True),
    Flag("logformat", text="json or text", default="json", choices=("json", "text")),
    Flag("loglevel", text="debug tells of every call", default="info", choices=LEVELS),
    Flag("plaintext", "bool", "no TLS"),
    Flag("port-forward", "bool", hidden=True),
    Flag("port-forward-namespace", hidden=True),
    Flag("prompts-enabled", "bool", "ask before what cannot be undone"),
    Flag("redis-compress", default="gzip", hidden=True),
    Flag("redis-haproxy-name", default="argocd-redis-ha-haproxy", hidden=True),
    Flag("redis-name", default="argocd-redis", hidden=True),
    Flag("repo-server-name", default="argocd-repo-server", hidden=True),
    Flag("server", text="HOST:PORT (ARGOCD_SERVER)"),
    Flag("server-crt", text="file of the server's certificate or its authority"),
    Flag("server-name", default="argocd-server", hidden=True),
]
"""The flags of every command. Those that only --core and --port-forward read are hidden."""

KUBERNETES: Final = [
    Flag("cluster", hidden=True),
    Flag("context", hidden=True),
    Flag("insecure-skip-tls-verify", "bool", hidden=True),
    Flag("kubeconfig", hidden=True),
    Flag("namespace", short="n", hidden=True),
    Flag("password", hidden=True),
    Flag("proxy-url", hidden=True),
    Flag("request-timeout", default="0", hidden=True),
    Flag("token", hidden=True),
    Flag("user", hidden=True),
    Flag("username", hidden=True),
]
"""What --core would talk to Kubernetes with; taken on the line, and refused by name."""

APP_NAMESPACE: Final = Flag("app-namespace", text="namespace of the application", short="N")
PROJECT: Final = Flag("project", text="project of the application, to be found by")


def output(*forms: str, default: str = "wide") -> Flag:
    """Return ``-o`` with the forms a command knows."""
    text = "one of " + ", ".join(forms)
    return Flag("output", text=text, short="o", default=default or None, choices=forms)


def source_choice() -> list[Flag]:
    """Return the two ways to name one of several sources."""
    return [
        Flag("source-position", "int", "position of the source, from 1", default=-1),
        Flag("source-name", text="name of the source"),
    ]

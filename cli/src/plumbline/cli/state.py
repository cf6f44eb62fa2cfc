"""What a command may use: global flags, the environment, the configuration file, the server.

Built by ``__main__`` and handed to every command; the connection is made by the command that
calls, since gRPC is slow to import.
"""

import dataclasses
import pathlib
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from plumbline.cli import context
from plumbline.core import errors
from plumbline.core.secret import Secret

if TYPE_CHECKING:
    from plumbline.cli.connection import Connection

__all__ = ["State"]

_REFUSED = {
    "core": "it would work on the cluster's objects directly",
    "port-forward": "it would tunnel through a Kubernetes API server",
    "port-forward-namespace": "it belongs to --port-forward",
    "kube-context": "it belongs to --core and --port-forward",
}
_CLUSTER_ONLY = frozenset(
    {
        "cluster", "context", "insecure-skip-tls-verify", "kubeconfig", "namespace", "password",
        "proxy-url", "request-timeout", "token", "user", "username", "controller-name",
        "redis-compress", "redis-haproxy-name", "redis-name", "repo-server-name", "server-name",
    }
)  # fmt: skip


class State:
    """Global flags as given, and what follows from them."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        """Start with no flag given."""
        self.environ = environ or {}
        self._given: dict[str, Any] = {}

    def set_option(self, name: str, value: Any) -> None:
        """Take a global flag; one that needs what is not built is refused by name.

        Raises:
            errors.Unimplemented: the flag is one of --core's or --port-forward's.
        """
        if name in _REFUSED and value:
            raise errors.Unimplemented(f"--{name} is not supported: {_REFUSED[name]}")
        if name in _CLUSTER_ONLY:
            raise errors.Unimplemented(
                f"--{name} is not supported here: only --core and --port-forward would read it"
            )
        self._given[name] = value

    def text(self, name: str, default: str = "") -> str:
        """Return a global string flag."""
        return str(self._given.get(name, default))

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked."""
        return sys.stdin is not None and sys.stdin.isatty()

    @property
    def config(self) -> context.ConfigFile:
        """The configuration file in force."""
        named = self.text("config")
        path = pathlib.Path(named) if named else context.default_path(self.environ)
        return context.ConfigFile.read(path)

    @property
    def prompts(self) -> bool:
        """Whether optional questions are asked: the flag, else the configuration."""
        if "prompts-enabled" in self._given:
            return bool(self._given["prompts-enabled"])
        return self.config.prompts_enabled

    def server(self, address: str = "") -> context.Server:
        """Return how to reach the server: a context's, changed by flags and environment.

        Args:
            address: a server to reach in any case; by default the one named by flags,
                environment, or the context.

        Raises:
            errors.FailedPrecondition: no server is named anywhere.
            errors.NotFound: the context that was named does not exist.
        """
        name = self.text("argocd-context")
        wanted = address or self.text("server") or self.environ.get("ARGOCD_SERVER", "")
        known = self.config.server(name, wanted)
        if known is None:
            raise errors.FailedPrecondition(
                "Argo CD server address unspecified: run `plumb login HOST:PORT`, or give --server"
            )
        return self._changed(known)

    def _changed(self, server: context.Server) -> context.Server:
        """Lay flags and environment over what the configuration says."""
        changes: dict[str, Any] = {}
        token = self.text("auth-token") or self.environ.get("ARGOCD_AUTH_TOKEN", "")
        if token:
            changes["token"] = Secret(token)
        size = self.environ.get("ARGOCD_GRPC_MAX_SIZE_MB", "")
        if size and not size.isdigit():
            raise errors.InvalidArgument(f"ARGOCD_GRPC_MAX_SIZE_MB: {size}: write a number of MiB")
        if size:
            changes["max_message"] = int(size) * 1024 * 1024
        for flag, field in (
            ("insecure", "insecure"),
            ("plaintext", "plaintext"),
            ("grpc-web", "grpc_web"),
            ("grpc-web-root-path", "root_path"),
            ("header", "headers"),
            ("http-retry-max", "connect_retries"),
        ):
            if flag in self._given:
                value = self._given[flag]
                changes[field] = tuple(value) if isinstance(value, list) else value
        for flag, field in (
            ("server-crt", "authority"),
            ("client-crt", "certificate"),
            ("client-crt-key", "key"),
        ):
            if flag in self._given:
                content = _content(flag, self.text(flag))
                changes[field] = Secret(content.decode()) if field == "key" else content
        return dataclasses.replace(server, **changes)

    def connect(self, server: context.Server | None = None) -> "Connection":
        """Return a connection to the server.

        Raises:
            errors.FailedPrecondition: no server is known.
        """
        from plumbline.cli import connection  # noqa: PLC0415 -- gRPC is slow to import

        level = self.text("loglevel") or self.environ.get("ARGOCD_LOG_LEVEL", "")
        trace = _told if level == "debug" else _silent
        return connection.Connection(server or self.server(), trace=trace)


def _silent(_: str) -> None:
    """Tell nobody."""


def _told(line: str) -> None:
    print(f"plumb: {line}", file=sys.stderr)


def _content(flag: str, name: str) -> bytes:
    try:
        return pathlib.Path(name).read_bytes()
    except OSError as error:
        raise errors.InvalidArgument(f"--{flag}: {name}: {error.strerror}") from error

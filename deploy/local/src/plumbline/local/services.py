"""The services as processes: certificates, ports, readiness, logs; stopped by the pid we started.

Used by ``make up``, ``make run``, the end-to-end tests and the benchmarks.
"""

import dataclasses
import datetime as dt
import pathlib
import socket
import sys
import time
import urllib.error
import urllib.request
from typing import Final

from plumbline.core import errors
from plumbline.rpc import credentials
from plumbline.testcluster import processes

__all__ = ["Options", "Services"]

_READY_SECONDS: Final = 60.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """What the services are started with."""

    kubeconfig: str
    directory: pathlib.Path
    namespace: str = "argocd"
    redis: str = ""
    redis_password: str = ""
    kustomize: str = ""
    helm: str = ""
    poll_interval: float = 3.0
    revision_flush_seconds: float = 60.0
    file_urls: bool = True
    address: str = "127.0.0.1"
    port: int = 0
    """The users' port; 0 chooses a free one."""
    insecure: bool = False
    """The users' port without TLS; else as ``ARGOCD_SERVER_INSECURE`` says."""


def free_port() -> int:
    """Return a port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Services:
    """The running services, by name."""

    def __init__(self, options: Options, keeper: processes.Keeper) -> None:
        """Make certificates and choose ports; :meth:`start` starts the processes."""
        self._options = options
        self._keeper = keeper
        self._ports = {
            name: (free_port(), free_port()) for name in ("repo-server", "controller", "api-server")
        }
        if options.port:
            self._ports["api-server"] = (options.port, self._ports["api-server"][1])
        self._components: dict[str, processes.Component] = {}
        self._ends: dict[str, tuple[int, float]] = {}
        self._identities = self._issue()

    @property
    def pids(self) -> dict[str, int]:
        """Process ids by service."""
        return {name: c.pid for name, c in self._components.items() if c.running}

    @property
    def redis(self) -> str:
        """host:port of the Redis in use."""
        return self._options.redis

    @property
    def redis_password(self) -> str:
        """Its password."""
        return self._options.redis_password

    @property
    def address(self) -> str:
        """host:port of the users' port."""
        return f"{self._options.address}:{self._ports['api-server'][0]}"

    def metrics_url(self, name: str) -> str:
        """Return the address of a service's metrics port."""
        return f"http://127.0.0.1:{self._ports[name][1]}"

    def internal(self, name: str) -> str:
        """Return host:port of the gRPC port on which a service hears the other services."""
        return f"127.0.0.1:{self._ports[name][0]}"

    def component(self, name: str) -> processes.Component:
        """Return one service's process, to stop, kill or start it."""
        return self._components[name]

    def start(self) -> None:
        """Start all services and wait until each is ready.

        Raises:
            errors.DeadlineExceeded: one is not; its log's end is in the message.
        """
        for name, command in self._commands().items():
            component = processes.Component(
                name,
                command,
                log=self._options.directory / f"{name}.log",
                keeper=self._keeper,
                env=self._environment(name),
            )
            component.start()
            self._components[name] = component
        for name in self._components:
            self.wait_ready(name)

    def wait_ready(self, name: str) -> None:
        """Wait until a service answers 200 on /healthz."""
        until = time.monotonic() + _READY_SECONDS
        while time.monotonic() < until:
            self._components[name].check()
            try:
                with urllib.request.urlopen(f"{self.metrics_url(name)}/healthz", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise errors.DeadlineExceeded(f"{name} is not ready: {self._components[name].tail()}")

    def revive(self) -> list[str]:
        """Start the services that ended by themselves, and return their names.

        One that keeps ending is started again after a pause that grows to half a minute.
        """
        now = time.monotonic()
        revived = []
        for name, component in self._components.items():
            if component.running:
                continue
            count, due = self._ends.get(name, (0, now))
            if now < due:
                continue
            self._ends[name] = (count + 1, now + min(30.0, 0.5 * 2.0**count))
            component.start()
            revived.append(name)
        return revived

    def stop(self) -> None:
        """Stop all, the controller first."""
        for component in reversed(self._components.values()):
            component.stop()

    def _issue(self) -> dict[str, tuple[str, str, str]]:
        now = dt.datetime.now(dt.UTC)
        authority, key = credentials.issue_authority(now)
        folder = self._options.directory / "tls"
        folder.mkdir(mode=0o700, parents=True)
        made = {}
        for role in ("repo-server", "controller", "api-server"):
            identity = credentials.issue(role, authority, key, now)
            certificate, private, root = identity.write(folder, role)
            made[role] = (str(certificate), str(private), str(root))
        return made

    def _environment(self, name: str) -> dict[str, str]:
        certificate, key, authority = self._identities[name]
        return {
            "HOME": str(self._options.directory),
            "PLUMBLINE_TLS_CERT": certificate,
            "PLUMBLINE_TLS_KEY": key,
            "PLUMBLINE_TLS_CA": authority,
            "REDIS_PASSWORD": self._options.redis_password,
        }

    def _commands(self) -> dict[str, list[str]]:
        options = self._options
        repo, repo_metrics = self._ports["repo-server"]
        controller, controller_metrics = self._ports["controller"]
        server_metrics = self._ports["api-server"][1]
        repo_server = [
            "--address", "127.0.0.1", "--port", str(repo),
            "--metrics-address", "127.0.0.1", "--metrics-port", str(repo_metrics),
            "--plumbline-data", str(options.directory / "mirrors"),
            f"--plumbline-allow-file={str(options.file_urls).lower()}",
        ]  # fmt: skip
        if options.kustomize:
            repo_server += ["--kustomize", options.kustomize]
        if options.helm:
            repo_server += ["--helm", options.helm]
        if options.redis:
            repo_server += ["--redis", options.redis]
        api_server = [
            "--namespace", options.namespace,
            "--kubeconfig", options.kubeconfig,
            "--address", options.address, "--port", str(self._ports["api-server"][0]),
            "--metrics-address", "127.0.0.1", "--metrics-port", str(server_metrics),
            "--controller", f"127.0.0.1:{controller}",
            "--repo-server", f"127.0.0.1:{repo}",
        ]  # fmt: skip
        if options.insecure:
            api_server.append("--insecure=true")
        return {
            "repo-server": [sys.executable, "-m", "plumbline.repo_server", *repo_server],
            "controller": [
                sys.executable, "-m", "plumbline.app_controller",
                "--namespace", options.namespace,
                "--kubeconfig", options.kubeconfig,
                "--repo-server", f"127.0.0.1:{repo}",
                "--address", "127.0.0.1", "--port", str(controller),
                "--metrics-address", "127.0.0.1", "--metrics-port", str(controller_metrics),
                "--repo-poll-interval", str(options.poll_interval),
                "--revision-flush-seconds", str(options.revision_flush_seconds),
            ],
            "api-server": [sys.executable, "-m", "plumbline.api_server", *api_server],
        }  # fmt: skip

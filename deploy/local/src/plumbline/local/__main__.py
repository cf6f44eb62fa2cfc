"""``python -m plumbline.local run|up|demo``: Plumbline on this machine."""

import json
import pathlib
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import click

from plumbline.core import errors
from plumbline.local import demo as steps
from plumbline.local.environment import Environment

__all__ = ["main"]

_APPLICATIONS: Final = "/apis/argoproj.io/v1alpha1/namespaces/{}/applications"
_CONVERGED: Final = {
    "bookstore-root": ("Synced", "Healthy"),
    "bookstore-dev": ("Synced", "Healthy"),
    "bookstore-staging": ("Synced", "Healthy"),
    "bookstore-prod": ("OutOfSync", "Missing"),
}
_HELP: Final = """\
server       https://{address} (a certificate of its own: --insecure)
user         admin; the password is in the Secret argocd-initial-admin-secret
repository   {e.bookstore.url} (clone it, push to main)
kubeconfig   {e.kubeconfig}
logs         {e.directory}

try          export KUBECONFIG={e.kubeconfig}
             kubectl -n argocd get applications
             kubectl -n argocd get secret argocd-initial-admin-secret \\
               -o jsonpath='{{.data.password}}' | base64 -d
             .venv/bin/plumb login {address} --insecure --username admin
             .venv/bin/plumb app list
             .venv/bin/plumb app sync bookstore-prod
Ctrl-C stops everything.
"""


def _say(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


def _until_stopped(environment: Environment, changed: Callable[[], None] = lambda: None) -> None:
    """Keep the services running until SIGINT or SIGTERM.

    Args:
        environment: whose services they are.
        changed: called when a service runs under another process id.
    """
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    while not stop.wait(0.5):
        for name in environment.services.revive():
            _say(f"{name} had ended and was started again; log: {environment.directory}/{name}.log")
            changed()
    _say("stopping")


def _statuses(environment: Environment, namespace: str) -> dict[str, tuple[str, str, str]]:
    """Name to (sync, health, revision) of every application."""
    found = {}
    for app in environment.api.get(_APPLICATIONS.format(namespace))["items"]:
        status: dict[str, Any] = app.get("status") or {}
        sync = status.get("sync") or {}
        health = (status.get("health") or {}).get("status", "")
        revision = str(sync.get("revision") or "")[:8]
        found[app["metadata"]["name"]] = (sync.get("status", ""), health, revision)
    return found


def _converge(environment: Environment, namespace: str, seconds: float) -> bool:
    """Show every change until the bookstore is as expected."""
    until = time.monotonic() + seconds
    shown: dict[str, tuple[str, str, str]] = {}
    while time.monotonic() < until:
        now = _statuses(environment, namespace)
        for name, status in now.items():
            if shown.get(name) != status:
                _say(f"{name}: {' '.join(s for s in status if s)}")
        shown = now
        if {n: s[:2] for n, s in now.items() if n in _CONVERGED} == _CONVERGED:
            return True
        time.sleep(0.2)
    return False


def _table(statuses: dict[str, tuple[str, str, str]]) -> str:
    rows = [("NAME", "STATUS", "HEALTH", "REVISION")]
    rows += [(name, *status) for name, status in sorted(statuses.items())]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    return "\n".join(
        "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows
    )


@click.group()
def main() -> None:
    """Plumbline as processes on this machine."""


@main.command()
@click.option("--kubeconfig", default="", help="use this cluster instead of a local one")
@click.option("--port", default=8080, show_default=True, help="the users' port; 0 = a free one")
@click.option("--once", is_flag=True, help="stop when the bookstore has converged")
def run(kubeconfig: str, port: int, *, once: bool) -> None:
    """Start everything, bootstrap the bookstore, and stay until Ctrl-C."""
    start = time.monotonic()
    with Environment(progress=_say) as environment:
        environment.use_cluster(kubeconfig)
        environment.install("argocd")
        environment.serve_bookstore()
        _say("starting the services")
        environment.start_services(port=_free_or_any(port))
        _say("applying the bookstore's project and its app of apps")
        environment.bookstore.bootstrap(environment.api)
        converged = _converge(environment, "argocd", 180)
        print(f"\n{_table(_statuses(environment, 'argocd'))}\n")
        if not converged:
            raise click.ClickException(
                f"the bookstore did not converge; logs: {environment.directory}"
            )
        _say(f"converged after {time.monotonic() - start:.1f} s")
        if once:
            return
        print(_HELP.format(e=environment, address=environment.services.address))
        _until_stopped(environment)


def _free_or_any(port: int) -> int:
    """Return the port if nothing listens there, else 0: any free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            _say(f"port {port} is taken, using a free one")
            return 0
    return port


@main.command()
@click.option("--kubeconfig", default="", help="use this cluster instead of a local one")
def demo(kubeconfig: str) -> None:
    """Walk through the bookstore; exit 0 only if each step held."""
    with Environment(progress=_say) as environment:
        environment.use_cluster(kubeconfig)
        environment.install("argocd")
        environment.serve_bookstore()
        environment.start_services(poll_interval=1.0, revision_flush_seconds=2.0)
        steps.tour(environment, _say)
    _say("every step held")


@main.command()
@click.option("--kubeconfig", required=True, help="the cluster to work with")
@click.option("--namespace", default="argocd", show_default=True)
@click.option("--address", default="127.0.0.1", show_default=True, help="of the users' port")
@click.option("--port", default=8080, show_default=True, help="the users' port; 0 = a free one")
@click.option("--insecure", is_flag=True, help="the users' port without TLS")
@click.option("--redis", default="", help="host:port; a Redis of our own if empty")
@click.option("--pids", type=click.Path(path_type=pathlib.Path), help="write {service: pid} here")
def up(
    kubeconfig: str,
    namespace: str,
    address: str,
    port: int,
    redis: str,
    pids: pathlib.Path | None,
    *,
    insecure: bool,
) -> None:
    """Start only the services, against a cluster that is there."""
    if not pathlib.Path(kubeconfig).is_file():
        raise click.ClickException(f"there is no kubeconfig file {kubeconfig}")
    with Environment(progress=_say) as environment:
        environment.use_cluster(kubeconfig)
        environment.install(namespace)
        environment.start_services(namespace, redis, address=address, port=port, insecure=insecure)

        def tell_pids() -> None:
            if pids is not None:
                pids.write_text(json.dumps(environment.services.pids) + "\n")

        tell_pids()
        scheme = "http" if insecure else "https"
        _say(f"ready: {scheme}://{environment.services.address} {environment.services.pids}")
        _say(f"logs: {environment.directory}")
        _until_stopped(environment, tell_pids)


if __name__ == "__main__":
    try:
        main(prog_name="plumbline.local")
    except errors.PlumblineError as error:
        sys.stderr.write(f"plumbline.local: {error.message}\n")
        sys.exit(1)

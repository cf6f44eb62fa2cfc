"""The commands of ``plumb``: login, version, app list|get|diff|sync|wait|delete."""

import os
import pathlib
import sys
import time
from typing import Any, Final

import click

from plumbline.cli import context, printing
from plumbline.core import errors
from plumbline.core.secret import Secret

__all__ = ["main", "run"]

_FORMS: Final = click.Choice(["wide", "name", "json", "yaml"])


class _State:
    """Global options, and the connection when a command needs it."""

    def __init__(self, config: pathlib.Path, server: context.Server | None) -> None:
        self.config = config
        self.server = server

    def connect(self) -> Any:
        from plumbline.cli import connection  # noqa: PLC0415 -- gRPC is slow to import

        if self.server is None:
            raise errors.FailedPrecondition(
                "no server: run `plumb login HOST:PORT`, or give --server"
            )
        return connection.Connection(self.server)


@click.group()
@click.option("--server", "address", envvar="ARGOCD_SERVER", default="", help="HOST:PORT")
@click.option("--auth-token", envvar="ARGOCD_AUTH_TOKEN", default="", help="a token to use")
@click.option("--insecure", is_flag=True, help="trust whatever certificate the server shows")
@click.option("--plaintext", is_flag=True, help="no TLS")
@click.option("--config", type=click.Path(path_type=pathlib.Path), help="configuration file")
@click.option("--argocd-context", "name", default="", help="a context other than the current one")
@click.pass_context
def main(
    ctx: click.Context,
    address: str,
    auth_token: str,
    name: str,
    config: pathlib.Path | None,
    *,
    insecure: bool,
    plaintext: bool,
) -> None:
    """Plumbline's command line client."""
    path = config or context.default_path(os.environ)
    known = context.load(path, name)
    if address and (known is None or known.address != address):
        known = context.Server(address)
    if known is not None:
        known = context.Server(
            known.address,
            insecure=insecure or known.insecure,
            plaintext=plaintext or known.plaintext,
            token=Secret(auth_token) if auth_token else known.token,
        )
    ctx.obj = _State(path, known)


@main.command()
@click.argument("address", metavar="SERVER")
@click.option("--username", default="admin", show_default=True)
@click.option("--password", default="", help="asked for if not given")
@click.option("--insecure", is_flag=True, help="trust whatever certificate the server shows")
@click.option("--plaintext", is_flag=True, help="no TLS")
@click.pass_obj
def login(
    state: _State, address: str, username: str, password: str, *, insecure: bool, plaintext: bool
) -> None:
    """Log in to an api-server and keep the token."""
    from plumbline.pb.server import session_pb2  # noqa: PLC0415 -- gRPC is slow to import

    old = state.server or context.Server(address)
    server = context.Server(
        address, insecure=insecure or old.insecure, plaintext=plaintext or old.plaintext
    )
    state.server = server
    api = state.connect()
    secret = Secret(password or click.prompt("Password", hide_input=True))
    request = session_pb2.SessionCreateRequest(username=username, password=secret.reveal())
    token = Secret(api.call(api.session.Create, request).token)
    context.save(
        state.config,
        context.Server(address, server.insecure, server.plaintext, token),
    )
    print(f"'{username}:login' logged in successfully\nContext '{address}' updated")


@main.command()
@click.argument("address", metavar="SERVER")
@click.pass_obj
def logout(state: _State, address: str) -> None:
    """Forget the token of a server."""
    context.forget(state.config, address)
    print(f"Logged out from '{address}'")


@main.command()
@click.pass_obj
def version(state: _State) -> None:
    """Show the server's version."""
    from google.protobuf import empty_pb2  # noqa: PLC0415 -- protobuf is slow to import

    api = state.connect()
    print(f"plumbline-server: {api.call(api.version.Version, empty_pb2.Empty()).Version}")


@main.group()
def app() -> None:
    """Work with applications."""


def _query(**fields: Any) -> Any:
    from plumbline.pb.server import application_pb2  # noqa: PLC0415 -- slow to import

    return application_pb2.ApplicationQuery(**{k: v for k, v in fields.items() if v})


def _tree(message: Any) -> Any:
    from plumbline.rpc import convert  # noqa: PLC0415 -- slow to import

    return convert.to_json(message)


def _get(api: Any, name: str, refresh: str = "") -> Any:
    namespace, _, short = name.rpartition("/")
    query = _query(name=short, appNamespace=namespace, refresh=refresh)
    return _tree(api.call(api.applications.Get, query))


@app.command("list")
@click.option("--output", "-o", type=_FORMS, default="wide", show_default=True)
@click.option("--project", "-p", multiple=True, help="of these projects only")
@click.option("--selector", "-l", default="", help="label selector")
@click.pass_obj
def list_(state: _State, output: str, project: tuple[str, ...], selector: str) -> None:
    """List applications."""
    api = state.connect()
    query = _query(projects=list(project), selector=selector)
    items = _tree(api.call(api.applications.List, query))["items"] or []
    if output == "name":
        print(printing.names(items))
    elif output == "wide":
        print(printing.applications(items))
    else:
        print(printing.structured(items, output))


@app.command()
@click.argument("name")
@click.option("--output", "-o", type=_FORMS, default="wide", show_default=True)
@click.option("--refresh", is_flag=True, help="look at Git and cluster again first")
@click.option("--hard-refresh", is_flag=True, help="render again too")
@click.pass_obj
def get(state: _State, name: str, output: str, *, refresh: bool, hard_refresh: bool) -> None:
    """Show an application and its resources."""
    api = state.connect()
    found = _get(api, name, "hard" if hard_refresh else "normal" if refresh else "")
    if output in ("json", "yaml"):
        print(printing.structured(found, output))
        return
    tree = _tree(api.call(api.applications.ResourceTree, _resources(name)))
    print(printing.application(found, tree))


def _resources(name: str) -> Any:
    from plumbline.pb.server import application_pb2  # noqa: PLC0415 -- slow to import

    namespace, _, short = name.rpartition("/")
    fields = {"applicationName": short, "appNamespace": namespace}
    return application_pb2.ResourcesQuery(**{k: v for k, v in fields.items() if v})


@app.command()
@click.argument("name")
@click.option("--refresh", is_flag=True, help="look at Git and cluster again first")
@click.option("--exit-code/--no-exit-code", default=True, help="exit with 1 if there are any")
@click.pass_obj
def diff(state: _State, name: str, *, refresh: bool, exit_code: bool) -> None:
    """Show what a sync would change."""
    api = state.connect()
    if refresh:
        _get(api, name, "normal")
    items = _tree(api.call(api.applications.ManagedResources, _resources(name))).get("items") or []
    text = printing.differences(items)
    if text:
        print(text)
        sys.exit(1 if exit_code else 0)


@app.command()
@click.argument("name")
@click.option("--revision", default="", help="only the target revision, for now")
@click.option("--prune", is_flag=True, help="remove what Git no longer holds")
@click.option("--timeout", default=0, help="seconds to wait; 0 waits for ever")
@click.option("--async", "asynchronous", is_flag=True, help="do not wait for the end")
@click.pass_obj
def sync(
    state: _State, name: str, revision: str, timeout: int, *, prune: bool, asynchronous: bool
) -> None:
    """Sync an application with Git."""
    from plumbline.pb.server import application_pb2  # noqa: PLC0415 -- slow to import

    api = state.connect()
    namespace, _, short = name.rpartition("/")
    request = application_pb2.ApplicationSyncRequest(
        name=short,
        appNamespace=namespace or None,
        revision=revision or None,
        prune=prune or None,
    )
    started = _tree(api.call(api.applications.Sync, request))
    if asynchronous:
        return
    found = _wait(api, name, lambda a: _operated(a, _version(started)), timeout)
    print(printing.application(found) + "\n\n" + printing.operation(found))
    if found["status"]["operationState"]["phase"] != "Succeeded":
        raise errors.FailedPrecondition("Operation has completed with phase: Failed")


def _version(found: Any) -> int:
    return int(found["metadata"].get("resourceVersion") or 0)


def _operated(found: Any, asked: int) -> bool:
    """Whether the operation written at a version has ended: taken away, and its end recorded."""
    state = found["status"].get("operationState") or {}
    ended = state.get("phase") in ("Succeeded", "Failed", "Error") and state.get("finishedAt")
    return _version(found) > asked and "operation" not in found and bool(ended)


def _wait(api: Any, name: str, condition: Any, timeout: int) -> Any:
    """Follow an application until a condition holds; each change of it is shown."""
    namespace, _, short = name.rpartition("/")
    query = _query(name=short, appNamespace=namespace)
    seconds = float(timeout or 86_400)
    shown = ""
    start = time.monotonic()
    for event in api.stream(api.applications.Watch, query, seconds=seconds):
        found = _tree(event.application)
        status = found["status"]
        line = f"{status['sync'].get('status', '')} {status['health'].get('status', '')}"
        if line != shown:
            print(f"{time.monotonic() - start:7.1f}s  {short}  {line}", file=sys.stderr)
            shown = line
        if event.type != "DELETED" and condition(found):
            return found
    raise errors.DeadlineExceeded(f"timed out waiting for {name}")


@app.command()
@click.argument("name")
@click.option("--sync", "synced", is_flag=True, help="until Synced")
@click.option("--health", "healthy", is_flag=True, help="until Healthy")
@click.option("--operation", "operated", is_flag=True, help="until no operation is in progress")
@click.option("--timeout", default=0, help="seconds to wait; 0 waits for ever")
@click.pass_obj
def wait(
    state: _State, name: str, timeout: int, *, synced: bool, healthy: bool, operated: bool
) -> None:
    """Wait until an application is Synced, Healthy and without operation."""
    every = not (synced or healthy or operated)

    def condition(found: Any) -> bool:
        status = found["status"]
        return (
            (not (synced or every) or status["sync"].get("status") == "Synced")
            and (not (healthy or every) or status["health"].get("status") == "Healthy")
            and (not (operated or every) or "operation" not in found)
        )

    print(printing.application(_wait(state.connect(), name, condition, timeout)))


@app.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--cascade/--no-cascade", default=True, help="remove what they made too")
@click.option("--propagation-policy", "-p", default="", help="foreground or background")
@click.option("--yes", "-y", is_flag=True, help="do not ask")
@click.pass_obj
def delete(
    state: _State, names: tuple[str, ...], propagation_policy: str, *, cascade: bool, yes: bool
) -> None:
    """Delete applications."""
    from plumbline.pb.server import application_pb2  # noqa: PLC0415 -- slow to import

    api = state.connect()
    for name in names:
        if not yes and sys.stdin.isatty():
            click.confirm(f"Delete '{name}' and what it made?", abort=True)
        namespace, _, short = name.rpartition("/")
        fields = {"appNamespace": namespace, "propagationPolicy": propagation_policy}
        request = application_pb2.ApplicationDeleteRequest(
            name=short, cascade=cascade, **{k: v for k, v in fields.items() if v}
        )
        api.call(api.applications.Delete, request)
        print(f"application '{name}' deleted")


def run() -> int:
    """Run a command; an error of ours is one line and exit code 20, as users know it."""
    try:
        main(prog_name="plumb")
    except errors.DeadlineExceeded as error:
        sys.stderr.write(f"plumb: {error.message}\n")
        return 1
    except errors.PlumblineError as error:
        sys.stderr.write(f"plumb: {error.message}\n")
        return 20
    return 0


if __name__ == "__main__":
    sys.exit(run())

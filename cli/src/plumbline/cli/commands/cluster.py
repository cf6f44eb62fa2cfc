"""``plumb cluster``: destinations."""

from typing import Any

import click

from plumbline.cli import printing
from plumbline.cli.command import Group, command
from plumbline.cli.flags import Flag, Flags
from plumbline.cli.options import output
from plumbline.cli.spec import cluster as spec
from plumbline.cli.spec.words import pairs
from plumbline.cli.state import State
from plumbline.core import errors

__all__ = ["add", "get", "group", "list_", "rm", "rotate_auth", "set_"]

_Tree = dict[str, Any]
_SERVICE = "cluster.ClusterService"
_AT = "plumbline.cli.commands.cluster"

group = Group(
    "cluster",
    "Manage cluster credentials.",
    {
        "add": (f"{_AT}:add", "Add a cluster of a kubeconfig context"),
        "get": (f"{_AT}:get", "Get cluster information"),
        "list": (f"{_AT}:list_", "List configured clusters"),
        "rm": (f"{_AT}:rm", "Remove cluster credentials"),
        "rotate-auth": (f"{_AT}:rotate_auth", "Rotate the credentials of a cluster"),
        "set": (f"{_AT}:set_", "Set cluster information"),
    },
    kubernetes=True,
)


@command("add", arguments=["[CONTEXT]"], options=spec.ADD)
def add(state: State, flags: Flags) -> None:
    """Add a cluster of a kubeconfig context.

    Unless other credentials are given, makes a service account with full rights there, and hands
    its token to the server.
    """
    from plumbline.cli import kubernetes_setup as setup  # noqa: PLC0415 -- slow to import

    path = flags.text("kubeconfig") or state.environ.get("KUBECONFIG", "")
    if not flags.argument("context"):
        rows = [("CURRENT", "NAME", "CLUSTER"), *setup.contexts(path)]
        print(printing.table(rows))
        raise errors.InvalidArgument("Choose a context name from the list")
    target = setup.Target.load(path, flags.argument("context"), flags.text("proxy-url"))
    config = spec.foreign_config(flags)
    if config is None:
        account = flags.text("service-account")
        if not account:
            _agree(state, flags)
        token = target.token(
            account or setup.ACCOUNT,
            flags.text("system-namespace"),
            flags.listed("namespace"),
            make=not account,
        )
        config = {"bearerToken": token.reveal()}
    trust = target.trust()
    server = target.endpoint(flags.text("cluster-endpoint"), in_cluster=flags.on("in-cluster"))
    cluster = spec.cluster(flags, server=server, config={**config, "tlsClientConfig": trust})
    request = {"cluster": cluster, "upsert": flags.on("upsert")}
    made = state.connect().call(f"{_SERVICE}/Create", request)
    print(f"Cluster '{made.get('server') or server}' added")


def _agree(state: State, flags: Flags) -> None:
    """Ask before an account with full rights is made.

    Raises:
        errors.FailedPrecondition: nobody can be asked, and --yes is not there.
        click.Abort: the answer was no.
    """
    if flags.on("yes"):
        return
    context = flags.argument("context")
    scope = "namespace" if flags.listed("namespace") else "cluster"
    if not state.interactive:
        raise errors.FailedPrecondition(
            f"a service account with full {scope} level privileges would be made: add --yes"
        )
    click.confirm(
        f"WARNING: This will create a service account `argocd-manager` on the cluster referenced "
        f"by context `{context}` with full {scope} level privileges. Do you want to continue",
        abort=True,
        err=True,
    )


@command("list", options=[output("wide", "server", "json", "yaml")])
def list_(state: State, flags: Flags) -> None:
    """List configured clusters."""
    items = state.connect().call(f"{_SERVICE}/List").get("items") or []
    _show(items, flags.text("output"))


def _show(items: list[_Tree], form: str) -> None:
    if form == "server":
        for item in items:
            print(item["server"])
        return
    if form != "wide":
        print(printing.structured(items, form))
        return
    rows = [("SERVER", "NAME", "VERSION", "STATUS", "MESSAGE", "PROJECT")]
    for item in items:
        info = item.get("info") or {}
        state = info.get("connectionState") or item.get("connectionState") or {}
        namespaces = item.get("namespaces") or []
        counted = f" ({len(namespaces)} namespaces)" if namespaces else ""
        rows.append(
            (
                f"{item.get('server', '')}{counted}",
                item.get("name", ""),
                info.get("serverVersion") or item.get("serverVersion") or "",
                state.get("status", ""),
                state.get("message", ""),
                item.get("project", ""),
            )
        )
    print(printing.table(rows))


@command("get", arguments=["SERVER/NAME"], options=[output("json", "yaml", "wide", default="yaml")])
def get(state: State, flags: Flags) -> None:
    """Get cluster information."""
    query = spec.query(flags.argument("server_name"))
    found = state.connect().call(f"{_SERVICE}/Get", query)
    form = flags.text("output")
    if form == "wide":
        _show([found], form)
    else:
        print(printing.structured(found, form))


@command("rm", arguments=["SERVER/NAME"], options=[Flag("yes", "bool", "do not ask", short="y")])
def rm(state: State, flags: Flags) -> None:
    """Remove cluster credentials; what `cluster add` made in the cluster stays there."""
    name = flags.argument("server_name")
    if not flags.on("yes") and state.interactive:
        question = f"Are you sure you want to remove '{name}'? Any Apps deploying to this cluster"
        click.confirm(f"{question} will go to health status Unknown.", abort=True, err=True)
    state.connect().call(f"{_SERVICE}/Delete", spec.query(name))
    print(f"Cluster '{name}' removed")


@command("rotate-auth", arguments=["SERVER/NAME"])
def rotate_auth(state: State, flags: Flags) -> None:
    """Rotate the credentials of a cluster."""
    name = flags.argument("server_name")
    state.connect().call(f"{_SERVICE}/RotateAuth", spec.query(name))
    print(f"Cluster '{name}' rotated auth")


@command(
    "set",
    arguments=["NAME"],
    options=[
        Flag("name", text="new name"),
        Flag("namespace", "stringArray", "the only namespaces to manage; '*' for all"),
        Flag("label", "stringArray", "labels of the cluster, KEY=VALUE"),
        Flag("annotation", "stringArray", "annotations of the cluster, KEY=VALUE"),
    ],
)
def set_(state: State, flags: Flags) -> None:
    """Set cluster information."""
    if not flags.any_given(*flags.names):
        raise errors.InvalidArgument(
            "give at least one of --name, --namespace, --label, --annotation"
        )
    api = state.connect()
    name = flags.argument("name")
    cluster = api.call(f"{_SERVICE}/Get", {"name": name})
    changed = []
    if flags.given("name"):
        cluster["name"] = flags.text("name")
        changed.append("name")
    if flags.given("namespace"):
        namespaces = flags.listed("namespace")
        cluster["namespaces"] = [] if namespaces == ["*"] else namespaces
        changed.append("namespaces")
    for flag, member in (("label", "labels"), ("annotation", "annotations")):
        if flags.given(flag):
            cluster[member] = pairs(flag, flags.listed(flag))
            changed.append(member)
    request = {"cluster": cluster, "updatedFields": changed, "id": {"type": "name", "value": name}}
    api.call(f"{_SERVICE}/Update", request)
    print(f"Cluster '{flags.text('name') or name}' updated.")

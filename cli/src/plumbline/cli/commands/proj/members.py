"""``plumb proj add-*`` and ``remove-*``: single items of a project's lists."""

from typing import Any

from plumbline.cli.command import Command, command
from plumbline.cli.commands.proj import calls
from plumbline.cli.flags import Flag, Flags
from plumbline.cli.spec import project as spec
from plumbline.cli.state import State
from plumbline.core import errors

__all__ = [
    "add_destination",
    "add_key",
    "add_namespace",
    "add_orphaned",
    "add_service_account",
    "add_source",
    "remove_destination",
    "remove_key",
    "remove_namespace",
    "remove_orphaned",
    "remove_service_account",
    "remove_source",
]

_Tree = dict[str, Any]


def _list_command(verb: str, name: str, argument: str, member: str, what: str) -> Command:
    """Return a command that adds or removes a plain text of a list."""
    word = argument.lower().replace("-", "_")

    def run(state: State, flags: Flags) -> None:
        text = flags.argument(word)
        item: Any = {"keyID": spec.key(text)} if member == "signatureKeys" else text
        change = spec.add if verb == "add" else spec.remove
        name = flags.argument("project")
        calls.change(state, name, lambda tree: change(tree, member, item, f"Specified {what}"))

    run.__doc__ = {"add": f"Add a {what} to a project.", "remove": f"Remove a {what}."}[verb]
    return Command(f"{verb}-{name}", run, arguments=["PROJECT", argument])


add_source = _list_command("add", "source", "URL", "sourceRepos", "source repository")
remove_source = _list_command("remove", "source", "URL", "sourceRepos", "source repository")
add_namespace = _list_command(
    "add", "source-namespace", "NAMESPACE", "sourceNamespaces", "source namespace"
)
remove_namespace = _list_command(
    "remove", "source-namespace", "NAMESPACE", "sourceNamespaces", "source namespace"
)
add_key = _list_command("add", "signature-key", "KEY-ID", "signatureKeys", "signature key")
remove_key = _list_command("remove", "signature-key", "KEY-ID", "signatureKeys", "signature key")


@command(
    "add-destination",
    arguments=["PROJECT", "SERVER/NAME", "NAMESPACE"],
    options=[Flag("name", "bool", "the destination is named, not a URL")],
)
def add_destination(state: State, flags: Flags) -> None:
    """Add a destination to a project."""
    where = "name" if flags.on("name") else "server"
    item = {where: flags.argument("server_name"), "namespace": flags.argument("namespace")}

    def change(tree: _Tree) -> None:
        spec.add(tree, "destinations", item, "Specified destination")

    calls.change(state, flags.argument("project"), change)


@command("remove-destination", arguments=["PROJECT", "SERVER", "NAMESPACE"])
def remove_destination(state: State, flags: Flags) -> None:
    """Remove a destination from a project; SERVER may also be a name."""
    server, namespace = flags.argument("server"), flags.argument("namespace")

    def change(tree: _Tree) -> None:
        for found in tree.get("destinations") or []:
            named = server in (found.get("server"), found.get("name"))
            if named and (found.get("namespace") or "") == namespace:
                spec.remove(tree, "destinations", found, "Specified destination")
                return
        raise errors.NotFound("Specified destination does not exist in project")

    calls.change(state, flags.argument("project"), change)


@command(
    "add-destination-service-account",
    arguments=["PROJECT", "SERVER", "NAMESPACE", "SERVICE_ACCOUNT"],
    options=[Flag("service-account-namespace", text="namespace of the service account")],
)
def add_service_account(state: State, flags: Flags) -> None:
    """Add the service account that syncs to a destination act as."""
    account = flags.argument("service_account")
    place = flags.text("service-account-namespace")
    item = {
        "server": flags.argument("server"),
        "namespace": flags.argument("namespace"),
        "defaultServiceAccount": f"{place}:{account}" if place else account,
    }

    def change(tree: _Tree) -> None:
        spec.add(tree, "destinationServiceAccounts", item, "Specified service account")

    calls.change(state, flags.argument("project"), change)


@command(
    "remove-destination-service-account",
    arguments=["PROJECT", "SERVER", "NAMESPACE", "SERVICE_ACCOUNT"],
)
def remove_service_account(state: State, flags: Flags) -> None:
    """Remove the service account of a destination."""
    item = {
        "server": flags.argument("server"),
        "namespace": flags.argument("namespace"),
        "defaultServiceAccount": flags.argument("service_account"),
    }

    def change(tree: _Tree) -> None:
        spec.remove(tree, "destinationServiceAccounts", item, "Specified service account")

    calls.change(state, flags.argument("project"), change)


_NAME = Flag("name", text="name pattern of the resource")


def _ignored(flags: Flags) -> _Tree:
    words = ("group", "kind")
    item = {word: flags.argument(word) for word in words if flags.argument(word)}
    return {**item, **({"name": flags.text("name")} if flags.text("name") else {})}


@command("add-orphaned-ignore", arguments=["PROJECT", "GROUP", "KIND"], options=[_NAME])
def add_orphaned(state: State, flags: Flags) -> None:
    """Ignore a kind of resources, or some of a name, among the orphaned."""

    def change(tree: _Tree) -> None:
        settings = dict(tree.get("orphanedResources") or {"warn": False})
        spec.add(settings, "ignore", _ignored(flags), "Specified resource")
        tree["orphanedResources"] = settings

    calls.change(state, flags.argument("project"), change)


@command("remove-orphaned-ignore", arguments=["PROJECT", "GROUP", "KIND"], options=[_NAME])
def remove_orphaned(state: State, flags: Flags) -> None:
    """Stop ignoring a kind of resources among the orphaned."""

    def change(tree: _Tree) -> None:
        settings = dict(tree.get("orphanedResources") or {})
        spec.remove(settings, "ignore", _ignored(flags), "Specified resource")
        tree["orphanedResources"] = settings

    calls.change(state, flags.argument("project"), change)

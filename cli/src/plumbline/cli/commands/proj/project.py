"""``plumb proj create``, ``get``, ``list``, ``set``, ``edit`` and ``delete``."""

from typing import Any

from plumbline.cli import files, printing, terminal
from plumbline.cli.command import command
from plumbline.cli.commands.proj import calls
from plumbline.cli.flags import Flag, Flags
from plumbline.cli.options import output
from plumbline.cli.printing import project as shown
from plumbline.cli.spec import project as spec
from plumbline.cli.state import State
from plumbline.core import errors

__all__ = ["create", "delete", "edit", "get", "list_", "set_", "wanted"]

_Tree = dict[str, Any]


@command(
    "create",
    arguments=["[PROJECT]"],
    options=[
        *spec.FLAGS,
        Flag("file", text="file of a manifest, - for standard input", short="f"),
        Flag("upsert", "bool", "update a project that is there"),
    ],
)
def create(state: State, flags: Flags) -> None:
    """Create a project."""
    request = {"project": wanted(flags), "upsert": flags.on("upsert")}
    state.connect().call(f"{calls.SERVICE}/Create", request)


def wanted(flags: Flags) -> _Tree:
    """Return the project to create: that of the file, or one made of flags.

    Raises:
        errors.InvalidArgument: there is no name, or two.
    """
    name = flags.argument("project")
    project: _Tree = {"metadata": {}, "spec": {}}
    if flags.given("file"):
        found = files.documents("file", flags.text("file"), "AppProject")
        if len(found) != 1:
            raise errors.InvalidArgument("the file holds several projects")
        project = found[0]
    metadata = project.setdefault("metadata", {})
    if name and metadata.get("name") not in (None, name):
        raise errors.InvalidArgument(
            f"project name '{name}' specified in command line does not match "
            f"project specification name '{metadata['name']}'"
        )
    metadata["name"] = name or metadata.get("name")
    if not metadata["name"]:
        raise errors.InvalidArgument("name the project")
    spec.apply(project.setdefault("spec", {}), flags)
    return project


@command("set", arguments=["PROJECT"], options=spec.FLAGS)
def set_(state: State, flags: Flags) -> None:
    """Set project parameters."""
    if not flags.any_given(*flags.names):
        raise errors.InvalidArgument("Please set at least one option to update")
    calls.change(state, flags.argument("project"), lambda tree: spec.apply(tree, flags))


@command("edit", arguments=["PROJECT"])
def edit(state: State, flags: Flags) -> None:
    """Edit a project's spec in $KUBE_EDITOR or $EDITOR."""
    api = state.connect()
    project = calls.get(api, flags.argument("project"))
    changed = files.edit(project.get("spec") or {}, state.environ)
    if changed is None:
        print("Edit cancelled, no changes made.")
        return
    if not isinstance(changed, dict):
        raise errors.InvalidArgument("the spec must be a map")
    api.call(f"{calls.SERVICE}/Update", {"project": {**project, "spec": changed}})


@command("delete", arguments=["PROJECT"])
def delete(state: State, flags: Flags) -> None:
    """Delete a project."""
    name = flags.argument("project")
    terminal.confirm_optional(state, f"Are you sure you want to delete '{name}' project?")
    state.connect().call(f"{calls.SERVICE}/Delete", {"name": name})
    print(f"project '{name}' deleted")


@command("list", options=[output("wide", "name", "json", "yaml")])
def list_(state: State, flags: Flags) -> None:
    """List projects."""
    items = state.connect().call(f"{calls.SERVICE}/List").get("items") or []
    form = flags.text("output")
    if form == "name":
        for project in items:
            print(project["metadata"]["name"])
    elif form == "wide":
        print(shown.projects(items))
    else:
        print(printing.structured(items, form))


@command(
    "get",
    arguments=["PROJECT"],
    options=[output("wide", "json", "yaml")],
)
def get(state: State, flags: Flags) -> None:
    """Get project details."""
    api = state.connect()
    request = {"name": flags.argument("project")}
    found = api.call(f"{calls.SERVICE}/GetDetailedProject", request)
    form = flags.text("output")
    if form in ("json", "yaml"):
        print(printing.structured(found.get("project") or {}, form))
    else:
        print(shown.project(found))

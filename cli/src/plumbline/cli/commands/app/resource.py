"""``plumb app resources``, and one resource of an application: get, patch, delete."""

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from plumbline.cli import printing, terminal
from plumbline.cli.command import command
from plumbline.cli.commands.app import calls
from plumbline.cli.flags import Flag, Flags
from plumbline.cli.options import APP_NAMESPACE, PROJECT, output
from plumbline.cli.printing import application as shown
from plumbline.cli.spec.words import app_ref, cleaned
from plumbline.cli.state import State
from plumbline.core import errors

if TYPE_CHECKING:
    from plumbline.cli.connection import Connection

__all__ = [
    "CHOICE",
    "delete_resource",
    "get_resource",
    "live_resources",
    "patch_resource",
    "resources",
]

_Tree = dict[str, Any]

CHOICE = [
    Flag("group", text="group of the resource"),
    Flag("kind", text="kind of the resource"),
    Flag("namespace", text="namespace of the resource"),
    Flag("resource-name", text="name of the resource"),
]
_ALL = Flag("all", "bool", "all that match, instead of exactly one")


@command(
    "resources",
    arguments=["APPNAME"],
    options=[
        APP_NAMESPACE,
        PROJECT,
        Flag("orphaned", "bool", "only orphaned resources"),
        Flag("output", text="tree or tree=detailed", choices=("wide", "tree", "tree=detailed")),
    ],
)
def resources(state: State, flags: Flags) -> None:
    """List resources of an application."""
    api = state.connect()
    ref = app_ref(flags.argument("appname"), flags.text("app-namespace"))
    ref |= cleaned({"project": flags.text("project")})
    found = calls.tree(api, ref)
    form = flags.text("output")
    if not form.startswith("tree"):
        print(shown.orphans(found, only_orphaned=flags.on("orphaned")))
        return
    members = ["orphanedNodes"] if flags.on("orphaned") else ["nodes", "orphanedNodes"]
    nodes = [node for member in members for node in found.get(member) or []]
    print(shown.tree(nodes, {}, detailed=form.endswith("detailed"), now=dt.datetime.now(dt.UTC)))


def live_resources(api: "Connection", ref: _Tree, flags: Flags) -> list[_Tree]:
    """Return the references of an application's live resources that flags choose.

    Raises:
        errors.NotFound: none matches.
    """
    found = []
    for item in calls.managed(api, ref):
        live = json.loads(item.get("liveState") or "null")
        if live is None or not _chosen(item, flags):
            continue
        found.append(
            {
                "resourceName": item["name"],
                "kind": item["kind"],
                "version": str(live.get("apiVersion", "")).rpartition("/")[2],
                **cleaned({"namespace": item.get("namespace"), "group": item.get("group")}),
            }
        )
    if not found:
        raise errors.NotFound("No matching resource found")
    return found


def _chosen(item: _Tree, flags: Flags) -> bool:
    pairs = (("group", "group"), ("kind", "kind"), ("namespace", "namespace"))
    return all(
        not flags.text(flag) or flags.text(flag) == (item.get(key) or "")
        for flag, key in (*pairs, ("resource-name", "name"))
        if flag in flags.names
    )


def _one_or_all(found: list[_Tree], flags: Flags) -> list[_Tree]:
    if len(found) > 1 and not flags.on("all"):
        raise errors.InvalidArgument(
            "Multiple resources match inputs. Use the --all flag to apply to all of them"
        )
    return found


def _require(flags: Flags, *names: str) -> None:
    for name in names:
        if not flags.text(name):
            raise errors.InvalidArgument(f"--{name} is needed")


@command(
    "patch-resource",
    arguments=["APPNAME"],
    options=[
        APP_NAMESPACE,
        PROJECT,
        *CHOICE,
        _ALL,
        Flag("patch", text="the patch, as JSON"),
        Flag("patch-type", text="media type", default="application/merge-patch+json"),
    ],
)
def patch_resource(state: State, flags: Flags) -> None:
    """Patch a resource of an application."""
    _require(flags, "kind", "patch")
    api = state.connect()
    ref = app_ref(flags.argument("appname"), flags.text("app-namespace"))
    ref |= cleaned({"project": flags.text("project")})
    patch = {"patch": flags.text("patch"), "patchType": flags.text("patch-type")}
    for one in _one_or_all(live_resources(api, ref, flags), flags):
        api.call(f"{calls.SERVICE}/PatchResource", {**ref, **one, **patch})
        print(f"Resource '{one['resourceName']}' patched")


@command(
    "delete-resource",
    arguments=["APPNAME"],
    options=[
        APP_NAMESPACE,
        PROJECT,
        *CHOICE,
        _ALL,
        Flag("force", "bool", "delete at once"),
        Flag("orphan", "bool", "keep what belongs to it"),
    ],
)
def delete_resource(state: State, flags: Flags) -> None:
    """Delete a resource of an application."""
    _require(flags, "kind")
    api = state.connect()
    ref = app_ref(flags.argument("appname"), flags.text("app-namespace"))
    ref |= cleaned({"project": flags.text("project")})
    how = {"force": flags.on("force"), "orphan": flags.on("orphan")}
    for one in _one_or_all(live_resources(api, ref, flags), flags):
        name = one["resourceName"]
        terminal.confirm_optional(state, f"Are you sure you want to delete '{name}'?")
        api.call(f"{calls.SERVICE}/DeleteResource", {**ref, **one, **how})
        print(f"Resource '{name}' deleted")


@command(
    "get-resource",
    arguments=["APPNAME"],
    options=[
        APP_NAMESPACE,
        PROJECT,
        Flag("group", text="group of the resource"),
        Flag("kind", text="kind of the resource"),
        Flag("resource-name", text="name of the resource"),
        Flag("filter-fields", "strings", "only these fields, such as spec.replicas"),
        Flag("show-managed-fields", "bool", "show managedFields too"),
        output("wide", "json", "yaml"),
    ],
)
def get_resource(state: State, flags: Flags) -> None:
    """Get the live manifest of resources."""
    _require(flags, "kind")
    api = state.connect()
    ref = app_ref(flags.argument("appname"), flags.text("app-namespace"))
    ref |= cleaned({"project": flags.text("project")})
    nodes = [n for n in calls.tree(api, ref).get("nodes") or [] if _chosen(n, flags)]
    if not nodes:
        raise errors.NotFound("No matching resource found")
    for node in nodes:
        query = {"resourceName": node["name"], "kind": node["kind"], "version": node["version"]}
        query |= cleaned({"namespace": node.get("namespace"), "group": node.get("group")})
        answer = api.call(f"{calls.SERVICE}/GetResource", {**ref, **query})
        manifest = json.loads(answer["manifest"])
        if not flags.on("show-managed-fields"):
            manifest.get("metadata", {}).pop("managedFields", None)
        fields = flags.listed("filter-fields")
        _show(node, filtered(manifest, fields) if fields else manifest, flags.text("output"))


def filtered(manifest: _Tree, fields: list[str]) -> _Tree:
    """Return the fields that dotted paths name; a list on the way is walked item by item."""
    found: _Tree = {}
    for field in fields:
        value = _at(manifest, field.split("."))
        if value is not None:
            found[field] = value
    return found


def _at(tree: Any, path: list[str]) -> Any:
    if not path:
        return tree
    if isinstance(tree, list):
        items = [_at(item, path) for item in tree]
        return [item for item in items if item is not None] or None
    return _at(tree.get(path[0]), path[1:]) if isinstance(tree, dict) else None


def _show(node: _Tree, manifest: _Tree, form: str) -> None:
    if form != "wide":
        print(("---\n" if form == "yaml" else "") + printing.structured(manifest, form))
        return
    print(f"RESOURCE  {node['kind']}/{node['name']}")
    rows = [("FIELD", "VALUE")]
    rows += [
        (key, value if isinstance(value, str) else json.dumps(value))
        for key, value in manifest.items()
    ]
    print(printing.table(rows) + "\n")

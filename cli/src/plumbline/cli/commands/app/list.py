"""``plumb app list``."""

from typing import Any

from plumbline.cli import printing
from plumbline.cli.command import command
from plumbline.cli.commands.app import calls
from plumbline.cli.flags import Flag, Flags
from plumbline.cli.options import APP_NAMESPACE, output
from plumbline.cli.printing import application as shown
from plumbline.cli.spec.words import cleaned
from plumbline.cli.state import State

__all__ = ["list_"]

_Tree = dict[str, Any]


@command(
    "list",
    options=[
        APP_NAMESPACE,
        output("wide", "name", "json", "yaml"),
        Flag("project", "stringArray", "of these projects only", short="p"),
        Flag("repo", text="with this repository only", short="r"),
        Flag("path", text="with this path only", short="P"),
        Flag("cluster", text="on this cluster only, by name or URL", short="c"),
        Flag("selector", text="label selector", short="l"),
    ],
)
def list_(state: State, flags: Flags) -> None:
    """List applications."""
    query = cleaned(
        {
            "selector": flags.text("selector"),
            "appNamespace": flags.text("app-namespace"),
            "projects": flags.listed("project"),
            "repo": flags.text("repo"),
        }
    )
    items = state.connect().call(f"{calls.SERVICE}/List", query).get("items") or []
    found = [a for a in items if _wanted(a, flags)]
    form = flags.text("output")
    if form == "name":
        if found:
            print(shown.names(found))
    elif form == "wide":
        print(shown.applications(found))
    else:
        print(printing.structured(found, form))


def _wanted(app: _Tree, flags: Flags) -> bool:
    """Whether an application has the path and cluster asked for, which the API cannot filter by."""
    path, cluster = flags.text("path"), flags.text("cluster")
    destination = app["spec"].get("destination") or {}
    if cluster and cluster not in (destination.get("server"), destination.get("name")):
        return False
    return not path or any(s.get("path") == path for s in shown.sources_of(app["spec"]))

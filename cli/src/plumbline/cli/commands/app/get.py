"""``plumb app get``."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from plumbline.cli import printing
from plumbline.cli.command import command
from plumbline.cli.commands.app import calls
from plumbline.cli.flags import Flag, Flags
from plumbline.cli.options import APP_NAMESPACE, output, source_choice
from plumbline.cli.printing import application as shown
from plumbline.cli.spec.words import app_ref
from plumbline.cli.state import State
from plumbline.core import errors

if TYPE_CHECKING:
    from plumbline.cli.connection import Connection

__all__ = ["get"]

_Tree = dict[str, Any]


@command(
    "get",
    arguments=["APPNAME"],
    options=[
        APP_NAMESPACE,
        output("wide", "json", "yaml", "tree", "tree=detailed"),
        Flag("refresh", "bool", "look at Git and cluster again first"),
        Flag("hard-refresh", "bool", "render again too"),
        Flag("show-operation", "bool", "show the last operation too"),
        Flag("show-params", "bool", "show parameters too"),
        Flag("timeout", "uint", "seconds to wait for the answer; 0 is the default time"),
        *source_choice(),
    ],
)
def get(state: State, flags: Flags) -> None:
    """Get application details."""
    api = state.connect()
    ref = app_ref(flags.argument("appname"), flags.text("app-namespace"))
    refresh = "hard" if flags.on("hard-refresh") else "normal" if flags.on("refresh") else ""
    seconds = float(flags.number("timeout") or 120)
    query = {**ref, "refresh": refresh} if refresh else ref
    app: _Tree = api.call(f"{calls.SERVICE}/Get", query, seconds=seconds)
    form = flags.text("output")
    if form in ("json", "yaml"):
        print(printing.structured(app, form))
        return
    ref = calls.ref_of(app)
    nodes = calls.tree(api, ref) if form != "wide" or _health_apart(app) else None
    parts = [
        shown.summary(
            app,
            url=calls.url(api, app),
            windows=_windows(api, ref),
            source=_source(app, flags),
        ),
        shown.operation(app) if flags.on("show-operation") else "",
        shown.conditions(app),
        shown.parameters(app) if flags.on("show-params") else "",
        _listed(app, nodes, form),
    ]
    print("\n\n".join(part for part in parts if part))


def _health_apart(app: _Tree) -> bool:
    return (app.get("status") or {}).get("resourceHealthSource") == "appTree"


def _listed(app: _Tree, nodes: _Tree | None, form: str) -> str:
    if form == "wide":
        return shown.resources(app, nodes)
    states = {shown.key_of(state): state for state in shown.states(app, nodes)}
    found = (nodes or {}).get("nodes") or []
    return (
        shown.tree(found, states, detailed=form.endswith("detailed"), now=dt.datetime.now(dt.UTC))
        if found
        else ""
    )


def _windows(api: "Connection", ref: _Tree) -> _Tree | None:
    """Return the sync windows; an older server, or a right that is missing, leaves them out."""
    try:
        found: _Tree = api.call(f"{calls.SERVICE}/GetApplicationSyncWindows", ref)
    except (errors.Unimplemented, errors.PermissionDenied):
        return None
    return found


def _source(app: _Tree, flags: Flags) -> int:
    """Return the position of the only source to show; 0 for all.

    Raises:
        errors.InvalidArgument: there is no such source.
    """
    sources = shown.sources_of(app["spec"])
    position = flags.number("source-position")
    if flags.given("source-name"):
        name = flags.text("source-name")
        position = next((i for i, s in enumerate(sources, 1) if s.get("name") == name), 0)
        if not position:
            raise errors.InvalidArgument(f"Unknown source name '{name}'")
    if flags.given("source-position") and not 1 <= position <= len(sources):
        raise errors.InvalidArgument(
            "Source position should be specified and must be greater than 0"
        )
    return max(position, 0)

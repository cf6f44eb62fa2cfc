"""``plumb app history`` and ``rollback``."""

import sys
from typing import Any

from plumbline.cli import printing
from plumbline.cli.command import command
from plumbline.cli.commands.app import calls, following, outcome
from plumbline.cli.flags import Flag, Flags
from plumbline.cli.options import APP_NAMESPACE, output
from plumbline.cli.printing import application as shown
from plumbline.cli.spec.words import app_ref
from plumbline.cli.state import State
from plumbline.core import errors

__all__ = ["deployment", "history", "rollback"]

_Tree = dict[str, Any]


@command("history", arguments=["APPNAME"], options=[APP_NAMESPACE, output("wide", "id")])
def history(state: State, flags: Flags) -> None:
    """Show an application's deployment history."""
    ref = app_ref(flags.argument("appname"), flags.text("app-namespace"))
    text = shown.history(calls.get(state.connect(), ref), flags.text("output"))
    if text:
        print(text)


@command(
    "rollback",
    arguments=["APPNAME", "[ID]"],
    options=[
        APP_NAMESPACE,
        output("wide", "json", "yaml", "tree", "tree=detailed"),
        Flag("prune", "bool", "remove what that deployment did not have"),
        Flag("timeout", "uint", "seconds to wait; 0 waits for ever"),
    ],
)
def rollback(state: State, flags: Flags) -> None:
    """Rollback to a deployment by its history ID; by default to the one before the last."""
    api = state.connect()
    app = calls.get(api, app_ref(flags.argument("appname"), flags.text("app-namespace")))
    ref = calls.ref_of(app)
    request = {**ref, "id": deployment(app, flags.argument("id")), "prune": flags.on("prune")}
    started = api.call(f"{calls.SERVICE}/Rollback", request)
    form = flags.text("output")
    out = sys.stdout if form == "wide" else None
    reached = following.operated(started)
    ended = following.follow(api, ref, reached, timeout=flags.number("timeout"), out=out)
    if ended is None:
        return
    if form in ("json", "yaml"):
        print(printing.structured(ended, form))
    else:
        outcome.show(api, ended, form)
    outcome.check(ended, partial=False)


def deployment(app: _Tree, given: str) -> int:
    """Return the id to roll back to.

    Raises:
        errors.InvalidArgument: the id is not a number.
        errors.NotFound: the history has no such deployment.
    """
    entries = (app.get("status") or {}).get("history") or []
    if not given:
        if len(entries) < 2:
            raise errors.NotFound(
                f"Application '{app['metadata']['name']}' should have at least two "
                "successful deployments"
            )
        return int(entries[-2].get("id", 0))
    if not given.isdigit():
        raise errors.InvalidArgument(f"{given}: the history ID is a number")
    if all(entry.get("id", 0) != int(given) for entry in entries):
        raise errors.NotFound(
            f"Application '{app['metadata']['name']}' does not have deployment id '{given}' "
            "in history"
        )
    return int(given)

"""What is shown, and what counts as failed, when an operation or a wait has ended."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from plumbline.cli.commands.app import calls
from plumbline.cli.printing import application as shown
from plumbline.core import errors

if TYPE_CHECKING:
    from plumbline.cli.connection import Connection

__all__ = ["check", "show"]

_Tree = dict[str, Any]


def show(api: "Connection", app: _Tree, form: str = "wide") -> None:
    """Print summary, operation and resources of an application."""
    nodes = calls.tree(api, calls.ref_of(app))
    listed = shown.resources(app, nodes)
    if form != "wide":
        states = {shown.key_of(state): state for state in shown.states(app, nodes)}
        found = nodes.get("nodes") or []
        listed = shown.tree(
            found, states, detailed=form.endswith("detailed"), now=dt.datetime.now(dt.UTC)
        )
    parts = [
        "",
        shown.summary(app, url=calls.url(api, app)),
        shown.operation(app),
        shown.conditions(app),
        listed,
    ]
    print("\n\n".join(part for part in parts if part))


def check(app: _Tree, *, partial: bool) -> None:
    """Raise unless the last operation went well.

    Args:
        app: as it was when its operation had ended.
        partial: whether only some resources were synced.

    Raises:
        errors.FailedPrecondition: it failed, or left resources that need pruning.
    """
    status = app["status"]
    state = status["operationState"]
    if ((state.get("operation") or {}).get("sync") or {}).get("dryRun"):
        return
    if state.get("phase") != "Succeeded":
        raise errors.FailedPrecondition(f"Operation has completed with phase: {state.get('phase')}")
    results = (state.get("syncResult") or {}).get("resources") or []
    left = sum(r.get("status") == "PruneSkipped" for r in results)
    if left and not partial and (status.get("sync") or {}).get("status") != "Synced":
        raise errors.FailedPrecondition(f"{left} resources require pruning")

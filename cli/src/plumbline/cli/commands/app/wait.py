"""``plumb app wait``."""

import sys

from plumbline.cli import printing
from plumbline.cli.command import command
from plumbline.cli.commands.app import calls, following, outcome
from plumbline.cli.flags import Flag, Flags
from plumbline.cli.options import APP_NAMESPACE, output
from plumbline.cli.spec.resources import Choice
from plumbline.cli.state import State

__all__ = ["goal_of", "wait"]

_GOALS = ("sync", "health", "suspended", "degraded", "operation", "delete", "hydrated")


@command(
    "wait",
    arguments=["[APPNAME...]"],
    options=[
        APP_NAMESPACE,
        output("wide", "json", "yaml", "tree", "tree=detailed"),
        Flag("sync", "bool", "until Synced"),
        Flag("health", "bool", "until Healthy"),
        Flag("suspended", "bool", "until Suspended"),
        Flag("degraded", "bool", "until Degraded"),
        Flag("operation", "bool", "until no operation is in progress"),
        Flag("delete", "bool", "until deleted"),
        Flag("hydrated", "bool", "until hydrated"),
        Flag("resource", "stringArray", "only for GROUP:KIND:[NAMESPACE/]NAME; '!' excludes"),
        Flag("selector", text="wait for all with these labels", short="l"),
        Flag("timeout", "uint", "seconds to wait; 0 waits for ever"),
    ],
)
def wait(state: State, flags: Flags) -> None:
    """Wait for applications to reach a state: Synced, Healthy and without operation by default."""
    goal = goal_of(flags)
    api = state.connect()
    form = flags.text("output")
    for ref in calls.named_or_selected(api, flags, projects=[]):
        out = sys.stdout if form == "wide" else None
        timeout = flags.number("timeout")
        app = following.follow(api, ref, goal.reached, goal=goal, timeout=timeout, out=out)
        if app is None:
            print(f"application '{following.name_of(ref)}' deleted")
        elif form in ("json", "yaml"):
            print(printing.structured(app, form))
        else:
            outcome.show(api, app, form)


def goal_of(flags: Flags) -> following.Goal:
    """Return what the flags wait for."""
    chosen = {name: flags.on(name) for name in _GOALS}
    if not any(chosen.values()):
        chosen.update(sync=True, health=True, operation=True)
    choices = tuple(Choice.parse(text) for text in flags.listed("resource"))
    return following.Goal(**chosen, choices=choices)

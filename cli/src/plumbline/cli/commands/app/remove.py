"""``plumb app delete`` and ``confirm-deletion``."""

import datetime as dt
import json
import sys
from typing import TYPE_CHECKING, Any

import click

from plumbline.cli.command import command
from plumbline.cli.commands.app import calls, following
from plumbline.cli.flags import Flag, Flags
from plumbline.cli.options import APP_NAMESPACE
from plumbline.cli.spec.words import app_ref
from plumbline.cli.state import State

if TYPE_CHECKING:
    from plumbline.cli.connection import Connection

__all__ = ["confirm_deletion", "delete", "request"]

_APPROVED = "argocd.argoproj.io/deletion-approved"


@command(
    "delete",
    arguments=["[APPNAME...]"],
    options=[
        APP_NAMESPACE,
        Flag("cascade", "bool", "remove what they made too", default=True),
        Flag(
            "propagation-policy",
            text="foreground or background",
            short="p",
            default="foreground",
        ),
        Flag("selector", text="delete all with these labels", short="l"),
        Flag("wait", "bool", "wait until they are gone"),
        Flag("yes", "bool", "do not ask", short="y"),
    ],
)
def delete(state: State, flags: Flags) -> None:
    """Delete applications."""
    api = state.connect()
    refs = calls.named_or_selected(api, flags, projects=[])
    ask = flags.on("cascade") and not flags.on("yes") and state.interactive
    agreed_to_all = False
    for ref in refs:
        name = following.name_of(ref)
        if ask and not agreed_to_all:
            answer = _question(name, several=len(refs) > 1)
            agreed_to_all = answer == "a"
            if answer == "n":
                print(f"The command to delete '{name}' was cancelled.")
                continue
        project = calls.get(api, ref)["spec"].get("project", "") if flags.on("wait") else ""
        api.call(f"{calls.SERVICE}/Delete", {**ref, **request(flags)})
        if flags.on("wait"):
            _gone(api, ref, project)
        print(f"application '{name}' deleted")


def request(flags: Flags) -> dict[str, Any]:
    """Return how to delete; a policy is for what a cascade removes."""
    if not flags.on("cascade"):
        tree: dict[str, Any] = {"cascade": False}
        if flags.given("propagation-policy"):
            tree["propagationPolicy"] = flags.text("propagation-policy")
        return tree
    return {"cascade": True, "propagationPolicy": flags.text("propagation-policy")}


def _question(name: str, *, several: bool) -> str:
    choices = ["y", "n", "a"] if several else ["y", "n"]
    text = f"Are you sure you want to delete '{name}' and all its resources?"
    return str(click.prompt(text, type=click.Choice(choices), err=True))


def _gone(api: "Connection", ref: dict[str, Any], project: str) -> None:
    goal = following.Goal(delete=True)
    following.follow(api, ref, goal.reached, goal=goal, project=project, out=sys.stderr)


@command("confirm-deletion", arguments=["APPNAME"], options=[APP_NAMESPACE])
def confirm_deletion(state: State, flags: Flags) -> None:
    """Confirm deletion or pruning of resources that ask for it."""
    ref = app_ref(flags.argument("appname"), flags.text("app-namespace"))
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    patch = json.dumps({"metadata": {"annotations": {_APPROVED: now}}})
    request = {**ref, "patch": patch, "patchType": "merge"}
    state.connect().call(f"{calls.SERVICE}/Patch", request)
    print(f"Application '{following.name_of(ref)}' updated successfully")

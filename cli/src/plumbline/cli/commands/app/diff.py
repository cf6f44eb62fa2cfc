"""``plumb app diff``."""

import json
from typing import TYPE_CHECKING, Any

import click

from plumbline.cli import comparison
from plumbline.cli.command import command
from plumbline.cli.commands.app import calls
from plumbline.cli.flags import Flag, Flags
from plumbline.cli.options import APP_NAMESPACE
from plumbline.cli.printing.difference import differences
from plumbline.cli.spec import sync
from plumbline.cli.spec.words import app_ref, cleaned
from plumbline.cli.state import State
from plumbline.core import errors

if TYPE_CHECKING:
    from plumbline.cli.connection import Connection

__all__ = ["diff"]

_Tree = dict[str, Any]


@command(
    "diff",
    arguments=["APPNAME"],
    options=[
        APP_NAMESPACE,
        Flag("refresh", "bool", "look at Git and cluster again first"),
        Flag("hard-refresh", "bool", "render again too"),
        Flag("exit-code", "bool", "tell differences by the exit code", default=True),
        Flag("diff-exit-code", "int", "exit code where there are differences", default=1),
        Flag("revision", text="compare with a revision"),
        Flag("revisions", "stringArray", "a revision for each chosen source"),
        Flag("source-positions", "int64Slice", "positions of sources, from 1"),
        Flag("source-names", "stringArray", "names of sources"),
        Flag("local", hidden=True),
        Flag("local-include", "stringArray", default=("*.yaml", "*.yml", "*.json"), hidden=True),
        Flag("local-repo-root", default="/", hidden=True),
        Flag("server-side-generate", "bool", hidden=True),
        Flag("server-side-diff", "bool", "let the API server predict, by a dry run"),
        Flag("server-side-diff-concurrency", "int", default=-1, hidden=True),
        Flag("server-side-diff-max-batch-kb", "int", default=250, hidden=True),
        Flag("ignore-normalizer-jq-execution-timeout", "duration", default="1s", hidden=True),
    ],
)
def diff(state: State, flags: Flags) -> None:
    """Show what a sync would change: unified diffs of live against target.

    Ends with 1 where there are differences, with 20 on errors.
    """
    if flags.any_given("local", "server-side-generate"):
        raise errors.Unimplemented("--local is not supported: push a commit, or use a branch")
    api = state.connect()
    ref = app_ref(flags.argument("appname"), flags.text("app-namespace"))
    refresh = "hard" if flags.on("hard-refresh") else "normal" if flags.on("refresh") else ""
    picky = flags.any_given("source-positions", "source-names")
    elsewhere = flags.any_given("revision", "revisions")
    app = calls.get(api, ref, refresh) if refresh or picky or elsewhere else None
    items = calls.managed(api, ref)
    if app is not None and elsewhere:
        items = comparison.with_manifests(items, _manifests(api, ref, app, flags), app)
    if flags.on("server-side-diff"):
        items = _predicted(api, ref, items)
    text = differences(items)
    if text:
        print(text)
        if flags.on("exit-code"):
            raise click.exceptions.Exit(flags.number("diff-exit-code"))


def _manifests(api: "Connection", ref: _Tree, app: _Tree, flags: Flags) -> list[_Tree]:
    positions = sync.by_position(flags, app["spec"])
    chosen = {
        "revision": flags.text("revision"),
        "revisions": sync.revisions(flags, positions),
        "sourcePositions": positions,
    }
    answer = api.call(f"{calls.SERVICE}/GetManifests", {**ref, **cleaned(chosen)})
    return [json.loads(text) for text in answer.get("manifests") or []]


def _predicted(api: "Connection", ref: _Tree, items: list[_Tree]) -> list[_Tree]:
    """Return items as the API server predicts them; what is new or to be pruned stays as it is."""
    both = [i for i in items if _there(i, "liveState") and _there(i, "targetState")]
    query = {("appName" if key == "name" else key): value for key, value in ref.items()}
    query["liveResources"] = both
    query["targetManifests"] = [i["targetState"] for i in both]
    answer = api.call(f"{calls.SERVICE}/ServerSideDiff", query)
    others = [i for i in items if i not in both]
    return [*(answer.get("items") or []), *others]


def _there(item: _Tree, member: str) -> bool:
    return (item.get(member) or "null") != "null"

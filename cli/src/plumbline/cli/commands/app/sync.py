"""``plumb app sync`` and ``terminate-op``."""

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from plumbline.cli import printing
from plumbline.cli.command import command
from plumbline.cli.commands.app import calls, following, outcome
from plumbline.cli.flags import Flag, Flags
from plumbline.cli.options import APP_NAMESPACE, output
from plumbline.cli.printing.difference import differences
from plumbline.cli.spec import resources
from plumbline.cli.spec import sync as spec
from plumbline.cli.spec.words import app_ref, cleaned
from plumbline.cli.state import State
from plumbline.core import errors

if TYPE_CHECKING:
    from plumbline.cli.connection import Connection

__all__ = ["sync", "terminate_op"]

_Tree = dict[str, Any]


@command(
    "sync",
    arguments=["[APPNAME...]"],
    options=[
        APP_NAMESPACE,
        output("wide", "json", "yaml", "tree", "tree=detailed"),
        Flag("selector", text="sync all with these labels", short="l"),
        Flag("project", "stringArray", "sync all of this project"),
        Flag("revision", text="sync to a revision, without keeping it as the target"),
        Flag("revisions", "stringArray", "a revision for each chosen source"),
        Flag("source-positions", "int64Slice", "positions of sources, from 1"),
        Flag("source-names", "stringArray", "names of sources"),
        Flag("resource", "stringArray", "only [!]GROUP:KIND:[NAMESPACE/]NAME; may be a glob"),
        Flag("label", "stringArray", "only resources with this label, KEY=VALUE"),
        Flag("prune", "bool", "remove what Git no longer holds"),
        Flag("dry-run", "bool", "only try"),
        Flag("force", "bool", "delete and create again where an apply is refused"),
        Flag("replace", "bool", "replace instead of apply"),
        Flag("server-side", "bool", "apply on the server side"),
        Flag("apply-out-of-sync-only", "bool", "apply only what is out of sync"),
        Flag("strategy", text="apply or hook; hook by default"),
        Flag("info", "stringArray", "a note for the operation, KEY=VALUE"),
        Flag("async", "bool", "do not wait for the end"),
        Flag("timeout", "uint", "seconds to wait; 0 waits for ever"),
        Flag("retry-limit", "int", "how often a failed sync is tried again"),
        Flag("retry-refresh", "bool", "let a retry look for a newer revision"),
        Flag("retry-backoff-duration", "duration", "first wait", default="5s"),
        Flag("retry-backoff-factor", "int", "factor between waits", default=2),
        Flag("retry-backoff-max-duration", "duration", "longest wait", default="3m0s"),
        Flag("preview-changes", "bool", "show the differences and ask first"),
        Flag("assumeYes", "bool", "answer yes to the preview's question"),
        Flag("local", hidden=True),
        Flag("local-repo-root", default="/", hidden=True),
        Flag("ignore-normalizer-jq-execution-timeout", "duration", default="1s", hidden=True),
        Flag("server-side-diff-concurrency", "int", default=-1, hidden=True),
        Flag("server-side-diff-max-batch-kb", "int", default=250, hidden=True),
    ],
)
def sync(state: State, flags: Flags) -> None:
    """Sync applications to their target state."""
    if flags.given("local"):
        raise errors.Unimplemented("--local is not supported: push a commit, or use a branch")
    api = state.connect()
    refs = calls.named_or_selected(api, flags, projects=flags.listed("project"))
    if len(refs) > 1 and flags.any_given("revision", "revisions"):
        raise errors.InvalidArgument("--revision is for one application")
    for ref in refs:
        _one(state, api, ref, flags)


def _one(state: State, api: "Connection", ref: _Tree, flags: Flags) -> None:
    picky = flags.any_given("resource", "label", "source-positions", "source-names")
    app = calls.get(api, ref) if picky else None
    selected = _selected(api, ref, app, flags) if app else []
    positions = spec.by_position(flags, app["spec"]) if app else []
    request = spec.request(flags, resources=selected, positions=positions)
    if flags.on("preview-changes"):
        _preview(state, api, ref, flags)
    started = api.call(f"{calls.SERVICE}/Sync", {**ref, **request})
    if flags.on("async"):
        return
    form = flags.text("output")
    ended = following.follow(
        api,
        ref,
        following.operated(started),
        timeout=flags.number("timeout"),
        out=sys.stdout if form == "wide" else None,
    )
    if ended is None:
        return
    if form in ("json", "yaml"):
        print(printing.structured(ended, form))
    else:
        outcome.show(api, ended, form)
    outcome.check(ended, partial=bool(selected))


def _selected(api: "Connection", ref: _Tree, app: _Tree, flags: Flags) -> list[_Tree]:
    """Return the only resources to sync, by --resource and --label."""
    known = (app.get("status") or {}).get("resources") or []
    if flags.given("label"):
        query = {**ref, **cleaned({"revision": flags.text("revision")})}
        answer = api.call(f"{calls.SERVICE}/GetManifests", query)
        manifests = [json.loads(text) for text in answer.get("manifests") or []]
        labelled = resources.by_labels(flags.listed("label"), manifests)
        if not flags.given("resource"):
            return labelled
        known = [r for r in known if any(resources.same_resource(r, one) for one in labelled)]
    if flags.given("resource"):
        return resources.chosen(flags.listed("resource"), known)
    return []


def _preview(state: State, api: "Connection", ref: _Tree, flags: Flags) -> None:
    """Show what the sync would change, and go on only if somebody agrees.

    Raises:
        errors.FailedPrecondition: nobody can be asked.
        click.Abort: the answer was no.
    """
    text = differences(calls.managed(api, ref))
    print(text or "====== No Differences found ======")
    if not text or flags.on("assumeYes"):
        return
    if not state.interactive:
        raise errors.FailedPrecondition("nobody can be asked: add --assumeYes")
    click.confirm("Do you want to continue?", abort=True, err=True)


@command("terminate-op", arguments=["APPNAME"], options=[APP_NAMESPACE])
def terminate_op(state: State, flags: Flags) -> None:
    """Terminate the running operation of an application."""
    ref = app_ref(flags.argument("appname"), flags.text("app-namespace"))
    state.connect().call(f"{calls.SERVICE}/TerminateOperation", ref)
    print(f"Application '{following.name_of(ref)}' operation terminating")

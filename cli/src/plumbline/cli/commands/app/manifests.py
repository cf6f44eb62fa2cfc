"""``plumb app manifests``."""

import json

from plumbline.cli import printing
from plumbline.cli.command import command
from plumbline.cli.commands.app import calls
from plumbline.cli.flags import Flag, Flags
from plumbline.cli.options import APP_NAMESPACE
from plumbline.cli.spec import sync
from plumbline.cli.spec.words import app_ref, cleaned
from plumbline.cli.state import State
from plumbline.core import errors

__all__ = ["manifests"]


@command(
    "manifests",
    arguments=["APPNAME"],
    options=[
        APP_NAMESPACE,
        Flag("source", text="live or git", default="git", choices=("live", "git")),
        Flag("revision", text="of this revision"),
        Flag("revisions", "stringArray", "a revision for each chosen source"),
        Flag("source-positions", "int64Slice", "positions of sources, from 1"),
        Flag("source-names", "stringArray", "names of sources"),
        Flag("local", hidden=True),
        Flag("local-repo-root", default=".", hidden=True),
    ],
)
def manifests(state: State, flags: Flags) -> None:
    """Print manifests of an application."""
    if flags.given("local"):
        raise errors.Unimplemented("--local is not supported: push a commit, or use a branch")
    api = state.connect()
    ref = app_ref(flags.argument("appname"), flags.text("app-namespace"))
    if flags.text("source") == "live":
        if flags.any_given("revision", "revisions"):
            raise errors.InvalidArgument("live manifests have no revision")
        texts = [item.get("liveState") or "null" for item in calls.managed(api, ref)]
    else:
        picky = flags.any_given("source-positions", "source-names")
        positions = sync.by_position(flags, calls.get(api, ref)["spec"]) if picky else []
        revisions = sync.revisions(flags, positions)
        chosen = {"revision": flags.text("revision"), "revisions": revisions}
        query = {**ref, **cleaned({**chosen, "sourcePositions": positions})}
        texts = api.call(f"{calls.SERVICE}/GetManifests", query).get("manifests") or []
    for manifest in map(json.loads, texts):
        if manifest is not None:
            print(f"---\n{printing.structured(manifest, 'yaml')}")

"""``plumb app logs``."""

import sys

from plumbline.cli.command import command
from plumbline.cli.commands.app import calls
from plumbline.cli.flags import Flag, Flags
from plumbline.cli.options import APP_NAMESPACE
from plumbline.cli.printing.table import safe
from plumbline.cli.spec.words import app_ref, cleaned
from plumbline.cli.state import State

__all__ = ["logs"]

_DAY = 86_400.0


@command(
    "logs",
    arguments=["APPNAME"],
    options=[
        APP_NAMESPACE,
        Flag("group", text="group of the resource"),
        Flag("kind", text="kind of the resource"),
        Flag("namespace", text="namespace of the resource"),
        Flag("name", text="name of the resource"),
        Flag("container", text="container of the pods", short="c"),
        Flag("follow", "bool", "go on with what comes", short="f"),
        Flag("tail", "int", "the last lines only"),
        Flag("since-seconds", "int", "lines of the last seconds only"),
        Flag("until-time", text="lines until this time only, RFC 3339"),
        Flag("filter", text="lines with this text only"),
        Flag("match-case", "bool", "tell capital letters apart in --filter", short="m"),
        Flag("previous", "bool", "of the container before its restart", short="p"),
    ],
)
def logs(state: State, flags: Flags) -> None:
    """Get logs of an application's pods."""
    query = app_ref(flags.argument("appname"), flags.text("app-namespace"))
    for flag, key in (
        ("group", "group"),
        ("kind", "kind"),
        ("namespace", "namespace"),
        ("name", "resourceName"),
        ("container", "container"),
        ("until-time", "untilTime"),
        ("filter", "filter"),
    ):
        query |= cleaned({key: flags.text(flag)})
    for flag, key in (("tail", "tailLines"), ("since-seconds", "sinceSeconds")):
        if flags.given(flag):
            query[key] = flags.number(flag)
    for name, key in (("follow", "follow"), ("previous", "previous"), ("match-case", "matchCase")):
        if flags.on(name):
            query[key] = True
    terminal = sys.stdout.isatty()
    for entry in state.connect().stream(f"{calls.SERVICE}/PodLogs", query, seconds=_DAY):
        if entry.get("last"):
            return
        content = str(entry.get("content", ""))
        # A terminal is not to be steered by a log; a file gets what was written.
        print(safe(content, keep="\t") if terminal else content, flush=flags.on("follow"))

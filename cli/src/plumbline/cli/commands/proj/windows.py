"""``plumb proj windows``: sync windows, named by their place in the list."""

from typing import Any

from plumbline.cli import printing, terminal
from plumbline.cli.command import Command, command
from plumbline.cli.commands.proj import calls
from plumbline.cli.flags import Flag, Flags
from plumbline.cli.options import output
from plumbline.cli.printing import project as shown
from plumbline.cli.spec import project as spec
from plumbline.cli.spec.words import cleaned
from plumbline.cli.state import State
from plumbline.core import errors

__all__ = [
    "add",
    "delete",
    "disable_manual",
    "disable_overrun",
    "enable_manual",
    "enable_overrun",
    "list_",
    "update",
]

_Tree = dict[str, Any]

_WHERE = [
    Flag("applications", "strings", "applications it is for"),
    Flag("namespaces", "strings", "namespaces it is for"),
    Flag("clusters", "strings", "clusters it is for"),
    Flag("schedule", text="when it opens, as cron: '0 22 * * *'"),
    Flag("duration", text="how long it is open, such as 1h"),
    Flag("time-zone", text="time zone of the schedule", default="UTC"),
    Flag("description", text="description of the window"),
]
_MEMBERS = ("applications", "namespaces", "clusters")
_TEXTS = {
    "schedule": "schedule",
    "duration": "duration",
    "time-zone": "timeZone",
    "description": "description",
}


@command(
    "add",
    arguments=["PROJECT"],
    options=[
        *_WHERE,
        Flag("kind", text="allow or deny", short="k"),
        Flag("manual-sync", "bool", "let manual syncs through"),
        Flag("sync-overrun", "bool", "let a running sync go on when it closes"),
        Flag("use-and-operator", "bool", "all of applications, namespaces and clusters must match"),
    ],
)
def add(state: State, flags: Flags) -> None:
    """Add a sync window to a project."""
    window = wanted(flags)

    def change(tree: _Tree) -> None:
        tree["syncWindows"] = [*(tree.get("syncWindows") or []), window]

    calls.change(state, flags.argument("project"), change)


def wanted(flags: Flags) -> _Tree:
    """Return the window that flags describe; the server checks it.

    Raises:
        errors.InvalidArgument: kind, schedule, duration, or whom it is for is missing.
    """
    for name in ("kind", "schedule", "duration"):
        if not flags.text(name):
            raise errors.InvalidArgument(f"--{name} is needed")
    if not any(flags.listed(name) for name in _MEMBERS):
        raise errors.InvalidArgument("give --applications, --namespaces or --clusters")
    return cleaned(
        {
            "kind": flags.text("kind"),
            **{key: flags.text(flag) for flag, key in _TEXTS.items()},
            **{name: flags.listed(name) for name in _MEMBERS},
            "manualSync": flags.on("manual-sync") or None,
            "syncOverrun": flags.on("sync-overrun") or None,
            "andOperator": flags.on("use-and-operator") or None,
        }
    )


@command("update", arguments=["PROJECT", "ID"], options=_WHERE)
def update(state: State, flags: Flags) -> None:
    """Update a sync window."""
    if not flags.any_given(*flags.names):
        raise errors.InvalidArgument("give at least one thing to update")

    def change(tree: _Tree) -> None:
        window = spec.window(tree, flags.argument("id"))
        for flag, key in _TEXTS.items():
            if flags.given(flag):
                window[key] = flags.text(flag)
        for name in _MEMBERS:
            if flags.given(name):
                window[name] = flags.listed(name)

    calls.change(state, flags.argument("project"), change)


@command("delete", arguments=["PROJECT", "ID"])
def delete(state: State, flags: Flags) -> None:
    """Delete a sync window."""
    terminal.confirm_optional(state, "Are you sure you want to delete sync window?")

    def change(tree: _Tree) -> None:
        gone = spec.window(tree, flags.argument("id"))
        tree["syncWindows"] = [w for w in tree["syncWindows"] if w is not gone]

    calls.change(state, flags.argument("project"), change)


@command("list", arguments=["PROJECT"], options=[output("wide", "json", "yaml")])
def list_(state: State, flags: Flags) -> None:
    """List the sync windows of a project."""
    api = state.connect()
    request = {"name": flags.argument("project")}
    project = calls.get(api, request["name"])
    windows = (project.get("spec") or {}).get("syncWindows") or []
    form = flags.text("output")
    if form in ("json", "yaml"):
        print(printing.structured(windows, form))
        return
    active = api.call(f"{calls.SERVICE}/GetSyncWindowsState", request).get("windows") or []
    print(shown.windows(windows, active))


def _switch(name: str, member: str, text: str, *, on: bool) -> Command:
    def run(state: State, flags: Flags) -> None:
        def change(tree: _Tree) -> None:
            window = spec.window(tree, flags.argument("id"))
            if on:
                window[member] = True
            else:
                window.pop(member, None)

        calls.change(state, flags.argument("project"), change)

    run.__doc__ = text
    return Command(name, run, arguments=["PROJECT", "ID"])


enable_manual = _switch(
    "enable-manual-sync", "manualSync", "Allow manual syncs in a window.", on=True
)
disable_manual = _switch(
    "disable-manual-sync", "manualSync", "Forbid manual syncs in a window.", on=False
)
enable_overrun = _switch(
    "enable-sync-overrun", "syncOverrun", "Allow syncs to go on when a window closes.", on=True
)
disable_overrun = _switch(
    "disable-sync-overrun", "syncOverrun", "Stop syncs when a window closes.", on=False
)

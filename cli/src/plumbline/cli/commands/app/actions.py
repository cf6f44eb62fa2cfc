"""``plumb app actions list`` and ``run``."""

from plumbline.cli import printing
from plumbline.cli.command import command
from plumbline.cli.commands.app import calls
from plumbline.cli.commands.app.resource import CHOICE, live_resources
from plumbline.cli.flags import Flag, Flags
from plumbline.cli.options import APP_NAMESPACE
from plumbline.cli.spec.words import app_ref
from plumbline.cli.state import State
from plumbline.core import errors

__all__ = ["list_", "run"]


@command(
    "list",
    arguments=["APPNAME"],
    options=[
        APP_NAMESPACE,
        *CHOICE,
        Flag("out", text="one of wide, json, yaml", short="o", choices=("wide", "json", "yaml")),
    ],
)
def list_(state: State, flags: Flags) -> None:
    """List available actions of an application's resources."""
    api = state.connect()
    ref = app_ref(flags.argument("appname"), flags.text("app-namespace"))
    found = []
    for one in live_resources(api, ref, flags):
        answer = api.call(f"{calls.SERVICE}/ListResourceActions", {**ref, **one})
        found += [
            {
                "group": one.get("group", ""),
                "kind": one["kind"],
                "name": one["resourceName"],
                "action": action["name"],
                "disabled": bool(action.get("disabled")),
            }
            for action in answer.get("actions") or []
        ]
    if flags.text("out") in ("json", "yaml"):
        print(printing.structured(found, flags.text("out")))
        return
    rows = [("GROUP", "KIND", "NAME", "ACTION", "DISABLED")]
    rows += [
        (a["group"], a["kind"], a["name"], a["action"], str(a["disabled"]).lower()) for a in found
    ]
    print(printing.table(rows))


@command(
    "run",
    arguments=["APPNAME", "ACTION"],
    options=[APP_NAMESPACE, *CHOICE, Flag("all", "bool", "on all resources that match")],
)
def run(state: State, flags: Flags) -> None:
    """Run an available action on resources."""
    api = state.connect()
    ref = app_ref(flags.argument("appname"), flags.text("app-namespace"))
    found = live_resources(api, ref, flags)
    if len(found) > 1 and not flags.on("all"):
        raise errors.InvalidArgument(
            "Multiple resources match inputs. Use the --all flag to apply to all of them"
        )
    for one in found:
        request = {**ref, **one, "action": flags.argument("action")}
        api.call(f"{calls.SERVICE}/RunResourceActionV2", request)

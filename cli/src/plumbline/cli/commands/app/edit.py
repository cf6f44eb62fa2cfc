"""``plumb app edit`` and ``patch``."""

from plumbline.cli import files, printing
from plumbline.cli.command import command
from plumbline.cli.commands.app import calls
from plumbline.cli.flags import Flag, Flags
from plumbline.cli.options import APP_NAMESPACE
from plumbline.cli.spec.words import app_ref
from plumbline.cli.state import State
from plumbline.core import errors

__all__ = ["edit", "patch"]


@command("edit", arguments=["APPNAME"], options=[APP_NAMESPACE])
def edit(state: State, flags: Flags) -> None:
    """Edit an application's spec in $KUBE_EDITOR or $EDITOR."""
    api = state.connect()
    app = calls.get(api, app_ref(flags.argument("appname"), flags.text("app-namespace")))
    spec = files.edit(app["spec"], state.environ)
    if spec is None:
        print("Edit cancelled, no changes made.")
        return
    if not isinstance(spec, dict):
        raise errors.InvalidArgument("the spec must be a map")
    calls.update_spec(api, calls.ref_of(app), spec, validate=True)


@command(
    "patch",
    arguments=["APPNAME"],
    options=[
        APP_NAMESPACE,
        Flag("patch", text="the patch, as JSON"),
        Flag("type", text="json or merge", default="json", choices=("json", "merge")),
    ],
)
def patch(state: State, flags: Flags) -> None:
    """Patch an application."""
    ref = app_ref(flags.argument("appname"), flags.text("app-namespace"))
    if not flags.text("patch"):
        raise errors.InvalidArgument("--patch is needed")
    request = {**ref, "patch": flags.text("patch"), "patchType": flags.text("type")}
    changed = state.connect().call(f"{calls.SERVICE}/Patch", request)
    print(printing.structured(changed, "yaml"))

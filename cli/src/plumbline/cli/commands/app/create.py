"""``plumb app create``."""

from typing import Any

from plumbline.cli import files
from plumbline.cli.command import command
from plumbline.cli.commands.app import calls
from plumbline.cli.flags import Flag, Flags
from plumbline.cli.options import APP_NAMESPACE
from plumbline.cli.spec import application
from plumbline.cli.spec.words import app_ref
from plumbline.cli.state import State
from plumbline.core import errors

__all__ = ["create", "wanted"]

_Tree = dict[str, Any]


@command(
    "create",
    arguments=["[APPNAME]"],
    options=[
        APP_NAMESPACE,
        *application.FLAGS,
        *application.METADATA_FLAGS,
        Flag("file", text="file of manifests, - for standard input", short="f"),
        Flag("upsert", "bool", "update an application that is there"),
    ],
)
def create(state: State, flags: Flags) -> None:
    """Create an application."""
    apps = wanted(flags)
    api = state.connect()
    for app in apps:
        name = app["metadata"]["name"]
        request = {
            "application": app,
            "upsert": flags.on("upsert"),
            "validate": flags.on("validate"),
        }
        existed = flags.on("upsert") and _exists(api, app)
        api.call(f"{calls.SERVICE}/Create", request)
        print(f"application '{name}' {'updated' if existed else 'created'}")


def _exists(api: Any, app: _Tree) -> bool:
    try:
        calls.get(api, calls.ref_of(app))
    except (errors.NotFound, errors.PermissionDenied):
        return False  # a server says PermissionDenied of what is not there, too
    return True


def wanted(flags: Flags) -> list[_Tree]:
    """Return the applications to create: those of the file, or one made of flags.

    Raises:
        errors.InvalidArgument: there is no name, two names, or a flag has the wrong form.
    """
    name = flags.argument("appname") or flags.text("name")
    if flags.argument("appname") and flags.given("name") and name != flags.text("name"):
        raise errors.InvalidArgument("--name argument does not match the app name")
    given = flags.text("file")
    apps = files.documents("file", given, "Application") if given else [_empty()]
    if name and len(apps) > 1:
        raise errors.InvalidArgument("the file holds several applications: leave the name out")
    for app in apps:
        metadata = app.setdefault("metadata", {})
        if name and metadata.get("name") not in (None, name) and given:
            raise errors.InvalidArgument(
                f"app name '{name}' does not match app spec metadata.name '{metadata['name']}'"
            )
        ref = app_ref(name or str(metadata.get("name") or "/"), flags.text("app-namespace"))
        metadata["name"] = ref["name"]
        if ref.get("appNamespace"):
            metadata["namespace"] = ref["appNamespace"]
        application.apply_metadata(metadata, flags)
        application.apply(app.setdefault("spec", {}), flags, position=1)
        app["spec"].setdefault("project", "default")
    return apps


def _empty() -> _Tree:
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {}, "spec": {}}

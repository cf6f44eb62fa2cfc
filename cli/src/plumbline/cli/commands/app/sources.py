"""``plumb app set``, ``unset``, ``add-source`` and ``remove-source``: changes of a spec."""

from typing import Any

from plumbline.cli.command import command
from plumbline.cli.commands.app import calls
from plumbline.cli.flags import Flag, Flags
from plumbline.cli.options import APP_NAMESPACE, source_choice
from plumbline.cli.spec import application, source
from plumbline.cli.spec.words import app_ref
from plumbline.cli.state import State
from plumbline.core import errors

__all__ = ["add_source", "remove_source", "set_", "unset"]

_Tree = dict[str, Any]
_BY_NAME_OR_POSITION = source_choice()
_POSITION = _BY_NAME_OR_POSITION[0]


def _position(spec: _Tree, flags: Flags, *, by_name: bool) -> int:
    """Return which source flags mean, from 1; 0 where the application has one source.

    Raises:
        errors.InvalidArgument: none is named, or there is none of that name.
    """
    sources = spec.get("sources") or []
    if by_name and flags.given("source-name"):
        name = flags.text("source-name")
        found = [i for i, s in enumerate(sources, 1) if s.get("name") == name]
        if not found:
            raise errors.InvalidArgument(f"Unknown source name '{name}'")
        return found[0]
    if flags.given("source-position"):
        return flags.number("source-position")
    return 0


@command("set", arguments=["APPNAME"], options=[APP_NAMESPACE, *application.FLAGS, _POSITION])
def set_(state: State, flags: Flags) -> None:
    """Set application parameters."""
    if not flags.any_given(*(flags.names - {"app-namespace", "source-position", "validate"})):
        raise errors.InvalidArgument("name at least one parameter to set")
    api = state.connect()
    app = calls.get(api, app_ref(flags.argument("appname"), flags.text("app-namespace")))
    spec = app["spec"]
    # With several sources, a name tells which one is meant unless a position does.
    by_name = bool(spec.get("sources")) and not flags.given("source-position")
    application.apply(spec, flags, position=_position(spec, flags, by_name=by_name))
    calls.update_spec(api, calls.ref_of(app), spec, validate=flags.on("validate"))


@command(
    "unset",
    arguments=["APPNAME"],
    options=[
        APP_NAMESPACE,
        *_BY_NAME_OR_POSITION,
        Flag("parameter", "stringArray", "a Helm parameter", short="p"),
        Flag("values", "stringArray", "a Helm values file"),
        Flag("values-literal", "bool", "inline Helm values"),
        Flag("pass-credentials", "bool", "passing credentials to all domains"),
        Flag("ignore-missing-value-files", "bool", "ignoring missing values files"),
        Flag("nameprefix", "bool", "Kustomize name prefix"),
        Flag("namesuffix", "bool", "Kustomize name suffix"),
        Flag("kustomize-version", "bool", "Kustomize version"),
        Flag("kustomize-namespace", "bool", "Kustomize namespace"),
        Flag("kustomize-image", "stringArray", "a Kustomize image, by its name"),
        Flag("kustomize-replica", "stringArray", "a Kustomize replica count, by its name"),
        Flag("ignore-missing-components", "bool", "ignoring missing components"),
        Flag("plugin-env", "stringArray", "an environment variable of the plugin"),
        Flag("ref", "bool", "the source's reference name"),
    ],
)
def unset(state: State, flags: Flags) -> None:
    """Unset application parameters."""
    if not flags.any_given(*(flags.names - {"app-namespace", "source-position", "source-name"})):
        raise errors.InvalidArgument("name at least one parameter to unset")
    api = state.connect()
    app = calls.get(api, app_ref(flags.argument("appname"), flags.text("app-namespace")))
    spec = app["spec"]
    chosen = application.pick_source(spec, _position(spec, flags, by_name=True))
    if source.unset(chosen, flags):
        calls.update_spec(api, calls.ref_of(app), spec, validate=False)


@command("add-source", arguments=["APPNAME"], options=[APP_NAMESPACE, *application.FLAGS])
def add_source(state: State, flags: Flags) -> None:
    """Add a source to an application."""
    if not flags.given("repo"):
        raise errors.InvalidArgument("--repo is needed: the new source's repository")
    api = state.connect()
    app = calls.get(api, app_ref(flags.argument("appname"), flags.text("app-namespace")))
    spec = app["spec"]
    if not spec.get("sources"):
        first = spec.pop("source", None)
        if not first:
            raise errors.FailedPrecondition("the application has no source to add another one to")
        spec["sources"] = [first]
    added: _Tree = {}
    source.apply(added, flags)
    spec["sources"].append(added)
    calls.update_spec(api, calls.ref_of(app), spec, validate=flags.on("validate"))
    print(f"Application '{app['metadata']['name']}' updated successfully")


@command("remove-source", arguments=["APPNAME"], options=[APP_NAMESPACE, *_BY_NAME_OR_POSITION])
def remove_source(state: State, flags: Flags) -> None:
    """Remove a source from an application."""
    if not flags.any_given("source-position", "source-name"):
        raise errors.InvalidArgument("give --source-position or --source-name")
    api = state.connect()
    app = calls.get(api, app_ref(flags.argument("appname"), flags.text("app-namespace")))
    spec = app["spec"]
    sources = spec.get("sources") or []
    if len(sources) < 2:
        raise errors.FailedPrecondition("the application has no source that could be removed")
    position = _position(spec, flags, by_name=True)
    if not 1 <= position <= len(sources):
        raise errors.InvalidArgument(f"--source-position is from 1 to {len(sources)}")
    del sources[position - 1]
    calls.update_spec(api, calls.ref_of(app), spec, validate=False)
    print(f"Application '{app['metadata']['name']}' updated successfully")

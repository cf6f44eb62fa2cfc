"""Calls that several commands of ``plumb app`` make."""

from typing import TYPE_CHECKING, Any

from plumbline.cli.flags import Flags
from plumbline.cli.spec.words import app_ref, cleaned
from plumbline.core import errors

if TYPE_CHECKING:
    from plumbline.cli.connection import Connection

__all__ = ["SERVICE", "get", "managed", "named_or_selected", "ref_of", "tree", "update_spec", "url"]

SERVICE = "application.ApplicationService"

_Tree = dict[str, Any]


def get(api: "Connection", ref: _Tree, refresh: str = "", project: str = "") -> _Tree:
    """Return an application, after a refresh if one is named."""
    request = {**ref, **cleaned({"refresh": refresh, "projects": [project] if project else []})}
    found: _Tree = api.call(f"{SERVICE}/Get", request)
    return found


def tree(api: "Connection", ref: _Tree) -> _Tree:
    """Return the resource tree of an application."""
    found: _Tree = api.call(f"{SERVICE}/ResourceTree", _resources(ref))
    return found


def managed(api: "Connection", ref: _Tree) -> list[_Tree]:
    """Return desired and live states of an application's resources."""
    answer = api.call(f"{SERVICE}/ManagedResources", _resources(ref))
    items: list[_Tree] = answer.get("items") or []
    return items


def _resources(ref: _Tree) -> _Tree:
    return {("applicationName" if key == "name" else key): value for key, value in ref.items()}


def ref_of(app: _Tree) -> _Tree:
    """Return the members that name an application that was read."""
    metadata = app["metadata"]
    return cleaned({"name": metadata["name"], "appNamespace": metadata.get("namespace")})


def url(api: "Connection", app: _Tree) -> str:
    """Return the address of an application's page."""
    server = api.server
    address = server.address.removesuffix(":443")
    scheme = "http" if server.plaintext else "https"
    root = server.root_path.strip("/")
    metadata = app["metadata"]
    names = [address, root, "applications", metadata.get("namespace"), metadata["name"]]
    return f"{scheme}://" + "/".join(name for name in names if name)


def update_spec(api: "Connection", ref: _Tree, spec: _Tree, *, validate: bool) -> None:
    """Write a changed spec."""
    api.call(f"{SERVICE}/UpdateSpec", {**ref, "spec": spec, "validate": validate})


def named_or_selected(api: "Connection", flags: Flags, *, projects: list[str]) -> list[_Tree]:
    """Return the references of applications named on the line, or found by selector and project.

    Raises:
        errors.InvalidArgument: nothing chooses applications.
        errors.NotFound: the selector chooses none.
    """
    names, selector = flags.arguments("appname"), flags.text("selector")
    namespace = flags.text("app-namespace")
    if names and (selector or projects):
        raise errors.InvalidArgument("give names, or a selector, not both")
    if names:
        return [app_ref(name, namespace) for name in names]
    if not selector and not projects:
        raise errors.InvalidArgument("name an application, or choose some by --selector")
    query = cleaned({"selector": selector, "projects": projects, "appNamespace": namespace})
    found = api.call(f"{SERVICE}/List", query).get("items") or []
    if not found:
        raise errors.NotFound("no application matches")
    return [ref_of(app) for app in found]

"""Calls that the commands of ``plumb proj`` share."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from plumbline.cli.state import State

if TYPE_CHECKING:
    from plumbline.cli.connection import Connection

__all__ = ["SERVICE", "change", "get"]

SERVICE = "project.ProjectService"

_Tree = dict[str, Any]


def get(api: "Connection", name: str) -> _Tree:
    """Return a project."""
    found: _Tree = api.call(f"{SERVICE}/Get", {"name": name})
    return found


def change(state: State, name: str, changed: Callable[[_Tree], None]) -> None:
    """Read a project, change its spec, and write it.

    Its resourceVersion goes along, so that a change made meanwhile is not lost.
    """
    api = state.connect()
    project = get(api, name)
    changed(project.setdefault("spec", {}))
    api.call(f"{SERVICE}/Update", {"project": project})

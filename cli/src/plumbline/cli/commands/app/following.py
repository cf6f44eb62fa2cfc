"""Following an application until it is where somebody wants it.

Used by ``sync``, ``rollback``, ``wait`` and ``delete --wait``. A watch that breaks is opened again
until the time is over; each change of a resource is one line.
"""

import dataclasses
import datetime as dt
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TextIO

from plumbline.cli.commands.app import calls
from plumbline.cli.printing import application as shown
from plumbline.cli.printing.table import safe
from plumbline.cli.spec.resources import Choice
from plumbline.core import errors

if TYPE_CHECKING:
    from plumbline.cli.connection import Connection

__all__ = ["Goal", "follow", "name_of", "operated"]

_Tree = dict[str, Any]
_Reached = Callable[[_Tree, _Tree | None], bool]

_FOREVER: Final = 86_400.0
_STREAM: Final = 60.0
"""How long one stream is read: a connection that died silently is noticed then."""
_GLANCE: Final = 5.0
"""How long to watch for a deletion before looking whether it was missed."""
_PAUSES: Final = (0.1, 0.2, 0.5, 1.0, 2.0)
_ENDED: Final = ("Succeeded", "Failed", "Error")
_LINE: Final = "{:<25} {:<14} {:<22} {:<20} {:<28} {:<12} {:<12} {:<9} {}"


def name_of(ref: _Tree) -> str:
    """Return NAME or NAMESPACE/NAME."""
    namespace = ref.get("appNamespace")
    return f"{namespace}/{ref['name']}" if namespace else str(ref["name"])


@dataclasses.dataclass(frozen=True)
class Goal:
    """What ``app wait`` waits for."""

    sync: bool = False
    health: bool = False
    suspended: bool = False
    degraded: bool = False
    operation: bool = False
    delete: bool = False
    hydrated: bool = False
    choices: tuple[Choice, ...] = ()

    def reached(self, app: _Tree, nodes: _Tree | None) -> bool:
        """Whether an application is there; deletion is for the watch to see."""
        if self.delete:
            return False
        status = app.get("status") or {}
        if self.operation and in_progress(app):
            return False
        if _refresh_due(status):
            return False
        hydration = (status.get("sourceHydrator") or {}).get("currentOperation") or {}
        if self.hydrated and hydration.get("phase") != "Hydrated":
            return False
        if self.choices:
            states = [
                s for s in shown.states(app, nodes) if any(c.matches(s) for c in self.choices)
            ]
            return bool(states) and all(self._fits(s["status"], s["health"]) for s in states)
        sync = (status.get("sync") or {}).get("status", "")
        return self._fits(sync, (status.get("health") or {}).get("status", ""))

    def _fits(self, sync: str, health: str) -> bool:
        wanted = {
            word
            for word, chosen in (
                ("Healthy", self.health),
                ("Suspended", self.suspended),
                ("Degraded", self.degraded),
            )
            if chosen
        }
        # A resource whose kind has no health check counts as healthy.
        healthy = not wanted or health in wanted or (bool(self.choices) and not health)
        return healthy and (not self.sync or sync == "Synced")


def in_progress(app: _Tree) -> bool:
    """Whether an operation is asked for or runs."""
    state = (app.get("status") or {}).get("operationState") or {}
    return bool(app.get("operation")) or state.get("phase") in ("Running", "Terminating")


def _refresh_due(status: _Tree) -> bool:
    """Whether the status is older than the end of the last operation."""
    state = status.get("operationState") or {}
    finished = state.get("finishedAt")
    dry = ((state.get("operation") or {}).get("sync") or {}).get("dryRun")
    if not finished or dry:
        return False
    reconciled = status.get("reconciledAt")
    return not reconciled or _time(reconciled) < _time(finished)


def _time(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def operated(asked: _Tree) -> _Reached:
    """Return the condition that the operation which an answer shows has ended, and shows."""
    version = _version(asked)

    def ended(app: _Tree, _: _Tree | None) -> bool:
        status = app.get("status") or {}
        state = status.get("operationState") or {}
        over = state.get("phase") in _ENDED and bool(state.get("finishedAt"))
        newer = _version(app) > version and not app.get("operation")
        return newer and over and not _refresh_due(status)

    return ended


def _version(app: _Tree) -> int:
    text = str(app["metadata"].get("resourceVersion") or "0")
    return int(text) if text.isdigit() else 0


def follow(
    api: "Connection",
    ref: _Tree,
    reached: _Reached,
    *,
    goal: Goal | None = None,
    project: str = "",
    timeout: int = 0,
    out: TextIO | None = None,
) -> _Tree | None:
    """Follow an application until a condition holds.

    Args:
        api: the connection.
        ref: the application.
        reached: the condition, on the application and its resource tree.
        goal: says whether deletion is waited for, and whether the tree is needed.
        project: the application's, where it may be gone already; else it is asked for.
        timeout: seconds; 0 waits for ever.
        out: where changes of resources are told; nowhere by default.

    Returns:
        The application as it was when the condition held; None when it is gone.

    Raises:
        errors.DeadlineExceeded: the time is over.
        errors.NotFound: it was deleted while something else was waited for.
    """
    goal = goal or Goal()
    deadline = time.monotonic() + (float(timeout) or _FOREVER)
    # Named with its project, an application that is gone is NotFound and not PermissionDenied.
    project = project or calls.get(api, ref)["spec"].get("project", "")
    progress = _Progress(out)
    failures = 0
    while True:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise errors.DeadlineExceeded(
                f'timed out ({timeout}s) waiting for app "{name_of(ref)}" match desired state'
            )
        if goal.delete and _is_gone(api, ref, project):
            return None
        try:
            for event in _events(api, ref, min(remaining, _GLANCE if goal.delete else _STREAM)):
                failures = 0
                app: _Tree = event["application"]
                if event.get("type") == "DELETED":
                    if goal.delete:
                        return None
                    raise errors.NotFound(f"application '{name_of(ref)}' was deleted")
                nodes = calls.tree(api, ref) if goal.choices else None
                progress.tell(app, nodes)
                if reached(app, nodes):
                    return app
        except errors.DeadlineExceeded:
            continue
        except errors.Unavailable:
            failures += 1
        pause = _PAUSES[min(failures, len(_PAUSES) - 1)]
        time.sleep(max(0.0, min(pause, deadline - time.monotonic())))


def _events(api: "Connection", ref: _Tree, seconds: float) -> Any:
    return api.stream(f"{calls.SERVICE}/Watch", ref, seconds=seconds)


def _is_gone(api: "Connection", ref: _Tree, project: str) -> bool:
    try:
        calls.get(api, ref, project=project)
    except errors.NotFound:
        return True
    return False


class _Progress:
    """Tells changes of resources."""

    def __init__(self, out: TextIO | None) -> None:
        self._out = out
        self._known: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._headed = False

    def tell(self, app: _Tree, nodes: _Tree | None) -> None:
        """Write a line for each resource that changed since the last call."""
        if self._out is None:
            return
        for state in shown.states(app, nodes):
            now = tuple(str(state[c] or "") for c in ("status", "health", "hook", "message"))
            key = shown.key_of(state)
            if self._known.get(key) != now:
                self._known[key] = now
                self._line(*key, *now)

    def _line(self, *cells: str) -> None:
        if not self._headed:
            self._headed = True
            heads = ("GROUP", "KIND", "NAMESPACE", "NAME", "STATUS", "HEALTH", "HOOK", "MESSAGE")
            print(_LINE.format("TIMESTAMP", *heads), file=self._out)
        stamp = dt.datetime.now(dt.UTC).astimezone().isoformat(timespec="seconds")
        line = _LINE.format(stamp, *(safe(c) for c in cells)).rstrip()
        print(line, file=self._out, flush=True)

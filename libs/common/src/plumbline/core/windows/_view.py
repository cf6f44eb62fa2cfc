"""What the API shows of windows."""

import dataclasses

from plumbline.core import errors
from plumbline.core.model import Project, SyncWindow
from plumbline.core.windows import _decide, _window

__all__ = ["View", "application_view", "project_view"]


@dataclasses.dataclass(frozen=True, slots=True)
class View:
    """The answer of ApplicationService.GetApplicationSyncWindows."""

    active: tuple[SyncWindow, ...]
    assigned: tuple[SyncWindow, ...]
    can_sync: bool
    """Whether a user may sync now."""


def project_view(project: Project, now: float) -> tuple[SyncWindow, ...]:
    """Return the windows that are open (ProjectService.GetSyncWindowsState).

    Raises:
        errors.InvalidArgument: a window cannot be read.
    """
    return tuple(w for w in project.spec.sync_windows if _window.active(w, now))


def application_view(assigned: tuple[SyncWindow, ...], now: float) -> View:
    """Return the state of the windows that concern an application (of :func:`matching`).

    Raises:
        errors.InvalidArgument: a window cannot be read.
    """
    decision = _decide.decide(assigned, now, manual=True)
    if decision.error:
        raise errors.InvalidArgument(decision.reason)
    opened = tuple(w for w in assigned if _window.active(w, now))
    return View(opened, assigned, decision.allowed)

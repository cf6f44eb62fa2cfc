"""The checks of a project's windows before it is stored; texts: behaviour.md section 8."""

from collections.abc import Hashable, Iterable
from typing import Final

from plumbline.core import errors
from plumbline.core.model import SyncWindow
from plumbline.core.windows import _window

__all__ = ["identity", "validate"]

_DESCRIPTION: Final = 255  # characters


def identity(window: SyncWindow) -> Hashable:
    """Return what makes two windows the same: all but manualSync, syncOverrun and description."""
    return (
        window.kind,
        window.schedule,
        window.duration,
        tuple(window.applications),
        tuple(window.namespaces),
        tuple(window.clusters),
        window.time_zone,
        window.and_operator,
    )


def validate(windows: Iterable[SyncWindow]) -> None:
    """Refuse windows that cannot be read, and the same window twice.

    Raises:
        errors.InvalidArgument: the first problem.
    """
    seen: set[Hashable] = set()
    for window in windows:
        _window.check_kind(window)
        _window.schedule(window)
        _window.duration(window)
        if len(window.description) > _DESCRIPTION:
            raise errors.InvalidArgument(
                f"description of {len(window.description)} characters, at most {_DESCRIPTION}"
            )
        key = identity(window)
        if key in seen:
            raise errors.InvalidArgument(
                f"window '{window.kind}':'{window.schedule}':'{window.duration}' already exists,"
                " update or edit"
            )
        seen.add(key)

"""argocd-cm as the controller acts by it, and what a change of it means for the parts.

Called by ``wiring`` when the ConfigMap changes. A change of the tracking marks assigns every live
object anew; a change of the exclusions starts or stops watches; every change has all applications
looked at again. A value that cannot be read is logged, and its default is in force; of the
global projects it is the last that could be read.
"""

import dataclasses
from collections.abc import Callable, Mapping

import structlog

from plumbline.core import settings

__all__ = ["LiveSettings"]

log = structlog.get_logger()


class LiveSettings:
    """The settings in force."""

    def __init__(self, on_change: Callable[[settings.Settings, settings.Settings], None]) -> None:
        """Begin with the defaults.

        Args:
            on_change: called with the settings before and after a change.
        """
        self._on_change = on_change
        self.current = settings.Settings()

    def take(self, data: Mapping[str, str]) -> None:
        """Take the data of argocd-cm as it is now."""
        found, problems = settings.read(data)
        for problem in problems:
            log.error("setting cannot be read, its default is in force", problem=problem)
        unknown = settings.unknown_keys(data)
        if unknown:
            log.warning("argocd-cm holds keys that mean nothing", keys=unknown)
        before = self.current
        if found.global_projects is None:
            # What projects inherit takes rights away too: the last that could be read stays.
            found = dataclasses.replace(found, global_projects=before.global_projects)
        if found != before:
            self.current = found
            log.info("settings changed")
            self._on_change(before, found)

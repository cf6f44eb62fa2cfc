"""Sync windows: when an application may be synced.

Used by the controller before an operation and while one runs, and by the api-server for its views
and for refusals. Rules and texts: behaviour.md section 8. ``now`` comes in as seconds of the wall
clock; schedules and time zones are values parsed from the project. A window that cannot be read
blocks, because it may be a deny.
"""

from plumbline.core.windows._decide import Decision, decide
from plumbline.core.windows._match import matching
from plumbline.core.windows._schedule import Schedule, parse_schedule
from plumbline.core.windows._validate import identity, validate
from plumbline.core.windows._view import View, application_view, project_view
from plumbline.core.windows._window import active

__all__ = [
    "Decision",
    "Schedule",
    "View",
    "active",
    "application_view",
    "decide",
    "identity",
    "matching",
    "parse_schedule",
    "project_view",
    "validate",
]

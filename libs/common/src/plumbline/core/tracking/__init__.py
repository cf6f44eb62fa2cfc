"""Tracking: the marks by which a live object is known to belong to an application.

Used by the controller (set on rendered objects, read on live ones), the repo-server's callers and
``core.diff``'s callers. Three methods: annotation (default), label, annotation and label. Formats:
config.md, section 9. Pure text work; deciding what to prune is not done here.
"""

from plumbline.core.tracking.ids import TrackingId, format_id, parse_id
from plumbline.core.tracking.marks import (
    INSTALLATION_ID,
    TRACKING_ID,
    Method,
    Tracking,
    is_self_reference,
    owner_app,
    set_tracking,
)

__all__ = [
    "INSTALLATION_ID",
    "TRACKING_ID",
    "Method",
    "Tracking",
    "TrackingId",
    "format_id",
    "is_self_reference",
    "owner_app",
    "parse_id",
    "set_tracking",
]

"""Operations that users ask for: whether they may start now, and what the controller is told.

Used by the api-server's Sync and Rollback. Rules: behaviour.md sections 2, 7 and "Event texts".
Permission and sync windows are asked elsewhere; the controller decides again before it acts.
"""

from plumbline.core.operation._build import (
    IN_PROGRESS,
    SyncRequest,
    check_idle,
    is_automated,
    other_revision,
    revisions_of,
    rollback,
    sync,
    told,
)

__all__ = [
    "IN_PROGRESS",
    "SyncRequest",
    "check_idle",
    "is_automated",
    "other_revision",
    "revisions_of",
    "rollback",
    "sync",
    "told",
]

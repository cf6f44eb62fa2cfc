"""From comparisons to the status of an application, and whether it syncs itself.

Used by the controller after it has observed. Rules: behaviour.md sections 1, 4, 5 and 7. The status
is built as the JSON tree that is written; :func:`status_patch` is the smallest merge patch that
brings the stored status there, or nothing.
"""

from plumbline.core.verdict._autosync import Attempt, Decision, HealPolicy, decide
from plumbline.core.verdict._status import (
    Compared,
    Verdict,
    append_history,
    judge,
    merge_conditions,
    rows,
    status_patch,
    summary,
)

__all__ = [
    "Attempt",
    "Compared",
    "Decision",
    "HealPolicy",
    "Verdict",
    "append_history",
    "decide",
    "judge",
    "merge_conditions",
    "rows",
    "status_patch",
    "summary",
]

"""A sync in progress and its result rows, as the executor and the status share them.

Made by ``operations``, carried on by ``executor``, shown by ``statustree``. What a restart needs to
go on is in the rows: they are written before a step that must not be repeated, and read back by
:func:`restored` (architecture.md, rule 6).
"""

import dataclasses
import datetime as dt
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

from plumbline.core import diff, sync, tree
from plumbline.core.model import Project, ResourceKey, gvk_of

__all__ = ["Journal", "Row", "RunningSync", "TaskId", "restored", "row_of", "seconds_of", "shown"]

Row = dict[str, Any]
TaskId = tuple[str, ResourceKey]
Journal = Callable[[], Awaitable[None]]
"""Writes the state of the operation; returns when it is stored."""

_FIRST_PHASE: Final = {"Synced": "Running", "SyncFailed": "Failed"}


@dataclasses.dataclass
class RunningSync:
    """A sync in progress: the plan, pinned to commits, and how far it is."""

    operation: dict[str, Any]
    app: str
    uid: str
    namespace: str
    project: Project
    started: float
    """Seconds since the epoch."""
    started_at: str
    automated: bool = False
    heals: int = 0

    plan: sync.Plan | None = None
    options: sync.Options = sync.Options()  # noqa: RUF009 -- frozen and without state
    revisions: tuple[str, ...] = ()
    sources: dict[str, Any] = dataclasses.field(default_factory=dict)
    """``source`` or ``sources``, as they are recorded."""
    namespace_metadata: dict[str, Any] = dataclasses.field(default_factory=dict)
    ignore: tuple[diff.IgnoreRule, ...] = ()
    """Fields whose live values are kept (RespectIgnoreDifferences)."""
    migrated_managers: frozenset[str] = frozenset()
    """Whose client-side applies become server-side ones, beside the usual."""
    force: bool = False
    dry_run: bool = False
    selective: bool = False
    local: bool = False

    announced: bool = False
    checked: bool = False
    terminating: str = ""
    """Why it is being terminated, if it is: the text of its end."""
    approved_at: float = 0.0
    """When the user confirmed deletions, seconds since the epoch."""
    retries: int = 0
    retry_at: float = 0.0
    permanent: bool = False
    """Whether trying again cannot help."""
    position: int = 0
    applied: bool = False
    not_before: float = 0.0
    """Moment of the boot-time clock before which the next wave does not begin."""
    journaled_at: float = 0.0
    failure: str = ""
    """Why it failed, while the SyncFail hooks run."""
    rows: dict[TaskId, Row] = dataclasses.field(default_factory=dict)
    phase: str = "Running"
    message: str = ""
    finished_at: str = ""

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.phase in ("Succeeded", "Failed", "Error")

    @property
    def waves(self) -> tuple[sync.Wave, ...]:
        """The waves in progress: the plan's, or after a failure those of the SyncFail hooks."""
        if self.plan is None:
            return ()
        return self.plan.on_failure if self.failure else self.plan.waves

    @property
    def hook_run(self) -> sync.HookRun:
        """What marks the hooks of this attempt."""
        revision = next((r for r in self.revisions if r), "")
        return sync.HookRun(self.uid, revision, int(self.started), self.retries)

    def done(self, task: sync.Task) -> bool:
        """Whether a task was carried out, with whatever result."""
        return "status" in self.rows.get(task.id, ())

    def hook_phase(self, task: sync.Task) -> str:
        """The phase of a task's row; empty before it began."""
        return str(self.rows.get(task.id, {}).get("hookPhase", ""))

    def begin_again(self) -> None:
        """Forget what an attempt did, before the next one."""
        self.plan, self.checked = None, False
        self.position, self.applied, self.not_before = 0, False, 0.0
        self.failure, self.finished_at = "", ""
        self.rows = {}


def shown(key: ResourceKey) -> str:
    """Return the name of an object in kubectl's output."""
    kind = key.kind.lower() + (f".{key.group}" if key.group else "")
    return f"{kind}/{key.name}"


def row_of(task: sync.Task, status: str, message: str, *, version: str = "") -> Row:
    """Return the result row of a task; without a status, the note that it is about to begin."""
    key = task.key
    row: Row = {
        "group": key.group,
        "version": gvk_of(task.manifest).version if task.manifest else version,
        "kind": key.kind,
        "namespace": key.namespace,
        "name": key.name,
        "message": message,
        "hookPhase": _FIRST_PHASE.get(status, "Succeeded") if status else "Running",
        "syncPhase": task.phase,
    }
    if status:
        row["status"] = status
    if task.hook:
        row["hookType"] = task.phase
    images = tree.images_of(task.manifest) if task.manifest else []
    if images:
        row["images"] = images
    return row


def restored(rows: Iterable[Row]) -> dict[TaskId, Row]:
    """Return recorded rows by task."""
    found = {}
    for row in rows:
        key = ResourceKey(*(str(row.get(n) or "") for n in ("group", "kind", "namespace", "name")))
        found[(str(row.get("syncPhase") or "Sync"), key)] = dict(row)
    return found


def seconds_of(text: str | None) -> float:
    """Return an RFC 3339 time as seconds since the epoch; 0 where there is none."""
    try:
        return dt.datetime.fromisoformat(text).timestamp() if text else 0.0
    except ValueError:
        return 0.0

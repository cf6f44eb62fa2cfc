"""The status of an application as it should be after a pass, as the JSON tree that is written.

Called by the reconciler at the end of a pass. Parts come from ``core.verdict``; this module knows
which field they go into (contract: the CRD table, ``status``).
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

from plumbline.app_controller.application.reporting import timestamp
from plumbline.app_controller.application.targets import TargetState
from plumbline.core import sync, verdict

if TYPE_CHECKING:
    from plumbline.app_controller.application.clusterpool import ClusterHandle
    from plumbline.app_controller.application.running import RunningSync, TaskId
    from plumbline.app_controller.application.store import Stored
    from plumbline.core.model import Application, Project, ResourceKey, SyncWindow

__all__ = ["Pass", "build_status", "operation_state", "sources_of"]

_NOT_KEPT: Final = "# not kept after the sync"
_EVALUATED: Final = frozenset(
    {
        "ComparisonError",
        "DeletionError",
        "ExcludedResourceWarning",
        "InvalidSpecError",
        "PlaintextSecretWarning",
        "RepeatedResourceWarning",
        "SharedResourceWarning",
        "SyncError",
    }
)


@dataclasses.dataclass
class Pass:
    """What one pass has found out so far."""

    stored: Stored
    app: Application
    handle: ClusterHandle
    rules: Project
    refreshed: bool
    time: float
    namespace: str
    target: TargetState = dataclasses.field(default_factory=TargetState)
    compared: dict[ResourceKey, verdict.Compared] = dataclasses.field(default_factory=dict)
    verdict: verdict.Verdict | None = None
    namespace_metadata: dict[str, Any] = dataclasses.field(default_factory=dict)
    """managedNamespaceMetadata in force."""
    namespace_applied: dict[str, Any] | None = None
    """What this pass applied of it."""
    shared: tuple[str, ...] = ()
    """Messages about objects that other applications track too."""
    windows: tuple[SyncWindow, ...] = ()
    """The project's sync windows that concern the application."""
    sync_error: str = ""
    operation_done: bool = False

    @property
    def namespace_changed(self) -> bool:
        """Whether managedNamespaceMetadata is another than the last sync applied."""
        applied = self.namespace_applied
        if applied is None:
            state = (self.stored.raw.get("status") or {}).get("operationState") or {}
            applied = (state.get("syncResult") or {}).get("managedNamespaceMetadata") or {}
        return bool(self.namespace_metadata) and self.namespace_metadata != applied


def build_status(now: Pass, running: RunningSync | None) -> dict[str, Any]:
    """Return the whole status after a pass."""
    before: dict[str, Any] = now.stored.raw.get("status") or {}
    status = dict(before)
    when = timestamp(now.time)
    found = list(now.target.conditions)
    if now.sync_error:
        found.append(("SyncError", now.sync_error))
    found += [("SharedResourceWarning", message) for message in now.shared]
    status["conditions"] = verdict.merge_conditions(
        now.app.status.conditions, found, evaluated=_EVALUATED, now=when
    )
    if not status["conditions"]:
        del status["conditions"]
    if now.verdict is None:
        status["sync"] = {**(before.get("sync") or {}), "status": "Unknown"}
        if not (before.get("health") or {}).get("status"):
            status["health"] = {"status": "Unknown"}
    else:
        _judged(status, now, now.verdict, when)
    if running is not None:
        _operated(status, now, running, when)
    return status


def _judged(status: dict[str, Any], now: Pass, judged: verdict.Verdict, when: str) -> None:
    before = status.get("health") or {}
    health = {"status": judged.health.status, "message": judged.health.message}
    health = {k: v for k, v in health.items() if v}
    unchanged = before.get("status") == health["status"]
    health["lastTransitionTime"] = before.get("lastTransitionTime", when) if unchanged else when
    status["health"] = health
    status["sync"] = {"status": judged.sync, **_revisions(now), "comparedTo": _compared_to(now)}
    status["resources"] = verdict.rows(now.compared)
    status["resourceHealthSource"] = "appTree"
    status["summary"] = verdict.summary(c.live for c in now.compared.values() if c.live)
    status["controllerNamespace"] = now.namespace
    types = now.target.source_types
    if now.app.spec.sources:
        status["sourceTypes"] = list(types)
        status.pop("sourceType", None)
    else:
        status["sourceType"] = types[0] if types else ""
        status.pop("sourceTypes", None)
    for name in [n for n in ("resources", "summary") if not status[n]]:
        del status[name]


def _revisions(now: Pass) -> dict[str, Any]:
    if now.app.spec.sources:
        return {"revisions": list(now.target.revisions)}
    return {"revision": now.target.revisions[0] if now.target.revisions else ""}


def sources_of(now: Pass) -> dict[str, Any]:
    """Return ``source`` or ``sources`` of the specification, as they are recorded."""
    spec = now.stored.raw.get("spec") or {}
    name = "sources" if now.app.spec.sources else "source"
    return {name: spec[name]} if spec.get(name) else {}


def _compared_to(now: Pass) -> dict[str, Any]:
    spec = now.stored.raw.get("spec") or {}
    compared = {"destination": spec.get("destination") or {}, **sources_of(now)}
    if spec.get("ignoreDifferences"):
        compared["ignoreDifferences"] = spec["ignoreDifferences"]
    return compared


def operation_state(running: RunningSync, when: str) -> dict[str, Any]:
    """Return status.operationState of an operation in progress or just finished."""
    several = "sources" in running.sources
    revisions = list(running.revisions)
    result: dict[str, Any] = {"revision": "" if several or not revisions else revisions[0]}
    if several:
        result["revisions"] = revisions
    result |= {k: v for k, v in running.sources.items() if v}
    if running.namespace_metadata and running.checked:  # it was applied
        result["managedNamespaceMetadata"] = running.namespace_metadata
    rows = [running.rows[k] for k in sorted(running.rows, key=_order)]
    if rows:
        result["resources"] = rows
    state: dict[str, Any] = {
        "operation": running.operation,
        "phase": running.phase,
        "message": running.message,
        "startedAt": running.started_at,
        "syncResult": result,
    }
    if running.retries:
        state["retryCount"] = running.retries
    asked = running.operation.get("sync")
    if running.finished and isinstance(asked, dict) and asked.get("manifests"):
        # They may hold Secrets; that there were some still tells what kind of sync it was.
        state["operation"] = {**running.operation, "sync": {**asked, "manifests": [_NOT_KEPT]}}
    if running.finished or running.finished_at:
        state["finishedAt"] = when if running.finished else running.finished_at
    return state


def _order(task: TaskId) -> tuple[int, ResourceKey]:
    phase, key = task
    return (sync.PHASES.index(phase) if phase in sync.PHASES else 0, key)


def _operated(status: dict[str, Any], now: Pass, running: RunningSync, when: str) -> None:
    status["operationState"] = operation_state(running, when)
    # A local sync has no revision to go back to, a partial one is none of the whole.
    if running.phase == "Succeeded" and not (running.selective or running.dry_run or running.local):
        several = "sources" in running.sources
        revisions = list(running.revisions)
        entry = {
            "revision": "" if several or not revisions else revisions[0],
            **({"revisions": revisions} if several else {}),
            **{k: v for k, v in running.sources.items() if v},
            "deployedAt": when,
            "deployStartedAt": running.started_at,
            "initiatedBy": running.operation.get("initiatedBy") or {},
        }
        status["history"] = verdict.append_history(
            list(status.get("history") or []),
            entry,
            limit=now.app.spec.revision_history_limit,
        )

"""The status of an application as it should be after a pass, as the JSON tree that is written.

Called by the reconciler at the end of a pass. Parts come from ``core.verdict``; this module knows
which field they go into (contract: the CRD table, ``status``).
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

from plumbline.app_controller.application.reporting import timestamp
from plumbline.app_controller.application.targets import TargetState
from plumbline.core import verdict

if TYPE_CHECKING:
    from plumbline.app_controller.application.clusterpool import ClusterHandle
    from plumbline.app_controller.application.executor import RunningSync
    from plumbline.app_controller.application.store import Stored
    from plumbline.core.model import Application, Project, ResourceKey

__all__ = ["Pass", "build_status", "operation_state"]

_EVALUATED: Final = frozenset(
    {
        "ComparisonError",
        "DeletionError",
        "ExcludedResourceWarning",
        "InvalidSpecError",
        "RepeatedResourceWarning",
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
    sync_error: str = ""
    operation_done: bool = False


def build_status(now: Pass, running: RunningSync | None) -> dict[str, Any]:
    """Return the whole status after a pass."""
    before: dict[str, Any] = now.stored.raw.get("status") or {}
    status = dict(before)
    when = timestamp(now.time)
    found = list(now.target.conditions)
    if now.sync_error:
        found.append(("SyncError", now.sync_error))
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


def _sources(now: Pass) -> dict[str, Any]:
    spec = now.stored.raw.get("spec") or {}
    name = "sources" if now.app.spec.sources else "source"
    return {name: spec[name]} if spec.get(name) else {}


def _compared_to(now: Pass) -> dict[str, Any]:
    spec = now.stored.raw.get("spec") or {}
    compared = {"destination": spec.get("destination") or {}, **_sources(now)}
    if spec.get("ignoreDifferences"):
        compared["ignoreDifferences"] = spec["ignoreDifferences"]
    return compared


def operation_state(running: RunningSync, now: Pass, when: str) -> dict[str, Any]:
    """Return status.operationState of an operation in progress or just finished."""
    several = bool(now.app.spec.sources)
    revisions = list(running.revisions)
    result: dict[str, Any] = {"revision": "" if several or not revisions else revisions[0]}
    if several:
        result["revisions"] = revisions
    result |= _sources(now)
    rows = [running.results[k] for k in sorted(running.results)]
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
    if running.finished:
        state["finishedAt"] = when
    return state


def _operated(status: dict[str, Any], now: Pass, running: RunningSync, when: str) -> None:
    status["operationState"] = operation_state(running, now, when)
    if running.phase == "Succeeded" and not running.selective:
        entry = {
            **_revisions(now),
            **_sources(now),
            "deployedAt": when,
            "deployStartedAt": running.started_at,
            "initiatedBy": running.operation.get("initiatedBy") or {},
        }
        entry.setdefault("revision", "")
        status["history"] = verdict.append_history(
            list(status.get("history") or []),
            entry,
            limit=now.app.spec.revision_history_limit,
        )

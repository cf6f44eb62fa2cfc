"""The syncs in progress, one per application at most: where they come from and how they end.

Called by the reconciler. A sync comes from the Application's ``operation`` (a user's request) or
from ``core.verdict.decide`` (automated). It is kept in memory while it waits; the recorded state in
the Application is enough to begin it again after a restart, because every write in it can be
repeated (behaviour.md section 7).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import structlog

from plumbline.app_controller.application.executor import RunningSync
from plumbline.app_controller.application.reporting import timestamp
from plumbline.core import errors, model, pattern, sync, verdict

if TYPE_CHECKING:
    from plumbline.app_controller.application.desired import AppKey
    from plumbline.app_controller.application.statustree import Pass

__all__ = ["Operations"]

log = structlog.get_logger()

_DEFAULT_RETRIES: Final = 5
_BACKOFF: Final = (5.0, 2, 180.0)  # seconds, factor, cap (behaviour.md section 7)


class Operations:
    """Syncs in progress and the last attempt of each application."""

    def __init__(self, *, namespace: str, self_heal_timeout: float) -> None:
        self._namespace = namespace
        self._self_heal_timeout = self_heal_timeout
        self._running: dict[AppKey, RunningSync] = {}
        self._attempts: dict[AppKey, verdict.Attempt] = {}

    def current(self, key: AppKey) -> RunningSync | None:
        """Return the sync in progress, or the one that finished in this pass."""
        return self._running.get(key)

    def forget(self, key: AppKey) -> None:
        """Drop an application."""
        self._running.pop(key, None)
        self._attempts.pop(key, None)

    def supersede(self, now: Pass) -> None:
        """Drop an automated sync of a commit that Git has moved on from.

        A sync that waits for objects that will never be well must not keep its repair waiting.
        """
        running = self._running.get(now.stored.key)
        if running is None or not running.automated or not now.target.complete:
            return
        if running.revisions != now.target.revisions:
            log.info("sync superseded", app=now.app.qualified_name, message=running.message)
            del self._running[now.stored.key]

    def settle(self, key: AppKey) -> None:
        """Take note that the end of a sync has been written."""
        running = self._running.get(key)
        if running is not None and running.finished:
            del self._running[key]

    def start(self, now: Pass) -> tuple[RunningSync | None, float | None]:
        """Begin the sync that is asked for, or an automated one.

        Returns:
            The sync, and seconds after which to decide again if there is none now.
        """
        requested = now.stored.raw.get("operation")
        if requested is not None:
            return self._begin(now, requested, automated=False), None
        if now.verdict is None or now.verdict.sync != "OutOfSync":
            return None, None
        decision = verdict.decide(
            now.app,
            now.compared,
            revisions=now.target.revisions,
            key=now.target.attempt_key,
            last=self._last(now),
            now=now.time,
            self_heal_timeout=self._self_heal_timeout,
        )
        now.sync_error = decision.condition
        if not decision.sync:
            log.debug("no automated sync", app=now.app.qualified_name, reason=decision.reason)
            return None, decision.after
        automated = now.app.spec.sync_policy.automated if now.app.spec.sync_policy else None
        operation: dict[str, Any] = {
            "sync": {
                "revision": now.target.revisions[0] if not now.app.spec.sources else "",
                "prune": bool(automated and automated.prune),
            },
            "initiatedBy": {"automated": True},
            "retry": {"limit": self._retry(now).limit or _DEFAULT_RETRIES},
        }
        if now.app.spec.sources:
            operation["sync"]["revisions"] = list(now.target.revisions)
        if decision.resources:
            operation["sync"]["resources"] = [
                {k: v for k, v in key._asdict().items() if v} for key in decision.resources
            ]
            operation["sync"]["autoHealAttemptsCount"] = decision.heals
        return self._begin(now, operation, automated=True, heals=decision.heals), None

    def finish(self, now: Pass, running: RunningSync) -> float | None:
        """Decide whether a failed sync is tried again; remember how it ended.

        Returns:
            Seconds until the next try, if there is one.
        """
        if not running.finished:
            return None
        if running.phase == "Failed" and running.retries < self._limit(now, running):
            policy = self._retry(now).backoff or model.Backoff()
            base = pattern.parse_duration(policy.duration) if policy.duration else _BACKOFF[0]
            cap = (
                pattern.parse_duration(policy.max_duration) if policy.max_duration else _BACKOFF[2]
            )
            factor = policy.factor or _BACKOFF[1]
            wait = min(cap, base * factor ** min(running.retries, 30))
            running.retries += 1
            running.retry_at = now.time + wait
            at = dt.datetime.fromtimestamp(running.retry_at, tz=dt.UTC).strftime("%-I:%M%p")
            running.message += f". Retrying attempt #{running.retries} at {at}."
            running.phase, running.wave, running.applied = "Running", 0, False
            return float(wait)
        self._attempts[now.stored.key] = verdict.Attempt(
            key=now.target.attempt_key,
            succeeded=running.phase == "Succeeded",
            message=running.message,
            finished_at=now.time,
            heals=running.heals,
        )
        log.info(
            "sync finished",
            app=now.app.qualified_name,
            phase=running.phase,
            message=running.message,
            revision=",".join(running.revisions),
        )
        return None

    def _limit(self, now: Pass, running: RunningSync) -> int:
        limit = int((running.operation.get("retry") or {}).get("limit") or 0)
        if not running.automated and "retry" not in running.operation:
            limit = self._retry(now).limit
        return limit if limit >= 0 else 1 << 30

    def _retry(self, now: Pass) -> model.Retry:
        policy = now.app.spec.sync_policy
        return (policy.retry if policy else None) or model.Retry()

    def _begin(
        self, now: Pass, operation: dict[str, Any], *, automated: bool, heals: int = 0
    ) -> RunningSync:
        running = RunningSync(
            operation=operation,
            plan=sync.Plan(()),
            options=sync.Options(),
            revisions=now.target.revisions,
            started_at=timestamp(now.time),
            project=now.rules,
            app=now.app.qualified_name,
            namespace=now.app.spec.destination.namespace,
            automated=automated,
            heals=heals,
        )
        self._running[now.stored.key] = running
        try:
            self._plan(now, running, operation)
        except errors.PlumblineError as error:
            running.phase, running.message = "Error", error.message
        return running

    def _plan(self, now: Pass, running: RunningSync, operation: dict[str, Any]) -> None:
        asked = operation.get("sync")
        if not isinstance(asked, dict):
            raise errors.InvalidArgument("Invalid operation request: no operation specified")
        _refuse(asked, now)
        if not now.target.complete:
            found = "; ".join(m for _, m in now.target.conditions)
            raise errors.FailedPrecondition(found or "the target state is not known")
        policy = now.app.spec.sync_policy
        listed = asked.get("syncOptions") or (policy.sync_options if policy else [])
        running.options = sync.parse_options(listed)
        selected = None
        if asked.get("resources"):
            namespace = now.app.spec.destination.namespace
            selected = _selected(asked["resources"], now.compared, namespace)
            running.selective = True
        extraneous = {
            k: c.live for k, c in now.compared.items() if c.target is None and c.live is not None
        }
        running.plan = sync.plan(
            now.target.set.objects,
            extraneous,
            options=running.options,
            prune=bool(asked.get("prune")),
            selected=selected,
            unchanged=[k for k, c in now.compared.items() if c.status == "Synced"],
        )

    def _last(self, now: Pass) -> verdict.Attempt | None:
        """The last attempt: remembered, or read from the recorded operation after a restart."""
        known = self._attempts.get(now.stored.key)
        state = now.app.status.operation_state
        if known is not None or state is None or not state.finished_at:
            return known
        recorded = state.sync_result
        if state.phase not in ("Succeeded", "Failed", "Error") or recorded is None:
            return None
        revisions = tuple(recorded.revisions or [recorded.revision])
        same = revisions == now.target.revisions and (
            (recorded.source, recorded.sources) == (now.app.spec.source, now.app.spec.sources)
        )
        finished = dt.datetime.fromisoformat(state.finished_at).timestamp()
        return verdict.Attempt(
            key=now.target.attempt_key if same else "",
            succeeded=state.phase == "Succeeded",
            message=state.message,
            finished_at=finished,
            heals=state.operation.sync.auto_heal_attempts_count if state.operation.sync else 0,
        )


def _refuse(asked: dict[str, Any], now: Pass) -> None:
    """Refuse what this version would otherwise do only in part."""
    for field in ("dryRun", "manifests", "source", "sources"):
        if asked.get(field):
            raise errors.Unimplemented(f"operation.sync.{field} is not supported yet")
    strategy = asked.get("syncStrategy") or {}
    if any((strategy.get(kind) or {}).get("force") for kind in ("apply", "hook")):
        raise errors.Unimplemented("operation.sync.syncStrategy force is not supported yet")
    revision = asked.get("revision") or ""
    wanted = {"", "HEAD", *now.target.revisions}
    wanted |= {s.target_revision for s in now.app.spec.all_sources}
    if revision not in wanted:
        raise errors.Unimplemented(
            f"syncing to {revision}, which is not the target revision, is not supported yet"
        )


def _selected(
    listed: list[dict[str, Any]],
    compared: dict[model.ResourceKey, verdict.Compared],
    namespace: str,
) -> set[model.ResourceKey]:
    """The objects a selective sync names; without a namespace, the destination's or none."""
    wanted: set[model.ResourceKey] = set()
    for item in listed:
        parts = [str(item.get(p, "")) for p in ("group", "kind", "namespace", "name")]
        key = model.ResourceKey(*parts)
        options = [key] if key.namespace else [key, key._replace(namespace=namespace)]
        wanted.update(k for k in options if k in compared)
    if not wanted:
        raise errors.NotFound("none of the selected resources belongs to the application")
    return wanted

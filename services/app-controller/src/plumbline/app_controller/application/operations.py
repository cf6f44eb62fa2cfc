"""The syncs in progress, one per application at most: where they come from and how they end.

Called by the reconciler. A sync comes from the Application's ``operation`` (a user's request), from
``core.verdict.decide`` (automated), or from the recorded state of one that a stopped controller had
begun: what was journaled is not done again (behaviour.md section 7; architecture.md, rule 6).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import structlog

from plumbline.app_controller.application.planning import identity_of
from plumbline.app_controller.application.reporting import timestamp
from plumbline.app_controller.application.running import RunningSync, restored, seconds_of
from plumbline.app_controller.application.statustree import sources_of
from plumbline.core import errors, pattern, verdict, windows

if TYPE_CHECKING:
    from collections.abc import Callable

    from plumbline.app_controller.application.desired import AppKey
    from plumbline.app_controller.application.statustree import Pass
    from plumbline.app_controller.application.store import Stored

__all__ = ["Operations"]

log = structlog.get_logger()

_DEFAULT_RETRIES: Final = 5
_BACKOFF: Final = (5.0, 2, 180.0)  # seconds, factor, cap (behaviour.md section 7)
_WAITS: Final = (1.0, 30 * 86400.0)  # seconds: the shortest and the longest whatever is asked for
_APPROVED: Final = "argocd.argoproj.io/deletion-approved"
_HOUR: Final = 3600.0
_TERMINATED: Final = "Operation terminated"


class Operations:
    """Syncs in progress and the last attempt of each application."""

    def __init__(
        self,
        *,
        heal: verdict.HealPolicy,
        emit: Callable[[dict[str, Any], str, str, str], None],
        sync_timeout: float = 0.0,
    ) -> None:
        """Know nothing yet.

        Args:
            heal: how long to wait between self-heals.
            emit: takes an Event: the Application, type, reason, message.
            sync_timeout: seconds an operation may take; 0 for ever.
        """
        self._heal = heal
        self._emit = emit
        self._sync_timeout = sync_timeout
        self._running: dict[AppKey, RunningSync] = {}
        self._attempts: dict[AppKey, tuple[bytes, verdict.Attempt]] = {}
        self._seen: set[AppKey] = set()

    def current(self, key: AppKey) -> RunningSync | None:
        """Return the sync in progress, or the one that finished in this pass."""
        return self._running.get(key)

    def forget(self, key: AppKey) -> None:
        """Drop an application."""
        self._running.pop(key, None)
        self._attempts.pop(key, None)
        self._seen.discard(key)

    def settle(self, key: AppKey) -> None:
        """Take note that the end of a sync has been written."""
        running = self._running.get(key)
        if running is not None and running.finished:
            del self._running[key]

    def take(self, now: Pass) -> tuple[RunningSync | None, float | None]:
        """Return the operation to work on in this pass.

        Returns:
            The sync, and seconds after which to decide again if there is none now.
        """
        key = now.stored.key
        if key not in self._seen:
            self._seen.add(key)
            self._resume(now)
        self._supersede(now)
        running = self._running.get(key)
        if running is None:
            return self._start(now)
        running.project = now.rules
        running.approved_at = seconds_of(now.app.metadata.annotations.get(_APPROVED))
        running.terminating = self._terminating(now, running)
        return running, None

    def refused(
        self, stored: Stored, found: list[tuple[str, str]], *, now: str
    ) -> dict[str, Any] | None:
        """Return the end of an operation that may not begin, or that a user wants ended.

        Nothing is written or deleted for an application that may not be what it says, so hooks of
        an operation that is terminated now stay where they are, and the message says so.

        Args:
            stored: the application, whose specification is not acceptable.
            found: why: types and messages of conditions.
            now: the time, as it stands in status fields.
        """
        asked = stored.raw.get("operation")
        state = (stored.raw.get("status") or {}).get("operationState") or {}
        if state.get("phase") == "Terminating":
            self._running.pop(stored.key, None)
            why = "; ".join(f"{kind}: {text}" for kind, text in found)
            message = f"Operation terminated; its hooks were left as they are: {why}"
            return {**state, "phase": "Failed", "message": message, "finishedAt": now}
        in_progress = state.get("phase") == "Running"
        if not asked or in_progress or stored.key in self._running:
            return None
        return {
            "operation": asked,
            "phase": "Error",
            "message": "; ".join(f"{kind}: {text}" for kind, text in found),
            "startedAt": now,
            "finishedAt": now,
        }

    def tell_refused(self, stored: Stored, state: dict[str, Any]) -> None:
        """Tell that an operation did not begin, once that is written."""
        text = f"Sync operation failed: {state['message']}"
        self._emit(stored.raw, "Warning", "OperationCompleted", text)

    def held(self, now: Pass, running: RunningSync) -> float | None:
        """Whether the operation must wait: for its next attempt, or for a sync window.

        Returns:
            Seconds until it may go on; ``None`` if it may now.
        """
        if running.retry_at > now.time:
            return running.retry_at - now.time
        begun = running.plan is not None or bool(running.rows)
        allowed = windows.decide(
            now.windows,
            now.time,
            manual=not running.automated,
            started_at=running.started if begun else None,
        )
        if allowed.allowed:
            return None
        running.message = allowed.operation_message
        return _until(allowed, now)

    def _terminating(self, now: Pass, running: RunningSync) -> str:
        """Why the operation is to be terminated, as the text of its end."""
        state = (now.stored.raw.get("status") or {}).get("operationState") or {}
        if state.get("phase") == "Terminating":
            return _TERMINATED
        if 0 < self._sync_timeout < now.time - running.started:
            return f"{_TERMINATED}, triggered by controller sync timeout"
        return ""

    def _resume(self, now: Pass) -> None:
        """Take up an operation that the recorded state shows in progress."""
        state = (now.stored.raw.get("status") or {}).get("operationState") or {}
        operation = state.get("operation")
        if state.get("phase") not in ("Running", "Terminating") or not isinstance(operation, dict):
            return
        result = state.get("syncResult") or {}
        automated = bool((operation.get("initiatedBy") or {}).get("automated"))
        if not automated and now.stored.raw.get("operation") not in (None, operation):
            return  # the user asks for another one
        running = self._new(now, operation, automated=automated)
        running.started_at = str(state.get("startedAt") or running.started_at)
        running.started = seconds_of(running.started_at) or running.started
        running.revisions = tuple(result.get("revisions") or [result.get("revision") or ""])
        if not any(running.revisions):
            running.revisions = ()
        running.rows = restored(result.get("resources") or ())
        running.retries = int(state.get("retryCount") or 0)
        running.announced = True
        running.message = str(state.get("message") or "")
        if state.get("finishedAt"):
            running.finished_at = str(state["finishedAt"])
            running.retry_at = seconds_of(running.finished_at) + self._wait(
                running, running.retries - 1
            )
        log.info("sync resumed", app=now.app.qualified_name, started=running.started_at)
        self._running[now.stored.key] = running

    def _supersede(self, now: Pass) -> None:
        """Drop an automated sync of a commit that Git has moved on from, unless a hook is at work.

        A sync that waits for objects that will never be well must not keep its repair waiting.
        """
        running = self._running.get(now.stored.key)
        if running is None or not running.automated or not now.target.complete:
            return
        at_work = any(
            r.get("hookType") and r.get("hookPhase") == "Running" for r in running.rows.values()
        )
        if running.revisions != now.target.revisions and not at_work:
            log.info("sync superseded", app=now.app.qualified_name, message=running.message)
            del self._running[now.stored.key]

    def _start(self, now: Pass) -> tuple[RunningSync | None, float | None]:
        """Begin the sync that is asked for, or an automated one."""
        requested = now.stored.raw.get("operation")
        if requested is not None:
            return self._begin(now, requested, automated=False), None
        if now.verdict is None or now.verdict.sync != "OutOfSync":
            return None, None
        allowed = windows.decide(now.windows, now.time, manual=False)
        if not allowed.allowed:
            log.debug("no automated sync", app=now.app.qualified_name, reason=allowed.reason)
            return None, _until(allowed, now)
        decision = verdict.decide(
            now.app,
            now.compared,
            revisions=now.target.revisions,
            last=self._last(now),
            now=now.time,
            heal=self._heal,
            namespace_changed=now.namespace_changed,
        )
        now.sync_error = decision.condition
        if not decision.sync:
            log.debug("no automated sync", app=now.app.qualified_name, reason=decision.reason)
            return None, decision.after
        running = self._begin(now, self._automated(now, decision), automated=True)
        running.heals = decision.heals
        running.revisions = now.target.revisions
        shown = " ".join(running.revisions)
        self._emit(
            now.stored.raw,
            "Normal",
            "OperationStarted",
            f"Initiated automated sync to '[{shown}]'",
        )
        return running, None

    def _automated(self, now: Pass, decision: verdict.Decision) -> dict[str, Any]:
        """Return the operation that an automated sync is recorded as."""
        automated = now.app.spec.sync_policy.automated if now.app.spec.sync_policy else None
        asked: dict[str, Any] = {
            "revision": now.target.revisions[0] if not now.app.spec.sources else "",
            "prune": bool(automated and automated.prune),
        }
        if now.app.spec.sources:
            asked["revisions"] = list(now.target.revisions)
        if decision.heals:
            asked["autoHealAttemptsCount"] = decision.heals
        if decision.resources:
            asked["resources"] = [
                {k: v for k, v in key._asdict().items() if v} for key in decision.resources
            ]
        policy = (now.stored.raw.get("spec") or {}).get("syncPolicy") or {}
        return {
            "sync": {k: v for k, v in asked.items() if v},
            "initiatedBy": {"automated": True},
            "retry": policy.get("retry") or {"limit": _DEFAULT_RETRIES},
        }

    def _begin(self, now: Pass, operation: dict[str, Any], *, automated: bool) -> RunningSync:
        running = self._new(now, operation, automated=automated)
        self._running[now.stored.key] = running
        return running

    def _new(self, now: Pass, operation: dict[str, Any], *, automated: bool) -> RunningSync:
        return RunningSync(
            operation=operation,
            app=now.app.qualified_name,
            uid=now.app.metadata.uid,
            namespace=now.app.spec.destination.namespace,
            project=now.rules,
            started=now.time,
            started_at=timestamp(now.time),
            automated=automated,
            sources=sources_of(now),
            namespace_metadata=now.namespace_metadata,
            approved_at=seconds_of(now.app.metadata.annotations.get(_APPROVED)),
        )

    def again(self, now: Pass, running: RunningSync) -> None:
        """Begin the next attempt of a sync whose wait is over."""
        refresh = bool(self._retry(now, running).get("refresh"))
        running.begin_again()
        if refresh and now.target.complete:
            running.revisions = now.target.revisions if running.automated else ()
        latest = " with latest revisions" if refresh else ""
        running.message = f"Retrying operation{latest}. Attempt #{running.retries}"

    def finish(self, now: Pass, running: RunningSync) -> float | None:
        """Decide whether a failed sync is tried again; remember how it ended.

        Returns:
            Seconds until the next try, if there is one.
        """
        if not running.finished:
            return None
        if self._may_retry(now, running):
            wait = self._wait(running, running.retries, now)
            running.retries += 1
            running.retry_at = now.time + wait
            at = dt.datetime.fromtimestamp(running.retry_at, tz=dt.UTC).strftime("%-I:%M%p")
            running.message += f". Retrying attempt #{running.retries} at {at}."
            running.phase, running.finished_at = "Running", timestamp(now.time)
            return wait
        if running.retries and running.phase != "Succeeded":
            running.message += f" (retried {running.retries} times)."
        self._ended(now, running)
        return None

    def _ended(self, now: Pass, running: RunningSync) -> None:
        tree = {**running.sources, "managedNamespaceMetadata": running.namespace_metadata}
        if not (running.dry_run or running.local or (running.selective and not running.automated)):
            attempt = verdict.Attempt(
                succeeded=running.phase == "Succeeded",
                message=running.message,
                finished_at=now.time,
                heals=running.heals,
            )
            revisions = running.revisions or now.target.revisions
            self._attempts[now.stored.key] = (identity_of(revisions, tree), attempt)
        log.info(
            "sync finished",
            app=now.app.qualified_name,
            phase=running.phase,
            message=running.message,
            revision=",".join(running.revisions),
        )
        partial = "Partial sync operation" if running.selective else "Sync operation"
        to = f" to {', '.join(running.revisions)}" if any(running.revisions) else ""
        if running.phase == "Succeeded":
            text = f"{partial}{to} succeeded"
            self._emit(now.stored.raw, "Normal", "OperationCompleted", text)
        else:
            text = f"{partial}{to} failed: {running.message}"
            self._emit(now.stored.raw, "Warning", "OperationCompleted", text)

    def _may_retry(self, now: Pass, running: RunningSync) -> bool:
        if running.phase == "Succeeded" or running.terminating or running.permanent:
            return False
        limit = int(self._retry(now, running).get("limit") or 0)
        return not running.dry_run and (limit < 0 or running.retries < limit)

    def _wait(self, running: RunningSync, count: int, now: Pass | None = None) -> float:
        """Seconds before the attempt after ``count`` failures before."""
        policy = (self._retry(now, running).get("backoff") or {}) if now else (
            (running.operation.get("retry") or {}).get("backoff") or {}
        )  # fmt: skip
        try:
            base = pattern.parse_duration(str(policy.get("duration") or f"{_BACKOFF[0]}s"))
            cap = pattern.parse_duration(str(policy.get("maxDuration") or f"{_BACKOFF[2]}s"))
        except errors.InvalidArgument:
            base, cap = _BACKOFF[0], _BACKOFF[2]
        factor = policy.get("factor") or _BACKOFF[1]
        try:
            wait = min(cap, base * float(factor) ** min(max(count, 0), 30))
        except (OverflowError, TypeError, ValueError):
            wait = cap
        # An application's own numbers must not make the controller sync without a pause.
        return min(max(_WAITS[0], wait), _WAITS[1])

    def _retry(self, now: Pass | None, running: RunningSync) -> dict[str, Any]:
        """The retry policy: the operation's, else a user's operation takes the application's."""
        asked = running.operation.get("retry")
        if isinstance(asked, dict):
            return asked
        spec = (now.stored.raw.get("spec") or {}) if now else {}
        policy = (spec.get("syncPolicy") or {}).get("retry")
        return policy if isinstance(policy, dict) else {}

    def _last(self, now: Pass) -> verdict.Attempt | None:
        """The last attempt of the same revisions and sources, if it was the last one at all."""
        wanted = {**sources_of(now), "managedNamespaceMetadata": now.namespace_metadata}
        identity = identity_of(now.target.revisions, wanted)
        known = self._attempts.get(now.stored.key)
        if known is None:
            known = _recorded((now.stored.raw.get("status") or {}).get("operationState") or {})
        return known[1] if known is not None and known[0] == identity else None


def _until(decision: windows.Decision, now: Pass) -> float:
    """Seconds until a decision about sync windows changes; an hour where it never does."""
    if decision.until is None:
        return _HOUR
    return max(decision.until - now.time, 1.0)


def _recorded(state: dict[str, Any]) -> tuple[bytes, verdict.Attempt] | None:
    """Read an attempt from the recorded operation, after a restart."""
    result, asked = state.get("syncResult"), (state.get("operation") or {}).get("sync") or {}
    automated = (state["operation"].get("initiatedBy") or {}).get("automated") if asked else False
    if (
        state.get("phase") not in ("Succeeded", "Failed", "Error")
        or not isinstance(result, dict)
        or asked.get("dryRun")
        or asked.get("manifests")
        or (asked.get("resources") and not automated)
    ):
        return None
    revisions = result.get("revisions") or [result.get("revision") or ""]
    attempt = verdict.Attempt(
        succeeded=state["phase"] == "Succeeded",
        message=str(state.get("message") or ""),
        finished_at=seconds_of(state.get("finishedAt")),
        heals=int(asked.get("autoHealAttemptsCount") or 0),
    )
    return identity_of(revisions, result), attempt

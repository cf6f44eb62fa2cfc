"""Writes an application's status: once per pass, only what changed, never while idle.

Called by the reconciler at the end of a pass. A patch that would change nothing but the compared
revision (the commit moved, the application did not) waits for its turn in a slow, even stream
(docs/architecture.md, "Idle is idle"); everything else is written at once.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

from plumbline.app_controller.application.desired import AppKey
from plumbline.app_controller.application.store import ApplicationStore, Stored
from plumbline.core import errors, verdict
from plumbline.kube.own import OwnObjects

__all__ = ["Reporter", "timestamp"]

_REFRESH: Final = ("argocd.argoproj.io/refresh", "argocd.argoproj.io/refresh-timestamp")


def timestamp(seconds: float) -> str:
    """Return RFC 3339 in whole seconds, as the API server keeps times."""
    return dt.datetime.fromtimestamp(int(seconds), tz=dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Reporter:
    """The one writer of Applications' status."""

    def __init__(
        self,
        own: OwnObjects,
        store: ApplicationStore,
        *,
        emit: Callable[[dict[str, Any], str, str, str], None],
        wall_clock: Callable[[], float],
        flush_seconds: float,
        flush_rate: float,
    ) -> None:
        """Write nothing yet.

        Args:
            own: writes the objects.
            store: takes the answers.
            emit: takes an Event: the Application, type, reason, message.
            wall_clock: seconds since the epoch.
            flush_seconds: within which a revision-only change is written; 0 at once, negative
                never.
            flush_rate: such writes a second, at most.
        """
        self._own = own
        self._store = store
        self._emit = emit
        self._clock = wall_clock
        self._flush_seconds = flush_seconds
        self._flush_rate = flush_rate
        self._due: dict[AppKey, float] = {}
        self._last_slot = 0.0
        self.writes = 0

    async def report(
        self,
        stored: Stored,
        status: dict[str, Any],
        *,
        refreshed: bool = False,
        operation_done: bool = False,
        journal: bool = False,
    ) -> float | None:
        """Bring the stored status to ``status``.

        Args:
            stored: the application as this pass saw it.
            status: the whole status as it should be.
            refreshed: a refresh was asked for and is answered by this write.
            operation_done: the user's operation is taken over or finished: remove it.
            journal: this is the journal of an operation: only what was seen may be overwritten.

        Returns:
            Seconds after which the rest is due, if it was put off.

        Raises:
            errors.Conflict: the application changed since this pass began.
        """
        before = stored.raw.get("status") or {}
        change = verdict.status_patch(before, status)
        patch: dict[str, Any] = {}
        if refreshed:
            patch["metadata"] = {"annotations": dict.fromkeys(_REFRESH)}
        if operation_done and stored.raw.get("operation") is not None:
            patch["operation"] = None
            # Only the operation this pass saw may be removed, not one that came since.
            patch.setdefault("metadata", {})["resourceVersion"] = stored.resource_version
        if change is None and not patch:
            self._due.pop(stored.key, None)
            return None
        if change is not None and not patch and _only_revision(change):
            wait = self._wait(stored.key)
            if wait is None or wait > 0:
                return wait
        self._due.pop(stored.key, None)
        change = change or {}
        if journal:
            patch.setdefault("metadata", {})["resourceVersion"] = stored.resource_version
        else:
            change["reconciledAt"] = timestamp(self._clock())
        patch["status"] = change
        await self._merge(stored.key, patch)
        for text in _changes(before, status):
            self._emit(stored.raw, "Normal", "ResourceUpdated", text)
        return None

    async def finalizers(self, stored: Stored, kept: list[str]) -> None:
        """Write the finalizers that remain; the object may be gone afterwards."""
        version = stored.resource_version
        patch = {"metadata": {"finalizers": kept, "resourceVersion": version}}
        try:
            await self._merge(stored.key, patch)
        except errors.NotFound:
            return

    def now(self) -> str:
        """Return the present time as it stands in status fields."""
        return timestamp(self._clock())

    def forget(self, key: AppKey) -> None:
        """Drop what is due for an application that is gone."""
        self._due.pop(key, None)

    async def _merge(self, key: AppKey, patch: dict[str, Any]) -> None:
        self.writes += 1
        answer = await self._own.merge("Application", key.namespace, key.name, patch)
        self._store.observe(answer)

    def _wait(self, key: AppKey) -> float | None:
        """Seconds until this application's turn; ``None`` never."""
        if self._flush_seconds < 0:
            return None
        now = self._clock()
        due = self._due.get(key)
        if due is None:
            # Half the time to gather further commits, the other half to spread the writes.
            earliest = now + self._flush_seconds / 2
            self._last_slot = max(earliest, self._last_slot + 1 / self._flush_rate)
            due = self._due[key] = self._last_slot if self._flush_seconds else now
        return max(0.0, due - now)


def _only_revision(change: dict[str, Any]) -> bool:
    return change.keys() <= {"sync"} and change.get("sync", {}).keys() <= {"revision", "revisions"}


def _changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return what to tell of a change of verdict (behaviour.md, "Event texts")."""
    found = []
    old, new = ((s.get("sync") or {}).get("status") or "" for s in (before, after))
    if old != new:
        found.append(f"Updated sync status: {old} -> {new}")
    was, health = before.get("health") or {}, after.get("health") or {}
    if was.get("status", "") != health.get("status", ""):
        more = f" ({health['message']})" if health.get("message") else ""
        text = f"Updated health status: {was.get('status', '')} -> {health.get('status', '')}"
        found.append(text + more)
    return found

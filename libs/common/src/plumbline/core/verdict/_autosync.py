"""Does an application sync itself now? (behaviour.md section 7)."""

import dataclasses
from collections.abc import Collection, Mapping
from typing import Final

from plumbline.core.model import Application, ResourceKey
from plumbline.core.verdict._status import Compared

__all__ = ["Attempt", "Decision", "decide"]

_BACKOFF_SECONDS: Final = 2.0
_BACKOFF_FACTOR: Final = 3
_BACKOFF_CAP: Final = 300.0
_COOLDOWN: Final = 330.0


@dataclasses.dataclass(frozen=True, slots=True)
class Attempt:
    """The last sync of an application."""

    key: str
    """What it was of: revisions and sources."""
    succeeded: bool
    message: str
    finished_at: float
    """Seconds of the wall clock."""
    heals: int = 0
    """Self-heals in a row."""


@dataclasses.dataclass(frozen=True, slots=True)
class Decision:
    """Whether to sync, what, and why not."""

    sync: bool
    resources: tuple[ResourceKey, ...] = ()
    heals: int = 0
    after: float | None = None
    """Seconds after which to decide again."""
    reason: str = ""
    condition: str = ""
    """Message of a SyncError condition, if the user must act."""


def decide(
    app: Application,
    compared: Mapping[ResourceKey, Compared],
    *,
    revisions: Collection[str],
    key: str,
    last: Attempt | None,
    now: float,
    self_heal_timeout: float = 0.0,
) -> Decision:
    """Decide about an automated sync of an application that is OutOfSync.

    Args:
        app: the application, without an operation and not being deleted.
        compared: its resources.
        revisions: what it was compared with.
        key: what a sync would be of, as in ``Attempt.key``.
        last: the last sync, if any.
        now: seconds of the wall clock.
        self_heal_timeout: seconds between self-heals; 0 uses the backoff.
    """
    policy = app.spec.sync_policy
    automated = policy.automated if policy else None
    if automated is None or automated.enabled is False:
        return Decision(sync=False, reason="not automated")
    drifted = [k for k, c in sorted(compared.items()) if c.status == "OutOfSync"]
    if not drifted:
        return Decision(sync=False, reason="in sync")
    only_prunable = all(compared[k].target is None for k in drifted)
    if not automated.prune and only_prunable:
        return Decision(sync=False, reason="only prunable resources differ and prune is off")
    if automated.prune and not automated.allow_empty:
        live = [c for c in compared.values() if c.live is not None]
        if live and all(c.target is None for c in compared.values()):
            shown = _revisions(revisions)
            message = f"Skipping sync attempt to {shown}: auto-sync will wipe out all resources"
            return Decision(sync=False, reason="would prune everything", condition=message)
    if last is None or last.key != key:
        return Decision(sync=True)
    if not last.succeeded:
        message = f"Failed last sync attempt to {_revisions(revisions)}: {last.message}"
        return Decision(sync=False, reason="failed before", condition=message)
    if not automated.self_heal:
        return Decision(sync=False, reason="synced already and self-heal is off")
    return _heal(tuple(drifted), last, now, self_heal_timeout)


def _heal(drifted: tuple[ResourceKey, ...], last: Attempt, now: float, timeout: float) -> Decision:
    heals = 0 if now - last.finished_at > _COOLDOWN else last.heals
    wait = timeout
    if not timeout and heals:
        wait = min(_BACKOFF_CAP, _BACKOFF_SECONDS * _BACKOFF_FACTOR ** (heals - 1))
    left = last.finished_at + wait - now
    if wait and left > 0:
        return Decision(sync=False, after=left, reason="waiting to self-heal")
    return Decision(sync=True, resources=drifted, heals=heals + 1)


def _revisions(revisions: Collection[str]) -> str:
    return f"[{' '.join(revisions)}]"

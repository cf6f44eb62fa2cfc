"""Does an application sync itself now? (behaviour.md section 7)."""

import dataclasses
from collections.abc import Collection, Mapping
from typing import Final

from plumbline.core.model import Application, ResourceKey
from plumbline.core.verdict._status import Compared

__all__ = ["Attempt", "Decision", "HealPolicy", "decide"]


@dataclasses.dataclass(frozen=True, slots=True)
class HealPolicy:
    """How long to wait between self-heals (controller settings ``self.heal.*``)."""

    timeout: float = 0.0
    """Seconds; not 0 replaces the backoff."""
    base: float = 2.0
    factor: int = 3
    cap: float = 300.0
    cooldown: float = 330.0
    """Seconds without a self-heal after which the backoff begins anew."""


_DEFAULT: Final = HealPolicy()


@dataclasses.dataclass(frozen=True, slots=True)
class Attempt:
    """A finished sync of an application."""

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
    last: Attempt | None,
    now: float,
    heal: HealPolicy = _DEFAULT,
    namespace_changed: bool = False,
) -> Decision:
    """Decide about an automated sync of an application that is OutOfSync.

    Args:
        app: the application, without an operation and not being deleted.
        compared: its resources.
        revisions: what it was compared with.
        last: the last sync of the same revisions and sources, if any.
        now: seconds of the wall clock.
        heal: how long to wait between self-heals.
        namespace_changed: whether managedNamespaceMetadata waits to be applied.
    """
    policy = app.spec.sync_policy
    automated = policy.automated if policy else None
    if automated is None or automated.enabled is False:
        return Decision(sync=False, reason="not automated")
    drifted = [k for k, c in sorted(compared.items()) if c.status == "OutOfSync"]
    if not drifted and not namespace_changed:
        return Decision(sync=False, reason="in sync")
    only_prunable = all(compared[k].target is None for k in drifted)
    if not automated.prune and only_prunable and not namespace_changed:
        return Decision(sync=False, reason="only prunable resources differ and prune is off")
    if automated.prune and not automated.allow_empty:
        ordinary = [c for c in compared.values() if not c.hook]
        if ordinary and all(c.target is None for c in ordinary):
            shown = _revisions(revisions)
            message = f"Skipping sync attempt to {shown}: auto-sync will wipe out all resources"
            return Decision(sync=False, reason="would prune everything", condition=message)
    if last is None:
        return Decision(sync=True)
    if not last.succeeded:
        message = f"Failed last sync attempt to {_revisions(revisions)}: {last.message}"
        return Decision(sync=False, reason="failed before", condition=message)
    if not automated.self_heal:
        return Decision(sync=False, reason="synced already and self-heal is off")
    return _heal(tuple(drifted), last, now, heal)


def _heal(
    drifted: tuple[ResourceKey, ...], last: Attempt, now: float, policy: HealPolicy
) -> Decision:
    heals = 0 if now - last.finished_at > policy.cooldown else last.heals
    wait = policy.timeout
    if not wait and heals:
        wait = min(policy.cap, policy.base * policy.factor ** min(heals - 1, 30))
    left = last.finished_at + wait - now
    if wait and left > 0:
        return Decision(sync=False, after=left, reason="waiting to self-heal")
    return Decision(sync=True, resources=drifted, heals=heals + 1)


def _revisions(revisions: Collection[str]) -> str:
    return f"[{' '.join(revisions)}]"

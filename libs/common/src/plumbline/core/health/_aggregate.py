"""Health of an application from its resources (behaviour.md section 5)."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from plumbline.core.model import GroupKind, Health, ResourceKey

__all__ = ["Part", "aggregate", "worst"]

_ORDER: Final = ("Healthy", "Suspended", "Progressing", "Missing", "Degraded", "Unknown")
_RANK: Final = {status: rank for rank, status in enumerate(_ORDER)}
_APPLICATION: Final = GroupKind("argoproj.io", "Application")
_SHOWN: Final = 3


class Part(NamedTuple):
    """One resource: is it wanted, is it there, how is it, does it count?"""

    key: ResourceKey
    wanted: bool
    live: bool
    health: Health | None
    ignored: bool = False


def worst(left: str, right: str) -> str:
    """Return the worse of two statuses; an unknown word counts as Unknown."""
    return max(left, right, key=lambda s: _RANK.get(s, len(_ORDER)))


def aggregate(parts: Iterable[Part]) -> Health:
    """Return the application's health with the contract's message.

    Resources that are hooks, ignored or not wanted do not count. A missing resource does not
    degrade the application, but an application of which nothing is there is Missing.
    """
    counted = [p for p in parts if not p.ignored]
    wanted = [p for p in counted if p.wanted]
    if wanted and not any(p.live for p in wanted):
        return Health(status="Missing")
    status = "Healthy"
    causes: list[ResourceKey] = []
    for part in counted:
        health = part.health
        if not part.live or health is None:
            continue
        if part.key.group_kind == _APPLICATION and health.status in ("Missing", "Unknown"):
            continue
        if worst(status, health.status) != status:
            status, causes = worst(status, health.status), [part.key]
        elif health.status == status and status != "Healthy":
            causes.append(part.key)
    return Health(status=status, message=_message(causes))


def _message(causes: list[ResourceKey]) -> str:
    if not causes:
        return ""
    shown = ", ".join(_name(k) for k in sorted(causes)[:_SHOWN])
    rest = len(causes) - _SHOWN
    return f"Caused by {shown}" + (f" and {rest} more" if rest > 0 else "")


def _name(key: ResourceKey) -> str:
    kind = f"{key.group}/{key.kind}" if key.group else key.kind
    name = f"{key.namespace}/{key.name}" if key.namespace else key.name
    return f"{kind}:{name}"

"""Sync status, resource rows, conditions, history, summary: the parts of status."""

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from plumbline.core import health, patch, sync, tree
from plumbline.core.model import Condition, Health, Manifest, ResourceKey, annotations_of, gvk_of

__all__ = [
    "Compared",
    "Verdict",
    "append_history",
    "judge",
    "merge_conditions",
    "rows",
    "status_patch",
    "summary",
]

_IGNORE_HEALTH: Final = "argocd.argoproj.io/ignore-healthcheck"
_COMPARE: Final = "argocd.argoproj.io/compare-options"
_HISTORY: Final = 10


@dataclasses.dataclass(frozen=True, slots=True)
class Compared:
    """What the comparison says of one object."""

    target: Manifest | None
    live: Manifest | None
    modified: bool
    health: Health | None
    permitted: bool = True

    @property
    def manifest(self) -> Manifest:
        """The wanted object, else the live one."""
        return self.target or self.live or {}

    @property
    def hook(self) -> bool:
        """Whether it is a hook or skipped, and so has no sync status (behaviour.md section 4)."""
        return sync.is_hook(self.manifest)

    @property
    def status(self) -> str:
        """``Synced``, ``OutOfSync`` or ``Unknown``; empty for a hook."""
        if self.hook:
            return ""
        if not self.permitted:
            return "Unknown"
        if self.target is None or self.live is None or self.modified:
            return "OutOfSync"
        return "Synced"


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """Sync status and health of an application."""

    sync: str
    health: Health


def judge(compared: Mapping[ResourceKey, Compared], *, namespace_changed: bool = False) -> Verdict:
    """Return the application's verdict from its resources'.

    Hooks have no status. An extraneous object with IgnoreExtraneous is OutOfSync itself and does
    not count (behaviour.md section 4). Neither is an application in sync whose
    managedNamespaceMetadata changed since it was applied.
    """
    status = "OutOfSync" if namespace_changed else "Synced"
    parts = []
    for key, one in compared.items():
        hook = one.hook
        annotations = annotations_of(one.manifest)
        ignored = hook or annotations.get(_IGNORE_HEALTH) == "true"
        parts.append(
            health.Part(
                key,
                wanted=one.target is not None,
                live=one.live is not None,
                health=one.health,
                ignored=ignored,
            )
        )
        if hook or (one.target is None and "IgnoreExtraneous" in annotations.get(_COMPARE, "")):
            continue
        if one.status == "Unknown":
            status = "Unknown"
        elif one.status == "OutOfSync" and status == "Synced":
            status = "OutOfSync"
    return Verdict(status, health.aggregate(parts))


def rows(
    compared: Mapping[ResourceKey, Compared], *, persist_health: bool = False
) -> list[dict[str, Any]]:
    """Return status.resources, sorted by group, kind, namespace and name."""
    return [_row(key, compared[key], persist_health) for key in sorted(compared)]


def _row(key: ResourceKey, one: Compared, persist_health: bool) -> dict[str, Any]:  # noqa: FBT001
    manifest = one.manifest
    phases = sync.hook_phases(manifest)
    options = sync.resource_options(one.live or manifest)
    row = {
        "group": key.group,
        "version": gvk_of(manifest).version,
        "kind": key.kind,
        "namespace": key.namespace,
        "name": key.name,
        "status": one.status,
        "hook": bool(phases),
        "requiresPruning": one.target is None and not one.hook,
        "requiresDeletionConfirmation": "confirm" in (options.prune, options.delete),
        "syncWave": sync.wave_of(manifest),
    }
    row = {k: v for k, v in row.items() if v}
    if persist_health and one.health is not None:
        found = {"status": one.health.status, "message": one.health.message}
        row["health"] = {k: v for k, v in found.items() if v}
    return row


def merge_conditions(
    before: Iterable[Condition],
    found: Iterable[tuple[str, str]],
    *,
    evaluated: Collection[str],
    now: str,
) -> list[dict[str, Any]]:
    """Return status.conditions after an evaluation.

    Args:
        before: the stored conditions.
        found: (type, message) of what the evaluation found.
        evaluated: the types it evaluates; others stay as they were.
        now: RFC 3339; a condition with the same type and message keeps its time.
    """
    times = {(c.type, c.message): c.last_transition_time for c in before}
    kept = [(c.type, c.message) for c in before if c.type not in evaluated]
    merged = sorted({*kept, *found})
    return [
        {"type": t, "message": m, "lastTransitionTime": times.get((t, m)) or now} for t, m in merged
    ]


def append_history(
    history: list[dict[str, Any]], entry: dict[str, Any], *, limit: int | None
) -> list[dict[str, Any]]:
    """Append a deployment with the next id and keep the latest ``limit`` (10 by default)."""
    identifier = max((int(h.get("id", 0)) for h in history), default=-1) + 1
    length = _HISTORY if limit is None else max(0, limit)
    extended = [*history, {**entry, "id": identifier}]
    return extended[-length:] if length else []


def summary(manifests: Iterable[Manifest]) -> dict[str, Any]:
    """Return status.summary: images and URLs of the live objects."""
    images: set[str] = set()
    urls: set[str] = set()
    for manifest in manifests:
        images.update(tree.images_of(manifest))
        urls.update(tree.external_urls(manifest))
    found = {"images": sorted(images), "externalURLs": sorted(urls)}
    return {k: v for k, v in found.items() if v}


def status_patch(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any] | None:
    """Return the merge patch from one status to another; ``None`` if they are equal."""
    return patch.create_merge_patch(before, after) or None

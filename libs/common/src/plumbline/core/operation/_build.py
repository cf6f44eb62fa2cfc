"""Build ``.operation`` from what a user asked for."""

import dataclasses
from typing import Any, Final

from plumbline.core import errors, model

__all__ = [
    "IN_PROGRESS",
    "SyncRequest",
    "check_idle",
    "is_automated",
    "other_revision",
    "revisions_of",
    "rollback",
    "sync",
    "told",
]

_REPLACE: Final = "Replace=true"


@dataclasses.dataclass(frozen=True, kw_only=True)
class SyncRequest:
    """What a user asks of a sync; values of the CRD's shape are JSON."""

    revision: str = ""
    revisions: tuple[str, ...] = ()
    source_positions: tuple[int, ...] = ()
    """Which source each of ``revisions`` is for, counted from one."""
    prune: bool = False
    dry_run: bool = False
    strategy: dict[str, Any] | None = None
    resources: tuple[dict[str, Any], ...] = ()
    manifests: tuple[str, ...] = ()
    infos: tuple[dict[str, Any], ...] = ()
    retry: dict[str, Any] | None = None
    sync_options: tuple[str, ...] | None = None
    """``None``: the application's own are in force."""


IN_PROGRESS: Final = frozenset({"Running", "Terminating"})
"""Phases of an operation that has not ended."""


def is_automated(app: model.Application) -> bool:
    """Tell whether automated sync is in force."""
    automated = app.spec.sync_policy.automated if app.spec.sync_policy else None
    return automated is not None and automated.enabled is not False


def check_idle(app: model.Application) -> None:
    """Refuse if the application cannot take an operation now.

    Raises:
        errors.FailedPrecondition: it is being deleted, or an operation is in progress.
    """
    if app.metadata.deletion_timestamp:
        raise errors.FailedPrecondition("application is deleting")
    state = app.status.operation_state
    # An automated sync has no `.operation`; its state tells that it is under way.
    if app.operation is not None or (state is not None and state.phase in IN_PROGRESS):
        raise errors.FailedPrecondition("another operation is already in progress")


def _target(source: model.Source) -> str:
    return source.target_revision or "HEAD"


def revisions_of(app: model.Application, asked: SyncRequest) -> list[str]:
    """Return the revision of each source, as asked for or as targeted.

    Raises:
        errors.InvalidArgument: the revisions do not fit the sources.
    """
    sources = app.spec.all_sources
    if not app.spec.sources:
        if asked.revisions or asked.source_positions:
            raise errors.InvalidArgument("revisions are for applications with several sources")
        return [asked.revision or _target(s) for s in sources]
    if asked.revision:
        raise errors.InvalidArgument(
            "revision is for applications with one source; use revisions and sourcePositions"
        )
    wanted = [_target(s) for s in sources]
    positions = asked.source_positions or tuple(range(1, len(asked.revisions) + 1))
    if len(positions) != len(asked.revisions):
        raise errors.InvalidArgument("source positions and revisions must be as many")
    for position, revision in zip(positions, asked.revisions, strict=True):
        if not 1 <= position <= len(sources):
            raise errors.InvalidArgument(f"source position {position} is out of range")
        wanted[position - 1] = revision or wanted[position - 1]
    return wanted


def other_revision(app: model.Application, asked: SyncRequest) -> tuple[str, str] | None:
    """Return the first (asked, target) pair that differ; ``None`` if the targets are synced.

    Raises:
        errors.InvalidArgument: the revisions do not fit the sources.
    """
    for source, revision in zip(app.spec.all_sources, revisions_of(app, asked), strict=True):
        if revision != _target(source):
            return revision, _target(source)
    return None


def sync(
    app: model.Application, asked: SyncRequest, *, user: str, replace_allowed: bool = True
) -> dict[str, Any]:
    """Return the operation of a sync.

    Args:
        app: as it is now.
        asked: what the user wants.
        user: who asks.
        replace_allowed: whether the server's configuration permits Replace=true.

    Raises:
        errors.FailedPrecondition: the present state or the configuration forbids it.
        errors.InvalidArgument: the revisions do not fit the sources.
    """
    check_idle(app)
    policy = app.spec.sync_policy
    options = asked.sync_options
    if options is None:
        options = tuple(policy.sync_options) if policy else ()
    if is_automated(app) and not asked.dry_run:
        if asked.manifests:
            raise errors.FailedPrecondition(
                "cannot use local sync when Automatic Sync Policy is enabled unless for dry run"
            )
        other = other_revision(app, asked)
        if other is not None:
            raise errors.FailedPrecondition(
                f"Cannot sync to {other[0]}: auto-sync currently set to {other[1]}"
            )
    if not replace_allowed and _REPLACE in options:
        raise errors.FailedPrecondition(
            "sync with replace was disabled on the API Server level via the server configuration"
        )
    revisions = revisions_of(app, asked)
    retry = asked.retry
    if retry is None and policy is not None and policy.retry is not None:
        retry = model.dump(policy.retry)
    wanted = {
        "revision": asked.revision,
        "revisions": revisions if asked.revisions else [],
        "prune": asked.prune,
        "dryRun": asked.dry_run,
        "syncStrategy": asked.strategy,
        "resources": list(asked.resources),
        "manifests": list(asked.manifests),
        "syncOptions": list(options),
    }
    operation = {
        "sync": {k: v for k, v in wanted.items() if v},
        "initiatedBy": {"username": user},
        "info": list(asked.infos),
        "retry": retry,
    }
    return {k: v for k, v in operation.items() if v or k == "sync"}


def told(app: model.Application, asked: SyncRequest) -> str:
    """Return the Event's text of a sync that was started ("Event texts")."""
    partial = "partial " if asked.resources else ""
    if asked.manifests:
        return f"initiated {partial}sync locally"
    return f"initiated {partial}sync to {', '.join(revisions_of(app, asked))}"


def rollback(
    app: model.Application, number: int, *, prune: bool, dry_run: bool, user: str
) -> dict[str, Any]:
    """Return the operation that goes back to a deployment of the history.

    Raises:
        errors.FailedPrecondition: the present state forbids it.
        errors.InvalidArgument: there is no such deployment.
    """
    check_idle(app)
    if is_automated(app):
        raise errors.FailedPrecondition("rollback cannot be initiated when auto-sync is enabled")
    entry = next((h for h in app.status.history if h.get("id", 0) == number), None)
    if entry is None:
        raise errors.InvalidArgument(
            f"application {app.metadata.name} does not have deployment with id {number}"
        )
    if not entry.get("source") and not entry.get("sources"):
        raise errors.FailedPrecondition(f"deployment {number} does not tell its source")
    policy = app.spec.sync_policy
    wanted: dict[str, Any] = {
        "revision": entry.get("revision"),
        "revisions": entry.get("revisions"),
        "source": entry.get("source"),
        "sources": entry.get("sources"),
        "prune": prune,
        "dryRun": dry_run,
        "syncStrategy": {"apply": {}},
        "syncOptions": list(policy.sync_options) if policy else [],
    }
    return {
        "sync": {k: v for k, v in wanted.items() if v},
        "initiatedBy": {"username": user},
    }

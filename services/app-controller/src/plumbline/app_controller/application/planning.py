"""Turns an operation into a plan: what it syncs, to which revisions, with which options.

Called by the reconciler once for each attempt of an operation. The target is the application's own
where the operation asks for nothing else; other revisions, other sources (a rollback) and local
manifests are rendered and prepared for the operation alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from plumbline.app_controller.application.comparer import TargetSet
from plumbline.app_controller.application.targets import TargetState
from plumbline.core import diff, errors, manifests, model, project, sync, target, tracking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from plumbline.app_controller.application.running import RunningSync
    from plumbline.app_controller.application.statustree import Pass
    from plumbline.app_controller.application.targets import Targets
    from plumbline.core import settings

__all__ = ["Planner", "identity_of", "namespace_metadata_of", "require_scopes", "shared_with"]


_MIGRATION: Final = "argocd.argoproj.io/client-side-apply-migration-manager"


class Planner:
    """Makes plans of operations."""

    def __init__(
        self, targets: Targets, *, namespace: str, current: Callable[[], settings.Settings]
    ) -> None:
        """Plan with the renders of ``targets``.

        Args:
            targets: renders at any revision.
            namespace: the control plane's namespace.
            current: the settings in force.
        """
        self._targets = targets
        self._namespace = namespace
        self._current = current

    async def plan(self, now: Pass, running: RunningSync) -> None:
        """Fill in the plan of an operation.

        Raises:
            errors.PlumblineError: it asks for what cannot be done; the message is the operation's.
        """
        asked = running.operation.get("sync")
        if not isinstance(asked, dict):
            raise errors.InvalidArgument("Invalid operation request: no operation specified")
        policy = now.app.spec.sync_policy
        listed = asked.get("syncOptions") or (policy.sync_options if policy else [])
        running.options = sync.parse_options(listed)
        running.namespace_metadata = namespace_metadata_of(now.app, running.options)
        running.dry_run = bool(asked.get("dryRun"))
        running.local = bool(asked.get("manifests"))
        running.selective = bool(asked.get("resources"))
        running.force = _forces(asked)
        manager = now.app.metadata.annotations.get(_MIGRATION)
        running.migrated_managers = frozenset({manager} if manager else ())
        running.ignore = _ignored(now, running.options)
        state = await self._target(now, running, asked)
        if not state.complete:
            found = "; ".join(m for _, m in state.conditions)
            raise errors.FailedPrecondition(found or "the target state is not known")
        running.revisions = state.revisions
        self._refuse_shared(now, running, state)
        running.plan = sync.plan(await self._request(now, running, asked, state))

    async def _request(
        self, now: Pass, running: RunningSync, asked: dict[str, Any], state: TargetState
    ) -> sync.Request:
        live = now.handle.live
        instance = now.app.instance_name(self._namespace)
        wanted = {**state.set.objects, **state.set.hooks}
        require_scopes(now.handle.discovery, wanted)
        tracked = {k: live.get(k) for k in live.tracked_by(instance) if k not in wanted}
        extraneous = {k: m for k, m in tracked.items() if m is not None}
        selected = None
        if running.selective:
            known = {**state.set.objects, **extraneous}
            selected = _selected(asked["resources"], known, running.namespace)
        unchanged: Sequence[model.ResourceKey] = ()
        if running.options.apply_out_of_sync_only:
            unchanged = await self._unchanged(now, instance, state)
        return sync.Request(
            target=wanted,
            extraneous=extraneous,
            run=running.hook_run,
            options=running.options,
            prune=bool(asked.get("prune")),
            force=running.force,
            selected=selected,
            unchanged=unchanged,
            uncertain=live.incomplete(),
        )

    async def _unchanged(
        self, now: Pass, instance: str, state: TargetState
    ) -> list[model.ResourceKey]:
        compared = now.compared
        if state is not now.target:
            name = f"{instance} (operation)"  # no instance's name: what is known stays as it is
            comparer = now.handle.comparer
            rules = now.app.spec.ignore_differences
            compared = await comparer.compare(name, state.set, (), rules)
            comparer.forget(name)
        return [k for k, c in compared.items() if c.status == "Synced"]

    async def _target(self, now: Pass, running: RunningSync, asked: dict[str, Any]) -> TargetState:
        """Return what the operation wants, and note in ``running`` from which sources."""
        spec = now.stored.raw.get("spec") or {}
        several = "sources" if asked.get("sources") or spec.get("sources") else "source"
        given = next((asked for n in ("sources", "source") if asked.get(n)), None)
        if given is not None:
            several = "sources" if given.get("sources") else "source"
        running.sources = {several: (given or spec).get(several)}
        if running.local:
            return self._local(now, asked["manifests"])
        sources = now.app.spec.all_sources
        if given is not None:
            operation = model.decode_application({"spec": {several: given[several]}})
            sources = operation.spec.all_sources
            _refuse_sources(now, sources)
        revisions = list(running.revisions) or [
            str(r or "") for r in asked.get("revisions") or [asked.get("revision")]
        ]
        if given is None and _is_current(now, revisions):
            return now.target
        return await self._targets.at(now, sources, revisions)

    def _local(self, now: Pass, texts: list[str]) -> TargetState:
        """Prepare manifests that came with the operation; their revision is the compared one.

        Raises:
            errors.FailedPrecondition: the project asks for signatures, which they cannot have.
            errors.InvalidArgument: they cannot be read.
        """
        if self._targets.is_enforced(now):
            raise errors.FailedPrecondition(
                "Cannot use local manifests when source integrity is enforced"
            )
        instance = now.app.instance_name(self._namespace)
        current = self._current()
        server = now.handle.cluster.server

        def mark(manifest: model.Manifest, namespace: str) -> model.Manifest:
            return tracking.set_tracking(
                manifest, instance, namespace=namespace, tracking=current.marks
            )

        try:
            loaded = [m for text in texts for m in manifests.load_documents(text)]
            made = target.prepare(
                loaded,
                scopes=now.handle.discovery,
                namespace=now.app.spec.destination.namespace,
                mark=mark,
                excluded=lambda kind: current.filter.excludes(kind, server),
            )
        except errors.InvalidArgument as error:
            text = f"Failed to load local manifests: {error.message}"
            raise errors.InvalidArgument(text) from error
        return TargetState(
            set=TargetSet.of(made.objects), complete=True, revisions=now.target.revisions
        )

    def _refuse_shared(self, now: Pass, running: RunningSync, state: TargetState) -> None:
        if running.options.fail_on_shared:
            found = shared_with(now, state.set.objects, self._namespace)
            if found:
                raise sync.PlanError(f"Shared resource found: {found[0]}")


def require_scopes(scopes: target.Scopes, wanted: Iterable[model.ResourceKey]) -> None:
    """Refuse wanted objects whose scope was guessed and turned out to be another.

    A live object is found by its key: with the wrong scope it would count as unwanted, and be
    pruned.

    Raises:
        errors.Unavailable: the cluster began to serve a kind since the target was prepared.
    """
    for key in wanted:
        namespaced = scopes.namespaced(key.group_kind)
        if namespaced is not None and namespaced != bool(key.namespace):
            raise errors.Unavailable(
                f"the scope of {key.group}/{key.kind} was not known yet; it is looked at again"
            )


def namespace_metadata_of(
    app: model.Application, options: sync.Options | None = None
) -> dict[str, Any]:
    """Return the labels and annotations that CreateNamespace=true keeps on the namespace."""
    policy = app.spec.sync_policy
    metadata = policy.managed_namespace_metadata if policy else None
    if policy is None or metadata is None:
        return {}
    in_force = sync.parse_options(policy.sync_options) if options is None else options
    return model.dump(metadata) if in_force.create_namespace else {}


def shared_with(
    now: Pass, wanted: Mapping[model.ResourceKey, model.Manifest], namespace: str
) -> list[str]:
    """Return the messages about wanted objects that other applications track."""
    instance = now.app.instance_name(namespace)
    found = []
    for key in sorted(wanted):
        entry = now.handle.live.entry(key)
        if entry is None or entry.app in ("", instance):
            continue
        other_namespace, underscore, name = entry.app.partition("_")
        other = f"{other_namespace}/{name}" if underscore else f"{namespace}/{entry.app}"
        found.append(
            f"{key.kind}/{key.name} is part of applications {now.app.qualified_name} and {other}"
        )
    return found


def _forces(asked: dict[str, Any]) -> bool:
    strategy = asked.get("syncStrategy") or {}
    return any((strategy.get(kind) or {}).get("force") for kind in ("apply", "hook"))


def _ignored(now: Pass, options: sync.Options) -> tuple[diff.IgnoreRule, ...]:
    if not options.respect_ignored:
        return ()
    rules = now.handle.comparer.options(now.app.spec.ignore_differences).ignore
    if any(r.jq_path_expressions or r.managers for r in rules):
        raise sync.PlanError(
            "RespectIgnoreDifferences=true with jqPathExpressions or managedFieldsManagers"
            " is not supported yet"
        )
    return rules


def _refuse_sources(now: Pass, sources: Sequence[model.Source]) -> None:
    name = now.rules.metadata.name
    for source in sources:
        if not project.permits_source(now.rules, source.repo_url):
            raise errors.PermissionDenied(
                f"application repo {source.repo_url} is not permitted in project '{name}'"
            )


def _is_current(now: Pass, revisions: Sequence[str]) -> bool:
    """Whether revisions name what the application is compared with anyway."""
    sources, current = now.app.spec.all_sources, now.target.revisions
    if len(revisions) == 1 and not revisions[0]:
        return True
    if len(revisions) != len(sources):
        return False
    known = current if len(current) == len(sources) else ("",) * len(sources)
    return all(
        wanted in ("", source.target_revision or "HEAD", commit)
        for wanted, source, commit in zip(revisions, sources, known, strict=True)
    )


def _selected(
    listed: list[dict[str, Any]], known: Mapping[model.ResourceKey, object], namespace: str
) -> set[model.ResourceKey]:
    """The objects a selective sync names; without a namespace, the destination's or none."""
    wanted: set[model.ResourceKey] = set()
    for item in listed:
        parts = [str(item.get(p, "")) for p in ("group", "kind", "namespace", "name")]
        key = model.ResourceKey(*parts)
        options = [key] if key.namespace else [key, key._replace(namespace=namespace)]
        wanted.update(k for k in options if k in known)
    if not wanted:
        raise errors.NotFound("none of the selected resources belongs to the application")
    return wanted


def identity_of(revisions: Sequence[str], tree: Mapping[str, Any]) -> bytes:
    """Return what an attempt is recognised by: revisions, sources, managed namespace metadata.

    Args:
        revisions: the commits.
        tree: a syncResult, or a mapping with the same fields.
    """
    names = ("source", "sources", "managedNamespaceMetadata")
    parts = [list(revisions), {n: tree[n] for n in names if tree.get(n)}]
    return orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)

"""Removes what an application made, when it is deleted: hooks, then the cascade, then hooks.

Called by the reconciler in place of everything else, one stage per pass; the finalizers that are
left tell the stage, so that a killed controller goes on where it was (config.md section 12). The
cascade works wave by wave in descending order, each delete through the door with a grant and the
object's uid; it never removes CustomResourceDefinitions, objects with Delete=false or Helm's keep
policy, nor the application itself. PreDelete and PostDelete hooks need grants of the project like
every other write (security.md, CVE-2026-77459).
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from plumbline.app_controller.application.hooks import HookRunner, Started
from plumbline.app_controller.application.running import seconds_of, shown
from plumbline.core import errors, project, sync
from plumbline.core.model import GroupKind, ResourceKey, annotations_of, key_of, text_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from plumbline.app_controller.application.clusterpool import ClusterHandle
    from plumbline.core.model import Application, Manifest, Project

__all__ = [
    "CASCADE",
    "RENDERED",
    "STAGES",
    "Deletion",
    "cascade_of",
    "stage_of",
    "with_hook_finalizers",
]

CASCADE: Final = {
    "resources-finalizer.argocd.argoproj.io": "Foreground",
    "resources-finalizer.argocd.argoproj.io/foreground": "Foreground",
    "resources-finalizer.argocd.argoproj.io/background": "Background",
}
_HOOKS: Final = {
    "PreDelete": "pre-delete-finalizer.argocd.argoproj.io",
    "PostDelete": "post-delete-finalizer.argocd.argoproj.io",
}
STAGES: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    ("PreDelete", frozenset({_HOOKS["PreDelete"]})),
    ("PreDelete/cleanup", frozenset({f"{_HOOKS['PreDelete']}/cleanup"})),
    ("cascade", frozenset(CASCADE)),
    ("PostDelete", frozenset({_HOOKS["PostDelete"]})),
    ("PostDelete/cleanup", frozenset({f"{_HOOKS['PostDelete']}/cleanup"})),
)
"""What is done in order, and the finalizers that stand for it."""
RENDERED: Final = frozenset(_HOOKS)
"""The stages that need what the sources render to."""
_DEFINITION: Final = GroupKind("apiextensions.k8s.io", "CustomResourceDefinition")
_APPROVED: Final = "argocd.argoproj.io/deletion-approved"
_GRANT_SECONDS: Final = 60.0


def stage_of(app: Application) -> str:
    """Return what is to be done next for a deleted application; empty when nothing is."""
    held = set(app.metadata.finalizers)
    return next((stage for stage, names in STAGES if held & names), "")


def cascade_of(app: Application) -> str:
    """Return the propagation policy of an application's cascade; empty for none."""
    for name in app.metadata.finalizers:
        if name in CASCADE:
            return CASCADE[name]
    return ""


def with_hook_finalizers(finalizers: list[str], hooks: Iterable[Manifest]) -> list[str]:
    """Return an application's finalizers as its PreDelete and PostDelete hooks ask for them."""
    phases = {phase for hook in hooks for phase in sync.hook_phases(hook)}
    wanted = []
    for phase, name in _HOOKS.items():
        if phase in phases:
            wanted += [name, f"{name}/cleanup"]
    ours = {n for name in _HOOKS.values() for n in (name, f"{name}/cleanup")}
    if {f for f in finalizers if f in ours} == set(wanted):
        return finalizers
    return [*(f for f in finalizers if f not in ours), *wanted]


def _kept(key: ResourceKey, live: Manifest, app: Application, rule: str) -> bool:
    return (
        key.group_kind == _DEFINITION
        or (sync.resource_options(live).delete or rule) == "false"
        or annotations_of(live).get("helm.sh/resource-policy") == "keep"
        or "PostDelete" in sync.hook_phases(live)
        or (key.group, key.kind, key.namespace, key.name)
        == ("argoproj.io", "Application", app.metadata.namespace, app.metadata.name)
    )


class Deletion:
    """Deletion, resumable at any point: it only looks at what is still there."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        """Grants last from now on by ``clock``, the boot-time clock."""
        self._clock = clock
        self._runner = HookRunner(clock=clock)

    async def run_hooks(
        self,
        handle: ClusterHandle,
        app: Application,
        rules: Project,
        hooks: Mapping[ResourceKey, Manifest],
        phase: str,
    ) -> list[ResourceKey]:
        """Run the hooks of a phase, wave after wave; return those that are not done yet.

        Raises:
            errors.FailedPrecondition: a hook failed; once its object is deleted it runs again.
            errors.PlumblineError: the project does not permit one, or the server refused.
        """
        run = _run(app)
        made = [
            (sync.wave_of(m), sync.hook_object(m, phase, run))
            for m in hooks.values()
            if phase in sync.hook_phases(m)
        ]
        made.sort(key=lambda item: (item[0], key_of(item[1])))
        for _, wave in itertools.groupby(made, key=lambda item: item[0]):
            pending = []
            for _, wanted in wave:
                key = key_of(wanted)
                started = await self._runner.start(handle, rules, app.qualified_name, wanted, key)
                if started is Started.WAITING:
                    pending.append(key)
                    continue
                result, message = await self._runner.result(handle, wanted, key)
                if result == "Failed":
                    raise errors.FailedPrecondition(
                        f"{phase} hook {shown(key)} failed" + (f": {message}" if message else "")
                    )
                if result == "Running":
                    pending.append(key)
            if pending:
                return pending
        return []

    async def clean_hooks(
        self, handle: ClusterHandle, app: Application, rules: Project, instance: str, phase: str
    ) -> None:
        """Let go of the hooks of a phase that is over, and delete those whose policy says so.

        Raises:
            errors.PlumblineError: as the server said.
        """
        mark = sync.run_mark(_run(app), phase)
        for key in handle.live.tracked_by(instance):
            live = handle.live.get(key)
            if live is None or not sync.is_run_of(live, mark):
                continue
            if sync.HOOK_FINALIZER in (live["metadata"].get("finalizers") or ()):
                await self._runner.release(handle, rules, app.qualified_name, live, key)
            task = sync.Task(key, live, 0, sync.Options(), phase=phase, hook=True)
            await self._runner.clean(
                handle, rules, app.qualified_name, [(task, sync.hook_result(live)[0])]
            )

    async def cascade(
        self, handle: ClusterHandle, app: Application, rules: Project, instance: str
    ) -> list[ResourceKey]:
        """Delete the highest wave that is left; return what is still there.

        Raises:
            errors.Unavailable: whether anything is left is not known now.
            errors.PlumblineError: an object could not be deleted; the others were tried.
        """
        policy = sync.parse_options(
            app.spec.sync_policy.sync_options if app.spec.sync_policy else ()
        )
        left = list(self._left(handle, app, instance, policy.delete))
        if not left:
            _require_complete(handle, app)
            return []
        approved = _is_approved(app)
        highest = max(wave for _, wave, _ in left)
        problem: errors.PlumblineError | None = None
        for key, wave, live in left:
            rule = sync.resource_options(live).delete or policy.delete
            if wave != highest or (rule == "confirm" and not approved):
                continue
            try:
                await self._delete(handle, app, rules, key, live)
            except errors.PlumblineError as error:
                problem = error
        if problem is not None:
            raise problem
        return [key for key, _, _ in left]

    def _left(
        self, handle: ClusterHandle, app: Application, instance: str, rule: str
    ) -> Iterable[tuple[ResourceKey, int, Manifest]]:
        for key in handle.live.tracked_by(instance):
            live = handle.live.get(key)
            if live is not None and not _kept(key, live, app, rule):
                yield key, sync.wave_of(live), live

    async def _delete(
        self,
        handle: ClusterHandle,
        app: Application,
        rules: Project,
        key: ResourceKey,
        live: Manifest,
    ) -> None:
        resource = handle.discovery.preferred(key.group_kind)
        if resource is None:
            return
        if sync.HOOK_FINALIZER in (live["metadata"].get("finalizers") or ()):
            # A hook of a sync that was under way: nobody else will let go of it.
            await self._runner.release(handle, rules, app.qualified_name, live, key)
        if live["metadata"].get("deletionTimestamp"):
            return
        grant = project.grant(
            rules,
            handle.cluster,
            key,
            namespaced=resource.namespaced,
            verbs=frozenset({"delete"}),
            app=app.qualified_name,
            expires_at=self._clock() + _GRANT_SECONDS,
        )
        await handle.door.delete(
            grant,
            resource,
            key,
            uid=text_at(live, "metadata", "uid"),
            propagation=cascade_of(app) or "Foreground",
        )


def _require_complete(handle: ClusterHandle, app: Application) -> None:
    """Refuse to call an application's objects gone while their kinds are not known completely.

    Its finalizer would be let go, and what it made stay behind with nobody to remove it.

    Raises:
        errors.Unavailable: names the kinds.
    """
    made = {GroupKind(r.group, r.kind) for r in app.status.resources}
    unknown = sorted(made & handle.live.incomplete())
    if unknown:
        kinds = ", ".join(f"{group}/{kind}" for group, kind in unknown)
        raise errors.Unavailable(f"the cluster's list of {kinds} is not complete")


def _run(app: Application) -> sync.HookRun:
    """The run of deletion hooks: there is one for each deletion."""
    revisions = app.status.sync.revisions or [app.status.sync.revision]
    started = int(seconds_of(app.metadata.deletion_timestamp))
    return sync.HookRun(app.metadata.uid, revisions[0], started)


def _is_approved(app: Application) -> bool:
    """Whether the user confirmed deletions since the application was deleted."""
    approved = seconds_of(app.metadata.annotations.get(_APPROVED))
    return approved >= seconds_of(app.metadata.deletion_timestamp)

"""One pass over one application: observe, decide, act, report.

Called by the controller's workers with a key, whenever something concerning the application changed
or a timer is due. A pass is level-based: it looks at what is, never at what happened. Decisions are
``plumbline.core``'s; this module puts them in order.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

import structlog

from plumbline.app_controller.application import deletion, planning
from plumbline.app_controller.application.statustree import Pass, build_status, operation_state
from plumbline.app_controller.outcome import Result
from plumbline.core import clusters, errors, project, sync, verdict, windows

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from plumbline.app_controller.application.clusterpool import ClusterHandle, ClusterPool
    from plumbline.app_controller.application.desired import AppKey
    from plumbline.app_controller.application.executor import Executor
    from plumbline.app_controller.application.operations import Operations
    from plumbline.app_controller.application.planning import Planner
    from plumbline.app_controller.application.reporting import Reporter
    from plumbline.app_controller.application.running import RunningSync
    from plumbline.app_controller.application.store import ApplicationStore, ProjectStore, Stored
    from plumbline.app_controller.application.targets import Targets
    from plumbline.core import settings
    from plumbline.core.model import Application, Project, ResourceKey
    from plumbline.kube.declared import Declared

__all__ = ["Reconciler"]

log = structlog.get_logger()

_REFRESH: Final = "argocd.argoproj.io/refresh"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reconciler:
    """The parts a pass works with, and the pass."""

    namespace: str
    apps: ApplicationStore
    projects: ProjectStore
    secrets: Declared
    pool: ClusterPool
    targets: Targets
    operations: Operations
    planner: Planner
    executor: Executor
    deletion: deletion.Deletion
    reporter: Reporter
    emit: Callable[[dict[str, Any], str, str, str], None]
    wall_clock: Callable[[], float]
    current: Callable[[], settings.Settings]
    waiting: Callable[[], AbstractAsyncContextManager[None]]
    """Lets other applications be worked on while this one waits for a repository or a cluster."""

    async def reconcile(self, key: AppKey) -> Result:
        """Bring one application's cluster, operation and status up to date.

        Raises:
            errors.PlumblineError: the pass could not be finished; the outcome table says what next.
        """
        # Observe: the application itself.
        stored = self.apps.get(key)
        if stored is None:
            self._forget(key)
            return Result()
        app = stored.app
        if app is None:
            return await self._invalid(stored, [stored.problem])

        # Decide: may it be what it says? Nothing is rendered or read for one that may not.
        rules = self.projects.get(app.spec.project)
        try:
            cluster = clusters.resolve(
                app.spec.destination,
                self.secrets.clusters(),
                in_cluster_enabled=self.current().in_cluster,
            )
        except errors.PlumblineError as error:
            return await self._invalid(stored, [error.message])
        problems = project.validate(app, rules, cluster, control_plane_namespace=self.namespace)
        handle = await self._connect(stored, cluster)
        if app.metadata.deletion_timestamp:
            return await self._delete(stored, app, handle, rules, problems)
        if problems or rules is None:
            return await self._invalid(stored, problems)

        # Observe: what Git wants and what the cluster has.
        now = self._pass(stored, app, handle, rules)
        async with self.waiting():
            now.target = await self.targets.of(now, app.metadata.annotations.get(_REFRESH, ""))
        await self._hold(now)
        await self._compare(now)

        # Decide and act: the operation in progress, the one asked for, or an automated one.
        after = await self._operate(now)

        # Report: one write, if anything changed.
        due = await self.reporter.report(
            now.stored,
            build_status(now, self.operations.current(key)),
            refreshed=now.refreshed,
            operation_done=now.operation_done,
        )
        self.operations.settle(key)
        waits = [w for w in (after, due, now.target.retry_after) if w is not None]
        return Result(requeue_after=min(waits, default=None))

    async def _connect(self, stored: Stored, cluster: clusters.Cluster) -> ClusterHandle:
        """Return the destination; what keeps us from it stands in the status, and is tried again.

        Raises:
            errors.PlumblineError: it cannot be reached.
        """
        try:
            async with self.waiting():
                return await self.pool.get(cluster)
        except errors.PlumblineError as error:
            message = f"Failed to load live state: {error.message}"
            await self._conditions(stored, [("ComparisonError", message)], unknown=True)
            if error.transient or isinstance(error, errors.InvalidArgument):
                raise
            # A refused login is no change of ours to wait for.
            raise errors.Unavailable(error.message) from error

    def _pass(
        self, stored: Stored, app: Application, handle: ClusterHandle, rules: Project
    ) -> Pass:
        return Pass(
            stored,
            app,
            handle,
            rules,
            refreshed=bool(app.metadata.annotations.get(_REFRESH)),
            time=self.wall_clock(),
            namespace=self.namespace,
            namespace_metadata=planning.namespace_metadata_of(app),
            windows=windows.matching(
                rules, app, cluster_name=handle.cluster.name, cluster_server=handle.cluster.server
            ),
        )

    async def _hold(self, now: Pass) -> None:
        """Keep the finalizers for PreDelete and PostDelete hooks as the target has such hooks."""
        if not now.target.complete:
            return
        held = now.app.metadata.finalizers
        wanted = deletion.with_hook_finalizers(held, now.target.set.hooks.values())
        if wanted != held:
            await self.reporter.finalizers(now.stored, wanted)
            now.stored = self.apps.get(now.stored.key) or now.stored

    async def _compare(self, now: Pass) -> None:
        """Compare target and live objects; without a target, nothing is judged.

        What cannot be compared is said, and counts as a target that is not known: nothing is
        written because of it.
        """
        if not now.target.complete:
            return
        try:
            await self._judge(now)
        except errors.PlumblineError as error:
            found = ("ComparisonError", error.message)
            now.compared, now.verdict = {}, None
            now.target = dataclasses.replace(
                now.target, complete=False, conditions=(*now.target.conditions, found)
            )

    async def _judge(self, now: Pass) -> None:
        target = now.target
        instance = now.app.instance_name(self.namespace)
        live = now.handle.live
        extra = [k for k in live.tracked_by(instance) if k not in target.set.objects]
        now.compared = await now.handle.comparer.compare(
            instance, target.set, extra, now.app.spec.ignore_differences
        )
        now.verdict = verdict.judge(now.compared, namespace_changed=now.namespace_changed)
        now.shared = tuple(planning.shared_with(now, target.set.objects, self.namespace))

    async def _operate(self, now: Pass) -> float | None:
        """Start or continue an operation; return when to decide about one again."""
        running, wait = self.operations.take(now)
        if running is None:
            return wait
        if not running.terminating:
            wait = self.operations.held(now, running)
            if wait is not None:
                return wait
            if running.finished_at:
                self.operations.again(now, running)
        wait = await self._advance(now, running)
        retry = self.operations.finish(now, running)
        now.operation_done = running.finished and not running.automated
        if running.checked:
            now.namespace_applied = running.namespace_metadata
        await self._compare(now)
        if running.finished and running.automated and now.stored.raw.get("operation"):
            return 0.0  # a user asked for one meanwhile
        return retry if retry is not None else wait

    async def _advance(self, now: Pass, running: RunningSync) -> float | None:
        """Do what an operation can do now: show it, plan it, carry it out."""
        if not running.automated and not running.announced:
            await self._journal(now, running)
            running.announced = True
        if running.plan is None and not running.terminating:
            await self._plan(now, running)
        if running.finished:
            return None

        async def journal() -> None:
            await self._journal(now, running)

        try:
            return await self.executor.advance(now.handle, running, journal)
        except errors.PlumblineError as error:
            if isinstance(error, errors.Conflict):
                raise  # somebody wrote meanwhile: the next pass looks again, at once
            if error.transient:
                # Tried again with growing pauses; whoever waits for it must see what for.
                running.message = error.message
                await self._journal(now, running)
                raise
            # The pass would not be tried again, and the operation stay Running without a word.
            running.phase, running.message = "Error", error.message
            return None

    async def _plan(self, now: Pass, running: RunningSync) -> None:
        """Plan an operation; one that cannot be planned ends here."""
        try:
            await self.planner.plan(now, running)
        except errors.PlumblineError as error:
            refused = isinstance(error, sync.PlanError)
            running.phase, running.message = "Failed" if refused else "Error", error.message
            running.permanent = not (refused or error.transient)

    async def _journal(self, now: Pass, running: RunningSync) -> None:
        """Store the state of an operation in progress.

        Raises:
            errors.Conflict: somebody changed the application, or asked to terminate: look again.
        """
        stored = self.apps.get(now.stored.key) or now.stored
        status = dict(stored.raw.get("status") or {})
        phase = (status.get("operationState") or {}).get("phase")
        if phase == "Terminating" and running.announced and not running.terminating:
            raise errors.Conflict("the operation is to be terminated")
        status["operationState"] = operation_state(running, self.reporter.now())
        await self.reporter.report(stored, status, journal=True)
        now.stored = self.apps.get(now.stored.key) or now.stored

    async def _delete(
        self,
        stored: Stored,
        app: Application,
        handle: ClusterHandle,
        rules: Project | None,
        problems: list[str],
    ) -> Result:
        """Carry out one stage of the deletion, then let go of its finalizers."""
        stage = deletion.stage_of(app)
        if not stage:
            return Result()
        self.operations.forget(stored.key)
        try:
            if problems and stage in deletion.RENDERED:
                # Hooks come from the sources: nothing is rendered or run for whom they are not.
                raise errors.FailedPrecondition("; ".join(problems))
            left = await self._stage(stored, app, handle, rules, stage)
        except errors.PlumblineError as error:
            await self._conditions(stored, [("DeletionError", error.message)])
            message = f"Unable to delete application resources: {error.message}"
            self.emit(stored.raw, "Warning", "StatusRefreshed", message)
            raise
        if left:
            log.info("deleting", app=app.qualified_name, stage=stage, left=len(left))
            return Result(requeue_after=5.0)
        done = dict(deletion.STAGES)[stage]
        kept = [f for f in app.metadata.finalizers if f not in done]
        await self.reporter.finalizers(stored, kept)
        log.info("deleted", app=app.qualified_name, stage=stage)
        return Result(requeue_after=0.0)

    async def _stage(
        self,
        stored: Stored,
        app: Application,
        handle: ClusterHandle,
        rules: Project | None,
        stage: str,
    ) -> list[ResourceKey]:
        """Do what a stage of the deletion can do now; return what it waits for."""
        if rules is None:
            raise errors.FailedPrecondition(
                f"Application referencing project {app.spec.project} which does not exist:"
                " nothing is deleted without a project that permits it"
            )
        instance = app.instance_name(self.namespace)
        phase, _, cleanup = stage.partition("/")
        if stage == "cascade":
            return await self.deletion.cascade(handle, app, rules, instance)
        if cleanup:
            await self.deletion.clean_hooks(handle, app, rules, instance, phase)
            return []
        target = await self.targets.of(self._pass(stored, app, handle, rules), "")
        if not target.complete:
            found = "; ".join(m for _, m in target.conditions)
            raise errors.FailedPrecondition(found or "the target state is not known")
        return await self.deletion.run_hooks(handle, app, rules, target.set.hooks, phase)

    async def _invalid(self, stored: Stored, problems: list[str]) -> Result:
        """Report an unacceptable specification; workloads stay as they are.

        An operation that has not begun ends here, so that whoever asked for it learns why. One in
        progress stays as it is, unless it is to be terminated: its hooks may be at work.
        """
        self.targets.forget(stored.key)
        found = [("InvalidSpecError", p) for p in problems]
        ended = self.operations.refused(stored, found, now=self.reporter.now())
        await self._conditions(stored, found, unknown=True, ended=ended)
        if ended:
            self.operations.tell_refused(stored, ended)
        return Result()

    async def _conditions(
        self,
        stored: Stored,
        found: list[tuple[str, str]],
        *,
        unknown: bool = False,
        ended: dict[str, Any] | None = None,
    ) -> None:
        status = dict(stored.raw.get("status") or {})
        if ended:
            status["operationState"] = ended
        before = stored.app.status.conditions if stored.app else []
        status["conditions"] = verdict.merge_conditions(
            before,
            found,
            evaluated={t for t, _ in found} | {"InvalidSpecError"},
            now=self.reporter.now(),
        )
        if unknown:
            status["sync"] = {**(status.get("sync") or {}), "status": "Unknown"}
            status["health"] = {"status": "Unknown"}
        annotations = (stored.raw.get("metadata") or {}).get("annotations") or {}
        await self.reporter.report(
            stored, status, refreshed=_REFRESH in annotations, operation_done=bool(ended)
        )

    def _forget(self, key: AppKey) -> None:
        self.targets.forget(key)
        self.operations.forget(key)
        self.reporter.forget(key)
        for handle in self.pool.started():
            handle.comparer.forget(key.name)

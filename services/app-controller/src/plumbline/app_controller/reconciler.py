"""One pass over one application: observe, decide, act, report.

Called by the controller's workers with a key, whenever something concerning the application changed
or a timer is due. A pass is level-based: it looks at what is, never at what happened. Decisions are
``plumbline.core``'s; this module puts them in order.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

import structlog

from plumbline.app_controller.application import deletion
from plumbline.app_controller.application.statustree import Pass, build_status, operation_state
from plumbline.app_controller.outcome import Result
from plumbline.core import clusters, errors, project, verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from plumbline.app_controller.application.clusterpool import ClusterHandle, ClusterPool
    from plumbline.app_controller.application.desired import AppKey
    from plumbline.app_controller.application.executor import Executor, RunningSync
    from plumbline.app_controller.application.operations import Operations
    from plumbline.app_controller.application.reporting import Reporter
    from plumbline.app_controller.application.store import ApplicationStore, ProjectStore, Stored
    from plumbline.app_controller.application.targets import Targets
    from plumbline.core import settings
    from plumbline.core.model import Application, Project
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
    executor: Executor
    deletion: deletion.Deletion
    reporter: Reporter
    wall_clock: Callable[[], float]
    current: Callable[[], settings.Settings]

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
        handle = await self.pool.get(cluster)
        if app.metadata.deletion_timestamp:
            return await self._delete(stored, app, handle, rules)
        if problems or rules is None:
            return await self._invalid(stored, problems)

        # Observe: what Git wants and what the cluster has.
        refresh = app.metadata.annotations.get(_REFRESH, "")
        now = Pass(
            stored,
            app,
            handle,
            rules,
            refreshed=bool(refresh),
            time=self.wall_clock(),
            namespace=self.namespace,
        )
        now.target = await self.targets.of(now, refresh)
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

    async def _compare(self, now: Pass) -> None:
        """Compare target and live objects; without a target, nothing is judged."""
        target = now.target
        if not target.complete:
            return
        instance = now.app.instance_name(self.namespace)
        live = now.handle.live
        extra = [k for k in live.tracked_by(instance) if k not in target.set.objects]
        now.compared = await now.handle.comparer.compare(
            instance, target.set, extra, now.app.spec.ignore_differences
        )
        now.verdict = verdict.judge(now.compared)

    async def _operate(self, now: Pass) -> float | None:
        """Start or continue an operation; return when to decide about one again."""
        key = now.stored.key
        self.operations.supersede(now)
        running = self.operations.current(key)
        wait: float | None = None
        if running is None:
            running, wait = self.operations.start(now)
        if running is None:
            return wait
        if running.retry_at > now.time:
            return running.retry_at - now.time
        running.terminating = _terminating(now.stored)
        if not running.automated and not running.announced:
            await self._announce(now, running)
        if not running.finished:
            await self.executor.advance(now.handle, running)
        wait = self.operations.finish(now, running)
        now.operation_done = running.finished
        await self._compare(now)
        return wait

    async def _announce(self, now: Pass, running: RunningSync) -> None:
        """Show a user's operation as Running before anything is done for it."""
        status = dict(now.stored.raw.get("status") or {})
        shown = dataclasses.replace(running, phase="Running", message="")
        status["operationState"] = operation_state(shown, now, self.reporter.now())
        await self.reporter.report(now.stored, status)
        running.announced = True
        now.stored = self.apps.get(now.stored.key) or now.stored

    async def _delete(
        self, stored: Stored, app: Application, handle: ClusterHandle, rules: Project | None
    ) -> Result:
        """Cascade, wave by wave; then let go of the finalizer."""
        if not deletion.cascade_of(app):
            return Result()
        instance = app.instance_name(self.namespace)
        try:
            if rules is None:
                raise errors.FailedPrecondition(
                    f"Application referencing project {app.spec.project} which does not exist:"
                    " nothing is deleted without a project that permits it"
                )
            left = await self.deletion.advance(handle, app, rules, instance)
        except errors.PlumblineError as error:
            await self._conditions(stored, [("DeletionError", error.message)])
            raise
        if left:
            log.info("deleting", app=app.qualified_name, left=len(left))
            return Result(requeue_after=30.0)
        kept = [f for f in app.metadata.finalizers if f not in deletion.CASCADE]
        await self.reporter.finalizers(stored, kept)
        log.info("deleted", app=app.qualified_name)
        return Result()

    async def _invalid(self, stored: Stored, problems: list[str]) -> Result:
        """Report an unacceptable specification; workloads stay as they are."""
        self.targets.forget(stored.key)
        await self._conditions(stored, [("InvalidSpecError", p) for p in problems], unknown=True)
        return Result()

    async def _conditions(
        self, stored: Stored, found: list[tuple[str, str]], *, unknown: bool = False
    ) -> None:
        status = dict(stored.raw.get("status") or {})
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
        await self.reporter.report(stored, status, refreshed=_REFRESH in annotations)

    def _forget(self, key: AppKey) -> None:
        self.targets.forget(key)
        self.operations.forget(key)
        self.reporter.forget(key)
        for handle in self.pool.started():
            handle.comparer.forget(key.name)


def _terminating(stored: Stored) -> bool:
    state = (stored.raw.get("status") or {}).get("operationState") or {}
    return bool(state.get("phase") == "Terminating")

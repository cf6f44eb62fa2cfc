"""Carries out a plan: phase after phase, wave after wave, each write through the door.

Called by the reconciler, once per pass, until the operation is finished: an operation waits between
waves by returning, and goes on when an event of one of its objects brings the next pass. Nothing is
decided here but what a server's answer means for the result rows (texts: behaviour.md section 3).

Before a step that must not be repeated (hook, prune, replace, force) the rows are journaled; a task
whose row has a result is never carried out again, whoever goes on with the operation.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from plumbline.app_controller.application import hooks, preflight
from plumbline.app_controller.application.clusterpool import ClusterHandle
from plumbline.app_controller.application.running import Journal, RunningSync, row_of, shown
from plumbline.app_controller.application.writes import DRY_RUN, Writer
from plumbline.core import errors, health, sync
from plumbline.core.model import ResourceKey

__all__ = ["Executor"]

_POLL: Final = 1.0  # seconds to look again at what sends no event of ours
_LONG: Final = 1.0  # seconds after which a plan in progress is shown as Running
_INCOMPLETE: Final = "one or more synchronization tasks completed unsuccessfully"
_NOT_APPLIED: Final = "one or more objects failed to apply"
_NAMESPACE: Final = ("", "Namespace", "")


class Executor:
    """Writes what plans say, at most ``parallelism`` objects at a time."""

    def __init__(
        self, *, clock: Callable[[], float], parallelism: int, wave_delay: float = 0.0
    ) -> None:
        """Work by the boot-time clock.

        Args:
            clock: seconds since boot.
            parallelism: objects written at the same time.
            wave_delay: seconds between a wave that changed something and the next.
        """
        self._clock = clock
        self._wave_delay = wave_delay
        self.writer = Writer(clock=clock, parallelism=parallelism)
        self.hooks = hooks.HookRunner(clock=clock)

    async def advance(
        self, handle: ClusterHandle, running: RunningSync, journal: Journal
    ) -> float | None:
        """Do everything that can be done now; ``running`` tells how far it came.

        Returns:
            Seconds after which to go on if no event comes before.

        Raises:
            errors.PlumblineError: the journal could not be written, or the cluster not be read.
        """
        if running.terminating:
            await self._terminate(handle, running)
            return None
        running.journaled_at = self._clock()
        if not running.checked and not await self._begin(handle, running):
            return None
        while running.position < len(running.waves):
            left = running.not_before - self._clock()
            if left > 0:
                return left
            wave = running.waves[running.position]
            unconfirmed = self._unconfirmed(running, wave)
            if unconfirmed:
                running.message = sync.waiting_text("pruning confirmation", unconfirmed)
                return None
            problem = None
            if not running.applied:
                problem = await self._write(handle, running, wave, journal)
            problem = await self._watch(handle, running, wave, journal) or problem
            waiting = self._waiting(handle, running, wave)
            if problem is not None and not _at_work(running, wave):
                self._fail(running, problem)
            elif not running.applied and problem is None:
                return _POLL
            elif waiting:
                running.message = waiting
                return None
            else:
                await self._leave(handle, running, wave)
        await self._finish(handle, running)
        return None

    async def _begin(self, handle: ClusterHandle, running: RunningSync) -> bool:
        """Check every task before the first write, and make the namespace."""
        problems = await preflight.invalid_tasks(self.writer, handle, running)
        if problems:
            text = "one or more synchronization tasks are not valid"
            running.message = f"{text}: {'; '.join(dict.fromkeys(problems))}"
            running.phase = "Failed"
            return False
        for key, message in running.plan.kept if running.plan else ():
            task = sync.Task(key, None, 0, sync.Options())
            version = _version(handle, key)
            running.rows.setdefault(task.id, row_of(task, "PruneSkipped", message, version=version))
        try:
            await self._namespace(handle, running)
        except errors.PlumblineError as error:
            running.phase = "Failed"
            running.message = f"the namespace failed to apply, reason: {error.message}"
            return False
        if not running.dry_run and await preflight.refused_later(self.writer, handle, running):
            running.phase = "Failed"
            running.message = _NOT_APPLIED + DRY_RUN
            return False
        running.checked = True
        return True

    async def _namespace(self, handle: ClusterHandle, running: RunningSync) -> None:
        key = ResourceKey(*_NAMESPACE, running.namespace)
        tasks = running.plan.tasks if running.plan else []
        wanted = running.options.create_namespace and running.namespace
        if not wanted or any(t.key == key for t in tasks):
            return
        message = await self.writer.namespace(handle, running)
        if message:
            task = sync.Task(key, {"apiVersion": "v1"}, 0, sync.Options(), phase="PreSync")
            running.rows.setdefault(task.id, row_of(task, "Synced", message))

    async def _write(
        self, handle: ClusterHandle, running: RunningSync, wave: sync.Wave, journal: Journal
    ) -> str | None:
        """Write one wave step by step; return why it failed. ``running.applied`` says it is done.

        Raises:
            errors.PlumblineError: the journal could not be written: nothing of the step was done.
        """
        for step in wave.steps:
            todo = [t for t in step if not running.done(t)]
            unsure = await self._intend(running, todo, journal)
            await asyncio.gather(
                *(self._task(handle, running, t, unsure=t.id in unsure) for t in todo)
            )
            failed = [
                str(running.rows[t.id]["message"])
                for t in step
                if running.rows.get(t.id, {}).get("status") == "SyncFailed"
            ]
            if failed:
                text = _NOT_APPLIED + (DRY_RUN if running.dry_run else "")
                return sync.operation_text(text, failed)
            waiting = [t.key for t in step if not running.done(t)]
            if waiting:
                running.message = sync.waiting_text("deletion", waiting, hooks=True)
                return None
            if self._is_long(running):
                running.message = "one or more tasks are running"
                await journal()
                running.journaled_at = self._clock()
        running.applied = True
        return None

    async def _intend(
        self, running: RunningSync, todo: Sequence[sync.Task], journal: Journal
    ) -> set[object]:
        """Record what is about to be done and must not be repeated; return what may be done."""
        if running.dry_run:
            return set()
        once = [t for t in todo if t.once]
        unsure: set[object] = {t.id for t in once if t.id in running.rows}
        fresh = [t for t in once if t.id not in unsure]
        if fresh:
            for task in fresh:
                running.rows[task.id] = row_of(task, "", "")
            running.message = "one or more tasks are running"
            try:
                await journal()
            except errors.PlumblineError:
                for task in fresh:
                    del running.rows[task.id]
                raise
            running.journaled_at = self._clock()
        return unsure

    async def _task(
        self, handle: ClusterHandle, running: RunningSync, task: sync.Task, *, unsure: bool
    ) -> None:
        status, message = "Synced", ""
        async with self.writer.limit:
            try:
                if task.manifest is None:
                    status = "Pruned"
                    message = await self.writer.prune(handle, running, task)
                elif task.hook:
                    started = await self._hook(handle, running, task)
                    if started is hooks.Started.WAITING:
                        return
                    word = "configured" if started is hooks.Started.CONFIGURED else "created"
                    message = f"{shown(task.key)} {word}" + (DRY_RUN if running.dry_run else "")
                else:
                    message = await self.writer.write(handle, running, task, unsure=unsure)
            except errors.PlumblineError as error:
                if task.hook and error.transient:
                    # It may have been made all the same: its mark tells, at the next look.
                    return
                status, message = "SyncFailed", error.message
        version = _version(handle, task.key) if task.prune else ""
        row = row_of(task, status, message, version=version)
        if running.dry_run and row["hookPhase"] == "Running":
            row["hookPhase"] = "Succeeded"
        running.rows[task.id] = row

    async def _hook(
        self, handle: ClusterHandle, running: RunningSync, task: sync.Task
    ) -> hooks.Started:
        manifest = task.manifest or {}
        resource = await self.writer.resource(handle, running, manifest)
        if not running.dry_run:
            return await self.hooks.start(handle, running.project, running.app, manifest, task.key)
        grant = self.hooks.grant(handle, running.project, running.app, task.key)
        try:
            await handle.door.create(grant, resource, manifest, dry_run=True)
        except errors.AlreadyExists:
            return hooks.Started.CREATED  # that of an earlier run, which makes way
        return hooks.Started.CREATED

    async def _watch(
        self, handle: ClusterHandle, running: RunningSync, wave: sync.Wave, journal: Journal
    ) -> str | None:
        """Take note of how hooks and objects of a written wave are; return why it failed."""
        if running.dry_run:
            return None
        ordered = [t for t in wave.tasks if t.hook and running.done(t)]
        for task in ordered:
            if running.hook_phase(task) == "Running":
                phase, message = await self.hooks.result(handle, task.manifest or {}, task.key)
                row = running.rows[task.id]
                running.rows[task.id] = row | {"hookPhase": phase} | (
                    {"message": message} if message else {}
                )  # fmt: skip
        held = [
            (task.key, live)
            for task in ordered
            if running.hook_phase(task) not in ("", "Running")
            and (live := self.hooks.held(handle, task.manifest or {}, task.key)) is not None
        ]
        if held:
            await journal()
            for key, live in held:
                await self.hooks.release(handle, running.project, running.app, live, key)
        failed = [
            str(running.rows[t.id]["message"])
            for t in ordered
            if running.hook_phase(t) in ("Failed", "Error")
        ]
        if running.applied:
            failed += self._degraded(handle, running, wave)
        return sync.operation_text(_INCOMPLETE, failed) if failed else None

    def _unconfirmed(self, running: RunningSync, wave: sync.Wave) -> list[ResourceKey]:
        """What a wave would remove and the user has not confirmed since the operation began."""
        if running.dry_run or running.approved_at >= int(running.started):
            return []
        return [t.key for t in wave.tasks if t.confirm and not running.done(t)]

    def _is_long(self, running: RunningSync) -> bool:
        """Whether to show how far it is: never for one wave of applies that may be repeated."""
        plain = len(running.waves) == 1 and not any(t.once for t in running.waves[0].tasks)
        late = self._clock() - running.journaled_at > _LONG
        return late and not plain and not running.dry_run

    def _is_last(self, running: RunningSync) -> bool:
        return running.position == len(running.waves) - 1

    def _degraded(self, handle: ClusterHandle, running: RunningSync, wave: sync.Wave) -> list[str]:
        """Why objects of a wave are Degraded; a later wave must not build on them."""
        found = []
        for task in wave.tasks:
            if task.prune or task.hook or self._is_last(running):
                continue
            live = handle.live.get(task.key)
            judged = health.assess(live) if live is not None else None
            if judged is not None and judged.status == "Degraded":
                found.append(judged.message or shown(task.key))
                row = running.rows[task.id]
                running.rows[task.id] = row | {"hookPhase": "Failed", "message": judged.message}
        return found

    def _waiting(self, handle: ClusterHandle, running: RunningSync, wave: sync.Wave) -> str:
        """What a wave still waits for; empty if it is done."""
        if running.dry_run:
            return ""
        unfinished = [t.key for t in _at_work(running, wave)]
        if unfinished:
            return sync.waiting_text("completion", unfinished, hooks=True)
        if self._is_last(running):
            return ""
        ordinary = [t for t in wave.tasks if not t.hook]
        going = [t.key for t in ordinary if t.prune and handle.live.get(t.key) is not None]
        if going:
            return sync.waiting_text("deletion", going)
        pending = [t.key for t in ordinary if not t.prune and not _is_well(handle, t.key)]
        return sync.waiting_text("healthy state", pending) if pending else ""

    async def _leave(self, handle: ClusterHandle, running: RunningSync, wave: sync.Wave) -> None:
        """Close a wave: rows, hooks of a phase that is over, the pause before the next."""
        rows = [running.rows[t.id] for t in wave.tasks]
        following = running.waves[running.position + 1 :]
        if following:
            for task in wave.tasks:
                if running.hook_phase(task) == "Running":
                    running.rows[task.id] = running.rows[task.id] | {"hookPhase": "Succeeded"}
        changed = any(not str(r["message"]).endswith(" unchanged") for r in rows)
        if following and changed and not running.dry_run:
            running.not_before = self._clock() + self._wave_delay
            running.message = "one or more tasks are running"
        if not following or following[0].phase != wave.phase:
            await self._clean(handle, running, phase=wave.phase)
        running.position, running.applied = running.position + 1, False

    async def _clean(self, handle: ClusterHandle, running: RunningSync, *, phase: str = "") -> None:
        if running.dry_run or running.plan is None:
            return
        ended = [
            (task, running.hook_phase(task))
            for task in running.plan.tasks
            if task.hook and task.id in running.rows and phase in ("", task.phase)
        ]
        await self.hooks.clean(handle, running.project, running.app, ended)

    def _fail(self, running: RunningSync, reason: str) -> None:
        """Go on with the SyncFail hooks, or end there."""
        if running.failure:
            shown_reason = reason.partition(", reason: ")[2]
            text = sync.operation_text("one or more SyncFail hooks failed", [shown_reason])
            running.failure = f"{running.failure}\n{text}"
            running.position = len(running.waves)
            return
        running.failure = reason
        running.position, running.applied, running.not_before = 0, False, 0.0
        if running.dry_run:
            running.position = len(running.waves)

    async def _finish(self, handle: ClusterHandle, running: RunningSync) -> None:
        await self._clean(handle, running)
        if running.failure:
            running.phase, running.message = "Failed", running.failure
            # What was about to begin when the operation failed did not.
            running.rows = {k: r for k, r in running.rows.items() if "status" in r}
            return
        running.phase = "Succeeded"
        done = "all tasks run" if running.waves else "no more tasks"
        running.message = f"successfully synced ({done})"

    async def _terminate(self, handle: ClusterHandle, running: RunningSync) -> None:
        """Delete the hooks in progress and end the operation.

        Raises:
            errors.Conflict: a hook changed meanwhile: it is to be deleted in the next pass.
        """
        phase, message = "Failed", running.terminating
        for (of, key), row in running.rows.items():
            if row.get("hookType") is None or row.get("hookPhase") != "Running":
                continue
            told = "Terminated"
            try:
                mark = sync.run_mark(running.hook_run, of)
                await self.hooks.abort(handle, running.project, running.app, key, mark)
            except errors.Conflict:
                raise
            except errors.PlumblineError as error:
                phase, message = "Error", "Operation termination had errors"
                told = error.message
            row |= {"hookPhase": "Failed", "message": told}
            row.setdefault("status", "Synced")
        await self._clean(handle, running)
        running.phase, running.message = phase, message


def _at_work(running: RunningSync, wave: sync.Wave) -> list[sync.Task]:
    """The hooks of a wave that were started and have not ended."""
    return [
        t for t in wave.tasks if t.hook and running.done(t) and running.hook_phase(t) == "Running"
    ]


def _is_well(handle: ClusterHandle, key: ResourceKey) -> bool:
    live = handle.live.get(key)
    judged = health.assess(live) if live is not None else None
    return live is not None and (judged is None or judged.status == "Healthy")


def _version(handle: ClusterHandle, key: ResourceKey) -> str:
    known = handle.discovery.preferred(key.group_kind)
    return known.version if known else ""

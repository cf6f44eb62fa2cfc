"""Carries out a plan: each write through the door with a grant, wave after wave.

Called by the reconciler, once per pass, until the operation is finished: an operation waits between
waves by returning, and goes on when an event of one of its objects brings the next pass. Nothing is
decided here but what a server's answer means for the result rows (texts: behaviour.md section 3).
"""

import asyncio
import dataclasses
from collections.abc import Callable
from typing import Any, Final

import orjson

from plumbline.app_controller.application.clusterpool import ClusterHandle
from plumbline.core import diff, errors, health, project, sync
from plumbline.core.model import (
    GroupKind,
    Manifest,
    Project,
    ResourceKey,
    gvk_of,
    text_at,
)
from plumbline.kube.discovery import ApiResource

__all__ = ["Executor", "RunningSync"]

_GRANT_SECONDS: Final = 60.0
_KIND_WAIT: Final = 15.0  # seconds a definition of the same sync may take to be served
_SECRET: Final = GroupKind("", "Secret")
_NAMESPACE: Final = GroupKind("", "Namespace")


@dataclasses.dataclass
class RunningSync:
    """A sync in progress: the plan, pinned to a commit, and how far it is."""

    operation: dict[str, Any]
    plan: sync.Plan
    options: sync.Options
    revisions: tuple[str, ...]
    started_at: str
    project: Project
    app: str
    namespace: str
    automated: bool = False
    heals: int = 0
    selective: bool = False
    announced: bool = False
    retries: int = 0
    retry_at: float = 0.0
    wave: int = 0
    applied: bool = False
    terminating: bool = False
    results: dict[ResourceKey, dict[str, Any]] = dataclasses.field(default_factory=dict)
    phase: str = "Running"
    message: str = ""

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.phase in ("Succeeded", "Failed", "Error")


def _row(key: ResourceKey, version: str, status: str, message: str) -> dict[str, Any]:
    phases = {"Synced": "Running", "SyncFailed": "Failed"}
    return {
        "group": key.group,
        "version": version,
        "kind": key.kind,
        "namespace": key.namespace,
        "name": key.name,
        "status": status,
        "message": message,
        "hookPhase": phases.get(status, "Succeeded"),
        "syncPhase": "Sync",
    }


def _shown(key: ResourceKey) -> str:
    """The name of an object in kubectl's output."""
    kind = key.kind.lower() + (f".{key.group}" if key.group else "")
    return f"{kind}/{key.name}"


class Executor:
    """Writes what plans say, at most ``parallelism`` objects at a time."""

    def __init__(self, *, clock: Callable[[], float], parallelism: int) -> None:
        self._clock = clock
        self._limit = asyncio.Semaphore(parallelism)

    async def advance(self, handle: ClusterHandle, running: RunningSync) -> None:
        """Do everything that can be done now; ``running`` tells how far it came."""
        if running.terminating:
            running.phase, running.message = "Failed", "Operation terminated"
            return
        for key, message in running.plan.kept:
            running.results.setdefault(key, _row(key, "", "PruneSkipped", message))
        try:
            await self._create_namespace(handle, running)
        except errors.PlumblineError as error:
            running.phase = "Failed"
            running.message = f"the namespace failed to apply, reason: {error.message}"
            return
        waves = running.plan.waves
        while running.wave < len(waves):
            wave = waves[running.wave]
            if not running.applied:
                if not await self._write(handle, running, wave):
                    return
                running.applied = True
            last = running.wave == len(waves) - 1
            broken = [] if last else self._degraded(handle, wave)
            if broken:
                running.phase = "Failed"
                running.message = (
                    "one or more synchronization tasks completed unsuccessfully,"
                    f" reason: {','.join(broken)}"
                )
                return
            waiting = "" if last else self._waiting(handle, wave)
            if waiting:
                running.message = waiting
                return
            running.wave, running.applied = running.wave + 1, False
        running.phase = "Succeeded"
        done = "all tasks run" if waves else "no more tasks"
        running.message = f"successfully synced ({done})"

    async def _write(self, handle: ClusterHandle, running: RunningSync, wave: sync.Wave) -> bool:
        """Write one wave step by step; ``False`` if a step failed."""
        for step in wave.steps:
            await asyncio.gather(*(self._task(handle, running, task) for task in step))
            failed = [
                running.results[t.key]["message"]
                for t in step
                if running.results[t.key]["status"] == "SyncFailed"
            ]
            if failed:
                running.phase = "Failed"
                reasons = ",".join(failed)
                running.message = f"one or more objects failed to apply, reason: {reasons}"
                return False
        return True

    async def _task(self, handle: ClusterHandle, running: RunningSync, task: sync.Task) -> None:
        version = gvk_of(task.manifest).version if task.manifest else ""
        async with self._limit:
            try:
                if task.manifest is None:
                    status, message = await self._prune(handle, running, task)
                else:
                    status = "Synced"
                    message = await self._apply(handle, running, task, task.manifest)
            except errors.PlumblineError as error:
                status, message = "SyncFailed", error.message
        running.results[task.key] = _row(task.key, version, status, message)

    def _grant(
        self, handle: ClusterHandle, running: RunningSync, key: ResourceKey, *verbs: str
    ) -> project.WriteGrant:
        namespaced = handle.discovery.namespaced(key.group_kind)
        return project.grant(
            running.project,
            handle.cluster,
            key,
            namespaced=bool(key.namespace) if namespaced is None else namespaced,
            verbs=frozenset(verbs),
            app=running.app,
            expires_at=self._clock() + _GRANT_SECONDS,
        )

    async def _apply(
        self, handle: ClusterHandle, running: RunningSync, task: sync.Task, manifest: Manifest
    ) -> str:
        key = task.key
        grant = self._grant(handle, running, key, "create", "patch")
        resource = await self._resource(handle, running, manifest)
        live = await self._live(handle, resource, key, manifest)
        validate = running.options.validate and task.options.validate
        request = diff.client_side_apply(manifest, live, schema=handle.schema)
        if isinstance(request, diff.Create):
            try:
                answer = await handle.door.create(grant, resource, request.body, validate=validate)
            except errors.AlreadyExists:
                # Made by somebody else since the cache was filled: adopt it by a patch.
                live = await handle.client.get(resource.path(key.namespace, key.name))
                request = diff.client_side_apply(manifest, live, schema=handle.schema)
            else:
                handle.live.observe(answer)
                return f"{_shown(key)} created"
        if isinstance(request, diff.Patch):
            answer = await handle.door.patch(
                grant,
                resource,
                key,
                orjson.dumps(request.patch),
                content_type=request.content_type,
                validate=validate,
            )
            handle.live.observe(answer)
            return f"{_shown(key)} configured"
        return f"{_shown(key)} unchanged"

    async def _live(
        self, handle: ClusterHandle, resource: ApiResource, key: ResourceKey, manifest: Manifest
    ) -> Manifest | None:
        """The live object with real values, in the wanted version."""
        live = handle.live.get(key)
        if live is None:
            return None
        if key.group_kind != _SECRET and gvk_of(live) == gvk_of(manifest):
            return live
        try:
            found: Manifest = await handle.client.get(resource.path(key.namespace, key.name))
        except errors.NotFound:
            return None
        return found

    async def _resource(
        self, handle: ClusterHandle, running: RunningSync, manifest: Manifest
    ) -> ApiResource:
        """The kind of an object; waits for one whose definition is part of this sync."""
        gvk = gvk_of(manifest)
        declared = any(
            t.manifest is not None
            and text_at(t.manifest, "spec", "names", "kind") == gvk.kind
            and text_at(t.manifest, "spec", "group") == gvk.group
            for t in running.plan.tasks
        )
        until = asyncio.get_running_loop().time() + (_KIND_WAIT if declared else 0.0)
        while True:
            try:
                return await handle.discovery.find(gvk)
            except errors.NotFound:
                if asyncio.get_running_loop().time() >= until:
                    raise
                await asyncio.sleep(0.2)

    async def _prune(
        self, handle: ClusterHandle, running: RunningSync, task: sync.Task
    ) -> tuple[str, str]:
        entry = handle.live.entry(task.key)
        if entry is None:
            return "Pruned", "pruned"
        grant = self._grant(handle, running, task.key, "delete")
        resource = handle.discovery.preferred(task.key.group_kind)
        if resource is None:
            raise errors.NotFound(f"the kind of {task.key} is not served any more")
        await handle.door.delete(
            grant, resource, task.key, uid=entry.uid, propagation=running.options.propagation
        )
        return "Pruned", "pruned"

    def _degraded(self, handle: ClusterHandle, wave: sync.Wave) -> list[str]:
        """Why objects of a wave are Degraded; a later wave must not build on them."""
        found = []
        for task in wave.tasks:
            live = None if task.prune else handle.live.get(task.key)
            judged = health.assess(live) if live is not None else None
            if judged is not None and judged.status == "Degraded":
                found.append(judged.message or _shown(task.key))
        return found

    def _waiting(self, handle: ClusterHandle, wave: sync.Wave) -> str:
        """What a wave still waits for; empty if it is done."""
        pending = []
        for task in wave.tasks:
            live = handle.live.get(task.key)
            name = f"{task.key.group}/{task.key.kind}/{task.key.name}"
            if task.prune:
                if live is not None:
                    return f"waiting for deletion of {name}"
                continue
            judged = health.assess(live) if live is not None else None
            if live is None or (judged is not None and judged.status != "Healthy"):
                pending.append(name)
        if not pending:
            return ""
        more = f" and {len(pending) - 1} more resources" if len(pending) > 1 else ""
        return f"waiting for healthy state of {pending[0]}{more}"

    async def _create_namespace(self, handle: ClusterHandle, running: RunningSync) -> None:
        name = running.namespace
        key = ResourceKey(*_NAMESPACE, "", name)
        if not running.options.create_namespace or not name or handle.live.get(key) is not None:
            return
        if any(t.key == key for t in running.plan.tasks):
            return
        grant = project.grant_internal(
            running.project,
            handle.cluster,
            name,
            app=running.app,
            expires_at=self._clock() + _GRANT_SECONDS,
        )
        manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        resource = await handle.discovery.find(gvk_of(manifest))
        try:
            handle.live.observe(await handle.door.create(grant, resource, manifest))
        except errors.AlreadyExists:
            return

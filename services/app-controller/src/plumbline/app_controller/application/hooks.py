"""Runs hooks: makes each once, watches it to its end, and removes it as its policies say.

Called by the executor during a sync and by ``deletion`` for PreDelete and PostDelete hooks. The
caller records the intent before :meth:`HookRunner.start` and the end before
:meth:`HookRunner.release`: between the two the finalizer keeps the object, so that after a crash at
any moment the object itself tells how far the hook is (core/sync/_hooks.py). Every write needs a
grant of the application's project, here as everywhere.
"""

import enum
from collections.abc import Callable, Iterable
from typing import Final

import orjson

from plumbline.app_controller.application.clusterpool import ClusterHandle
from plumbline.app_controller.application.running import shown
from plumbline.core import diff, errors, project, sync, tracking
from plumbline.core.model import Manifest, Project, ResourceKey, annotations_of, gvk_of, text_at
from plumbline.kube.discovery import ApiResource

__all__ = ["HookRunner", "Started", "missing_text"]

_GRANT_SECONDS: Final = 60.0


class Started(enum.Enum):
    """What became of the request to start a hook."""

    CREATED = "created"
    ADOPTED = "adopted"
    """It was made by this run already, before a restart."""
    CONFIGURED = "configured"
    """An object that does not run (a Role, a ConfigMap) was there and is updated."""
    WAITING = "waiting"
    """An object of an earlier run is being deleted."""


def missing_text(key: ResourceKey) -> str:
    """Return the message of a hook whose object is gone."""
    return f"Resource {key.kind}/{key.namespace}/{key.name} is missing, it might have been deleted"


class HookRunner:
    """The hooks of one cluster and project at a time."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        """Grants last from now on by ``clock``, the boot-time clock."""
        self._clock = clock

    def grant(
        self, handle: ClusterHandle, rules: Project, app: str, key: ResourceKey
    ) -> project.WriteGrant:
        """Return the proof that a project permits to run a hook.

        Raises:
            errors.PermissionDenied: it does not.
        """
        namespaced = handle.discovery.namespaced(key.group_kind)
        return project.grant(
            rules,
            handle.cluster,
            key,
            namespaced=bool(key.namespace) if namespaced is None else namespaced,
            verbs=frozenset({"create", "patch", "delete"}),
            app=app,
            expires_at=self._clock() + _GRANT_SECONDS,
        )

    async def start(
        self, handle: ClusterHandle, rules: Project, app: str, wanted: Manifest, key: ResourceKey
    ) -> Started:
        """Create a hook's object unless this run has; make way for it first.

        Raises:
            errors.FailedPrecondition: an earlier run's object is there, and no policy removes it;
                or the object is another application's.
            errors.PlumblineError: as the server said.
        """
        grant = self.grant(handle, rules, app, key)
        resource = await handle.discovery.find(gvk_of(wanted))
        live = await self._read(handle, resource, key)
        if live is None:
            try:
                answer = await handle.door.create(grant, resource, wanted)
            except errors.AlreadyExists:
                live = await self._read(handle, resource, key)
                if live is None:
                    return Started.WAITING
            else:
                handle.live.observe(answer)
                return Started.CREATED
        handle.live.observe(live)
        if sync.is_run_of(live, _mark(wanted)):
            return Started.ADOPTED
        owner = _owner(live)
        if owner and owner != _owner(wanted):
            # The default policy deletes what stands in a hook's place: never another's object.
            raise errors.FailedPrecondition(
                f"{shown(key)} belongs to application {owner}; a hook may not take its place"
            )
        if text_at(live, "metadata", "deletionTimestamp") or _in_the_way(live, wanted):
            await self._remove(handle, grant, resource, live)
            return Started.WAITING
        if sync.runs_to_an_end(wanted):
            raise errors.FailedPrecondition(
                f"{shown(key)} of an earlier run exists, and its delete policy keeps it"
            )
        return await self._configure(handle, grant, resource, wanted, live)

    async def result(
        self, handle: ClusterHandle, wanted: Manifest, key: ResourceKey
    ) -> tuple[str, str]:
        """Return a started hook's phase and message; Failed if its object is gone or going.

        Raises:
            errors.PlumblineError: the object could not be read.
        """
        live = handle.live.get(key)
        if live is None or not sync.is_run_of(live, _mark(wanted)):
            # The cache may be behind; only the API server can say that it is gone.
            live = await handle.live.read(key)
        if live is None or not sync.is_run_of(live, _mark(wanted)):
            return "Failed", missing_text(key)
        phase, message = sync.hook_result(live)
        if phase == "Running" and text_at(live, "metadata", "deletionTimestamp"):
            return "Failed", missing_text(key)
        return phase, message

    def held(self, handle: ClusterHandle, wanted: Manifest, key: ResourceKey) -> Manifest | None:
        """Return a hook's live object, as cached, if the finalizer still keeps it."""
        live = handle.live.get(key)
        if live is None or not sync.is_run_of(live, _mark(wanted)):
            return None
        return live if sync.HOOK_FINALIZER in _finalizers(live) else None

    async def release(
        self, handle: ClusterHandle, rules: Project, app: str, live: Manifest, key: ResourceKey
    ) -> None:
        """Take the finalizer off a hook whose end is recorded.

        Raises:
            errors.PlumblineError: as the server said.
        """
        resource = await handle.discovery.find(gvk_of(live))
        await self._release(handle, self.grant(handle, rules, app, key), resource, live)

    async def clean(
        self,
        handle: ClusterHandle,
        rules: Project,
        app: str,
        ended: Iterable[tuple[sync.Task, str]],
    ) -> None:
        """Delete the objects of ended hooks whose policies say so.

        Args:
            handle: the cluster.
            rules: the project.
            app: the application's qualified name.
            ended: hooks and the phase each ended in.

        Raises:
            errors.PlumblineError: as the server said.
        """
        for task, phase in ended:
            policy = {"Succeeded": "HookSucceeded", "Failed": "HookFailed"}.get(phase, "")
            live = handle.live.get(task.key)
            if (
                policy not in task.policies
                or live is None
                or task.manifest is None
                or not sync.is_run_of(live, _mark(task.manifest))
                or text_at(live, "metadata", "deletionTimestamp")
            ):
                continue
            resource = await handle.discovery.find(gvk_of(live))
            grant = self.grant(handle, rules, app, task.key)
            await self._remove(handle, grant, resource, live)

    async def abort(
        self, handle: ClusterHandle, rules: Project, app: str, key: ResourceKey, mark: str
    ) -> None:
        """Delete the object of a hook that is terminated while it runs.

        Raises:
            errors.PlumblineError: as the server said.
        """
        resource = handle.discovery.preferred(key.group_kind)
        live = await self._read(handle, resource, key) if resource is not None else None
        if resource is not None and live is not None and sync.is_run_of(live, mark):
            await self._remove(handle, self.grant(handle, rules, app, key), resource, live)

    async def _read(
        self, handle: ClusterHandle, resource: ApiResource, key: ResourceKey
    ) -> Manifest | None:
        try:
            found: Manifest = await handle.client.get(resource.path(key.namespace, key.name))
        except errors.NotFound:
            return None
        return found

    async def _release(
        self,
        handle: ClusterHandle,
        grant: project.WriteGrant,
        resource: ApiResource,
        live: Manifest,
    ) -> None:
        try:
            handle.live.observe(
                await handle.door.release(grant, resource, live, sync.HOOK_FINALIZER)
            )
        except errors.NotFound:
            return

    async def _remove(
        self,
        handle: ClusterHandle,
        grant: project.WriteGrant,
        resource: ApiResource,
        live: Manifest,
    ) -> None:
        """Let an object go: its pods first, so that two runs never work at the same time."""
        if sync.HOOK_FINALIZER in _finalizers(live):
            await self._release(handle, grant, resource, live)
        if not text_at(live, "metadata", "deletionTimestamp"):
            uid = text_at(live, "metadata", "uid")
            await handle.door.delete(grant, resource, grant.key, uid=uid, propagation="Foreground")

    async def _configure(
        self,
        handle: ClusterHandle,
        grant: project.WriteGrant,
        resource: ApiResource,
        wanted: Manifest,
        live: Manifest,
    ) -> Started:
        request = diff.client_side_apply(wanted, live, schema=handle.schema)
        if isinstance(request, diff.Patch):
            answer = await handle.door.patch(
                grant,
                resource,
                grant.key,
                orjson.dumps(request.patch),
                content_type=request.content_type,
            )
            handle.live.observe(answer)
        return Started.CONFIGURED


def _mark(wanted: Manifest) -> str:
    return annotations_of(wanted).get(sync.RUN_MARK, "")


def _owner(manifest: Manifest) -> str:
    """The instance name of the application that an object is marked for; empty if none."""
    found = tracking.parse_id(annotations_of(manifest).get(tracking.TRACKING_ID, ""))
    return found.app if found is not None else ""


def _finalizers(live: Manifest) -> list[str]:
    found = (live.get("metadata") or {}).get("finalizers")
    return found if isinstance(found, list) else []


def _in_the_way(live: Manifest, wanted: Manifest) -> bool:
    """Whether an earlier run's object is to be deleted before a new one is made."""
    policies = sync.hook_policies(wanted)
    if "BeforeHookCreation" in policies:
        return True
    phase = sync.hook_result(live)[0]
    overdue = {"Succeeded": "HookSucceeded", "Failed": "HookFailed"}.get(phase, "")
    return overdue in policies and sync.runs_to_an_end(wanted)

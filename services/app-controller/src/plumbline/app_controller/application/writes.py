"""Writes of ordinary objects: apply, server-side apply, replace, by force, and removal.

Called by the executor, one task at a time; every write goes through the door with a grant that is
made here from the project as it is now. What an option means for a request is kubectl's meaning
(config.md section 10); the texts of results are kubectl's too.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import orjson

from plumbline.app_controller.application.clusterpool import ClusterHandle
from plumbline.app_controller.application.running import RunningSync, shown
from plumbline.core import diff, errors, project, sync
from plumbline.core.model import GroupKind, Manifest, ResourceKey, annotations_of, gvk_of, text_at
from plumbline.kube.discovery import ApiResource

__all__ = ["DRY_RUN", "Writer", "defines"]

DRY_RUN: Final = " (dry run)"
_GRANT_SECONDS: Final = 60.0
_KIND_WAIT: Final = 15.0  # seconds a definition of the same sync may take to be served
_GONE_WAIT: Final = 60.0  # seconds an object that is made anew may take to go
_SECRET: Final = GroupKind("", "Secret")
_NAMESPACE: Final = GroupKind("", "Namespace")
_IN_PLACE: Final = frozenset(
    {_NAMESPACE, GroupKind("apiextensions.k8s.io", "CustomResourceDefinition")}
)


class Writer:
    """Writes the objects of one task."""

    def __init__(self, *, clock: Callable[[], float], parallelism: int) -> None:
        """Grants last from now on by ``clock``, the boot-time clock."""
        self._clock = clock
        self.limit = asyncio.Semaphore(parallelism)

    def grant(
        self, handle: ClusterHandle, running: RunningSync, key: ResourceKey, *verbs: str
    ) -> project.WriteGrant:
        """Return the proof that the project permits a write.

        Raises:
            errors.PermissionDenied: it does not.
        """
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

    async def write(
        self, handle: ClusterHandle, running: RunningSync, task: sync.Task, *, unsure: bool = False
    ) -> str:
        """Write the object of a task and return kubectl's word for it.

        Args:
            handle: the cluster.
            running: the sync.
            task: an ordinary task with a manifest.
            unsure: whether it may have been carried out already, before a restart.

        Raises:
            errors.PlumblineError: as the server said.
        """
        manifest = task.manifest or {}
        self.grant(handle, running, task.key, "create", "patch")
        resource = await self.resource(handle, running, manifest)
        live = await self._live(handle, resource, task.key, manifest)
        if live is not None and running.ignore:
            pointers = diff.pointers_for(running.ignore, task.key)
            manifest = sync.keep_ignored(manifest, live, pointers)
        method = sync.method_of(running.options, task.options, live, force=running.force)
        once = method.force or method.kind == "replace"
        if unsure and once and live is not None and self._as_desired(handle, manifest, live):
            return f"{shown(task.key)} unchanged"
        call = _Call(self, handle, running, task, resource)
        if running.dry_run:
            return await call.send(method.kind, manifest, live) + DRY_RUN
        if method.kind == "replace" and method.force and live is not None:
            if task.key.group_kind not in _IN_PLACE:
                return await call.recreate(manifest, live, "replaced")
        elif method.force and live is not None:
            try:
                return await call.send(method.kind, manifest, live)
            except (errors.InvalidArgument, errors.Conflict):
                return await call.recreate(manifest, live, "configured")
        return await call.send(method.kind, manifest, live)

    async def prune(self, handle: ClusterHandle, running: RunningSync, task: sync.Task) -> str:
        """Remove a live object; that it is gone already is success.

        Raises:
            errors.PlumblineError: as the server said.
        """
        grant = self.grant(handle, running, task.key, "delete")
        if running.dry_run:
            return "pruned" + DRY_RUN
        entry = handle.live.entry(task.key)
        if entry is None:
            return "pruned"
        resource = handle.discovery.preferred(task.key.group_kind)
        if resource is None:
            raise errors.NotFound(f"the kind of {task.key} is not served any more")
        propagation = running.options.propagation
        await handle.door.delete(grant, resource, task.key, uid=entry.uid, propagation=propagation)
        return "pruned"

    async def namespace(self, handle: ClusterHandle, running: RunningSync) -> str:
        """Make the destination namespace, or bring its managed metadata up to date.

        Returns:
            kubectl's word for it; empty if there was nothing to do.

        Raises:
            errors.PlumblineError: as the server said.
        """
        name = running.namespace
        key = ResourceKey(*_NAMESPACE, "", name)
        exists = handle.live.get(key) is not None
        if exists and not running.namespace_metadata:
            return ""
        grant = project.grant_internal(
            running.project,
            handle.cluster,
            name,
            app=running.app,
            expires_at=self._clock() + _GRANT_SECONDS,
        )
        metadata = {"name": name, **running.namespace_metadata}
        manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
        resource = await handle.discovery.find(gvk_of(manifest))
        if running.namespace_metadata:
            handle.live.observe(await handle.door.apply(grant, resource, manifest))
            return f"{shown(key)} serverside-applied"
        try:
            handle.live.observe(await handle.door.create(grant, resource, manifest))
        except errors.AlreadyExists:
            return ""
        return f"{shown(key)} created"

    async def resource(
        self, handle: ClusterHandle, running: RunningSync, manifest: Manifest
    ) -> ApiResource:
        """Return the kind of an object; waits for one whose definition is part of this sync.

        Raises:
            errors.NotFound: the kind is not served.
        """
        gvk = gvk_of(manifest)
        known = handle.discovery.known(gvk)
        if known is not None:
            return known
        loop = asyncio.get_running_loop()
        until = loop.time() + (_KIND_WAIT if defines(running, gvk.group_kind) else 0.0)
        while True:
            try:
                return await handle.discovery.find(gvk)
            except errors.NotFound:
                if loop.time() >= until:
                    raise
                await asyncio.sleep(0.2)

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

    def _as_desired(self, handle: ClusterHandle, manifest: Manifest, live: Manifest) -> bool:
        return not diff.three_way(manifest, live, schema=handle.schema).modified


def defines(running: RunningSync, kind: GroupKind) -> bool:
    """Whether the definition of a kind is part of a sync."""
    tasks = running.plan.tasks if running.plan else []
    return any(
        t.manifest is not None
        and text_at(t.manifest, "spec", "names", "kind") == kind.kind
        and text_at(t.manifest, "spec", "group") == kind.group
        for t in tasks
        if t.key.kind == "CustomResourceDefinition"
    )


class _Call:
    """The requests for one object."""

    def __init__(
        self,
        writer: Writer,
        handle: ClusterHandle,
        running: RunningSync,
        task: sync.Task,
        resource: ApiResource,
    ) -> None:
        self._writer = writer
        self._handle = handle
        self._running = running
        self._key = task.key
        self._resource = resource
        self._options: dict[str, Any] = {
            "validate": running.options.validate and task.options.validate,
            "dry_run": running.dry_run,
        }

    def _grant(self, *verbs: str) -> project.WriteGrant:
        return self._writer.grant(self._handle, self._running, self._key, *verbs)

    def _seen(self, answer: Manifest, word: str) -> str:
        if not self._running.dry_run:
            self._handle.live.observe(answer)
        return f"{shown(self._key)} {word}"

    async def send(self, kind: str, manifest: Manifest, live: Manifest | None) -> str:
        """Send one request of the kind (``apply``, ``server-side``, ``replace``)."""
        if kind == "server-side":
            # Who applies client-side leaves this annotation; it goes with the migration.
            applied = live is not None and diff.LAST_APPLIED in annotations_of(live)
            if applied and self._running.options.migrates and not self._running.dry_run:
                await self._migrate()
            body = diff.drop_server_fields(manifest)
            grant = self._grant("create", "patch")
            answer = await self._handle.door.apply(grant, self._resource, body, **self._options)
            return self._seen(answer, "serverside-applied")
        if kind == "replace":
            return await self._replace(manifest, live)
        return await self._apply(manifest, live)

    async def _migrate(self) -> None:
        """Make our Apply the owner of what was applied client-side before."""
        path = self._resource.path(self._key.namespace, self._key.name)
        found = await self._handle.client.get(path)
        managers = sync.CLIENT_SIDE_MANAGERS | self._running.migrated_managers
        fields = sync.migrated_fields(found, managers)
        if fields is None:
            return
        version = text_at(found, "metadata", "resourceVersion")
        change = {"metadata": {"managedFields": fields, "resourceVersion": version}}
        await self._handle.door.patch(
            self._grant("patch"),
            self._resource,
            self._key,
            orjson.dumps(change),
            content_type="application/merge-patch+json",
            validate=False,
        )

    async def recreate(self, manifest: Manifest, live: Manifest, word: str) -> str:
        """Delete the object, wait until it is gone, and make it anew."""
        uid = text_at(live, "metadata", "uid")
        path = self._resource.path(self._key.namespace, self._key.name)
        await self._handle.door.delete(
            self._grant("delete"), self._resource, self._key, uid=uid, propagation="Background"
        )
        loop = asyncio.get_running_loop()
        until = loop.time() + _GONE_WAIT
        while True:
            try:
                found = await self._handle.client.get(path)
            except errors.NotFound:
                break
            if text_at(found, "metadata", "uid") != uid:
                raise errors.Conflict(f"{shown(self._key)} was made anew by somebody else")
            if loop.time() >= until:
                raise errors.DeadlineExceeded(f"{shown(self._key)} is still being deleted")
            await asyncio.sleep(0.2)
        self._handle.live.observe_deleted(self._key, uid)
        await self._create(self._body(manifest))
        return f"{shown(self._key)} {word}"

    def _body(self, manifest: Manifest) -> Manifest:
        """The object to POST, with kubectl's annotation where it is applied again later."""
        request = diff.client_side_apply(manifest, None, schema=self._handle.schema)
        return request.body if isinstance(request, diff.Create) else manifest

    async def _create(self, body: Manifest) -> str:
        answer = await self._handle.door.create(
            self._grant("create"), self._resource, body, **self._options
        )
        return self._seen(answer, "created")

    async def _replace(self, manifest: Manifest, live: Manifest | None) -> str:
        body = diff.drop_server_fields(manifest)
        if live is None:
            return await self._create(body)
        metadata = {
            **body["metadata"],
            "resourceVersion": text_at(live, "metadata", "resourceVersion"),
        }
        answer = await self._handle.door.replace(
            self._grant("patch"), self._resource, {**body, "metadata": metadata}, **self._options
        )
        return self._seen(answer, "replaced")

    async def _apply(self, manifest: Manifest, live: Manifest | None) -> str:
        schema = self._handle.schema
        request = diff.client_side_apply(manifest, live, schema=schema)
        if isinstance(request, diff.Create):
            try:
                return await self._create(request.body)
            except errors.AlreadyExists:
                # Made by somebody else since the cache was filled: adopt it by a patch.
                path = self._resource.path(self._key.namespace, self._key.name)
                live = await self._handle.client.get(path)
                request = diff.client_side_apply(manifest, live, schema=schema)
        if isinstance(request, diff.Patch):
            answer = await self._handle.door.patch(
                self._grant("patch"),
                self._resource,
                self._key,
                orjson.dumps(request.patch),
                content_type=request.content_type,
                **self._options,
            )
            return self._seen(answer, "configured")
        return f"{shown(self._key)} unchanged"

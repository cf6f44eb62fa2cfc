"""The controller's own gRPC service: what only it knows and only it may write, for the api-server.

Registered by ``wiring`` behind mutual TLS and a role check. An object is shown or written only as
part of an application, and only if the application's project permits it (security.md, 1b); writes
go through the cluster's write door. Values of Secrets leave masked (behaviour.md section 6);
interceptors map the errors.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import quote, urlencode

import grpc
import orjson

from plumbline.app_controller.application.belongings import Belongings
from plumbline.app_controller.application.clusterpool import ClusterHandle, ClusterPool
from plumbline.app_controller.application.desired import AppKey, DesiredState
from plumbline.app_controller.application.store import ApplicationStore
from plumbline.app_controller.application.treewatch import TreeWatch
from plumbline.core import clusters, diff, errors, health, model, sync, tree
from plumbline.core.model import Application, GroupKind, Manifest, ResourceKey
from plumbline.kube.declared import Declared
from plumbline.kube.discovery import ApiResource
from plumbline.pb.controller import controller_pb2, controller_pb2_grpc
from plumbline.pb.server import application_pb2, events_pb2
from plumbline.pb.v1alpha1 import generated_pb2
from plumbline.rpc import convert

__all__ = ["Channel"]

_SECRET: Final = GroupKind("", "Secret")
_GATHER: Final = 0.1  # seconds in which changes of a watched tree become one
_PATCHES: Final = frozenset(
    {
        "application/merge-patch+json",
        "application/json-patch+json",
        "application/strategic-merge-patch+json",
    }
)
_BLIND: Final = frozenset({"add", "remove", "replace"})


class Channel(controller_pb2_grpc.ControllerServiceServicer):
    """plumbline.controller.v1.ControllerService."""

    def __init__(
        self,
        apps: ApplicationStore,
        secrets: Declared,
        pool: ClusterPool,
        desired: DesiredState,
        belongings: Belongings,
        trees: TreeWatch,
    ) -> None:
        """Answer from the controller's parts.

        Args:
            apps: the Applications.
            secrets: the declared clusters.
            pool: connections to them.
            desired: the watched revisions, for hints.
            belongings: which live objects are an application's.
            trees: tells when an application's tree may have changed.
        """
        self._apps = apps
        self._belongings = belongings
        self._trees = trees
        self._secrets = secrets
        self._pool = pool
        self._desired = desired
        self._namespace = belongings.namespace

    async def Moved(  # noqa: N802 -- gRPC requires this name
        self, request: controller_pb2.MovedRequest, _: grpc.aio.ServicerContext
    ) -> controller_pb2.MovedResponse:
        """Look at a repository's revisions now."""
        matched = self._desired.moved(request.repo_url, request.ref)
        return controller_pb2.MovedResponse(matched=matched)

    async def ResourceTree(  # noqa: N802 -- gRPC requires this name
        self, request: controller_pb2.AppRef, _: grpc.aio.ServicerContext
    ) -> generated_pb2.ApplicationTree:
        """Return the live objects of an application and what they own."""
        app, handle = await self._find(request)
        return self._tree(app, handle)

    async def WatchResourceTree(  # noqa: N802 -- gRPC requires this name
        self, request: controller_pb2.AppRef, _: grpc.aio.ServicerContext
    ) -> AsyncIterator[generated_pb2.ApplicationTree]:
        """Yield an application's tree, and again whenever it is another.

        Raises:
            errors.NotFound: the application is gone.
        """
        key = AppKey(request.namespace or self._namespace, request.name)
        sent: bytes | None = None  # an empty tree is told, too
        with self._trees.reader(key) as moved:
            while True:
                moved.clear()
                app, handle = await self._find(request)
                message = self._tree(app, handle)
                content = message.SerializeToString(deterministic=True)
                if content != sent:
                    sent = content
                    yield message
                await moved.wait()
                await asyncio.sleep(_GATHER)

    def _tree(self, app: Application, handle: ClusterHandle) -> generated_pb2.ApplicationTree:
        roots = self._belongings.roots(app, handle)
        parents = {child: parent for parent, child in handle.live.descendants(roots)}
        nodes = []
        for key in [*roots, *parents]:
            manifest = handle.live.get(key)
            if manifest is None:
                continue
            above = handle.live.get(parents[key]) if key in parents else None
            nodes.append(
                tree.Observed(manifest, health.assess(manifest), (above,) if above else ())
            )
        compared = handle.comparer.known(app.instance_name(self._namespace))
        nodes += [
            tree.Observed(_bare(key, one.target), model.Health(status="Missing"))
            for key, one in compared.items()
            if one.target is not None
            and one.live is None
            and not sync.is_hook(one.target)
            and handle.live.entry(key) is None
        ]
        message: generated_pb2.ApplicationTree = convert.to_message(
            tree.build(nodes), generated_pb2.ApplicationTree
        )
        return message

    async def ManagedResources(  # noqa: N802 -- gRPC requires this name
        self, request: controller_pb2.ManagedResourcesRequest, _: grpc.aio.ServicerContext
    ) -> application_pb2.ManagedResourcesResponse:
        """Return target and live state of an application's resources, and what would change."""
        app, handle = await self._find(request.app)
        compared = handle.comparer.known(app.instance_name(self._namespace))
        options = handle.comparer.options(app.spec.ignore_differences)
        items = []
        for key, one in sorted(compared.items()):
            if _asked_for(request, key):
                seen = one.live is not None and self._belongings.permitted(app, handle, key)
                live = await self._real(handle, key, one.live) if seen else None
                items.append(_item(key, one.target, live, handle, options))
        message: application_pb2.ManagedResourcesResponse = convert.to_message(
            {"items": items}, application_pb2.ManagedResourcesResponse
        )
        return message

    async def LiveObject(  # noqa: N802 -- gRPC requires this name
        self, request: controller_pb2.LiveObjectRequest, _: grpc.aio.ServicerContext
    ) -> controller_pb2.LiveObjectResponse:
        """Return one live object that belongs to an application, Secrets masked.

        Raises:
            errors.NotFound: it does not belong to the application, or does not exist.
        """
        app, handle = await self._find(request.app)
        key = self._key(app, handle, request)
        resource = await _resource(handle, key, request.version)
        try:
            found = await handle.client.get(resource.path(key.namespace, key.name))
        except errors.NotFound:
            raise self._belongings.not_part(app, key) from None
        return _shown(found)

    async def PatchResource(  # noqa: N802 -- gRPC requires this name
        self, request: controller_pb2.PatchResourceRequest, _: grpc.aio.ServicerContext
    ) -> controller_pb2.LiveObjectResponse:
        """Patch one live object that belongs to an application; Secrets come back masked.

        Raises:
            errors.NotFound: it does not belong to the application, or does not exist.
            errors.PermissionDenied: the application's project does not permit it.
        """
        if request.content_type not in _PATCHES:
            raise errors.InvalidArgument(f"Patch type '{request.content_type}' is not supported")
        app, handle = await self._find(request.object.app)
        key = self._key(app, handle, request.object)
        if key.group_kind == _SECRET:
            _require_blind(request)
        resource = await _resource(handle, key, request.object.version)
        answer = await handle.door.patch(
            self._belongings.grant(app, handle, resource, key, "patch"),
            resource,
            key,
            request.patch,
            content_type=request.content_type,
        )
        if handle.discovery.preferred(key.group_kind) == resource:
            handle.live.observe(answer)
        return _shown(answer)

    async def DeleteResource(  # noqa: N802 -- gRPC requires this name
        self, request: controller_pb2.DeleteResourceRequest, _: grpc.aio.ServicerContext
    ) -> controller_pb2.DeleteResourceResponse:
        """Delete one live object that belongs to an application.

        Raises:
            errors.NotFound: it does not belong to the application.
            errors.PermissionDenied: the application's project does not permit it.
        """
        app, handle = await self._find(request.object.app)
        key = self._key(app, handle, request.object)
        resource = await _resource(handle, key, request.object.version)
        entry = handle.live.entry(key)
        if entry is None:
            raise self._belongings.not_part(app, key)
        propagation = "Background" if request.force else "Foreground"
        await handle.door.delete(
            self._belongings.grant(app, handle, resource, key, "delete"),
            resource,
            key,
            uid=entry.uid,
            propagation="Orphan" if request.orphan else propagation,
            grace_seconds=0 if request.force else None,
        )
        return controller_pb2.DeleteResourceResponse()

    async def ResourceEvents(  # noqa: N802 -- gRPC requires this name
        self, request: controller_pb2.ResourceEventsRequest, _: grpc.aio.ServicerContext
    ) -> events_pb2.EventList:
        """Return the Events about one live object that belongs to an application.

        Raises:
            errors.NotFound: no object of the application has this name and uid.
        """
        app, handle = await self._find(request.app)
        for key in self._belongings.all(app, handle):
            entry = handle.live.entry(key)
            named = (key.namespace, key.name) == (request.namespace, request.name)
            if named and entry is not None and request.uid in ("", entry.uid):
                chosen = {
                    "involvedObject.name": key.name,
                    "involvedObject.namespace": key.namespace,
                    "involvedObject.uid": entry.uid,
                }
                break
        else:
            raise errors.NotFound(
                f"{request.name} not found as part of application {app.metadata.name}"
            )
        query = urlencode({"fieldSelector": ",".join(f"{k}={v}" for k, v in chosen.items())})
        where = quote(request.namespace or "default", safe="")
        listed = await handle.client.get(f"/api/v1/namespaces/{where}/events?{query}")
        message: events_pb2.EventList = convert.to_message(listed, events_pb2.EventList)
        return message

    def _key(
        self, app: Application, handle: ClusterHandle, request: controller_pb2.LiveObjectRequest
    ) -> ResourceKey:
        key = ResourceKey(request.group, request.kind, request.namespace, request.name)
        self._belongings.require(app, handle, key)
        return key

    async def ClusterStates(  # noqa: N802 -- gRPC requires this name
        self, request: controller_pb2.ClusterStatesRequest, _: grpc.aio.ServicerContext
    ) -> controller_pb2.ClusterStatesResponse:
        """Return what is known of the clusters that are connected, or of one of them."""
        states = [
            _cluster_state(handle)
            for handle in self._pool.started()
            if request.server in ("", handle.cluster.server)
        ]
        return controller_pb2.ClusterStatesResponse(clusters=states)

    async def _find(self, ref: controller_pb2.AppRef) -> tuple[Application, ClusterHandle]:
        key = AppKey(ref.namespace or self._namespace, ref.name)
        stored = self._apps.get(key)
        if stored is None or stored.app is None:
            raise errors.NotFound(f'applications.argoproj.io "{ref.name}" not found')
        cluster = clusters.resolve(stored.app.spec.destination, self._secrets.clusters())
        return stored.app, await self._pool.get(cluster)

    async def _real(
        self, handle: ClusterHandle, key: ResourceKey, live: Manifest | None
    ) -> Manifest | None:
        """The live object with its real values, which a Secret's cached copy lacks."""
        if live is None or key.group_kind != _SECRET:
            return live
        return await handle.live.read(key)


def _require_blind(request: controller_pb2.PatchResourceRequest) -> None:
    """Refuse operations of a JSON patch that bring a Secret's values to light.

    ``copy`` and ``move`` could put one into an annotation, which is shown; ``test`` tells a guess.

    Raises:
        errors.InvalidArgument: it holds such an operation, or is no JSON patch.
    """
    if request.content_type != "application/json-patch+json":
        return
    try:
        found = orjson.loads(request.patch)
    except orjson.JSONDecodeError:
        raise errors.InvalidArgument("the patch is not JSON") from None
    steps = found if isinstance(found, list) else [found]
    if not all(isinstance(s, dict) and s.get("op") in _BLIND for s in steps):
        allowed = ", ".join(sorted(_BLIND))
        raise errors.InvalidArgument(f"JSON patches of a Secret may hold {allowed} only")


def _shown(manifest: Manifest) -> controller_pb2.LiveObjectResponse:
    masked = diff.mask_secrets(None, manifest).live
    return controller_pb2.LiveObjectResponse(manifest=orjson.dumps(masked))


def _bare(key: ResourceKey, target: Manifest) -> Manifest:
    """An object that is not there, as a tree shows it."""
    metadata = {"name": key.name, **({"namespace": key.namespace} if key.namespace else {})}
    return {"apiVersion": target.get("apiVersion"), "kind": key.kind, "metadata": metadata}


async def _resource(handle: ClusterHandle, key: ResourceKey, version: str) -> ApiResource:
    """Return a kind in the version asked for, or in the server's preferred one.

    Raises:
        errors.NotFound: the cluster does not serve it.
    """
    preferred = handle.discovery.preferred(key.group_kind)
    if preferred is not None and version in ("", preferred.version):
        return preferred
    return await handle.discovery.find(model.GroupVersionKind(key.group, version, key.kind))


def _cluster_state(handle: ClusterHandle) -> controller_pb2.ClusterState:
    version = handle.discovery.kube_version.lstrip("v").split(".")
    lagging = sorted(f"{k.group}/{k.kind}" for k in handle.live.incomplete())
    return controller_pb2.ClusterState(
        server=handle.cluster.server,
        status="Failed" if len(lagging) >= handle.live.kinds else "Successful",
        message=f"cannot be watched now: {', '.join(lagging)[:500]}" if lagging else "",
        version=".".join(version[:2]),
        objects=handle.live.objects,
        kinds=handle.live.kinds,
        api_versions=handle.discovery.api_versions,
        kube_version=handle.discovery.kube_version,
    )


def _asked_for(request: controller_pb2.ManagedResourcesRequest, key: ResourceKey) -> bool:
    wanted = ResourceKey(request.group, request.kind, request.namespace, request.name)
    return all(not want or want == have for want, have in zip(wanted, key, strict=True))


def _item(
    key: ResourceKey,
    target: Manifest | None,
    live: Manifest | None,
    handle: ClusterHandle,
    options: diff.Options,
) -> dict[str, object]:
    """Return a ResourceDiff as JSON; states are JSON texts, ``null`` for what is not there."""
    shown_target, shown_live = diff.mask_secrets(target, live)
    normalized, predicted, modified = shown_live, shown_target, False
    if target is not None and live is not None:
        found = diff.three_way(target, live, schema=handle.schema, options=options)
        modified = found.modified
        predicted, normalized = diff.mask_secrets(found.predicted, found.normalized_live)
    elif target is None:
        predicted = None
    manifest = target or live or {}
    item = {
        "group": key.group,
        "kind": key.kind,
        "namespace": key.namespace,
        "name": key.name,
        "targetState": _text(shown_target),
        "liveState": _text(shown_live),
        "normalizedLiveState": _text(normalized),
        "predictedLiveState": _text(predicted),
        "resourceVersion": str(((live or {}).get("metadata") or {}).get("resourceVersion", "")),
        "modified": modified,
        "hook": sync.is_hook(manifest),
    }
    return {k: v for k, v in item.items() if v != "" and v is not False}


def _text(manifest: Manifest | None) -> str:
    return orjson.dumps(manifest).decode()

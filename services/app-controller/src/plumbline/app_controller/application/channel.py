"""The controller's own gRPC service: what only it knows, for the api-server.

Registered by ``wiring`` behind mutual TLS and a role check. Read-only but for ``Moved``, which is a
hint. Values of Secrets leave masked (behaviour.md section 6); interceptors map the errors.
"""

import grpc
import orjson

from plumbline.app_controller.application.clusterpool import ClusterHandle, ClusterPool
from plumbline.app_controller.application.desired import AppKey, DesiredState
from plumbline.app_controller.application.store import ApplicationStore
from plumbline.core import clusters, diff, errors, health, sync, tree
from plumbline.core.model import Application, GroupKind, Manifest, ResourceKey
from plumbline.kube.declared import Declared
from plumbline.pb.controller import controller_pb2, controller_pb2_grpc
from plumbline.pb.server import application_pb2
from plumbline.pb.v1alpha1 import generated_pb2
from plumbline.rpc import convert

__all__ = ["Channel"]

_SECRET = GroupKind("", "Secret")


class Channel(controller_pb2_grpc.ControllerServiceServicer):
    """plumbline.controller.v1.ControllerService."""

    def __init__(
        self,
        apps: ApplicationStore,
        secrets: Declared,
        pool: ClusterPool,
        desired: DesiredState,
        *,
        namespace: str,
    ) -> None:
        """Answer from the controller's parts; ``namespace`` is the control plane's."""
        self._apps = apps
        self._secrets = secrets
        self._pool = pool
        self._desired = desired
        self._namespace = namespace

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
        roots = handle.live.tracked_by(app.instance_name(self._namespace))
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
        built = tree.build(nodes)
        message: generated_pb2.ApplicationTree = convert.to_message(
            built, generated_pb2.ApplicationTree
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
                live = await self._real(handle, key, one.live)
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
        key = ResourceKey(request.group, request.kind, request.namespace, request.name)
        roots = handle.live.tracked_by(app.instance_name(self._namespace))
        owned = {*roots, *(child for _, child in handle.live.descendants(roots))}
        found = await handle.live.read(key) if key in owned else None
        if found is None:
            raise errors.NotFound(
                f"{key.kind} {key.group} {key.name} not found as part of application"
                f" {app.metadata.name}"
            )
        masked = diff.mask_secrets(None, found)[1]
        return controller_pb2.LiveObjectResponse(manifest=orjson.dumps(masked))

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

"""ApplicationService, the writing half: create, update, patch and delete Applications.

Only what a user may decide is written: name, labels, annotations, finalizers and the specification.
Status is the controller's, and an operation in a body counts only for who may sync (security.md,
1b). Every write is a patch against the version it was computed from.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import grpc
import orjson

from plumbline.api_server.prepared import Prepared
from plumbline.api_server.rows import Row
from plumbline.api_server.services.application_access import Access, project_of
from plumbline.core import errors, model, operation, patch, project
from plumbline.pb.server import application_pb2
from plumbline.pb.v1alpha1 import generated_pb2
from plumbline.rpc import convert

__all__ = ["Writes"]

_FINALIZERS: Final = {
    "": "resources-finalizer.argocd.argoproj.io",
    "foreground": "resources-finalizer.argocd.argoproj.io",
    "background": "resources-finalizer.argocd.argoproj.io/background",
}
_CASCADES: Final = frozenset(_FINALIZERS.values()) | {
    "resources-finalizer.argocd.argoproj.io/foreground"
}
_DECIDED: Final = ("labels", "annotations", "finalizers")
_PATCH_BYTES: Final = 1024 * 1024
_DIFFERENT: Final = "existing application spec is different, use upsert flag to force update"


class _Named(NamedTuple):
    """How a request names an application, where its body does it."""

    name: str
    appNamespace: str  # noqa: N815 -- as the requests spell it
    project: str


class Writes(Access):
    """What needs ``create``, ``update`` or ``delete``."""

    async def Create(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.ApplicationCreateRequest, _: grpc.aio.ServicerContext
    ) -> Prepared:
        """Create an application; one that is there already must be equal, or ``upsert`` be set."""
        body = convert.to_json(request.application)
        wanted = self._wanted(body)
        app = model.decode_application(wanted)
        target = self._object_name(project_of(app), app.metadata.namespace, app.metadata.name)
        self._permissions.require("applications", "create", target)
        known = self._rows.get(app.metadata.namespace, app.metadata.name)
        if known is not None:
            return await self._exists(known, wanted, request)
        await self._check(app, render=_validates(request))
        asked = self._operation(app, body, target)
        manifest = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            **wanted,
            **({"operation": asked} if asked else {}),
        }
        try:
            answer = await self._own.create("Application", manifest)
        except errors.AlreadyExists:
            there = await self._own.get("Application", app.metadata.namespace, app.metadata.name)
            return await self._exists(Row(there), wanted, request)
        row = self._rows.observe(answer)
        self._tell(row, "ResourceCreated", "created application")
        return row.answer

    async def Update(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.ApplicationUpdateRequest, _: grpc.aio.ServicerContext
    ) -> Prepared:
        """Replace specification, labels, annotations and finalizers of an application."""
        wanted = self._wanted(convert.to_json(request.application))
        metadata = wanted["metadata"]
        named = _Named(metadata["name"], metadata["namespace"], request.project)
        row = self._find(named, "update")
        row = await self._write(row, lambda _: wanted, render=_validates(request))
        return row.answer

    async def UpdateSpec(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.ApplicationUpdateSpecRequest, _: grpc.aio.ServicerContext
    ) -> generated_pb2.ApplicationSpec:
        """Replace an application's specification."""
        row = self._find(request, "update")
        spec = convert.to_json(request.spec)

        def make(now: Row) -> model.Manifest:
            return self._wanted({**orjson.loads(now.json), "spec": spec})

        row = await self._write(row, make, render=_validates(request))
        return row.message.spec

    async def Patch(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.ApplicationPatchRequest, _: grpc.aio.ServicerContext
    ) -> Prepared:
        """Apply a JSON patch or a merge patch; only what a user may decide takes effect."""
        row = self._find(request, "update")
        apply = _patch_of(request)

        def make(now: Row) -> model.Manifest:
            patched = apply(orjson.loads(now.json))
            if not isinstance(patched, dict) or not isinstance(patched.get("metadata"), dict):
                raise errors.InvalidArgument("the patch leaves no Application")
            patched["metadata"] |= {"name": now.name, "namespace": now.namespace}
            message = convert.to_message(patched, generated_pb2.Application)
            return self._wanted(convert.to_json(message))

        row = await self._write(row, make, render=True)
        return row.answer

    async def Delete(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.ApplicationDeleteRequest, _: grpc.aio.ServicerContext
    ) -> application_pb2.ApplicationResponse:
        """Delete an application, with what it made unless cascading is switched off."""
        row = self._find(request, "delete")
        cascade = request.cascade or not request.HasField("cascade")
        policy = request.propagationPolicy.lower()
        if not cascade and policy:
            raise errors.InvalidArgument("cannot set propagation policy when cascading is disabled")
        if policy not in _FINALIZERS:
            raise errors.InvalidArgument(f"invalid propagation policy: {request.propagationPolicy}")

        def change(now: Row) -> dict[str, Any] | None:
            held = now.app.metadata.finalizers
            kept = [f for f in held if f not in _CASCADES]
            wanted = [*kept, _FINALIZERS[policy]] if cascade else kept
            if now.app.metadata.deletion_timestamp:
                # What is being deleted takes no new finalizers, but may lose some.
                wanted = held if cascade else kept
            return None if wanted == held else {"metadata": {"finalizers": wanted}}

        _, row = await self._merge(row, change)
        await self._own.delete("Application", row.namespace, row.name, uid=row.uid)
        self._tell(row, "ResourceDeleted", "deleted application")
        return application_pb2.ApplicationResponse()

    async def _exists(
        self,
        row: Row,
        wanted: model.Manifest,
        request: application_pb2.ApplicationCreateRequest,
    ) -> Prepared:
        """Answer a create of what is there already.

        Raises:
            errors.InvalidArgument: it differs and no upsert was asked for.
            errors.PermissionDenied: an upsert needs ``update`` on the one that is there.
        """
        if not self._sees(row):
            raise errors.InvalidArgument(_DIFFERENT)
        if _decided(self._wanted(orjson.loads(row.json))) == _decided(wanted):
            return row.answer
        if not request.upsert:
            raise errors.InvalidArgument(_DIFFERENT)
        self._permissions.require("applications", "update", self._object(row))

        def make(now: Row) -> model.Manifest:
            given, held = wanted["metadata"], now.app.metadata
            labels = {**held.labels, **given.get("labels", {})}
            annotations = {**held.annotations, **given.get("annotations", {})}
            return {
                **wanted,
                "metadata": {**given, "labels": labels, "annotations": annotations},
            }

        return (await self._write(row, make, render=_validates(request))).answer

    async def _write(self, row: Row, make: Callable[[Row], model.Manifest], *, render: bool) -> Row:
        """Replace what a user may decide with what ``make`` returns for the present version.

        Raises:
            errors.PermissionDenied: the new project needs ``create`` there.
            errors.InvalidArgument: the new specification is not valid.
        """
        checked: model.Manifest | None = None

        async def write(now: Row) -> model.Manifest | None:
            nonlocal checked
            wanted = make(now)
            app = model.decode_application(wanted)
            if checked != wanted["spec"]:
                if project_of(app) != now.project:
                    target = self._object_name(project_of(app), now.namespace, now.name)
                    self._permissions.require("applications", "create", target)
                moved = app.spec.all_sources != now.app.spec.all_sources
                await self._check(app, render=render and moved)
                checked = wanted["spec"]
            tree = now.tree
            if _decided(tree) == _decided(wanted):
                return None
            metadata = {k: v for k, v in tree["metadata"].items() if k not in _DECIDED}
            decided = _decided(wanted)
            tree["metadata"] = {**metadata, **decided["metadata"]}
            return await self._own.replace("Application", {**tree, "spec": decided["spec"]})

        before, after = await self._retry(row, write)
        if after is not before:
            self._tell(after, "ResourceUpdated", "updated application spec")
        return after

    def _wanted(self, tree: model.Manifest) -> model.Manifest:
        """Return what a body may decide of an Application: an allow-list.

        Raises:
            errors.InvalidArgument: it has no name, or cannot be read.
            errors.PermissionDenied: Applications of its namespace are not ours.
        """
        metadata = tree.get("metadata") or {}
        if not metadata.get("name"):
            raise errors.InvalidArgument("application.metadata.name is required")
        spec = _without_nulls(tree.get("spec") or {})
        spec["project"] = spec.get("project") or "default"
        kept = {k: metadata[k] for k in _DECIDED if metadata.get(k)}
        namespace = self._permitted_namespace(metadata.get("namespace", ""))
        return {
            "metadata": {"name": metadata["name"], "namespace": namespace, **kept},
            "spec": spec,
        }

    def _operation(
        self, app: model.Application, body: model.Manifest, target: str
    ) -> dict[str, Any] | None:
        """Return the operation that a new application begins with, if the caller may sync it."""
        asked = (body.get("operation") or {}).get("sync")
        if not asked or not self._permissions.allows("applications", "sync", target):
            return None
        request = operation.SyncRequest(
            revision=asked.get("revision", ""),
            revisions=tuple(asked.get("revisions") or ()),
            prune=asked.get("prune", False),
            dry_run=asked.get("dryRun", False),
            strategy=asked.get("syncStrategy"),
            resources=tuple(asked.get("resources") or ()),
            manifests=tuple(asked.get("manifests") or ()),
            infos=tuple(body["operation"].get("info") or ()),
            retry=body["operation"].get("retry"),
            sync_options=tuple(asked["syncOptions"]) if asked.get("syncOptions") else None,
        )
        if self._overrides(app, request) and not self._permissions.allows(
            "applications", "override", target
        ):
            return None
        return operation.sync(
            app,
            request,
            user=self._user(),
            replace_allowed=self._parts.settings.sync_with_replace_allowed,
        )

    async def _check(self, app: model.Application, *, render: bool) -> None:
        """Refuse a specification that the controller could not work with.

        Raises:
            errors.InvalidArgument: with the contract's texts (behaviour.md section 2).
        """
        rules = self._project(app)
        name = app.metadata.name
        try:
            cluster = self._cluster(app)
        except errors.PlumblineError as error:
            raise errors.InvalidArgument(
                f"application destination spec for {name} is invalid: {error.message}"
            ) from error
        found = project.validate(app, rules, cluster, control_plane_namespace=self._namespace)
        if not found and render:
            found = await self._sources.problems(app)
        if found:
            conditions = ";".join(f"InvalidSpecError: {message}" for message in found)
            raise errors.InvalidArgument(f"application spec for {name} is invalid: {conditions}")


def _validates(request: Any) -> bool:
    """Whether a request wants its sources tried; it does unless it says no."""
    return bool(request.validate) or not request.HasField("validate")


def _decided(tree: model.Manifest) -> model.Manifest:
    """Return the parts of an Application that are a user's to decide."""
    metadata = tree.get("metadata") or {}
    kept = {k: metadata[k] for k in _DECIDED if metadata.get(k)}
    return {"metadata": kept, "spec": tree.get("spec") or {}}


def _without_nulls(tree: Any) -> Any:
    """Return a tree without null members, which Go's JSON has and the CRD's schema refuses.

    In a chart's values a null means something: it takes a default away.
    """
    if isinstance(tree, dict):
        return {
            k: v if k == "valuesObject" else _without_nulls(v)
            for k, v in tree.items()
            if v is not None
        }
    if isinstance(tree, list):
        return [_without_nulls(item) for item in tree]
    return tree


def _patch_of(request: application_pb2.ApplicationPatchRequest) -> Callable[[Any], Any]:
    """Return the function that applies a request's patch.

    Raises:
        errors.InvalidArgument: its type is not supported, or it is not JSON.
    """
    if request.patchType not in ("json", "merge"):
        raise errors.InvalidArgument(f"Patch type '{request.patchType}' is not supported")
    if len(request.patch) > _PATCH_BYTES:
        raise errors.InvalidArgument(f"a patch is at most {_PATCH_BYTES} bytes")
    try:
        decoded = orjson.loads(request.patch)
    except orjson.JSONDecodeError as error:
        raise errors.InvalidArgument(f"the patch is not JSON: {error}") from error
    if request.patchType == "json":
        return lambda tree: patch.apply_json_patch(tree, decoded)
    return lambda tree: patch.apply_merge_patch(tree, decoded)

"""ApplicationService: applications as users read, sync and delete them.

Every method asks permission first. An application that the caller may not see and one that does not
exist look the same (behaviour.md section 2). Writes go into the Application; the controller acts.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import grpc

from plumbline.api_server.callers import caller
from plumbline.api_server.parts import Parts
from plumbline.api_server.rows import Row
from plumbline.core import errors, model
from plumbline.pb.controller import controller_pb2, controller_pb2_grpc
from plumbline.pb.server import application_pb2, application_pb2_grpc
from plumbline.pb.v1alpha1 import generated_pb2
from plumbline.rpc import convert, status

__all__ = ["ApplicationService"]

_REFRESH: Final = "argocd.argoproj.io/refresh"
_REFRESH_SECONDS: Final = 60.0
_FINALIZERS: Final = {
    "": "resources-finalizer.argocd.argoproj.io",
    "foreground": "resources-finalizer.argocd.argoproj.io",
    "background": "resources-finalizer.argocd.argoproj.io/background",
}


class ApplicationService(application_pb2_grpc.ApplicationServiceServicer):
    """application.ApplicationService, as far as it is built."""

    def __init__(self, parts: Parts) -> None:
        """Answer from rows, write the control plane's objects, ask the controller for the rest."""
        self._rows = parts.rows
        self._own = parts.objects
        self._permissions = parts.permissions
        self._controller = controller_pb2_grpc.ControllerServiceStub(parts.controller)  # type: ignore[no-untyped-call]
        self._namespace = parts.namespace

    async def List(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.ApplicationQuery, _: grpc.aio.ServicerContext
    ) -> generated_pb2.ApplicationList:
        """Return the applications that the caller may see."""
        rows = [r for r in self._rows.all() if self._matches(request, r) and self._sees(r)]
        return generated_pb2.ApplicationList(items=[r.message for r in rows])

    async def Get(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.ApplicationQuery, _: grpc.aio.ServicerContext
    ) -> generated_pb2.Application:
        """Return one application, after a refresh if one is asked for."""
        row = self._find(request, "get", [*request.project, *request.projects])
        if request.refresh:
            row = await self._refresh(row, request.refresh)
        return row.message

    async def Watch(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.ApplicationQuery, _: grpc.aio.ServicerContext
    ) -> AsyncIterator[generated_pb2.ApplicationWatchEvent]:
        """Yield the applications there are, then every change."""
        async with self._rows.watch() as events:
            if not request.resourceVersion or request.name:
                for row in self._rows.all():
                    if self._matches(request, row) and self._sees(row):
                        yield _event("ADDED", row)
            async for kind, row in events:
                if self._matches(request, row) and self._sees(row):
                    yield _event(kind, row)

    async def Sync(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.ApplicationSyncRequest, _: grpc.aio.ServicerContext
    ) -> generated_pb2.Application:
        """Ask the controller for a sync."""
        row = self._find(request, "sync", [request.project])
        app = row.app
        if app.metadata.deletion_timestamp:
            raise errors.FailedPrecondition("application is deleting")
        if app.operation is not None:
            raise errors.FailedPrecondition("another operation is already in progress")
        automated = app.spec.sync_policy.automated if app.spec.sync_policy else None
        target = app.spec.all_sources[0].target_revision if app.spec.all_sources else ""
        is_automated = automated is not None and automated.enabled is not False
        if is_automated and request.revision and request.revision != target:
            raise errors.FailedPrecondition(
                f"Cannot sync to {request.revision}: auto-sync currently set to {target}"
            )
        operation = _operation(request, caller().subject)
        policy = app.spec.sync_policy
        if "retry" not in operation and policy is not None and policy.retry is not None:
            operation["retry"] = model.dump(policy.retry)
        patch = {
            "metadata": {"resourceVersion": app.metadata.resource_version},
            "operation": operation,
        }
        return await self._merge(row, patch)

    async def TerminateOperation(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.OperationTerminateRequest, _: grpc.aio.ServicerContext
    ) -> application_pb2.OperationTerminateResponse:
        """Ask the controller to end the operation in progress."""
        row = self._find(request, "sync", [request.project])
        state = row.app.status.operation_state
        if row.app.operation is None or state is None or state.phase != "Running":
            raise errors.InvalidArgument(
                "Unable to terminate operation. No operation is in progress"
            )
        await self._merge(row, {"status": {"operationState": {"phase": "Terminating"}}})
        return application_pb2.OperationTerminateResponse()

    async def Delete(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.ApplicationDeleteRequest, _: grpc.aio.ServicerContext
    ) -> application_pb2.ApplicationResponse:
        """Delete an application, with what it made unless cascading is switched off."""
        row = self._find(request, "delete", [request.project])
        cascade = request.cascade or not request.HasField("cascade")
        policy = request.propagationPolicy.lower()
        if not cascade and policy:
            raise errors.InvalidArgument("cannot set propagation policy when cascading is disabled")
        if policy not in _FINALIZERS:
            raise errors.InvalidArgument(f"invalid propagation policy: {request.propagationPolicy}")
        kept = [f for f in row.app.metadata.finalizers if f not in _cascades()]
        wanted = [*kept, _FINALIZERS[policy]] if cascade else kept
        if wanted != row.app.metadata.finalizers:
            await self._merge(row, {"metadata": {"finalizers": wanted}})
        metadata = row.app.metadata
        await self._own.delete("Application", metadata.namespace, metadata.name)
        return application_pb2.ApplicationResponse()

    async def ManagedResources(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.ResourcesQuery, _: grpc.aio.ServicerContext
    ) -> application_pb2.ManagedResourcesResponse:
        """Return target and live state of the application's resources, Secrets masked."""
        row = self._find(request, "get", [request.project], name=request.applicationName)
        question = controller_pb2.ManagedResourcesRequest(
            app=_ref(row),
            group=request.group,
            version=request.version,
            kind=request.kind,
            namespace=request.namespace,
            name=request.name,
        )
        answer: application_pb2.ManagedResourcesResponse = await self._ask(
            self._controller.ManagedResources(question, timeout=60)
        )
        return answer

    async def ResourceTree(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.ResourcesQuery, _: grpc.aio.ServicerContext
    ) -> generated_pb2.ApplicationTree:
        """Return the live objects of the application and what they own."""
        row = self._find(request, "get", [request.project], name=request.applicationName)
        answer: generated_pb2.ApplicationTree = await self._ask(
            self._controller.ResourceTree(_ref(row), timeout=60)
        )
        return answer

    async def _ask(self, call: Any) -> Any:
        try:
            return await call
        except grpc.aio.AioRpcError as error:
            raise status.from_rpc_error(error) from error

    def _find(self, request: Any, action: str, projects: list[str], *, name: str = "") -> Row:
        """Return the application a request names, if the caller may act on it."""
        wanted = name or request.name
        named = [p for p in projects if p]
        if len(set(named)) > 1:
            raise errors.InvalidArgument(
                "multiple projects specified - the get endpoint accepts either zero or one project"
            )
        row = self._rows.get(request.appNamespace or self._namespace, wanted)
        if row is not None and named and (row.app.spec.project or "default") != named[0]:
            row = None
        if row is None:
            if named and self._permissions.allows("applications", action, f"{named[0]}/{wanted}"):
                raise errors.NotFound(f'applications.argoproj.io "{wanted}" not found')
            raise errors.PermissionDenied("permission denied")
        target = self._object(row)
        if not self._permissions.allows("applications", "get", target):
            raise errors.PermissionDenied("permission denied")
        self._permissions.require("applications", action, target)
        return row

    def _sees(self, row: Row) -> bool:
        return self._permissions.allows("applications", "get", self._object(row))

    def _object(self, row: Row) -> str:
        project = row.app.spec.project or "default"
        namespace = row.app.metadata.namespace
        middle = "" if namespace == self._namespace else f"{namespace}/"
        return f"{project}/{middle}{row.app.metadata.name}"

    def _matches(self, query: application_pb2.ApplicationQuery, row: Row) -> bool:
        metadata = row.app.metadata
        projects = {*query.projects, *query.project} - {""}
        return (
            (not query.name or metadata.name == query.name)
            and (not query.appNamespace or metadata.namespace == query.appNamespace)
            and (not projects or (row.app.spec.project or "default") in projects)
            and (not query.repo or any(s.repo_url == query.repo for s in row.app.spec.all_sources))
            and _selected(query.selector, metadata.labels)
        )

    async def _merge(self, row: Row, patch: dict[str, Any]) -> generated_pb2.Application:
        metadata = row.app.metadata
        answer = await self._own.merge("Application", metadata.namespace, metadata.name, patch)
        message: generated_pb2.Application = convert.to_message(answer, generated_pb2.Application)
        return message

    async def _refresh(self, row: Row, kind: str) -> Row:
        """Ask the controller for a fresh look, and wait for its answer."""
        metadata = row.app.metadata
        async with self._rows.watch() as events:
            value = "hard" if kind == "hard" else "normal"
            await self._merge(row, {"metadata": {"annotations": {_REFRESH: value}}})
            asked = False
            try:
                async with asyncio.timeout(_REFRESH_SECONDS):
                    async for _, found in events:
                        same = found.app.metadata.uid == metadata.uid
                        pending = _REFRESH in found.app.metadata.annotations
                        asked = asked or (same and pending)
                        if same and asked and not pending:
                            return found
            except TimeoutError:
                raise errors.DeadlineExceeded("application refresh deadline exceeded") from None
        return row


def _cascades() -> frozenset[str]:
    return frozenset(_FINALIZERS.values()) | {"resources-finalizer.argocd.argoproj.io/foreground"}


def _event(kind: str, row: Row) -> generated_pb2.ApplicationWatchEvent:
    return generated_pb2.ApplicationWatchEvent(type=kind, application=row.message)


def _ref(row: Row) -> controller_pb2.AppRef:
    return controller_pb2.AppRef(namespace=row.app.metadata.namespace, name=row.app.metadata.name)


def _selected(selector: str, labels: dict[str, str]) -> bool:
    """Equality-based label selectors: ``a=b``, ``a!=b``, ``a``, ``!a``."""
    for part in (p.strip() for p in selector.split(",") if p.strip()):
        if "!=" in part:
            key, _, value = part.partition("!=")
            good = labels.get(key.strip()) != value.strip()
        elif "=" in part:
            key, _, value = part.replace("==", "=").partition("=")
            good = labels.get(key.strip()) == value.strip()
        elif part.startswith("!"):
            good = part[1:].strip() not in labels
        else:
            good = part in labels
        if not good:
            return False
    return True


def _operation(request: application_pb2.ApplicationSyncRequest, user: str) -> dict[str, Any]:
    """Return the operation that a sync request asks for."""
    asked = convert.to_json(request)
    sync: dict[str, Any] = {
        "revision": asked.get("revision", ""),
        "prune": asked.get("prune", False),
        "dryRun": asked.get("dryRun", False),
        "syncStrategy": asked.get("strategy"),
        "resources": asked.get("resources"),
        "manifests": asked.get("manifests"),
        "syncOptions": (asked.get("syncOptions") or {}).get("items"),
    }
    operation: dict[str, Any] = {
        "sync": {k: v for k, v in sync.items() if v},
        "initiatedBy": {"username": user},
        "info": asked.get("infos"),
        "retry": asked.get("retryStrategy"),
    }
    return {k: v for k, v in operation.items() if v is not None}

"""ApplicationService, the live half: trees, managed resources, and single live objects.

Only the controller knows live clusters, and only it writes to them, with a grant of the
application's project; here is decided what the caller may ask of it (behaviour.md section 14:
``update/<group>/<kind>/<ns>/<name>``, ``delete/…``). Values of Secrets arrive masked.
"""

from collections.abc import AsyncIterator
from typing import Any, Final

import grpc

from plumbline.api_server.rows import Row
from plumbline.api_server.services.application_access import Access, ref_of
from plumbline.core import errors
from plumbline.pb.controller import controller_pb2
from plumbline.pb.server import application_pb2
from plumbline.pb.v1alpha1 import generated_pb2
from plumbline.rpc import status

__all__ = ["Resources"]

_SECONDS: Final = 60.0
_PATCHES: Final = {
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
    "strategic": "application/strategic-merge-patch+json",
}
_PATCH_BYTES: Final = 1024 * 1024


class Resources(Access):
    """What concerns live objects."""

    async def ManagedResources(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.ResourcesQuery, _: grpc.aio.ServicerContext
    ) -> application_pb2.ManagedResourcesResponse:
        """Return target and live state of the application's resources, Secrets masked."""
        row = self._find(request, "get", name=request.applicationName)
        question = controller_pb2.ManagedResourcesRequest(
            app=ref_of(row),
            group=request.group,
            version=request.version,
            kind=request.kind,
            namespace=request.namespace,
            name=request.name,
        )
        answer: application_pb2.ManagedResourcesResponse = await status.answered(
            self._controller.ManagedResources(question, timeout=_SECONDS)
        )
        return answer

    async def ResourceTree(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.ResourcesQuery, _: grpc.aio.ServicerContext
    ) -> generated_pb2.ApplicationTree:
        """Return the live objects of the application and what they own."""
        row = self._find(request, "get", name=request.applicationName)
        answer: generated_pb2.ApplicationTree = await status.answered(
            self._controller.ResourceTree(ref_of(row), timeout=_SECONDS)
        )
        return answer

    async def WatchResourceTree(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.ResourcesQuery, _: grpc.aio.ServicerContext
    ) -> AsyncIterator[generated_pb2.ApplicationTree]:
        """Yield the tree, and again whenever it changed, as long as the caller may see it."""
        row = self._find(request, "get", name=request.applicationName)
        call = self._controller.WatchResourceTree(ref_of(row))
        try:
            async for tree in call:
                again = self._find(request, "get", name=request.applicationName)
                if again.uid != row.uid:
                    break
                yield tree
        except grpc.aio.AioRpcError as error:
            raise status.from_rpc_error(error) from error
        finally:
            call.cancel()

    async def GetResource(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.ApplicationResourceRequest, _: grpc.aio.ServicerContext
    ) -> application_pb2.ApplicationResourceResponse:
        """Return one live object of the application."""
        row = self._find(request, "get")
        answer = await status.answered(
            self._controller.LiveObject(_object(row, request), timeout=_SECONDS)
        )
        return application_pb2.ApplicationResourceResponse(manifest=answer.manifest.decode())

    async def PatchResource(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.ApplicationResourcePatchRequest, _: grpc.aio.ServicerContext
    ) -> application_pb2.ApplicationResourceResponse:
        """Patch one live object of the application."""
        row = self._find_resource(request, "update")
        kinds = frozenset(_PATCHES.values())
        content = _PATCHES.get(request.patchType, request.patchType)
        if content not in kinds:
            raise errors.InvalidArgument(f"Patch type '{request.patchType}' is not supported")
        if len(request.patch) > _PATCH_BYTES:
            raise errors.InvalidArgument(f"a patch is at most {_PATCH_BYTES} bytes")
        question = controller_pb2.PatchResourceRequest(
            object=_object(row, request), patch=request.patch.encode(), content_type=content
        )
        answer = await status.answered(self._controller.PatchResource(question, timeout=_SECONDS))
        self._tell(row, "ResourceUpdated", f"patched resource {_told(request)}")
        return application_pb2.ApplicationResourceResponse(manifest=answer.manifest.decode())

    async def DeleteResource(  # noqa: N802 -- gRPC requires this name
        self,
        request: application_pb2.ApplicationResourceDeleteRequest,
        _: grpc.aio.ServicerContext,
    ) -> application_pb2.ApplicationResponse:
        """Delete one live object of the application."""
        row = self._find_resource(request, "delete")
        question = controller_pb2.DeleteResourceRequest(
            object=_object(row, request), force=request.force, orphan=request.orphan
        )
        await status.answered(self._controller.DeleteResource(question, timeout=_SECONDS))
        self._tell(row, "ResourceDeleted", f"deleted resource {_told(request)}")
        return application_pb2.ApplicationResponse()

    def _find_resource(self, request: Any, verb: str) -> Row:
        """Return the application of a live object, if the caller may change that object.

        Where inheritance is on, what may be done to the application may be done to its objects
        (config.md, ``server.rbac.disableApplicationFineGrainedRBACInheritance``).
        """
        parts = (verb, request.group, request.kind, request.namespace, request.resourceName)
        action = "/".join(parts)
        separate = self._flag(
            "server.rbac.disableApplicationFineGrainedRBACInheritance", default=True
        )
        if not separate:
            try:
                return self._find_writable(request, verb)
            except (errors.PermissionDenied, errors.NotFound):
                return self._find_writable(request, action)
        return self._find_writable(request, action)


def _object(row: Row, request: Any) -> controller_pb2.LiveObjectRequest:
    return controller_pb2.LiveObjectRequest(
        app=ref_of(row),
        group=request.group,
        version=request.version,
        kind=request.kind,
        namespace=request.namespace,
        name=request.resourceName,
    )


def _told(request: Any) -> str:
    return f"{request.group}/{request.kind} '{request.resourceName}'"

"""ApplicationService, operations: sync, rollback, terminate.

An operation is written into the Application, where the controller finds it; it decides again before
it acts. Rules and texts: behaviour.md sections 2 and 7.
"""

from typing import Any

import grpc

from plumbline.api_server.prepared import Prepared
from plumbline.api_server.rows import Row
from plumbline.api_server.services.application_access import Access
from plumbline.api_server.services.application_sources import require_permitted
from plumbline.core import errors, model, operation, windows
from plumbline.pb.server import application_pb2
from plumbline.rpc import convert

__all__ = ["Operations"]


class Operations(Access):
    """What needs ``sync``, ``rollback`` or ``override``."""

    async def Sync(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.ApplicationSyncRequest, _: grpc.aio.ServicerContext
    ) -> Prepared:
        """Ask the controller for a sync."""
        row = self._find_writable(request, "sync")
        asked = _asked(request)
        self._require_override(row, asked)
        self._require_window(row)

        def change(now: Row) -> dict[str, Any]:
            wanted = operation.sync(
                now.app,
                asked,
                user=self._user(),
                replace_allowed=self._parts.settings.sync_with_replace_allowed,
            )
            return {"operation": wanted}

        before, row = await self._merge(row, change)
        self._tell(row, "OperationStarted", operation.told(before.app, asked))
        return row.answer

    async def Rollback(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.ApplicationRollbackRequest, _: grpc.aio.ServicerContext
    ) -> Prepared:
        """Ask the controller to deploy an entry of the history again."""
        enforced = self._flag("server.rbac.rollback.enforce.enable", default=False)
        row = self._find_writable(request, "rollback" if enforced else "sync")

        def change(now: Row) -> dict[str, Any]:
            wanted = operation.rollback(
                now.app,
                request.id,
                prune=request.prune,
                dry_run=request.dryRun,
                user=self._user(),
            )
            # What was permitted then may not be now.
            require_permitted(self._project(now.app), _sources(wanted))
            return {"operation": wanted}

        _, row = await self._merge(row, change)
        self._tell(row, "OperationStarted", f"initiated rollback to {request.id}")
        return row.answer

    async def TerminateOperation(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.OperationTerminateRequest, _: grpc.aio.ServicerContext
    ) -> application_pb2.OperationTerminateResponse:
        """Ask the controller to end the operation in progress."""
        row = self._find_writable(request, "sync")

        def change(now: Row) -> dict[str, Any] | None:
            state = now.app.status.operation_state
            phase = state.phase if state is not None else ""
            if phase not in operation.IN_PROGRESS:
                raise errors.InvalidArgument(
                    "Unable to terminate operation. No operation is in progress"
                )
            if phase == "Terminating":
                return None
            return {"status": {"operationState": {"phase": "Terminating"}}}

        before, row = await self._merge(row, change)
        if row is not before:
            self._tell(row, "ResourceUpdated", "terminated running operation")
        return application_pb2.OperationTerminateResponse()

    def _require_override(self, row: Row, asked: operation.SyncRequest) -> None:
        """Ask for ``override`` where a sync deploys something else than Git's target.

        Raises:
            errors.PermissionDenied: the caller may not.
        """
        if self._overrides(row.app, asked):
            self._permissions.require("applications", "override", self._object(row))

    def _require_window(self, row: Row) -> None:
        """Refuse a sync that a window forbids to users now.

        Raises:
            errors.PermissionDenied: with the contract's text (behaviour.md section 2).
        """
        decision = windows.decide(self._windows(row.app), self._parts.clock(), manual=True)
        if not decision.allowed:
            raise errors.PermissionDenied(f"cannot sync: {decision.reason}")


def _asked(request: application_pb2.ApplicationSyncRequest) -> operation.SyncRequest:
    tree = convert.to_json(request)
    options = tuple(request.syncOptions.items) if request.HasField("syncOptions") else None
    return operation.SyncRequest(
        revision=request.revision,
        revisions=tuple(request.revisions),
        source_positions=tuple(request.sourcePositions),
        prune=request.prune,
        dry_run=request.dryRun,
        strategy=tree.get("strategy"),
        resources=tuple(tree.get("resources") or ()),
        manifests=tuple(request.manifests),
        infos=tuple(tree.get("infos") or ()),
        retry=tree.get("retryStrategy"),
        sync_options=options,
    )


def _sources(wanted: dict[str, Any]) -> list[model.Source]:
    """Return the sources that an operation deploys."""
    sync = wanted["sync"]
    spec = {"source": sync.get("source"), "sources": sync.get("sources") or []}
    return model.decode_application({"spec": spec}).spec.all_sources

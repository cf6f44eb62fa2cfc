"""ApplicationService, the reading half: lists, watches, manifests, revisions, events.

Lists and watch events leave as bytes that were made when the Application changed (``rows``).
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import grpc

from plumbline.api_server import rows
from plumbline.api_server.prepared import Prepared
from plumbline.api_server.rows import Row
from plumbline.api_server.services.application_access import Access, Filter, ref_of
from plumbline.api_server.services.application_sources import require_permitted, shown
from plumbline.core import errors, model, operation, settings, windows
from plumbline.pb.controller import controller_pb2
from plumbline.pb.reposerver import repository_pb2
from plumbline.pb.server import application_pb2, events_pb2
from plumbline.pb.v1alpha1 import generated_pb2
from plumbline.rpc import convert, status

__all__ = ["Reads"]

_REFRESH: Final = "argocd.argoproj.io/refresh"
_REFRESH_SECONDS: Final = 60.0


class Reads(Access):
    """What needs ``get``."""

    async def List(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.ApplicationQuery, _: grpc.aio.ServicerContext
    ) -> Prepared:
        """Return the applications that the caller may see."""
        wanted = self._filter(request)
        version = self._rows.version
        found = [row for row in self._rows.all() if wanted(row) and self._sees(row)]
        return rows.listed(found, version)

    async def Get(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.ApplicationQuery, _: grpc.aio.ServicerContext
    ) -> Prepared:
        """Return one application, after a refresh if one is asked for."""
        row = self._find(request, "get")
        if request.refresh:
            row = await self._refresh(row, request.refresh)
        return row.answer

    async def Watch(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.ApplicationQuery, _: grpc.aio.ServicerContext
    ) -> AsyncIterator[Prepared]:
        """Yield the applications there are, then every change.

        With a resource version (a list's) only what changed after it, unless a name is given. An
        application that the caller may no longer see, or that is no longer asked for, is told as
        deleted, with what was last shown of it.
        """
        wanted = self._filter(request)
        told: dict[tuple[str, str], Row] = {}
        async with self._rows.watch() as events:
            for kind, row in self._start(request):
                if wanted(row) and self._sees(row):
                    told[_key(row)] = row
                    if kind:
                        yield rows.event(kind, row)
            async for kind, row in events:
                before = told.pop(_key(row), None)
                visible = wanted(row) and self._sees(row)
                if visible and kind != "DELETED":
                    told[_key(row)] = row
                    yield rows.event("ADDED" if before is None else "MODIFIED", row)
                elif visible:
                    yield rows.event(kind, row)
                elif before is not None:
                    yield rows.event("DELETED", before)

    def _start(self, request: application_pb2.ApplicationQuery) -> list[tuple[str, Row]]:
        """What a watch begins with; an empty kind is what the client knows from its list."""
        if not request.resourceVersion or request.name:
            return [("ADDED", row) for row in self._rows.all()]
        if not request.resourceVersion.isdecimal():
            raise errors.InvalidArgument("resourceVersion is not a number")
        version = int(request.resourceVersion)
        known = [("", row) for row in self._rows.all() if row.version <= version]
        return known + self._rows.since(version)

    def _filter(self, request: application_pb2.ApplicationQuery) -> Filter:
        return Filter(request, self._permitted_namespace(request.appNamespace))

    async def _refresh(self, row: Row, kind: str) -> Row:
        """Ask the controller for a fresh look, and wait for its answer.

        Raises:
            errors.DeadlineExceeded: the controller did not answer in time.
            errors.NotFound: the application was deleted meanwhile.
        """
        patch = {
            "metadata": {
                "uid": row.uid,
                "annotations": {_REFRESH: "hard" if kind == "hard" else "normal"},
            }
        }
        async with self._rows.watch() as events:
            answer = await self._own.merge("Application", row.namespace, row.name, patch)
            asked = self._rows.observe(answer)
            now = self._rows.get(row.namespace, row.name)
            if now is not None and _answered(asked, now):
                return now
            try:
                async with asyncio.timeout(_REFRESH_SECONDS):
                    async for event, found in events:
                        if found.uid != row.uid:
                            continue
                        if event == "DELETED":
                            raise errors.NotFound(
                                f'applications.argoproj.io "{row.name}" not found'
                            )
                        if _answered(asked, found):
                            return found
            except TimeoutError:
                raise errors.DeadlineExceeded("application refresh deadline exceeded") from None
        raise errors.DeadlineExceeded("application refresh deadline exceeded")

    async def GetManifests(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.ApplicationManifestQuery, _: grpc.aio.ServicerContext
    ) -> repository_pb2.ManifestResponse:
        """Return what the sources render to at any revision, Secrets masked."""
        row = self._find_writable(request, "get")
        app = row.app
        require_permitted(self._project(app), app.spec.all_sources)
        asked = operation.SyncRequest(
            revision=request.revision,
            revisions=tuple(request.revisions),
            source_positions=tuple(request.sourcePositions),
        )
        rendered = await self._sources.render(
            app, operation.revisions_of(app, asked), no_cache=request.noCache
        )
        marks = settings.read(self._parts.control.settings())[0].marks
        return repository_pb2.ManifestResponse(
            manifests=[m for one in rendered for m in shown(app, one, self._namespace, marks)],
            namespace=app.spec.destination.namespace,
            server=app.spec.destination.server,
            revision=next((one.commit for one in rendered if one.commit), ""),
            sourceType=next((one.source_type for one in rendered if one.source_type), ""),
        )

    async def RevisionMetadata(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.RevisionMetadataQuery, _: grpc.aio.ServicerContext
    ) -> generated_pb2.RevisionMetadata:
        """Return author, date, message and tags of a revision of a source."""
        row = self._find_writable(request, "get")
        source = _source(row.app, request)
        if source.chart or source.repo_url.lower().startswith("oci://"):
            raise errors.InvalidArgument(
                "the source has no commits: ask for its chart's details or its artifact's metadata"
            )
        require_permitted(self._project(row.app), [source])
        found = await self._sources.metadata(row.app, source, request.revision)
        tree = {
            "author": found.author,
            "date": found.date or None,
            "tags": list(found.tags),
            "message": found.message,
            "signatureInfo": found.signature_info,
        }
        return convert.to_message(tree, generated_pb2.RevisionMetadata)

    async def RevisionChartDetails(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.RevisionMetadataQuery, _: grpc.aio.ServicerContext
    ) -> generated_pb2.ChartDetails:
        """Return what a version of a source's chart says about itself."""
        row = self._find_writable(request, "get")
        source = _source(row.app, request)
        if not source.chart:
            raise errors.InvalidArgument("the source takes no chart from a Helm repository")
        require_permitted(self._project(row.app), [source])
        found = await self._sources.chart(row.app, source, request.revision)
        return generated_pb2.ChartDetails(
            description=found.description, home=found.home, maintainers=found.maintainers
        )

    async def GetOCIMetadata(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.RevisionMetadataQuery, _: grpc.aio.ServicerContext
    ) -> generated_pb2.OCIMetadata:
        """Return what the manifest of a source's artifact says about it."""
        row = self._find_writable(request, "get")
        source = _source(row.app, request)
        if source.chart or not source.repo_url.lower().startswith("oci://"):
            raise errors.InvalidArgument("the source takes no artifact from an OCI registry")
        require_permitted(self._project(row.app), [source])
        found = await self._sources.artifact(row.app, source, request.revision)
        return generated_pb2.OCIMetadata(
            createdAt=found.created_at,
            authors=found.authors,
            imageUrl=found.image_url,
            docsUrl=found.docs_url,
            sourceUrl=found.source_url,
            version=found.version,
            description=found.description,
        )

    async def GetApplicationSyncWindows(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.ApplicationSyncWindowsQuery, _: grpc.aio.ServicerContext
    ) -> application_pb2.ApplicationSyncWindowsResponse:
        """Return the sync windows that concern the application, and whether a user may sync."""
        row = self._find_writable(request, "get")
        view = windows.application_view(self._windows(row.app), self._parts.clock())
        return application_pb2.ApplicationSyncWindowsResponse(
            activeWindows=map(_window, view.active),
            assignedWindows=map(_window, view.assigned),
            canSync=view.can_sync,
        )

    async def ListResourceEvents(  # noqa: N802 -- gRPC requires this name
        self, request: application_pb2.ApplicationResourceEventsQuery, _: grpc.aio.ServicerContext
    ) -> events_pb2.EventList:
        """Return the Events of the application, or of one of its live objects."""
        row = self._find(request, "get")
        if request.resourceName or request.resourceUID:
            question = controller_pb2.ResourceEventsRequest(
                app=ref_of(row),
                namespace=request.resourceNamespace,
                name=request.resourceName,
                uid=request.resourceUID,
            )
            answer: events_pb2.EventList = await status.answered(
                self._controller.ResourceEvents(question, timeout=60)
            )
            return answer
        chosen = {
            "involvedObject.name": row.name,
            "involvedObject.namespace": row.namespace,
            "involvedObject.uid": row.uid,
        }
        fields = ",".join(f"{k}={v}" for k, v in chosen.items())
        listed = await self._own.list("Event", row.namespace, fields=fields)
        return convert.to_message(listed, events_pb2.EventList)


def _key(row: Row) -> tuple[str, str]:
    return row.namespace, row.name


def _answered(asked: Row, found: Row) -> bool:
    """Whether the controller has taken the refresh annotation away since it was set."""
    return found.version > asked.version and _REFRESH not in found.app.metadata.annotations


def _window(window: model.SyncWindow) -> application_pb2.ApplicationSyncWindow:
    return application_pb2.ApplicationSyncWindow(
        kind=window.kind,
        schedule=window.schedule,
        duration=window.duration,
        manualSync=window.manual_sync,
    )


def _source(app: model.Application, request: Any) -> model.Source:
    """Return the source that a revision belongs to: of now, or of an entry of the history.

    Raises:
        errors.InvalidArgument: there is no such source or deployment.
    """
    sources = app.spec.all_sources
    if request.HasField("versionId"):
        entry = next((h for h in app.status.history if h.get("id", 0) == request.versionId), None)
        if entry is None:
            raise errors.InvalidArgument(
                f"application {app.metadata.name} does not have deployment with id"
                f" {request.versionId}"
            )
        spec = {"source": entry.get("source"), "sources": entry.get("sources") or []}
        sources = model.decode_application({"spec": spec}).spec.all_sources
    if not 0 <= request.sourceIndex < len(sources):
        raise errors.InvalidArgument(f"source index {request.sourceIndex} is out of range")
    return sources[int(request.sourceIndex)]

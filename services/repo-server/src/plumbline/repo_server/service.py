"""The gRPC face of the repo-server: messages in, messages out, nothing else.

Registered by ``wiring``; the interceptors in front check the caller's role and map errors. Errors
of single sources travel inside the answers.
"""

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator

import grpc
import structlog

from plumbline.core import errors, render
from plumbline.core.secret import Secret
from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.repo_server import browse
from plumbline.repo_server import renderer as rendering
from plumbline.repo_server.git import Mirrors, Repository
from plumbline.repo_server.git import repository as repositories

__all__ = ["RepoService"]

log = structlog.get_logger()

_MAX_SOURCES = 5000  # sources in one call
_MAX_SOURCE_JSON = 1024 * 1024  # bytes
_TOOL_ERROR = 4000  # characters of an error text


class RepoService(repo_pb2_grpc.RepoServiceServicer):
    """plumbline.repo.v1.RepoService."""

    def __init__(
        self,
        mirrors: Mirrors,
        renderer: rendering.Renderer,
        *,
        allow_file: bool,
        known_hosts: str = "",
    ) -> None:
        """Compose the service.

        Args:
            mirrors: the Git side.
            renderer: the render side.
            allow_file: whether file:// repositories are allowed.
            known_hosts: used where a request brings none.
        """
        self._mirrors = mirrors
        self._renderer = renderer
        self._allow_file = allow_file
        self._known_hosts = known_hosts

    async def Resolve(  # noqa: N802 -- gRPC requires this name
        self, request: repo_pb2.ResolveRequest, _: grpc.aio.ServicerContext
    ) -> repo_pb2.ResolveResponse:
        """Return the commit of a revision and the keys of its sources."""
        repository = self._repository(request.repository)
        questions = _questions(request.sources)
        with _Scrubbed(repository):
            commit = await self._mirrors.resolve(repository, request.revision)
            planned = []
            if questions:
                planned = await self._renderer.plan(repository, commit, questions)
        keys = [
            repo_pb2.SourceKey(
                id=question.id,
                key=item.key,
                source_type=item.source_type,
                error=_error(item.error, repository) if item.error is not None else None,
            )
            for question, item in zip(questions, planned, strict=True)
        ]
        return repo_pb2.ResolveResponse(commit=commit, keys=keys)

    async def Render(  # noqa: N802 -- gRPC requires this name
        self, request: repo_pb2.RenderRequest, _: grpc.aio.ServicerContext
    ) -> AsyncIterator[repo_pb2.RenderedSource]:
        """Render sources; answers come as they are ready."""
        repository = self._repository(request.repository)
        questions = _questions(request.sources)
        with _Scrubbed(repository):
            commit = await self._mirrors.resolve(repository, request.commit or request.revision)
            async for answer in self._renderer.render(repository, commit, questions):
                yield _message(answer, commit, repository)

    async def ListRefs(  # noqa: N802 -- gRPC requires this name
        self, request: repo_pb2.ListRefsRequest, _: grpc.aio.ServicerContext
    ) -> repo_pb2.ListRefsResponse:
        """Return the names of branches and tags."""
        repository = self._repository(request.repository)
        with _Scrubbed(repository):
            refs = await self._mirrors.refs(repository)
        return repo_pb2.ListRefsResponse(
            branches=sorted(_below("refs/heads/", refs)), tags=sorted(_below("refs/tags/", refs))
        )

    async def RevisionMetadata(  # noqa: N802 -- gRPC requires this name
        self, request: repo_pb2.RevisionMetadataRequest, _: grpc.aio.ServicerContext
    ) -> repo_pb2.RevisionMetadataResponse:
        """Return author, date, message and tags of a commit."""
        repository = self._repository(request.repository)
        with _Scrubbed(repository):
            found = await self._mirrors.metadata(repository, request.revision)
        zone = dt.timezone(dt.timedelta(minutes=found["offset"]))
        return repo_pb2.RevisionMetadataResponse(
            author=found["author"],
            date=dt.datetime.fromtimestamp(found["time"], zone).isoformat(),
            tags=found["tags"],
            message=found["message"],
        )

    async def TestRepository(  # noqa: N802 -- gRPC requires this name
        self, request: repo_pb2.TestRepositoryRequest, _: grpc.aio.ServicerContext
    ) -> repo_pb2.TestRepositoryResponse:
        """Tell whether the repository can be read with the credential."""
        repository = self._repository(request.repository)
        with _Scrubbed(repository):
            await self._mirrors.refs(repository)
        return repo_pb2.TestRepositoryResponse(verified=True)

    async def ListApps(  # noqa: N802 -- gRPC requires this name
        self, request: repo_pb2.ListAppsRequest, _: grpc.aio.ServicerContext
    ) -> repo_pb2.ListAppsResponse:
        """Return the directories of a commit that hold an application."""
        repository = self._repository(request.repository)
        with _Scrubbed(repository):
            commit = await self._mirrors.resolve(repository, request.revision)
            found = await self._mirrors.read(repository, commit, browse.list_apps)
        return repo_pb2.ListAppsResponse(apps=found)

    async def AppDetails(  # noqa: N802 -- gRPC requires this name
        self, request: repo_pb2.AppDetailsRequest, _: grpc.aio.ServicerContext
    ) -> repo_pb2.AppDetailsResponse:
        """Return what a source offers to be set; a kustomization is rendered for its images."""
        repository = self._repository(request.repository)
        [question] = _questions([request.source])
        source = render.decode_source(question.source_json)
        if source.chart:
            raise errors.Unimplemented(
                "charts from a Helm repository (chart) are not supported yet"
            )
        with _Scrubbed(repository):
            commit = await self._mirrors.resolve(repository, request.revision)
            kind, path = await self._mirrors.read(
                repository, commit, lambda tree: browse.source_type(tree, source)
            )
            if kind is render.SourceType.HELM:
                chart = await self._mirrors.read(
                    repository, commit, lambda tree: browse.details(tree, source, path)
                )
                return _chart(chart, source)
            images: list[str] = []
            if kind is render.SourceType.KUSTOMIZE:
                images = await self._images(repository, commit, question)
        return repo_pb2.AppDetailsResponse(source_type=kind.value, images=images)

    async def _images(
        self, repository: Repository, commit: str, question: rendering.Question
    ) -> list[str]:
        async for answer in self._renderer.render(repository, commit, [question]):
            if answer.error is not None:
                raise answer.error
            if answer.rendered is not None:
                return await asyncio.to_thread(browse.images, answer.rendered.manifests)
        return []

    def _repository(self, message: repo_pb2.Repository) -> Repository:
        if message.type not in ("", "git"):
            raise errors.Unimplemented(f"repositories of type {message.type!r} are not supported")
        if message.unsupported_credential:
            raise errors.Unimplemented(
                f"credentials of kind {message.unsupported_credential} are not supported yet"
            )
        if message.enable_lfs:
            raise errors.Unimplemented("Git LFS is not supported yet")
        return repositories.make(
            message.url,
            allow_file=self._allow_file,
            username=message.username,
            password=Secret(message.password),
            bearer_token=Secret(message.bearer_token),
            ssh_private_key=Secret(message.ssh_private_key),
            insecure=message.insecure,
            insecure_ignore_host_key=message.insecure_ignore_host_key,
            ca_bundle=message.ca_bundle,
            ssh_known_hosts=message.ssh_known_hosts or self._known_hosts,
            proxy=repositories.proxy_for(message.url, message.proxy, message.no_proxy),
            depth=max(0, message.depth),
            force_http_basic_auth=message.force_http_basic_auth,
            tls_client_cert=message.tls_client_cert,
            tls_client_key=Secret(message.tls_client_key.decode(errors="replace")),
        )


class _Scrubbed:
    """Lets no error leave with a secret of the repository in its text."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _: object, error: object, __: object) -> None:
        if isinstance(error, errors.PlumblineError):
            clean = repositories.scrub(error.message, self._repository)
            if clean != error.message:
                raise type(error)(clean) from None
        elif isinstance(error, Exception):
            mark = uuid.uuid4().hex[:12]
            log.error(
                "request failed unexpectedly",
                id=mark,
                error=repositories.scrub(repr(error), self._repository),
            )
            raise errors.Unavailable(f"internal error {mark}") from None


def _below(prefix: str, refs: dict[str, str]) -> set[str]:
    return {
        name.removeprefix(prefix)
        for name in refs
        if name.startswith(prefix) and not name.endswith("^{}")
    }


def _questions(sources: object) -> list[rendering.Question]:
    messages = list(sources)  # type: ignore[call-overload]
    if len(messages) > _MAX_SOURCES:
        raise errors.InvalidArgument(f"more than {_MAX_SOURCES} sources in one call")
    if any(len(message.source_json) > _MAX_SOURCE_JSON for message in messages):
        raise errors.InvalidArgument(f"a source is larger than {_MAX_SOURCE_JSON} bytes")
    return [
        rendering.Question(
            id=message.id,
            source_json=message.source_json,
            app_name=message.app_name,
            known_key=message.known_key,
            no_cache=message.no_cache,
            build_options=message.kustomize_build_options,
        )
        for message in messages
    ]


def _chart(chart: browse.Details, source: render.Source) -> repo_pb2.AppDetailsResponse:
    files = (source.helm or {}).get("fileParameters") or ()
    return repo_pb2.AppDetailsResponse(
        source_type=render.SourceType.HELM.value,
        chart_name=chart.chart_name,
        value_files=chart.value_files,
        values=chart.values,
        parameters=[repo_pb2.Parameter(name=n, value=v) for n, v in chart.parameters],
        file_parameters=[
            repo_pb2.Parameter(name=str(f.get("name", "")), value=str(f.get("path", "")))
            for f in files
        ],
    )


def _error(error: errors.PlumblineError, repository: Repository) -> repo_pb2.SourceError:
    text = repositories.scrub(error.message, repository)[:_TOOL_ERROR]
    return repo_pb2.SourceError(code=error.code.value, message=text)


def _message(
    answer: rendering.Answer, commit: str, repository: Repository
) -> repo_pb2.RenderedSource:
    if answer.error is not None:
        return repo_pb2.RenderedSource(
            id=answer.id, commit=commit, error=_error(answer.error, repository)
        )
    if answer.rendered is None:
        return repo_pb2.RenderedSource(id=answer.id, commit=commit, key=answer.key, unchanged=True)
    return repo_pb2.RenderedSource(
        id=answer.id,
        commit=commit,
        key=answer.key,
        digest=answer.rendered.digest,
        source_type=answer.source_type,
        manifests=answer.rendered.manifests,
        deterministic=True,
        warnings=answer.rendered.warnings,
    )

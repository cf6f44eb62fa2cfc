"""The gRPC face of the repo-server: messages in, messages out, nothing else.

Registered by ``wiring``; the interceptors in front check the caller's role and map errors. Errors
of single sources travel inside the answers.
"""

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import NamedTuple

import grpc
import structlog

from plumbline.core import errors, integrity, render
from plumbline.core.secret import Secret
from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.repo_server import access, browse, proxies, requests
from plumbline.repo_server import renderer as rendering
from plumbline.repo_server.batch import Batch, Referenced
from plumbline.repo_server.git import Mirrors, Repository, Submodules, UnopenedSubmodule
from plumbline.repo_server.git import repository as repositories
from plumbline.repo_server.integrity import Integrity
from plumbline.repo_server.origins import Origin, Origins
from plumbline.repo_server.remote import Remote

__all__ = ["RepoService"]

log = structlog.get_logger()

_MAX_SOURCES = 5000  # sources in one call
_MAX_SOURCE_JSON = 1024 * 1024  # bytes
_MAX_REFERENCED = 1000  # referenced repositories, and submodules, in one call
_TOOL_ERROR = 4000  # characters of an error text

_ANNOTATION = "org.opencontainers.image"  # of the image specification's annotations
_SAID = {
    "created_at": "created",
    "authors": "authors",
    "image_url": "url",
    "docs_url": "documentation",
    "source_url": "source",
    "version": "version",
    "description": "description",
}

_Request = repo_pb2.ResolveRequest | repo_pb2.RenderRequest


class _Other(NamedTuple):
    """A referenced repository, and where it is read."""

    repository: Origin
    revision: str
    tag_prefix: str


class RepoService(repo_pb2_grpc.RepoServiceServicer):
    """plumbline.repo.v1.RepoService."""

    def __init__(
        self,
        mirrors: Mirrors,
        origins: Origins,
        renderer: rendering.Renderer,
        judge: Integrity,
        *,
        allow_file: bool,
        known_hosts: str = "",
        submodules: bool = True,
    ) -> None:
        """Compose the service.

        Args:
            mirrors: the Git side.
            origins: the Git side and that of charts.
            renderer: the render side.
            judge: what verifies signatures.
            allow_file: whether file:// repositories are allowed.
            known_hosts: used where a request brings none.
            submodules: whether submodules are read; else they are empty directories.
        """
        self._mirrors = mirrors
        self._origins = origins
        self._charts = origins.charts
        self._renderer = renderer
        self._judge = judge
        self._allow_file = allow_file
        self._known_hosts = known_hosts
        self._with_submodules = submodules

    async def Resolve(  # noqa: N802 -- gRPC requires this name
        self, request: repo_pb2.ResolveRequest, _: grpc.aio.ServicerContext
    ) -> repo_pb2.ResolveResponse:
        """Return the commit of a revision and the keys of its sources."""
        repository = self._origin(request.repository)
        _check(request.sources)
        others = self._others(request)
        with _Scrubbed(repository, *(other.repository for other in others)):
            commit = await self._origins.resolve(
                repository,
                request.revision,
                tag_prefix=request.tag_prefix,
                fresh=request.no_cache,
            )
            if not request.sources:
                return repo_pb2.ResolveResponse(commit=commit)
            batch = await self._batch(request, repository, commit, others)
            planned = await self._renderer.plan(batch)
        keys = [
            repo_pb2.SourceKey(
                id=question.id,
                key=item.key,
                source_type=item.source_type,
                error=_error(item.error, batch) if item.error is not None else None,
            )
            for question, item in zip(batch.questions, planned, strict=True)
        ]
        return repo_pb2.ResolveResponse(commit=commit, keys=keys)

    async def Render(  # noqa: N802 -- gRPC requires this name
        self, request: repo_pb2.RenderRequest, _: grpc.aio.ServicerContext
    ) -> AsyncIterator[repo_pb2.RenderedSource]:
        """Render sources; answers come as they are ready."""
        repository = self._origin(request.repository)
        _check(request.sources)
        others = self._others(request)
        with _Scrubbed(repository, *(other.repository for other in others)):
            commit = await self._origins.resolve(
                repository,
                request.commit or request.revision,
                tag_prefix=request.tag_prefix,
                fresh=request.no_cache,
            )
            if problems := await self._untrusted(request, repository, commit):
                for source in request.sources:
                    yield _refused(source.id, commit, problems)
                return
            batch = await self._batch(request, repository, commit, others)
            async for answer in self._renderer.render(batch):
                yield _message(answer, batch)

    async def _untrusted(
        self, request: repo_pb2.RenderRequest, repository: Origin, commit: str
    ) -> list[str]:
        """Return why a commit does not meet the integrity that the request asks for."""
        if not request.HasField("integrity"):
            return []
        if isinstance(repository, Remote):
            # Nothing else may open a way around the project's demand.
            return [
                f"{repository.shown} holds charts or artifacts, which no Git signature covers:"
                " exclude it from the project's source integrity policy (repos: '!' and its URL)"
            ]
        tag = await self._mirrors.annotated_tag(
            repository, request.revision, commit, tag_prefix=request.tag_prefix
        )
        demand = requests.demand(request.integrity)
        return await self._judge.problems(repository, commit, tag=tag, demand=demand)

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
            info, problems = "", list[str]()
            if request.HasField("integrity"):
                commit = found["commit"]
                demand = requests.demand(request.integrity)
                verdict = await self._judge.verdict(repository, commit, demand.public_keys)
                info = integrity.signature_info(verdict)
                problems = await self._judge.problems(repository, commit, tag="", demand=demand)
        zone = dt.timezone(dt.timedelta(minutes=found["offset"]))
        return repo_pb2.RevisionMetadataResponse(
            author=found["author"],
            date=dt.datetime.fromtimestamp(found["time"], zone).isoformat(),
            tags=found["tags"],
            message=found["message"],
            signature_info=info,
            problems=problems,
        )

    async def TestRepository(  # noqa: N802 -- gRPC requires this name
        self, request: repo_pb2.TestRepositoryRequest, _: grpc.aio.ServicerContext
    ) -> repo_pb2.TestRepositoryResponse:
        """Tell whether the repository can be read with the credential."""
        repository = self._origin(request.repository)
        with _Scrubbed(repository):
            if isinstance(repository, Remote):
                await self._charts.test(repository)
            else:
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
        repository = self._origin(request.repository)
        _check([request.source])
        source = render.decode_source(request.source.source_json)
        with _Scrubbed(repository):
            commit = await self._origins.resolve(repository, request.revision)
            if found := await self._announced(repository, commit, request):
                return found
            kind, path = await self._origins.read(
                repository, commit, lambda tree: browse.source_type(tree, source)
            )
            if kind is render.SourceType.HELM:
                chart = await self._origins.read(
                    repository, commit, lambda tree: browse.details(tree, source, path)
                )
                return _chart(chart, source)
            images: list[str] = []
            if kind is render.SourceType.KUSTOMIZE:
                images = await self._images(repository, commit, request)
        return repo_pb2.AppDetailsResponse(source_type=kind.value, images=images)

    async def ListPlugins(  # noqa: N802 -- gRPC requires this name
        self, _request: repo_pb2.ListPluginsRequest, _: grpc.aio.ServicerContext
    ) -> repo_pb2.ListPluginsResponse:
        """Return the plugins whose sidecars are there."""
        return repo_pb2.ListPluginsResponse(names=await self._renderer.plugins())

    async def _announced(
        self, repository: Origin, commit: str, request: repo_pb2.AppDetailsRequest
    ) -> repo_pb2.AppDetailsResponse | None:
        """Return what the source's plugin can be given, if a plugin renders it."""
        is_named = render.decode_source(request.source.source_json).plugin is not None
        if not is_named and not await self._renderer.plugins():
            return None
        # As for all that is told here, submodules are empty directories.
        closed = Submodules(is_enabled=False)
        found = await self._renderer.announcements(_single(repository, commit, request, closed))
        if found is None:
            return None
        return repo_pb2.AppDetailsResponse(
            source_type=render.SourceType.PLUGIN.value, announcements=found
        )

    async def ListCharts(  # noqa: N802 -- gRPC requires this name
        self, request: repo_pb2.ListChartsRequest, _: grpc.aio.ServicerContext
    ) -> repo_pb2.ListChartsResponse:
        """Return the charts of a Helm repository."""
        remote = access.remote(request.repository)
        with _Scrubbed(remote):
            found = await self._charts.listed(remote)
        items = [
            repo_pb2.ChartVersions(name=name, versions=versions)
            for name, versions in sorted(found.items())
        ]
        return repo_pb2.ListChartsResponse(items=items)

    async def ListTags(  # noqa: N802 -- gRPC requires this name
        self, request: repo_pb2.ListTagsRequest, _: grpc.aio.ServicerContext
    ) -> repo_pb2.ListTagsResponse:
        """Return the tags of a repository in a registry."""
        remote = access.remote(request.repository)
        with _Scrubbed(remote):
            return repo_pb2.ListTagsResponse(tags=await self._charts.tags(remote))

    async def ChartDetails(  # noqa: N802 -- gRPC requires this name
        self, request: repo_pb2.ChartDetailsRequest, _: grpc.aio.ServicerContext
    ) -> repo_pb2.ChartDetailsResponse:
        """Return what a version of a chart says about itself."""
        remote = access.remote(request.repository)
        with _Scrubbed(remote):
            found = await self._charts.metadata(remote, request.revision)
        return repo_pb2.ChartDetailsResponse(
            description=found.description, home=found.home, maintainers=found.maintainers
        )

    async def ArtifactDetails(  # noqa: N802 -- gRPC requires this name
        self, request: repo_pb2.ArtifactDetailsRequest, _: grpc.aio.ServicerContext
    ) -> repo_pb2.ArtifactDetailsResponse:
        """Return what the manifest of an artifact says about it."""
        remote = access.remote(request.repository)
        with _Scrubbed(remote):
            found = await self._charts.annotations(remote, request.revision)
        return repo_pb2.ArtifactDetailsResponse(
            **{field: found.get(f"{_ANNOTATION}.{name}", "") for field, name in _SAID.items()}
        )

    async def _images(
        self, repository: Origin, commit: str, request: repo_pb2.AppDetailsRequest
    ) -> list[str]:
        submodules = Submodules(is_enabled=self._with_submodules)
        batch = _single(repository, commit, request, submodules)
        async for answer in self._renderer.render(batch):
            if answer.error is not None:
                raise answer.error
            if answer.rendered is not None:
                return await asyncio.to_thread(browse.images, answer.rendered.manifests)
        return []

    def _others(self, request: _Request) -> list[_Other]:
        """Check the referenced repositories of a request.

        Raises:
            errors.InvalidArgument: too many, or a URL that cannot be one.
        """
        if len(request.referenced) > _MAX_REFERENCED:
            raise errors.InvalidArgument(f"more than {_MAX_REFERENCED} referenced repositories")
        return [
            _Other(self._origin(item.repository), item.commit or item.revision, item.tag_prefix)
            for item in request.referenced
        ]

    async def _batch(
        self,
        request: _Request,
        repository: Origin,
        commit: str,
        others: list[_Other],
    ) -> Batch:
        """Resolve the referenced repositories, each with its own credential; make the batch."""
        referenced = await asyncio.gather(*(self._resolved(other) for other in others))
        return Batch(
            repository=repository,
            commit=commit,
            questions=tuple(requests.questions(request, commit)),
            referenced=tuple(referenced),
            settings=requests.tool_settings(request.settings),
            submodules=self._submodules(request),
            charts=access.access(request.charts),
        )

    def _submodules(self, request: _Request) -> Submodules:
        """Check the submodules that a request may open.

        Raises:
            errors.InvalidArgument: too many, or a URL that cannot be one.
        """
        if len(request.submodules) > _MAX_REFERENCED:
            raise errors.InvalidArgument(f"more than {_MAX_REFERENCED} submodules")
        return Submodules(
            map(self._repository, request.submodules), is_enabled=self._with_submodules
        )

    async def _resolved(self, other: _Other) -> Referenced:
        """Resolve one; its error concerns only the sources that read from it."""
        try:
            commit = await self._origins.resolve(
                other.repository, other.revision, tag_prefix=other.tag_prefix
            )
            if isinstance(other.repository, Remote):
                await self._charts.tree(other.repository, commit)
        except errors.PlumblineError as error:
            return Referenced(other.repository, error=error)
        return Referenced(other.repository, commit)

    def _origin(self, message: repo_pb2.Repository) -> Origin:
        return access.remote(message) if access.is_remote(message) else self._repository(message)

    def _repository(self, message: repo_pb2.Repository) -> Repository:
        if message.type not in ("", "git"):
            raise errors.Unimplemented(f"repositories of type {message.type!r} are not supported")
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
            proxy=proxies.proxy_for(message.url, message.proxy, message.no_proxy),
            proxy_setting=message.proxy,
            no_proxy=message.no_proxy,
            depth=max(0, message.depth),
            enable_lfs=message.enable_lfs,
            force_http_basic_auth=message.force_http_basic_auth,
            tls_client_cert=message.tls_client_cert,
            tls_client_key=Secret(message.tls_client_key.decode(errors="replace")),
            identity=requests.identity(message),
        )


class _Scrubbed:
    """Lets no error leave with a secret of the repository in its text."""

    def __init__(self, *repositories: Origin) -> None:
        self._repositories = repositories

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _: object, error: object, __: object) -> None:
        if isinstance(error, errors.PlumblineError):
            clean = _clean(error.message, self._repositories)
            if clean != error.message:
                raise type(error)(clean) from None
        elif isinstance(error, Exception):
            mark = uuid.uuid4().hex[:12]
            log.error(
                "request failed unexpectedly",
                id=mark,
                error=_clean(repr(error), self._repositories),
            )
            raise errors.Unavailable(f"internal error {mark}") from None


def _below(prefix: str, refs: dict[str, str]) -> set[str]:
    return {
        name.removeprefix(prefix)
        for name in refs
        if name.startswith(prefix) and not name.endswith("^{}")
    }


def _clean(text: str, opened: Iterable[Origin]) -> str:
    for repository in opened:
        text = repositories.scrub(text, repository)
    return text


def _check(sources: Sequence[repo_pb2.SourceRequest]) -> None:
    """Bound what one call asks for.

    Raises:
        errors.InvalidArgument: too many sources, or one that is too large.
    """
    if len(sources) > _MAX_SOURCES:
        raise errors.InvalidArgument(f"more than {_MAX_SOURCES} sources in one call")
    if any(len(message.source_json) > _MAX_SOURCE_JSON for message in sources):
        raise errors.InvalidArgument(f"a source is larger than {_MAX_SOURCE_JSON} bytes")


def _chart(chart: browse.Details, source: render.Source) -> repo_pb2.AppDetailsResponse:
    files = source.helm.file_parameters if source.helm else ()
    return repo_pb2.AppDetailsResponse(
        source_type=render.SourceType.HELM.value,
        chart_name=chart.chart_name,
        value_files=chart.value_files,
        values=chart.values,
        parameters=[repo_pb2.Parameter(name=n, value=v) for n, v in chart.parameters],
        file_parameters=[repo_pb2.Parameter(name=f.name, value=f.path) for f in files],
    )


def _error(error: errors.PlumblineError, batch: Batch) -> repo_pb2.SourceError:
    text = _clean(error.message, batch.repositories())[:_TOOL_ERROR]
    urls = error.urls if isinstance(error, UnopenedSubmodule) else ()
    return repo_pb2.SourceError(code=error.code.value, message=text, submodules=urls)


def _refused(source: str, commit: str, problems: list[str]) -> repo_pb2.RenderedSource:
    """Return the answer for a source of a commit that is not trusted."""
    error = integrity.Untrusted(problems)
    found = repo_pb2.RenderedSource(id=source, commit=commit)
    found.error.code, found.error.message = error.code.value, error.message[:_TOOL_ERROR]
    found.error.untrusted.extend(problems)
    return found


def _message(answer: rendering.Answer, batch: Batch) -> repo_pb2.RenderedSource:
    found = repo_pb2.RenderedSource(id=answer.id, commit=batch.commit)
    if answer.error is not None:
        found.error.CopyFrom(_error(answer.error, batch))
        return found
    found.key = answer.key
    rendered = answer.rendered
    if rendered is None:
        found.unchanged = True
        return found
    found.digest = rendered.digest
    found.source_type = answer.source_type
    found.manifests.extend(rendered.manifests)
    found.deterministic = rendered.deterministic
    found.warnings.extend(rendered.warnings)
    found.plaintext_secrets.extend(rendered.plaintext)
    return found


def _single(
    origin: Origin, commit: str, request: repo_pb2.AppDetailsRequest, submodules: Submodules
) -> Batch:
    """Return the one source of a request for details."""
    asked = requests.questions(repo_pb2.RenderRequest(sources=[request.source]), commit)
    return Batch(
        repository=origin,
        commit=commit,
        questions=tuple(asked),
        submodules=submodules,
        charts=access.access(request.charts),
    )

"""What an application's sources render to, asked of the repo-server on a user's behalf.

Used by the application service: to validate a specification before it is written, for GetManifests,
and for a revision's metadata. A repository is opened with the credential of the application's own
project, and only if that project permits it.
"""

import asyncio
import dataclasses
from collections.abc import Sequence
from typing import Any, Final

import grpc
import msgspec
import orjson

from plumbline.api_server.parts import Parts
from plumbline.core import (
    clusters,
    diff,
    errors,
    model,
    project,
    repositories,
    settings,
    tracking,
)
from plumbline.kube.declared import GPG_KEYS_MAP
from plumbline.pb.controller import controller_pb2, controller_pb2_grpc
from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.rpc import status

__all__ = ["Rendered", "Sources", "chart_access", "require_permitted", "shown"]

_SECONDS: Final = 60.0  # a render may take, as far as a user waits for it
_STATE_SECONDS: Final = 5.0
_PARALLEL: Final = 4  # renders of one request at a time
_GENERATE_PATHS: Final = "argocd.argoproj.io/manifest-generate-paths"


@dataclasses.dataclass(frozen=True)
class Rendered:
    """One source's render: the commit, the type of the source, and its manifests."""

    commit: str
    source_type: str
    manifests: tuple[bytes, ...]


def require_permitted(rules: model.Project, sources: Sequence[model.Source]) -> None:
    """Refuse sources that the project does not permit.

    Raises:
        errors.PermissionDenied: names the first such repository.
    """
    for source in sources:
        if not project.permits_source(rules, source.repo_url):
            raise errors.PermissionDenied(
                f"application repo {source.repo_url} is not permitted in project"
                f" '{rules.metadata.name}'"
            )


def chart_access(parts: Parts, project_name: str) -> repo_pb2.ChartAccess:
    """Return what the content of a project's sources may have fetched.

    Raises:
        errors.InvalidArgument: the setting of global projects cannot be read.
    """
    name = project_name or "default"
    row = parts.projects.get(name)
    rules: Sequence[str] = ()
    if row is not None:
        setting = parts.control.setting("globalProjects")
        rules = parts.projects.whole(row.project, setting).spec.source_repos
    access = parts.declared.charts(name, rules)
    return repo_pb2.ChartAccess(**repositories.wire_access(access))


class Sources:
    """Renders and metadata of applications' sources."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._controller = controller_pb2_grpc.ControllerServiceStub(parts.controller)  # type: ignore[no-untyped-call]
        self._stub = repo_pb2_grpc.RepoServiceStub(parts.repo_server)  # type: ignore[no-untyped-call]

    async def problems(self, app: model.Application) -> list[str]:
        """Return why sources cannot be rendered, with the contract's texts (section 2)."""
        pairs = [(s, s.target_revision) for s in app.spec.all_sources]
        job = _Job(app, pairs, await self._capabilities(app), no_cache=False)

        async def one(position: int) -> str | None:
            source = pairs[position][0]
            try:
                await self._render(job, position)
            except _Unrenderable as problem:
                where = source.path or source.chart
                return f"Unable to generate manifests in {where}: {problem.error.message}"
            except errors.PlumblineError as error:
                return f"repository not accessible: {error.message}"
            return None

        found = await _gather([one(i) for i, (s, _) in enumerate(pairs) if s.path or s.chart])
        return [message for message in found if message is not None]

    async def render(
        self, app: model.Application, revisions: Sequence[str], *, no_cache: bool
    ) -> list[Rendered]:
        """Render every source at the given revision, one each.

        A source that only lends its files to others (``ref``) renders to nothing.

        Raises:
            errors.PlumblineError: the first source that could not be rendered says why.
        """
        pairs = list(zip(app.spec.all_sources, revisions, strict=True))
        job = _Job(app, pairs, await self._capabilities(app), no_cache=no_cache)

        async def one(position: int) -> Rendered:
            source = pairs[position][0]
            if not (source.path or source.chart):
                return Rendered("", "", ())
            try:
                return await self._render(job, position)
            except _Unrenderable as problem:
                raise problem.error from problem

        return await _gather([one(position) for position in range(len(pairs))])

    async def metadata(
        self, app: model.Application, source: model.Source, revision: str
    ) -> repo_pb2.RevisionMetadataResponse:
        """Return author, date, message, tags and signature of a revision.

        Raises:
            errors.PlumblineError: as the repo-server said.
        """
        keys = sorted(self._parts.declared.trust(GPG_KEYS_MAP).items())
        request = repo_pb2.RevisionMetadataRequest(
            repository=self._repository(app, source),
            revision=revision,
            # Nothing is demanded here: who signed is told as far as the keys are known.
            integrity=repo_pb2.Integrity(mode="none", public_keys=[text for _, text in keys]),
        )
        found: repo_pb2.RevisionMetadataResponse = await status.answered(
            self._stub.RevisionMetadata(request, timeout=_SECONDS)
        )
        return found

    async def chart(
        self, app: model.Application, source: model.Source, revision: str
    ) -> repo_pb2.ChartDetailsResponse:
        """Return what a version of the source's chart says about itself.

        Raises:
            errors.PlumblineError: as the repo-server said.
        """
        request = repo_pb2.ChartDetailsRequest(
            repository=self._repository(app, source), revision=revision
        )
        found: repo_pb2.ChartDetailsResponse = await status.answered(
            self._stub.ChartDetails(request, timeout=_SECONDS)
        )
        return found

    async def artifact(
        self, app: model.Application, source: model.Source, revision: str
    ) -> repo_pb2.ArtifactDetailsResponse:
        """Return what the manifest of the source's artifact says about it.

        Raises:
            errors.PlumblineError: as the repo-server said.
        """
        request = repo_pb2.ArtifactDetailsRequest(
            repository=self._repository(app, source), revision=revision
        )
        found: repo_pb2.ArtifactDetailsResponse = await status.answered(
            self._stub.ArtifactDetails(request, timeout=_SECONDS)
        )
        return found

    def _repository(self, app: model.Application, source: model.Source) -> repo_pb2.Repository:
        owner = app.spec.project or "default"
        found = self._parts.declared.credential(source.repo_url, owner)
        found = dataclasses.replace(
            found,
            chart=source.chart,
            pass_credentials=bool((source.helm or {}).get("passCredentials")),
        )
        return repo_pb2.Repository(**repositories.wire_fields(found))

    def _decrypts(self, app: model.Application) -> bool:
        """Whether the project allows that SOPS files are decrypted."""
        row = self._parts.projects.get(app.spec.project or "default")
        return row is not None and project.allows_decryption(row.project)

    async def _capabilities(self, app: model.Application) -> repo_pb2.Capabilities | None:
        """Return what the destination serves, which charts ask for; none if it is not connected."""
        try:
            server = clusters.resolve(app.spec.destination, self._parts.declared.clusters()).server
            request = controller_pb2.ClusterStatesRequest(server=server)
            answer = await self._controller.ClusterStates(request, timeout=_STATE_SECONDS)
        except (errors.PlumblineError, grpc.aio.AioRpcError):
            return None
        for state in answer.clusters:
            if state.server == server:
                return repo_pb2.Capabilities(
                    kube_version=state.kube_version, api_versions=state.api_versions
                )
        return None

    async def _render(self, job: "_Job", position: int) -> Rendered:
        submodules = repositories.OpenedSubmodules(
            job.app.spec.project or "default",
            credential=self._parts.declared.credential,
            permits=self._permits,
        )
        request = self._request(job, position)
        while True:
            item = await self._answer(request)
            if not item.HasField("error"):
                return Rendered(item.commit, item.source_type, tuple(item.manifests))
            urls = tuple(item.error.submodules)
            if not submodules.learn(urls):
                answered = status.error_of(item.error.code, item.error.message)
                raise _Unrenderable(submodules.refusal(urls) or answered)
            del request.submodules[:]
            for opened in submodules.opened():
                request.submodules.add(**repositories.wire_fields(opened))

    async def _answer(self, request: repo_pb2.RenderRequest) -> repo_pb2.RenderedSource:
        try:
            item: repo_pb2.RenderedSource
            async for item in self._stub.Render(request, timeout=_SECONDS):
                return item
        except grpc.aio.AioRpcError as error:
            raise status.from_rpc_error(error) from error
        raise errors.Unavailable("the repo-server did not answer for this source")

    def _permits(self, url: str, name: str) -> bool:
        """Whether a project may use a repository now."""
        row = self._parts.projects.get(name)
        if row is None:
            return False
        setting = self._parts.control.setting("globalProjects")
        return project.permits_source(self._parts.projects.whole(row.project, setting), url)

    def _request(self, job: "_Job", position: int) -> repo_pb2.RenderRequest:
        """Return the request for one source; it may read from the others that have a ref."""
        app = job.app
        source, revision = job.pairs[position]
        tools = settings.read(self._parts.control.settings())[0].tools
        request = repo_pb2.RenderRequest(
            repository=self._repository(app, source),
            revision=revision,
            no_cache=job.no_cache,
            tag_prefix=source.tag_prefix,
            charts=chart_access(self._parts, app.spec.project),
            settings=repo_pb2.RenderSettings(
                disabled=sorted(tools.disabled),
                kustomize_build_options=tools.build_options,
                kustomize_versions=dict(tools.versions),
                kustomize_version_options=dict(tools.version_options),
            ),
        )
        # The revision that is rendered is the source's own, for whatever reads it from there.
        pinned = msgspec.structs.replace(source, target_revision=revision)
        question = request.sources.add(
            id="0",
            source_json=orjson.dumps(model.dump(pinned)),
            app_name=app.instance_name(self._parts.namespace),
            app_namespace=app.spec.destination.namespace,
            project=app.spec.project,
            no_cache=job.no_cache,
            manifest_generate_paths=app.metadata.annotations.get(_GENERATE_PATHS, ""),
            decrypt=self._decrypts(app),
        )
        if job.capabilities is not None:
            request.capabilities.append(job.capabilities)
            question.capabilities = 1
        if not (source.directory or source.kustomize or source.plugin):
            for at, (other, other_revision) in enumerate(job.pairs):
                if other.ref and at != position:
                    question.references.add(name=other.ref, repository=len(request.referenced))
                    request.referenced.add(
                        repository=self._repository(app, other),
                        revision=other_revision,
                        tag_prefix=other.tag_prefix,
                    )
        return request


@dataclasses.dataclass(frozen=True)
class _Job:
    """What the renders of one application share."""

    app: model.Application
    pairs: list[tuple[model.Source, str]]
    capabilities: repo_pb2.Capabilities | None
    no_cache: bool


class _Unrenderable(Exception):
    """The repository answers, this source of it does not render."""

    def __init__(self, error: errors.PlumblineError) -> None:
        super().__init__(error.message)
        self.error = error


async def _gather(coroutines: list[Any]) -> list[Any]:
    """Run a few at a time; the first failure in order is raised after all have ended."""
    limit = asyncio.Semaphore(_PARALLEL)

    async def bounded(coroutine: Any) -> Any:
        async with limit:
            return await coroutine

    found = await asyncio.gather(*map(bounded, coroutines), return_exceptions=True)
    for item in found:
        if isinstance(item, BaseException):
            raise item
    return found


def shown(
    app: model.Application,
    rendered: Rendered,
    control_plane_namespace: str,
    marks: tracking.Tracking,
) -> list[str]:
    """Return a render's manifests as a user sees them: marked as applied, Secrets masked."""
    instance = app.instance_name(control_plane_namespace)
    found = []
    for raw in rendered.manifests:
        manifest: model.Manifest = orjson.loads(raw)
        masked = diff.mask_secrets(manifest, None).desired or manifest
        namespace = model.text_at(manifest, "metadata", "namespace")
        marked = tracking.set_tracking(
            masked,
            instance,
            namespace=namespace or app.spec.destination.namespace,
            tracking=marks,
        )
        found.append(orjson.dumps(marked).decode())
    return found

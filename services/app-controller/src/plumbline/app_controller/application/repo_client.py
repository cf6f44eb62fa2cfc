"""The controller's client of the repo-server: messages in, plain values out.

Used by :mod:`desired` through its ``RepoServer`` protocol. The only module of the controller that
reveals a repository credential, into the request that mutual TLS protects.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final

import grpc

from plumbline.app_controller.application import desired
from plumbline.core import integrity, render, repositories
from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.rpc import status

__all__ = ["REPO_SERVICE", "GrpcRepoServer"]

REPO_SERVICE: Final = "plumbline.repo.v1.RepoService"
"""All of its calls may be repeated: they read, or render, which gives the same again."""
_TRIES: Final = 4
_PAUSE: Final = 0.2  # seconds before the second try; doubled for each further one
_ELSEWHERE: Final = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED})


class GrpcRepoServer:
    """Calls ``plumbline.repo.v1.RepoService``."""

    def __init__(self, channel: grpc.aio.Channel, *, timeout: float) -> None:
        """Use a channel that is already authenticated.

        Args:
            channel: to the repo-server.
            timeout: seconds a call may take.
        """
        self._stub = repo_pb2_grpc.RepoServiceStub(channel)  # type: ignore[no-untyped-call]
        self._timeout = timeout

    async def resolve(
        self,
        repository: repositories.Repository,
        revision: str,
        *,
        no_cache: bool,
        tag_prefix: str = "",
    ) -> str:
        """Return the commit of a revision.

        Raises:
            errors.PlumblineError: as the repo-server said, or Unavailable.
        """
        request = repo_pb2.ResolveRequest(
            repository=_repository(repository),
            revision=revision,
            no_cache=no_cache,
            tag_prefix=tag_prefix,
        )
        answer = await status.answered(self._stub.Resolve(request, timeout=self._timeout))
        return str(answer.commit)

    async def render(
        self,
        repository: repositories.Repository,
        revision: str,
        *,
        commit: str,
        questions: Sequence[desired.SourceQuestion],
    ) -> AsyncIterator[desired.SourceAnswer]:
        """Render sources; answers come as they are ready, in any order.

        Raises:
            errors.PlumblineError: the call as a whole failed; errors of single sources are answers.
        """
        kinds = dict.fromkeys((q.source.tools, q.source.demand) for q in questions)
        for tools, demand in kinds:
            request = repo_pb2.RenderRequest(
                repository=_repository(repository),
                revision=revision,
                commit=commit,
                no_cache=any(question.no_cache for question in questions),
                settings=_settings(tools),
                integrity=_integrity(demand),
                tag_prefix=questions[0].source.tag_prefix,
                # One call is about one project.
                charts=repo_pb2.ChartAccess(**repositories.wire_access(questions[0].charts)),
            )
            wanted = (tools, demand)
            alike = [q for q in questions if (q.source.tools, q.source.demand) == wanted]
            async for item in self._rendered(request, alike):
                yield _answer(item)

    async def _rendered(
        self, request: repo_pb2.RenderRequest, questions: Sequence[desired.SourceQuestion]
    ) -> AsyncIterator[repo_pb2.RenderedSource]:
        """Yield answers; what a replica that went away left open, another one is asked for.

        gRPC itself repeats only calls that have no answer yet.
        """
        missing = {question.id: question for question in questions}
        for tries in range(1, _TRIES + 1):
            asked = repo_pb2.RenderRequest()
            asked.CopyFrom(request)
            _fill(asked, list(missing.values()))
            try:
                async for item in self._stub.Render(asked, timeout=self._timeout):
                    if missing.pop(item.id, None) is not None:
                        yield item
            except grpc.aio.AioRpcError as error:
                if not missing:
                    return
                if tries == _TRIES or not _elsewhere(error):
                    raise status.from_rpc_error(error) from error
                await asyncio.sleep(_PAUSE * 2 ** (tries - 1))
            else:
                return


def _elsewhere(error: grpc.aio.AioRpcError) -> bool:
    """Tell whether another replica may do what this one did not."""
    # It says so itself if no replica can (channels.NO_RETRY).
    said = dict(error.trailing_metadata() or ())
    return error.code() in _ELSEWHERE and said.get("grpc-retry-pushback-ms") != "-1"


def _fill(request: repo_pb2.RenderRequest, questions: Sequence[desired.SourceQuestion]) -> None:
    """Add sources; what many of them share is written once."""
    opened = {one.url: one for question in questions for one in question.submodules}
    request.submodules.extend(map(_repository, opened.values()))
    referenced: dict[tuple[str, ...], int] = {}
    capabilities: dict[tuple[str, tuple[str, ...]], int] = {}
    for question in questions:
        source = question.source
        served = (source.kube_version, source.api_versions)
        if served != ("", ()) and served not in capabilities:
            capabilities[served] = len(capabilities) + 1
            request.capabilities.add(kube_version=served[0], api_versions=served[1])
        message = request.sources.add(
            id=question.id,
            source_json=source.source_json,
            app_name=source.app_name,
            app_namespace=source.app_namespace,
            project=source.project,
            capabilities=capabilities.get(served, 0),
            known_key=question.known_key,
            no_cache=question.no_cache,
            manifest_generate_paths=source.generate_paths,
            decrypt=source.decrypt,
        )
        for other in question.references:
            # One URL is opened with one credential for one project.
            place = (
                other.repository.url,
                other.repository.chart,
                source.project,
                other.revision,
                other.tag_prefix,
                other.commit,
            )
            if place not in referenced:
                referenced[place] = len(referenced)
                request.referenced.add(
                    repository=_repository(other.repository),
                    revision=other.revision,
                    commit=other.commit,
                    tag_prefix=other.tag_prefix,
                )
            message.references.add(name=other.name, repository=referenced[place])


def _settings(tools: render.ToolSettings) -> repo_pb2.RenderSettings:
    return repo_pb2.RenderSettings(
        disabled=sorted(tools.disabled),
        kustomize_build_options=tools.build_options,
        kustomize_versions=dict(tools.versions),
        kustomize_version_options=dict(tools.version_options),
    )


def _integrity(demand: integrity.Demand | None) -> repo_pb2.Integrity | None:
    if demand is None:
        return None
    return repo_pb2.Integrity(
        mode=demand.mode.value, keys=demand.keys, public_keys=demand.public_keys
    )


def _repository(repository: repositories.Repository) -> repo_pb2.Repository:
    return repo_pb2.Repository(**repositories.wire_fields(repository))


def _answer(item: repo_pb2.RenderedSource) -> desired.SourceAnswer:
    if item.HasField("error"):
        error = status.error_of(item.error.code, item.error.message)
        if item.error.untrusted:
            error = integrity.Untrusted(item.error.untrusted)
        return desired.SourceAnswer(item.id, item.commit, None, error, tuple(item.error.submodules))
    if item.unchanged:
        return desired.SourceAnswer(item.id, item.commit, None, None)
    rendered = desired.Rendered(
        commit=item.commit,
        key=item.key,
        digest=item.digest,
        source_type=item.source_type,
        manifests=tuple(item.manifests),
        warnings=tuple(item.warnings),
        plaintext=tuple(item.plaintext_secrets),
    )
    return desired.SourceAnswer(item.id, item.commit, rendered, None)

"""The controller's client of the repo-server: messages in, plain values out.

Used by :mod:`desired` through its ``RepoServer`` protocol. The only module of the controller that
reveals a repository credential, into the request that mutual TLS protects.
"""

from collections.abc import AsyncIterator, Sequence

import grpc

from plumbline.app_controller.application import desired
from plumbline.core import repositories
from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.rpc import status

__all__ = ["GrpcRepoServer"]


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
        self, repository: repositories.Repository, revision: str, *, no_cache: bool
    ) -> str:
        """Return the commit of a revision.

        Raises:
            errors.PlumblineError: as the repo-server said, or Unavailable.
        """
        request = repo_pb2.ResolveRequest(
            repository=_repository(repository), revision=revision, no_cache=no_cache
        )
        try:
            answer = await self._stub.Resolve(request, timeout=self._timeout)
        except grpc.aio.AioRpcError as error:
            raise status.from_rpc_error(error) from error
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
        request = repo_pb2.RenderRequest(
            repository=_repository(repository),
            revision=revision,
            commit=commit,
            no_cache=any(q.no_cache for q in questions),
            sources=[_source(q) for q in questions],
        )
        try:
            async for item in self._stub.Render(request, timeout=self._timeout):
                yield _answer(item)
        except grpc.aio.AioRpcError as error:
            raise status.from_rpc_error(error) from error


def _repository(repository: repositories.Repository) -> repo_pb2.Repository:
    return repo_pb2.Repository(**repositories.wire_fields(repository))


def _source(question: desired.SourceQuestion) -> repo_pb2.SourceRequest:
    source = question.source
    return repo_pb2.SourceRequest(
        id=question.id,
        source_json=source.source_json,
        app_name=source.app_name,
        app_namespace=source.app_namespace,
        project=source.project,
        kube_version=source.kube_version,
        api_versions=source.api_versions,
        known_key=question.known_key,
        no_cache=question.no_cache,
        kustomize_build_options=source.build_options,
    )


def _answer(item: repo_pb2.RenderedSource) -> desired.SourceAnswer:
    if item.HasField("error"):
        error = status.error_of(item.error.code, item.error.message)
        return desired.SourceAnswer(item.id, item.commit, None, error)
    if item.unchanged:
        return desired.SourceAnswer(item.id, item.commit, None, None)
    rendered = desired.Rendered(
        commit=item.commit,
        key=item.key,
        digest=item.digest,
        source_type=item.source_type,
        manifests=tuple(item.manifests),
        warnings=tuple(item.warnings),
    )
    return desired.SourceAnswer(item.id, item.commit, rendered, None)

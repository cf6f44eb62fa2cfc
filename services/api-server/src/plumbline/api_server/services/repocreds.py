"""RepoCredsService: credentials that all repositories below a URL inherit."""

import grpc

from plumbline.api_server.parts import Parts
from plumbline.api_server.services import repository_store as stores
from plumbline.api_server.services.repository_messages import read_message, show_template
from plumbline.api_server.services.repository_store import RepositoryStore
from plumbline.core import repositories
from plumbline.pb.server import repocreds_pb2, repocreds_pb2_grpc
from plumbline.pb.v1alpha1 import generated_pb2

__all__ = ["RepoCredsService"]


class RepoCredsService(repocreds_pb2_grpc.RepoCredsServiceServicer):
    """repocreds.RepoCredsService."""

    def __init__(self, parts: Parts) -> None:
        """Keep the Secrets of both sorts of templates."""
        self._read = RepositoryStore(parts, stores.READ_TEMPLATES)
        self._write = RepositoryStore(parts, stores.WRITE_TEMPLATES)

    async def ListRepositoryCredentials(  # noqa: N802 -- gRPC requires this name
        self, _request: repocreds_pb2.RepoCredsQuery, _: grpc.aio.ServicerContext
    ) -> generated_pb2.RepoCredsList:
        """Return the templates that the caller may see."""
        return _list(self._read)

    async def ListWriteRepositoryCredentials(  # noqa: N802 -- gRPC requires this name
        self, _request: repocreds_pb2.RepoCredsQuery, _: grpc.aio.ServicerContext
    ) -> generated_pb2.RepoCredsList:
        """Return the templates for pushing that the caller may see."""
        return _list(self._write)

    async def CreateRepositoryCredentials(  # noqa: N802 -- gRPC requires this name
        self, request: repocreds_pb2.RepoCredsCreateRequest, _: grpc.aio.ServicerContext
    ) -> generated_pb2.RepoCreds:
        """Declare a template."""
        return await _create(request, self._read)

    async def CreateWriteRepositoryCredentials(  # noqa: N802 -- gRPC requires this name
        self, request: repocreds_pb2.RepoCredsCreateRequest, _: grpc.aio.ServicerContext
    ) -> generated_pb2.RepoCreds:
        """Declare a template for pushing."""
        return await _create(request, self._write)

    async def UpdateRepositoryCredentials(  # noqa: N802 -- gRPC requires this name
        self, request: repocreds_pb2.RepoCredsUpdateRequest, _: grpc.aio.ServicerContext
    ) -> generated_pb2.RepoCreds:
        """Change a template; credentials that are not given are taken away."""
        return await _update(request, self._read)

    async def UpdateWriteRepositoryCredentials(  # noqa: N802 -- gRPC requires this name
        self, request: repocreds_pb2.RepoCredsUpdateRequest, _: grpc.aio.ServicerContext
    ) -> generated_pb2.RepoCreds:
        """Change a template for pushing."""
        return await _update(request, self._write)

    async def DeleteRepositoryCredentials(  # noqa: N802 -- gRPC requires this name
        self, request: repocreds_pb2.RepoCredsDeleteRequest, _: grpc.aio.ServicerContext
    ) -> repocreds_pb2.RepoCredsResponse:
        """Give up a template."""
        return await _delete(request, self._read)

    async def DeleteWriteRepositoryCredentials(  # noqa: N802 -- gRPC requires this name
        self, request: repocreds_pb2.RepoCredsDeleteRequest, _: grpc.aio.ServicerContext
    ) -> repocreds_pb2.RepoCredsResponse:
        """Give up a template for pushing."""
        return await _delete(request, self._write)


def _list(store: RepositoryStore) -> generated_pb2.RepoCredsList:
    items = [show_template(entry.repository) for entry in store.visible()]
    return generated_pb2.RepoCredsList(items=items)


async def _create(
    request: repocreds_pb2.RepoCredsCreateRequest, store: RepositoryStore
) -> generated_pb2.RepoCreds:
    template = read_message(request.creds, url=request.creds.url)
    return show_template(await store.create(template, upsert=request.upsert))


async def _update(
    request: repocreds_pb2.RepoCredsUpdateRequest, store: RepositoryStore
) -> generated_pb2.RepoCreds:
    url = repositories.unquoted(request.creds.url)
    return show_template(await store.update(read_message(request.creds, url=url)))


async def _delete(
    request: repocreds_pb2.RepoCredsDeleteRequest, store: RepositoryStore
) -> repocreds_pb2.RepoCredsResponse:
    await store.delete(repositories.unquoted(request.url), "")
    return repocreds_pb2.RepoCredsResponse()

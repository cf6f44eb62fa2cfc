"""RepositoryService: repositories as users declare them and look into them."""

import dataclasses

import grpc

from plumbline.api_server.parts import Parts
from plumbline.api_server.services import repository_details as browsing
from plumbline.api_server.services import repository_store as stores
from plumbline.api_server.services.repository_access import Connections, RepoServer
from plumbline.api_server.services.repository_messages import read_message, show_repository
from plumbline.api_server.services.repository_store import RepositoryStore
from plumbline.core import repositories
from plumbline.pb.reposerver import repository_pb2 as answers_pb2
from plumbline.pb.server import repository_pb2, repository_pb2_grpc
from plumbline.pb.v1alpha1 import generated_pb2

__all__ = ["RepositoryService"]


class RepositoryService(repository_pb2_grpc.RepositoryServiceServicer):
    """repository.RepositoryService."""

    def __init__(self, parts: Parts) -> None:
        """Keep the Secrets of repositories; open repositories through the repo-server."""
        self._permissions = parts.permissions
        self._declared = parts.declared
        self._read = RepositoryStore(parts, stores.READ)
        self._write = RepositoryStore(parts, stores.WRITE)
        self._server = RepoServer(parts.repo_server)
        self._connections = Connections(self._server)
        self._browser = browsing.Browser(parts, self._read, self._server)

    async def List(  # noqa: N802 -- gRPC requires this name
        self, request: repository_pb2.RepoQuery, _: grpc.aio.ServicerContext
    ) -> generated_pb2.RepositoryList:
        """Return the repositories that the caller may see (the old name)."""
        return await self._list(request, self._read, write=False)

    async def ListRepositories(  # noqa: N802 -- gRPC requires this name
        self, request: repository_pb2.RepoQuery, _: grpc.aio.ServicerContext
    ) -> generated_pb2.RepositoryList:
        """Return the repositories that the caller may see."""
        return await self._list(request, self._read, write=False)

    async def ListWriteRepositories(  # noqa: N802 -- gRPC requires this name
        self, request: repository_pb2.RepoQuery, _: grpc.aio.ServicerContext
    ) -> generated_pb2.RepositoryList:
        """Return the repositories with credentials to push that the caller may see."""
        return await self._list(request, self._write, write=True)

    async def Get(  # noqa: N802 -- gRPC requires this name
        self, request: repository_pb2.RepoQuery, _: grpc.aio.ServicerContext
    ) -> generated_pb2.Repository:
        """Return one repository."""
        return await self._get(request, self._read, write=False)

    async def GetWrite(  # noqa: N802 -- gRPC requires this name
        self, request: repository_pb2.RepoQuery, _: grpc.aio.ServicerContext
    ) -> generated_pb2.Repository:
        """Return one repository with credentials to push."""
        return await self._get(request, self._write, write=True)

    async def Create(  # noqa: N802 -- gRPC requires this name
        self, request: repository_pb2.RepoCreateRequest, _: grpc.aio.ServicerContext
    ) -> generated_pb2.Repository:
        """Declare a repository (the old name)."""
        return await self._create(request, self._read, write=False)

    async def CreateRepository(  # noqa: N802 -- gRPC requires this name
        self, request: repository_pb2.RepoCreateRequest, _: grpc.aio.ServicerContext
    ) -> generated_pb2.Repository:
        """Declare a repository."""
        return await self._create(request, self._read, write=False)

    async def CreateWriteRepository(  # noqa: N802 -- gRPC requires this name
        self, request: repository_pb2.RepoCreateRequest, _: grpc.aio.ServicerContext
    ) -> generated_pb2.Repository:
        """Declare a repository with credentials to push."""
        return await self._create(request, self._write, write=True)

    async def Update(  # noqa: N802 -- gRPC requires this name
        self, request: repository_pb2.RepoUpdateRequest, _: grpc.aio.ServicerContext
    ) -> generated_pb2.Repository:
        """Change a repository (the old name)."""
        return await self._update(request, self._read)

    async def UpdateRepository(  # noqa: N802 -- gRPC requires this name
        self, request: repository_pb2.RepoUpdateRequest, _: grpc.aio.ServicerContext
    ) -> generated_pb2.Repository:
        """Change a repository; credentials that are not given are taken away."""
        return await self._update(request, self._read)

    async def UpdateWriteRepository(  # noqa: N802 -- gRPC requires this name
        self, request: repository_pb2.RepoUpdateRequest, _: grpc.aio.ServicerContext
    ) -> generated_pb2.Repository:
        """Change a repository with credentials to push."""
        return await self._update(request, self._write)

    async def Delete(  # noqa: N802 -- gRPC requires this name
        self, request: repository_pb2.RepoQuery, _: grpc.aio.ServicerContext
    ) -> repository_pb2.RepoResponse:
        """Give up a repository (the old name)."""
        return await self._delete(request, self._read)

    async def DeleteRepository(  # noqa: N802 -- gRPC requires this name
        self, request: repository_pb2.RepoQuery, _: grpc.aio.ServicerContext
    ) -> repository_pb2.RepoResponse:
        """Give up a repository."""
        return await self._delete(request, self._read)

    async def DeleteWriteRepository(  # noqa: N802 -- gRPC requires this name
        self, request: repository_pb2.RepoQuery, _: grpc.aio.ServicerContext
    ) -> repository_pb2.RepoResponse:
        """Give up a repository with credentials to push."""
        return await self._delete(request, self._write)

    async def ValidateAccess(  # noqa: N802 -- gRPC requires this name
        self, request: repository_pb2.RepoAccessQuery, _: grpc.aio.ServicerContext
    ) -> repository_pb2.RepoResponse:
        """Open a repository with the given credential, or with a template's."""
        return await self._validate(request, self._read, write=False)

    async def ValidateWriteAccess(  # noqa: N802 -- gRPC requires this name
        self, request: repository_pb2.RepoAccessQuery, _: grpc.aio.ServicerContext
    ) -> repository_pb2.RepoResponse:
        """Open a repository with a credential to push; that it may push is not tried."""
        return await self._validate(request, self._write, write=True)

    async def ListRefs(  # noqa: N802 -- gRPC requires this name
        self, request: repository_pb2.RepoQuery, _: grpc.aio.ServicerContext
    ) -> answers_pb2.Refs:
        """Return the names of branches and tags."""
        opened = self._browser.opened(request.repo, request.appProject)
        found = await self._server.refs(opened)
        return answers_pb2.Refs(branches=found.branches, tags=found.tags)

    async def ListApps(  # noqa: N802 -- gRPC requires this name
        self, request: repository_pb2.RepoAppsQuery, _: grpc.aio.ServicerContext
    ) -> repository_pb2.RepoAppsResponse:
        """Return the directories of a commit that hold an application."""
        return await self._browser.apps(request)

    async def GetAppDetails(  # noqa: N802 -- gRPC requires this name
        self, request: repository_pb2.RepoAppDetailsQuery, _: grpc.aio.ServicerContext
    ) -> answers_pb2.RepoAppDetailsResponse:
        """Return what a source offers to be set."""
        return await self._browser.details(request)

    async def GetHelmCharts(  # noqa: N802 -- gRPC requires this name
        self, request: repository_pb2.RepoQuery, _: grpc.aio.ServicerContext
    ) -> answers_pb2.HelmChartsResponse:
        """Return the charts of a Helm repository with their versions."""
        opened = self._browser.opened(request.repo, request.appProject)
        found = await self._server.charts(dataclasses.replace(opened, type="helm"))
        return answers_pb2.HelmChartsResponse(
            items=[answers_pb2.HelmChart(name=i.name, versions=i.versions) for i in found.items]
        )

    async def ListOCITags(  # noqa: N802 -- gRPC requires this name
        self, request: repository_pb2.RepoQuery, _: grpc.aio.ServicerContext
    ) -> answers_pb2.Refs:
        """Return the tags of a repository in an OCI registry."""
        opened = self._browser.opened(request.repo, request.appProject, is_registry=True)
        found = await self._server.tags(opened)
        return answers_pb2.Refs(tags=found.tags)

    async def _list(
        self, request: repository_pb2.RepoQuery, store: RepositoryStore, *, write: bool
    ) -> generated_pb2.RepositoryList:
        found = [e.repository for e in store.visible()]
        opened = [self._opened(one, write=write) for one in found]
        states = await self._connections.states(opened, force=request.forceRefresh)
        items = [
            show_repository(one, state=state) for one, state in zip(opened, states, strict=True)
        ]
        return generated_pb2.RepositoryList(items=items)

    async def _get(
        self, request: repository_pb2.RepoQuery, store: RepositoryStore, *, write: bool
    ) -> generated_pb2.Repository:
        url = repositories.unquoted(request.repo)
        found = store.get(url, request.appProject)
        opened = self._opened(found.repository, write=write)
        [state] = await self._connections.states([opened], force=request.forceRefresh)
        return show_repository(opened, state=state)

    async def _create(
        self, request: repository_pb2.RepoCreateRequest, store: RepositoryStore, *, write: bool
    ) -> generated_pb2.Repository:
        repository = read_message(request.repo, url=request.repo.repo)
        store.check_create(repository)
        state = None
        if not request.credsOnly:
            await self._server.test(self._declared.complete(repository, write=write))
        made = await store.create(repository, upsert=request.upsert)
        return show_repository(made, state=state)

    async def _update(
        self, request: repository_pb2.RepoUpdateRequest, store: RepositoryStore
    ) -> generated_pb2.Repository:
        url = repositories.unquoted(request.repo.repo)
        return show_repository(await store.update(read_message(request.repo, url=url)))

    async def _delete(
        self, request: repository_pb2.RepoQuery, store: RepositoryStore
    ) -> repository_pb2.RepoResponse:
        await store.delete(repositories.unquoted(request.repo), request.appProject)
        return repository_pb2.RepoResponse()

    async def _validate(
        self, request: repository_pb2.RepoAccessQuery, store: RepositoryStore, *, write: bool
    ) -> repository_pb2.RepoResponse:
        repository = read_message(request, url=repositories.unquoted(request.repo))
        store.check_create(repository)
        await self._server.test(self._declared.complete(repository, write=write))
        return repository_pb2.RepoResponse()

    def _opened(
        self, repository: repositories.Repository, *, write: bool
    ) -> repositories.Repository:
        return self._declared.complete(repository, write=write)

"""Can a repository be opened? Asked through the repo-server, which alone talks to Git.

Used by the repository service. Answers are kept for a while, so that a list of many repositories is
not as many connections each time it is looked at; a remote that hangs delays nobody for long.
"""

import asyncio
import collections
import time
from collections.abc import Sequence
from typing import Any, Final, NamedTuple, TypeVar

import grpc

from plumbline.core import errors, repositories
from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.pb.v1alpha1 import generated_pb2
from plumbline.rpc import status

__all__ = ["Connections", "RepoServer"]

T = TypeVar("T")

_CALL_SECONDS: Final = 60.0
_RENDER_SECONDS: Final = 180.0
_KEPT: Final = {"Successful": 300.0, "Failed": 60.0}
_WAIT: Final = 10.0  # seconds a list waits for checks; what is not known then is Unknown
_PARALLEL: Final = 8
_CAPACITY: Final = 10_000
_MESSAGE: Final = 1000  # characters


class RepoServer:
    """Calls ``plumbline.repo.v1.RepoService`` on behalf of callers whose permission was asked."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = repo_pb2_grpc.RepoServiceStub(channel)  # type: ignore[no-untyped-call]

    async def test(self, repository: repositories.Repository) -> None:
        """Open a repository.

        Raises:
            errors.PlumblineError: it cannot be opened; the text holds no credential.
        """
        request = repo_pb2.TestRepositoryRequest(repository=_message(repository))
        await status.answered(self._stub.TestRepository(request, timeout=_CALL_SECONDS))

    async def refs(self, repository: repositories.Repository) -> repo_pb2.ListRefsResponse:
        """Return the names of branches and tags."""
        request = repo_pb2.ListRefsRequest(repository=_message(repository))
        answer: repo_pb2.ListRefsResponse = await status.answered(
            self._stub.ListRefs(request, timeout=_CALL_SECONDS)
        )
        return answer

    async def apps(
        self, repository: repositories.Repository, revision: str
    ) -> repo_pb2.ListAppsResponse:
        """Return the directories that hold an application."""
        request = repo_pb2.ListAppsRequest(repository=_message(repository), revision=revision)
        answer: repo_pb2.ListAppsResponse = await status.answered(
            self._stub.ListApps(request, timeout=_CALL_SECONDS)
        )
        return answer

    async def charts(self, repository: repositories.Repository) -> repo_pb2.ListChartsResponse:
        """Return the charts of a Helm repository."""
        request = repo_pb2.ListChartsRequest(repository=_message(repository))
        answer: repo_pb2.ListChartsResponse = await status.answered(
            self._stub.ListCharts(request, timeout=_CALL_SECONDS)
        )
        return answer

    async def tags(self, repository: repositories.Repository) -> repo_pb2.ListTagsResponse:
        """Return the tags of a repository in an OCI registry."""
        request = repo_pb2.ListTagsRequest(repository=_message(repository))
        answer: repo_pb2.ListTagsResponse = await status.answered(
            self._stub.ListTags(request, timeout=_CALL_SECONDS)
        )
        return answer

    async def details(
        self,
        repository: repositories.Repository,
        revision: str,
        source: repo_pb2.SourceRequest,
        charts: repo_pb2.ChartAccess,
    ) -> repo_pb2.AppDetailsResponse:
        """Return what a source offers to be set."""
        request = repo_pb2.AppDetailsRequest(
            repository=_message(repository), revision=revision, source=source, charts=charts
        )
        answer: repo_pb2.AppDetailsResponse = await status.answered(
            self._stub.AppDetails(request, timeout=_RENDER_SECONDS)
        )
        return answer

    async def plugins(self) -> list[str]:
        """Return the names of the config management plugins that are there."""
        request = repo_pb2.ListPluginsRequest()
        answer: repo_pb2.ListPluginsResponse = await status.answered(
            self._stub.ListPlugins(request, timeout=_CALL_SECONDS)
        )
        return list(answer.names)


def _message(repository: repositories.Repository) -> repo_pb2.Repository:
    return repo_pb2.Repository(**repositories.wire_fields(repository))


class _State(NamedTuple):
    status: str
    message: str
    at: float
    """Seconds since the epoch."""
    until: float
    """Seconds of the monotonic clock."""


class Connections:
    """The connection state of repositories, kept for a while."""

    def __init__(self, server: RepoServer) -> None:
        self._server = server
        self._known: collections.OrderedDict[repositories.Repository, _State] = (
            collections.OrderedDict()
        )
        self._running: dict[repositories.Repository, asyncio.Task[_State]] = {}
        self._slots = asyncio.Semaphore(_PARALLEL)

    async def states(
        self, opened: Sequence[repositories.Repository], *, force: bool = False
    ) -> list[generated_pb2.ConnectionState]:
        """Return the state of each repository, in order.

        Args:
            opened: with their credentials, which are part of what is remembered.
            force: whether to ask anew.
        """
        tasks = [self._task(one, force=force) for one in opened]
        pending = {t for t in tasks if isinstance(t, asyncio.Task)}
        if pending:
            await asyncio.wait(pending, timeout=_WAIT)
        return [_shown(task) for task in tasks]

    def _task(
        self, one: repositories.Repository, *, force: bool
    ) -> "asyncio.Task[_State] | _State":
        known = self._known.get(one)
        if known is not None and known.until > time.monotonic() and not force:
            return known
        task = self._running.get(one)
        if task is None:
            task = self._running[one] = asyncio.create_task(self._check(one))
        return task

    async def _check(self, one: repositories.Repository) -> _State:
        word, message = "Successful", ""
        try:
            async with self._slots:
                await self._server.test(one)
        except errors.PlumblineError as error:
            word, message = "Failed", error.message[:_MESSAGE]
        finally:
            self._running.pop(one, None)
        state = _State(word, message, time.time(), time.monotonic() + _KEPT[word])
        self._known[one] = state
        self._known.move_to_end(one)
        while len(self._known) > _CAPACITY:
            self._known.popitem(last=False)
        return state


def _shown(task: Any) -> generated_pb2.ConnectionState:
    if isinstance(task, asyncio.Task):
        if not task.done():
            return generated_pb2.ConnectionState(
                status="Unknown", message="the repository has not answered yet"
            )
        task = task.result()
    state = generated_pb2.ConnectionState(status=task.status, message=task.message)
    state.attemptedAt.seconds = int(task.at)
    return state

"""Requests to the repo-server: what many sources share travels once, secrets reach their place."""

import contextlib
import dataclasses

import grpc
import pytest

from plumbline.app_controller.application.repo_client import GrpcRepoServer
from plumbline.app_controller.application.sources import Reference, SourceQuestion, WantedSource
from plumbline.core import errors, integrity, render, repositories
from plumbline.core.secret import Secret
from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.rpc import interceptors

TOOLS = render.ToolSettings(
    disabled=frozenset({"Helm"}),
    build_options="--a",
    versions=(("v1", "/custom-tools/k1"),),
    version_options=(("v1", "--b"),),
)
SOURCE = WantedSource(
    repo_url="https://h/r",
    revision="main",
    project="p",
    source_json=b"{}",
    app_name="x",
    app_namespace="d",
    kube_version="v1.31.0",
    api_versions=("v1", "apps/v1"),
    tools=TOOLS,
)


class Recorder(repo_pb2_grpc.RepoServiceServicer):
    """Keeps the requests it is sent."""

    def __init__(self):
        self.requests = []
        self.untrusted = []

    async def Resolve(self, request, _):  # noqa: N802 -- gRPC requires this name
        self.requests.append(request)
        return repo_pb2.ResolveResponse(commit="c1")

    async def Render(self, request, _):  # noqa: N802 -- gRPC requires this name
        self.requests.append(request)
        for source in request.sources:
            if self.untrusted:
                error = repo_pb2.SourceError(
                    code="FAILED_PRECONDITION", message="x", untrusted=self.untrusted
                )
                yield repo_pb2.RenderedSource(id=source.id, commit="c1", error=error)
                continue
            yield repo_pb2.RenderedSource(id=source.id, commit="c1", unchanged=True)


@pytest.fixture
async def remote():
    """A client and what its server received."""
    recorder = Recorder()
    server = grpc.aio.server()
    repo_pb2_grpc.add_RepoServiceServicer_to_server(recorder, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield GrpcRepoServer(channel, timeout=10), recorder
    await server.stop(None)


def opened(url, password=""):
    return repositories.Repository(url=url, password=Secret(password))


async def asked(client, questions):
    answers = client.render(opened("https://h/r"), "main", commit="c1", questions=questions)
    return [answer.id async for answer in answers]


async def test_capabilities_and_references_are_tables(remote):
    """Two sources of one cluster and one other repository: each is written once."""
    client, recorder = remote
    values = Reference("v", opened("https://h/values", "pw"), "main", "c9", "app-")
    other = dataclasses.replace(SOURCE, api_versions=("v1",))
    questions = [
        SourceQuestion("1", SOURCE, "k", False, (values,)),
        SourceQuestion("2", SOURCE, "", True, (values._replace(name="w"),)),
        SourceQuestion("3", other, "", False),
    ]

    assert ["1", "2", "3"] == await asked(client, questions)

    (request,) = recorder.requests
    assert [("v1", "apps/v1"), ("v1",)] == [tuple(c.api_versions) for c in request.capabilities]
    assert [1, 1, 2] == [source.capabilities for source in request.sources]
    (referenced,) = request.referenced
    assert ("https://h/values", "pw", "main", "c9", "app-") == (
        referenced.repository.url,
        referenced.repository.password,
        referenced.revision,
        referenced.commit,
        referenced.tag_prefix,
    )
    assert [[("v", 0)], [("w", 0)], []] == [
        [(r.name, r.repository) for r in source.references] for source in request.sources
    ]
    assert ["k", "", ""] == [source.known_key for source in request.sources]


async def test_the_operators_settings_travel_with_the_request(remote):
    """Sources that were asked under other settings go in a request of their own."""
    client, recorder = remote
    plain = dataclasses.replace(SOURCE, tools=render.ToolSettings())

    await asked(
        client, [SourceQuestion("1", SOURCE, "", False), SourceQuestion("2", plain, "", False)]
    )

    first, second = recorder.requests
    assert (["Helm"], "--a", {"v1": "/custom-tools/k1"}, {"v1": "--b"}) == (
        list(first.settings.disabled),
        first.settings.kustomize_build_options,
        dict(first.settings.kustomize_versions),
        dict(first.settings.kustomize_version_options),
    )
    assert ([], "") == (list(second.settings.disabled), second.settings.kustomize_build_options)


async def test_a_range_is_resolved_among_the_tags_of_its_prefix(remote):
    """The prefix goes along."""
    client, recorder = remote

    commit = await client.resolve(opened("https://h/r"), "1.*", no_cache=False, tag_prefix="app-")

    assert ("c1", "1.*", "app-") == (
        commit,
        recorder.requests[0].revision,
        recorder.requests[0].tag_prefix,
    )


async def test_submodules_travel_with_their_credentials(remote):
    """Each once, though several sources may open it."""
    client, recorder = remote
    module = opened("https://h/module", "pw-of-module")
    questions = [SourceQuestion(str(n), SOURCE, "", False, (), (module,)) for n in (1, 2)]

    await asked(client, questions)

    (request,) = recorder.requests
    assert [("https://h/module", "pw-of-module")] == [
        (one.url, one.password) for one in request.submodules
    ]


class Leaving(repo_pb2_grpc.RepoServiceServicer):
    """Answers one source of each call, then goes away; the last one says why it cannot."""

    def __init__(self, *, final=""):
        self.asked = []
        self._final = final

    async def Render(self, request, _):  # noqa: N802 -- gRPC requires this name
        self.asked.append([source.id for source in request.sources])
        yield repo_pb2.RenderedSource(id=request.sources[0].id, commit="c1", unchanged=True)
        if self._final:
            raise errors.Unavailable(self._final)
        if len(request.sources) > 1:
            raise interceptors.Stopping("this server is stopping")


@contextlib.asynccontextmanager
async def leaving(**more):
    server = grpc.aio.server(interceptors=[interceptors.Errors()])
    replica = Leaving(**more)
    repo_pb2_grpc.add_RepoServiceServicer_to_server(replica, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield GrpcRepoServer(channel, timeout=20), replica
    await server.stop(None)


async def test_what_a_replica_left_open_is_asked_again():
    """Only that, and every answer comes once."""
    questions = [SourceQuestion(name, SOURCE, "", False) for name in "123"]
    async with leaving() as (client, replica):
        assert ["1", "2", "3"] == await asked(client, questions)
        assert [["1", "2", "3"], ["2", "3"], ["3"]] == replica.asked


async def test_what_no_replica_can_do_is_not_asked_again():
    """The repo-server's own Unavailable is the answer."""
    questions = [SourceQuestion(name, SOURCE, "", False) for name in "12"]
    async with leaving(final="the Git server is away") as (client, replica):
        with pytest.raises(errors.Unavailable, match="Git server is away"):
            await asked(client, questions)
        assert [["1", "2"]] == replica.asked


async def test_what_a_project_demands_travels_with_the_request(remote):
    """Sources under different demands never share a request."""
    client, recorder = remote
    demand = integrity.Demand(integrity.Mode.STRICT, ("K" * 16,), ("armoured",))
    signed = dataclasses.replace(SOURCE, demand=demand)
    await asked(
        client, [SourceQuestion("1", signed, "", False), SourceQuestion("2", SOURCE, "", False)]
    )

    first, second = recorder.requests
    assert ("strict", ["K" * 16], ["armoured"]) == (
        first.integrity.mode,
        list(first.integrity.keys),
        list(first.integrity.public_keys),
    )
    assert ["1"] == [source.id for source in first.sources]
    assert not second.HasField("integrity")


async def test_an_untrusted_commit_is_an_error_with_its_problems(remote):
    """Each problem becomes a condition."""
    client, recorder = remote
    recorder.untrusted = ["one", "two"]
    answers = client.render(
        opened("https://h/r"),
        "main",
        commit="c1",
        questions=[SourceQuestion("1", SOURCE, "", False)],
    )
    (answer,) = [answer async for answer in answers]
    assert isinstance(answer.error, integrity.Untrusted)
    assert ("GIT/GPG: one", "GIT/GPG: two") == answer.error.texts

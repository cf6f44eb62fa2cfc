"""Internal calls: certificates, roles, and what callers see of errors."""

import contextlib
import datetime as dt

import grpc
import pytest

from plumbline.core import errors
from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.rpc import channels, credentials, interceptors, status

NOW = dt.datetime.now(dt.UTC)
METHODS = "/plumbline.repo.v1.RepoService/"


class Service(repo_pb2_grpc.RepoServiceServicer):
    """Fails as told."""

    def __init__(self):
        self.error = None

    async def Resolve(self, request, context):  # noqa: N802 -- gRPC's name
        if self.error:
            raise self.error
        return repo_pb2.ResolveResponse(commit="c")

    async def Render(self, request, context):  # noqa: N802 -- gRPC's name
        yield repo_pb2.RenderedSource(id="1")
        if self.error:
            raise self.error


@pytest.fixture
async def served():
    authority, key = credentials.issue_authority(NOW)
    service = Service()
    server = grpc.aio.server(
        interceptors=[
            interceptors.Errors(),
            interceptors.RequireRole({METHODS: frozenset({"controller"})}),
        ]
    )
    repo_pb2_grpc.add_RepoServiceServicer_to_server(service, server)
    own = credentials.issue("repo-server", authority, key, NOW)
    port = server.add_secure_port("127.0.0.1:0", credentials.server_credentials(own))
    await server.start()

    def identity(role, signed_by=None):
        return credentials.issue(role, *(signed_by or (authority, key)), NOW)

    yield service, f"127.0.0.1:{port}", identity, authority
    await server.stop(None)


async def resolve(target, identity):
    async with channels.channel(target, identity) as channel:
        stub = repo_pb2_grpc.RepoServiceStub(channel)
        try:
            return await stub.Resolve(repo_pb2.ResolveRequest(), timeout=5)
        except grpc.aio.AioRpcError as error:
            raise status.from_rpc_error(error) from error


async def test_the_right_role_may_call(served):
    """A controller's certificate."""
    _, target, identity, _ = served
    assert "c" == (await resolve(target, identity("controller"))).commit


async def test_another_role_is_refused(served):
    """A certificate of the same authority is not enough."""
    _, target, identity, _ = served
    with pytest.raises(errors.PermissionDenied):
        await resolve(target, identity("api-server"))


async def test_a_stranger_is_not_even_heard(served):
    """A certificate of another authority, or none at all."""
    _, target, identity, authority = served
    stranger = identity("controller", credentials.issue_authority(NOW))
    with pytest.raises(errors.Unavailable):
        await resolve(target, stranger)
    anonymous = grpc.ssl_channel_credentials(authority)
    options = [("grpc.ssl_target_name_override", "plumbline.internal")]
    async with grpc.aio.secure_channel(target, anonymous, options=options) as channel:
        stub = repo_pb2_grpc.RepoServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Resolve(repo_pb2.ResolveRequest(), timeout=5)
    assert grpc.StatusCode.UNAVAILABLE == caught.value.code()


@pytest.mark.parametrize("cls", errors.PlumblineError.__subclasses__())
async def test_every_error_crosses_the_wire_as_itself(served, cls):
    """One table, both ways."""
    service, target, identity, _ = served
    service.error = cls("what to do")
    with pytest.raises(cls, match="what to do"):
        await resolve(target, identity("controller"))


async def test_other_errors_are_hidden_behind_an_id(served):
    """INTERNAL; the text stays in the log."""
    service, target, identity, _ = served
    service.error = ValueError("canary-8813")
    with pytest.raises(errors.Unavailable) as caught:
        await resolve(target, identity("controller"))
    assert "canary" not in caught.value.message
    assert "internal error, id" in caught.value.message


async def test_a_stream_that_fails_keeps_what_came_before(served):
    """Items first, then the mapped error."""
    service, target, identity, _ = served
    service.error = errors.NotFound("gone")
    got = []
    async with channels.channel(target, identity("controller")) as channel:
        stub = repo_pb2_grpc.RepoServiceStub(channel)
        with contextlib.suppress(grpc.aio.AioRpcError):
            async for item in stub.Render(repo_pb2.RenderRequest(), timeout=5):
                got.append(item.id)  # noqa: PERF401 -- the stream ends with an error
    assert ["1"] == got


def test_identities_are_written_for_the_owner_only(tmp_path):
    """Key files have mode 0600; texts of an identity show no key."""
    authority, key = credentials.issue_authority(NOW)
    identity = credentials.issue("controller", authority, key, NOW)
    paths = identity.write(tmp_path, "x")
    assert [0o600] * 3 == [p.stat().st_mode & 0o777 for p in paths]
    assert "PRIVATE" not in repr(identity)
    assert identity == credentials.read_identity(*map(str, paths))


def test_missing_files_and_unknown_roles_are_named():
    """What to do is in the message."""
    with pytest.raises(errors.InvalidArgument, match="--tls-cert"):
        credentials.read_identity("/nowhere", "", "")
    authority, key = credentials.issue_authority(NOW)
    with pytest.raises(errors.InvalidArgument, match="unknown role"):
        credentials.issue("root", authority, key, NOW)

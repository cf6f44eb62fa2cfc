"""Errors, roles and certificates over a real mutual TLS connection."""

import grpc
import pytest
import structlog
from grpc_health.v1 import health_pb2, health_pb2_grpc

from plumbline.core import errors
from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.rpc import channels, credentials, identities, status

from .conftest import CANARY, Authority, serving


def asked(url):
    return repo_pb2.ListRefsRequest(repository=repo_pb2.Repository(url=url))


async def failure(call):
    """Return code and text of a call that must fail."""
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    return raised.value.code(), raised.value.details()


async def listed(stream):
    return [item.id async for item in stream]


@pytest.fixture
async def server(authority):
    async with serving(credentials.server_credentials(authority.issue("repo-server"))) as address:
        yield address


@pytest.fixture
async def stub(server, authority):
    async with channels.channel(server, authority.issue("controller")) as channel:
        yield repo_pb2_grpc.RepoServiceStub(channel)


async def test_an_allowed_role_is_answered(stub):
    """Unary and streamed."""
    assert ["main"] == list((await stub.ListRefs(asked("x"))).branches)
    assert ["a", "b"] == await listed(stub.Render(repo_pb2.RenderRequest()))


async def test_our_errors_become_their_status_and_back(stub):
    """The code and the message reach the caller, who gets the same error again."""
    assert (grpc.StatusCode.NOT_FOUND, "no such repository") == await failure(
        stub.ListRefs(asked("missing"))
    )
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await stub.ListRefs(asked("missing"))
    error = status.from_rpc_error(raised.value)
    assert (errors.NotFound, "no such repository") == (type(error), error.message)


async def test_a_stream_that_fails_midway_keeps_what_came_before(stub):
    """The items first, then the status."""
    call = stub.Render(repo_pb2.RenderRequest(revision="conflict"))
    assert "a" == (await call.read()).id
    assert (grpc.StatusCode.ABORTED, "moved") == await failure(call.read())


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_defect_is_hidden_behind_an_id(stub, streamed):
    """Its text is in the log under the id that the caller gets, and nowhere else."""
    call = (
        listed(stub.Render(repo_pb2.RenderRequest(revision="defect")))
        if streamed
        else stub.ListRefs(asked("defect"))
    )
    with structlog.testing.capture_logs() as logs:
        code, text = await failure(call)
    assert grpc.StatusCode.INTERNAL == code
    assert CANARY not in text
    [line] = [entry for entry in logs if entry["event"] == "rpc failed"]
    assert text.endswith(line["id"])
    assert CANARY in str(line["exc_info"])


async def test_each_call_is_logged_once(stub):
    """Method, code and time; no content."""
    with structlog.testing.capture_logs() as logs:
        await stub.ListRefs(asked(CANARY))
        await failure(stub.ListRefs(asked("missing")))
    lines = [entry for entry in logs if entry["event"] == "rpc"]
    assert ["OK", "NOT_FOUND"] == [line["code"] for line in lines]
    assert CANARY not in str(lines)


async def test_another_role_is_refused(server, authority):
    """Our own certificate authority is not enough."""
    async with channels.channel(server, authority.issue("api-server")) as channel:
        stub = repo_pb2_grpc.RepoServiceStub(channel)
        code, _ = await failure(stub.ListRefs(asked("x")))
        assert grpc.StatusCode.PERMISSION_DENIED == code
        code, _ = await failure(listed(stub.Render(repo_pb2.RenderRequest())))
        assert grpc.StatusCode.PERMISSION_DENIED == code


async def test_a_stranger_is_refused_at_the_handshake(server, authority):
    """A certificate of another authority, and none at all."""
    stranger = Authority.make().issue("controller")
    identity = credentials.Identity(stranger.certificate, stranger.key, authority.certificate)
    async with channels.channel(server, identity) as channel:
        code, _ = await failure(repo_pb2_grpc.RepoServiceStub(channel).ListRefs(asked("x")))
        assert grpc.StatusCode.UNAVAILABLE == code
    nobody = grpc.ssl_channel_credentials(authority.certificate)
    options = [("grpc.ssl_target_name_override", "plumbline.internal")]
    async with grpc.aio.secure_channel(server, nobody, options=options) as channel:
        code, _ = await failure(repo_pb2_grpc.RepoServiceStub(channel).ListRefs(asked("x")))
        assert grpc.StatusCode.UNAVAILABLE == code


async def test_a_client_refuses_a_strange_server(authority):
    """The server's certificate is checked as well."""
    other = Authority.make()
    async with (
        serving(credentials.server_credentials(other.issue("repo-server"))) as address,
        channels.channel(address, authority.issue("controller")) as channel,
    ):
        code, _ = await failure(repo_pb2_grpc.RepoServiceStub(channel).ListRefs(asked("x")))
    assert grpc.StatusCode.UNAVAILABLE == code


async def test_health_answers_every_role(server, authority):
    """Check and Watch, whose handler writes to its context itself."""
    async with channels.channel(server, authority.issue("api-server")) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        serving_now = health_pb2.HealthCheckResponse.SERVING
        assert serving_now == (await stub.Check(health_pb2.HealthCheckRequest())).status
        call = stub.Watch(health_pb2.HealthCheckRequest())
        assert serving_now == (await call.read()).status
        call.cancel()


async def test_a_rotated_certificate_takes_effect_without_a_restart(tmp_path, authority):
    """A new authority replaces the old one for new connections; half a rotation is ignored."""
    paths = authority.issue("repo-server").write(tmp_path, "server")
    given = identities.IdentityFiles(*map(str, paths)).server_credentials()
    new = Authority.make()
    rotated = new.issue("repo-server")
    async with serving(given) as address:
        assert await reaches(address, authority.issue("controller"))
        replace(paths[0], rotated.certificate)
        assert await reaches(address, authority.issue("controller"))
        replace(paths[1], rotated.key.reveal().encode())
        replace(paths[2], rotated.authority)
        assert await reaches(address, new.issue("controller"))
        assert not await reaches(address, authority.issue("controller"))


def replace(path, text):
    """Put a new file in the place of another, as a rotation does."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(text)
    fresh.replace(path)


async def reaches(address, identity):
    async with channels.channel(address, identity) as channel:
        try:
            await repo_pb2_grpc.RepoServiceStub(channel).ListRefs(asked("x"))
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.UNAVAILABLE:
                raise
            return False
        return True


def test_a_key_is_written_for_its_owner_only(tmp_path, authority):
    """And it does not show in the identity's text."""
    identity = authority.issue("controller")
    _, key, _ = identity.write(tmp_path, "c")
    assert 0o600 == key.stat().st_mode & 0o777
    assert identity.key.reveal() not in repr(identity)


def test_an_unknown_role_is_not_issued(authority):
    """Roles are a closed list."""
    with pytest.raises(errors.InvalidArgument, match="unknown role"):
        authority.issue("admin")


def test_a_missing_file_is_named_with_its_setting():
    """The operator learns which flag is wrong."""
    with pytest.raises(errors.InvalidArgument, match="--tls-cert '/nowhere'"):
        credentials.read_identity("/nowhere", "/nowhere", "/nowhere")


def test_every_code_has_a_status():
    """The table has no hole, and comes back as the same class."""
    for code in errors.Code:
        assert code.value == status.TO_GRPC[code].name
        assert code is status.error_of(code.value, "m").code
    assert errors.Unavailable is type(status.error_of("INTERNAL", "m"))

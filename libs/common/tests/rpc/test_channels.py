"""Channels of a fleet: rotation without an interruption, all replicas used, none missed."""

import asyncio
import contextlib
import socket

import grpc
import pytest

from plumbline.core import errors
from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.rpc import channels, credentials, identities, interceptors

from .conftest import Authority

SERVICE = "plumbline.repo.v1.RepoService"


class Replica(repo_pb2_grpc.RepoServiceServicer):
    """Counts its calls; a slow one waits for ``gate``."""

    def __init__(self, server, drain):
        self._server, self._drain = server, drain
        self.calls = 0
        self.peers = set()
        self.gate = asyncio.Event()
        self.entered = asyncio.Event()

    async def stop(self, grace):
        await self._drain.stop(self._server, grace)

    async def ListRefs(self, request, context):  # noqa: N802 -- the protocol's name
        self.calls += 1
        self.peers.add(context.peer())
        if request.repository.url == "unreachable":
            raise errors.Unavailable("the Git server does not answer")
        if request.repository.url == "slow":
            self.entered.set()
            await self.gate.wait()
        return repo_pb2.ListRefsResponse(branches=["main"])

    async def Render(self, request, context):  # noqa: N802 -- the protocol's name
        yield repo_pb2.RenderedSource(id="a")
        self.entered.set()
        await self.gate.wait()
        yield repo_pb2.RenderedSource(id="b")


class Fleet:
    """Replicas on loopback ports."""

    def __init__(self, stack):
        self._stack = stack

    async def replica(self, given, *, port=0, age=0.0, end_streams=True):
        drain = interceptors.Drain(end_streams=end_streams)
        options = dict(channels.server_options(connection_age=age or 3600))
        server = grpc.aio.server(
            interceptors=[interceptors.Errors(), drain],
            options=list(options.items()),
        )
        replica = Replica(server, drain)
        repo_pb2_grpc.add_RepoServiceServicer_to_server(replica, server)
        number = server.add_secure_port(f"127.0.0.1:{port}", given)
        await server.start()
        self._stack.push_async_callback(server.stop, 0)
        replica.address = f"127.0.0.1:{number}"
        return replica


@pytest.fixture
async def fleet():
    async with contextlib.AsyncExitStack() as stack:
        yield Fleet(stack)


@pytest.fixture
def given(authority):
    return credentials.server_credentials(authority.issue("repo-server"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def target_of(*replicas):
    return "ipv4:" + ",".join(r if isinstance(r, str) else r.address for r in replicas)


def asked(url="x"):
    return repo_pb2.ListRefsRequest(repository=repo_pb2.Repository(url=url))


@contextlib.asynccontextmanager
async def client(target, authority):
    made = channels.channel(target, authority.issue("controller"), idempotent=[SERVICE])
    async with made as channel:
        yield repo_pb2_grpc.RepoServiceStub(channel)


async def until(true, call):
    """Call until something holds; a hang is ended by the test's own time."""
    async with asyncio.timeout(30):
        while not true():
            await call()


async def test_all_replicas_are_called(fleet, given, authority):
    """In turn; the certificate is checked by role name, whatever the address."""
    replicas = [await fleet.replica(given) for _ in range(3)]
    async with client(target_of(*replicas), authority) as stub:
        await until(lambda: all(r.calls >= 5 for r in replicas), lambda: stub.ListRefs(asked()))


async def test_a_replica_that_comes_later_gets_calls(fleet, given, authority):
    """As soon as it answers at an address of the name."""
    first = await fleet.replica(given)
    port = free_port()
    async with client(target_of(first, f"127.0.0.1:{port}"), authority) as stub:
        await stub.ListRefs(asked())
        second = await fleet.replica(given, port=port)
        await until(lambda: second.calls, lambda: stub.ListRefs(asked()))


async def test_a_server_asks_its_clients_to_connect_anew(fleet, given, authority):
    """Which makes them resolve the name again; no call is lost by it."""
    replica = await fleet.replica(given, age=0.2)
    async with client(target_of(replica), authority) as stub:
        await until(lambda: len(replica.peers) >= 3, lambda: stub.ListRefs(asked()))


async def test_a_replica_that_stops_loses_no_call(fleet, given, authority):
    """Calls go on without an error while one drains and another is cut off."""
    replicas = [await fleet.replica(given) for _ in range(3)]
    async with client(target_of(*replicas), authority) as stub:
        await until(lambda: all(r.calls for r in replicas), lambda: stub.ListRefs(asked()))
        slow = [asyncio.ensure_future(stub.ListRefs(asked("slow"))) for _ in range(3)]
        async with asyncio.timeout(60):
            await asyncio.gather(*(r.entered.wait() for r in replicas))
        # One is cut off with a call in progress, which another one takes over.
        await replicas[0].stop(0)
        stopping = asyncio.ensure_future(replicas[1].stop(20))
        for _ in range(50):
            await stub.ListRefs(asked())
        for replica in replicas:
            replica.gate.set()
        assert 3 == len(await asyncio.gather(*slow))
        await stopping


async def test_what_a_replica_says_itself_is_not_asked_again(fleet, given, authority):
    """A Git server that is away is away for all replicas."""
    replicas = [await fleet.replica(given) for _ in range(2)]
    async with client(target_of(*replicas), authority) as stub:
        with pytest.raises(grpc.aio.AioRpcError, match="Git server") as raised:
            await stub.ListRefs(asked("unreachable"))
        assert ("grpc-retry-pushback-ms", "-1") in list(raised.value.trailing_metadata())
    assert 1 == sum(r.calls for r in replicas)


async def test_a_stream_ends_with_a_status_when_the_server_stops(fleet, given, authority):
    """Its first items come, then UNAVAILABLE; the server does not wait for it."""
    replica = await fleet.replica(given)
    async with client(target_of(replica), authority) as stub:
        call = stub.Render(repo_pb2.RenderRequest())
        assert "a" == (await call.read()).id
        async with asyncio.timeout(60):
            await replica.stop(600)
        with pytest.raises(grpc.aio.AioRpcError, match="is stopping") as raised:
            await call.read()
        assert grpc.StatusCode.UNAVAILABLE is raised.value.code()


async def test_a_stream_of_results_may_finish(fleet, given, authority):
    """Where streams are answers and not events; what is new is refused meanwhile."""
    replica = await fleet.replica(given, end_streams=False)
    async with client(target_of(replica), authority) as stub:
        call = stub.Render(repo_pb2.RenderRequest())
        assert "a" == (await call.read()).id
        stopping = asyncio.ensure_future(replica.stop(600))
        async with asyncio.timeout(60):
            with pytest.raises(grpc.aio.AioRpcError) as raised:
                await until(lambda: False, lambda: stub.ListRefs(asked()))
        assert grpc.StatusCode.UNAVAILABLE is raised.value.code()
        replica.gate.set()
        assert "b" == (await call.read()).id
        assert grpc.aio.EOF is await call.read()
        await stopping


def replace(folder, identity, authority=b""):
    """Put new files in the place of the old ones, one after the other."""
    texts = (identity.certificate, identity.key.reveal().encode(), authority or identity.authority)
    for name, text in zip(("c.crt", "c.key", "ca.crt"), texts, strict=True):
        fresh = folder / f"{name}.new"
        fresh.write_bytes(text)
        fresh.replace(folder / name)


async def test_both_ends_follow_a_rotation_of_the_authority(fleet, authority, tmp_path):
    """Old, both, new, and without the old: no call fails, and a stream outlives it all."""
    new = Authority.make()
    both = authority.certificate + new.certificate
    now = [0.0]
    folders = [tmp_path / "server", tmp_path / "client"]
    roles = ("repo-server", "controller")
    files = []
    for folder, role in zip(folders, roles, strict=True):
        folder.mkdir()
        paths = authority.issue(role).write(folder, "c")
        files.append(identities.IdentityFiles(*map(str, paths), clock=lambda: now[0]))
    replica = await fleet.replica(files[0].server_credentials(), age=0.2)
    async with channels.FollowingChannel(target_of(replica), files[1]) as channel:
        stub = repo_pb2_grpc.RepoServiceStub(channel)
        stream = stub.Render(repo_pb2.RenderRequest())
        assert "a" == (await stream.read()).id

        async def calls():
            now[0] += 2
            before = len(replica.peers)
            await until(lambda: len(replica.peers) > before, lambda: stub.ListRefs(asked()))

        steps = [(authority, both), (new, both), (new, new.certificate)]
        for issuer, bundle in steps:
            # Not at the same moment: every order must do.
            for folder, role in zip(folders, roles, strict=True):
                replace(folder, issuer.issue(role), bundle)
                await calls()
        assert 7 == files[1].generation + files[0].generation - 1
        replica.gate.set()
        assert "b" == (await stream.read()).id
        assert grpc.aio.EOF is await stream.read()
    stranger = channels.channel(replica.address, authority.issue("controller"))
    async with stranger:
        with pytest.raises(grpc.aio.AioRpcError):
            await repo_pb2_grpc.RepoServiceStub(stranger).ListRefs(asked())


async def test_a_broken_rotation_keeps_what_was_good(authority, tmp_path):
    """A certificate of another authority, or half of a pair, is not taken."""
    now = [0.0]
    paths = authority.issue("controller").write(tmp_path, "c")
    files = identities.IdentityFiles(*map(str, paths), clock=lambda: now[0])
    good = files.read()
    replace(tmp_path, Authority.make().issue("controller"), authority.certificate)
    now[0] += 2
    assert good == files.current()
    paths[0].unlink()
    now[0] += 2
    assert good == files.current()
    renewed = authority.issue("controller")
    replace(tmp_path, renewed)
    now[0] += 2
    assert renewed == files.current()


def test_an_identity_that_does_not_fit_is_refused_at_the_start(authority, tmp_path):
    """The message names the setting and what to do."""
    identity = authority.issue("controller")
    paths = credentials.Identity(
        identity.certificate, identity.key, Authority.make().certificate
    ).write(tmp_path, "c")
    with pytest.raises(errors.FailedPrecondition, match="not issued by a CA in --tls-ca"):
        identities.IdentityFiles(*map(str, paths)).read()
    other = authority.issue("controller")
    credentials.Identity(identity.certificate, other.key, identity.authority).write(tmp_path, "c")
    with pytest.raises(errors.FailedPrecondition, match="are no pair"):
        identities.IdentityFiles(*map(str, paths)).read()

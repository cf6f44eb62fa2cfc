"""An api-server as a process, killed in the middle of an attack, and started again."""

import asyncio
import datetime as dt
import socket
import sys

import grpc
import pytest

from plumbline.pb.server import account_pb2, account_pb2_grpc, session_pb2, session_pb2_grpc
from plumbline.rpc import credentials

pytestmark = pytest.mark.cluster

RIGHT = "canary-admin-password"
REJECTED = "Invalid username or password"


class Process:
    """The service; ``async with`` starts it, waits until it answers, and kills it."""

    def __init__(self, rig, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{probe.getsockname()[1]}"
        now = dt.datetime.now(dt.UTC)
        authority, private = credentials.issue_authority(now)
        identity = credentials.issue("api-server", authority, private, now)
        certificate, key, root = identity.write(folder, "api-server")
        self.argv = [
            sys.executable, "-m", "plumbline.api_server", "--namespace", rig.namespace,
            "--kubeconfig", str(rig.cluster.kubeconfig), "--address", "127.0.0.1",
            "--port", self.address.rpartition(":")[2], "--metrics-port", "0", "--insecure=true",
            "--loglevel", "debug", "--tls-cert", str(certificate), "--tls-key", str(key),
            "--tls-ca", str(root),
        ]  # fmt: skip
        self.log = folder / "log"

    async def __aenter__(self):
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(*self.argv, stdout=log, stderr=log)
        self.channel = grpc.aio.insecure_channel(self.address)
        async with asyncio.timeout(60):
            await self.channel.channel_ready()
        return self

    async def __aexit__(self, *_):
        await self.channel.close()
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    async def login(self, password, name="admin"):
        stub = session_pb2_grpc.SessionServiceStub(self.channel)
        call = stub.Create(session_pb2.SessionCreateRequest(username=name, password=password))
        return await call.details() or (await call).token

    async def logout(self, token):
        stub = session_pb2_grpc.SessionServiceStub(self.channel)
        metadata = (("token", token),)
        await stub.Delete(session_pb2.SessionDeleteRequest(), metadata=metadata)

    async def refusal(self, token):
        stub = account_pb2_grpc.AccountServiceStub(self.channel)
        request = account_pb2.ListAccountRequest()
        return await stub.ListAccounts(request, metadata=(("token", token),)).details()


async def test_a_killed_server_forgets_neither_failures_nor_logouts(rig, tmp_path):
    """SIGKILL right after an answer: what was answered holds; nothing secret is in its log."""
    async with Process(rig, tmp_path) as server:
        await rig.configure(accounts__bob="login")
        await rig.set_password("admin", RIGHT)
        token = await server.login(RIGHT)
        await server.logout(token)
        assert [REJECTED] * 3 == [await server.login("canary-wrong") for _ in range(3)]

    async with Process(rig, tmp_path) as server:
        assert "token is revoked" in await server.refusal(token)
        assert [REJECTED] * 2 == [await server.login("canary-wrong") for _ in range(2)]
        await asyncio.gather(*(server.login(f"canary-{n}", f"user-{n}") for n in range(40)))

    async with Process(rig, tmp_path) as server:
        assert REJECTED == await server.login(RIGHT)
    written = (tmp_path / "log").read_text()
    assert "canary" not in written
    assert token.split(".")[2] not in written

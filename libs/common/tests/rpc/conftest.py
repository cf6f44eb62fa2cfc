"""A server of one of our services on loopback, with real certificates."""

import contextlib
import dataclasses
import datetime as dt

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from plumbline.core import errors
from plumbline.core.secret import Secret
from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.rpc import credentials, interceptors

CANARY = "canary-51c0"
PREFIX = "/plumbline.repo.v1.RepoService/"


@dataclasses.dataclass
class Authority:
    """A certificate authority and what it issues."""

    certificate: bytes
    key: Secret

    @classmethod
    def make(cls):
        return cls(*credentials.issue_authority(dt.datetime.now(dt.UTC)))

    def issue(self, role):
        return credentials.issue(role, self.certificate, self.key, dt.datetime.now(dt.UTC))


class Repo(repo_pb2_grpc.RepoServiceServicer):
    """Answers by the URL that is asked for."""

    async def ListRefs(self, request, context):  # noqa: N802 -- the protocol's name
        if request.repository.url == "missing":
            raise errors.NotFound("no such repository")
        if request.repository.url == "defect":
            raise RuntimeError(CANARY)
        return repo_pb2.ListRefsResponse(branches=["main"])

    async def Render(self, request, context):  # noqa: N802 -- the protocol's name
        yield repo_pb2.RenderedSource(id="a")
        if request.revision == "defect":
            raise RuntimeError(CANARY)
        if request.revision == "conflict":
            raise errors.Conflict("moved")
        yield repo_pb2.RenderedSource(id="b")


@contextlib.asynccontextmanager
async def serving(server_credentials):
    """Serve until the end of the block; yields the address."""
    roles = {PREFIX: frozenset({"controller"}), "/grpc.health.": frozenset({"*"})}
    server = grpc.aio.server(interceptors=[interceptors.Errors(), interceptors.RequireRole(roles)])
    repo_pb2_grpc.add_RepoServiceServicer_to_server(Repo(), server)
    checks = health.aio.HealthServicer()
    await checks.set("", health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    port = server.add_secure_port("127.0.0.1:0", server_credentials)
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(0)


@pytest.fixture(scope="session")
def authority():
    return Authority.make()

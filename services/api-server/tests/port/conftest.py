# ruff: noqa: N802 -- the protocol's names of methods
"""A port on loopback with servicers of the public protocol that tell what they were asked."""

import asyncio
import contextlib
import contextvars
import dataclasses
import datetime as dt
import ssl

import aiohttp
import grpc
import pytest
import uvloop

from plumbline.api_server import certificate
from plumbline.api_server.port import Port, observing, peers, tls
from plumbline.api_server.port.config import Config
from plumbline.api_server.port.listener import Limits
from plumbline.api_server.prepared import Prepared, json_bytes
from plumbline.api_server.services import registry
from plumbline.core import errors
from plumbline.pb.reposerver import repository_pb2 as reposerver_pb2
from plumbline.pb.server import (
    application_pb2,
    application_pb2_grpc,
    cluster_pb2_grpc,
    repository_pb2_grpc,
    session_pb2,
    session_pb2_grpc,
    version_pb2,
    version_pb2_grpc,
)
from plumbline.pb.v1alpha1 import generated_pb2 as v1
from plumbline.rpc import convert, interceptors

TOKEN = "good"
TERMS = {"minimum": "1.2", "maximum": "1.3", "ciphers": ""}
CANARY = "canary-9e1d"
NOW = dt.datetime.now(dt.UTC)


def pytest_asyncio_loop_factories(config, item):
    """Run on the loop of production."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="session")
def pairs():
    """Two certificates of the same names."""
    return [certificate.self_signed("argocd", NOW) for _ in range(2)]


def prepared(message):
    """The message as an answer that was serialised before, in both forms."""
    return Prepared(message.SerializeToString, lambda: json_bytes(convert.to_json(message)))


class Identify(grpc.aio.ServerInterceptor):
    """Lets one token pass, or no token for logins and versions."""

    token = contextvars.ContextVar("token", default="")
    open = ("/session.SessionService/Create", "/version.VersionService/Version", "/grpc.")

    async def intercept_service(self, continuation, details):
        found = dict(details.invocation_metadata)
        token = found.get("token") or found.get("authorization", "").removeprefix("Bearer ")
        handler = await continuation(details)
        if token not in {"", TOKEN} or (not token and not details.method.startswith(self.open)):
            refusal = errors.Unauthenticated("no session information")
            return handler and interceptors.refusing(handler, refusal)
        self.token.set(token)
        return handler


class Applications(application_pb2_grpc.ApplicationServiceServicer):
    """Answers by name; keeps what it was asked."""

    def __init__(self, asked):
        self._asked = asked
        self.made = 0
        self.begun = asyncio.Event()
        self.finish = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def List(self, request, context):
        self._asked.append(request)
        one = v1.Application()
        one.metadata.name = "a"
        one.metadata.uid = "u"
        one.spec.project = "<p&q>"
        answer = v1.ApplicationList(items=[one] * (int(request.selector or "1")))
        return prepared(answer) if request.repo == "prepared" else answer

    async def Get(self, request, context):
        self._asked.append(request)
        if request.name == "missing":
            raise errors.NotFound("no such application")
        if request.name == "defect":
            raise RuntimeError(CANARY)
        if request.name == "slow":
            self.begun.set()
            try:
                await self.finish.wait()
            except asyncio.CancelledError:
                self.cancelled.set()
                raise
        if request.name == "renewing":
            await context.send_initial_metadata((("renew-token", "fresh"), ("x-more", "1")))
            context.set_trailing_metadata((("x-last", "2"),))
        answer = v1.Application()
        answer.metadata.name = request.name
        answer.metadata.annotations["peer"] = peers.peer()
        answer.metadata.annotations["token"] = Identify.token.get()
        for key, value in context.invocation_metadata():
            if isinstance(value, str):
                answer.metadata.labels[key] = value
        return answer

    async def Create(self, request, context):
        self._asked.append(request)
        return request.application

    async def Update(self, request, context):
        self._asked.append(request)
        return request.application

    async def Sync(self, request, context):
        self._asked.append(request)
        return v1.Application()

    async def PatchResource(self, request, context):
        self._asked.append(request)
        return application_pb2.ApplicationResourceResponse(manifest=request.patch)

    async def Delete(self, request, context):
        self._asked.append(request)
        return application_pb2.ApplicationResponse()

    async def Watch(self, request, context):
        self._asked.append(request)
        if request.name == "refused":
            raise errors.PermissionDenied("not for you")
        count = int(request.selector or "3")
        for number in range(count):
            event = v1.ApplicationWatchEvent(type="MODIFIED")
            event.application.metadata.name = "a"
            event.application.metadata.resourceVersion = str(number)
            event.application.spec.project = "p"
            self.made += 1
            yield prepared(event) if request.repo == "prepared" else event
        if request.name == "failing":
            raise errors.Unavailable("gone for now")
        if request.name == "endless":
            self.begun.set()
            try:
                await self.finish.wait()
            except asyncio.CancelledError:
                self.cancelled.set()
                raise

    async def PodLogs(self, request, context):
        self._asked.append(request)
        yield application_pb2.LogEntry(content="x" * 1000, podName=request.podName)

    async def GetManifestsWithFiles(self, request_iterator, context):
        parts = [part async for part in request_iterator]
        return reposerver_pb2.ManifestResponse(manifests=[str(len(parts))])


class Sessions(session_pb2_grpc.SessionServiceServicer):
    """Hands out what it is asked for."""

    async def Create(self, request, context):
        if request.password == "wrong":
            raise errors.Unauthenticated("Invalid username or password")
        return session_pb2.SessionResponse(token=request.username)

    def __init__(self):
        self.failing = False

    async def Delete(self, request, context):
        if self.failing:
            raise errors.Unavailable("the revocation was not stored")
        return session_pb2.SessionResponse()


class Versions(version_pb2_grpc.VersionServiceServicer):
    async def Version(self, request, context):
        return version_pb2.VersionMessage(Version="v1")


class Clusters(cluster_pb2_grpc.ClusterServiceServicer):
    def __init__(self, asked):
        self._asked = asked

    async def Update(self, request, context):
        self._asked.append(request)
        return v1.Cluster(server=request.id.value)


class Repositories(repository_pb2_grpc.RepositoryServiceServicer):
    def __init__(self, asked):
        self._asked = asked

    async def Get(self, request, context):
        self._asked.append(request)
        return v1.Repository(repo=request.repo)


@dataclasses.dataclass
class Running:
    """A running port and how to talk to it."""

    port: int
    server: Port
    asked: list
    applications: Applications
    sessions: Sessions
    secure: bool
    certificate: bytes
    session: aiohttp.ClientSession

    @property
    def url(self):
        return f"{'https' if self.secure else 'http'}://localhost:{self.port}"

    @property
    def auth(self):
        return {"Authorization": f"Bearer {TOKEN}"}

    def channel(self):
        where = f"localhost:{self.port}"
        if not self.secure:
            return grpc.aio.insecure_channel(where)
        return grpc.aio.secure_channel(where, grpc.ssl_channel_credentials(self.certificate))

    def request(self, method, path, **kw):
        kw.setdefault("headers", self.auth)
        return self.session.request(method, f"{self.url}{path}", **kw)

    async def raw(self):
        return await asyncio.open_connection("127.0.0.1", self.port)


@contextlib.asynccontextmanager
async def _serve(pairs, *, secure=False, limits=None, extra=(), source=None, number=0, **changes):
    asked = []
    applications, sessions = Applications(asked), Sessions()

    def register(server):
        ours = {
            "ApplicationService": applications,
            "SessionService": sessions,
            "VersionService": Versions(),
            "ClusterService": Clusters(asked),
            "RepositoryService": Repositories(asked),
        }
        for service in registry.SERVICES:
            servicer = ours.get(service.name) or service.generated()
            getattr(service.module, f"add_{service.name}Servicer_to_server")(servicer, server)
        observing.register(server, registry.names())

    config = Config(address="127.0.0.1", port=number, secure=secure, **changes)
    source = source or (lambda: pairs[0])
    port = Port(
        config,
        services=[service.descriptor for service in registry.SERVICES],
        register=register,
        interceptors=[interceptors.Errors(), Identify()],
        certificate=tls.Contexts(tls.Terms(**TERMS), source) if secure else None,
        extra=extra,
        limits=limits,
    )
    try:
        await port.start()
    except errors.PlumblineError:
        await port.stop(0)
        raise
    context = ssl.create_default_context(cadata=pairs[0][1].decode())
    connector = aiohttp.TCPConnector(ssl=context if secure else False)
    async with aiohttp.ClientSession(connector=connector) as session:
        running = Running(
            port.port, port, asked, applications, sessions, secure, pairs[0][1], session
        )
        try:
            yield running
        finally:
            applications.finish.set()
            await session.close()
            await port.stop(0)


@pytest.fixture
def serve(pairs):
    """Return what serves until the end of a block."""

    def start(**options):
        return _serve(pairs, **options)

    return start


@pytest.fixture
def limits():
    """Return the class of limits."""
    return Limits

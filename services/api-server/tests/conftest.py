"""An api-server at work in one namespace of a real API server, without its neighbours."""

import asyncio
import base64
import contextlib

import bcrypt
import grpc
import pytest
import structlog

from plumbline.api_server import present, wiring
from plumbline.api_server.bootstrap import bootstrap
from plumbline.api_server.callers import Identify
from plumbline.api_server.clients import ClientVersions
from plumbline.api_server.services import registry
from plumbline.api_server.settings import Settings
from plumbline.core import session
from plumbline.kube import config
from plumbline.kube.client import KubeClient
from plumbline.kube.own import OwnObjects
from plumbline.pb.server import (
    account_pb2_grpc,
    session_pb2,
    session_pb2_grpc,
    settings_pb2_grpc,
    version_pb2_grpc,
)
from plumbline.rpc import interceptors
from plumbline.testing.crds import install_crds

LABEL = {"app.kubernetes.io/part-of": "argocd"}


class Instance:
    """One replica: its parts, and stubs that speak to it over gRPC."""

    def __init__(self, parts, store, address, channel):
        self.parts, self.store, self.address = parts, store, address
        self.account = account_pb2_grpc.AccountServiceStub(channel)
        self.session = session_pb2_grpc.SessionServiceStub(channel)
        self.settings = settings_pb2_grpc.SettingsServiceStub(channel)
        self.version = version_pb2_grpc.VersionServiceStub(channel)

    async def login(self, username="admin", password="canary-admin-password"):
        request = session_pb2.SessionCreateRequest(username=username, password=password)
        return (await self.session.Create(request)).token


class Rig:
    """A namespace with settings, and any number of replicas."""

    def __init__(self, cluster, namespace, stack):
        self.cluster, self.namespace, self.stack = cluster, namespace, stack
        self.api = cluster.api
        self.instances = []
        self.root = f"/api/v1/namespaces/{namespace}"

    async def call(self, function, *args, **kwargs):
        return await asyncio.to_thread(function, *args, **kwargs)

    async def merge(self, path, patch):
        return await self.call(self.api.merge, f"{self.root}/{path}", patch)

    async def configure(self, **data):
        """Set keys of argocd-cm; ``__`` stands for a dot."""
        named = {k.replace("__", "."): v for k, v in data.items()}
        stored = await self.merge("configmaps/argocd-cm", {"data": named})
        for control in self.controls():
            await control.until(lambda c=control: c.settings() == (stored.get("data") or {}))

    def controls(self):
        return [instance.parts.control for instance in self.instances]

    async def secret(self, name="argocd-secret"):
        found = await self.call(self.api.get, f"{self.root}/secrets/{name}")
        return {k: base64.b64decode(v).decode() for k, v in (found.get("data") or {}).items()}

    async def set_password(self, name, password):
        """Store a cheap hash, as an operator would."""
        hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()
        key = session.secret_key(name, "password")
        await self.merge("secrets/argocd-secret", {"stringData": {key: hashed}})
        for control in self.controls():
            await control.until(lambda c=control: c.secret(key).reveal() == hashed)

    async def start(self, **options):
        """Start one more replica."""
        made = await self.stack.enter_async_context(self.running(**options))
        self.instances.append(made)
        return made

    @contextlib.asynccontextmanager
    async def running(self, **options):
        own = config.from_kubeconfig(str(self.cluster.kubeconfig))
        settings = Settings(namespace=self.namespace, **options)
        async with (
            KubeClient(own, user_agent="test") as client,
            grpc.aio.insecure_channel("127.0.0.1:1") as nowhere,
        ):
            objects = OwnObjects(client)
            await bootstrap(objects, self.namespace)
            parts, store = wiring.build(settings, objects, nowhere, nowhere)
            informers = [
                *parts.control.informers(client, self.namespace),
                parts.projects.informer(client, self.namespace),
            ]
            tasks = [asyncio.create_task(i.run()) for i in informers]
            tasks.append(asyncio.create_task(store.run()))
            for informer in informers:
                await informer.synced.wait()
            server = grpc.aio.server(
                interceptors=[
                    interceptors.Errors(),
                    ClientVersions(),
                    Identify(parts.sessions, parts.control),
                ]
            )
            registry.register(server, parts)
            port = server.add_insecure_port("127.0.0.1:0")
            await server.start()
            try:
                address = f"127.0.0.1:{port}"
                async with grpc.aio.insecure_channel(address) as channel:
                    yield Instance(parts, store, address, channel)
            finally:
                await server.stop(None)
                parts.passwords.close()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def rig(cluster, namespace):
    await asyncio.to_thread(install_crds, cluster.api)
    async with contextlib.AsyncExitStack() as stack:
        yield Rig(cluster, namespace, stack)


@pytest.fixture
def logged():
    """Everything that is logged, as it would be written."""
    lines = []

    def keep(_, __, event):
        lines.append(repr(event))
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[structlog.processors.format_exc_info, keep])
    yield lines
    structlog.configure(**before)


@pytest.fixture
def acting():
    """Let the test act as a caller."""
    yield present.acting_as
    present.acting_as(None)

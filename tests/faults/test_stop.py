"""The api-server is asked to stop: streams end so that clients open them again elsewhere."""

import asyncio
import base64
import contextlib
import datetime as dt

import grpc
import pytest

from plumbline.pb.server import (
    application_pb2,
    application_pb2_grpc,
    session_pb2,
    session_pb2_grpc,
)
from plumbline.rpc import credentials
from plumbline.testing.crds import install_crds

from . import fleet

pytestmark = pytest.mark.cluster

ADMIN = "argocd-initial-admin-secret"
APP = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Application",
    "metadata": {"name": "one"},
    "spec": {
        "project": "default",
        "source": {"repoURL": "https://h/r", "path": "a"},
        "destination": {"server": "https://kubernetes.default.svc", "namespace": "x"},
    },
}


@pytest.fixture
def server(cluster, namespace, tmp_path):
    """An api-server that waits long for calls, and a token for it."""
    install_crds(cluster.api)
    now = dt.datetime.now(dt.UTC)
    credentials.issue("api-server", *credentials.issue_authority(now), now).write(tmp_path, "x")
    process = fleet.Process(
        "api-server",
        tmp_path,
        kubeconfig=cluster.kubeconfig,
        namespace=namespace,
        extra=["--shutdown-grace=600"],
    )
    with contextlib.ExitStack() as stack:
        stack.callback(process.end)
        process.until(lambda status, _: status == 200)
        secret = cluster.api.get(f"/api/v1/namespaces/{namespace}/secrets/{ADMIN}")
        cluster.api.create(f"/apis/argoproj.io/v1alpha1/namespaces/{namespace}/applications", APP)
        process.password = base64.b64decode(secret["data"]["password"]).decode()
        yield process


async def test_a_watch_ends_with_a_status(server):
    """UNAVAILABLE, at once; the process does not wait for it and ends well."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        login = session_pb2.SessionCreateRequest(username="admin", password=server.password)
        session = session_pb2_grpc.SessionServiceStub(channel)
        token = (await session.Create(login)).token
        applications = application_pb2_grpc.ApplicationServiceStub(channel)
        call = applications.Watch(
            application_pb2.ApplicationQuery(), metadata=[("authorization", f"Bearer {token}")]
        )
        async with asyncio.timeout(30):
            assert "one" == (await call.read()).application.metadata.name
        server.process.terminate()
        with pytest.raises(grpc.aio.AioRpcError, match="is stopping") as raised:
            async with asyncio.timeout(30):
                await call.read()
        assert grpc.StatusCode.UNAVAILABLE is raised.value.code()
    assert 0 == await asyncio.to_thread(server.process.wait, 30)

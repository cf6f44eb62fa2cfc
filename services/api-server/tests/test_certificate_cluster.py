"""The external certificate of a real API server's Secret is taken up while running."""

import asyncio
import base64
import datetime as dt

import orjson
import pytest

from plumbline.api_server import certificate, control
from plumbline.kube.client import KubeClient
from plumbline.kube.config import load

NOW = dt.datetime.now(dt.UTC)

pytestmark = pytest.mark.cluster


async def until(holds):
    """Wait for a condition; the test's own time limit ends a vain wait."""
    while not holds():  # noqa: ASYNC110 -- the informer tells nobody
        await asyncio.sleep(0.01)


async def test_a_secret_without_the_label_is_seen(cluster, namespace, kubectl):
    """cert-manager's Secret has no label of ours; its changes and its end are followed."""
    first, second = (certificate.self_signed(namespace, NOW) for _ in range(2))
    async with KubeClient(load(str(cluster.kubeconfig), {}), user_agent="test") as client:
        live = control.Control()
        source = certificate.Certificates(live, namespace, NOW)
        own = source.current()
        informers = live.informers(client, namespace)
        tasks = [asyncio.ensure_future(informer.run()) for informer in informers]
        for informer in informers:
            await informer.synced.wait()
        path = f"/api/v1/namespaces/{namespace}/secrets"
        for pair in first, second:
            await put(client, path, namespace, pair, new=pair is first)
            await until(lambda pair=pair: source.current() == pair)
        await client.request("DELETE", f"{path}/argocd-server-tls")
        await until(lambda: source.current() == own)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def put(client, path, namespace, pair, *, new):
    encoded = [base64.b64encode(part).decode() for part in pair]
    body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/tls",
        "metadata": {"name": "argocd-server-tls", "namespace": namespace},
        "data": dict(zip(("tls.key", "tls.crt"), encoded, strict=True)),
    }
    target = path if new else f"{path}/argocd-server-tls"
    await client.request(
        "POST" if new else "PUT",
        target,
        body=orjson.dumps(body),
        headers={"Content-Type": "application/json"},
    )

"""Connections to clusters follow their declaration, and none is left behind."""

import asyncio
import dataclasses

import orjson
import pytest

from plumbline.app_controller.application.clusterpool import ClusterPool
from plumbline.core import clusters, errors, settings
from plumbline.core.secret import Secret
from plumbline.kube import config

pytestmark = pytest.mark.cluster

OWN = clusters.Cluster(server=clusters.IN_CLUSTER_SERVER, name="in-cluster")
DECLARED = dataclasses.replace(OWN, secret_name="s", refresh_requested="2026-01-02T03:04:05Z")


@pytest.fixture
async def pool(cluster):
    current = settings.Settings()
    made = ClusterPool(
        config.from_kubeconfig(str(cluster.kubeconfig)),
        namespace="argocd",
        current=lambda: current,
        on_change=lambda *_: None,
        grace=0,
    )
    yield made
    await made.close()


async def test_a_request_to_read_anew_connects_anew_and_ends_the_old(pool):
    """The implicit entry gives way to a Secret, one state of a Secret to the next."""
    first = await pool.get(OWN)
    assert first is await pool.get(OWN)
    second = await pool.get(DECLARED)
    third = await pool.get(dataclasses.replace(DECLARED, refresh_requested="later"))
    await asyncio.gather(*pool._retiring)

    assert 3 == len({id(h) for h in (first, second, third)})
    assert [third] == pool.started()
    assert third.live.objects > 0
    for old in (first, second):
        with pytest.raises(RuntimeError, match="Session is closed"):
            await old.client.get("/version")
    assert "gitVersion" in await third.client.get("/version")


async def test_labels_do_not_connect_anew(pool):
    """A label that the controller itself writes must not cost a relist."""
    first = await pool.get(DECLARED)

    assert first is await pool.get(dataclasses.replace(DECLARED, labels={"a": "b"}))


async def test_what_cannot_be_reached_leaves_nothing_behind(pool):
    """The next call tries again."""
    gone = clusters.Cluster(server="https://127.0.0.1:1", name="gone", secret_name="g")
    for _ in range(2):
        with pytest.raises(errors.PlumblineError):
            await pool.get(gone)

    assert ({}, {}) == (pool._starting, pool._stacks)


async def test_certificates_that_cannot_be_read_leave_nothing_behind(pool):
    """The error says which cluster, and the next call tries again."""
    bad = Secret(orjson.dumps({"tlsClientConfig": {"caData": "AAAA"}}).decode())
    gone = clusters.Cluster(server="https://127.0.0.1:1", name="gone", secret_name="g", config=bad)
    for _ in range(2):
        with pytest.raises(errors.Unavailable, match="cluster gone cannot be connected"):
            await pool.get(gone)

    assert ({}, {}) == (pool._starting, pool._stacks)

"""The controller is asked to stop in the middle of a sync: what is being written is finished."""

import asyncio

import pytest

from plumbline.app_controller.application import clusterpool
from plumbline.kube.client import KubeClient

pytestmark = pytest.mark.cluster


def config_map(name):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "b"}}


@pytest.fixture
def gate(monkeypatch):
    """(entered, opened) of a gate before the write of the object ``second``."""
    entered, opened = asyncio.Event(), asyncio.Event()

    class Gated(KubeClient):
        async def request(self, method, path, *, body=None, **more):
            if method in ("POST", "PATCH") and b'"second"' in (body or b""):
                entered.set()
                await opened.wait()
            return await super().request(method, path, body=body, **more)

    monkeypatch.setattr(clusterpool, "KubeClient", Gated)
    return entered, opened


async def test_a_sync_in_progress_is_written_to_its_end(gate, rig):
    """Its objects and its result; only then the controller ends."""
    entered, opened = gate
    rig.repo.push("a", config_map("first"), config_map("second"))
    await rig.create_app(automated={})
    async with asyncio.timeout(30):
        await entered.wait()
    stopping = asyncio.ensure_future(rig.stop())
    done, _ = await asyncio.wait({stopping}, timeout=1)
    assert not done
    opened.set()
    async with asyncio.timeout(30):
        await stopping
    assert await rig.get(rig.object_path("second"))
    app = await rig.get(rig.app_path())
    state = app["status"]["operationState"]
    assert "Succeeded" == state["phase"]
    assert 2 == len(state["syncResult"]["resources"])

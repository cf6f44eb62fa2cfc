"""The live state of a cluster that misbehaves: what is not known completely is said to be so."""

import asyncio
import contextlib

import pytest
from aiohttp import web

from plumbline.core.model import GroupKind, ResourceKey
from plumbline.kube.client import KubeClient
from plumbline.kube.config import RestConfig
from plumbline.kube.discovery import Discovery
from plumbline.kube.live import LiveCluster

DEFINITIONS = ("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "definitions")
THINGS = ("example.com", "v1", "Thing", "things")


def nested(depth):
    """Deeper than our JSON writer goes, and what an API server still takes."""
    tree = {}
    for _ in range(depth):
        tree = {"a": tree}
    return tree


class Api:
    """An API server with two kinds; the second can be hidden, and discovery be broken."""

    def __init__(self):
        self.kinds = [DEFINITIONS]
        self.broken = 0
        self.items = {"definitions": [], "things": []}
        self.push = asyncio.Queue()

    async def handle(self, request):
        path = request.path
        if path == "/version":
            if self.broken:
                self.broken -= 1
                return web.Response(status=503)
            return web.json_response({"gitVersion": "v1.33.0"})
        if path in ("/api", "/apis"):
            found = [group(kind) for kind in self.kinds] if path == "/apis" else []
            return web.json_response({"kind": "APIGroupDiscoveryList", "items": found})
        plural = path.rpartition("/")[2]
        if "watch" not in request.query:
            body = {"metadata": {"resourceVersion": "10"}, "items": self.items[plural]}
            return web.json_response(body)
        answer = web.StreamResponse()
        await answer.prepare(request)
        if plural == "definitions":
            await answer.write(await self.push.get())
        await asyncio.sleep(30)
        return answer


def group(kind):
    name, version, kind, plural = kind
    resource = {
        "resource": plural, "responseKind": {"kind": kind}, "scope": "Namespaced",
        "verbs": ["list", "watch"],
    }  # fmt: skip
    versions = [{"version": version, "resources": [resource]}]
    return {"metadata": {"name": name}, "versions": versions}


@pytest.fixture
async def start():
    async with contextlib.AsyncExitStack() as stack:

        async def start(api, on_change=lambda *_: None):
            app = web.Application()
            app.router.add_get("/{rest:.*}", api.handle)
            runner = web.AppRunner(app, shutdown_timeout=0.1)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            client = KubeClient(RestConfig(server=url), user_agent="test")
            await stack.enter_async_context(client)
            live = LiveCluster(
                client, Discovery(client), owner_of=lambda _: "app", on_change=on_change
            )
            stack.push_async_callback(live.stop)
            await live.start()
            return live

        yield start


async def test_a_kind_with_an_unreadable_object_is_incomplete(start):
    """Whoever may create one object must not make the others go stale unnoticed."""
    api = Api()
    api.kinds = [THINGS]
    fine = {"metadata": {"name": "fine", "namespace": "n", "uid": "1", "resourceVersion": "1"}}
    deep = {"metadata": {"name": "deep", "namespace": "n", "uid": "2", "resourceVersion": "2"}}
    api.items["things"] = [{**deep, "spec": nested(300)}, fine]
    live = await start(api)
    assert [ResourceKey("example.com", "Thing", "n", "fine")] == live.tracked_by("app")
    assert {GroupKind("example.com", "Thing")} == live.incomplete()


async def test_discovery_is_tried_until_it_works(start):
    """A definition that appears while the server is ill is watched when it is well again."""
    api = Api()
    api.items["things"] = [
        {"metadata": {"name": "one", "namespace": "n", "uid": "1", "resourceVersion": "1"}}
    ]
    found = asyncio.Event()
    live = await start(api, lambda _, key: found.set() if key.kind == "Thing" else None)
    api.kinds, api.broken = [DEFINITIONS, THINGS], 2
    api.push.put_nowait(
        b'{"type":"ADDED","object":{"metadata":{"name":"things","uid":"9","resourceVersion":"11"}}}'
        b"\n"
    )
    async with asyncio.timeout(20):
        await found.wait()
    assert frozenset() == live.incomplete()

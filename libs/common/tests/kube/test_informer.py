"""Informers against a server that drops, expires and replays: nothing lost, nothing twice."""

import asyncio
import contextlib
import json

import pytest
from aiohttp import web

from plumbline.core import errors
from plumbline.kube.client import ApiConflict, ApiGone, KubeClient, api_error
from plumbline.kube.config import RestConfig
from plumbline.kube.informer import Informer


def item(name, version, uid=None):
    return {"metadata": {"name": name, "uid": uid or name, "resourceVersion": str(version)}}


class Server:
    """A collection whose lists and watches the test scripts."""

    def __init__(self):
        self.lists = []
        self.watches = []
        self.watched_from = []
        self.idle = asyncio.Event()

    async def handle(self, request):
        if "watch" not in request.query:
            version, items = self.lists.pop(0) if len(self.lists) > 1 else self.lists[0]
            body = {"metadata": {"resourceVersion": str(version)}, "items": items}
            return web.json_response(body)
        self.watched_from.append(request.query["resourceVersion"])
        answer = web.StreamResponse()
        await answer.prepare(request)
        if not self.watches:
            self.idle.set()
            await asyncio.sleep(30)
        for kind, obj in self.watches.pop(0):
            await answer.write(json.dumps({"type": kind, "object": obj}).encode() + b"\n")
        return answer


class Recorder:
    """Writes down what the informer says."""

    def __init__(self):
        self.seen = []

    def upsert(self, lens, raw):
        meta = lens.metadata
        self.seen.append(f"+{meta.name}@{meta.resource_version}")

    def remove(self, lens):
        self.seen.append(f"-{lens.metadata.name}")


@pytest.fixture
async def run(aiohttp_server_factory):
    async def start(server):
        url = await aiohttp_server_factory(server)
        recorder = Recorder()
        async with KubeClient(RestConfig(server=url), user_agent="test") as client:
            informer = Informer(client, "/things", recorder)
            task = asyncio.create_task(informer.run())
            async with asyncio.timeout(20):
                await server.idle.wait()
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        return recorder.seen

    return start


@pytest.fixture
async def aiohttp_server_factory():
    runners = []

    async def start(server):
        app = web.Application()
        app.router.add_get("/things", server.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        runners.append(runner)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


async def test_a_dropped_watch_is_resumed_and_replays_are_not_repeated(run):
    """It goes on from the last version; events already seen are dropped."""
    server = Server()
    server.lists = [(10, [item("a", 1)])]
    server.watches = [
        [("ADDED", item("b", 11)), ("MODIFIED", item("a", 12))],
        [("ADDED", item("b", 11)), ("MODIFIED", item("a", 12)), ("MODIFIED", item("a", 13))],
    ]
    assert ["+a@1", "+b@11", "+a@12", "+a@13"] == await run(server)
    assert ["10", "12", "13"] == server.watched_from


async def test_an_expired_version_is_listed_anew_and_only_changes_are_told(run):
    """410 Gone: what vanished is removed once, what is unchanged is not told again."""
    server = Server()
    server.lists = [
        (10, [item("a", 1), item("b", 2), item("c", 3)]),
        (50, [item("a", 1), item("c", 40)]),
    ]
    gone = {"kind": "Status", "code": 410, "reason": "Expired", "metadata": {}}
    server.watches = [[("ERROR", gone)]]
    assert ["+a@1", "+b@2", "+c@3", "+c@40", "-b"] == await run(server)


async def test_bookmarks_move_the_version_only(run):
    """No event, but the next watch begins there."""
    server = Server()
    server.lists = [(10, [])]
    server.watches = [[("BOOKMARK", {"metadata": {"resourceVersion": "77"}})]]
    assert [] == await run(server)
    assert ["10", "77"] == server.watched_from


async def test_an_object_made_anew_under_its_name_is_removed_first(run):
    """Another uid is another object, even if its deletion was missed."""
    server = Server()
    server.lists = [(10, [item("a", 1, uid="one")])]
    server.watches = [[("MODIFIED", item("a", 12, uid="two"))]]
    assert ["+a@1", "-a", "+a@12"] == await run(server)


async def test_deletions_are_told_once(run):
    """A replayed deletion is nothing new."""
    server = Server()
    server.lists = [(10, [item("a", 1)])]
    server.watches = [[("DELETED", item("a", 11))], [("DELETED", item("a", 11))]]
    assert ["+a@1", "-a"] == await run(server)


class Poisoned(Recorder):
    """Cannot read objects of one name."""

    def upsert(self, lens, raw):
        if lens.metadata.name == "bad":
            raise TypeError("Recursion limit reached")
        super().upsert(lens, raw)


async def test_an_object_that_cannot_be_read_does_not_end_the_watch(aiohttp_server_factory):
    """It counts as absent, the informer tells which, and the others go on."""
    server = Server()
    server.lists = [(10, [item("a", 1), item("bad", 2), item("c", 3), item("bad2", 4)])]
    server.watches = [[("MODIFIED", item("bad", 11)), ("MODIFIED", item("c", 12))]]
    url = await aiohttp_server_factory(server)
    recorder = Poisoned()
    async with KubeClient(RestConfig(server=url), user_agent="test") as client:
        informer = Informer(client, "/things", recorder)
        task = asyncio.create_task(informer.run())
        async with asyncio.timeout(20):
            await server.idle.wait()
        assert not task.done()
        assert {("", "bad")} == informer.unread
        task.cancel()
    assert ["+a@1", "-bad", "+c@3", "+bad2@4", "-bad", "+c@12"] == recorder.seen


async def test_a_watch_that_is_refused_stays_failing(aiohttp_server_factory):
    """Between two tries nobody may take what was seen last for complete."""
    seen = []

    class Refusing(Server):
        async def handle(self, request):
            if "watch" not in request.query:
                return await super().handle(request)
            seen.append(informer.failing is not None)
            if len(seen) == 3:
                self.idle.set()
            return web.Response(status=503)

    server = Refusing()
    server.lists = [(10, [item("a", 1)])]
    url = await aiohttp_server_factory(server)
    async with KubeClient(RestConfig(server=url), user_agent="test") as client:
        informer = Informer(client, "/things", Recorder())
        task = asyncio.create_task(informer.run())
        async with asyncio.timeout(20):
            await server.idle.wait()
        task.cancel()
    assert [False, True, True] == seen


def answer(status, reason, message="m"):
    body = {"kind": "Status", "reason": reason, "message": message}
    return api_error(status, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("status", "reason", "cls"),
    [
        (409, "AlreadyExists", errors.AlreadyExists),
        (409, "Conflict", ApiConflict),
        (410, "Expired", ApiGone),
        (404, "NotFound", errors.NotFound),
        (403, "Forbidden", errors.PermissionDenied),
        (422, "Invalid", errors.InvalidArgument),
        (500, "InternalError", errors.Unavailable),
    ],
)
def test_answers_become_our_errors(status, reason, cls):
    """By reason, then by status."""
    assert cls is type(answer(status, reason))


def test_error_texts_about_secrets_show_no_value():
    """The API server quotes the body of an invalid Secret."""
    body = json.dumps({"kind": "Status", "reason": "Invalid", "message": "bad canary-4410"})
    assert "canary" not in api_error(422, body.encode(), secret=True).message
    assert "canary" not in api_error(500, b"<html>canary").message
    denied = {
        "kind": "Status",
        "reason": "Forbidden",
        "message": (
            'admission webhook "x.example" denied the request: value canary is not allowed'
        ),
    }
    error = api_error(403, json.dumps(denied).encode(), secret=True)
    assert (errors.PermissionDenied, False) == (type(error), "canary" in error.message)


@pytest.mark.parametrize("page", [b"<html>404 Not Found</html>", b"", b"default backend - 404"])
def test_a_proxys_404_does_not_mean_that_objects_are_gone(page):
    """Else a load balancer without a backend would empty the live state of a cluster."""
    assert errors.Unavailable is type(api_error(404, page))
    assert errors.NotFound is type(api_error(404, b"404 page not found\n"))
    assert errors.NotFound is type(api_error(404, b'{"kind":"Status","reason":"NotFound"}'))

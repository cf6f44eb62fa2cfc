"""POST /api/webhook over HTTP, with a controller that answers over gRPC."""

import asyncio
import contextlib
import gzip
import hashlib
import hmac
import io
import json
import pathlib
import types

import grpc
import msgspec
import pytest
import structlog
from aiohttp import test_utils, web
from hypothesis import given, settings
from hypothesis import strategies as st

from plumbline.api_server import webhook
from plumbline.api_server.control import Control
from plumbline.api_server.rows import Rows
from plumbline.api_server.settings import Settings
from plumbline.api_server.webhook_looks import Limits, Look, Looks
from plumbline.core import errors
from plumbline.core.secret import Secret
from plumbline.kube.informer import Lens
from plumbline.pb.controller import controller_pb2, controller_pb2_grpc

ROOT = pathlib.Path(__file__).parents[3]
CASES = json.loads((ROOT / "libs/common/tests/core/webhook/testdata/deliveries.json").read_text())
BY_NAME = {case["name"]: case for case in CASES}
URLS = {
    "github": "git@github.com:acme/shop.git",
    "gitlab": "https://example.com/mike/diaspora.git",
    "gogs": "http://gogs.example:3000/unknwon/webhooks.git",
    "gitea": "https://gitea.example/acme/shop",
    "bitbucket": "git@bitbucket.org:acme/shop.git",
    "bitbucket-server": "ssh://git@stash.example:7999/acme/shop.git",
    "azure": "git@ssh.dev.azure.com:v3/acme/My%20Project/Shop",
    "harbor": "oci://harbor.example/charts/shop",
}
CANARY = "canary-9d2c"
FAR = 3600.0  # seconds: a second look within a test never comes


class Controller(controller_pb2_grpc.ControllerServiceServicer):
    """Remembers what it is asked to look at; refuses as long as it is told to."""

    def __init__(self):
        self.calls = asyncio.Queue()
        self.all = []
        self.refusals = 0

    async def Moved(self, request, context):  # noqa: N802 -- gRPC requires this name
        if self.refusals:
            self.refusals -= 1
            await context.abort(grpc.StatusCode.UNAVAILABLE, "not now")
        call = (request.repo_url, request.ref)
        self.all.append(call)
        self.calls.put_nowait(call)
        return controller_pb2.MovedResponse(matched=1)

    async def next(self):
        async with asyncio.timeout(20):
            return await self.calls.get()


class Site:
    """A server with the webhook route, its parts, and a client."""

    def __init__(self, client, control, rows, controller, hooks):
        self.client = client
        self.control = control
        self.rows = rows
        self.controller = controller
        self.hooks = hooks

    async def post(self, body, headers=None, **more):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        defaults = {"Content-Type": "application/json"}
        return await self.client.post(
            "/api/webhook", data=io.BytesIO(data), headers=defaults | (headers or {}), **more
        )

    async def deliver(self, name, headers=None):
        case = BY_NAME[name]
        return await self.post(case["body"], case["headers"] | (headers or {}))

    def add(self, name, url, revision="HEAD", annotation=None):
        metadata = {"name": name, "namespace": "argocd"}
        if annotation:
            metadata["annotations"] = {"argocd.argoproj.io/manifest-generate-paths": annotation}
        source = {"repoURL": url, "targetRevision": revision, "path": "apps/a"}
        spec = {"project": "default", "destination": {}, "source": source}
        tree = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application"}
        raw = json.dumps({**tree, "metadata": metadata, "spec": spec}).encode()
        self.rows.upsert(lens(raw), raw)

    def remove(self, name):
        self.rows.remove(lens(json.dumps({"metadata": {"name": name, "namespace": "argocd"}})))


def lens(raw):
    return msgspec.json.decode(raw, type=Lens)


@contextlib.asynccontextmanager
async def site(clock=None, **limits):
    """A fresh server; looks are repeated after an hour unless said otherwise."""
    controller = Controller()
    server = grpc.aio.server()
    controller_pb2_grpc.add_ControllerServiceServicer_to_server(controller, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    control, rows = Control(), Rows()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        options = {"clock": clock} if clock else {}
        hooks = webhook.Webhooks(
            rows, control, channel, limits=Limits(**{"interval": FAR, **limits}), **options
        )
        app = web.Application()
        app.add_routes(hooks.routes())
        async with test_utils.TestClient(test_utils.TestServer(app)) as client:
            yield Site(client, control, rows, controller, hooks)
            await hooks.close()
    await server.stop(None)


async def answer(response):
    return response.status, await response.text()


def sign(body, secret=CANARY):
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}"}


@pytest.mark.parametrize(
    ("name", "key", "ref"),
    [
        ("github-push", "github", "refs/heads/main"),
        ("gitlab-push", "gitlab", "refs/heads/master"),
        ("gitea-push", "gitea", "refs/heads/main"),
        ("bitbucket-push", "bitbucket", "refs/heads/name-of-branch"),
        ("bitbucket-server-push", "bitbucket-server", "refs/heads/master"),
        ("azure-devops-push", "azure", "refs/heads/main"),
    ],
)
async def test_a_push_leads_to_a_look(name, key, ref):
    """By the URL that the application names."""
    async with site() as here:
        here.add("a", URLS[key])
        assert (200, "") == await answer(await here.deliver(name))
        assert (URLS[key], ref) == await here.controller.next()


async def test_a_push_to_another_branch():
    """Concerns the applications that name it, not those of the default branch."""
    async with site() as here:
        here.add("a", URLS["gogs"], "develop")
        here.add("b", "https://gogs.example/unknwon/webhooks", "HEAD")
        here.add("c", URLS["gitea"])
        assert 200 == (await here.deliver("gogs-push")).status
        assert (URLS["gogs"], "refs/heads/develop") == await here.controller.next()
        await here.deliver("gitea-push")
        assert (URLS["gitea"], "refs/heads/main") == await here.controller.next()
        assert 2 == len(here.controller.all)


async def test_a_push_that_changes_nothing_of_an_application():
    """Its manifest-generate-paths say so."""
    async with site() as here:
        here.add("a", URLS["github"], annotation="/elsewhere")
        here.add("b", URLS["gitea"])
        await here.deliver("github-push")
        await here.deliver("gitea-push")
        assert (URLS["gitea"], "refs/heads/main") == await here.controller.next()
        assert 1 == len(here.controller.all)


async def test_harbor_needs_its_secret():
    """Unknown without it; by it, the image is looked at."""
    async with site() as here:
        here.add("a", URLS["harbor"], "1.4.0")
        headers = {"Authorization": CANARY}
        unknown = (400, "Unknown webhook event")
        assert unknown == await answer(await here.deliver("harbor-push", headers))
        here.control.take_secret("argocd-secret", {"webhook.harbor.secret": Secret(CANARY)})
        refused = await here.deliver("harbor-push", {"Authorization": "guess"})
        assert (401, "Unauthorized") == await answer(refused)
        assert (200, "") == await answer(await here.deliver("harbor-push", headers))
        assert (URLS["harbor"], "1.4.0") == await here.controller.next()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods(method):
    """Are not allowed."""
    async with site() as here:
        assert 405 == (await here.client.request(method, "/api/webhook")).status


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({}, b"{}", (400, "Unknown webhook event")),
        ({"X-GitHub-Event": "issues"}, b"{}", (400, "Unknown webhook event")),
        ({"X-GitHub-Event": "push"}, b"{", (400, "Webhook processing failed")),
        ({"X-GitHub-Event": "push"}, b"", (400, "Webhook processing failed")),
        ({"X-Gitlab-Event": "Push Hook"}, b"\xff", (400, "Webhook processing failed")),
        ({"X-GitHub-Event": "ping"}, b"{}", (200, "")),
        ({"X-Event-Key": "diagnostics:ping"}, b"{}", (200, "")),
    ],
)
async def test_statuses_and_texts(headers, body, expected):
    """As the contract has them."""
    async with site() as here:
        assert expected == await answer(await here.post(body, headers))


async def test_a_secret_closes_the_door_at_once():
    """Believed until it is set; then only a request that proves it. References are followed."""
    body = json.dumps(BY_NAME["github-push"]["body"]).encode()
    headers = {"X-GitHub-Event": "push"}
    refused = (400, "Webhook processing failed")
    async with site() as here:
        here.add("a", URLS["github"])
        assert 200 == (await here.post(body, headers)).status
        here.control.take_secret("argocd-secret", {"webhook.github.secret": Secret("$own:hook")})
        here.control.take_secret("own", {"hook": Secret(CANARY + "\n")})
        with structlog.testing.capture_logs() as logs:
            assert refused == await answer(await here.post(body, headers))
            assert refused == await answer(await here.post(body, headers | sign(body, "guess")))
            assert refused == await answer(await here.post(body + b" ", headers | sign(body)))
            assert (200, "") == await answer(await here.post(body, headers | sign(body)))
        assert CANARY not in str(logs)
        warned = [entry["provider"] for entry in logs if entry["event"] == "webhook refused"]
        assert ["github"] == warned


async def chunks(count, size=64 * 1024):
    for _ in range(count):
        yield b" " * size


@pytest.mark.parametrize("how", ["length", "chunked", "gzip"])
async def test_a_body_beyond_the_limit(how):
    """Is refused by its announced length, or as soon as it has grown too large."""
    async with site() as here:
        here.control.take_map("argocd-cm", {"webhook.maxPayloadSizeMB": "1"})
        headers = {"X-GitHub-Event": "push"}
        if how == "length":
            response = await here.post(b" " * (1024 * 1024 + 1), headers)
        elif how == "chunked":
            response = await here.client.post("/api/webhook", data=chunks(20), headers=headers)
        else:
            bomb = gzip.compress(b" " * 64 * 1024 * 1024)
            response = await here.post(bomb, headers | {"Content-Encoding": "gzip"})
        status, text = await answer(response)
        assert 400 == status
        assert "Webhook processing failed: payload must be valid JSON under 1 MB" == text


async def test_a_large_body_within_the_limit():
    """Is taken, as is a compressed one; a broken compression is the sender's fault."""
    sample = BY_NAME["github-push"]["body"] | {"filler": "x" * 2_000_000}
    body = json.dumps(sample).encode()
    async with site() as here:
        here.add("a", URLS["github"])
        headers = {"X-GitHub-Event": "push"}
        assert 200 == (await here.post(body, headers)).status
        assert (URLS["github"], "refs/heads/main") == await here.controller.next()
        coded = headers | {"Content-Encoding": "gzip"}
        assert 200 == (await here.post(gzip.compress(body), coded)).status
        assert 400 == (await here.post(b"no gzip at all", coded)).status


class Upload:
    """A body of which a part is sent, and the rest only when the test says so."""

    def __init__(self, here, size):
        self._size = size
        self._end = asyncio.Event()
        self.begun = asyncio.Event()
        self.task = asyncio.create_task(
            here.client.post("/api/webhook", data=self._parts(), headers={"X-GitHub-Event": "push"})
        )

    async def _parts(self):
        yield b" " * self._size
        self.begun.set()
        await self._end.wait()

    async def end(self):
        self._end.set()
        return await self.task


async def test_a_body_that_never_ends_keeps_nobody_waiting():
    """Places are for judging, not for reading."""
    async with site(readers=1) as here:
        here.add("a", URLS["github"])
        slow = [Upload(here, 10) for _ in range(3)]
        for upload in slow:
            await upload.begun.wait()
        assert 200 == (await here.deliver("github-push")).status
        assert [400] * 3 == [(await upload.end()).status for upload in slow]


async def test_large_bodies_share_the_room():
    """While others fill it a large one is turned away, a small one never."""
    async with site(room=2_000_000) as here:
        here.add("a", URLS["github"])
        upload = Upload(here, 1_000_000)
        await upload.begun.wait()
        large = BY_NAME["github-push"]["body"] | {"filler": "x" * 3_000_000}
        full = (503, "Queue is full, discarding webhook payload")
        assert full == await answer(await here.post(large, {"X-GitHub-Event": "push"}))
        assert 200 == (await here.deliver("github-push")).status
        assert 400 == (await upload.end()).status


async def test_the_route_of_the_ports_parts():
    """What the HTTP port mounts."""
    async with site() as here:
        channel = grpc.aio.insecure_channel("127.0.0.1:1")
        parts = types.SimpleNamespace(
            rows=here.rows, control=here.control, controller=channel, settings=Settings()
        )
        app = web.Application()
        app.add_routes(webhook.routes(parts))
        async with test_utils.TestClient(test_utils.TestServer(app)) as client:
            response = await client.post("/api/webhook", headers={"X-GitHub-Event": "ping"})
            assert 200 == response.status
        await channel.close()


@pytest.mark.parametrize("value", ["x", "0", "-1", ""])
async def test_a_limit_that_is_no_number(value):
    """Is named in the log, and the default is in force."""
    async with site() as here:
        here.control.take_map("argocd-cm", {"webhook.maxPayloadSizeMB": value})
        with structlog.testing.capture_logs() as logs:
            response = await here.post(b" " * 1_100_000, {"X-GitHub-Event": "ping"})
        assert 200 == response.status
        assert "webhook.maxPayloadSizeMB" in [entry.get("key") for entry in logs]


async def test_a_flood_is_few_looks():
    """5,000 hints of three refs, most of unknown repositories: one look for each ref."""
    async with site() as here:
        here.add("a", URLS["github"], "main")
        here.add("b", URLS["github"], "dev")
        here.add("c", URLS["gitea"])
        bodies = []
        for number in range(5000):
            site_, ref = [
                ("https://github.com/acme/shop", "refs/heads/main"),
                ("https://github.com/acme/shop", "refs/heads/dev"),
                ("https://gitea.example/acme/shop", "refs/heads/main"),
                (f"https://unknown.example/{number}", "refs/heads/main"),
                ("https://github.com/acme/shop", f"refs/heads/{number}"),
            ][number % 5]
            repository = {"html_url": site_, "default_branch": "main"}
            bodies.append({"ref": ref, "repository": repository})
        statuses = set()
        for start in range(0, len(bodies), 50):
            answers = await asyncio.gather(
                *(here.post(b, {"X-GitHub-Event": "push"}) for b in bodies[start : start + 50])
            )
            statuses |= {one.status for one in answers}
        seen = {await here.controller.next() for _ in range(3)}
        assert {200} == statuses
        assert {
            (URLS["github"], "refs/heads/main"),
            (URLS["github"], "refs/heads/dev"),
            (URLS["gitea"], "refs/heads/main"),
        } == seen
        assert 3 == len(here.controller.all)


async def test_applications_come_and_go():
    """A repository is known as soon as an application names it, and no longer."""
    seconds = 0.0
    async with site(clock=lambda: seconds, interval=0.0) as here:
        await here.deliver("gitea-push")
        here.add("a", URLS["gitea"])
        seconds += 1
        await here.deliver("gitea-push")
        assert (URLS["gitea"], "refs/heads/main") == await here.controller.next()
        here.remove("a")
        here.add("b", URLS["github"])
        seconds += 1
        await here.deliver("gitea-push")
        await here.deliver("github-push")
        assert (URLS["github"], "refs/heads/main") == await here.controller.next()
        assert 2 == len(here.controller.all)


async def test_a_full_queue():
    """Says so; what it holds already is accepted still."""
    async with site(capacity=1) as here:
        here.add("a", URLS["github"], "main")
        here.add("b", URLS["gitea"])
        await here.deliver("github-push")
        await here.controller.next()
        assert 200 == (await here.deliver("github-push")).status  # waits for its interval
        assert 200 == (await here.deliver("github-push")).status
        full = (503, "Queue is full, discarding webhook payload")
        assert full == await answer(await here.deliver("gitea-push"))


class Recorder:
    """Looks that were made; each waits for its permission, fails where told to."""

    def __init__(self, failures=0):
        self.made = asyncio.Queue()
        self.failures = failures
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, look):
        await self.gate.wait()
        if self.failures:
            self.failures -= 1
            self.made.put_nowait("failed")
            raise errors.Unavailable("x")
        self.made.put_nowait(look)

    async def next(self):
        async with asyncio.timeout(20):
            return await self.made.get()


async def test_what_arrives_during_a_look_leads_to_another():
    """One, however many asked, and not before the interval has passed."""
    record = Recorder()
    looks = Looks(record, Limits(interval=0.02), asyncio.get_running_loop().time)
    one = Look("r", "main")
    assert looks.ask(one)
    assert one == await record.next()
    assert [True] * 100 == [looks.ask(one) for _ in range(100)]
    assert one == await record.next()
    await looks.settled()
    assert record.made.empty()


async def test_many_refs_of_a_repository_are_one_look():
    """An attacker who invents tags costs 16 looks and one of the whole."""
    record = Recorder()
    looks = Looks(record, Limits(interval=FAR), asyncio.get_running_loop().time)
    assert all(looks.ask(Look("r", f"refs/tags/v{i}")) for i in range(1000))
    assert looks.ask(Look("other", "main"))
    made = [await record.next() for _ in range(18)]
    expected = {
        *(Look("r", f"refs/tags/v{i}") for i in range(16)),
        Look("r", ""),
        Look("other", "main"),
    }
    assert expected == set(made)
    assert record.made.empty()
    await looks.close()


async def test_refs_are_forgotten_after_the_interval():
    """The bookkeeping does not grow, and a quiet repository has its refs back."""
    now = 0.0
    record = Recorder()
    looks = Looks(record, Limits(interval=10.0), lambda: now)
    for round_ in range(5):
        for i in range(16):
            assert looks.ask(Look("r", f"{round_}-{i}"))
        made = {await record.next() for _ in range(16)}
        assert {Look("r", f"{round_}-{i}") for i in range(16)} == made
        now += 11.0
    await looks.close()


@pytest.mark.parametrize(("failures", "given_up"), [(2, False), (3, True)])
async def test_a_failed_look_is_made_again_and_given_up_in_the_end(failures, given_up):
    """The controller was away; its own polls stand behind it."""
    record = Recorder(failures)
    limits = Limits(interval=FAR, retries=(0.0, 0.0))
    looks = Looks(record, limits, asyncio.get_running_loop().time)
    with structlog.testing.capture_logs() as logs:
        looks.ask(Look("r", "main"))
        made = [await record.next() for _ in range(3)]
        await looks.settled()
    assert ["failed"] * failures + [Look("r", "main")] * (3 - failures) == made
    assert given_up == ("webhook look failed" in [entry["event"] for entry in logs])


async def test_a_controller_that_comes_back_is_asked_again():
    """Over gRPC, without another webhook."""
    async with site() as here:
        here.controller.refusals = 1
        here.add("a", URLS["gitea"])
        assert 200 == (await here.deliver("gitea-push")).status
        assert (URLS["gitea"], "refs/heads/main") == await here.controller.next()


async def test_looks_at_a_time_are_bounded():
    """Workers, not tasks without end."""
    record = Recorder()
    record.gate.clear()
    running = 0
    most = 0

    async def look(wanted):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await record(wanted)
        running -= 1

    looks = Looks(look, Limits(interval=FAR, workers=3), asyncio.get_running_loop().time)
    for number in range(30):
        looks.ask(Look(f"r{number}", "main"))
    for _ in range(100):
        await asyncio.sleep(0)
    record.gate.set()
    for _ in range(30):
        await record.next()
    assert 3 == most
    await looks.close()


plausible = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.integers(10**30, 10**40),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["ref", "repository", "html_url", "push", "changes", "project", "commits"]
            ),
            inner,
        )
    ),
    max_leaves=10,
)
event_headers = st.sampled_from([case["headers"] for case in CASES])


@settings(deadline=None, max_examples=20)
@given(
    requests=st.lists(
        st.tuples(event_headers, st.binary() | plausible.map(json.dumps).map(str.encode)),
        min_size=5,
        max_size=15,
    ),
    secret=st.booleans(),
)
def test_whatever_comes_in(requests, secret):
    """Never a 5xx, never a traceback, never a secret."""

    async def run():
        async with site() as here:
            here.add("a", URLS["github"])
            if secret:
                names = ("github.secret", "gitlab.secret", "gogs.secret", "azuredevops.password")
                values = {f"webhook.{name}": Secret(CANARY) for name in names}
                here.control.take_secret("argocd-secret", values)
            for headers, body in requests:
                status, text = await answer(await here.post(body, headers))
                assert status in (200, 400, 401)
                assert CANARY not in text

    with structlog.testing.capture_logs() as logs:
        asyncio.run(run())
    assert CANARY not in str(logs)
    assert not [entry for entry in logs if entry["log_level"] == "error"]


async def test_an_application_that_cannot_be_read_does_not_refuse_webhooks():
    """The others are looked at as always."""
    async with site() as here:
        here.add("shop", URLS["github"])
        tree = {
            "metadata": {"name": "poison", "namespace": "argocd", "annotations": None},
            "spec": {"project": "default", "source": {"repoURL": URLS["github"]}},
        }
        raw = json.dumps(tree).encode()
        here.rows.upsert(lens(raw), raw)
        assert 2 == len(here.rows.all())
        assert (200, "") == await answer(await here.deliver("github-push"))
        assert URLS["github"] == (await here.controller.next())[0]

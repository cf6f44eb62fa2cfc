"""What the repo-server lacks: it stays, names it in a line and on /readyz, goes on by itself."""

import asyncio
import contextlib
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import grpc
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from plumbline.app_controller.application.repo_client import GrpcRepoServer
from plumbline.app_controller.application.sources import SourceQuestion, WantedSource
from plumbline.core import errors, repositories
from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.rpc import channels, credentials
from plumbline.testcluster.redisserver import RedisServer

from .conftest import Authority, free_port


class Started:
    """A repo-server, of which nothing is expected yet."""

    def __init__(self, folder, *extra, files=None, password_file=""):
        self.port, self.checks = free_port(), free_port()
        self.folder, self.log = folder, folder / "log"
        named = files or [folder / name for name in ("r.crt", "r.key", "ca.crt")]
        argv = [
            sys.executable, "-m", "plumbline.repo_server",
            "--address=127.0.0.1", f"--port={self.port}",
            "--metrics-address=127.0.0.1", f"--metrics-port={self.checks}",
            f"--plumbline-data={folder / 'data'}", "--shutdown-grace=600",
            *(f"--tls-{n}={f}" for n, f in zip(("cert", "key", "ca"), named, strict=True)),
            *extra,
        ]  # fmt: skip
        with self.log.open("ab") as log:
            environment = {"HOME": "/", "PATH": os.environ["PATH"]}
            if password_file:
                environment["REDIS_PASSWORD_FILE"] = str(password_file)
            self.process = subprocess.Popen(argv, stderr=log, stdout=log, env=environment)

    def ask(self, path="/readyz"):
        """Return status and text; (0, "") before it listens."""
        url = f"http://127.0.0.1:{self.checks}{path}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def until(self, true, path="/readyz"):
        """Wait for an answer."""
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            found = self.ask(path)
            if true(*found):
                return found
            time.sleep(0.05)
        raise AssertionError(f"{self.ask()}\n{self.log.read_text()}")

    def errors(self):
        lines = [json.loads(x) for x in self.log.read_text().splitlines() if x.startswith("{")]
        return [(x["event"], x["reason"]) for x in lines if x["level"] == "error"]

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)


@pytest.fixture
def start(tmp_path):
    with contextlib.ExitStack() as stack:

        def begin(*extra, folder=tmp_path, **more):
            made = Started(folder, *extra, **more)
            stack.callback(made.end)
            return made

        yield begin


def test_a_missing_certificate_is_named_until_it_is_there(start, tmp_path, authority):
    """Not ready, but alive; ready as soon as the files are written."""
    server = start()
    status, text = server.until(lambda _, text: "internal certificate" in text)
    assert 503 == status
    assert str(tmp_path / "r.crt") in text
    assert "plumbline-identity" in text
    assert (200, "ok") == server.ask("/livez")
    authority.identity("repo-server").write(tmp_path, "r")
    assert "ok" == server.until(lambda status, _: status == 200)[1]
    assert ["no internal certificate"] == [event for event, _ in server.errors()]


def test_a_wrong_authority_is_named(start, tmp_path, authority):
    """A certificate and a CA that do not belong together."""
    identity = authority.identity("repo-server")
    wrong = credentials.Identity(identity.certificate, identity.key, Authority().certificate)
    wrong.write(tmp_path, "r")
    server = start()
    status, _ = server.until(lambda _, text: "not issued by a CA in --tls-ca" in text)
    assert 503 == status
    identity.write(tmp_path, "r")
    server.until(lambda status, _: status == 200)
    [(event, reason)] = server.errors()
    assert "no internal certificate" == event
    assert "keys Job" in reason


def test_a_missing_signing_key_is_named(start, tmp_path, authority):
    """It could sign with a key of its own, which no other replica would know."""
    authority.identity("repo-server").write(tmp_path, "r")
    path = tmp_path / "signing.pem"
    server = start(f"--plumbline-signing-key={path}")
    status, text = server.until(lambda _, text: "signing key" in text)
    assert 503 == status
    assert "plumbline-render-signing" in text
    path.write_text(_signing_key())
    server.until(lambda status, _: status == 200)
    assert ["no signing key"] == [event for event, _ in server.errors()]


def _signing_key():
    return (
        Ed25519PrivateKey.generate()
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


def test_a_redis_that_is_away_is_named_and_not_needed(start, tmp_path, authority):
    """Ready all the same: a cache costs time. One line when it goes, one when it is there."""
    authority.identity("repo-server").write(tmp_path, "r")
    with RedisServer.start(tmp_path / "redis") as redis:
        redis.component.stop()
        (tmp_path / "password").write_text(redis.password)
        address = f"--redis=127.0.0.1:{redis.port}"
        server = start(address, password_file=tmp_path / "password")
        _, text = server.until(lambda status, text: status == 200 and "Redis" in text)
        assert f"127.0.0.1:{redis.port}: no answer" in text
        redis.component.start()
        assert (200, "ok") == server.until(lambda _, text: "Redis" not in text)
    assert ["no Redis"] == [event for event, _ in server.errors()]


def test_a_redis_password_is_taken_up_when_its_file_changes(start, tmp_path, authority):
    """A wrong one is named; the right one needs no restart."""
    authority.identity("repo-server").write(tmp_path, "r")
    password = tmp_path / "password"
    password.write_text("wrong")
    with RedisServer.start(tmp_path / "redis") as redis:
        server = start(f"--redis=127.0.0.1:{redis.port}", password_file=password)
        server.until(lambda _, text: "the password is refused" in text)
        password.write_text(redis.password)
        assert (200, "ok") == server.until(lambda _, text: "Redis" not in text)
    [(_, reason)] = server.errors()
    assert "argocd-redis" in reason


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        ("--port=many", "--port: cannot read 'many'"),
        ("--sandbox-of-clay=1", "--sandbox-of-clay"),
        ("--plumbline-sandbox=clay", "sandbox mode 'clay'"),
    ],
)
def test_a_setting_that_cannot_be_used_ends_the_process(start, tmp_path, authority, flag, words):
    """With a line that names it, and no traceback."""
    authority.identity("repo-server").write(tmp_path, "r")
    server = start(flag)
    assert 1 == server.process.wait(30)
    lines = server.log.read_text().splitlines()
    assert lines[-1].startswith("plumbline-repo-server: ")
    assert words in lines[-1]
    assert "Traceback" not in server.log.read_text()


def test_the_first_line_says_what_runs(start, tmp_path, authority):
    """Version, mode, and where settings come from; no value of them."""
    authority.identity("repo-server").write(tmp_path, "r")
    (tmp_path / "password").write_text("canary-password")
    server = start(password_file=tmp_path / "password")
    server.until(lambda status, _: status == 200)
    first = json.loads(server.log.read_text().splitlines()[0])
    assert ("starting", "0.1.0", "sandbox auto") == (
        first["event"],
        first["version"],
        first["mode"],
    )
    assert "--port" == first["settings"]["port"]
    assert "REDIS_PASSWORD_FILE" == first["settings"]["redis_password_file"]
    modes = [x for x in server.ask("/metrics")[1].splitlines() if "sandbox_info{" in x]
    assert 1 == len(modes)
    assert modes[0].endswith("} 1.0")


class SlowGit(threading.Thread):
    """A Git server that does not answer before it may."""

    def __init__(self):
        super().__init__(daemon=True)
        self.asked, self.gate = threading.Event(), threading.Event()
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                owner.asked.set()
                owner.gate.wait(60)
                self.send_error(404)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.start()

    def run(self):
        self.server.serve_forever(0.05)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}/slow.git"


@pytest.fixture
def slow_git():
    made = SlowGit()
    yield made
    made.gate.set()
    made.server.shutdown()
    made.server.server_close()
    made.join()


async def test_a_stop_finishes_what_is_in_progress(start, tmp_path, authority, slow_git):
    """Not ready at once; new calls go elsewhere; the old one gets its own answer."""
    authority.identity("repo-server").write(tmp_path, "r")
    server = start()
    await asyncio.to_thread(server.until, lambda status, _: status == 200)
    identity = authority.identity("controller")
    target = f"127.0.0.1:{server.port}"
    async with channels.channel(target, identity) as channel:
        stub = repo_pb2_grpc.RepoServiceStub(channel)
        request = repo_pb2.ListRefsRequest(repository=repo_pb2.Repository(url=slow_git.url))
        call = asyncio.ensure_future(stub.ListRefs(request))
        assert await asyncio.to_thread(slow_git.asked.wait, 30)
        server.process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(
            server.until, lambda status, text: (status, text) == (503, "stopping")
        )
        async with channels.channel(target, identity) as late:
            with pytest.raises(errors.Unavailable):
                await channels.reach(late, target)
        slow_git.gate.set()
        with pytest.raises(grpc.aio.AioRpcError, match="http status code: 404"):
            await call
    assert 0 == await asyncio.to_thread(server.process.wait, 20)


async def test_a_replica_that_dies_fails_no_call(start, tmp_path, authority, repository):
    """Killed without a word, with calls in progress on both; the controller hears of none of it."""
    repository.commit({"map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"})
    replicas = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        authority.identity("repo-server").write(tmp_path / name, "r")
        replicas.append(start("--plumbline-allow-file=true", folder=tmp_path / name))
    for replica in replicas:
        await asyncio.to_thread(replica.until, lambda status, _: status == 200)
    target = "ipv4:" + ",".join(f"127.0.0.1:{r.port}" for r in replicas)
    made = channels.channel(
        target, authority.identity("controller"), idempotent=["plumbline.repo.v1.RepoService"]
    )
    source = WantedSource(
        repo_url=repository.url,
        revision="main",
        project="default",
        source_json=b'{"path": "."}',
        app_name="a",
        app_namespace="",
        kube_version="",
        api_versions=(),
    )
    question = SourceQuestion("x", source, "", True)
    async with made as channel:
        client = GrpcRepoServer(channel, timeout=30)
        opened = repositories.Repository(url=repository.url)
        enough = asyncio.Event()
        answers = []

        async def render():
            while not enough.is_set():
                asked = client.render(opened, "main", commit="", questions=[question])
                answers.append([(answer.id, answer.error) async for answer in asked])

        renders = [asyncio.ensure_future(render()) for _ in range(4)]
        await _until(lambda: len(answers) >= 12, renders)
        replicas[0].process.kill()
        before = len(answers)
        await _until(lambda: len(answers) >= before + 40, renders)
        enough.set()
        await asyncio.gather(*renders)
    assert [[("x", None)]] * len(answers) == answers


async def _until(true, tasks):
    """Wait while the tasks go on; one that ends meanwhile raises what it raised."""
    async with asyncio.timeout(60):
        while not true():
            for task in tasks:
                assert not task.done(), task.result()
            await asyncio.sleep(0.01)

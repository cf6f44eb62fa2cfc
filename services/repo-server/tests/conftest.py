"""Real Git repositories, a real smart-HTTP server, and the service as a process with mutual TLS."""

import base64
import contextlib
import datetime as dt
import http.server
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request

import pytest

from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.rpc import channels, credentials
from plumbline.testcluster.tools import ensure_tools

GIT_ENV = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.com",
    "GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z",
    "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z",
}


class GitRepository:
    """A work tree that tests write and commit in."""

    def __init__(self, path):
        self.path = path
        path.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")
        self.git("config", "uploadpack.allowAnySHA1InWant", "true")

    @property
    def url(self):
        return f"file://{self.path}"

    def git(self, *argv):
        return self.git_input(*argv, "")

    def git_input(self, *argv):
        *argv, text = argv
        done = subprocess.run(
            ["git", *argv],
            cwd=self.path,
            env=GIT_ENV,
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        assert 0 == done.returncode, done.stderr
        return done.stdout.strip()

    def write(self, files):
        for name, text in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def link(self, name, target):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(target)

    def commit(self, files=None, message="change"):
        self.write(files or {})
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path):
    """An empty repository."""
    return GitRepository(tmp_path / "source")


@pytest.fixture
def make_repository(tmp_path):
    """Make further empty repositories by name."""
    return lambda name: GitRepository(tmp_path / name)


class _Handler(http.server.BaseHTTPRequestHandler):
    """git http-backend as CGI, with optional basic or bearer authentication, and redirects."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self._serve(b"")

    def do_POST(self):
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = b""
            while size := int(self.rfile.readline().strip() or b"0", 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self._serve(body)

    def _serve(self, body):
        server = self.server.owner
        authorization = self.headers.get("Authorization", "")
        server.requests.append((self.command, self.path, authorization))
        server.watch()
        if server.failures:
            server.failures -= 1
            self._answer(503, {}, b"later")
            return
        if server.redirect:
            self._answer(302, {"Location": server.redirect + self.path}, b"")
            return
        is_open = self.path.startswith(server.open)
        if server.authorization and authorization != server.authorization and not is_open:
            self._answer(401, {"WWW-Authenticate": 'Basic realm="git"'}, b"denied")
            return
        path, _, query = self.path.partition("?")
        if path in server.pages:
            status, content = server.pages[path](self.headers, body)
            self._answer(status, {}, content)
            return
        environment = {
            **GIT_ENV,
            "GIT_PROJECT_ROOT": str(server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
        }
        done = subprocess.run(
            ["git", "http-backend"], env=environment, input=body, capture_output=True, check=False
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        status, headers = 200, {}
        for line in head.decode().splitlines():
            name, _, value = line.partition(": ")
            if name == "Status":
                status = int(value.split()[0])
            else:
                headers[name] = value
        self._answer(status, headers, content)

    def _answer(self, status, headers, content):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class GitHttp:
    """A smart-HTTP server over a directory of repositories."""

    def __init__(self, root):
        self.root = root
        self.requests = []
        self.authorization = ""
        self.redirect = ""
        self.pages = {}
        self.failures = 0
        self.watch = lambda: None
        self.open = ("/open/",)
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.owner = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def require(self, user, password):
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        self.authorization = f"Basic {token}"

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def git_http(tmp_path):
    """A server of the repositories in tmp_path; the fixture `repository` is /source/.git."""
    server = GitHttp(tmp_path)
    yield server
    server.stop()


@pytest.fixture
def attacker(tmp_path):
    """A second server, on another port, that sees what is sent to it."""
    server = GitHttp(tmp_path)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def tools():
    """The official binaries."""
    return ensure_tools(lambda _: None)


class Authority:
    """Certificates for one test session."""

    def __init__(self):
        self.now = dt.datetime.now(dt.UTC)
        self.certificate, self.key = credentials.issue_authority(self.now)

    def identity(self, role):
        return credentials.issue(role, self.certificate, self.key, self.now)


@pytest.fixture(scope="session")
def authority():
    """A CA."""
    return Authority()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class ServiceProcess:
    """The repo-server as its own process."""

    def __init__(self, folder, authority, tools, extra=()):
        self.folder = folder
        self.port = free_port()
        self.metrics_port = free_port()
        self.log = folder / "repo-server.log"
        certificate, key, ca = authority.identity("repo-server").write(folder, "server")
        argv = [
            sys.executable,
            "-m",
            "plumbline.repo_server",
            "--address=127.0.0.1",
            f"--port={self.port}",
            "--metrics-address=127.0.0.1",
            f"--metrics-port={self.metrics_port}",
            f"--tls-cert={certificate}",
            f"--tls-key={key}",
            f"--tls-ca={ca}",
            f"--plumbline-data={folder / 'data'}",
            "--plumbline-allow-file=true",
            f"--kustomize={tools.kustomize}",
            f"--helm={tools.helm}",
            *extra,
        ]
        with self.log.open("wb") as log:
            environment = {"HOME": "/", "REDIS_PASSWORD": os.environ.get("REDIS_PASSWORD", "")}
            self.process = subprocess.Popen(argv, stderr=log, stdout=log, env=environment)
        self._wait()

    @property
    def target(self):
        return f"127.0.0.1:{self.port}"

    def _wait(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(
                    f"http://127.0.0.1:{self.metrics_port}/healthz", timeout=1
                ) as answer,
            ):
                if answer.status == 200:
                    return
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def work(self):
        """Names of render directories left over."""
        return sorted(path.name for path in (self.folder / "data" / "work").iterdir())

    def metrics(self):
        with urllib.request.urlopen(
            f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=5
        ) as answer:
            return answer.read().decode()

    def stop(self):
        if self.process.poll() is not None:
            return  # the test ended it
        self.process.terminate()
        assert 0 == self.process.wait(20), self.log.read_text()


@pytest.fixture(scope="session")
def service(tmp_path_factory, authority, tools):
    """One repo-server for the session."""
    process = ServiceProcess(tmp_path_factory.mktemp("repo-server"), authority, tools)
    yield process
    process.stop()


@pytest.fixture
async def stub(service, authority):
    """A client with the controller's role."""
    async with channels.channel(service.target, authority.identity("controller")) as channel:
        yield repo_pb2_grpc.RepoServiceStub(channel)


@pytest.fixture
def ask(stub, repository, authority):
    """Render one source of the fixture `repository`; return its answer.

    `refs` are further repositories by ref, `target` another server; other keywords are fields of
    the source's request.
    """

    async def one(source, *, refs=None, settings=None, revision="main", target=None, **fields):
        referenced = [
            repo_pb2.ReferencedRepository(
                repository=repo_pb2.Repository(url=other.url), revision="main"
            )
            for other in (refs or {}).values()
        ]
        fields.setdefault("app_name", "guestbook")
        fields.setdefault("app_namespace", "web")
        request = repo_pb2.RenderRequest(
            repository=repo_pb2.Repository(url=repository.url),
            revision=revision,
            referenced=referenced,
            settings=repo_pb2.RenderSettings(**(settings or {})),
            sources=[
                repo_pb2.SourceRequest(
                    id="x",
                    source_json=json.dumps(source).encode(),
                    references=[
                        repo_pb2.SourceReference(name=name, repository=index)
                        for index, name in enumerate(refs or {})
                    ],
                    **fields,
                )
            ],
        )
        if target is None:
            (answer,) = [answer async for answer in stub.Render(request)]
            return answer
        identity = authority.identity("controller")
        async with channels.channel(target.target, identity) as channel:
            other = repo_pb2_grpc.RepoServiceStub(channel)
            (answer,) = [answer async for answer in other.Render(request)]
            return answer

    return one


@pytest.fixture
def objects(ask):
    """As `ask`; return the manifests, which must be there."""

    async def all_of(source, **fields):
        answer = await ask(source, **fields)
        assert "" == answer.error.message
        return [json.loads(text) for text in answer.manifests]

    return all_of


@pytest.fixture
def start_service(tmp_path, authority, tools):
    """Start a repo-server with settings of the test's own."""
    started = []

    def start(*extra):
        folder = tmp_path / f"service{len(started)}"
        folder.mkdir()
        started.append(ServiceProcess(folder, authority, tools, extra))
        return started[-1]

    yield start
    for process in started:
        process.stop()

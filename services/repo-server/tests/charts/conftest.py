"""A Helm repository and an OCI registry, each a real HTTP server that real helm can use."""

import base64
import hashlib
import http.server
import json
import re
import subprocess
import threading
import urllib.parse

import grpc
import pytest
import yaml

from plumbline.pb.repo import repo_pb2

CANARY = "canary-7f3a9c51"
TEMPLATE = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-{{ .Chart.Name }}
  namespace: {{ .Release.Namespace }}
data:
  version: {{ .Chart.Version | quote }}
{{- range $name, $value := .Values }}
  {{ $name }}: {{ $value | toString | quote }}
{{- end }}
"""


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Handler(http.server.BaseHTTPRequestHandler):
    """Reads a request whole, asks the owner, replies."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def handle_one(self):
        owner = self.server.owner
        authorization = self.headers.get("Authorization", "")
        owner.requests.append((self.command, self.path, authorization))
        body = self.body()
        try:
            self.reply(*owner.answer(self.command, self.path, dict(self.headers), body))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = handle_one  # noqa: N815

    def body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = b""
        while size := int(self.rfile.readline().strip() or b"0", 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return found

    def reply(self, status, headers, content):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if not isinstance(content, bytes):
            self.close_connection = True
            self.send_header("Connection", "close")
            self.end_headers()
            for piece in content:
                self.wfile.write(piece)
            return
        has_body = status not in (204, 304)
        if has_body:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if has_body and self.command != "HEAD":
            self.wfile.write(content)


class Server:
    """An HTTP server on loopback that remembers what it was asked."""

    def __init__(self):
        self.requests = []
        self.authorization = ""
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.owner = self
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    @property
    def host(self):
        return f"127.0.0.1:{self.server.server_address[1]}"

    @property
    def url(self):
        return f"http://{self.host}"

    def answer(self, method, path, headers, body):
        raise NotImplementedError

    def paths(self, part=""):
        return [path for _, path, _ in self.requests if part in path]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class HelmRepository(Server):
    """Files by path, with ETags; answers of a test's own come first."""

    def __init__(self, folder, helm):
        super().__init__()
        self.folder = folder
        self.helm = helm
        self.special = {}
        folder.mkdir()

    def answer(self, method, path, headers, body):
        plain = path.partition("?")[0]
        if self.authorization and headers.get("Authorization") != self.authorization:
            return 401, {"WWW-Authenticate": 'Basic realm="charts"'}, b"denied"
        if plain in self.special:
            return self.special[plain]
        file = self.folder / plain.lstrip("/")
        if not file.is_file():
            return 404, {}, b"none"
        content = file.read_bytes()
        tag = f'"{hashlib.sha256(content).hexdigest()}"'
        if headers.get("If-None-Match") == tag:
            return 304, {"ETag": tag}, b""
        return 200, {"ETag": tag}, content

    def run(self, *argv, cwd=None):
        return run_helm(self.helm, self.folder.parent / "helm-home", *argv, cwd=cwd)

    def add(self, chart, url=""):
        """Package a chart's directory and index it."""
        self.run("package", str(chart), "-d", str(self.folder))
        self.index(url)

    def index(self, url=""):
        self.run("repo", "index", str(self.folder), *(["--url", url] if url else []))


def run_helm(helm, home, *argv, cwd=None):
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "HELM_CACHE_HOME": str(home / "cache"),
        "HELM_CONFIG_HOME": str(home / "config"),
        "HELM_DATA_HOME": str(home / "data"),
    }
    done = subprocess.run(
        [str(helm), *argv], env=environment, cwd=cwd, capture_output=True, text=True, check=False
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout


class Registry(Server):
    """The distribution specification, as far as helm push and pulling need it."""

    def __init__(self):
        super().__init__()
        self.blobs = {}
        self.manifests = {}
        self.tags = {}
        self.uploads = {}
        self.token = ""
        self.realm = ""
        self.page = 1000
        self.special = {}

    def require(self, user, password, *, bearer=False):
        self.authorization = basic(user, password)
        self.token = "token-of-the-registry" if bearer else ""

    def _challenge(self, headers):
        given = headers.get("Authorization", "")
        if not self.authorization:
            return None
        if self.token:
            realm = self.realm or f"{self.url}/token"
            wanted, ask = f"Bearer {self.token}", f'Bearer realm="{realm}",service="test"'
        else:
            wanted, ask = self.authorization, 'Basic realm="test"'
        return None if given == wanted else (401, {"WWW-Authenticate": ask}, b"{}")

    def answer(self, method, path, headers, body):
        plain, _, query = path.partition("?")
        if plain == "/token":
            if headers.get("Authorization") != self.authorization:
                return 401, {}, b"{}"
            return 200, {}, json.dumps({"token": self.token, "expires_in": 300}).encode()
        if plain in self.special:
            return self.special[plain]
        if refused := self._challenge(headers):
            return refused
        if plain == "/v2/":
            return 200, {}, b"{}"
        values = dict(urllib.parse.parse_qsl(query))
        return self._api(method, plain, values, headers, body)

    def _api(self, method, plain, values, headers, body):
        match = re.fullmatch(r"/v2/(.+)/(blobs/uploads/.*|blobs/.+|manifests/.+|tags/list)", plain)
        if match is None:
            return 404, {}, b"{}"
        name, what = match.groups()
        if what.startswith("blobs/uploads/"):
            return self._upload(method, name, what, values, body)
        if what == "tags/list":
            return self._tags(name, values)
        kind, _, reference = what.partition("/")
        if kind == "blobs":
            content = self.blobs.get((name, reference))
            media = "application/octet-stream"
        else:
            if method == "PUT":
                return self._push(name, reference, headers, body)
            digest = self.tags.get(name, {}).get(reference, reference)
            content, media = self.manifests.get((name, digest), (None, ""))
        if content is None:
            return 404, {}, b"{}"
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        return 200, {"Content-Type": media, "Docker-Content-Digest": digest}, content

    def _upload(self, method, name, what, values, body):
        key = what.removeprefix("blobs/uploads/")
        if method == "POST" and "digest" not in values:
            key = str(len(self.uploads))
            self.uploads[key] = b""
            return 202, {"Location": f"/v2/{name}/blobs/uploads/{key}"}, b""
        self.uploads[key] = self.uploads.get(key, b"") + body
        if method == "PATCH":
            return 202, {"Location": f"/v2/{name}/blobs/uploads/{key}"}, b""
        digest = values["digest"]
        self.blobs[name, digest] = self.uploads.pop(key)
        return 201, {"Location": f"/v2/{name}/blobs/{digest}"}, b""

    def _push(self, name, reference, headers, body):
        digest = "sha256:" + hashlib.sha256(body).hexdigest()
        self.manifests[name, digest] = (body, headers.get("Content-Type", ""))
        if not reference.startswith("sha256:"):
            self.tags.setdefault(name, {})[reference] = digest
        return 201, {"Location": f"/v2/{name}/manifests/{digest}"}, b""

    def _tags(self, name, values):
        if name not in self.tags:
            return 404, {}, b"{}"
        names = sorted(self.tags[name])
        names = [tag for tag in names if tag > values.get("last", "")]
        page, rest = names[: self.page], names[self.page :]
        link = f'</v2/{name}/tags/list?n={self.page}&last={page[-1]}>; rel="next"' if rest else ""
        headers = {"Link": link} if link else {}
        return 200, headers, json.dumps({"name": name, "tags": page}).encode()

    def put(self, name, tag, content, media, **manifest):
        """Push an artifact of one layer; return the manifest's digest."""
        layer = "sha256:" + hashlib.sha256(content).hexdigest()
        self.blobs[name, layer] = content
        config = b"{}"
        empty = "sha256:" + hashlib.sha256(config).hexdigest()
        self.blobs[name, empty] = config
        tree = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {"mediaType": "application/x", "digest": empty, "size": 2},
            "layers": [{"mediaType": media, "digest": layer, "size": len(content)}],
            **manifest,
        }
        body = json.dumps(tree).encode()
        self._push(name, tag, {"Content-Type": tree["mediaType"]}, body)
        return "sha256:" + hashlib.sha256(body).hexdigest()

    def helm_push(self, helm, home, archive, path, user="", password=""):
        home.mkdir(exist_ok=True)
        config = home / "registry.json"
        auth = base64.b64encode(f"{user}:{password}".encode()).decode()
        config.write_text(json.dumps({"auths": {self.host: {"auth": auth}}} if user else {}))
        argv = ["push", str(archive), f"oci://{self.host}/{path}", "--plain-http"]
        run_helm(helm, home, *argv, "--registry-config", str(config))


@pytest.fixture
def helm_repository(tmp_path, tools):
    """An empty Helm repository."""
    server = HelmRepository(tmp_path / "charts", tools.helm)
    yield server
    server.stop()


@pytest.fixture
def other_host(tmp_path, tools):
    """A second server, which no credential is for."""
    server = HelmRepository(tmp_path / "other", tools.helm)
    yield server
    server.stop()


@pytest.fixture
def registry():
    """An empty OCI registry."""
    server = Registry()
    yield server
    server.stop()


@pytest.fixture
def chart_files(tmp_path):
    """Write a chart's directory; return it."""

    def write(name="web", version="1.0.0", files=None, more=""):
        folder = tmp_path / "src" / f"{name}-{version}" / name
        tree = {
            "Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: {version}\n{more}",
            "values.yaml": "level: chart\n",
            "templates/cm.yaml": TEMPLATE,
            # The server keeps archives by their digest: each test brings its own.
            "unique.txt": str(tmp_path),
            **(files or {}),
        }
        for path, text in tree.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return folder

    return write


@pytest.fixture
def packaged(tmp_path, tools, chart_files):
    """Write and package a chart; return the archive."""

    def make(name="web", version="1.0.0", **more):
        folder = chart_files(name, version, **more)
        target = tmp_path / "packaged"
        run_helm(tools.helm, tmp_path / "helm-home", "package", str(folder), "-d", str(target))
        return target / f"{name}-{version}.tgz"

    return make


@pytest.fixture
def render_chart(stub):
    """Render one source of a repository of charts; return its answer."""

    async def one(source, *, revision="*", repository=None, stub=stub, charts=None, **fields):
        url = source["repoURL"]
        fields.setdefault("app_name", "guestbook")
        fields.setdefault("app_namespace", "web")
        request = repo_pb2.RenderRequest(
            repository=repo_pb2.Repository(
                url=url, chart=source.get("chart", ""), **(repository or {})
            ),
            revision=revision,
            no_cache=fields.get("no_cache", False),
            charts=charts,
            sources=[
                repo_pb2.SourceRequest(id="x", source_json=json.dumps(source).encode(), **fields)
            ],
        )
        (answer,) = [answer async for answer in stub.Render(request)]
        return answer

    return one


@pytest.fixture
def render_git(stub, repository):
    """Render a directory of the fixture `repository`; return the answer."""

    async def one(path="app", charts=None, **fields):
        source = {"repoURL": repository.url, "path": path}
        fields.setdefault("app_name", "guestbook")
        fields.setdefault("app_namespace", "web")
        request = repo_pb2.RenderRequest(
            repository=repo_pb2.Repository(url=repository.url),
            revision="main",
            charts=charts,
            sources=[
                repo_pb2.SourceRequest(id="x", source_json=json.dumps(source).encode(), **fields)
            ],
        )
        (answer,) = [answer async for answer in stub.Render(request)]
        return answer

    return one


@pytest.fixture
def shown():
    """Return the manifests of an answer, which must be there."""

    def objects(answer):
        assert "" == answer.error.message
        return [json.loads(text) for text in answer.manifests]

    return objects


@pytest.fixture
def canary():
    """A password that must be seen nowhere."""
    return CANARY


@pytest.fixture
def header():
    """Make the header of a user and the canary."""
    return lambda user: basic(user, CANARY)


@pytest.fixture
def bare(tools, tmp_path):
    """What the bare helm makes of a chart, as a list of objects."""

    def template(*argv):
        text = run_helm(tools.helm, tmp_path / "bare-home", "template", *argv)
        return [tree for tree in yaml.safe_load_all(text) if tree]

    return template


@pytest.fixture
def secret(tmp_path, canary):
    """A file outside of every repository."""
    path = tmp_path / "secret.yaml"
    path.write_text(f"stolen: {canary}\n")
    return path


@pytest.fixture
def serve(helm_repository):
    """Serve bytes as an archive of the chart `web`; return the source."""

    def one(content, version="1.0.0", **helm):
        (helm_repository.folder / "any.tgz").write_bytes(content)
        entry = {"version": version, "urls": ["any.tgz"]}
        index = {"apiVersion": "v1", "entries": {"web": [entry]}}
        (helm_repository.folder / "index.yaml").write_text(json.dumps(index))
        return {
            "repoURL": helm_repository.url, "chart": "web", "targetRevision": version,
            "helm": {"releaseName": "rel", **helm},
        }  # fmt: skip

    return one


@pytest.fixture
def outcome(render_chart, service, canary):
    """Render; return the error, an answer's or the call's. No canary is in it or in the log."""

    async def one(source, **fields):
        fields = {"revision": source.get("targetRevision", ""), "no_cache": True} | fields
        try:
            answer = await render_chart(source, **fields)
        except grpc.aio.AioRpcError as error:
            text = error.details()
        else:
            text = answer.error.message
            assert canary not in str(answer)
            assert text, "it was rendered"
        assert canary not in text
        assert canary not in service.log.read_text()
        return text

    return one

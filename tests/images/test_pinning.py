"""`make pin-images` against a registry that speaks the distribution API, tokens and indexes."""

import hashlib
import http.server
import json
import shutil
import subprocess
import sys
import threading
import urllib.parse

import pytest
import yaml
from imaging import base, build, registry

from plumbline.core import errors

ROOT = build.ROOT
TOKEN = "anonymous-token"
INDEX = json.dumps({"schemaVersion": 2, "mediaType": registry.INDEX[0], "manifests": []}).encode()
PYTHON, REDIS = INDEX, INDEX + b"\n"


def digest_of(content):
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class Registry(http.server.ThreadingHTTPServer):
    """Two images; each behind a token for just its repository."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server_port}"
        self.images = {
            ("library/python", "3.13-slim-trixie"): PYTHON,
            ("library/redis", "8.2.2-alpine"): REDIS,
        }
        self.tells_digest = True
        self.challenge = 'Bearer realm="http://{host}/token",service="ours",scope="{scope}"'
        self.asked = []


class Handler(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        server = self.server
        parts = urllib.parse.urlsplit(self.path)
        server.asked.append((self.command, parts.path))
        if parts.path == "/token":
            query = urllib.parse.parse_qs(parts.query)
            token = f"{TOKEN}-{query['scope'][0]}-{query['service'][0]}"
            self.answer(200, json.dumps({"token": token}).encode())
            return
        name, _, tag = parts.path.removeprefix("/v2/").partition("/manifests/")
        scope = f"repository:{name}:pull"
        if self.headers["Authorization"] != f"Bearer {TOKEN}-{scope}-ours":
            challenge = server.challenge.format(host=server.host, scope=scope)
            self.answer(401, b"{}", {"WWW-Authenticate": challenge})
        elif (name, tag) not in server.images:
            self.answer(404, b"{}")
        elif registry.INDEX[0] not in self.headers["Accept"]:
            # A client that does not know indexes gets the manifest of one platform.
            self.answer(200, b"{}", {"Docker-Content-Digest": digest_of(b"one platform's")})
        else:
            content = server.images[name, tag]
            told = {"Docker-Content-Digest": digest_of(content)} if server.tells_digest else {}
            self.answer(200, content, told)

    def answer(self, status, body, headers=None):
        self.send_response(status)
        for name, value in {"Content-Length": len(body), **(headers or {})}.items():
            self.send_header(name, str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def ours():
    server = Registry()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def tree(ours, tmp_path):
    """The files that name images, with our registry in the place of the public one."""
    names = ["cli/Dockerfile", "deploy/helm/plumbline/values.yaml"]
    names += [str(f.relative_to(ROOT)) for f in ROOT.glob("services/*/Dockerfile")]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
        text = (tmp_path / name).read_text()
        (tmp_path / name).write_text(text.replace("docker.io/library", f"{ours.host}/library"))
    return tmp_path


def pin(tree):
    argv = [sys.executable, str(ROOT / "tools/pin_images.py"), f"--root={tree}"]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


def texts(tree):
    return {file: file.read_text() for file in tree.rglob("*") if file.is_file()}


def test_every_use_gets_the_digest_of_the_index(ours, tree):
    done = pin(tree)

    assert 0 == done.returncode, done.stderr
    dockerfiles = [*tree.glob("services/*/Dockerfile"), tree / "cli/Dockerfile"]
    wanted = f"{ours.host}/library/python:3.13-slim-trixie@{digest_of(PYTHON)}"
    assert 4 == len(dockerfiles)
    assert wanted == base.public(dockerfiles)
    values = yaml.safe_load((tree / "deploy/helm/plumbline/values.yaml").read_text())
    assert digest_of(REDIS) == values["redis"]["image"]["digest"]
    assert "" == values["server"]["image"]["digest"]
    assert {"HEAD"} == {method for method, path in ours.asked if path.startswith("/v2/")}


def test_pinning_again_changes_nothing_and_follows_a_moved_tag(ours, tree):
    pin(tree)
    before = texts(tree)

    assert "" == pin(tree).stdout
    assert before == texts(tree)

    ours.images["library/redis", "8.2.2-alpine"] = b"moved"
    assert "pinned deploy/helm/plumbline/values.yaml\n" == pin(tree).stdout
    assert digest_of(b"moved") in (tree / "deploy/helm/plumbline/values.yaml").read_text()


@pytest.mark.parametrize("missing", ["library/python", "library/redis"])
def test_an_unknown_image_ends_it_in_one_line_and_changes_nothing(ours, tree, missing):
    ours.images = {k: v for k, v in ours.images.items() if k[0] != missing}
    before = texts(tree)
    done = pin(tree)

    assert 1 == done.returncode
    assert done.stderr.startswith(f"nothing is pinned: {ours.host} has no {ours.host}/{missing}:")
    assert 1 == done.stderr.count("\n")
    assert before == texts(tree)


def test_no_registry_ends_it_in_one_line_and_changes_nothing(ours, tree):
    ours.shutdown()
    ours.server_close()
    before = texts(tree)
    done = pin(tree)

    assert 1 == done.returncode
    assert done.stderr.startswith(f"nothing is pinned: {ours.host} does not answer")
    assert 1 == done.stderr.count("\n")
    assert before == texts(tree)


def test_a_registry_without_the_digest_header_is_asked_for_the_manifest(ours):
    ours.tells_digest = False

    assert digest_of(PYTHON) == registry.digest(f"{ours.host}/library/python:3.13-slim-trixie")


@pytest.mark.parametrize(
    "challenge", ['Basic realm="x"', 'Bearer realm="ftp://elsewhere/token"', "Bearer", ""]
)
def test_another_kind_of_login_is_refused(ours, challenge):
    ours.challenge = challenge

    with pytest.raises(errors.Unauthenticated):
        registry.digest(f"{ours.host}/library/python:3.13-slim-trixie")


@pytest.mark.parametrize("name", ["python", "python:3", "docker.io/library/python", "a b/c:1"])
def test_a_name_without_host_or_tag_is_refused(name):
    with pytest.raises(errors.InvalidArgument, match="host/name:tag"):
        registry.digest(name)


def test_a_base_that_nobody_serves_is_not_reachable(ours):
    name = f"{ours.host}/library/python:3.13-slim-trixie"

    assert base.reachable(name)
    ours.images = {}
    assert not base.reachable(name)

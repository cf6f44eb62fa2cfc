"""Plumbline in containers, on a node of the tests' own: `make e2e-node`.

The images are those of this tree. One release of the chart serves all tests but those that install
one themselves. Git is served at the node's address; the test process is in the node's network.
"""

import base64
import json
import pathlib
import subprocess
import sys
import tarfile

import pytest

from plumbline.local import git_http
from plumbline.testcluster.node.played import played

from .callers import Callers
from .release import NAMESPACE, ROOT, Release

# What a machine may lack (tests/images skips for the same); any other end of a build is a failure.
LACKING = ("no Docker engine answers", "a local base needs root")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """The page that installs and uninstalls comes before the release that serves all others."""
    items.sort(key=lambda item: "test_documentation" not in item.nodeid)


@pytest.fixture(scope="session")
def cluster(node):
    """What `namespace` and the like work with here."""
    return node


@pytest.fixture(scope="session")
def images(node):
    """{name: tag} of the images of this tree, known to the node."""
    argv = [sys.executable, str(ROOT / "tools/images.py"), "--base=auto", "--save"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode and any(text in done.stderr for text in LACKING):
        pytest.skip(f"NO IMAGES CAN BE BUILT HERE: {done.stderr.strip().splitlines()[-1]}")
    assert 0 == done.returncode, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    saved = {name: pathlib.Path(tar) for name, tar in told.items()}
    for tar in saved.values():
        node.load_image(tar)
    return {name: tag_of(tar) for name, tar in saved.items()}


def tag_of(tar):
    """The name under which an image is saved."""
    with tarfile.open(tar) as saved:
        (entry,) = json.load(saved.extractfile("manifest.json"))
    return entry["RepoTags"][0]


@pytest.fixture(scope="session", autouse=True)
def inside(node, images):
    """Sockets and processes of the tests are in the node's network from now on."""
    with node.inside():
        yield


@pytest.fixture(scope="session")
def release(node, inside, tmp_path_factory):
    """The chart with its defaults, in a namespace that enforces Pod Security `restricted`."""
    made = Release(node, tmp_path_factory.mktemp("release"))
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    made.api.apply(
        f"/api/v1/namespaces/{NAMESPACE}",
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": NAMESPACE, "labels": labels},
        },
    )
    made.install()
    return made


@pytest.fixture(scope="session")
def played_node(node, inside):
    """A played node beside the real one, for pods whose images are nowhere."""
    with played(node) as name:
        yield name


@pytest.fixture(scope="session")
def plane(release, tmp_path_factory):
    """The release, logged in to by its Service's address, as an Ingress would reach it."""
    release.use(tmp_path_factory.mktemp("plumb"), release.users_address)
    return release


@pytest.fixture(scope="session")
def git_server(node, inside, tmp_path_factory):
    """(server, root) of the repositories of all tests, where pods reach it."""
    root = tmp_path_factory.mktemp("git")
    server = git_http.GitServer(root, host=node.address)
    yield server, root
    server.close()


@pytest.fixture
def users(release, tmp_path):
    """Callers of the Service's own address, as an Ingress would be."""
    api = release.api
    secret = api.get(f"/api/v1/namespaces/{NAMESPACE}/secrets/argocd-secret")["data"]
    certificate = base64.b64decode(secret["tls.crt"]).decode()
    release.use(tmp_path, release.users_address)  # the tour before may have left by another way
    token = release.plumb("account", "generate-token", "--account", "robot").strip()
    return Callers(release.users_address, certificate, token)

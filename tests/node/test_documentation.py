"""docs/install.md, run line by line, from nothing to nothing left.

All its fenced ``sh`` blocks are run by one bash, in order; one after a comment ``not run: REASON``
is left out. Runs before the session's release is there.
"""

import os
import pathlib
import re
import subprocess
import sys

import pytest

from plumbline.local import git_http
from plumbline.testcluster import tools

from .release import NAMESPACE, ROOT, run

PAGE = ROOT / "docs/install.md"
BLOCK = re.compile(r"(<!-- not run: [^>]+ -->\s*)?^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LIMIT = 500  # seconds for the whole page


def blocks():
    """The commands to run."""
    return [text for mark, text in BLOCK.findall(PAGE.read_text()) if not mark]


def everything(kubectl):
    """Names of all that is no node's own state, cluster-wide, and of all namespaces."""
    kinds = kubectl("api-resources", "--namespaced=false", "--verbs=list", "--output=name").split()
    passing = ("nodes", "metrics.k8s.io", "flowcontrol", "csinodes", "componentstatuses")
    kept = sorted(kind for kind in kinds if not any(word in kind for word in passing))
    return set(kubectl("get", ",".join(kept), "--output=name").split())


@pytest.fixture
def checkout(node, tmp_path):
    """The URL of a repository with this checkout, at the node's address."""
    root = tmp_path / "served"
    root.mkdir()
    git_http.git(ROOT, "clone", "--quiet", "--bare", f"file://{ROOT}", str(root / "plumbline.git"))
    head = git_http.git(ROOT, "rev-parse", "HEAD")
    git_http.git(root / "plumbline.git", "update-ref", "refs/heads/main", head)
    git_http.git(root / "plumbline.git", "symbolic-ref", "HEAD", "refs/heads/main")
    server = git_http.GitServer(root, host=node.address)
    yield server.url("plumbline.git")
    server.close()


@pytest.mark.timeout(600)
def test_the_page_from_the_first_line_to_the_last(node, images, inside, checkout, tmp_path):
    layer = tools.ensure_layer(print)

    def kubectl(*argv):
        return run(layer / "kubectl", f"--kubeconfig={node.kubeconfig}", *argv)

    before = everything(kubectl)
    assert f"namespace/{NAMESPACE}" not in before
    commands = blocks()
    for verb in ("install", "upgrade", "uninstall"):
        assert any(f"helm {verb}" in text for text in commands)
    script = tmp_path / "install.sh"
    script.write_text("set -euxo pipefail\n" + "".join(commands))
    environment = {
        "PATH": f"{layer}:{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "KUBECONFIG": str(node.kubeconfig),
        "REGISTRY": "",
        "REPOSITORY": checkout,
    }
    log = tmp_path / "install.log"
    with log.open("w") as output:
        done = subprocess.run(
            ["bash", str(script)], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT, check=False, timeout=LIMIT,
        )  # fmt: skip
    assert 0 == done.returncode, log.read_text()[-4000:]
    assert before == everything(kubectl)

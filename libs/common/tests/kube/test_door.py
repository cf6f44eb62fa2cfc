"""The write door: no grant, no write; and nobody goes around it."""

import re
from pathlib import Path

import pytest

from plumbline.core import clusters, errors, project
from plumbline.core.model import ResourceKey, decode_project
from plumbline.kube.discovery import ApiResource
from plumbline.kube.door import WriteDoor

ROOT = Path(__file__).resolve().parents[4]
CLUSTER = clusters.Cluster(server="https://west", name="west")
KEY = ResourceKey("", "ConfigMap", "n", "x")
KIND = ApiResource("", "v1", "ConfigMap", "configmaps", namespaced=True, verbs=frozenset())
MANIFEST = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "n"}}


class Client:
    """Writes down requests."""

    def __init__(self, error=None):
        self.requests = []
        self.error = error

    async def request(self, method, path, **_):
        self.requests.append((method, path))
        if self.error:
            raise self.error
        return b"{}"


def grant(key=KEY, verbs=("create", "patch", "delete"), expires_at=100.0, cluster=CLUSTER):
    spec = {"destinations": [{"server": "*", "namespace": "*"}]}
    rules = decode_project({"metadata": {"name": "p"}, "spec": spec})
    return project.grant(
        rules, cluster, key, namespaced=True, verbs=frozenset(verbs), app="a",
        expires_at=expires_at,
    )  # fmt: skip


def door(client, now=50.0):
    audited = []
    made = WriteDoor(
        client, "https://west", clock=lambda: now, audit=lambda *a: audited.append(a[1:])
    )
    return made, audited


async def test_a_write_with_its_grant_passes_and_is_audited():
    """Path, field manager, and one line for the auditor."""
    client = Client()
    made, audited = door(client)
    await made.create(grant(), KIND, MANIFEST)
    ((method, path),) = client.requests
    assert ("POST", True) == (method, path.startswith("/api/v1/namespaces/n/configmaps?"))
    assert "fieldManager=argocd-controller" in path
    assert [("create", KEY, "OK")] == audited


@pytest.mark.parametrize(
    "wrong",
    [
        grant(verbs=("patch",)),
        grant(KEY._replace(name="y")),
        grant(KEY._replace(namespace="m")),
        grant(cluster=clusters.Cluster(server="https://east", name="east")),
        grant(expires_at=50.0),
    ],
    ids=["verb", "name", "namespace", "cluster", "expired"],
)
async def test_a_write_without_its_grant_is_never_sent(wrong):
    """Another verb, object or cluster, or too late."""
    client = Client()
    made, _ = door(client)
    with pytest.raises(errors.PermissionDenied):
        await made.create(wrong, KIND, MANIFEST)
    assert [] == client.requests


async def test_deleting_what_is_gone_is_success():
    """Idempotent; the refusal of anything else is passed on and audited."""
    made, audited = door(Client(errors.NotFound("gone")))
    await made.delete(grant(), KIND, KEY, uid="u", propagation="Foreground")
    made, audited = door(Client(errors.PermissionDenied("no")))
    with pytest.raises(errors.PermissionDenied):
        await made.delete(grant(), KIND, KEY, uid="u", propagation="Foreground")
    assert [("delete", KEY, "PERMISSION_DENIED")] == audited


def test_no_other_module_writes():
    """Only the door and the control plane's own objects send anything but GET."""
    writing = re.compile(r'"(POST|PUT|PATCH|DELETE)"')
    allowed = {"kube/door.py", "kube/own.py", "kube/client.py"}
    # Not Kubernetes: questions to a Git LFS server and to those that give tokens for repositories,
    # in a process without a token of the cluster.
    allowed |= {"repo_server/git/lfs_client.py", "repo_server/git/identity.py"}
    found = set()
    for root in ("libs/common", "services/app-controller", "services/repo-server"):
        for file in (ROOT / root / "src/plumbline").rglob("*.py"):
            name = str(file.relative_to(ROOT / root / "src/plumbline"))
            if not name.startswith(("pb/", "core/")) and writing.search(file.read_text()):
                found.add(name)
    assert found <= allowed, found - allowed


@pytest.mark.parametrize("name", [".", "..", "x/status", "../secrets/x", "a%2Fb"])
def test_a_name_leads_to_no_other_object(name):
    """API servers decode an encoded slash: a grant for one object must not write to another."""
    resource = ApiResource("", "v1", "ConfigMap", "configmaps", True, frozenset())
    for where in (("n", name), (name, "x")):
        with pytest.raises(errors.InvalidArgument):
            resource.path(*where)
    assert "/api/v1/namespaces/n/configmaps/system%3Ax" == resource.path("n", "system:x")

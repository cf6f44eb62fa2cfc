"""The whole tour of the bookstore against the release: by port-forward, and from inside."""

import pathlib

import pytest

from plumbline.local import demo
from plumbline.testcluster.node.played import TAINT

from .release import NAMESPACE

TOOLBOX = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "toolbox", "namespace": NAMESPACE},
    "spec": {
        "automountServiceAccountToken": False,
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 0,
        "securityContext": {
            "runAsNonRoot": True, "runAsUser": 10004, "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [{
            "name": "plumb",
            "image": "",
            "command": ["/opt/plumbline/bin/python", "-c", "import signal; signal.pause()"],
            "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
            "securityContext": {
                "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            },
        }],
        "volumes": [{"name": "tmp", "emptyDir": {}}],
    },
}  # fmt: skip


def ready(pod):
    found = (pod.get("status") or {}).get("conditions") or []
    return any(c["type"] == "Ready" and c["status"] == "True" for c in found)


@pytest.fixture
def toolbox(release, images):
    """A pod of the plumb image that waits to be used; allowed where `restricted` is enforced."""
    pods = f"/api/v1/namespaces/{NAMESPACE}/pods"
    TOOLBOX["spec"]["containers"][0]["image"] = images["plumb"]
    release.api.create(pods, TOOLBOX)
    release.api.wait(f"{pods}/toolbox", ready)
    yield "toolbox"
    release.api.delete(f"{pods}/toolbox")
    release.api.wait_gone(f"{pods}/toolbox")


@pytest.fixture
def bookstore_node(release, played_node):
    """Everything that is not ours runs on the played node: nobody can pull its images here."""
    nodes = "/api/v1/nodes"
    release.api.merge(f"{nodes}/{release.node.name}", {"spec": {"unschedulable": True}})
    release.api.merge(f"{nodes}/{played_node}", {"spec": {"taints": None}})
    yield
    release.api.merge(f"{nodes}/{played_node}", {"spec": {"taints": [TAINT]}})
    release.api.merge(f"{nodes}/{release.node.name}", {"spec": {"unschedulable": None}})


def walk(release):
    told = []
    with release.serve_bookstore():
        demo.tour(release, told.append)
    print("\n".join(told))
    assert 15 == len(told)


@pytest.mark.timeout(400)
def test_by_port_forward(release, bookstore_node, tmp_path):
    with release.forwarded("service/argocd-server", 443) as address:
        release.use(tmp_path, address)
        walk(release)


@pytest.mark.timeout(400)
def test_from_inside(release, toolbox, bookstore_node):
    """`plumb` of the plumb image, in a pod, by the Service's name."""
    program = [
        *release.kubectl_argv, "exec", toolbox, "--", "/opt/plumbline/bin/python", "-m",
        "plumbline.cli",
    ]  # fmt: skip
    release.use(pathlib.Path("/tmp"), "argocd-server:443", program=program)
    walk(release)


def test_logs_and_exec(release):
    """What an operator looks at first."""
    for component in ("server", "repo-server", "controller"):
        assert release.logs(component, "--tail=50").strip(), component
        for pod in release.names(component):
            printed = release.python_in(pod, "import os; print(os.getuid())")
            assert int(printed) >= 10000

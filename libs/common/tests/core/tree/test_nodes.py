"""Tree nodes: references to parents, info lines, networking and images."""

from plumbline.core import tree
from plumbline.core.model import Health

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {
        "name": "p",
        "namespace": "n",
        "uid": "u1",
        "resourceVersion": "7",
        "labels": {"app": "x"},
        "creationTimestamp": "2026-01-01T00:00:00Z",
    },
    "spec": {
        "nodeName": "node-1",
        "initContainers": [{"image": "init:1"}],
        "containers": [{"image": "main:1"}, {"image": "side:1"}],
    },
    "status": {
        "phase": "Running",
        "containerStatuses": [
            {"ready": True, "restartCount": 2},
            {"ready": False, "restartCount": 1, "state": {"waiting": {"reason": "CrashLoop"}}},
        ],
    },
}
SET = {
    "apiVersion": "apps/v1",
    "kind": "ReplicaSet",
    "metadata": {
        "name": "rs",
        "namespace": "n",
        "uid": "u0",
        "annotations": {"deployment.kubernetes.io/revision": "3"},
    },
}
INGRESS = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "Ingress",
    "metadata": {"name": "i", "namespace": "n"},
    "spec": {
        "tls": [{"hosts": ["a.example"]}],
        "rules": [
            {
                "host": "a.example",
                "http": {"paths": [{"path": "/x", "backend": {"service": {"name": "svc"}}}]},
            },
            {"http": {"paths": [{"path": "/", "backend": {"service": {"name": "svc"}}}]}},
        ],
    },
    "status": {"loadBalancer": {"ingress": [{"ip": "127.0.0.1"}]}},
}


def test_a_pod_names_its_parent_and_its_state():
    """Info lines, images, labels and the reference to the ReplicaSet."""
    built = tree.build([tree.Observed(POD, Health(status="Degraded", message="m"), (SET,))])
    (node,) = built["nodes"]
    assert [{"group": "apps", "version": "v1", "kind": "ReplicaSet", "namespace": "n",
             "name": "rs", "uid": "u0"}] == node["parentRefs"]  # fmt: skip
    assert [
        {"name": "Status Reason", "value": "CrashLoop"},
        {"name": "Node", "value": "node-1"},
        {"name": "Containers", "value": "1/2"},
        {"name": "Restart Count", "value": "3"},
    ] == node["info"]
    assert ["init:1", "main:1", "side:1"] == node["images"]
    assert {"status": "Degraded", "message": "m"} == node["health"]
    assert {"labels": {"app": "x"}} == node["networkingInfo"]
    assert ("7", "2026-01-01T00:00:00Z") == (node["resourceVersion"], node["createdAt"])


def test_a_replica_set_shows_its_revision():
    """The revision annotation becomes an info line."""
    (node,) = tree.build([tree.Observed(SET)])["nodes"]
    assert [{"name": "Revision", "value": "Rev:3"}] == node["info"]


def test_an_ingress_names_services_and_urls():
    """https where the host has a certificate, the address where the rule has no host."""
    (node,) = tree.build([tree.Observed(INGRESS)])["nodes"]
    assert ["http://127.0.0.1", "https://a.example/x"] == node["networkingInfo"]["externalURLs"]
    assert [{"kind": "Service", "namespace": "n", "name": "svc"}] == node["networkingInfo"][
        "targetRefs"
    ]


def test_nodes_are_sorted_and_odd_objects_do_not_raise():
    """Equal trees are equal bytes; wrong types read as empty."""
    odd = {"apiVersion": 1, "kind": "Pod", "spec": [], "status": "x", "metadata": None}
    ingress = {**INGRESS, "spec": {"rules": [3, {"http": "x"}], "tls": [None]}}
    first = tree.build([tree.Observed(odd), tree.Observed(ingress), tree.Observed(SET)])
    second = tree.build([tree.Observed(SET), tree.Observed(ingress), tree.Observed(odd)])
    assert first == second


def test_images_come_from_templates_too():
    """Deployment and CronJob templates."""
    pod = {"containers": [{"image": "a:1"}]}
    assert ["a:1"] == tree.images_of({"spec": {"template": {"spec": pod}}})
    job = {"spec": {"template": {"spec": pod}}}
    assert ["a:1"] == tree.images_of({"spec": {"jobTemplate": job}})
    assert [] == tree.images_of({"spec": 3})

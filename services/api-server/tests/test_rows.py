"""What rows show of an Application."""

import orjson

from plumbline.api_server.rows import Row
from plumbline.pb.v1alpha1 import generated_pb2

CANARY = "canary-7c1e"
SECRET = orjson.dumps({"apiVersion": "v1", "kind": "Secret", "stringData": {"k": CANARY}}).decode()
APP = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Application",
    "metadata": {"name": "a", "namespace": "argocd", "resourceVersion": "7", "uid": "u"},
    "spec": {"project": "default"},
    "operation": {"sync": {"prune": True, "manifests": [SECRET]}},
    "status": {"operationState": {"operation": {"sync": {"prune": True, "manifests": [SECRET]}}}},
}


def test_manifests_of_a_local_sync_are_not_shown():
    """They may hold Secrets, which whoever may only look at an application must not see."""
    row = Row(orjson.loads(orjson.dumps(APP)))
    shown = generated_pb2.Application.FromString(row.wire)
    assert CANARY.encode() not in row.wire + row.json
    assert (True, 0) == (shown.operation.sync.prune, len(shown.operation.sync.manifests))
    assert APP == row.tree


def test_an_application_without_an_operation_is_shown_as_it_is():
    """Odd types where an operation belongs are no reason to fail."""
    row = Row({**APP, "operation": None, "status": {}})
    assert "a" == generated_pb2.Application.FromString(row.wire).metadata.name

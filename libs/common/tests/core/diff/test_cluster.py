"""The comparison held against a real API server, over a corpus of built-in kinds.

For every object of the corpus: after it was created as we send it, nothing differs and a second
apply sends nothing. For every edit: the predicted object is what the server makes of our patch, and
the object counts as modified exactly when the server's answer to a dry run differs.
"""

import copy
import os
import pathlib
import random
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from plumbline.core import diff, errors, patch
from plumbline.core.diff import normalise
from plumbline.core.diff.compare import differences
from plumbline.core.model import gvk_of
from plumbline.testcluster.api import Api

pytestmark = pytest.mark.cluster

CORPUS = [
    manifest
    for file in sorted((pathlib.Path(__file__).parent / "corpus").glob("*.yaml"))
    for manifest in yaml.safe_load_all(file.read_text())
]
OPTIONS = diff.Options()


class Server:
    """Objects on the API server; all are removed at the end."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.namespace = f"diff-{uuid.uuid4().hex[:8]}"
        self.schema = patch.compile_documents([api.get("/openapi/v2")], facts=patch.builtin.facts())
        self.resources: dict[tuple[str, str], tuple[str, bool]] = {}
        self.made: list[str] = []
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}
        api.create("/api/v1/namespaces", body)

    def collection(self, manifest: dict[str, Any]) -> str:
        version = manifest["apiVersion"]
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        if (version, manifest["kind"]) not in self.resources:
            for resource in self.api.get(root)["resources"]:
                if "/" not in resource["name"]:
                    found = (resource["name"], resource["namespaced"])
                    self.resources[version, resource["kind"]] = found
        plural, namespaced = self.resources[version, manifest["kind"]]
        return f"{root}/namespaces/{self.namespace}/{plural}" if namespaced else f"{root}/{plural}"

    def fresh(self, manifest: dict[str, Any]) -> dict[str, Any]:
        """Return a copy under a name of its own where deletion takes its time."""
        result = copy.deepcopy(manifest)
        if manifest["kind"] in ("Namespace", "Pod"):
            result["metadata"]["name"] += f"-{uuid.uuid4().hex[:8]}"
        return result

    def create(self, desired: dict[str, Any]) -> str:
        request = diff.client_side_apply(desired, None, schema=self.schema)
        assert isinstance(request, diff.Create)
        collection = self.collection(desired)
        url = f"{collection}/{desired['metadata']['name']}"
        try:
            self.api.create(f"{collection}?fieldManager=argocd-controller", request.body)
        except errors.AlreadyExists:
            # An earlier case's object, whose deletion takes its time (a definition's finalizer).
            self.api.wait_gone(url)
            self.api.create(f"{collection}?fieldManager=argocd-controller", request.body)
        self.made.append(url)
        return url

    def patch(self, url: str, request: diff.Patch, *, dry: bool = False) -> dict[str, Any]:
        query = "?fieldManager=argocd-controller" + ("&dryRun=All" if dry else "")
        result: dict[str, Any] = self.api.request(
            "PATCH", url + query, request.patch, kind=request.content_type
        )
        return result

    def close(self) -> None:
        for url in [*reversed(self.made), f"/api/v1/namespaces/{self.namespace}"]:
            try:
                self.api.delete(url)
            except errors.NotFound:
                continue


@pytest.fixture(scope="module")
def server(cluster: Any) -> Iterator[Server]:
    server = Server(cluster.api)
    yield server
    server.close()


def without_annotation(manifest: dict[str, Any]) -> dict[str, Any]:
    """Drop what the prediction does not speak of: the record of the apply, rollout counters."""
    result = copy.deepcopy(normalise.normalise(manifest, OPTIONS, schema=patch.NO_SCHEMA))
    annotations = result["metadata"].get("annotations", {})
    annotations.pop(diff.LAST_APPLIED, None)
    for key in ("deployment.kubernetes.io/revision", "deprecated.daemonset.template.generation"):
        annotations.pop(key, None)  # counters: written at any moment, or on every change
    if not annotations:
        result["metadata"].pop("annotations", None)
    return result


def changed(server: Server, predicted: dict[str, Any], real: dict[str, Any]) -> list[Any]:
    node = server.schema.node(gvk_of(real))
    one = patch.fill_defaults(without_annotation(predicted), node)
    other = patch.fill_defaults(without_annotation(real), node)
    return list(differences(one, other, node=node))


def named(kind: str, name: str) -> dict[str, Any]:
    found = next(m for m in CORPUS if m["kind"] == kind and m["metadata"]["name"] == name)
    return copy.deepcopy(found)


@pytest.mark.parametrize("manifest", CORPUS, ids=lambda m: f"{m['kind']}-{m['metadata']['name']}")
def test_created_object_does_not_differ(server: Server, manifest: dict[str, Any]) -> None:
    """After creation nothing differs and a second apply sends nothing, for either schema."""
    manifest = server.fresh(manifest)
    url = server.create(manifest)
    live = server.api.get(url)
    server.api.delete(url)

    for schema in (server.schema, patch.builtin.schema()):
        result = diff.three_way(manifest, live, schema=schema)
        assert [] == [(item.text, item.desired, item.live) for item in result]
        assert diff.Unchanged() == diff.client_side_apply(manifest, live, schema=schema)


POD = "spec.template.spec"
EDITS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("scale", "Deployment", "full", {"spec.replicas": 5}),
    ("image", "Deployment", "full", {f"{POD}.containers.0.image": "x:2"}),
    (
        "quantity spelling only",
        "Deployment",
        "full",
        {f"{POD}.containers.0.resources.requests.cpu": "1"},
    ),
    (
        "zero values added",
        "Deployment",
        "full",
        {
            "spec.paused": False,
            f"{POD}.hostPID": False,
            f"{POD}.containers.0.stdin": False,
            f"{POD}.containers.0.workingDir": "",
            f"{POD}.containers.0.volumeDevices": None,
        },
    ),
    ("meaningful false", "Deployment", "full", {f"{POD}.automountServiceAccountToken": False}),
    ("field removed, default returns", "Deployment", "full", {"spec.revisionHistoryLimit": None}),
    ("strategy block removed", "Deployment", "full", {"spec.strategy.rollingUpdate": None}),
    ("recreate", "Deployment", "full", {"spec.strategy": {"type": "Recreate"}}),
    ("rolling again", "Deployment", "small", {"spec.strategy": {"type": "RollingUpdate"}}),
    ("strategy gone", "Deployment", "small", {"spec.strategy": None}),
    (
        "env reordered",
        "Deployment",
        "full",
        {f"{POD}.containers.0.env": [{"name": "EMPTY", "value": ""}, {"name": "A", "value": "1"}]},
    ),
    (
        "env changed and added",
        "Deployment",
        "full",
        {f"{POD}.containers.0.env": [{"name": "NEW", "value": "n"}, {"name": "A", "value": "2"}]},
    ),
    (
        "env value to reference",
        "Deployment",
        "full",
        {
            f"{POD}.containers.0.env.0": {
                "name": "A",
                "valueFrom": {"fieldRef": {"fieldPath": "metadata.uid"}},
            }
        },
    ),
    (
        "container added first",
        "Deployment",
        "small",
        {
            f"{POD}.containers": [
                {"name": "b", "image": "b:1", "ports": [{"containerPort": 1}]},
                {"name": "a", "image": "a"},
            ]
        },
    ),
    (
        "volume source changed",
        "Deployment",
        "full",
        {f"{POD}.volumes.0": {"name": "tmp", "configMap": {"name": "cm"}}},
    ),
    (
        "volume source options",
        "Deployment",
        "full",
        {f"{POD}.volumes.1.emptyDir": {"medium": "Memory"}},
    ),
    (
        "toleration without operator",
        "Deployment",
        "full",
        {f"{POD}.tolerations": [{"key": "z", "value": "y"}]},
    ),
    ("init containers removed", "Deployment", "full", {f"{POD}.initContainers": None}),
    ("labels emptied", "Deployment", "full", {"metadata.labels": None}),
    ("annotations emptied", "Deployment", "full", {"metadata.annotations": None}),
    (
        "one of two equal ports changed",
        "Deployment",
        "full",
        {
            f"{POD}.containers.0.ports.2": {
                "name": "dns-tls",
                "containerPort": 53,
                "protocol": "TCP",
            }
        },
    ),
    (
        "probe changed",
        "Deployment",
        "full",
        {f"{POD}.containers.0.readinessProbe": {"httpGet": {"port": 8080}}},
    ),
    ("service port added", "Service", "web", {"spec.ports.3": {"name": "x", "port": 99}}),
    (
        "service port changed",
        "Service",
        "nodeport",
        {"spec.ports.0": {"port": 81, "nodePort": 31999}},
    ),
    (
        "one of two equal service ports",
        "Service",
        "web",
        {"spec.ports.2": {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 5353}},
    ),
    ("selector key removed", "Service", "web", {"spec.selector": {"tier": "b"}}),
    (
        "ingress path added",
        "Ingress",
        "ing",
        {
            "spec.rules.0.http.paths": [
                {
                    "path": "/x",
                    "pathType": "Exact",
                    "backend": {"service": {"name": "x", "port": {"number": 1}}},
                }
            ]
        },
    ),
    (
        "policy port added",
        "NetworkPolicy",
        "np",
        {"spec.ingress.0.ports": [{"port": 81}, {"port": 80}]},
    ),
    ("policy types derived", "NetworkPolicy", "np-egress", {"spec.ingress": [{}]}),
    ("key changed and key removed", "ConfigMap", "cm", {"data": {"a": "2", "c": "3"}}),
    ("data removed", "ConfigMap", "cm", {"data": None}),
    ("stringData key removed", "Secret", "s", {"stringData": {"k": "value"}}),
    (
        "stringData moved to data",
        "Secret",
        "s",
        {"stringData": None, "data": {"k": "dmFsdWU=", "other": "eA==", "raw": "AAEC"}},
    ),
    ("metrics changed", "HorizontalPodAutoscaler", "hpa", {"spec.metrics": None}),
    ("behavior removed", "HorizontalPodAutoscaler", "hpa", {"spec.behavior": None}),
    (
        "budget turned round",
        "PodDisruptionBudget",
        "pdb",
        {"spec.minAvailable": None, "spec.maxUnavailable": 1},
    ),
    (
        "rule removed",
        "Role",
        "reader",
        {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]},
    ),
    ("subject added", "RoleBinding", "readers", {"subjects.3": {"kind": "User", "name": "you"}}),
    ("pull secret added", "ServiceAccount", "sa", {"imagePullSecrets.1": {"name": "b"}}),
    ("limits changed", "LimitRange", "limits", {"spec.limits.0.max.cpu": "3"}),
    ("quota removed", "ResourceQuota", "quota", {"spec.hard": {"pods": "20"}}),
    ("schedule", "CronJob", "cron", {"spec.schedule": "1 * * * *", "spec.suspend": None}),
    (
        "rule operations",
        "ValidatingWebhookConfiguration",
        "corpus-validating",
        {"webhooks.0.timeoutSeconds": 5, "webhooks.0.rules.0.operations": ["CREATE", "UPDATE"]},
    ),
    (
        "webhook added",
        "MutatingWebhookConfiguration",
        "corpus-mutating",
        {
            "webhooks.2": {
                "name": "o.corpus.example",
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "clientConfig": {"url": "https://nothing.example/y"},
            }
        },
    ),
    ("replicas of a set", "StatefulSet", "db", {"spec.replicas": 3, "spec.minReadySeconds": 0}),
    ("on delete to rolling", "DaemonSet", "agent-ondelete", {"spec.updateStrategy": None}),
    (
        "endpoints order",
        "Endpoints",
        "manual",
        {"subsets.0.addresses": [{"ip": "10.0.0.1"}, {"ip": "10.0.0.2"}]},
    ),
]


def edited(manifest: dict[str, Any], edits: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest with values set (or removed, for None) at dotted paths."""
    result = copy.deepcopy(manifest)
    for path, value in edits.items():
        *parents, last = path.split(".")
        tree: Any = result
        for step in parents:
            tree = tree[int(step)] if isinstance(tree, list) else tree.setdefault(step, {})
        if isinstance(tree, list):
            tree[int(last) : int(last) + 1] = [value]
        elif value is None:
            tree.pop(last, None)
        else:
            tree[last] = value
    return result


def stored_change(server: Server, url: str, live: dict[str, Any], request: Any) -> list[Any]:
    """What a dry run of the request, without its record, changes in the stored object."""
    body = copy.deepcopy(request.patch)
    body.get("metadata", {}).get("annotations", {}).pop(diff.LAST_APPLIED, None)
    answer = server.patch(url, diff.Patch(request.content_type, body), dry=True)
    return changed(server, answer, live)


@pytest.mark.parametrize(
    ("kind", "name", "edits"), [e[1:] for e in EDITS], ids=[e[0].replace(" ", "-") for e in EDITS]
)
def test_prediction_is_what_the_server_makes_of_the_patch(
    server: Server, kind: str, name: str, edits: dict[str, Any]
) -> None:
    """Prediction and answer agree; modified means that the server's object changes."""
    manifest = named(kind, name)
    url = server.create(manifest)
    live = server.api.get(url)
    desired = edited(manifest, edits)

    result = diff.three_way(desired, live, schema=server.schema)
    request = diff.client_side_apply(desired, live, schema=server.schema)
    assert isinstance(request, diff.Patch)
    moved = stored_change(server, url, live, request)
    answer = server.patch(url, request)
    server.api.delete(url)

    assert [] == changed(server, result.predicted, answer)
    assert result.modified == bool(moved)
    again = diff.three_way(desired, answer, schema=server.schema)
    assert [] == [(item.text, item.desired, item.live) for item in again]
    assert diff.Unchanged() == diff.client_side_apply(desired, answer, schema=server.schema)


def leaves(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value below the root."""
    steps = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for step, value in steps:
        yield (*path, step)
        if isinstance(value, dict | list):
            yield from leaves(value, (*path, step))


def mutated(manifest: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """Change one place: drop it, zero it, replace it, or turn a list round."""
    result = copy.deepcopy(manifest)
    paths = [p for p in leaves(result) if p[0] not in ("apiVersion", "kind") and p[-1] != "name"]
    path = draw.choice(paths)
    tree: Any = result
    for step in path[:-1]:
        tree = tree[step]
    value = tree[path[-1]]
    choice = draw.randrange(4)
    if choice == 0:
        del tree[path[-1]]
    elif choice == 1:
        tree[path[-1]] = type(value)()
    elif isinstance(value, list):
        tree[path[-1]] = value[::-1] if choice == 2 else value[:-1]
    elif isinstance(value, str):
        tree[path[-1]] = draw.choice([f"{value}x", "2", "None", "TCP", "500m"])
    elif isinstance(value, bool):
        tree[path[-1]] = not value
    elif isinstance(value, int):
        tree[path[-1]] = value + 1
    else:
        del tree[path[-1]]
    return result


def texts(found: list[Any]) -> list[str]:
    return [f"{diff.path_text(path)}: {want!r} != {have!r}" for path, want, have in found]


@pytest.mark.parametrize("manifest", CORPUS, ids=lambda m: f"{m['kind']}-{m['metadata']['name']}")
def test_random_change_is_seen_exactly_when_the_server_sees_it(
    server: Server, manifest: dict[str, Any]
) -> None:
    """One changed place: prediction and dry run agree, modified means changed at the server."""
    manifest = server.fresh(manifest)
    url = server.create(manifest)
    live = server.api.get(url)
    wrong: list[Any] = []
    for seed in range(int(os.environ.get("PLUMBLINE_MUTATIONS", "12"))):
        desired = mutated(manifest, random.Random(seed))
        result = diff.three_way(desired, live, schema=server.schema)
        request = diff.client_side_apply(desired, live, schema=server.schema)
        if not isinstance(request, diff.Patch):
            assert request == diff.Unchanged()
            assert not result.modified
            continue
        live_now = server.api.get(url)
        if normalise.normalise(live_now, OPTIONS, schema=patch.NO_SCHEMA) != normalise.normalise(
            live, OPTIONS, schema=patch.NO_SCHEMA
        ):
            live = live_now  # a controller wrote
            continue
        body = copy.deepcopy(request.patch)
        body.get("metadata", {}).get("annotations", {}).pop(diff.LAST_APPLIED, None)
        try:
            answer = server.patch(url, diff.Patch(request.content_type, body), dry=True)
        except errors.PlumblineError:
            continue  # not a valid object: there is nothing to agree about
        moved = changed(server, answer, live)
        missed = changed(server, result.predicted, answer)
        if manifest["kind"] == "Service":  # a change of its type clears and fills other fields
            missed = []
        if missed or result.modified != bool(moved):
            wrong.append((seed, result.modified, texts(moved), texts(missed)))
    server.api.delete(url)

    assert [] == wrong

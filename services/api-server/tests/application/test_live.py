"""Trees, managed resources and single live objects, with the whole Plumbline on real Kubernetes."""

import base64
import itertools
import json
import secrets
import time

import grpc
import pytest
import yaml

from plumbline.core import errors
from plumbline.local import git_http
from plumbline.local.environment import Environment
from plumbline.pb.server import (
    application_pb2,
    application_pb2_grpc,
    session_pb2,
    session_pb2_grpc,
)

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

ARGO = "/apis/argoproj.io/v1alpha1/namespaces"
CANARY = "CANARY-91be"
LABELS = {"app": "web"}
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": LABELS},
        "template": {
            "metadata": {"labels": LABELS},
            "spec": {"containers": [{"name": "main", "image": "registry.example/web:1"}]},
        },
    },
}


def config_map(**data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": data}


SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "login"},
    "stringData": {"password": CANARY},
}


class Live:
    """One application, synced, and calls about it."""

    def __init__(self, environment, control_plane, namespace, work, bare):
        self.api, self.control_plane, self.namespace = environment.api, control_plane, namespace
        self.work, self._bare = work, bare
        self.name = f"{namespace}-shop"
        self._channel = grpc.insecure_channel(environment.services.address)
        kept = self.api.get(
            f"/api/v1/namespaces/{control_plane}/secrets/argocd-initial-admin-secret"
        )
        password = base64.b64decode(kept["data"]["password"]).decode()
        request = session_pb2.SessionCreateRequest(username="admin", password=password)
        self._token = session_pb2_grpc.SessionServiceStub(self._channel).Create(request).token

    def close(self):
        self._channel.close()

    def call(self, method, request, timeout=60):
        stub = application_pb2_grpc.ApplicationServiceStub(self._channel)
        metadata = (("authorization", f"Bearer {self._token}"),)
        return getattr(stub, method)(request, metadata=metadata, timeout=timeout)

    def refused(self, method, request):
        try:
            self.call(method, request)
        except grpc.RpcError as error:
            return error.code().name, error.details()
        raise AssertionError(f"{method} was allowed")

    def push(self, *manifests):
        (self.work / "a").mkdir(exist_ok=True)
        (self.work / "a/all.yaml").write_text(yaml.safe_dump_all(manifests))
        git_http.git(self.work, "add", "--all")
        git_http.git(self.work, "commit", "--quiet", "--allow-empty", "-m", "Change the shop")
        git_http.git(self.work, "push", "--quiet", str(self._bare), "HEAD:main")
        return git_http.git(self.work, "rev-parse", "HEAD")

    def synced(self, commit):
        def reached(app):
            status = app.get("status") or {}
            sync = status.get("sync") or {}
            return (sync.get("status"), sync.get("revision")) == ("Synced", commit)

        path = f"{ARGO}/{self.control_plane}/applications/{self.name}"
        return self.api.wait(path, reached, seconds=60)

    def path(self, plural, name, group="/api/v1"):
        return f"{group}/namespaces/{self.namespace}/{plural}/{name}"

    @property
    def resources(self):
        return application_pb2.ResourcesQuery(applicationName=self.name)

    def about(self, cls, kind, name, *, group="", namespace=None, version="v1", **more):
        return cls(
            name=self.name,
            namespace=self.namespace if namespace is None else namespace,
            resourceName=name,
            version=version,
            group=group,
            kind=kind,
            **more,
        )

    def get(self, kind, name, **more):
        request = self.about(application_pb2.ApplicationResourceRequest, kind, name, **more)
        return json.loads(self.call("GetResource", request).manifest)

    def tree(self, condition, timeout=60):
        """Watch the tree until it is as wanted; return every tree that was seen."""
        seen = []
        stream = self.call("WatchResourceTree", self.resources, timeout)
        try:
            for tree in stream:
                seen.append(tree)
                if condition(tree):
                    return seen
        except grpc.RpcError as error:
            last = [f"{n.resourceRef.kind}/{n.resourceRef.name}" for n in seen[-1].nodes]
            raise AssertionError(f"after {len(seen)} trees the last is {last}") from error
        finally:
            stream.cancel()
        raise AssertionError("the stream ended")


def kinds(tree):
    found = [n.resourceRef.kind for n in tree.nodes]
    return {kind: found.count(kind) for kind in found}


def missing(tree, name):
    """Whether an object is shown as one that should be there and is not."""
    return any(n.resourceRef.name == name and n.health.status == "Missing" for n in tree.nodes)


def whole(tree):
    """Whether the Deployment's Pod is there, with what owns it."""
    return kinds(tree).get("Pod") == 1 and kinds(tree).get("ReplicaSet") == 1


@pytest.fixture(scope="module")
def live(cluster, tmp_path_factory):
    """A control plane of the module's own with one application that is synced."""
    unique = secrets.token_hex(4)
    control_plane, namespace = f"plane-{unique}", f"live-{unique}"
    folder = tmp_path_factory.mktemp("git")
    work = folder / "work"
    work.mkdir()
    (work / "README").write_text("the test's\n")
    git_http.seed(folder, "shop.git", work)
    server = git_http.GitServer(folder)
    with Environment(progress=lambda _: None) as environment:
        environment.use_cluster(str(cluster.kubeconfig))
        environment.install(control_plane)
        api = environment.api
        api.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
        api.create(f"{ARGO}/{control_plane}/appprojects", {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "AppProject",
            "metadata": {"name": "shop", "namespace": control_plane},
            "spec": {
                "sourceRepos": ["*"],
                "destinations": [{"server": "*", "namespace": namespace}],
                "namespaceResourceBlacklist": [{"group": "", "kind": "ServiceAccount"}],
            },
        })  # fmt: skip
        environment.start_services(
            namespace=control_plane, poll_interval=0.5, revision_flush_seconds=0.5, insecure=True
        )
        made = Live(environment, control_plane, namespace, work, folder / "shop.git")
        made.first = made.push(DEPLOYMENT, config_map(colour="red"))
        api.create(f"{ARGO}/{control_plane}/applications", {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": made.name, "namespace": control_plane},
            "spec": {
                "project": "shop",
                "source": {
                    "repoURL": server.url("shop.git"), "path": "a", "targetRevision": "main",
                },
                "destination": {
                    "server": "https://kubernetes.default.svc", "namespace": namespace,
                },
                "syncPolicy": {"automated": {}},
            },
        })  # fmt: skip
        made.synced(made.first)
        made.second = made.push(DEPLOYMENT, config_map(colour="blue"), SECRET)
        made.synced(made.second)
        # From here on the tests decide when it is synced.
        path = f"{ARGO}/{control_plane}/applications/{made.name}"
        api.merge(path, {"spec": {"syncPolicy": None}})
        try:
            yield made
        finally:
            made.close()
            server.close()
    for name in (namespace, control_plane):
        api.delete(f"/api/v1/namespaces/{name}")


def test_the_tree_has_what_the_objects_own(live):
    """Deployment, ReplicaSet, Pod, each below its owner."""
    tree = live.tree(whole)[-1]
    parents = {
        n.resourceRef.kind: [p.kind for p in n.parentRefs]
        for n in tree.nodes
        if n.resourceRef.kind in ("Deployment", "ReplicaSet", "Pod")
    }
    want = {"Deployment": [], "ReplicaSet": ["Deployment"], "Pod": ["ReplicaSet"]}
    assert want == parents
    assert kinds(tree) == kinds(live.call("ResourceTree", live.resources))


def test_the_tree_is_sent_when_it_changed_and_only_then(live):
    """A change outside arrives; no two trees in a row are equal."""
    live.tree(whole)
    path = live.path("deployments", "web", "/apis/apps/v1")
    stream = live.call("WatchResourceTree", live.resources)
    seen = [next(stream)]
    for _ in range(20):
        # Looks at the application that change nothing in its tree.
        live.call("Get", application_pb2.ApplicationQuery(name=live.name, refresh="normal"))
    live.api.merge(path, {"metadata": {"labels": {"changed": "yes"}}})
    while not any(
        n.resourceRef.kind == "Deployment" and n.resourceVersion != o.resourceVersion
        for n in seen[-1].nodes
        for o in seen[0].nodes
        if o.resourceRef == n.resourceRef
    ):
        seen.append(next(stream))
    stream.cancel()
    assert all(a != b for a, b in itertools.pairwise(seen))


def test_managed_resources_are_compared_and_secrets_masked(live):
    """Target, live, and whether they differ; a canary comes out nowhere."""
    path = live.path("configmaps", "settings")
    live.api.merge(path, {"data": {"colour": "drifted"}})
    query = application_pb2.ResourcesQuery(applicationName=live.name, kind="ConfigMap")
    until = time.monotonic() + 30
    while True:
        (item,) = live.call("ManagedResources", query).items
        if item.modified or time.monotonic() > until:
            break
        time.sleep(0.1)
    colours = [json.loads(s)["data"]["colour"] for s in (item.targetState, item.liveState)]
    assert (["blue", "drifted"], True) == (colours, item.modified)
    live.api.merge(path, {"data": {"colour": "blue"}})
    everything = live.call("ManagedResources", live.resources)
    found = {i.kind for i in everything.items}
    assert {"Deployment", "ConfigMap", "Secret"} == found
    (login,) = [i for i in everything.items if i.kind == "Secret"]
    assert "++++++++" == json.loads(login.liveState)["data"]["password"]
    for spelling in (CANARY, base64.b64encode(CANARY.encode()).decode()):
        assert spelling.encode() not in everything.SerializeToString()


def test_a_live_object_is_shown(live):
    """One of the application's, or one that it owns; a Secret without its values."""
    assert "blue" == live.get("ConfigMap", "settings")["data"]["colour"]
    login = live.get("Secret", "login")
    assert "++++++++" == login["data"]["password"]
    assert CANARY not in json.dumps(login)
    (pod,) = [n for n in live.tree(whole)[-1].nodes if n.resourceRef.kind == "Pod"]
    name = pod.resourceRef.name
    assert name == live.get("Pod", name)["metadata"]["name"]


@pytest.mark.parametrize(
    ("kind", "name", "more"),
    [
        ("ConfigMap", "absent", {}),
        ("ConfigMap", "kube-root-ca.crt", {}),
        ("ConfigMap", "settings", {"namespace": "kube-system"}),
        ("Deployment", "web", {}),
        ("Namespace", "kube-system", {"namespace": ""}),
    ],
)
def test_an_object_of_somebody_else_is_not_found(live, kind, name, more):
    """To read, patch or delete: only what is part of the application."""
    group = more.get("group", "")
    text = f"{kind} {group} {name} not found as part of application {live.name}"
    requests = {
        "GetResource": (application_pb2.ApplicationResourceRequest, {}),
        "PatchResource": (
            application_pb2.ApplicationResourcePatchRequest, {"patch": "{}", "patchType": "merge"}
        ),
        "DeleteResource": (application_pb2.ApplicationResourceDeleteRequest, {}),
    }  # fmt: skip
    for method, (cls, fields) in requests.items():
        request = live.about(cls, kind, name, **more, **fields)
        assert ("NOT_FOUND", text) == live.refused(method, request)


def marked(live, kind, name, namespace):
    """An object that claims, by its own tracking mark, to be the application's."""
    mark = f"{live.name}:/{kind}:{namespace}/{name}"
    annotations = {"argocd.argoproj.io/tracking-id": mark}
    metadata = {"name": name, "namespace": namespace, "annotations": annotations}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata}


@pytest.mark.parametrize(
    ("kind", "plural", "where"),
    [("ConfigMap", "configmaps", "default"), ("ServiceAccount", "serviceaccounts", "")],
)
def test_what_the_project_does_not_permit_is_out_of_reach(live, kind, plural, where):
    """CVE-2022-24768, -1025: live state that a mark put into the tree proves nothing.

    Neither in another namespace, nor of a kind that the project denies.
    """
    namespace = where or live.namespace
    collection = f"/api/v1/namespaces/{namespace}/{plural}"
    name = f"bait-{secrets.token_hex(4)}"
    made = live.api.create(collection, marked(live, kind, name, namespace))
    try:
        # Once this one is seen, so is the bait, which was made before.
        probe = f"probe-{name}"
        live.api.create(
            f"/api/v1/namespaces/{live.namespace}/configmaps",
            marked(live, "ConfigMap", probe, live.namespace),
        )
        tree = live.tree(lambda t: probe in {n.resourceRef.name for n in t.nodes})[-1]
        assert name not in {n.resourceRef.name for n in tree.nodes}
        managed = live.call("ManagedResources", live.resources)
        assert b"bait-data" not in managed.SerializeToString()
        for method, cls, fields in (
            ("GetResource", application_pb2.ApplicationResourceRequest, {}),
            ("PatchResource", application_pb2.ApplicationResourcePatchRequest,
             {"patch": '{"metadata":{"labels":{"x":"y"}}}', "patchType": "merge"}),
            ("DeleteResource", application_pb2.ApplicationResourceDeleteRequest, {}),
        ):  # fmt: skip
            request = live.about(cls, kind, name, namespace=namespace, **fields)
            code, _ = live.refused(method, request)
            assert "PERMISSION_DENIED" == code
        now = live.api.get(f"{collection}/{name}")
        assert made["metadata"]["resourceVersion"] == now["metadata"]["resourceVersion"]
    finally:
        live.api.delete(f"{collection}/{name}")
        live.api.delete(f"/api/v1/namespaces/{live.namespace}/configmaps/{probe}")


@pytest.mark.parametrize(
    ("kind", "patch"),
    [
        ("merge", {"metadata": {"labels": {"patched": "merge"}}}),
        ("application/merge-patch+json", {"metadata": {"labels": {"patched": "merge"}}}),
        ("application/strategic-merge-patch+json", {"metadata": {"labels": {"patched": "merge"}}}),
        ("application/json-patch+json",
         [{"op": "add", "path": "/metadata/labels", "value": {"patched": "merge"}}]),
    ],
)  # fmt: skip
def test_a_live_object_is_patched(live, kind, patch):
    """By each of the three types; the answer is the object as it is then."""
    path = live.path("configmaps", "settings")
    live.api.merge(path, {"metadata": {"labels": None}})
    request = live.about(
        application_pb2.ApplicationResourcePatchRequest, "ConfigMap", "settings",
        patch=json.dumps(patch), patchType=kind,
    )  # fmt: skip
    answer = json.loads(live.call("PatchResource", request).manifest)
    assert {"patched": "merge"} == answer["metadata"]["labels"]
    assert {"patched": "merge"} == live.api.get(path)["metadata"]["labels"]


def test_a_patched_secret_comes_back_masked(live):
    """Whatever was written."""
    request = live.about(
        application_pb2.ApplicationResourcePatchRequest, "Secret", "login",
        patch=json.dumps({"stringData": {"more": f"{CANARY}-2"}}), patchType="merge",
    )  # fmt: skip
    answer = live.call("PatchResource", request).manifest
    assert {"more", "password"} == set(json.loads(answer)["data"])
    for spelling in (CANARY, base64.b64encode(f"{CANARY}-2".encode()).decode()):
        assert spelling not in answer


def test_a_patch_of_a_secret_that_fails_tells_no_value(live):
    """The API server quotes values in its errors."""
    request = live.about(
        application_pb2.ApplicationResourcePatchRequest, "Secret", "login",
        patch=json.dumps({"data": {"password": f"{CANARY}-not-base64!"}}), patchType="merge",
    )  # fmt: skip
    code, text = live.refused("PatchResource", request)
    assert ("INVALID_ARGUMENT", False) == (code, CANARY in text)


def test_a_live_object_is_deleted(live):
    """A Pod of the Deployment goes, at once with force; its ReplicaSet makes another."""
    (pod,) = [n for n in live.tree(whole)[-1].nodes if n.resourceRef.kind == "Pod"]
    request = live.about(
        application_pb2.ApplicationResourceDeleteRequest, "Pod", pod.resourceRef.name, force=True
    )
    live.call("DeleteResource", request)

    def replaced(tree):
        names = [n.resourceRef.name for n in tree.nodes if n.resourceRef.kind == "Pod"]
        return len(names) == 1 and names != [pod.resourceRef.name]

    live.tree(replaced)
    with pytest.raises(errors.NotFound):
        live.api.get(live.path("pods", pod.resourceRef.name))


def test_what_is_missing_is_in_the_tree(live):
    """An object that Git wants and the cluster lacks: Missing, until a sync makes it."""
    live.tree(whole)
    request = live.about(application_pb2.ApplicationResourceDeleteRequest, "ConfigMap", "settings")
    live.call("DeleteResource", request)
    live.tree(lambda tree: missing(tree, "settings"))
    live.call("Sync", application_pb2.ApplicationSyncRequest(name=live.name))
    live.api.wait(live.path("configmaps", "settings"), lambda o: o["data"], seconds=60)
    live.tree(lambda tree: not missing(tree, "settings"))


def test_an_orphaning_delete_leaves_what_the_object_owns(live):
    """The ReplicaSet outlives its Deployment, which a sync makes again."""
    (owned,) = [n for n in live.tree(whole)[-1].nodes if n.resourceRef.kind == "ReplicaSet"]
    replica_set = live.path("replicasets", owned.resourceRef.name, "/apis/apps/v1")
    request = live.about(
        application_pb2.ApplicationResourceDeleteRequest, "Deployment", "web", group="apps",
        orphan=True,
    )  # fmt: skip
    live.call("DeleteResource", request)
    live.api.wait(replica_set, lambda o: not o["metadata"].get("ownerReferences"), seconds=60)
    live.tree(lambda tree: missing(tree, "web"))
    live.call("Sync", application_pb2.ApplicationSyncRequest(name=live.name))
    live.api.wait(replica_set, lambda o: bool(o["metadata"].get("ownerReferences")), seconds=60)
    live.tree(whole)


def test_manifests_of_any_revision(live):
    """Also of one before the present; the Secret masked."""
    request = application_pb2.ApplicationManifestQuery(name=live.name, revision=live.first)
    answer = live.call("GetManifests", request)
    made = {m["kind"]: m for m in map(json.loads, answer.manifests)}
    assert ({"Deployment", "ConfigMap"}, "red", live.first) == (
        set(made),
        made["ConfigMap"]["data"]["colour"],
        answer.revision,
    )
    now = live.call("GetManifests", application_pb2.ApplicationManifestQuery(name=live.name))
    made = {m["kind"]: m for m in map(json.loads, now.manifests)}
    assert ("blue", "++++++++") == (
        made["ConfigMap"]["data"]["colour"],
        made["Secret"]["data"]["password"],
    )
    code, _ = live.refused(
        "GetManifests",
        application_pb2.ApplicationManifestQuery(name=live.name, revision="no-such-branch"),
    )
    assert code in ("NOT_FOUND", "INVALID_ARGUMENT")


def test_metadata_of_a_revision(live):
    """Of the commit, from Git."""
    request = application_pb2.RevisionMetadataQuery(name=live.name, revision=live.first)
    answer = live.call("RevisionMetadata", request)
    stamp = int(git_http.git(live.work, "show", "-s", "--format=%at", live.first))
    assert ("Change the shop", stamp) == (answer.message.strip(), answer.date.seconds)


def test_events_of_a_live_object(live):
    """From its cluster, if it is the application's."""
    (node,) = [n for n in live.tree(whole)[-1].nodes if n.resourceRef.kind == "Deployment"]

    def ask(name, uid=""):
        return application_pb2.ApplicationResourceEventsQuery(
            name=live.name, resourceNamespace=live.namespace, resourceName=name, resourceUID=uid
        )

    uid = node.resourceRef.uid
    for about, message in ((uid, "of this one"), ("another", "of another one")):
        live.api.create(f"/api/v1/namespaces/{live.namespace}/events", {
            "metadata": {"name": f"web.{secrets.token_hex(4)}", "namespace": live.namespace},
            "involvedObject": {"kind": "Deployment", "name": "web", "namespace": live.namespace,
                               "uid": about},
            "reason": "Tested", "message": message, "type": "Normal",
        })  # fmt: skip
    events = live.call("ListResourceEvents", ask("web", uid)).items
    assert ["of this one"] == [e.message for e in events if e.reason == "Tested"]
    code, text = live.refused("ListResourceEvents", ask("kube-root-ca.crt"))
    want = f"kube-root-ca.crt not found as part of application {live.name}"
    assert ("NOT_FOUND", want) == (code, text)
    code, _ = live.refused("ListResourceEvents", ask("web", "another-uid"))
    assert "NOT_FOUND" == code


def test_a_refresh_finds_a_commit_at_once(live):
    """The answer is computed from what is in Git when it was asked for."""
    commit = live.push(DEPLOYMENT, config_map(colour="blue"), SECRET)
    query = application_pb2.ApplicationQuery(name=live.name, refresh="normal")
    assert commit == live.call("Get", query).status.sync.revision


def test_the_stream_ends_with_the_application(live):
    """A watcher of a deleted application is told so."""
    source = live.api.get(f"{ARGO}/{live.control_plane}/applications/{live.name}")["spec"]
    name = f"{live.name}-short"
    live.api.create(f"{ARGO}/{live.control_plane}/applications", {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name, "namespace": live.control_plane},
        "spec": {**source, "syncPolicy": None},
    })  # fmt: skip
    query = application_pb2.ApplicationQuery(name=name)
    assert "ADDED" == next(live.call("Watch", query)).type
    stream = live.call("WatchResourceTree", application_pb2.ResourcesQuery(applicationName=name))
    next(stream)
    live.api.delete(f"{ARGO}/{live.control_plane}/applications/{name}")
    with pytest.raises(grpc.RpcError) as caught:
        for _ in stream:
            pass
    assert caught.value.code() in (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.PERMISSION_DENIED)

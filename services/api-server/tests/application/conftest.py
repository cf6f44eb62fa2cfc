"""The api-server as a process on a real API server, between a controller and a repo-server of ours.

Accounts (password ``<name>-secret``): admin; ``reader`` may read everything, ``nobody`` nothing,
``foreign`` everything in project ``other`` only, ``owner`` everything in project ``shop``.
"""

# ruff: noqa: N802 -- gRPC requires the methods' names

import base64
import concurrent.futures
import contextlib
import datetime as dt
import functools
import json
import secrets
import socket
import sys
import time
import urllib.error
import urllib.request

import bcrypt
import grpc
import pytest

from plumbline.core import errors
from plumbline.pb.controller import controller_pb2, controller_pb2_grpc
from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.pb.server import (
    application_pb2,
    application_pb2_grpc,
    events_pb2,
    project_pb2,
    project_pb2_grpc,
    session_pb2,
    session_pb2_grpc,
)
from plumbline.pb.v1alpha1 import generated_pb2
from plumbline.rpc import convert, credentials
from plumbline.testcluster import processes
from plumbline.testing.crds import install_crds

ARGO = "/apis/argoproj.io/v1alpha1/namespaces"
IN_CLUSTER = "https://kubernetes.default.svc"
POLICY = """
p, reader, applications, get, */*, allow
p, owner, applications, *, shop/*, allow
p, foreign, applications, *, other/*, allow
p, creator, applications, create, shop/*, allow
p, starter, applications, create, shop/*, allow
p, starter, applications, sync, shop/*, allow
p, syncer, applications, get, shop/*, allow
p, syncer, applications, sync, shop/*, allow
p, patcher, applications, get, shop/*, allow
p, patcher, applications, update/*, shop/*, allow
p, updater, applications, update, shop/*, allow
p, updater, applications, get, shop/*, allow
"""
ACCOUNTS = (
    "reader",
    "nobody",
    "owner",
    "foreign",
    "creator",
    "starter",
    "syncer",
    "patcher",
    "updater",
)
SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "s"},
    "data": {"password": base64.b64encode(b"CANARY-7f3a").decode()},
}


class Controller(controller_pb2_grpc.ControllerServiceServicer):
    """Answers what it is told to, and writes down what it is asked."""

    def __init__(self):
        self.calls = []

    def _took(self, name, request):
        self.calls.append((name, request))

    def ResourceTree(self, request, context):
        self._took("ResourceTree", request)
        return generated_pb2.ApplicationTree(nodes=[generated_pb2.ResourceNode()])

    def WatchResourceTree(self, request, context):
        self._took("WatchResourceTree", request)
        yield generated_pb2.ApplicationTree(nodes=[generated_pb2.ResourceNode()])

    def ManagedResources(self, request, context):
        self._took("ManagedResources", request)
        return application_pb2.ManagedResourcesResponse()

    def LiveObject(self, request, context):
        self._took("LiveObject", request)
        return controller_pb2.LiveObjectResponse(manifest=b"{}")

    def PatchResource(self, request, context):
        self._took("PatchResource", request)
        return controller_pb2.LiveObjectResponse(manifest=b"{}")

    def DeleteResource(self, request, context):
        self._took("DeleteResource", request)
        return controller_pb2.DeleteResourceResponse()

    def ClusterStates(self, request, context):
        state = controller_pb2.ClusterState(
            server=request.server, kube_version="v1.36.1", api_versions=["v1", "v1/ConfigMap"]
        )
        return controller_pb2.ClusterStatesResponse(clusters=[state])

    def ResourceEvents(self, request, context):
        self._took("ResourceEvents", request)
        return events_pb2.EventList(items=[events_pb2.Event(reason="Pulled")])


class Repo(repo_pb2_grpc.RepoServiceServicer):
    """Renders every path to a ConfigMap and a Secret; ``broken`` does not render."""

    def __init__(self):
        self.requests = []

    def Render(self, request, context):
        self.requests.append(request)
        if request.repository.url.endswith("/absent"):
            context.abort(grpc.StatusCode.NOT_FOUND, "repository not found")
        (question,) = request.sources
        source = json.loads(question.source_json)
        item = repo_pb2.RenderedSource(id=question.id, commit="c" * 40, source_type="Directory")
        if source["path"] == "broken":
            item.error.code, item.error.message = "INVALID_ARGUMENT", "no manifests here"
        else:
            data = {"revision": request.revision, "path": source["path"]}
            made = {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "m"},
                "data": data,
            }
            item.manifests.extend([json.dumps(made).encode(), json.dumps(SECRET).encode()])
        yield item

    def ChartDetails(self, request, context):
        self.requests.append(request)
        return repo_pb2.ChartDetailsResponse(
            description="a web", home="https://h", maintainers=["A <a@h>"]
        )

    def ArtifactDetails(self, request, context):
        self.requests.append(request)
        return repo_pb2.ArtifactDetailsResponse(authors="A", version="1")

    def RevisionMetadata(self, request, context):
        self.requests.append(request)
        return repo_pb2.RevisionMetadataResponse(
            author="Ada <ada@h>", date="2026-01-02T03:04:05+01:00", tags=["v1"], message="Begin"
        )


def _serve(service, add, identity):
    server = grpc.server(
        concurrent.futures.ThreadPoolExecutor(4), options=[("grpc.so_reuseport", 0)]
    )
    add(service, server)
    port = server.add_secure_port("127.0.0.1:0", credentials.server_credentials(identity))
    server.start()
    return server, port


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Rig:
    """What a test needs: stubs by account, the API server, and the two fakes."""

    def __init__(self, api, namespace, port, controller, repo):
        self.api, self.namespace, self.controller, self.repo = api, namespace, controller, repo
        self._address = f"127.0.0.1:{port}"
        self._channel = grpc.insecure_channel(self._address)
        self._names = (f"app-{n}" for n in range(10_000))

    def close(self):
        self._channel.close()

    @functools.cache  # noqa: B019 -- one rig for the module
    def token(self, name):
        """A login's token, or for ``proj:project:role`` one of that role."""
        if name.startswith("proj:"):
            _, project, role = name.split(":")
            request = project_pb2.ProjectTokenCreateRequest(project=project, role=role)
            tokens = project_pb2_grpc.ProjectServiceStub(self._channel)
            metadata = (("authorization", f"Bearer {self.token('admin')}"),)
            return tokens.CreateToken(request, metadata=metadata).token
        stub = session_pb2_grpc.SessionServiceStub(self._channel)
        request = session_pb2.SessionCreateRequest(username=name, password=f"{name}-secret")
        return stub.Create(request).token

    def call(self, method, request, who="admin", timeout=20):
        """Call a method of ApplicationService; a stream is returned as it is."""
        stub = application_pb2_grpc.ApplicationServiceStub(self._channel)
        metadata = (("authorization", f"Bearer {self.token(who)}"),)
        return getattr(stub, method)(request, metadata=metadata, timeout=timeout)

    def http(self, path, who="admin", *, line=False):
        """GET a path of the REST API; all of the answer, or its first line."""
        headers = {"Authorization": f"Bearer {self.token(who)}"}
        request = urllib.request.Request(f"http://{self._address}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.readline() if line else answer.read()

    def refused(self, method, request, who="admin"):
        """Return (code, text) of a call that must fail."""
        try:
            answer = self.call(method, request, who)
            if not hasattr(answer, "DESCRIPTOR"):
                list(answer)
        except grpc.RpcError as error:
            return error.code().name, error.details()
        raise AssertionError(f"{who} may {method}")

    def denied(self, method, request, who):
        """Tell whether a call is refused for want of permission, whatever else may be wrong."""
        try:
            self.call(method, request, who)
        except grpc.RpcError as error:
            return error.code() is grpc.StatusCode.PERMISSION_DENIED
        return False

    @contextlib.contextmanager
    def setting(self, key, value, in_force):
        """Set a key of argocd-cm, wait until it is in force, and take it away at the end."""
        path = f"/api/v1/namespaces/{self.namespace}/configmaps/argocd-cm"
        with self._changed(path, {"data": {key: value}}, {"data": {key: None}}, in_force):
            yield

    @contextlib.contextmanager
    def windows(self, chosen, in_force):
        """Give the project `shop` sync windows for a while."""
        path = f"{ARGO}/{self.namespace}/appprojects/shop"
        patch = {"spec": {"syncWindows": chosen}}
        with self._changed(path, patch, {"spec": {"syncWindows": None}}, in_force):
            yield

    @contextlib.contextmanager
    def _changed(self, path, patch, undo, in_force):
        self.api.merge(path, patch)
        try:
            until = time.monotonic() + 10
            while not in_force():
                if time.monotonic() > until:
                    raise AssertionError(f"{patch} is not in force")
                time.sleep(0.02)
            yield
        finally:
            self.api.merge(path, undo)

    def path(self, name):
        return f"{ARGO}/{self.namespace}/applications/{name}"

    def stored(self, name):
        return self.api.get(self.path(name))

    def put(self, name="", *, project="shop", **more):
        """Create an Application at the API server and wait until the api-server shows it."""
        name = name or next(self._names)
        made = self.api.create(f"{ARGO}/{self.namespace}/applications", {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": name, "namespace": self.namespace, **more.pop("metadata", {})},
            "spec": self.spec(project=project, **more.pop("spec", {})),
            **more,
        })  # fmt: skip
        self.shown(name, made["metadata"]["resourceVersion"])
        return name

    def spec(self, **more):
        return {
            "project": "shop",
            "source": {"repoURL": "https://h/shop", "path": "a", "targetRevision": "main"},
            "destination": {"server": IN_CLUSTER, "namespace": "shop"},
            **more,
        }

    def message(self, name="", **more):
        """An Application message, as a client sends it."""
        metadata = {"name": name or next(self._names), **more.pop("metadata", {})}
        tree = {"metadata": metadata, "spec": self.spec(**more.pop("spec", {})), **more}
        return convert.to_message(tree, generated_pb2.Application)

    def change(self, name, patch):
        """Change an Application at the API server and wait until the api-server shows it."""
        made = self.api.merge(self.path(name), patch)
        self.shown(name, made["metadata"]["resourceVersion"])

    def shown(self, name, version):
        query = application_pb2.ApplicationQuery(name=name)
        for event in self.call("Watch", query):
            if int(event.application.metadata.resourceVersion) >= int(version):
                return

    def event(self, name, text):
        """Wait for an Event about an application with this text; return it."""
        until = time.monotonic() + 20
        while time.monotonic() < until:
            for event in self.events(name):
                if event["message"] == text:
                    return event
            time.sleep(0.05)
        raise AssertionError(f"no event {text!r}, but {self.events(name)}")

    def events(self, name):
        fields = f"involvedObject.name={name}"
        path = f"/api/v1/namespaces/{self.namespace}/events?fieldSelector={fields}"
        return self.api.get(path)["items"]


def _install(api, namespace):
    api.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
    labels = {"app.kubernetes.io/part-of": "argocd"}
    root = f"/api/v1/namespaces/{namespace}"
    accounts = {f"accounts.{name}": "login" for name in ACCOUNTS}
    maps = {"argocd-cm": accounts, "argocd-rbac-cm": {"policy.csv": POLICY}}
    for name, data in maps.items():
        metadata = {"name": name, "namespace": namespace, "labels": labels}
        api.create(f"{root}/configmaps", {"metadata": metadata, "data": data})
    passwords = {
        ("admin.password" if name == "admin" else f"accounts.{name}.password"): bcrypt.hashpw(
            f"{name}-secret".encode(), bcrypt.gensalt(4)
        ).decode()
        for name in ("admin", *ACCOUNTS)
    }
    metadata = {"name": "argocd-secret", "namespace": namespace, "labels": labels}
    api.create(f"{root}/secrets", {"metadata": metadata, "stringData": passwords})
    everywhere = [{"server": "*", "namespace": "*"}]
    projects = {
        "shop": {
            "sourceRepos": ["https://h/*"],
            "destinations": [{"server": "*", "namespace": "shop"}],
            "roles": [{"name": "ci", "policies": [
                "p, proj:shop:ci, applications, get, shop/*, allow",
                "p, proj:shop:ci, applications, sync, shop/*, allow",
            ]}],
        },
        "other": {
            "sourceRepos": ["*"],
            "destinations": everywhere,
            "roles": [{"name": "all", "policies": [
                "p, proj:other:all, applications, *, other/*, allow",
            ]}],
        },
    }  # fmt: skip
    for name, spec in projects.items():
        api.create(f"{ARGO}/{namespace}/appprojects", {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "AppProject",
            "metadata": {"name": name, "namespace": namespace},
            "spec": spec,
        })  # fmt: skip


def _ready(component, port):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        component.check()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise errors.DeadlineExceeded(component.tail())


@pytest.fixture(scope="module")
def rig(cluster, tmp_path_factory):
    """The api-server at work in a namespace of its own."""
    api = cluster.api
    install_crds(api)
    namespace = f"test-{secrets.token_hex(5)}"
    _install(api, namespace)
    folder = tmp_path_factory.mktemp("api-server")
    now = dt.datetime.now(dt.UTC)
    authority, key = credentials.issue_authority(now)
    certificate, private, root = credentials.issue("api-server", authority, key, now).write(
        folder, "api-server"
    )
    controller, repo = Controller(), Repo()
    ours = credentials.issue("controller", authority, key, now)
    theirs = credentials.issue("repo-server", authority, key, now)
    first, controller_port = _serve(
        controller, controller_pb2_grpc.add_ControllerServiceServicer_to_server, ours
    )
    second, repo_port = _serve(repo, repo_pb2_grpc.add_RepoServiceServicer_to_server, theirs)
    port, checks = free_port(), free_port()
    with processes.Keeper() as keeper:
        component = processes.Component(
            "api-server",
            [
                sys.executable, "-m", "plumbline.api_server",
                "--namespace", namespace,
                "--kubeconfig", str(cluster.kubeconfig),
                "--address", "127.0.0.1", "--port", str(port), "--insecure=true",
                "--metrics-address", "127.0.0.1", "--metrics-port", str(checks),
                "--controller", f"127.0.0.1:{controller_port}",
                "--repo-server", f"127.0.0.1:{repo_port}",
                "--tls-cert", str(certificate), "--tls-key", str(private), "--tls-ca", str(root),
                "--sync-with-replace-allowed=false",
            ],
            log=folder / "log",
            keeper=keeper,
        )  # fmt: skip
        component.start()
        made = None
        try:
            _ready(component, checks)
            made = Rig(api, namespace, port, controller, repo)
            yield made
            component.check()
        finally:
            if made is not None:
                made.close()
            component.stop()
            first.stop(0)
            second.stop(0)
    api.delete(f"/api/v1/namespaces/{namespace}")

"""The rendered workloads, run as processes with the accounts, keys and settings of the chart.

There is no node here: what a kubelet would do (mount Secrets, give a token, set variables) is done
by the test from the rendered pods. So a right, a variable or a key that is missing shows.
"""

import base64
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from plumbline.local import git_http
from plumbline.testcluster import binaries, tools

from .conftest import CHART, NO_CRDS, pods

pytestmark = pytest.mark.cluster

MODULES = {
    "argocd-server": "plumbline.api_server",
    "argocd-repo-server": "plumbline.repo_server",
    "argocd-application-controller": "plumbline.app_controller",
}
IDLE = [
    NO_CRDS,
    "server.replicas=0", "repoServer.replicas=0", "controller.replicas=0",
    "keys.renewal.enabled=false", "configs.params.server\\.insecure=true",
    'configs.params.server\\.log\\.level="debug"',
    'configs.cm.accounts\\.robot="apiKey"',
]  # fmt: skip
OWN = "https://kubernetes.default.svc"
REFUSED = re.compile(r"forbidden|cannot \w+ resource", re.IGNORECASE)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Node:
    """Runs the containers of one installation, as a kubelet would."""

    def __init__(self, cluster, kubectl, namespace, directory, objects):
        self.cluster, self.kubectl, self.namespace = cluster, kubectl, namespace
        self.directory, self.objects = directory, objects
        self.api = cluster.api
        self.processes = {}
        self.ports = {}

    def kubeconfig(self, account):
        """A kubeconfig with a token of an account, and nothing else."""
        tree = yaml.safe_load(pathlib.Path(self.cluster.kubeconfig).read_text())
        token = self.kubectl("create", "token", account, f"--namespace={self.namespace}").strip()
        tree["users"] = [{"name": user["name"], "user": {"token": token}} for user in tree["users"]]
        file = self.directory / f"{account}.kubeconfig"
        file.write_text(yaml.safe_dump(tree))
        return str(file)

    def secret(self, name):
        found = self.api.get(f"/api/v1/namespaces/{self.namespace}/secrets/{name}")
        return {key: base64.b64decode(value) for key, value in (found.get("data") or {}).items()}

    def environment(self, name, pod):
        """The container's variables, with mounted paths under a folder of its own."""
        root = self.directory / name
        volumes = {v["name"]: v for v in pod["spec"]["volumes"]}
        (container,) = pod["spec"]["containers"]
        places = {}
        for mount in container["volumeMounts"]:
            place = root / mount["mountPath"].lstrip("/")
            place.mkdir(parents=True, exist_ok=True)
            places[mount["mountPath"]] = str(place)
            secret = volumes[mount["name"]].get("secret")
            held = self.secret(secret["secretName"]) if secret else {}
            named = {item["key"]: item["path"] for item in (secret or {}).get("items", [])}
            for key, value in held.items():
                if not named or key in named:
                    (place / named.get(key, key)).write_bytes(value)
        given = {"PATH": os.environ["PATH"]}
        for entry in container["env"]:
            value = self._value(entry)
            if value is None:
                continue
            for mounted, place in places.items():
                if f"{value}/".startswith(f"{mounted}/"):
                    value = place + value.removeprefix(mounted)
                    break
            given[entry["name"]] = value
        return given

    def _value(self, entry):
        source = entry.get("valueFrom")
        if source is None:
            return entry["value"]
        if "fieldRef" in source:
            return self.namespace
        if reference := source.get("secretKeyRef"):
            return self.secret(reference["name"])[reference["key"]].decode()
        reference = source["configMapKeyRef"]
        path = f"/api/v1/namespaces/{self.namespace}/configmaps/{reference['name']}"
        return self.api.get(path)["data"].get(reference["key"])

    def make_keys(self):
        """Run the Job's program with the Job's account."""
        ((name, pod),) = [p for p in pods(self.objects) if p[0].startswith("plumbline-keys-")]
        environment = {
            **self.environment(name, pod),
            "KUBECONFIG": self.kubeconfig(pod["spec"]["serviceAccountName"]),
        }
        command = [sys.executable, *pod["spec"]["containers"][0]["command"][1:]]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert 0 == done.returncode, done.stderr
        return done.stdout + done.stderr

    def start(self, name, *flags, **more):
        """Start a workload on loopback; its flags stand in for Services and the pod's account."""
        pod = dict(pods(self.objects))[name]
        port, metrics = free_port(), free_port()
        self.ports[name] = port
        argv = [
            "--address=127.0.0.1", f"--port={port}", "--metrics-address=127.0.0.1",
            f"--metrics-port={metrics}", *flags,
        ]  # fmt: skip
        if pod["spec"]["automountServiceAccountToken"]:
            argv.append(f"--kubeconfig={self.kubeconfig(pod['spec']['serviceAccountName'])}")
        with (self.directory / f"{name}.log").open("w") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", MODULES[name], *argv],
                env={**self.environment(name, pod), **more},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        (container,) = pod["spec"]["containers"]
        for kind in ("startup", "liveness", "readiness"):
            path = container[f"{kind}Probe"]["httpGet"]["path"]
            self.until(
                lambda path=path: self._ready(name, f"{metrics}{path}"),
                f"the {kind} probe of {name} is answered",
            )

    def _ready(self, name, where):
        assert self.processes[name].poll() is None, self.log(name)
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{where}", timeout=2).close()
        except OSError:
            return False
        return True

    def until(self, condition, what, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := condition():
                return found
            time.sleep(0.05)
        logs = "\n".join(f"== {n}\n{self.log(n)[-3000:]}" for n in self.processes)
        raise AssertionError(f"not within {seconds} s: {what}\n{logs}")

    def log(self, name):
        return (self.directory / f"{name}.log").read_text()

    def stop(self):
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(timeout=20)


class Rest:
    """The public API, as a user calls it."""

    def __init__(self, port, password):
        self._root = f"http://127.0.0.1:{port}/api/v1"
        self._token = ""
        self._token = self("POST", "/session", username="admin", password=password)["token"]

    def __call__(self, method, path, **body):
        request = urllib.request.Request(
            self._root + path,
            method=method,
            data=json.dumps(body).encode() if body else None,
            headers={
                "Content-Type": "application/json",
                **({"Authorization": f"Bearer {self._token}"} if self._token else {}),
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read().decode()}") from None


@pytest.fixture
def repository(tmp_path):
    """URL of a served repository with one ConfigMap."""
    root, work = tmp_path / "git", tmp_path / "work"
    root.mkdir()
    work.mkdir()
    manifest = {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "made"}, "data": {"a": "b"},
    }  # fmt: skip
    (work / "map.yaml").write_text(yaml.safe_dump(manifest))
    server = git_http.GitServer(root)
    git_http.seed(root, "shop.git", work)
    yield server.url("shop.git")
    server.close()


@pytest.fixture(params=["everywhere", "in one namespace"])
def installation(request, helm, cluster, kubectl, namespace, tmp_path):
    """The chart installed without a pod, and a node that runs them on demand.

    The parameter says where the controller may write; its own records are elsewhere.
    """
    target = f"{namespace}-target"
    cluster.api.create("/api/v1/namespaces", {"metadata": {"name": target}})
    cut = f'controller.managedNamespaces=["{target}"]'
    given = [*IDLE, *([cut] if request.param == "in one namespace" else [])]
    kubectl("apply", "--server-side", f"--filename={CHART / 'files/crds'}")
    where = [f"--namespace={namespace}", f"--kubeconfig={cluster.kubeconfig}"]
    settings = [f"--set-json={one}" for one in given]
    helm.run("install", "plumbline", str(CHART), *where, *settings)
    objects = helm.objects("default", *given, namespace=namespace)
    node = Node(cluster, kubectl, namespace, tmp_path, objects)
    try:
        yield node
    finally:
        node.stop()
        helm.run("uninstall", "plumbline", *where)
        cluster.api.delete(f"/api/v1/namespaces/{target}")


def start_all(node):
    """Start the three workloads, so that they reach one another on loopback."""
    node.start(
        "argocd-repo-server",
        f"--helm={tools.ensure_layer(print) / 'helm'}",
        f"--kustomize={binaries.ensure_kustomize(print)}",
        "--redis=",
    )
    inner = f"--repo-server=127.0.0.1:{node.ports['argocd-repo-server']}"
    node.start("argocd-application-controller", inner, "--repo-poll-interval=1")
    controller = f"--controller=127.0.0.1:{node.ports['argocd-application-controller']}"
    node.start("argocd-server", inner, controller)


def log_in(node):
    """Log in by the first password, change it, and return the API as the admin calls it."""
    password = node.secret("argocd-initial-admin-secret")["password"].decode()
    call = Rest(node.ports["argocd-server"], password)
    call(
        "PUT", "/account/password",
        name="admin", currentPassword=password, newPassword="another-Passw0rd",
    )  # fmt: skip
    return Rest(node.ports["argocd-server"], "another-Passw0rd")


def declare(call, repository):
    """Make a token, a repository, known hosts and a project."""
    assert call("POST", "/account/robot/token", name="robot")["token"]
    call("POST", "/repositories", repo=repository)
    for number in (1, 2):  # the first makes the ConfigMap, the second changes it
        key = Ed25519PrivateKey.generate().public_key()
        form = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
        kind, text = key.public_bytes(*form).decode().split()
        item = {
            "serverName": f"git{number}.example.org", "certType": "ssh", "certSubType": kind,
            "certData": base64.b64encode(text.encode()).decode(),
        }  # fmt: skip
        call("POST", "/certificates", items=[item])
    project = {"sourceRepos": [repository], "destinations": [{"server": OWN, "namespace": "*"}]}
    call("POST", "/projects", project={"metadata": {"name": "shop"}, "spec": project})
    call("GET", "/projects/shop/events")


def deploy(node, call, repository, target):
    """Make an application, see it synced, drifted and healed, and look into it."""
    call(
        "POST", "/applications",
        metadata={"name": "shop", "finalizers": ["resources-finalizer.argocd.argoproj.io"]},
        spec={
            "project": "shop",
            "source": {"repoURL": repository, "path": ".", "targetRevision": "main"},
            "destination": {"server": OWN, "namespace": target},
            "syncPolicy": {"automated": {"selfHeal": True, "prune": True}},
        },
    )  # fmt: skip

    def status():
        found = call("GET", "/applications/shop?refresh=normal")["status"]
        return (found["sync"].get("status"), found["health"].get("status"))

    node.until(lambda: status() == ("Synced", "Healthy"), "the application is synced")
    made = f"/api/v1/namespaces/{target}/configmaps/made"
    assert {"a": "b"} == node.api.get(made)["data"]
    node.api.merge(made, {"data": {"a": "drifted"}})
    node.until(lambda: node.api.get(made)["data"]["a"] == "b", "the drift is healed")
    assert call("GET", "/applications/shop/resource-tree")["nodes"]
    named = f"resourceName=made&kind=ConfigMap&version=v1&namespace={target}"
    assert "made" in call("GET", f"/applications/shop/resource?{named}")["manifest"]
    sources = {
        event["source"]["component"] for event in call("GET", "/applications/shop/events")["items"]
    }
    assert {"argocd-server", "argocd-application-controller"} == sources


def change_and_delete(node, call, repository, target):
    """Change application and project, then take all away."""
    app = call("GET", "/applications/shop")
    app["spec"]["revisionHistoryLimit"] = 3
    call("PUT", "/applications/shop/spec", **app["spec"])
    shop = call("GET", "/projects/shop")
    shop["spec"]["description"] = "changed"
    call("PUT", "/projects/shop", project=shop)
    call("POST", "/applications/shop/sync", name="shop", prune=True)
    call("DELETE", "/applications/shop?cascade=true")
    root = f"/apis/argoproj.io/v1alpha1/namespaces/{node.namespace}/applications"
    node.until(lambda: not node.api.get(root)["items"], "the application is gone")
    maps = node.api.get(f"/api/v1/namespaces/{target}/configmaps")["items"]
    assert "made" not in [found["metadata"]["name"] for found in maps]
    call("DELETE", "/projects/shop")
    call("DELETE", f"/repositories/{urllib.parse.quote(repository, safe='')}")


def test_the_accounts_suffice_for_a_day_of_work(installation, repository):
    """Keys, password, tokens, project, repository, sync, self-heal, cascade delete."""
    node, target = installation, f"{installation.namespace}-target"
    node.make_keys()
    assert '"changed":[]' in node.make_keys().replace(" ", "")
    start_all(node)
    call = log_in(node)
    declare(call, repository)
    deploy(node, call, repository, target)
    change_and_delete(node, call, repository, target)
    for name in MODULES:
        refused = [line for line in node.log(name).splitlines() if REFUSED.search(line)]
        assert [] == refused, name


@pytest.fixture
def own_chart(tmp_path):
    """The chart in a Git repository, over HTTP."""
    root, work = tmp_path / "served", tmp_path / "checkout"
    root.mkdir()
    shutil.copytree(CHART, work / "chart", symlinks=True)
    server = git_http.GitServer(root)
    git_http.seed(root, "chart.git", work)
    yield server.url("chart.git")
    server.close()


def out_of_sync(app):
    """Names of what differs; of an application that was not compared, that."""
    found = app.get("status", {}).get("resources") or [{"name": "nothing compared", "kind": ""}]
    return [f"{r['kind']} {r['name']}" for r in found if r.get("status") != "Synced"]


@pytest.mark.parametrize("installation", ["everywhere"], indirect=True)
def test_the_chart_manages_itself(installation, own_chart):
    """What Helm installed is taken over as it is, and the definitions; then nothing differs."""
    node = installation
    node.make_keys()
    start_all(node)
    call = log_in(node)
    call("POST", "/repositories", repo=own_chart)
    values = {}
    for one in IDLE:
        path, _, value = one.partition("=")
        at = values
        *parents, last = path.replace("\\.", "\0").split(".")
        for name in parents:
            at = at.setdefault(name, {})
        at[last.replace("\0", ".")] = json.loads(value)
    values["crds"] = {"install": True}
    call(
        "POST", "/applications",
        metadata={"name": "plumbline"},
        spec={
            "project": "default",
            "source": {
                "repoURL": own_chart, "path": "chart", "targetRevision": "main",
                "helm": {"releaseName": "plumbline", "valuesObject": values},
            },
            "destination": {"server": OWN, "namespace": node.namespace},
        },
    )  # fmt: skip
    deployment = f"/apis/apps/v1/namespaces/{node.namespace}/deployments/argocd-server"
    before = node.api.get(deployment)["spec"]
    secret = node.secret("argocd-secret")

    def app():
        return call("GET", "/applications/plumbline?refresh=normal")

    node.until(lambda: app().get("status", {}).get("resources"), "the chart is compared")
    kinds = {r["kind"] for r in app()["status"]["resources"]}
    assert {"CustomResourceDefinition", "ClusterRole", "NetworkPolicy", "Job", "Secret"} <= kinds
    call("POST", "/applications/plumbline/sync", name="plumbline")

    def ended():
        return app()["status"].get("operationState", {}).get("phase") not in {None, "Running"}

    node.until(ended, "the sync has ended")
    state = app()["status"]["operationState"]
    assert "Succeeded" == state["phase"], state["message"]
    node.until(lambda: not out_of_sync(app()), "nothing differs")
    assert [] == out_of_sync(app())
    # No pod is replaced, and what the api-server made at run time is still there.
    assert before == node.api.get(deployment)["spec"]
    kept = node.secret("argocd-secret")
    assert {} == {key: kept.get(key) for key, value in secret.items() if kept.get(key) != value}
    assert set(secret) == set(kept)
    call("DELETE", "/applications/plumbline?cascade=false")

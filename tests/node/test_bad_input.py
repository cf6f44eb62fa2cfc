"""What is missing or wrong in a release, as its operator sees it: one line says what, no restarts.

Each test takes one thing away from the release, looks, and gives it back; the release heals by
itself.
"""

import base64
import contextlib
import datetime as dt
import json

import pytest

from plumbline.rpc import credentials

from .release import NAMESPACE, WORKLOADS, Failed, until

SECRETS = f"/api/v1/namespaces/{NAMESPACE}/secrets"
BINDINGS = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{NAMESPACE}/rolebindings"
METRICS = {"server": 8083, "repo-server": 8084, "controller": 8082}
READYZ = (
    "import sys, urllib.error, urllib.request\n"
    "try:\n"
    "    answer = urllib.request.urlopen('http://127.0.0.1:' + sys.argv[1] + '/readyz')\n"
    "except urllib.error.HTTPError as error:\n"
    "    answer = error\n"
    "print(answer.status, answer.read().decode())\n"
)


def readyz(release, component, pod=""):
    """Status and text of a pod's readiness."""
    pod = pod or release.names(component)[0]
    printed = release.python_in(pod, READYZ, str(METRICS[component]))
    status, _, text = printed.partition(" ")
    return int(status), text.strip()


def restarts(release):
    return sum(
        status["restartCount"]
        for component in WORKLOADS
        for pod in release.pods(component)
        for status in pod["status"].get("containerStatuses", [])
    )


def error_lines(release, component, since):
    """(event, reason) of the errors in the logs of a component's pods."""
    found = []
    for line in release.logs(component, f"--since-time={since}").splitlines():
        with contextlib.suppress(ValueError):
            entry = json.loads(line)
            if entry.get("level") == "error":
                found.append((entry["event"], entry.get("reason", "")))
    return found


@pytest.fixture
def since(release):
    """Now, as the logs write it; no container may be restarted from here to the test's end."""
    before = restarts(release)
    yield dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for component in WORKLOADS:
        release.rolled_out(component)
    assert before == restarts(release)


@pytest.mark.timeout(200)
def test_a_redis_that_is_gone(release, plane, shop, since):
    """Work goes on without it; log and readiness say so."""
    release.kubectl("scale", WORKLOADS["redis"], "--replicas=0")
    try:
        _, text = until(lambda: (seen := readyz(release, "repo-server"))[1].count("Redis") and seen)
        assert "argocd-redis:6379" in text
        assert 200 == readyz(release, "repo-server")[0]
        repo = shop.repository()
        data = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}}
        repo.write("app/map.yaml", {**data, "data": {"without": "redis"}})
        repo.push()
        shop.create("app", repo.url, "app", automated={})
        shop.config_map("settings", lambda m: m["data"] == {"without": "redis"})
    finally:
        release.kubectl("scale", WORKLOADS["redis"], "--replicas=1")
    assert "no Redis" in [event for event, _ in error_lines(release, "repo-server", since)]
    until(lambda: readyz(release, "repo-server") == (200, "ok"))


@pytest.mark.timeout(200)
def test_a_secret_that_is_missing(release, since):
    """The kubelet names it; the keys' CronJob, run by hand, makes it anew."""
    release.kubectl("delete", "secret", "plumbline-render-signing")
    release.kubectl("delete", "pod", release.names("repo-server")[0])
    until(lambda: 'secret "plumbline-render-signing" not found' in release.events())
    release.kubectl("create", "job", "remake", "--from=cronjob/plumbline-keys-renewal")
    release.kubectl("wait", "--for=condition=complete", "job/remake", "--timeout=60s")
    release.kubectl("delete", "job", "remake")
    release.kubectl("rollout", "restart", WORKLOADS["repo-server"])  # or half has the old key
    release.rolled_out("repo-server")


@pytest.mark.timeout(200)
def test_a_certificate_of_another_authority(release, since):
    """Taken up without a restart, refused by the peers, named; and so is its replacement."""
    path = f"{SECRETS}/plumbline-identity-controller"
    right = release.api.get(path)["data"]
    now = dt.datetime.now(dt.UTC)
    wrong = credentials.issue("controller", *credentials.issue_authority(now), now)
    files = {
        "tls.crt": wrong.certificate,
        "tls.key": wrong.key.reveal().encode(),
        "ca.crt": wrong.authority,
    }
    data = {name: base64.b64encode(content).decode() for name, content in files.items()}
    release.api.merge(path, {"data": data})
    try:
        _, text = until(
            lambda: (seen := readyz(release, "controller"))[1].count("repo-server") and seen, 150
        )
        assert "do both certificates come from one CA" in text
    finally:
        release.api.merge(path, {"data": right})
    until(lambda: readyz(release, "controller") == (200, "ok"), 150)
    assert "no repo-server" in [event for event, _ in error_lines(release, "controller", since)]


@pytest.mark.timeout(200)
def test_a_permission_that_is_missing(release, since):
    """A new pod is not ready, and says who may not do what; it goes on when it may."""
    binding = f"{BINDINGS}/argocd-server"
    right = release.api.get(binding)
    release.api.delete(binding)
    try:
        before = release.names("server")
        release.kubectl("delete", "pod", before[0])
        (new,) = until(lambda: set(release.names("server")) - set(before))
        _, text = until(lambda: (seen := readyz(release, "server", new))[0] == 503 and seen)
        assert f"system:serviceaccount:{NAMESPACE}:argocd-server" in text
        assert "RoleBindings" in text
    finally:
        kept = {key: right["metadata"][key] for key in ("name", "namespace", "labels")}
        annotations = right["metadata"].get("annotations") or {}
        right["metadata"] = {**kept, "annotations": annotations}
        release.api.create(BINDINGS, right)
    until(lambda: readyz(release, "server", new) == (200, "ok"))
    lines = error_lines(release, "server", since)
    assert "no Kubernetes permission" in [event for event, _ in lines]


def test_a_typo_in_the_values(release):
    """Refused before anything is changed, with the path."""
    with pytest.raises(Failed, match="replicsa"):
        release.install("--set=repoServer.replicsa=3", "--dry-run=client")
    with pytest.raises(Failed, match="repoServer/autoscaling': additional properties 'minReplica'"):
        release.install("--set=repoServer.autoscaling.minReplica=3", "--dry-run=client")

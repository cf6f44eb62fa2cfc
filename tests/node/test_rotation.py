"""All keys are rotated under a running release: nobody is locked out, and no pod is restarted.

The command is the one of the chart's README. What takes the time is the kubelet: a changed Secret
reaches the pods within a minute or so, which is what `keys.settle` waits for.
"""

import base64
import json

import pytest

from .release import NAMESPACE, WORKLOADS

SECRETS = f"/api/v1/namespaces/{NAMESPACE}/secrets"
KEPT = {
    "plumbline-authority": "tls.crt", "plumbline-identity-controller": "tls.crt",
    "plumbline-render-signing": "signing.pem", "argocd-redis": "auth",
}  # fmt: skip


def values(release):
    found = {}
    for name, key in KEPT.items():
        data = release.api.get(f"{SECRETS}/{name}")["data"]
        found[name] = base64.b64decode(data[key]).decode()
    return found


def pods(release):
    """(uid, restarts) of every pod."""
    return {
        (pod["metadata"]["uid"], sum(c["restartCount"] for c in pod["status"]["containerStatuses"]))
        for component in WORKLOADS
        for pod in release.pods(component)
    }


@pytest.mark.timeout(600)
def test_all_keys_are_rotated(release, plane, shop, users):
    release.install("--set=keys.settle=100s", "--set=keys.overlap=20s")
    for component in WORKLOADS:
        release.rolled_out(component)
    before, running = values(release), pods(release)
    job = json.loads(
        release.kubectl(
            "create", "job", "rotate", "--from=cronjob/plumbline-keys-renewal",
            "--dry-run=client", "--output=json",
        )
    )  # fmt: skip
    container = job["spec"]["template"]["spec"]["containers"][0]
    container["args"] = ["rotate", "all", "--wait"]
    repo = shop.repository()
    data = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}}
    with users:
        release.kubectl("create", "--filename=-", stdin=json.dumps(job))
        release.kubectl(
            "wait", "--for=condition=complete", "job/rotate", "--timeout=480s", seconds=500
        )
        repo.write("app/map.yaml", {**data, "data": {"after": "the rotation"}})
        repo.push()
        shop.create("app", repo.url, "app", automated={})
        shop.config_map("settings", lambda m: m["data"] == {"after": "the rotation"})
    after = values(release)
    assert [] == [name for name in KEPT if before[name] == after[name]]
    assert running == pods(release)
    assert [] == users.failures
    # The old ones are forgotten everywhere.
    authority = release.api.get(f"{SECRETS}/plumbline-authority")["data"]
    assert not {"next.crt", "previous.crt", "rotation"} & set(authority)
    trusted = release.api.get(f"{SECRETS}/plumbline-identity-controller")["data"]["ca.crt"]
    assert after["plumbline-authority"].strip() == base64.b64decode(trusted).decode().strip()
    release.kubectl("delete", "job", "rotate")
    release.install()

"""Pods killed in the middle of a sync: the end is the same, and nothing is done twice."""

import pytest

from plumbline.testcluster.node.played import TAINT

WAVES = 4
# Their image is nowhere; the waiting for them is real.
PLAYED = {
    "tolerations": [{"operator": "Exists", "key": TAINT["key"]}],
    "nodeSelector": {"kubernetes.io/hostname": "node-0"},
}


def healthy(commit):
    def check(app):
        status = app.get("status") or {}
        sync, health = status.get("sync") or {}, status.get("health") or {}
        found = sync.get("status"), health.get("status"), sync.get("revision")
        return found == ("Synced", "Healthy", commit) and "operation" not in app

    return check


def waves(colour):
    """A hook, then Deployments and ConfigMaps in waves: long enough to be in the middle of."""
    for number in range(WAVES):
        annotations = {"argocd.argoproj.io/sync-wave": str(number)}
        meta = {"name": f"wave-{number}", "annotations": annotations}
        yield {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"c": colour}}
        container = {
            "name": "main", "image": "docker.io/library/nginx:1.27",
            "env": [{"name": "COLOUR", "value": colour}],
        }  # fmt: skip
        labels = {"app": f"wave-{number}"}
        yield {
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta,
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {"containers": [container], **PLAYED},
                },
            },
        }  # fmt: skip
    yield {
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {
            "name": "before", "annotations": {
                "argocd.argoproj.io/hook": "PreSync",
                "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
            },
        },
        "spec": {"backoffLimit": 0, "template": {"spec": {
            "restartPolicy": "Never", "containers": [{"name": "main", "image": "nginx:1.27"}],
            **PLAYED,
        }}},
    }  # fmt: skip


def kill(release, component):
    """Kill every pod of a component at once, as a lost node would."""
    names = release.names(component)
    release.kubectl("delete", "pod", *names, "--grace-period=0", "--force", "--wait=false")
    return names


@pytest.mark.timeout(300)
@pytest.mark.parametrize("component", ["controller", "repo-server", "server", "redis"])
def test_a_killed_pod_in_the_middle_of_a_sync(release, played_node, plane, shop, component):
    repo = shop.repository()
    repo.write("app/all.yaml", *waves("blue"))
    commit = repo.push()
    shop.create("waves", repo.url, "app", automated={"prune": True, "selfHeal": True})
    # The middle: the second wave is there, the last is not.
    shop.api.wait(shop.object_path("wave-1"), lambda _: True, seconds=60)
    hook = f"/apis/batch/v1/namespaces/{shop.name}/jobs/before"
    made = shop.api.get(hook)["metadata"]["uid"]
    gone = kill(release, component)
    done = shop.app("waves", healthy(commit), seconds=150)
    history = done["status"]["history"]
    assert [commit] == [entry["revision"] for entry in history]
    assert made == shop.api.get(hook)["metadata"]["uid"], "the hook was made again"

    release.rolled_out(component)
    assert not set(gone) & set(release.names(component)) or component == "controller"
    repo.write("app/all.yaml", *waves("red"))
    second = repo.push()
    done = shop.app("waves", healthy(second), seconds=150)
    for number in range(WAVES):
        assert {"c": "red"} == shop.api.get(shop.object_path(f"wave-{number}"))["data"]

"""The repo-server scales by its load, and no render fails on the way."""

import threading
import time

import pytest

from .release import NAMESPACE

HPA = f"/apis/autoscaling/v2/namespaces/{NAMESPACE}/horizontalpodautoscalers/argocd-repo-server"
DEPLOYMENT = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/argocd-repo-server"
APPS = 8


class Load(threading.Thread):
    """Hard refreshes of all applications, again and again: each is a render."""

    def __init__(self, shop, names):
        super().__init__()
        self._shop, self._names, self._end = shop, names, threading.Event()

    def run(self):
        mark = {"metadata": {"annotations": {"argocd.argoproj.io/refresh": "hard"}}}
        while not self._end.wait(0.5):
            for name in self._names:
                self._shop.api.merge(self._shop.path(name), mark)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self.join()


def renders(release, result):
    """{pod: how many of its renders ended so}."""
    found = {}
    for pod, page in release.metrics("repo-server", 8084).items():
        wanted = f'plumbline_renders_total{{result="{result}"'
        lines = [line for line in page.splitlines() if line.startswith(wanted)]
        found[pod] = sum(float(line.rpartition(" ")[2]) for line in lines)
    return found


def busy(release):
    """Pods that have rendered something."""
    return [pod for pod, count in renders(release, "rendered").items() if count]


@pytest.mark.timeout(600)
def test_one_to_three_under_load(release, plane, shop):
    release.install(
        "--set=repoServer.autoscaling.enabled=true", "--set=repoServer.autoscaling.minReplicas=1",
        "--set=repoServer.autoscaling.maxReplicas=3", "--set=repoServer.replicas=1",
        "--set=repoServer.resources.requests.cpu=50m",
    )  # fmt: skip
    shop.api.wait(HPA, lambda h: (h.get("status") or {}).get("currentReplicas") == 1, seconds=200)
    repo = shop.repository()
    names = [f"k{number}" for number in range(APPS)]
    for name in names:
        maps = [{
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"{name}-{n}"},
            "data": {"n": str(n)},
        } for n in range(20)]  # fmt: skip
        repo.write(f"{name}/maps.yaml", *maps)
        repo.write(f"{name}/kustomization.yaml", text="resources: [maps.yaml]\n")
    repo.push()
    broken = []

    def fine(app):
        found = (app.get("status") or {}).get("conditions") or []
        broken.extend(c["message"] for c in found if c["type"] == "ComparisonError")
        return ((app.get("status") or {}).get("sync") or {}).get("status") == "Synced"

    for name in names:
        shop.create(name, repo.url, name, automated={})
    for name in names:
        shop.app(name, fine)
    with Load(shop, names):
        shop.api.wait(
            DEPLOYMENT, lambda d: (d["status"].get("readyReplicas") or 0) == 3, seconds=300
        )
        started = time.monotonic()
        while time.monotonic() - started < 60 and len(busy(release)) < 3:
            for name in names:
                shop.app(name, fine)
    assert 3 == len(busy(release)), "a new replica gets no renders"
    assert [] == broken
    assert 0.0 == sum(renders(release, "failed").values())
    release.install()

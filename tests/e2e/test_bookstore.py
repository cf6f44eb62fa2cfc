"""The bookstore on a real Kubernetes: services as processes, Git over HTTP, kustomize."""

import pytest

from plumbline.local.environment import Environment

ARGO = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"
DEV = "/apis/apps/v1/namespaces/bookstore-dev/deployments/catalog"

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def shop():
    """A cluster of its own: the bookstore's names are fixed."""
    with Environment() as environment:
        environment.use_cluster()
        environment.install("argocd")
        environment.serve_bookstore()
        environment.start_services(poll_interval=1.0, revision_flush_seconds=2.0)
        for file in environment.bookstore.bootstrap:
            environment.apply(file)
        yield environment


def is_at(sync, health):
    """A condition on an Application."""

    def check(app):
        status = app.get("status") or {}
        got = ((status.get("sync") or {}).get("status"), (status.get("health") or {}).get("status"))
        return got == (sync, health)

    return check


def wait(shop, name, sync, health, seconds=90):
    return shop.api.wait(f"{ARGO}/bookstore-{name}", is_at(sync, health), seconds=seconds)


def exists(shop, path, seconds=60):
    """Wait until an object is there."""
    shop.api.wait(path, lambda o: o is not None, seconds=seconds)


def ready(shop):
    for name in ("root", "dev", "staging", "prod"):
        exists(shop, f"{ARGO}/bookstore-{name}")
    wait(shop, "root", "Synced", "Healthy")
    wait(shop, "dev", "Synced", "Healthy")
    wait(shop, "staging", "Synced", "Healthy")
    wait(shop, "prod", "OutOfSync", "Missing")


@pytest.mark.timeout(600)
def test_the_tour(shop):
    """Bootstrap, drift, a commit, a bad image, its revert, prod by hand, the cascade.

    One test, because each step begins where the former ended.
    """
    ready(shop)

    # Drift in dev is healed; the autoscaler's count in staging is left alone.
    shop.api.merge(DEV, {"spec": {"replicas": 5}})
    shop.api.wait(DEV, lambda d: d["spec"]["replicas"] == 2, seconds=30)

    # A commit to dev moves dev alone.
    before = shop.api.get(DEV.replace("dev", "staging"))["metadata"]["generation"]
    overlay = shop.bookstore.work / "overlays/dev/kustomization.yaml"
    overlay.write_text(overlay.read_text().replace('newTag: "1.27"', 'newTag: "1.28"'))
    commit = shop.bookstore.push("Use nginx 1.28 in dev")
    shop.api.wait(DEV, lambda d: image_of(d).endswith(":1.28"), seconds=30)
    shop.api.wait(
        f"{ARGO}/bookstore-dev",
        lambda a: a["status"]["sync"]["revision"] == commit and is_at("Synced", "Healthy")(a),
        seconds=60,
    )
    assert before == shop.api.get(DEV.replace("dev", "staging"))["metadata"]["generation"]

    # A bad image turns dev Degraded; reverting the commit brings it back.
    overlay.write_text(overlay.read_text().replace('newTag: "1.28"', "newTag: missing"))
    shop.bookstore.push("Break dev")
    shop.api.wait(
        f"{ARGO}/bookstore-dev",
        lambda a: a["status"]["health"]["status"] == "Degraded",
        seconds=60,
    )
    shop.bookstore.revert()
    wait(shop, "dev", "Synced", "Healthy", seconds=120)

    # prod waits for a sync.
    shop.api.merge(f"{ARGO}/bookstore-prod", {"operation": {"sync": {}}})
    wait(shop, "prod", "Synced", "Healthy", seconds=120)

    # The cascade: children, then workloads.
    shop.api.delete(f"{ARGO}/bookstore-root")
    for name in ("dev", "staging", "prod", "root"):
        shop.api.wait_gone(f"{ARGO}/bookstore-{name}", seconds=120)
    for name in ("dev", "staging", "prod"):
        shop.api.wait_gone(f"/api/v1/namespaces/bookstore-{name}", seconds=120)


def image_of(deployment):
    return deployment["spec"]["template"]["spec"]["containers"][0]["image"]

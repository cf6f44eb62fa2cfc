"""A Secret that stands in Git unencrypted: told on its Application, or refused by its project."""

import contextlib

import pytest

from plumbline.core import errors

pytestmark = pytest.mark.cluster

PROJECTS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects"
WARNING = "PlaintextSecretWarning"
CANARY = "canary-5b8e77"


def manifest(kind, name, field, **values):
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, field: values}


def condition(app, kind):
    found = (app.get("status") or {}).get("conditions") or []
    return next((c["message"] for c in found if c["type"] == kind), "")


def synced(app):
    return ((app.get("status") or {}).get("sync") or {}).get("status") == "Synced"


@pytest.fixture
def guarded(shop):
    """The path of a project of the test's own."""
    path = f"{PROJECTS}/{shop.name}-guarded"
    shop.api.create(PROJECTS, {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": f"{shop.name}-guarded", "namespace": "argocd"},
        "spec": {
            "sourceRepos": ["*"],
            "destinations": [{"server": "*", "namespace": shop.name}],
        },
    })  # fmt: skip
    yield path
    with contextlib.suppress(errors.NotFound):
        shop.api.delete(path)


def test_a_plaintext_secret_is_told_and_refused(shop, guarded):
    """A warning by default; with `deny` nothing is applied or pruned until it is gone."""
    repo = shop.repository()
    repo.write("app/secret.yaml", manifest("Secret", "db", "stringData", password=CANARY))
    repo.write("app/map.yaml", manifest("ConfigMap", "settings", "data", colour="blue"))
    repo.push()
    shop.create("web", repo.url, "app", automated={"prune": True, "selfHeal": True})
    shop.api.merge(shop.path("web"), {"spec": {"project": f"{shop.name}-guarded"}})

    warned = shop.app("web", lambda app: synced(app) and condition(app, WARNING))
    assert condition(warned, WARNING).endswith("unencrypted: db")

    denial = {"plumbline.io/plaintext-secrets": "deny"}
    shop.api.merge(guarded, {"metadata": {"annotations": denial}})
    shop.app("web", lambda app: "the project refuses them" in condition(app, "ComparisonError"))
    repo.write("app/map.yaml", manifest("ConfigMap", "other", "data", colour="red"))
    commit = repo.push()
    shop.api.merge(
        shop.path("web"), {"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal"}}}
    )
    denied = shop.app(
        "web",
        lambda app: (
            "argocd.argoproj.io/refresh" not in (app["metadata"].get("annotations") or {})
            and "the project refuses them" in condition(app, "ComparisonError")
        ),
    )
    assert "Unknown" == denied["status"]["sync"]["status"]
    assert "" == condition(denied, WARNING)
    assert CANARY not in str(denied)
    assert {"colour": "blue"} == shop.config_map("settings", lambda _: True)["data"]
    with pytest.raises(errors.NotFound):
        shop.api.get(shop.object_path("other"))

    (repo.work / "app/secret.yaml").unlink()
    later = repo.push()
    assert commit != later
    shop.config_map("other", lambda o: o["data"] == {"colour": "red"})
    shop.app("web", lambda app: synced(app) and not condition(app, "ComparisonError"))
    with pytest.raises(errors.NotFound):
        shop.api.get(shop.object_path("settings"))

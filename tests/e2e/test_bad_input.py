"""What is wrong with one application is said on it, and harms nothing and nobody else.

Each case begins with an application that is Synced, breaks its source, and looks for a condition
that names the cause, the last good state in the cluster, and another application that goes on.
"""

import pytest

from plumbline.local import git_http

pytestmark = pytest.mark.cluster

KUSTOMIZATION = "resources: [map.yaml]\n"


def config_map(name="settings", **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def synced(app):
    return ((app.get("status") or {}).get("sync") or {}).get("status") == "Synced"


def condition(app, kind):
    found = (app.get("status") or {}).get("conditions") or []
    return next((c["message"] for c in found if c["type"] == kind), "")


class Broken:
    """The application under test and one beside it, both Synced."""

    def __init__(self, shop):
        self.shop = shop
        self.repo = shop.repository()
        self.repo.write("bad/map.yaml", config_map(colour="blue"))
        self.repo.write("bad/kustomization.yaml", text=KUSTOMIZATION)
        self.repo.write("good/map.yaml", config_map("good", count="0"))
        self.repo.push()
        automated = {"prune": True, "selfHeal": True}
        shop.create("bad", self.repo.url, "bad", automated=automated)
        shop.create("good", self.repo.url, "good", automated=automated)
        shop.app("bad", synced)
        shop.app("good", synced)
        self._number = 0

    def change(self, **source):
        self.shop.api.merge(self.shop.path("bad"), {"spec": {"source": source}})

    def told(self, kind, *words):
        """Wait for a condition that names the cause; the objects must still be as they were."""
        app = self.shop.app(
            "bad", lambda a: condition(a, kind) and all(w in condition(a, kind) for w in words), 20
        )
        assert {"colour": "blue"} == self.shop.config_map("settings", lambda _: True)["data"]
        return app

    def others_go_on(self):
        self._number += 1
        wanted = {"count": str(self._number)}
        self.repo.write("good/map.yaml", config_map("good", **wanted))
        self.repo.push()
        self.shop.config_map("good", lambda o: o["data"] == wanted)
        assert {"colour": "blue"} == self.shop.config_map("settings", lambda _: True)["data"]


@pytest.fixture
def broken(shop):
    return Broken(shop)


def test_a_repository_that_does_not_exist(broken):
    """A wrong URL on a server that answers."""
    wrong = broken.repo.url.replace("-repo.git", "-other.git")
    broken.change(repoURL=wrong)

    app = broken.told("ComparisonError", "Failed to load target state", "other.git")
    assert "Unknown" == app["status"]["sync"]["status"]
    broken.others_go_on()
    broken.change(repoURL=broken.repo.url)
    broken.shop.app("bad", lambda a: synced(a) and not condition(a, "ComparisonError"))


def test_a_server_that_cannot_be_reached(broken, tmp_path):
    """Nothing listens at the URL."""
    gone = git_http.GitServer(tmp_path)
    url = gone.url("repo.git")
    gone.close()
    broken.change(repoURL=url)

    broken.told("ComparisonError", "Failed to load target state")
    broken.others_go_on()


def test_a_path_that_does_not_exist(broken):
    """The commit has no such directory."""
    broken.change(path="nowhere")

    broken.told("ComparisonError", "nowhere")
    broken.others_go_on()


def test_a_revision_that_does_not_exist(broken):
    """No branch, tag or commit of that name."""
    broken.change(targetRevision="no-such-branch")

    broken.told("ComparisonError", "no-such-branch")
    broken.others_go_on()


def test_yaml_that_cannot_be_read(broken):
    """A file of a directory source is not YAML; the message names it."""
    broken.repo.write("plain/map.yaml", text="a: [b\n")
    broken.repo.push()
    broken.change(path="plain")

    broken.told("ComparisonError", "map.yaml")
    broken.others_go_on()
    broken.repo.write("plain/map.yaml", config_map(colour="red"))
    broken.repo.push()
    broken.shop.config_map("settings", lambda o: o["data"] == {"colour": "red"})


def test_a_render_that_fails(broken):
    """kustomize refuses; its words are in the condition."""
    broken.repo.write("bad/kustomization.yaml", text="resources: [absent.yaml]\n")
    broken.repo.push()

    broken.told("ComparisonError", "absent.yaml")
    broken.others_go_on()
    broken.repo.write("bad/kustomization.yaml", text=KUSTOMIZATION)
    broken.repo.push()
    broken.shop.app("bad", lambda a: synced(a) and not condition(a, "ComparisonError"))


def test_an_empty_directory_prunes_nothing(broken):
    """Every object is gone from Git and automation may prune: it is refused and said."""
    (broken.repo.work / "bad/map.yaml").unlink()
    (broken.repo.work / "bad/kustomization.yaml").unlink()
    broken.repo.write("bad/notes.txt", text="nothing here\n")
    broken.repo.push()

    broken.told("SyncError", "auto-sync will wipe out all resources")
    broken.others_go_on()


def test_the_same_object_twice(broken):
    """The last one is used, and a warning names the object."""
    broken.repo.write(
        "twice/map.yaml",
        config_map(colour="red"),
        config_map(colour="blue"),
        config_map("b", x="y"),
    )
    broken.repo.push()
    broken.change(path="twice")

    app = broken.told("RepeatedResourceWarning", "appeared 2 times", "/ConfigMap/")
    assert broken.shop.name in condition(app, "RepeatedResourceWarning")
    broken.others_go_on()


def test_a_kind_that_the_cluster_does_not_know(broken):
    """The sync fails with the contract's text; nothing else is touched."""
    widget = {"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {"name": "w"}}
    broken.repo.write("kinds/map.yaml", config_map(colour="blue"), widget)
    broken.repo.push()
    broken.change(path="kinds")

    wanted = 'Make sure the "Widget" CRD is installed on the destination cluster.'

    def told(app):
        state = app["status"].get("operationState") or {}
        rows = (state.get("syncResult") or {}).get("resources") or []
        row = next((r for r in rows if r["kind"] == "Widget"), {})
        return row.get("status") == "SyncFailed" and wanted in row["message"]

    app = broken.shop.app("bad", told, 20)
    assert wanted in app["status"]["operationState"]["message"]
    broken.others_go_on()


def test_a_destination_outside_the_project(broken):
    """The project permits another namespace only: refused before anything is read or written."""
    api, shop = broken.shop.api, broken.shop
    project = "/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects"
    name = f"narrow-{shop.name}"
    api.create(project, {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": name, "namespace": "argocd"},
        "spec": {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "other"}]},
    })  # fmt: skip
    try:
        api.merge(shop.path("bad"), {"spec": {"project": name}})

        broken.told(
            "InvalidSpecError", "do not match any of the allowed destinations in project", name
        )
        broken.others_go_on()
        api.merge(shop.path("bad"), {"spec": {"project": "default"}})
        shop.app("bad", lambda a: synced(a) and not condition(a, "InvalidSpecError"))
    finally:
        api.delete(f"{project}/{name}")

"""Plumbline manages itself: its chart is adopted, Synced, and upgraded by a commit."""

import shutil

import pytest
import yaml

from plumbline.local import git_http

from .release import CHART, NAME, NAMESPACE, VALUES

APPLICATIONS = f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/applications"
SERVER = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/argocd-server"
AUTHORITY = f"/api/v1/namespaces/{NAMESPACE}/secrets/plumbline-authority"
MARK = "example.org/upgraded-by"


def application(url):
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": NAME, "namespace": NAMESPACE},
        "spec": {
            "project": "default",
            "source": {
                "repoURL": url, "path": "plumbline", "targetRevision": "main",
                "helm": {"releaseName": NAME, "valueFiles": ["../values.yaml"]},
            },
            "destination": {"server": "https://kubernetes.default.svc", "namespace": NAMESPACE},
            "syncPolicy": {"automated": {"prune": True, "selfHeal": True}},
        },
    }  # fmt: skip


def calm(revision):
    def check(app):
        status = app.get("status") or {}
        sync, health = status.get("sync") or {}, status.get("health") or {}
        found = sync.get("status"), health.get("status"), sync.get("revision")
        return found == ("Synced", "Healthy", revision) and "operation" not in app

    return check


@pytest.mark.timeout(500)
def test_adopted_and_upgraded_by_a_commit(release, plane, git_server, tmp_path):
    server, root = git_server
    work = tmp_path / "platform"
    shutil.copytree(CHART, work / "plumbline")
    shutil.copy(VALUES, work / "values.yaml")
    git_http.seed(root, "platform.git", work)
    api = release.api
    uids = {c: [p["metadata"]["uid"] for p in release.pods(c)] for c in ("server", "controller")}
    keys = api.get(AUTHORITY)["data"]
    commit = git_http.git(work, "rev-parse", "HEAD")
    api.create(APPLICATIONS, application(server.url("platform.git")))
    try:
        api.wait(f"{APPLICATIONS}/{NAME}", calm(commit), seconds=120)
        # Adopted, not replaced: no pod was restarted by it, no key was made anew.
        for component, before in uids.items():
            assert before == [p["metadata"]["uid"] for p in release.pods(component)]

        values = yaml.safe_load((work / "values.yaml").read_text())
        values.setdefault("global", {})["podAnnotations"] = {MARK: "a-commit"}
        (work / "values.yaml").write_text(yaml.safe_dump(values))
        git_http.git(work, "add", "--all")
        git_http.git(work, "commit", "--quiet", "-m", "Upgrade Plumbline")
        git_http.git(work, "push", "--quiet", str(root / "platform.git"), "HEAD:main")
        commit = git_http.git(work, "rev-parse", "HEAD")
        api.wait(f"{APPLICATIONS}/{NAME}", calm(commit), seconds=240)
        for component in ("server", "repo-server", "controller", "redis"):
            release.rolled_out(component)
            for pod in release.pods(component):
                assert "a-commit" == pod["metadata"]["annotations"].get(MARK), component
        assert keys == api.get(AUTHORITY)["data"]
    finally:
        # Without the finalizer: what it manages stays.
        api.delete(f"{APPLICATIONS}/{NAME}")

"""PreDelete and PostDelete hooks: run around the cascade, held against the project."""

import pytest

pytestmark = pytest.mark.cluster

HOOK = "argocd.argoproj.io/hook"
POLICY = "argocd.argoproj.io/hook-delete-policy"
PRE = "pre-delete-finalizer.argocd.argoproj.io"
POST = "post-delete-finalizer.argocd.argoproj.io"
CASCADE = "resources-finalizer.argocd.argoproj.io"


def config_map(name="settings", annotations=None, **data):
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "annotations": annotations or {}},
        "data": data,
    }


def job(name, hook, image="busybox:1", policy="BeforeHookCreation", **spec):
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "annotations": {HOOK: hook, POLICY: policy}},
        "spec": {
            "backoffLimit": 0,
            "template": {
                "spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": image}]}
            },
            **spec,
        },
    }


def synced(app):
    return ((app.get("status") or {}).get("sync") or {}).get("status") == "Synced"


def deletion_error(app):
    conditions = (app.get("status") or {}).get("conditions") or []
    return next((c["message"] for c in conditions if c["type"] == "DeletionError"), None)


async def test_finalizers_follow_the_hooks_in_git(rig):
    """Set while there are such hooks, taken away when they are gone; others are left alone."""
    rig.repo.push("a", config_map(), job("stop", "PreDelete"), job("report", "PostDelete"))
    await rig.create_app(finalizer=True, automated={})
    app = await rig.app(synced)
    wanted = {CASCADE, PRE, f"{PRE}/cleanup", POST, f"{POST}/cleanup"}
    assert wanted == set(app["metadata"]["finalizers"])
    assert ["settings"] == [r["name"] for r in app["status"]["resources"]]
    assert await rig.get(rig.jobs("stop")) is None
    rig.repo.push("a", config_map())
    await rig.moved()
    await rig.app(lambda a: a["metadata"]["finalizers"] == [CASCADE])


async def test_hooks_run_before_and_after_the_cascade(rig):
    """PreDelete while the objects are there, PostDelete when they are gone; policies hold."""
    rig.repo.push(
        "a",
        config_map(),
        job("stop", "PreDelete", suspend=True),
        job("report", "PostDelete"),
        job("bye", "PostDelete", policy="HookSucceeded"),
    )
    await rig.create_app(finalizer=True, automated={})
    await rig.app(synced)
    await rig.call(rig.api.delete, rig.app_path())
    await rig.call(rig.api.wait, rig.jobs("stop"), lambda _: True, seconds=20)
    assert await rig.get(rig.object_path())
    assert await rig.get(rig.jobs("report")) is None
    await rig.call(rig.api.merge, rig.jobs("stop"), {"spec": {"suspend": False}})
    await rig.call(rig.api.wait_gone, rig.app_path(), seconds=30)
    assert await rig.get(rig.object_path()) is None
    report = await rig.get(rig.jobs("report"))
    assert 1 == report["status"]["succeeded"]
    assert "finalizers" not in report["metadata"]
    await rig.call(rig.api.wait_gone, rig.jobs("bye"), seconds=20)
    await rig.call(rig.api.wait_gone, rig.jobs("stop"), seconds=20)


async def test_a_delete_hook_needs_the_projects_permission(rig):
    """CVE-2026-77459: a ClusterRoleBinding as PostDelete hook is not made; deletion says why."""
    canary = f"{rig.namespace}-canary"
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": canary, "annotations": {HOOK: "PostDelete"}},
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": "cluster-admin",
        },
        "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": "kube-system"}],
    }
    rig.repo.push("a", config_map(), binding)
    await rig.create_app(finalizer=True, automated={})
    await rig.app(synced)
    await rig.call(rig.api.delete, rig.app_path())
    app = await rig.app(deletion_error)
    text = (
        "resource rbac.authorization.k8s.io:ClusterRoleBinding is not permitted in project default"
    )
    assert text == deletion_error(app)
    path = f"/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/{canary}"
    assert await rig.get(path) is None
    await rig.call(rig.api.merge, rig.app_path(), {"metadata": {"finalizers": None}})


async def test_a_failed_predelete_hook_holds_the_deletion(rig):
    """Nothing is removed; once the failed Job is deleted, the hook runs again."""
    rig.repo.push(
        "a",
        config_map(),
        job("stop", "PreDelete", image="x:missing", activeDeadlineSeconds=1),
    )
    await rig.create_app(finalizer=True, automated={})
    await rig.app(synced)
    await rig.call(rig.api.delete, rig.app_path())
    app = await rig.app(deletion_error)
    assert deletion_error(app).startswith("PreDelete hook job.batch/stop failed")
    assert await rig.get(rig.object_path())
    failed = await rig.get(rig.jobs("stop"))
    rig.repo.push("a", config_map(), job("stop", "PreDelete"))
    await rig.moved()
    await rig.call(rig.api.delete, rig.jobs("stop"))
    await rig.call(rig.api.merge, rig.jobs("stop"), {"metadata": {"finalizers": None}})
    await rig.call(rig.api.wait_gone, rig.app_path(), seconds=30)
    assert await rig.get(rig.object_path()) is None
    assert failed is not None


async def test_deletion_waits_for_its_confirmation(rig):
    """Delete=confirm keeps the object until the user approves."""
    guarded = config_map(annotations={"argocd.argoproj.io/sync-options": "Delete=confirm"})
    rig.repo.push("a", guarded, config_map("free"))
    await rig.create_app(finalizer=True, automated={})
    await rig.app(synced)
    await rig.call(rig.api.delete, rig.app_path())
    await rig.call(rig.api.wait_gone, rig.object_path("free"), seconds=20)
    app = await rig.get(rig.app_path())
    assert await rig.get(rig.object_path())
    approval = {"argocd.argoproj.io/deletion-approved": app["metadata"]["deletionTimestamp"]}
    await rig.call(rig.api.merge, rig.app_path(), {"metadata": {"annotations": approval}})
    await rig.call(rig.api.wait_gone, rig.app_path(), seconds=30)
    assert await rig.get(rig.object_path()) is None


async def test_a_hook_of_an_interrupted_sync_does_not_hold_the_deletion(rig):
    """The cascade lets go of the hook's finalizer."""
    rig.repo.push(
        "a", job("stuck", "PreSync", image="x:missing", activeDeadlineSeconds=600), config_map()
    )
    await rig.create_app(finalizer=True)
    await rig.sync()
    await rig.call(rig.api.wait, rig.jobs("stuck"), lambda _: True, seconds=20)
    await rig.call(rig.api.delete, rig.app_path())
    await rig.call(rig.api.wait_gone, rig.app_path(), seconds=30)
    await rig.call(rig.api.wait_gone, rig.jobs("stuck"), seconds=20)


async def test_a_delete_hook_of_a_forbidden_source_is_not_made(rig):
    """Security: deletion is no way around the project's list of repositories."""
    rig.repo.push("a", config_map(), job("canary", "PreDelete"))
    await rig.create_app(finalizer=True, automated={})
    await rig.app(synced)
    project = f"/apis/argoproj.io/v1alpha1/namespaces/{rig.namespace}/appprojects/default"
    await rig.call(rig.api.merge, project, {"spec": {"sourceRepos": ["https://other/r"]}})
    await rig.app(lambda a: a["status"]["sync"]["status"] == "Unknown")
    await rig.call(rig.api.delete, rig.app_path())
    app = await rig.app(deletion_error)
    assert "application repo https://h/r is not permitted in project 'default'" == deletion_error(
        app
    )
    assert await rig.get(rig.jobs("canary")) is None
    await rig.call(rig.api.merge, project, {"spec": {"sourceRepos": ["*"]}})
    await rig.call(rig.api.wait_gone, rig.app_path(), seconds=30)

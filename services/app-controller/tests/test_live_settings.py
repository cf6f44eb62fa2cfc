"""A changed argocd-cm is in force without a restart."""

import json

import pytest

pytestmark = pytest.mark.cluster

ARGO = "/apis/argoproj.io/v1alpha1/namespaces"
TRACKING = "argocd.argoproj.io/tracking-id"
LABEL = "app.kubernetes.io/instance"


def config_map(name="settings", **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def synced(app):
    return ((app.get("status") or {}).get("sync") or {}).get("status") == "Synced"


def out_of_sync(app):
    return ((app.get("status") or {}).get("sync") or {}).get("status") == "OutOfSync"


async def set_settings(rig, **data):
    """Write argocd-cm as a user would."""
    manifest = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "argocd-cm",
            "namespace": rig.namespace,
            "labels": {"app.kubernetes.io/part-of": "argocd"},
        },
        "data": data,
    }
    path = f"/api/v1/namespaces/{rig.namespace}/configmaps/argocd-cm"
    await rig.call(rig.api.apply, path, manifest)


async def test_the_tracking_method_moves_marks_and_ownership(rig):
    """From annotation to label: objects get the label, and are pruned by it."""
    rig.repo.push("a", config_map(colour="blue"))
    await rig.create_app(automated={"prune": True, "selfHeal": True})
    await rig.app(synced)
    await set_settings(rig, **{"application.resourceTrackingMethod": "label"})

    marked = await rig.config_map(lambda o: LABEL in (o["metadata"].get("labels") or {}))
    assert rig.name("app") == marked["metadata"]["labels"][LABEL]
    await rig.app(synced)
    rig.repo.push("a", config_map("other", x="y"))
    await rig.moved()
    await rig.config_map(lambda o: o["data"] == {"x": "y"}, "other")
    await rig.call(rig.api.wait_gone, rig.object_path("settings"), seconds=20)


async def test_an_excluded_kind_is_left_out_with_a_warning_and_comes_back(rig):
    """resource.exclusions: nothing of the kind is applied or pruned while it is set."""
    rig.repo.push("a", config_map(colour="blue"))
    await rig.create_app(automated={"prune": True})
    await rig.app(synced)
    await set_settings(rig, **{"resource.exclusions": "[{apiGroups: [''], kinds: [ConfigMap]}]"})

    def warned(app):
        conditions = (app.get("status") or {}).get("conditions") or []
        return any(c["type"] == "ExcludedResourceWarning" for c in conditions)

    app = await rig.app(warned)
    assert "resources" not in app["status"]
    rig.repo.push("a", config_map(colour="red"))
    await rig.moved()
    await rig.app(lambda a: a["status"]["sync"]["revision"] == rig.repo.commit)
    assert {"colour": "blue"} == (await rig.config_map(lambda _: True))["data"]
    await set_settings(rig)
    await rig.config_map(lambda o: o["data"] == {"colour": "red"})
    await rig.app(lambda a: synced(a) and not warned(a))


async def test_differences_ignored_for_all_applications(rig):
    """resource.customizations.ignoreDifferences.* applies at once to what differs already."""
    rig.repo.push("a", config_map(colour="blue"))
    await rig.create_app(automated={})
    await rig.app(synced)
    await rig.call(rig.api.merge, rig.object_path(), {"data": {"colour": "green"}})
    await rig.app(out_of_sync)
    key = "resource.customizations.ignoreDifferences.ConfigMap"
    await set_settings(rig, **{key: "jsonPointers: [/data/colour]"})

    await rig.app(synced)


async def test_a_value_that_cannot_be_read_leaves_the_rest_in_force(rig):
    """One broken key does not take the others down."""
    rig.repo.push("a", config_map(colour="blue"))
    await set_settings(
        rig,
        **{"resource.exclusions": "{broken", "application.resourceTrackingMethod": "label"},
    )
    await rig.create_app(automated={})

    await rig.config_map(lambda o: LABEL in (o["metadata"].get("labels") or {}))


async def test_the_own_cluster_can_be_switched_off(rig):
    """cluster.inClusterEnabled=false: the destination is not known any more; nothing is removed."""
    rig.repo.push("a", config_map(colour="blue"))
    await rig.create_app(automated={"prune": True})
    await rig.app(synced)
    await set_settings(rig, **{"cluster.inClusterEnabled": "false"})

    def invalid(app):
        conditions = (app.get("status") or {}).get("conditions") or []
        return any(c["type"] == "InvalidSpecError" for c in conditions)

    await rig.app(invalid)
    assert {"colour": "blue"} == (await rig.config_map(lambda _: True))["data"]
    await set_settings(rig)
    await rig.app(lambda a: synced(a) and not invalid(a))


async def test_polling_follows_the_timeout(rig):
    """timeout.reconciliation rules the poll: a commit arrives without a hint."""
    rig.repo.push("a", config_map(colour="blue"))
    await rig.create_app(automated={})
    await rig.app(synced)
    await set_settings(rig, **{"timeout.reconciliation": "1s"})
    rig.repo.push("a", config_map(colour="red"))

    await rig.config_map(lambda o: o["data"] == {"colour": "red"})


async def test_a_global_project_takes_rights_away_and_a_mistyped_one_gives_none_back(rig):
    """What the global project forbids is refused at once, and stays so over a broken setting."""
    rig.repo.push("a", config_map(colour="blue"))
    await rig.create_app(automated={"selfHeal": True})
    await rig.app(synced)
    await rig.call(rig.api.create, f"{ARGO}/{rig.namespace}/appprojects", {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": "base", "namespace": rig.namespace},
        "spec": {"namespaceResourceBlacklist": [{"group": "", "kind": "ConfigMap"}]},
    })  # fmt: skip
    await set_settings(rig, globalProjects="[{projectName: base}]")
    rig.repo.push("a", config_map(colour="red"))
    await rig.moved()

    def refused(app):
        state = (app.get("status") or {}).get("operationState") or {}
        return "not permitted" in json.dumps(state) or out_of_sync_or_unknown(app)

    await rig.app(refused)
    await set_settings(rig, globalProjects="[{projectName")
    rig.repo.push("a", config_map(colour="green"))
    await rig.moved()
    await rig.app(lambda a: a["status"]["sync"].get("revision") == rig.repo.commit)
    live = await rig.config_map(lambda _: True)
    assert {"colour": "blue"} == live["data"]


def out_of_sync_or_unknown(app):
    status = ((app.get("status") or {}).get("sync") or {}).get("status")
    return status in ("OutOfSync", "Unknown")

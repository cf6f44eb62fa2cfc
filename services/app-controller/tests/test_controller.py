"""The whole controller on a real API server, with a repository that the test holds in memory."""

import orjson
import pytest

from plumbline.core import errors, integrity
from plumbline.pb.controller import controller_pb2

pytestmark = pytest.mark.cluster

ARGO = "/apis/argoproj.io/v1alpha1/namespaces"


def config_map(name="settings", **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def synced(app):
    status = app.get("status") or {}
    return (status.get("sync") or {}).get("status") == "Synced"


def condition_of(app, kind):
    conditions = (app.get("status") or {}).get("conditions") or []
    return next((c["message"] for c in conditions if c["type"] == kind), None)


async def test_a_commit_reaches_the_cluster_and_the_status_says_so(rig):
    """Automated sync: object made, marked, Synced and Healthy at the commit, history kept."""
    rig.repo.push("a", config_map(colour="blue"))
    await rig.create_app(automated={})
    app = await rig.app(synced)
    live = await rig.config_map(lambda o: o["data"] == {"colour": "blue"})
    tracking = live["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"]
    assert f"{rig.name('app')}:/ConfigMap:{rig.namespace}/settings" == tracking
    status = app["status"]
    assert ("Healthy", rig.repo.commit) == (status["health"]["status"], status["sync"]["revision"])
    state = status["operationState"]
    assert ("Succeeded", "successfully synced (all tasks run)") == (
        state["phase"],
        state["message"],
    )
    (row,) = state["syncResult"]["resources"]
    assert "configmap/settings created" == row["message"]
    assert [0] == [h["id"] for h in status["history"]]


async def test_a_new_commit_is_followed_and_only_changes_are_written(rig):
    """One field changes, nothing else; a commit elsewhere moves only the revision."""
    rig.repo.push("a", config_map(colour="blue"))
    await rig.create_app(automated={})
    await rig.app(synced)
    rig.repo.push("a", config_map(colour="red"))
    await rig.moved()
    live = await rig.config_map(lambda o: o["data"] == {"colour": "red"})
    renders = rig.repo.renders
    rig.repo.push("elsewhere", config_map())
    await rig.moved()
    await rig.app(lambda a: a["status"]["sync"]["revision"] == rig.repo.commit)
    again = await rig.config_map(lambda o: True)
    assert live["metadata"]["resourceVersion"] == again["metadata"]["resourceVersion"]
    assert renders == rig.repo.renders


async def test_drift_is_healed(rig):
    """Self-heal brings a field changed by hand back."""
    rig.repo.push("a", config_map(colour="blue"))
    await rig.create_app(automated={"selfHeal": True})
    await rig.app(synced)
    await rig.call(rig.api.merge, rig.object_path(), {"data": {"colour": "green"}})
    await rig.config_map(lambda o: o["data"] == {"colour": "blue"})


async def test_without_automation_nothing_is_written_until_asked(rig):
    """OutOfSync; then a user's operation, shown Running first and removed at its end."""
    rig.repo.push("a", config_map(colour="blue"))
    await rig.create_app()
    app = await rig.app(
        lambda a: (a.get("status") or {}).get("sync", {}).get("status") == "OutOfSync"
    )
    assert "Missing" == app["status"]["health"]["status"]
    await rig.call(rig.api.merge, rig.app_path(), {"operation": {"sync": {}}})
    app = await rig.app(synced)
    assert "operation" not in app
    assert "Succeeded" == app["status"]["operationState"]["phase"]


async def test_what_left_git_is_pruned_only_where_pruning_is_on(rig):
    """Prune."""
    rig.repo.push("a", config_map("one", a="1"), config_map("two", a="1"))
    await rig.create_app(automated={"prune": True})
    await rig.create_app("kept", "b", automated={})
    rig.repo.push("b", config_map("three", a="1"), config_map("four", a="1"))
    await rig.moved()
    await rig.app(synced)
    await rig.app(synced, "kept")
    rig.repo.push("a", config_map("one", a="1"))
    rig.repo.push("b", config_map("three", a="1"))
    await rig.moved()
    await rig.call(rig.api.wait_gone, rig.object_path("two"))
    await rig.app(lambda a: a["status"]["sync"]["status"] == "OutOfSync", "kept")
    await rig.config_map(lambda o: True, "four")


async def test_an_untrusted_commit_is_not_applied(rig):
    """A condition for each problem; what was applied before stays."""
    rig.repo.push("a", config_map(colour="blue"))
    await rig.create_app(automated={"prune": True, "selfHeal": True})
    await rig.app(synced)
    rig.repo.errors["a"] = integrity.Untrusted(["one is unsigned", "two is unsigned"])
    rig.repo.push("a", config_map(colour="red"))
    await rig.moved()
    app = await rig.app(lambda a: condition_of(a, "ComparisonError"))
    conditions = [c["message"] for c in app["status"]["conditions"]]
    assert ["GIT/GPG: one is unsigned", "GIT/GPG: two is unsigned"] == sorted(conditions)
    assert "Unknown" == app["status"]["sync"]["status"]
    await rig.config_map(lambda o: o["data"] == {"colour": "blue"})


async def test_a_broken_source_keeps_everything_and_names_the_cause(rig):
    """ComparisonError, status Unknown, nothing pruned; the other application goes on."""
    rig.repo.push("a", config_map(colour="blue"))
    await rig.create_app(automated={"prune": True, "selfHeal": True})
    await rig.app(synced)
    rig.repo.errors["a"] = errors.InvalidArgument("a/x.yaml: invalid YAML: line 3")
    rig.repo.push("b", config_map("other"))
    await rig.create_app("other", "b", automated={})
    await rig.moved()
    app = await rig.app(lambda a: condition_of(a, "ComparisonError"))
    assert (
        "Failed to load target state: failed to generate manifest for source 1 of 1:"
        " a/x.yaml: invalid YAML: line 3"
    ) == condition_of(app, "ComparisonError")
    assert "Unknown" == app["status"]["sync"]["status"]
    await rig.app(synced, "other")
    await rig.config_map(lambda o: o["data"] == {"colour": "blue"})
    del rig.repo.errors["a"]
    rig.repo.push("a", config_map(colour="red"))
    await rig.moved()
    app = await rig.app(synced)
    assert condition_of(app, "ComparisonError") is None


async def test_what_the_project_forbids_is_not_written(rig):
    """A cluster-wide object and a foreign namespace: the sync fails and says why."""
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": f"{rig.namespace}-canary"},
    }
    rig.repo.push("a", role)
    await rig.create_app(automated={}, retry={"limit": -0})
    app = await rig.app(
        lambda a: "not permitted" in ((a.get("status") or {}).get("operationState") or {}).get(
            "message", "")
    )  # fmt: skip
    message = "resource rbac.authorization.k8s.io:ClusterRole is not permitted in project default"
    assert message in app["status"]["operationState"]["message"]
    await rig.call(
        rig.api.wait_gone,
        f"/apis/rbac.authorization.k8s.io/v1/clusterroles/{rig.namespace}-canary",
    )


async def test_deletion_cascades_and_lets_go(rig):
    """Finalizer: objects first, then the application."""
    rig.repo.push("a", config_map(colour="blue"))
    await rig.create_app(finalizer=True, automated={})
    await rig.app(synced)
    await rig.call(rig.api.delete, rig.app_path())
    await rig.call(rig.api.wait_gone, rig.app_path())
    await rig.call(rig.api.wait_gone, rig.object_path())


async def test_an_invalid_application_says_why(rig):
    """InvalidSpecError; nothing is rendered."""
    await rig.call(rig.api.create, f"{ARGO}/{rig.namespace}/applications", {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": rig.name("app"), "namespace": rig.namespace},
        "spec": {
            "project": "nowhere",
            "source": {"repoURL": "https://h/r", "path": "a"},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "x"},
        },
    })  # fmt: skip
    app = await rig.app(lambda a: condition_of(a, "InvalidSpecError"))
    message = "Application referencing project nowhere which does not exist"
    assert message == condition_of(app, "InvalidSpecError")
    assert 0 == rig.repo.renders
    # Whoever asks for a sync learns it, instead of waiting for ever.
    await rig.sync()
    state = await rig.ended("Error")
    assert f"InvalidSpecError: {message}" == state["message"]
    assert "finishedAt" in state
    assert 0 == rig.repo.renders


async def test_the_channel_shows_tree_and_differences_with_secrets_masked(rig):
    """Managed resources with target and live state; a Secret's value never leaves."""
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "keys"},
        "stringData": {"token": "canary-2207"},
    }
    rig.repo.push("a", config_map(colour="blue"), secret)
    await rig.create_app(automated={})
    await rig.app(synced)
    await rig.call(rig.api.merge, rig.object_path(), {"data": {"colour": "green"}})
    await rig.app(lambda a: a["status"]["sync"]["status"] == "OutOfSync")
    channel = rig.controller.channel
    ref = controller_pb2.AppRef(namespace=rig.namespace, name=rig.name("app"))
    request = controller_pb2.ManagedResourcesRequest(app=ref)
    items = {i.name: i for i in (await channel.ManagedResources(request, None)).items}
    assert (True, False) == (items["settings"].modified, items["keys"].modified)
    assert "blue" in items["settings"].predictedLiveState
    assert "green" in items["settings"].normalizedLiveState
    assert "canary" not in str(items)
    nodes = (await channel.ResourceTree(ref, None)).nodes
    assert {"settings", "keys"} == {n.resourceRef.name for n in nodes}
    live = controller_pb2.LiveObjectRequest(
        app=ref, kind="Secret", namespace=rig.namespace, name="keys"
    )
    assert b"canary" not in (await channel.LiveObject(live, None)).manifest
    steps = [{"op": "copy", "from": "/data/token", "path": "/metadata/annotations/seen"}]
    guess = [{"op": "test", "path": "/data/token", "value": "Z3Vlc3M="}]
    for patch in (steps, guess, {}):
        asked = controller_pb2.PatchResourceRequest(
            object=live,
            patch=orjson.dumps(patch),
            content_type="application/json-patch+json",
        )
        with pytest.raises(errors.InvalidArgument, match="add, remove, replace only"):
            await channel.PatchResource(asked, None)
    live.name = "other"
    with pytest.raises(errors.NotFound, match="not found as part of application"):
        await channel.LiveObject(live, None)


async def test_what_cannot_be_compared_is_said_and_writes_nothing(rig):
    """A rule that is not supported must not be left out: the drift it means would be undone."""
    rig.repo.push("a", config_map(colour="blue"))
    await rig.create_app(automated={"selfHeal": True, "prune": True})
    await rig.app(synced)
    rules = [{"kind": "ConfigMap", "jqPathExpressions": [".data.colour"]}]
    await rig.call(rig.api.merge, rig.app_path(), {"spec": {"ignoreDifferences": rules}})

    app = await rig.app(lambda a: condition_of(a, "ComparisonError"))
    assert "jqPathExpressions is not supported yet" in condition_of(app, "ComparisonError")
    await rig.call(rig.api.merge, rig.object_path(), {"data": {"colour": "green"}})
    rig.repo.push("a")
    await rig.moved()
    assert "Unknown" == (await rig.app(lambda _: True))["status"]["sync"]["status"]
    assert {"colour": "green"} == (await rig.config_map(lambda _: True))["data"]
    rig.repo.push("a", config_map(colour="blue"))
    await rig.moved()
    await rig.call(rig.api.merge, rig.app_path(), {"spec": {"ignoreDifferences": None}})
    await rig.app(lambda a: synced(a) and condition_of(a, "ComparisonError") is None)


async def test_a_cluster_that_cannot_be_reached_is_said_so(rig):
    """The condition names the cause, nothing counts as judged; a better address is used at once."""
    data = {"name": "away", "server": "https://127.0.0.1:1", "config": "{}"}
    secrets = f"/api/v1/namespaces/{rig.namespace}/secrets"
    await rig.call(rig.api.create, secrets, {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": "away", "labels": {"argocd.argoproj.io/secret-type": "cluster"},
        },
        "stringData": data,
    })  # fmt: skip
    rig.repo.push("a", config_map(colour="blue"))
    there = {"name": "away", "namespace": rig.namespace}
    await rig.create_app(spec={"destination": there}, automated={})
    app = await rig.app(lambda a: condition_of(a, "ComparisonError"))
    assert condition_of(app, "ComparisonError").startswith(
        "Failed to load live state: https://127.0.0.1:1: "
    )
    assert "Unknown" == app["status"]["sync"]["status"]
    here = {"server": "https://kubernetes.default.svc", "namespace": rig.namespace}
    await rig.call(rig.api.merge, rig.app_path(), {"spec": {"destination": {"name": None, **here}}})
    app = await rig.app(synced)
    assert condition_of(app, "ComparisonError") is None


async def test_an_application_that_cannot_be_read_does_not_stop_the_others(rig):
    """Values nested deeper than our JSON writer goes: the other application is synced."""
    deep = {}
    for _ in range(300):
        deep = {"a": deep}
    rig.repo.push("a", config_map(colour="blue"))
    source = {"repoURL": "https://h/r", "path": "a", "targetRevision": "main"}
    poison = {"source": {**source, "helm": {"valuesObject": deep}}}
    await rig.create_app("poison", spec=poison)
    await rig.create_app(automated={})
    await rig.app(synced)

"""Ways of writing, selections, revisions, retries and windows, on a real API server."""

import datetime as dt

import pytest

pytestmark = pytest.mark.cluster

OPTIONS = "argocd.argoproj.io/sync-options"
APPROVED = "argocd.argoproj.io/deletion-approved"
WAVE = "argocd.argoproj.io/sync-wave"
APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def config_map(name="settings", options="", annotations=None, **data):
    marks = dict(annotations or {}) | ({OPTIONS: options} if options else {})
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "annotations": marks},
        "data": data,
    }


def service(name, cluster_ip, options=""):
    """A Service whose clusterIP cannot be changed once it is set."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "annotations": {OPTIONS: options} if options else {}},
        "spec": {"clusterIP": cluster_ip, "ports": [{"port": 80}], "selector": {"app": "x"}},
    }


def messages(state):
    return {r["name"]: r["message"] for r in state["syncResult"].get("resources", ())}


def statuses(state):
    return {r["name"]: r["status"] for r in state["syncResult"].get("resources", ())}


async def test_a_dry_run_leaves_nothing(rig):
    """Rows as of a sync, marked; no object, no history."""
    rig.repo.push("a", config_map(colour="blue"))
    await rig.create_app()
    await rig.sync(dryRun=True, prune=True)
    state = await rig.ended()
    (row,) = state["syncResult"]["resources"]
    assert ("configmap/settings created (dry run)", "Succeeded") == (
        row["message"],
        row["hookPhase"],
    )
    assert await rig.get(rig.object_path()) is None
    app = await rig.app(lambda a: a["status"]["sync"]["status"] == "OutOfSync")
    assert "history" not in app["status"]


async def test_a_dry_run_tells_what_the_server_refuses(rig):
    """The API server's answer, without a write."""
    rig.repo.push("a", {**config_map(), "immutable": "maybe"})
    await rig.create_app()
    await rig.sync(dryRun=True)
    state = await rig.ended("Failed")
    text = "one or more objects failed to apply (dry run), reason: "
    assert state["message"].startswith(text)


async def test_an_invalid_object_of_a_later_wave_stops_all_waves(rig):
    """The dry run before the first write."""
    bad = {**config_map("bad", annotations={WAVE: "1"}), "immutable": "maybe"}
    rig.repo.push("a", config_map("good"), bad)
    await rig.create_app()
    await rig.sync()
    state = await rig.ended("Failed")
    assert "one or more objects failed to apply (dry run)" == state["message"]
    assert {"bad": "SyncFailed"} == statuses(state)
    assert await rig.get(rig.object_path("good")) is None


async def test_an_unknown_kind_is_named_before_anything_is_written(rig):
    """The contract's text; with SkipDryRunOnMissingResource the rest is tried."""
    thing = {
        "apiVersion": "nowhere.io/v1",
        "kind": "Thing",
        "metadata": {"name": "x", "annotations": {WAVE: "1"}},
    }
    rig.repo.push("a", config_map(), thing)
    await rig.create_app()
    await rig.sync()
    state = await rig.ended("Failed")
    text = "one or more synchronization tasks are not valid: The Kubernetes API could not find"
    assert state["message"].startswith(text)
    assert await rig.get(rig.object_path()) is None
    await rig.sync(syncOptions=["SkipDryRunOnMissingResource=true"])
    state = await rig.ended("Failed", after=state)
    assert "Synced" == statuses(state)["settings"]
    assert "SyncFailed" == statuses(state)["x"]


async def test_replace_puts_the_object_as_it_is(rig):
    """No last-applied annotation; what others added goes."""
    rig.repo.push("a", config_map(options="Replace=true", colour="blue"))
    await rig.create_app()
    await rig.sync()
    first = await rig.ended()
    assert {"settings": "configmap/settings created"} == messages(first)
    live = await rig.call(rig.api.merge, rig.object_path(), {"data": {"other": "x"}})
    assert APPLIED not in live["metadata"]["annotations"]
    await rig.sync()
    state = await rig.ended(after=first)
    assert {"settings": "configmap/settings replaced"} == messages(state)
    after = await rig.get(rig.object_path())
    assert {"colour": "blue"} == after["data"]
    assert live["metadata"]["uid"] == after["metadata"]["uid"]


async def test_force_makes_anew_what_cannot_be_changed(rig):
    """An immutable field: refused without, deleted and created with force."""
    rig.repo.push("a", service("web", "None"))
    await rig.create_app()
    await rig.sync()
    first = await rig.ended()
    path = f"/api/v1/namespaces/{rig.namespace}/services/web"
    old = await rig.get(path)
    changed = service("web", "None")
    del changed["spec"]["clusterIP"]
    changed["spec"]["clusterIP"] = "10.255.255.254"
    rig.repo.push("a", {**config_map("web-settings")}, changed)
    await rig.moved()
    await rig.app(lambda a: a["status"]["sync"]["revision"] == rig.repo.commit)
    await rig.sync()
    refused = await rig.ended("Failed", after=first)
    assert "field is immutable" in refused["message"] or "may not change" in refused["message"]
    rig.repo.push("a", {**service("web", "None"), "metadata": {"name": "web"}})
    fresh = service("web", "None", "Force=true,Replace=true")
    rig.repo.push("a", fresh)
    await rig.moved()
    await rig.app(lambda a: a["status"]["sync"]["revision"] == rig.repo.commit)
    await rig.sync()
    state = await rig.ended(after=refused)
    assert {"web": "service/web replaced"} == {
        k: v for k, v in messages(state).items() if k == "web"
    }
    assert old["metadata"]["uid"] != (await rig.get(path))["metadata"]["uid"]


async def test_the_forced_strategy_recreates_only_where_a_patch_is_refused(rig):
    """syncStrategy.apply.force: the immutable ConfigMap is made anew, the other patched."""
    rig.repo.push("a", {**config_map("fixed", v="1"), "immutable": True}, config_map("free", v="1"))
    await rig.create_app()
    await rig.sync()
    first = await rig.ended()
    before = {n: (await rig.get(rig.object_path(n)))["metadata"]["uid"] for n in ("fixed", "free")}
    rig.repo.push("a", {**config_map("fixed", v="2"), "immutable": True}, config_map("free", v="2"))
    await rig.moved()
    await rig.app(lambda a: a["status"]["sync"]["revision"] == rig.repo.commit)
    await rig.sync(syncStrategy={"apply": {"force": True}})
    await rig.ended(after=first)
    after = {n: (await rig.get(rig.object_path(n))) for n in ("fixed", "free")}
    assert {"fixed": {"v": "2"}, "free": {"v": "2"}} == {n: o["data"] for n, o in after.items()}
    assert before["fixed"] != after["fixed"]["metadata"]["uid"]
    assert before["free"] == after["free"]["metadata"]["uid"]


async def test_server_side_apply_owns_fields_and_takes_conflicts(rig):
    """Manager argocd-controller, operation Apply; others' fields stay."""
    rig.repo.push("a", config_map(colour="blue"))
    await rig.create_app(syncOptions=["ServerSideApply=true"])
    await rig.call(rig.api.create, f"/api/v1/namespaces/{rig.namespace}/configmaps",
                   config_map(colour="green", extra="kept"))  # fmt: skip
    await rig.sync()
    state = await rig.ended()
    assert {"settings": "configmap/settings serverside-applied"} == messages(state)
    live = await rig.get(rig.object_path())
    assert {"colour": "blue", "extra": "kept"} == live["data"]
    owners = {(f["manager"], f["operation"]) for f in live["metadata"]["managedFields"]}
    assert ("argocd-controller", "Apply") in owners
    assert APPLIED not in live["metadata"]["annotations"]


async def test_fields_applied_client_side_go_after_the_change_to_server_side(rig):
    """ClientSideApplyMigration: the old ownership does not keep what left Git."""
    rig.repo.push("a", config_map(colour="blue", old="x"))
    await rig.create_app()
    await rig.sync()
    first = await rig.ended()
    rig.repo.push("a", config_map(colour="blue"))
    await rig.moved()
    await rig.app(lambda a: a["status"]["sync"]["revision"] == rig.repo.commit)
    await rig.sync(syncOptions=["ServerSideApply=true"])
    await rig.ended(after=first)
    live = await rig.get(rig.object_path())
    assert {"colour": "blue"} == live["data"]
    assert APPLIED not in live["metadata"]["annotations"]


async def test_ignored_fields_keep_their_live_values(rig):
    """RespectIgnoreDifferences: an apply does not bring the ignored field back."""
    rig.repo.push("a", config_map(colour="blue", size="1"))
    ignored = [{"kind": "ConfigMap", "jsonPointers": ["/data/colour"]}]
    await rig.create_app(
        spec={
            "ignoreDifferences": ignored,
            "syncPolicy": {"syncOptions": ["RespectIgnoreDifferences=true"]},
        }
    )
    await rig.sync()
    first = await rig.ended()
    await rig.call(rig.api.merge, rig.object_path(), {"data": {"colour": "green"}})
    rig.repo.push("a", config_map(colour="red", size="2"))
    await rig.moved()
    await rig.app(lambda a: a["status"]["sync"]["revision"] == rig.repo.commit)
    await rig.sync()
    await rig.ended(after=first)
    assert {"colour": "green", "size": "2"} == (await rig.get(rig.object_path()))["data"]


async def test_pruning_waits_for_its_confirmation(rig):
    """Prune=confirm: nothing goes before the user says so after the operation began."""
    rig.repo.push("a", config_map("old", options="Prune=confirm"), config_map("new"))
    await rig.create_app()
    await rig.sync()
    first = await rig.ended()
    rig.repo.push("a", config_map("new"))
    await rig.moved()
    app = await rig.app(lambda a: a["status"]["sync"]["revision"] == rig.repo.commit)
    rows = {r["name"]: r for r in app["status"]["resources"]}
    assert True is rows["old"]["requiresDeletionConfirmation"]
    await rig.sync(prune=True)
    text = "waiting for pruning confirmation of /ConfigMap/old"
    await rig.app(lambda a: a["status"]["operationState"]["message"] == text)
    assert await rig.get(rig.object_path("old"))
    approval = (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    change = {"metadata": {"annotations": {APPROVED: approval}}}
    await rig.call(rig.api.merge, rig.app_path(), change)
    state = await rig.ended(after=first)
    assert "Pruned" == statuses(state)["old"]
    await rig.call(rig.api.wait_gone, rig.object_path("old"), seconds=20)


async def test_a_selective_sync_writes_what_is_named_and_keeps_no_history(rig):
    """Neither the other object nor the hook."""
    hook = config_map("hook", annotations={"argocd.argoproj.io/hook": "PreSync"})
    rig.repo.push("a", config_map("one"), config_map("two"), hook)
    await rig.create_app()
    await rig.sync(resources=[{"kind": "ConfigMap", "name": "one"}])
    state = await rig.ended()
    assert {"one": "Synced"} == statuses(state)
    assert await rig.get(rig.object_path("two")) is None
    assert await rig.get(rig.object_path("hook")) is None
    app = await rig.app(lambda a: "finishedAt" in a["status"]["operationState"])
    assert "history" not in app["status"]


async def test_another_revision_and_a_rollback(rig):
    """A sync to an older commit, then back to a deployment of the history with its source."""
    rig.repo.push("a", config_map(colour="blue"))
    blue = rig.repo.commit
    await rig.create_app()
    await rig.sync()
    first = await rig.ended()
    rig.repo.push("a", config_map(colour="red"), config_map("extra"))
    await rig.moved()
    await rig.app(lambda a: a["status"]["sync"]["revision"] == rig.repo.commit)
    await rig.sync()
    second = await rig.ended(after=first)
    await rig.sync(revision=blue, prune=True)
    state = await rig.ended(after=second)
    assert blue == state["syncResult"]["revision"]
    assert {"colour": "blue"} == (await rig.get(rig.object_path()))["data"]
    await rig.call(rig.api.wait_gone, rig.object_path("extra"), seconds=20)
    app = await rig.app(lambda a: a["status"]["sync"]["status"] == "OutOfSync")
    assert rig.repo.commit == app["status"]["sync"]["revision"]
    history = app["status"]["history"]
    assert [blue, rig.repo.commit, blue] == [h["revision"] for h in history]
    entry = history[1]
    await rig.sync(revision=entry["revision"], source=entry["source"])
    await rig.ended(after=state)
    assert {"colour": "red"} == (await rig.get(rig.object_path()))["data"]
    app = await rig.app(lambda a: len(a["status"]["history"]) == 4)
    assert "Synced" == app["status"]["sync"]["status"]
    assert [0, 1, 2, 3] == [h["id"] for h in app["status"]["history"]]


async def test_a_source_the_project_forbids_is_refused(rig):
    """An operation's own source is held against the project like any other."""
    rules = {"spec": {"sourceRepos": ["https://h/r"]}}
    path = f"/apis/argoproj.io/v1alpha1/namespaces/{rig.namespace}/appprojects/default"
    await rig.call(rig.api.merge, path, rules)
    rig.repo.push("a", config_map(colour="blue"))
    await rig.create_app()
    await rig.sync(source={"repoURL": "https://h/other", "path": "a"})
    state = await rig.ended("Error")
    text = "application repo https://h/other is not permitted in project 'default'"
    assert text == state["message"]
    assert await rig.get(rig.object_path()) is None


async def test_local_manifests_are_applied_and_tracked(rig):
    """They come with the operation; no deployment of a revision is recorded."""
    rig.repo.push("a", config_map(colour="blue"))
    await rig.create_app()
    text = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings"},"data":{"c":"l"}}'
    await rig.sync(manifests=[text])
    state = await rig.ended()
    # They may be Secrets: the status does not keep them.
    assert ["# not kept after the sync"] == state["operation"]["sync"]["manifests"]
    live = await rig.get(rig.object_path())
    assert {"c": "l"} == live["data"]
    tracking = live["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"]
    assert tracking.startswith(rig.name("app"))
    app = await rig.app(lambda a: a["status"]["sync"]["status"] == "OutOfSync")
    assert "history" not in app["status"]


async def test_a_failed_sync_is_tried_again_as_often_as_asked(rig):
    """Between attempts Running with finishedAt; at the end the number of retries."""
    rig.repo.push("a", {**config_map(), "immutable": "maybe"})
    await rig.create_app()
    backoff = {"duration": "1s", "factor": 1}
    await rig.sync(retry={"limit": 2, "backoff": backoff})
    app = await rig.app(
        lambda a: (
            ". Retrying attempt #1 at "
            in ((a.get("status") or {}).get("operationState") or {}).get("message", "")
        )
    )
    waiting = app["status"]["operationState"]
    assert ("Running", 1) == (waiting["phase"], waiting["retryCount"])
    assert "finishedAt" in waiting
    state = await rig.ended("Failed")
    assert state["message"].endswith(" (retried 2 times).")
    assert 2 == state["retryCount"]


async def test_a_retry_may_succeed(rig):
    """What stood in the way is gone at the next attempt."""
    rig.repo.push("a", {**config_map(v="2"), "immutable": True})
    await rig.create_app()
    configmaps = f"/api/v1/namespaces/{rig.namespace}/configmaps"
    await rig.call(rig.api.create, configmaps, {**config_map(v="1"), "immutable": True})
    await rig.sync(retry={"limit": 5, "backoff": {"duration": "1s", "factor": 1}})
    await rig.app(
        lambda a: (
            ". Retrying attempt #1 at "
            in ((a.get("status") or {}).get("operationState") or {}).get("message", "")
        )
    )
    await rig.call(rig.api.delete, rig.object_path())
    state = await rig.ended()
    assert "successfully synced (all tasks run)" == state["message"]


async def test_fail_on_shared_resource(rig):
    """Two applications want one object: the second is warned, and refuses if asked to."""
    rig.repo.push("a", config_map(colour="blue"))
    rig.repo.push("b", config_map(colour="red"))
    await rig.create_app()
    await rig.sync()
    await rig.ended()
    await rig.create_app("other", "b", syncOptions=["FailOnSharedResource=true"])
    warning = (
        f"ConfigMap/settings is part of applications {rig.namespace}/{rig.name('other')}"
        f" and {rig.namespace}/{rig.name('app')}"
    )

    def warned(app):
        conditions = (app.get("status") or {}).get("conditions") or []
        return ("SharedResourceWarning", warning) in {(c["type"], c["message"]) for c in conditions}

    await rig.app(warned, "other")
    await rig.sync("other")
    state = await rig.ended("Failed", "other")
    assert f"Shared resource found: {warning}" == state["message"]
    assert {"colour": "blue"} == (await rig.get(rig.object_path()))["data"]


async def test_the_namespace_is_made_with_its_metadata_and_follows_it(rig):
    """CreateNamespace with managedNamespaceMetadata; a change makes the application OutOfSync."""
    name = f"{rig.namespace}-made"
    path = f"/apis/argoproj.io/v1alpha1/namespaces/{rig.namespace}/appprojects/default"
    rules = {"spec": {"destinations": [{"server": "*", "namespace": "*"}]}}
    await rig.call(rig.api.merge, path, rules)
    rig.repo.push("a", config_map(colour="blue"))
    policy = {
        "automated": {},
        "syncOptions": ["CreateNamespace=true"],
        "managedNamespaceMetadata": {"labels": {"team": "one"}},
    }
    destination = {"server": "https://kubernetes.default.svc", "namespace": name}
    await rig.create_app(spec={"destination": destination, "syncPolicy": policy})
    try:
        space = f"/api/v1/namespaces/{name}"
        await rig.call(
            rig.api.wait, space, lambda n: n["metadata"]["labels"].get("team") == "one", seconds=20
        )
        state = await rig.ended()
        row = next(r for r in state["syncResult"]["resources"] if r["kind"] == "Namespace")
        assert "PreSync" == row["syncPhase"]
        await rig.app(lambda a: a["status"]["sync"]["status"] == "Synced")
        change = {"spec": {"syncPolicy": {"managedNamespaceMetadata": {"labels": {"team": "two"}}}}}
        await rig.call(rig.api.merge, rig.app_path(), change)
        await rig.call(
            rig.api.wait, space, lambda n: n["metadata"]["labels"].get("team") == "two", seconds=20
        )
        await rig.app(lambda a: a["status"]["sync"]["status"] == "Synced")
    finally:
        await rig.call(rig.api.delete, f"/api/v1/namespaces/{name}")


async def test_a_window_blocks_users_and_automation(rig):
    """A deny window: nothing automatic; a user's operation says what holds it, then goes on."""
    window = {
        "kind": "deny",
        "schedule": "* * * * *",
        "duration": "24h",
        "applications": ["*"],
    }
    path = f"/apis/argoproj.io/v1alpha1/namespaces/{rig.namespace}/appprojects/default"
    await rig.call(rig.api.merge, path, {"spec": {"syncWindows": [window]}})
    rig.repo.push("a", config_map(colour="blue"))
    await rig.create_app(automated={})
    await rig.app(lambda a: (a.get("status") or {}).get("sync", {}).get("status") == "OutOfSync")
    await rig.sync()
    text = "Sync operation blocked by sync window"
    app = await rig.app(lambda a: (a["status"].get("operationState") or {}).get("message") == text)
    assert "Running" == app["status"]["operationState"]["phase"]
    assert await rig.get(rig.object_path()) is None
    await rig.call(rig.api.merge, path, {"spec": {"syncWindows": None}})
    await rig.ended()
    assert {"colour": "blue"} == (await rig.get(rig.object_path()))["data"]


async def test_self_heals_are_counted_across_restarts(plane, start):
    """The count in the recorded operation decides how long the next self-heal waits."""
    plane.repo.push("a", config_map(colour="blue"))
    await plane.create_app(automated={"selfHeal": True})
    first = await start(plane)
    state = await first.ended()
    await first.call(first.api.merge, first.object_path(), {"data": {"colour": "red"}})
    state = await first.ended(after=state)
    assert 1 == state["operation"]["sync"]["autoHealAttemptsCount"]
    assert ["settings"] == [r["name"] for r in state["operation"]["sync"]["resources"]]
    await first.stop()
    second = await start(plane)
    await second.call(second.api.merge, second.object_path(), {"data": {"colour": "red"}})
    state = await second.ended(after=state)
    assert 2 == state["operation"]["sync"]["autoHealAttemptsCount"]
    assert {"colour": "blue"} == (await second.get(second.object_path()))["data"]


async def test_events_tell_what_happened(rig):
    """Started, ended, and the changes of verdict."""
    rig.repo.push("a", config_map(colour="blue"))
    await rig.create_app(automated={})
    await rig.ended()
    wanted = {
        ("OperationStarted", f"Initiated automated sync to '[{rig.repo.commit}]'"),
        ("OperationCompleted", f"Sync operation to {rig.repo.commit} succeeded"),
        ("ResourceUpdated", "Updated sync status:  -> Synced"),
        ("ResourceUpdated", "Updated health status:  -> Healthy"),
    }
    path = f"/api/v1/namespaces/{rig.namespace}/events"
    found = set()
    for _ in range(100):
        events = (await rig.call(rig.api.get, path))["items"]
        found = {(e["reason"], e["message"]) for e in events}
        if wanted <= found:
            break
    assert wanted <= found

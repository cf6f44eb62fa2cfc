"""Hooks on a real API server: phases, delete policies, failure, termination."""

import asyncio
import dataclasses

import pytest

from plumbline.core import errors

pytestmark = pytest.mark.cluster

HOOK = "argocd.argoproj.io/hook"
POLICY = "argocd.argoproj.io/hook-delete-policy"
WAVE = "argocd.argoproj.io/sync-wave"
FINALIZER = "argocd.argoproj.io/hook-finalizer"


def config_map(name="settings", annotations=None, **data):
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "annotations": annotations or {}},
        "data": data,
    }


def job(name, hook, image="busybox:1", policy=None, generate=False, **spec):
    """A Job that ends at once; with the image ``x:missing`` it fails after a second."""
    annotations = {HOOK: hook} | ({POLICY: policy} if policy else {})
    if image.endswith(":missing"):
        spec = {"activeDeadlineSeconds": 1, **spec}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            ("generateName" if generate else "name"): name,
            "annotations": annotations,
        },
        "spec": {
            "backoffLimit": 0,
            "template": {
                "spec": {
                    "restartPolicy": "Never",
                    "containers": [{"name": "c", "image": image}],
                }
            },
            **spec,
        },
    }


def rows(state):
    return {(r["syncPhase"], r["kind"], r["name"]): r for r in state["syncResult"]["resources"]}


def has_finalizer(item):
    return FINALIZER in (item["metadata"].get("finalizers") or [])


async def test_hooks_run_around_the_sync_in_order_of_phases(rig):
    """PreSync before, PostSync after; rows tell phase and end; the app is Synced without them."""
    rig.repo.push(
        "a",
        job("before", "PreSync"),
        config_map(colour="blue"),
        job("after", "PostSync"),
        job("never", "SyncFail"),
    )
    await rig.create_app()
    await rig.sync()
    state = await rig.ended()

    before = await rig.get(rig.jobs("before"))
    after = await rig.get(rig.jobs("after"))
    middle = await rig.get(rig.object_path())
    assert (
        before["status"]["completionTime"]
        <= middle["metadata"]["creationTimestamp"]
        <= after["metadata"]["creationTimestamp"]
    )
    assert await rig.get(rig.jobs("never")) is None
    assert "successfully synced (all tasks run)" == state["message"]
    found = rows(state)
    row = found["PreSync", "Job", "before"]
    assert ("PreSync", "Succeeded", "Synced") == (row["hookType"], row["hookPhase"], row["status"])
    assert "hookType" not in found["Sync", "ConfigMap", "settings"]
    assert "Succeeded" == found["PostSync", "Job", "after"]["hookPhase"]
    app = await rig.app(lambda a: a["status"]["sync"]["status"] == "Synced")
    resources = {r["name"]: r for r in app["status"]["resources"]}
    assert True is resources["before"]["hook"]
    assert "status" not in resources["before"]
    assert "requiresPruning" not in resources["before"]
    assert not has_finalizer(before)


async def test_a_hook_is_made_anew_by_each_operation(rig):
    """BeforeHookCreation is the default: the old Job goes, a new one runs."""
    rig.repo.push("a", job("migrate", "PreSync"))
    await rig.create_app()
    await rig.sync()
    first = await rig.ended()
    old = await rig.get(rig.jobs("migrate"))
    # The second operation must not begin in the same second: its hooks are marked by that.
    await rig.app(lambda a: a["status"]["operationState"] == first)
    await asyncio.sleep(1.1)
    await rig.sync()
    await rig.ended(after=first)
    new = await rig.get(rig.jobs("migrate"))
    assert old["metadata"]["uid"] != new["metadata"]["uid"]


async def test_delete_policies_are_honoured(rig):
    """HookSucceeded deletes what succeeded; HookFailed what failed; the other stays."""
    rig.repo.push(
        "a",
        job("done", "PreSync", policy="HookSucceeded"),
        job("kept", "PreSync", policy="HookFailed"),
        config_map(colour="blue"),
    )
    await rig.create_app()
    await rig.sync()
    await rig.ended()
    await rig.call(rig.api.wait_gone, rig.jobs("done"), seconds=20)
    kept = await rig.get(rig.jobs("kept"))
    assert not has_finalizer(kept)


async def test_a_failing_presync_stops_the_sync_and_runs_syncfail(rig):
    """Nothing of the Sync phase is written; the SyncFail hook runs; HookFailed cleans up."""
    rig.repo.push(
        "a",
        job("migrate", "PreSync", image="x:missing", policy="HookFailed"),
        config_map(colour="blue"),
        job("page", "SyncFail"),
    )
    await rig.create_app()
    await rig.sync()
    state = await rig.ended("Failed")

    assert await rig.get(rig.object_path()) is None
    page = await rig.get(rig.jobs("page"))
    assert 1 == page["status"]["succeeded"]
    assert state["message"].startswith(
        "one or more synchronization tasks completed unsuccessfully, reason: "
    )
    found = rows(state)
    assert "Failed" == found["PreSync", "Job", "migrate"]["hookPhase"]
    assert "Succeeded" == found["SyncFail", "Job", "page"]["hookPhase"]
    await rig.call(rig.api.wait_gone, rig.jobs("migrate"), seconds=20)


async def test_a_failing_syncfail_hook_is_said_on_a_line_of_its_own(rig):
    """The cause stays first."""
    rig.repo.push(
        "a",
        job("migrate", "PreSync", image="x:missing"),
        job("page", "SyncFail", image="x:missing"),
    )
    await rig.create_app()
    await rig.sync()
    state = await rig.ended("Failed")
    cause, more = state["message"].split("\n")
    assert cause.startswith("one or more synchronization tasks completed unsuccessfully")
    assert more.startswith("one or more SyncFail hooks failed, reason: ")


async def test_one_object_may_be_a_hook_of_several_phases(rig):
    """It runs once in each; the second run replaces the first."""
    rig.repo.push("a", job("probe", "PreSync,PostSync"), config_map(colour="blue"))
    await rig.create_app()
    await rig.sync()
    state = await rig.ended()
    assert {"PreSync", "PostSync"} == {p for p, kind, _ in rows(state) if kind == "Job"}
    probe = await rig.get(rig.jobs("probe"))
    settings = await rig.get(rig.object_path())
    assert settings["metadata"]["creationTimestamp"] <= probe["metadata"]["creationTimestamp"]


async def test_a_generated_name_says_revision_phase_and_start(rig):
    """generateName: <prefix><7 of revision>-<phase>-<unix start>, tracked by the application."""
    rig.repo.push("a", job("migrate-", "PreSync", generate=True))
    await rig.create_app()
    await rig.sync()
    state = await rig.ended()
    (row,) = state["syncResult"]["resources"]
    prefix, revision, phase, start = row["name"].rsplit("-", 3)
    assert ("migrate", rig.repo.commit[:7], "presync", 10) == (prefix, revision, phase, len(start))
    live = await rig.get(rig.jobs(row["name"]))
    tracking = live["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"]
    assert tracking.endswith(f"/{row['name']}")


async def test_waves_order_hooks_and_objects(rig):
    """A wave begins when the former is well; hooks of the Sync phase count."""
    first = job("first", "Sync")
    first["metadata"]["annotations"][WAVE] = "-1"
    rig.repo.push(
        "a",
        config_map("late", {WAVE: "2"}),
        config_map("early", {WAVE: "-2"}),
        first,
        config_map("middle"),
    )
    await rig.create_app()
    await rig.sync()
    await rig.ended()
    times = [
        (await rig.get(path))["metadata"]["resourceVersion"]
        for path in (
            rig.object_path("early"),
            rig.jobs("first"),
            rig.object_path("middle"),
            rig.object_path("late"),
        )
    ]
    # The Job's version moved when it completed, which was before the objects of later waves.
    assert sorted(times[0:1] + times[2:], key=int) == times[0:1] + times[2:]
    done = (await rig.get(rig.jobs("first")))["status"]["completionTime"]
    middle = (await rig.get(rig.object_path("middle")))["metadata"]["creationTimestamp"]
    assert done <= middle


async def test_skipped_objects_are_neither_applied_nor_missed(rig):
    """Skip, and Helm's test hooks."""
    helm = config_map("probe", {"helm.sh/hook": "test"})
    rig.repo.push("a", config_map("off", {HOOK: "Skip"}), helm, config_map(colour="blue"))
    await rig.create_app()
    await rig.sync()
    await rig.ended()
    app = await rig.app(lambda a: a["status"]["sync"]["status"] == "Synced")
    assert ["settings"] == [r["name"] for r in app["status"]["resources"]]
    assert await rig.get(rig.object_path("off")) is None
    assert await rig.get(rig.object_path("probe")) is None


async def test_helm_hooks_are_mapped(rig):
    """pre-install runs before; hook-succeeded deletes."""
    before = job("before", "x")
    before["metadata"]["annotations"] = {
        "helm.sh/hook": "pre-install,pre-upgrade",
        "helm.sh/hook-delete-policy": "hook-succeeded",
    }
    rig.repo.push("a", before, config_map(colour="blue"))
    await rig.create_app()
    await rig.sync()
    state = await rig.ended()
    assert "PreSync" == rows(state)["PreSync", "Job", "before"]["hookType"]
    await rig.call(rig.api.wait_gone, rig.jobs("before"), seconds=20)


async def test_a_hook_that_vanishes_fails_its_operation(rig):
    """Deleted with its finalizer by hand while it runs: said, not waited for for ever."""
    rig.repo.push("a", job("stuck", "PreSync", image="x:missing", activeDeadlineSeconds=600))
    await rig.create_app()
    await rig.sync()
    await rig.call(rig.api.wait, rig.jobs("stuck"), has_finalizer, seconds=20)
    await rig.app(
        lambda a: (
            "waiting for completion of hook batch/Job/stuck"
            == a["status"]["operationState"]["message"]
        )
    )
    await rig.call(rig.api.merge, rig.jobs("stuck"), {"metadata": {"finalizers": None}})
    await rig.call(rig.api.delete, rig.jobs("stuck"))
    state = await rig.ended("Failed")
    text = f"Resource Job/{rig.namespace}/stuck is missing, it might have been deleted"
    assert text in state["message"]


async def test_terminating_deletes_the_hook_at_work(rig):
    """Phase Terminating, as the api-server sets it."""
    rig.repo.push(
        "a",
        job("stuck", "PreSync", image="x:missing", activeDeadlineSeconds=600),
        config_map(colour="blue"),
    )
    await rig.create_app()
    await rig.sync()
    await rig.call(rig.api.wait, rig.jobs("stuck"), has_finalizer, seconds=20)
    change = {"status": {"operationState": {"phase": "Terminating"}}}
    await rig.call(rig.api.merge, rig.app_path(), change)
    state = await rig.ended("Failed")
    assert "Operation terminated" == state["message"]
    row = rows(state)["PreSync", "Job", "stuck"]
    assert ("Failed", "Terminated") == (row["hookPhase"], row["message"])
    await rig.call(rig.api.wait_gone, rig.jobs("stuck"), seconds=20)
    assert await rig.get(rig.object_path()) is None


async def test_a_hook_never_takes_the_place_of_anothers_object(rig):
    """The default policy deletes what has the hook's name: not what another application tracks."""
    rig.repo.push("a", config_map(annotations={HOOK: "PreSync"}, colour="red"))
    rig.repo.push("b", config_map(colour="blue"))
    await rig.create_app("other", path="b", automated={})
    made = await rig.config_map(lambda _: True)
    await rig.create_app()
    await rig.sync()
    state = await rig.ended("Failed")
    assert f"belongs to application {rig.name('other')}" in state["message"]
    live = await rig.config_map(lambda _: True)
    assert (made["metadata"]["uid"], {"colour": "blue"}) == (live["metadata"]["uid"], live["data"])


class Unreachable:
    """An executor whose cluster went away."""

    async def advance(self, handle, running, journal):
        raise errors.Unavailable("the cluster went away")


async def test_what_an_operation_waits_for_is_said(rig):
    """A passing error is tried again, and its text stands in the operation's state meanwhile."""
    rig.repo.push("a", config_map(colour="blue"))
    await rig.create_app()
    whole = rig.controller._reconciler
    rig.controller._reconciler = dataclasses.replace(whole, executor=Unreachable())
    await rig.sync()

    def told(app):
        state = (app.get("status") or {}).get("operationState") or {}
        return ("Running", "the cluster went away") == (state.get("phase"), state.get("message"))

    await rig.app(told)
    rig.controller._reconciler = whole
    await rig.ended("Succeeded")


async def test_an_operation_of_an_invalid_application_can_be_terminated(rig):
    """Its project vanished while a hook is at work: it waits, and ends when a user wants it to."""
    rig.repo.push(
        "a",
        job("stuck", "PreSync", image="x:missing", activeDeadlineSeconds=600),
        config_map(colour="blue"),
    )
    await rig.create_app()
    await rig.sync()
    await rig.call(rig.api.wait, rig.jobs("stuck"), has_finalizer, seconds=20)
    await rig.call(rig.api.merge, rig.app_path(), {"spec": {"project": "gone"}})
    app = await rig.app(
        lambda a: any(c["type"] == "InvalidSpecError" for c in a["status"].get("conditions") or [])
    )
    assert "Running" == app["status"]["operationState"]["phase"]
    change = {"status": {"operationState": {"phase": "Terminating"}}}
    await rig.call(rig.api.merge, rig.app_path(), change)
    state = await rig.ended("Failed")
    assert state["message"].startswith("Operation terminated; its hooks were left as they are")
    assert "project gone which does not exist" in state["message"]
    assert await rig.get(rig.object_path()) is None
    await rig.call(rig.api.merge, rig.jobs("stuck"), {"metadata": {"finalizers": None}})


async def test_a_hook_outside_the_project_is_never_made(rig):
    """The project's rules hold for hooks; nothing else is written either."""
    outside = config_map("canary", {HOOK: "PreSync"})
    outside["metadata"]["namespace"] = "kube-system"
    rig.repo.push("a", outside, config_map(colour="blue"))
    await rig.create_app()
    await rig.sync()
    state = await rig.ended("Failed")
    assert (
        "one or more synchronization tasks are not valid:"
        " namespace kube-system is not permitted in project 'default'"
    ) == state["message"]
    assert await rig.get("/api/v1/namespaces/kube-system/configmaps/canary") is None
    assert await rig.get(rig.object_path()) is None


async def test_an_operation_that_cannot_go_on_ends_and_says_why(rig):
    """The project forbids Jobs while one runs: nothing stays Running without a word."""
    rig.repo.push("a", job("first", "PreSync", suspend=True), config_map(colour="blue"))
    await rig.create_app()
    await rig.sync()
    await rig.call(rig.api.wait, rig.jobs("first"), lambda _: True, seconds=20)
    project = f"/apis/argoproj.io/v1alpha1/namespaces/{rig.namespace}/appprojects/default"
    forbidden = [{"group": "batch", "kind": "Job"}]
    change = {"spec": {"namespaceResourceBlacklist": forbidden}}
    await rig.call(rig.api.merge, project, change)
    await rig.call(rig.api.merge, rig.jobs("first"), {"spec": {"suspend": False}})
    state = await rig.ended("Error")
    assert "resource batch:Job is not permitted in project default" == state["message"]


async def test_terminating_a_hook_that_just_changed_deletes_it(rig, monkeypatch):
    """A conflict at the first try is no reason to leave the hook at work."""
    runner = rig.controller._reconciler.executor.hooks
    abort, tried = runner.abort, []

    async def overtaken(*args):
        tried.append(args[3].name)
        if len(tried) == 1:
            raise errors.Conflict("the object was changed meanwhile")
        await abort(*args)

    monkeypatch.setattr(runner, "abort", overtaken)
    rig.repo.push("a", job("stuck", "PreSync", suspend=True), config_map(colour="blue"))
    await rig.create_app()
    await rig.sync()
    await rig.call(rig.api.wait, rig.jobs("stuck"), has_finalizer, seconds=20)
    change = {"status": {"operationState": {"phase": "Terminating"}}}
    await rig.call(rig.api.merge, rig.app_path(), change)
    state = await rig.ended("Failed")
    assert "Operation terminated" == state["message"]
    assert ["stuck", "stuck"] == tried
    await rig.call(rig.api.wait_gone, rig.jobs("stuck"), seconds=20)

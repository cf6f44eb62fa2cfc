"""A controller killed at any moment of a sync goes on where it was, and runs no hook twice."""

import asyncio
import json
import pathlib
import sys

import pytest

from plumbline.kube import config
from plumbline.kube.client import KubeClient

pytestmark = pytest.mark.cluster

SCRIPT = pathlib.Path(__file__).parent / "crashing_controller.py"
HOOK = "argocd.argoproj.io/hook"
POLICY = "argocd.argoproj.io/hook-delete-policy"
COMMIT = f"{7:040d}"


def migrate(policy="BeforeHookCreation"):
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "migrate", "annotations": {HOOK: "PreSync", POLICY: policy}},
        "spec": {
            "backoffLimit": 0,
            "template": {
                "spec": {
                    "restartPolicy": "Never",
                    "containers": [{"name": "c", "image": "busybox:1"}],
                }
            },
        },
    }


SETTINGS = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "settings"},
    "data": {"colour": "blue"},
}
APPS, JOBS = "/applications/", "/jobs"


async def crash(cluster, plane, tmp_path, **request):
    """Run a controller until it kills itself; the test fails if it does not."""
    content = tmp_path / "repo.json"
    content.write_text(json.dumps({k: list(v) for k, v in plane.repo.folders.items()}))
    fatal = {"body": "", "when": "after"} | request
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(SCRIPT),
        str(cluster.kubeconfig),
        plane.namespace,
        str(content),
        plane.repo.commit,
        json.dumps(fatal),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(60):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    assert -9 == process.returncode, output.decode()[-3000:]


async def jobs_made(cluster, plane, since):
    """How many Jobs were made since a resource version: what the API server itself remembers."""
    query = f"?watch=1&resourceVersion={since}&timeoutSeconds=1"
    own = config.from_kubeconfig(str(cluster.kubeconfig))
    async with KubeClient(own, user_agent="test") as client:
        body = await client.request("GET", plane.jobs() + query)
    return sum(json.loads(line)["type"] == "ADDED" for line in body.splitlines())


CRASHES = {
    "the intent is recorded": {"method": "POST", "path": JOBS, "when": "before"},
    "the hook is made": {"method": "POST", "path": JOBS},
    "its end is seen": {
        "method": "PATCH", "path": APPS, "body": '"hookPhase":"Succeeded"', "when": "before",
    },
    "its end is recorded": {"method": "PATCH", "path": APPS, "body": '"hookPhase":"Succeeded"'},
    "it is let go": {"method": "PATCH", "path": JOBS},
    "the objects are written": {"method": "POST", "path": "/configmaps"},
    "the end is to be written": {
        "method": "PATCH", "path": APPS, "body": '"phase":"Succeeded"', "when": "before",
    },
}  # fmt: skip


@pytest.mark.parametrize("request_", CRASHES.values(), ids=[i.replace(" ", "-") for i in CRASHES])
async def test_a_hook_is_made_once_wherever_the_controller_dies(
    cluster, plane, start, tmp_path, request_
):
    """Killed around one request, then restarted: one Job, with one uid, and the sync succeeds."""
    plane.repo.commit = COMMIT
    plane.repo.folders["a"] = (migrate(), SETTINGS)
    await plane.create_app()
    since = (await plane.get(plane.app_path()))["metadata"]["resourceVersion"]
    await plane.sync()
    await crash(cluster, plane, tmp_path, **request_)
    made = await plane.get(plane.jobs("migrate"))
    rig = await start(plane)
    state = await rig.ended()

    after = await rig.get(rig.jobs("migrate"))
    if made is not None:
        assert made["metadata"]["uid"] == after["metadata"]["uid"]
    assert "finalizers" not in after["metadata"]
    assert 1 == await jobs_made(cluster, plane, since)
    rows = {r["name"]: r for r in state["syncResult"]["resources"]}
    assert ("Synced", "Succeeded") == (rows["migrate"]["status"], rows["migrate"]["hookPhase"])
    assert {"colour": "blue"} == (await rig.get(rig.object_path()))["data"]
    await rig.app(lambda a: len(a["status"]["history"]) == 1)


async def test_a_hook_that_was_deleted_after_its_end_is_not_made_again(
    cluster, plane, start, tmp_path
):
    """HookSucceeded: its end was recorded before it went."""
    plane.repo.push("a", migrate("HookSucceeded"), SETTINGS)
    await plane.create_app()
    since = (await plane.get(plane.app_path()))["metadata"]["resourceVersion"]
    await plane.sync()
    await crash(cluster, plane, tmp_path, method="DELETE", path=JOBS)
    rig = await start(plane)
    await rig.ended()
    assert 1 == await jobs_made(cluster, plane, since)


async def test_an_automated_sync_is_resumed_too(cluster, plane, start, tmp_path):
    """Nothing in the Application but the journal asks for it."""
    plane.repo.commit = COMMIT
    plane.repo.folders["a"] = (migrate("HookSucceeded"), SETTINGS)
    await plane.create_app(automated={})
    await crash(cluster, plane, tmp_path, method="POST", path=JOBS)
    app = await plane.get(plane.app_path())
    assert "Running" == app["status"]["operationState"]["phase"]
    rig = await start(plane)
    state = await rig.ended()
    assert app["status"]["operationState"]["startedAt"] == state["startedAt"]
    assert True is state["operation"]["initiatedBy"]["automated"]
    await rig.call(rig.api.wait_gone, rig.jobs("migrate"), seconds=20)


async def test_a_resumed_operation_stays_on_its_commit(cluster, plane, start, tmp_path):
    """The branch moves while the controller is down: what was begun is finished as it was."""
    plane.repo.push("a", migrate(), SETTINGS)
    begun = plane.repo.commit
    await plane.create_app()
    await plane.sync()
    await crash(cluster, plane, tmp_path, method="POST", path=JOBS)
    plane.repo.push("a", migrate(), {**SETTINGS, "data": {"colour": "red"}})
    rig = await start(plane)
    state = await rig.ended()
    assert begun == state["syncResult"]["revision"]
    assert {"colour": "blue"} == (await rig.get(rig.object_path()))["data"]


async def test_an_automated_attempt_that_failed_is_remembered(plane, start):
    """After a restart too: SyncError, no second attempt of the same commit."""
    broken = {**SETTINGS, "metadata": {"name": "Not A Name"}}
    plane.repo.push("a", broken)
    await plane.create_app(automated={}, retry={"limit": 0})
    first = await start(plane)
    state = await first.ended("Failed")
    second = await start(plane)

    def told(app):
        conditions = app["status"].get("conditions") or []
        return any(
            c["type"] == "SyncError"
            and c["message"].startswith(f"Failed last sync attempt to [{plane.repo.commit}]: ")
            for c in conditions
        )

    app = await second.app(told)
    assert state == app["status"]["operationState"]

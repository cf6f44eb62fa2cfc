"""Sync, rollback and terminate on a real API server, without a controller."""

import pytest

from plumbline.pb.server import application_pb2
from plumbline.pb.v1alpha1 import generated_pb2

pytestmark = pytest.mark.cluster

SOURCE = {"repoURL": "https://h/shop", "path": "a", "targetRevision": "main"}
SEVERAL = [SOURCE, {"repoURL": "https://h/shop", "path": "b"}]


def sync(name, **fields):
    return application_pb2.ApplicationSyncRequest(name=name, **fields)


def running(phase="Running"):
    state = {"operation": {"sync": {}}, "phase": phase, "startedAt": "2026-01-01T00:00:00Z"}
    return {"operation": {"sync": {}}, "status": {"operationState": state}}


def test_a_sync_is_written_for_the_controller(rig):
    """Every field, and who asked; the Event tells the revision."""
    name = rig.put(spec={"syncPolicy": {"retry": {"limit": 2}, "syncOptions": ["PruneLast=true"]}})
    request = sync(
        name,
        revision="v1",
        dryRun=True,
        prune=True,
        strategy=generated_pb2.SyncStrategy(apply=generated_pb2.SyncStrategyApply(force=True)),
        infos=[generated_pb2.Info(name="why", value="because")],
        retryStrategy=generated_pb2.RetryStrategy(limit=5),
        syncOptions=application_pb2.SyncOptions(items=["CreateNamespace=true"]),
    )
    answer = rig.call("Sync", request, "owner")
    want = {
        "sync": {
            "revision": "v1",
            "prune": True,
            "dryRun": True,
            "syncStrategy": {"apply": {"force": True}},
            "syncOptions": ["CreateNamespace=true"],
        },
        "initiatedBy": {"username": "owner"},
        "info": [{"name": "why", "value": "because"}],
        "retry": {"limit": 5},
    }
    assert want == rig.stored(name)["operation"]
    assert "v1" == answer.operation.sync.revision
    event = rig.event(name, "owner initiated sync to v1")
    assert "OperationStarted" == event["reason"]


def test_a_partial_sync_names_its_resources(rig):
    """And takes retry and options from the application."""
    name = rig.put(spec={"syncPolicy": {"retry": {"limit": 2}, "syncOptions": ["PruneLast=true"]}})
    chosen = generated_pb2.SyncOperationResource(group="apps", kind="Deployment", name="web")
    rig.call("Sync", sync(name, resources=[chosen]), "owner")
    want = {
        "sync": {
            "resources": [{"group": "apps", "kind": "Deployment", "name": "web"}],
            "syncOptions": ["PruneLast=true"],
        },
        "initiatedBy": {"username": "owner"},
        "retry": {"limit": 2},
    }
    assert want == rig.stored(name)["operation"]
    rig.event(name, "owner initiated partial sync to main")


def test_revisions_are_by_position(rig):
    """Of several sources, one is synced to another revision."""
    name = rig.put(spec={"sources": SEVERAL})
    rig.call("Sync", sync(name, revisions=["v2"], sourcePositions=[2]))
    assert ["main", "v2"] == rig.stored(name)["operation"]["sync"]["revisions"]
    code, _ = rig.refused("Sync", sync(rig.put(spec={"sources": SEVERAL}), revision="x"))
    assert "INVALID_ARGUMENT" == code


def test_local_manifests_need_override(rig):
    """`sync` alone must not deploy what is in no repository."""
    name = rig.put()
    request = sync(name, manifests=["{}"])
    code, text = rig.refused("Sync", request, "syncer")
    assert "PERMISSION_DENIED" == code
    assert text.startswith(f"permission denied: applications, override, shop/{name}, sub: syncer")
    assert "operation" not in rig.stored(name)
    rig.call("Sync", request, "owner")
    rig.event(name, "owner initiated sync locally")


def test_another_revision_needs_override_if_the_setting_says_so(rig):
    """application.sync.requireOverridePrivilegeForRevisionSync, in force without a restart."""
    key = "application.sync.requireOverridePrivilegeForRevisionSync"
    # The probe may be synced before the setting is in force.
    name, probe = rig.put(), rig.put()
    rig.call("Sync", sync(name, revision="v9"), "syncer")
    rig.change(name, {"operation": None})
    with rig.setting(key, "true", lambda: rig.denied("Sync", sync(probe, revision="v9"), "syncer")):
        code, text = rig.refused("Sync", sync(name, revision="v9"), "syncer")
        assert ("PERMISSION_DENIED", True) == (code, "applications, override" in text)
        rig.call("Sync", sync(name, revision="main"), "syncer")


@pytest.mark.parametrize(
    ("more", "fields", "text"),
    [
        ({"operation": {"sync": {}}}, {}, "another operation is already in progress"),
        ({"status": running()["status"]}, {}, "another operation is already in progress"),
        (
            {"spec": {"syncPolicy": {"automated": {}}}},
            {"revision": "v1"},
            "Cannot sync to v1: auto-sync currently set to main",
        ),
        (
            {"spec": {"syncPolicy": {"automated": {}}}},
            {"manifests": ["{}"]},
            "cannot use local sync when Automatic Sync Policy is enabled unless for dry run",
        ),
        (
            {"spec": {"syncPolicy": {"syncOptions": ["Replace=true"]}}},
            {},
            "sync with replace was disabled on the API Server level via the server configuration",
        ),
    ],
)
def test_a_sync_is_refused(rig, more, fields, text):
    """The contract's texts; the operation in progress stays as it is."""
    name = rig.put(**more)
    assert ("FAILED_PRECONDITION", text) == rig.refused("Sync", sync(name, **fields))
    assert more.get("operation") == rig.stored(name).get("operation")


def test_an_application_that_is_being_deleted_takes_no_operation(rig):
    """`application is deleting`."""
    name = rig.put(metadata={"finalizers": ["x.io/y"]})
    rig.api.delete(rig.path(name))
    rig.change(name, {"metadata": {"labels": {"a": "b"}}})
    want = ("FAILED_PRECONDITION", "application is deleting")
    assert want == rig.refused("Sync", sync(name))
    rig.api.merge(rig.path(name), {"metadata": {"finalizers": None}})


def test_of_two_syncs_at_once_one_wins(rig):
    """The other is told, however old its copy was."""
    name = rig.put()
    rig.api.merge(rig.path(name), {"operation": {"sync": {"revision": "first"}}})
    want = ("FAILED_PRECONDITION", "another operation is already in progress")
    assert want == rig.refused("Sync", sync(name, revision="second"))
    assert "first" == rig.stored(name)["operation"]["sync"]["revision"]


HISTORY = {
    "history": [
        {"id": 3, "revision": "c3", "deployedAt": "2026-01-01T00:00:00Z", "source": SOURCE},
        {"id": 4, "revision": "c4", "deployedAt": "2026-01-01T00:00:00Z",
         "source": {"repoURL": "https://evil/x", "path": "a"}},
    ]
}  # fmt: skip


def rollback(name, number, **fields):
    return application_pb2.ApplicationRollbackRequest(name=name, id=number, **fields)


def test_a_rollback_deploys_the_history_again(rig):
    """Revision and source of then."""
    name = rig.put(status=HISTORY)
    rig.call("Rollback", rollback(name, 3, prune=True, dryRun=True), "syncer")
    want = {
        "sync": {
            "revision": "c3",
            "source": SOURCE,
            "prune": True,
            "dryRun": True,
            "syncStrategy": {"apply": {}},
        },
        "initiatedBy": {"username": "syncer"},
    }
    assert want == rig.stored(name)["operation"]
    assert "OperationStarted" == rig.event(name, "syncer initiated rollback to 3")["reason"]


def test_a_rollback_to_what_is_not_permitted_any_more_is_refused(rig):
    """The project decides as it is now."""
    name = rig.put(status=HISTORY)
    text = "application repo https://evil/x is not permitted in project 'shop'"
    assert ("PERMISSION_DENIED", text) == rig.refused("Rollback", rollback(name, 4))
    assert "operation" not in rig.stored(name)


def test_a_rollback_is_refused(rig):
    """The contract's texts."""
    name = rig.put(status=HISTORY)
    want = ("INVALID_ARGUMENT", f"application {name} does not have deployment with id 9")
    assert want == rig.refused("Rollback", rollback(name, 9))
    automated = rig.put(status=HISTORY, spec={"syncPolicy": {"automated": {}}})
    want = ("FAILED_PRECONDITION", "rollback cannot be initiated when auto-sync is enabled")
    assert want == rig.refused("Rollback", rollback(automated, 3))


def test_a_rollback_needs_its_own_permission_if_the_setting_says_so(rig):
    """server.rbac.rollback.enforce.enable: `rollback` in the place of `sync`."""
    name = rig.put(status=HISTORY)
    request = rollback(name, 9)
    key = "server.rbac.rollback.enforce.enable"
    with rig.setting(key, "true", lambda: rig.denied("Rollback", request, "syncer")):
        code, text = rig.refused("Rollback", request, "syncer")
        assert ("PERMISSION_DENIED", True) == (code, "applications, rollback" in text)


def test_a_running_operation_is_terminated(rig):
    """The controller finds the phase; once more is no error."""
    name = rig.put(**running())
    request = application_pb2.OperationTerminateRequest(name=name)
    rig.call("TerminateOperation", request, "owner")
    assert "Terminating" == rig.stored(name)["status"]["operationState"]["phase"]
    event = rig.event(name, "owner terminated running operation")
    assert "ResourceUpdated" == event["reason"]
    rig.call("TerminateOperation", request, "owner")


def test_an_automated_sync_is_terminated(rig):
    """It has no `.operation`; its state tells that it is under way."""
    name = rig.put(status=running()["status"])
    rig.call("TerminateOperation", application_pb2.OperationTerminateRequest(name=name), "owner")
    assert "Terminating" == rig.stored(name)["status"]["operationState"]["phase"]


@pytest.mark.parametrize(
    "more", [{}, {"operation": {"sync": {}}}, running("Succeeded"), running("Failed")]
)
def test_without_an_operation_nothing_is_terminated(rig, more):
    """Nor is the state of an operation that ended before."""
    name = rig.put(**more)
    want = (
        "INVALID_ARGUMENT",
        "Unable to terminate operation. No operation is in progress",
    )
    request = application_pb2.OperationTerminateRequest(name=name)
    assert want == rig.refused("TerminateOperation", request)
    assert more.get("status") == rig.stored(name).get("status")


def windows(name, **fields):
    return application_pb2.ApplicationSyncWindowsQuery(name=name, **fields)


def window(kind, name, **more):
    """A window that is always open, for one application."""
    return {
        "kind": kind,
        "schedule": "* * * * *",
        "duration": "24h",
        "applications": [name],
        **more,
    }


def test_a_sync_window_blocks_a_sync(rig):
    """The contract's text; one that lets users sync by hand does not."""
    name = rig.put("windowed")
    with rig.windows(
        [window("deny", name)],
        lambda: not rig.call("GetApplicationSyncWindows", windows(name)).canSync,
    ):
        want = ("PERMISSION_DENIED", "cannot sync: blocked by sync window")
        assert want == rig.refused("Sync", sync(name))
        assert "operation" not in rig.stored(name)
        rig.call("Sync", sync(rig.put()))
    manual = [window("deny", name, manualSync=True)]
    with rig.windows(manual, lambda: rig.call("GetApplicationSyncWindows", windows(name)).canSync):
        rig.call("Sync", sync(name))


def test_a_sync_window_that_cannot_be_read_blocks(rig):
    """It may be a deny."""
    name = rig.put()
    broken = [{**window("deny", name), "schedule": "never"}]
    with rig.windows(broken, lambda: rig.denied("Sync", sync(name, revision="x"), "admin")):
        code, text = rig.refused("Sync", sync(name))
        assert ("PERMISSION_DENIED", True) == (
            code,
            text.startswith("cannot sync: invalid sync window: "),
        )


def test_the_windows_of_an_application_are_shown(rig):
    """Those that concern it, those that are open, and whether a user may sync."""
    name = rig.put()
    closed = {"kind": "allow", "schedule": "0 0 31 2 *", "duration": "1h", "applications": [name]}
    both = [window("deny", name), closed, window("deny", "another")]
    query = windows(name)
    with rig.windows(
        both, lambda: len(rig.call("GetApplicationSyncWindows", query).assignedWindows) == 2
    ):
        answer = rig.call("GetApplicationSyncWindows", query, "reader")
        assert (["deny"], ["deny", "allow"], False) == (
            [w.kind for w in answer.activeWindows],
            [w.kind for w in answer.assignedWindows],
            answer.canSync,
        )
        assert ("* * * * *", "24h", False) == (
            answer.activeWindows[0].schedule,
            answer.activeWindows[0].duration,
            answer.activeWindows[0].manualSync,
        )

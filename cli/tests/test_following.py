"""Sync, rollback, wait and delete follow an application to its end, and end with its outcome."""

import json

import grpc
import pytest

from plumbline.cli.commands.app import following
from plumbline.cli.spec.resources import Choice


def event(app, kind="MODIFIED"):
    return {"type": kind, "application": app}


@pytest.fixture
def running(application):
    return application("6", "OutOfSync", operation={"sync": {}})


def test_sync(api, ask, application, running, finished):
    """A sync waits until its operation is taken away and its end is recorded, and shows it."""
    old = application("5", "OutOfSync", operationState=finished("Failed", "an older one"))
    ended = application("9", operationState=finished())
    api.answers.update(Get=old, Sync=running, Watch=[[event(old), event(running), event(ended)]])

    done = ask("app", "sync", "shop")

    assert (0, "") == (done.code, done.err)
    assert "Phase:              Succeeded" in done.out
    assert "Duration:           3s" in done.out
    assert "an older one" not in done.out.partition("Name:")[2]
    assert "Sync Status:        Synced to main (1111111)" in done.out


def test_sync_waits_for_the_refresh_after_it(api, ask, application, running, finished):
    """The status shown is not older than the operation's end."""
    early = application(
        "8", "OutOfSync", operationState=finished(), reconciledAt="2026-01-02T03:04:07Z"
    )
    api.answers.update(
        Get=running,
        Sync=running,
        Watch=[[event(early), event(application("9", operationState=finished()))]],
    )

    done = ask("app", "sync", "shop", "-o", "json")

    assert 0 == done.code
    assert "9" == json.loads(done.out)["metadata"]["resourceVersion"]


def test_failed_sync(api, ask, application, running, finished):
    """An operation that failed is an error, and its message is shown."""
    failed = application("9", "OutOfSync", operationState=finished("Failed", "it broke"))
    api.answers.update(Get=running, Sync=running, Watch=[[event(failed)]])

    done = ask("app", "sync", "shop")

    assert 20 == done.code
    assert "Operation has completed with phase: Failed" in done.err
    assert "Message:            it broke" in done.out


def test_sync_that_leaves_resources_to_prune(api, ask, application, running, finished):
    """A sync that went well but needs pruning is an error; a dry run is not."""
    result = {"resources": [{"kind": "Service", "name": "old", "status": "PruneSkipped"}]}
    state = finished(syncResult=result)
    left = application("9", "OutOfSync", operationState=state)
    api.answers.update(Get=running, Sync=running, Watch=[[event(left)]])

    done = ask("app", "sync", "shop")

    assert 20 == done.code
    assert "1 resources require pruning" in done.err
    dry = finished("Failed", operation={"sync": {"dryRun": True}})
    api.answers["Watch"] = [[event(application("9", "OutOfSync", operationState=dry))]]
    assert 0 == ask("app", "sync", "shop", "--dry-run").code


def test_sync_times_out(api, ask, running):
    """A sync whose operation never ends is given up after --timeout, as an error."""
    api.answers.update(Get=running, Sync=running, Watch=[event(running)])
    api.answers["Watch"] = [[event(running)]]

    done = ask("app", "sync", "shop", "--timeout", "1")

    assert 20 == done.code
    assert "timed out (1s) waiting for app" in done.err


def test_broken_watch(api, ask, application, running, finished):
    """A watch that breaks is opened again."""
    ended = application("9", operationState=finished())
    lost = api.refusal(grpc.StatusCode.UNAVAILABLE, "gone away")
    api.answers.update(Get=running, Sync=running)
    api.answers["Watch"] = [[event(running), lost], [], [event(ended)]]

    done = ask("app", "sync", "shop")

    assert 0 == done.code
    assert 3 == api.names().count("Watch")


def test_selected_resources(api, ask, application):
    """Choices may be globs and exclusions; they are resolved against the application."""
    app = application()
    api.answers.update(Get=app, Sync=app)

    def synced(*choices):
        words = [word for choice in choices for word in ("--resource", choice)]
        done = ask("app", "sync", "shop", "--async", *words)
        assert 0 == done.code, done.err
        return [r["kind"] for r in api.requests("Sync")[-1]["resources"]]

    assert ["Deployment"] == synced("apps:Deployment:web")
    assert ["Service"] == synced(":Service:shop/web")
    assert ["Deployment", "Service"] == synced("*:*:web")
    assert ["Service"] == synced("!apps:*:*")
    assert ["Service"] == synced("*:*:*", "!apps:Deployment:w*")


@pytest.mark.parametrize("choice", ["apps:Deployment:nothing", ":Service:elsewhere/web", "web"])
def test_selection_of_nothing(api, ask, application, choice):
    """A choice that means nothing is an error: it must never become a sync of everything."""
    api.answers.update(Get=application(), Sync=application())

    done = ask("app", "sync", "shop", "--async", "--resource", choice)

    assert 20 == done.code
    assert [] == api.requests("Sync")


def test_every_choice_must_mean_something(api, ask, application):
    """One choice that means nothing refuses the sync, whatever the others mean."""
    api.answers.update(Get=application(), Sync=application())

    done = ask(
        "app", "sync", "shop", "--async", "--resource", ":Service:web", "--resource", "a:B:c"
    )

    assert 20 == done.code
    assert "a:B:c" in done.err
    assert [] == api.requests("Sync")


def test_one_revision_is_for_one_application(api, ask):
    """A revision for several applications is refused before any is synced."""
    done = ask("app", "sync", "one", "two", "--async", "--revision", "v1")

    assert 20 == done.code
    assert [] == api.requests("Sync")


def test_selected_by_label(api, ask, application):
    """`--label` syncs the resources whose manifests carry it."""
    web = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}
    web["metadata"]["labels"] = {"tier": "front"}
    other = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}}
    api.answers.update(Get=application(), Sync=application())
    api.answers["GetManifests"] = {"manifests": [json.dumps(web), json.dumps(other)]}

    assert 0 == ask("app", "sync", "shop", "--async", "--label", "tier=front").code
    wanted = [{"group": "apps", "kind": "Deployment", "name": "web"}]
    assert wanted == api.requests("Sync")[-1]["resources"]
    assert 20 == ask("app", "sync", "shop", "--async", "--label", "tier=back").code
    assert 1 == len(api.requests("Sync"))


def test_local_is_refused(api, ask):
    """`--local` is refused by name before anything is asked for."""
    done = ask("app", "sync", "shop", "--local", ".")

    assert 20 == done.code
    assert "--local is not supported" in done.err
    assert [] == api.asked


def test_preview_needs_an_answer(api, ask, application):
    """Where nobody can be asked, a preview with differences does not sync; --assumeYes does."""
    item = {"kind": "Service", "name": "web", "liveState": '{"a":1}', "targetState": '{"a":2}'}
    api.answers.update(Get=application(), Sync=application(), ManagedResources={"items": [item]})

    done = ask("app", "sync", "shop", "--async", "--preview-changes")

    assert 20 == done.code
    assert "+a: 2" in done.out
    assert [] == api.requests("Sync")
    assert 0 == ask("app", "sync", "shop", "--async", "--preview-changes", "--assumeYes").code
    assert 1 == len(api.requests("Sync"))


def test_sync_by_selector(api, ask, application):
    """A selector syncs all it finds, and is an error where it finds none."""
    api.answers.update(List=[{"items": [application()]}, {"items": []}], Sync=application())

    assert 0 == ask("app", "sync", "-l", "a=b", "--async").code
    done = ask("app", "sync", "-l", "a=c", "--async")

    assert (20, 1) == (done.code, len(api.requests("Sync")))
    assert {"selector": "a=b"} == {
        k: v for k, v in api.requests("List")[0].items() if k == "selector"
    }


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ([], {"sync": True, "health": True, "operation": True}),
        (["--sync"], {"sync": True}),
        (["--health", "--degraded"], {"health": True, "degraded": True}),
    ],
)
def test_wait(api, ask, application, words, wanted):
    """`wait` ends with the first event that is there."""
    one = application("6", "OutOfSync", "Progressing")
    two = application("7", "Synced", "Degraded" if "degraded" in wanted else "Healthy")
    api.answers.update(Get=one, Watch=[[event(one), event(two)]])

    done = ask("app", "wait", "shop", *words, "-o", "json")

    assert 0 == done.code
    assert "7" == json.loads(done.out)["metadata"]["resourceVersion"]


STATES = [
    ({}, "OutOfSync", "Degraded", True),
    ({"sync": True}, "Synced", "Degraded", True),
    ({"sync": True}, "OutOfSync", "Healthy", False),
    ({"health": True}, "OutOfSync", "Healthy", True),
    ({"health": True}, "Synced", "Suspended", False),
    ({"health": True, "suspended": True}, "Synced", "Suspended", True),
    ({"degraded": True}, "Synced", "Healthy", False),
    ({"degraded": True}, "Synced", "Degraded", True),
    ({"health": True, "degraded": True}, "Synced", "Healthy", True),
    ({"delete": True}, "Synced", "Healthy", False),
    ({"hydrated": True}, "Synced", "Healthy", False),
]


@pytest.mark.parametrize(("goal", "sync", "health", "wanted"), STATES)
def test_goal(application, goal, sync, health, wanted):
    """Which state satisfies which flags of `wait`."""
    app = application("6", sync, health)

    assert wanted == following.Goal(**goal).reached(app, None)


@pytest.mark.parametrize("phase", ["Running", "Terminating"])
def test_operation_in_progress(application, finished, phase):
    """An operation that runs, is terminated or waits for its retry is in progress."""
    state = finished(phase)

    app = application(operationState=state)

    assert not following.Goal(operation=True).reached(app, None)
    assert following.Goal(operation=True).reached(application(operationState=finished()), None)
    assert not following.Goal(operation=True).reached(application(operation={"sync": {}}), None)


def test_hydrated(application):
    """`--hydrated` waits for the hydrator's phase."""
    app = application(sourceHydrator={"currentOperation": {"phase": "Hydrated"}})

    assert following.Goal(hydrated=True).reached(app, None)


def test_chosen_resources_only(application):
    """With `--resource`, only the state of those resources counts; none at all is not there."""
    app = application(sync="OutOfSync", health="Degraded")
    app["status"]["resources"][1]["status"] = "Synced"

    def reached(choice):
        goal = following.Goal(sync=True, health=True, choices=(Choice.parse(choice),))
        return goal.reached(app, None)

    assert reached(":Service:web")
    assert not reached("apps:Deployment:web")
    assert not reached("apps:StatefulSet:web")


def test_deletion(api, ask, application):
    """`wait --delete` ends when the application is gone, seen by the watch or not."""
    app = application()
    gone = api.refusal(grpc.StatusCode.NOT_FOUND, 'applications.argoproj.io "shop" not found')
    api.answers.update(Get=app, Watch=[[event(app), event(app, "DELETED")]])

    assert 0 == ask("app", "wait", "shop", "--delete").code
    api.answers.update(Get=[app, gone])
    done = ask("app", "delete", "shop", "-y", "--wait")

    assert (0, "application 'shop' deleted\n") == (done.code, done.out)


def test_deleted_while_waiting(api, ask, application):
    """An application that is deleted while its health is waited for is an error."""
    api.answers.update(Get=application(), Watch=[[event(application(), "DELETED")]])

    done = ask("app", "wait", "shop", "--suspended")

    assert 20 == done.code
    assert "was deleted" in done.err


def test_rollback(api, ask, application, running, finished):
    """A rollback goes to the id that is named, else to the one before the last."""
    history = [{"id": 3, "revision": "a"}, {"id": 4, "revision": "b"}, {"id": 7, "revision": "c"}]
    app = application("5", history=history)
    ended = application("9", history=history, operationState=finished())
    api.answers.update(Get=app, Rollback=running, Watch=[[event(ended)]])

    assert 0 == ask("app", "rollback", "shop").code
    assert 0 == ask("app", "rollback", "shop", "3", "--prune").code
    assert 20 == ask("app", "rollback", "shop", "5").code
    assert 20 == ask("app", "rollback", "shop", "last").code

    asked = [(r["id"], r["prune"]) for r in api.requests("Rollback")]
    assert [(4, False), (3, True)] == asked


def test_rollback_without_history(api, ask, application):
    """One deployment is nothing to go back to."""
    api.answers["Get"] = application(history=[{"id": 1, "revision": "a"}])

    done = ask("app", "rollback", "shop")

    assert 20 == done.code
    assert "at least two successful deployments" in done.err

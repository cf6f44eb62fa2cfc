"""Operations: what a request becomes, and when it is refused, with the contract's texts."""

import pytest

from plumbline.core import errors, operation
from plumbline.core.model import decode_application

SOURCE = {"repoURL": "https://h/r", "path": "a", "targetRevision": "main"}


def app(policy=None, sources=None, deleting=False, running=False, history=(), phase=""):
    spec = {"project": "p", "source": SOURCE}
    if policy is not None:
        spec["syncPolicy"] = policy
    if sources is not None:
        spec["sources"] = sources
    tree = {"metadata": {"name": "shop"}, "spec": spec, "status": {"history": list(history)}}
    if deleting:
        tree["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    if running:
        tree["operation"] = {"sync": {}}
    if phase:
        tree["status"]["operationState"] = {"phase": phase, "startedAt": "2026-01-01T00:00:00Z"}
    return decode_application(tree)


def asked(**fields):
    return operation.SyncRequest(**fields)


def build(application, **fields):
    return operation.sync(application, asked(**fields), user="alice")


def test_every_field_reaches_the_controller():
    """Names and places as the CRD has them; what is unset does not appear."""
    got = build(
        app(),
        revision="v1",
        prune=True,
        dry_run=True,
        strategy={"hook": {"force": True}},
        resources=({"kind": "Service", "name": "web"},),
        manifests=("{}",),
        infos=({"name": "why", "value": "because"},),
        retry={"limit": 3},
        sync_options=("PruneLast=true",),
    )
    want = {
        "sync": {
            "revision": "v1",
            "prune": True,
            "dryRun": True,
            "syncStrategy": {"hook": {"force": True}},
            "resources": [{"kind": "Service", "name": "web"}],
            "manifests": ["{}"],
            "syncOptions": ["PruneLast=true"],
        },
        "initiatedBy": {"username": "alice"},
        "info": [{"name": "why", "value": "because"}],
        "retry": {"limit": 3},
    }
    assert want == got


def test_a_plain_sync_takes_retry_and_options_of_the_application():
    """behaviour.md, section 7: unless the request gives its own."""
    policy = {"retry": {"limit": 2}, "syncOptions": ["CreateNamespace=true"]}
    got = build(app(policy))
    assert {"limit": 2} == got["retry"]
    assert {"syncOptions": ["CreateNamespace=true"]} == got["sync"]
    given = build(app(policy), retry={"limit": 5}, sync_options=())
    assert ({"limit": 5}, {}) == (given["retry"], given["sync"])


SEVERAL = [
    {"repoURL": "https://h/a", "path": "a", "targetRevision": "main"},
    {"repoURL": "https://h/b", "path": "b"},
    {"repoURL": "https://h/c", "path": "c", "targetRevision": "v1"},
]


def test_positions_say_which_source_a_revision_is_for():
    """Counted from one; the others keep their targets."""
    got = build(app(sources=SEVERAL), revisions=("v2", "x"), source_positions=(3, 1))
    assert {"revisions": ["x", "HEAD", "v2"]} == got["sync"]


@pytest.mark.parametrize(
    "fields",
    [
        {"revision": "x"},
        {"revisions": ("x",), "source_positions": (0,)},
        {"revisions": ("x",), "source_positions": (4,)},
        {"revisions": ("x", "y"), "source_positions": (1,)},
        {"revisions": ("x",) * 4},
    ],
)
def test_revisions_that_do_not_fit_the_sources_are_refused(fields):
    """Rather than synced to something else."""
    with pytest.raises(errors.InvalidArgument):
        build(app(sources=SEVERAL), **fields)


@pytest.mark.parametrize(
    ("application", "fields", "message"),
    [
        (app(deleting=True), {}, "application is deleting"),
        (app(running=True), {}, "another operation is already in progress"),
        (app(phase="Running"), {}, "another operation is already in progress"),
        (app(phase="Terminating"), {}, "another operation is already in progress"),
        (
            app({"automated": {}}),
            {"revision": "v1"},
            "Cannot sync to v1: auto-sync currently set to main",
        ),
        (
            app({"automated": {}}, sources=SEVERAL),
            {"revisions": ("v1",), "source_positions": (2,)},
            "Cannot sync to v1: auto-sync currently set to HEAD",
        ),
        (
            app({"automated": {}}),
            {"manifests": ("{}",)},
            "cannot use local sync when Automatic Sync Policy is enabled unless for dry run",
        ),
    ],
)
def test_the_state_forbids(application, fields, message):
    """behaviour.md, section 2."""
    with pytest.raises(errors.FailedPrecondition) as caught:
        build(application, **fields)
    assert message == caught.value.message


@pytest.mark.parametrize(
    ("policy", "fields"),
    [
        ({"automated": {}}, {"revision": "main"}),
        ({"automated": {}}, {"revision": "v1", "dry_run": True}),
        ({"automated": {}}, {"manifests": ("{}",), "dry_run": True}),
        ({"automated": {"enabled": False}}, {"revision": "v1"}),
        ({}, {"revision": "v1"}),
    ],
)
def test_the_state_permits(policy, fields):
    """The target itself, a dry run, or automation that is switched off."""
    assert build(app(policy), **fields)["sync"]


@pytest.mark.parametrize("where", ["request", "application"])
def test_replace_can_be_disabled_for_all(where):
    """By the server's configuration, wherever the option comes from."""
    option = "Replace=true"
    application = app({"syncOptions": [option]} if where == "application" else {})
    fields = {"sync_options": (option,)} if where == "request" else {}
    text = "sync with replace was disabled on the API Server level via the server configuration"
    with pytest.raises(errors.FailedPrecondition) as caught:
        operation.sync(application, asked(**fields), user="a", replace_allowed=False)
    assert text == caught.value.message
    assert operation.sync(application, asked(**fields), user="a", replace_allowed=True)


@pytest.mark.parametrize(
    ("application", "fields", "text"),
    [
        (app(), {}, "initiated sync to main"),
        (app(), {"revision": "v1"}, "initiated sync to v1"),
        (app(), {"resources": ({"kind": "A"},)}, "initiated partial sync to main"),
        (app(), {"manifests": ("{}",)}, "initiated sync locally"),
        (app(sources=SEVERAL), {}, "initiated sync to main, HEAD, v1"),
    ],
)
def test_what_is_told(application, fields, text):
    """The Event's texts."""
    assert text == operation.told(application, asked(**fields))


HISTORY = [
    {"id": 4, "revision": "c4", "source": SOURCE},
    {"id": 5, "revisions": ["a", "b"], "sources": SEVERAL[:2]},
    {"id": 6, "revision": "c6"},
]


def roll(application, number, prune=False, dry_run=False):
    return operation.rollback(application, number, prune=prune, dry_run=dry_run, user="bob")


def test_a_rollback_deploys_what_the_history_says():
    """Revision and source of then, options of now."""
    application = app({"syncOptions": ["PruneLast=true"]}, history=HISTORY)
    want = {
        "sync": {
            "revision": "c4",
            "source": SOURCE,
            "prune": True,
            "syncStrategy": {"apply": {}},
            "syncOptions": ["PruneLast=true"],
        },
        "initiatedBy": {"username": "bob"},
    }
    assert want == roll(application, 4, prune=True)
    several = roll(application, 5, dry_run=True)["sync"]
    assert (["a", "b"], SEVERAL[:2], True) == (
        several["revisions"],
        several["sources"],
        several["dryRun"],
    )


@pytest.mark.parametrize(
    ("application", "number", "error", "message"),
    [
        (
            app(history=HISTORY),
            9,
            errors.InvalidArgument,
            "application shop does not have deployment with id 9",
        ),
        (
            app({"automated": {}}, history=HISTORY),
            4,
            errors.FailedPrecondition,
            "rollback cannot be initiated when auto-sync is enabled",
        ),
        (
            app(history=HISTORY, running=True),
            4,
            errors.FailedPrecondition,
            "another operation is already in progress",
        ),
        (
            app(history=HISTORY, deleting=True),
            4,
            errors.FailedPrecondition,
            "application is deleting",
        ),
        (
            app(history=HISTORY),
            6,
            errors.FailedPrecondition,
            "deployment 6 does not tell its source",
        ),
    ],
)
def test_a_rollback_is_refused(application, number, error, message):
    """behaviour.md, section 2."""
    with pytest.raises(error) as caught:
        roll(application, number)
    assert message == caught.value.message

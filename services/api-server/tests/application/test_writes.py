"""Create, update, patch and delete Applications on a real API server, without a controller."""

import json

import pytest

from plumbline.pb.server import application_pb2
from plumbline.pb.v1alpha1 import generated_pb2
from plumbline.rpc import convert

pytestmark = pytest.mark.cluster
IN_CLUSTER = "https://kubernetes.default.svc"


def create(application, **more):
    return application_pb2.ApplicationCreateRequest(application=application, **more)


def patch(name, body, kind="merge", **more):
    text = body if isinstance(body, str) else json.dumps(body)
    return application_pb2.ApplicationPatchRequest(name=name, patch=text, patchType=kind, **more)


def spec(tree):
    return convert.to_message(tree, generated_pb2.ApplicationSpec)


def test_a_created_application_is_stored_and_answered(rig):
    """Specification, labels, annotations and finalizers; the Event names who did it."""
    message = rig.message(
        metadata={"labels": {"a": "b"}, "annotations": {"c": "d"}, "finalizers": ["x.io/y"]},
        spec={"source": {"repoURL": "https://h/shop", "path": "a",
                         "helm": {"valuesObject": {"replicas": None, "n": 1}}}},
    )  # fmt: skip
    answer = rig.call("Create", create(message), "owner")
    name = message.metadata.name
    stored = rig.stored(name)
    assert (stored["metadata"]["uid"], "shop") == (answer.metadata.uid, answer.spec.project)
    metadata = stored["metadata"]
    assert ({"a": "b"}, {"c": "d"}, ["x.io/y"]) == (
        metadata["labels"],
        metadata["annotations"],
        metadata["finalizers"],
    )
    # A null among a chart's values takes a default away; it must survive.
    assert {"replicas": None, "n": 1} == stored["spec"]["source"]["helm"]["valuesObject"]
    event = rig.event(name, "owner created application")
    assert ("ResourceCreated", "Normal", "argocd-server") == (
        event["reason"],
        event["type"],
        event["source"]["component"],
    )


def test_what_was_written_is_read_at_once(rig):
    """Without waiting for the watch."""
    for _ in range(5):
        message = rig.message()
        rig.call("Create", create(message))
        query = application_pb2.ApplicationQuery(name=message.metadata.name)
        assert message.metadata.name == rig.call("Get", query).metadata.name


@pytest.mark.parametrize(
    ("who", "operation"),
    [
        ("creator", {"sync": {"prune": True}}),
        ("creator", {"sync": {"revision": "evil"}}),
        ("creator", {"sync": {"manifests": ["{}"]}}),
        # May sync, but not override.
        ("starter", {"sync": {"manifests": ["{}"]}}),
    ],
)
def test_status_and_operation_of_a_body_are_stripped(rig, who, operation):
    """CVE-2023-50726: `create` alone must not start a sync, nor forge a status."""
    message = rig.message(
        operation=operation,
        status={"health": {"status": "Healthy"}, "sync": {"status": "Synced"}},
    )
    rig.call("Create", create(message), who)
    stored = rig.stored(message.metadata.name)
    assert ("operation" in stored, "status" in stored) == (False, False)


def test_an_operation_counts_for_who_may_sync(rig):
    """The union of what the body does is asked for: sync for a sync, override for another revision
    or local manifests; who asked is the caller, not the body, and no foreign source comes in."""
    message = rig.message(
        operation={
            "sync": {"prune": True, "source": {"repoURL": "https://evil/x", "path": "p"}},
            "initiatedBy": {"username": "somebody"},
        }
    )
    rig.call("Create", create(message), "owner")
    want = {"sync": {"prune": True}, "initiatedBy": {"username": "owner"}}
    assert want == rig.stored(message.metadata.name)["operation"]


def test_creating_the_same_again_is_no_change(rig):
    """An equal specification answers with what is there."""
    message = rig.message()
    first = rig.call("Create", create(message))
    again = rig.call("Create", create(message))
    assert first.metadata.resourceVersion == again.metadata.resourceVersion


def test_another_specification_needs_an_upsert(rig):
    """The contract's text; an upsert merges labels and needs `update`."""
    message = rig.message(metadata={"labels": {"a": "1"}})
    name = message.metadata.name
    rig.call("Create", create(message))
    other = rig.message(name, metadata={"labels": {"b": "2"}}, spec={"project": "shop", "info": [
        {"name": "x", "value": "y"}]})  # fmt: skip
    text = "existing application spec is different, use upsert flag to force update"
    assert ("INVALID_ARGUMENT", text) == rig.refused("Create", create(other))
    code, denied = rig.refused("Create", create(other, upsert=True), "creator")
    assert ("INVALID_ARGUMENT", text) == (code, denied)
    rig.call("Create", create(other, upsert=True), "owner")
    stored = rig.stored(name)
    assert {"a": "1", "b": "2"} == stored["metadata"]["labels"]
    assert [{"name": "x", "value": "y"}] == stored["spec"]["info"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            {"source": {"repoURL": "https://evil/x", "path": "a"}},
            "InvalidSpecError: application repo https://evil/x is not permitted in project 'shop'",
        ),
        (
            {"sources": [{"repoURL": "https://h/shop", "path": "a"},
                         {"repoURL": "https://evil/x", "ref": "v"}]},
            "InvalidSpecError: application repo https://evil/x is not permitted in project 'shop'",
        ),
        (
            {"destination": {"server": IN_CLUSTER, "namespace": "kube-system"}},
            "InvalidSpecError: application destination server 'https://kubernetes.default.svc' and"
            " namespace 'kube-system' do not match any of the allowed destinations in project"
            " 'shop'",
        ),
        (
            {"source": {"repoURL": "https://h/shop"}},
            "InvalidSpecError: spec.source.repoURL and either spec.source.path or"
            " spec.source.chart are required",
        ),
        (
            {"source": {"repoURL": "https://h/shop", "path": "broken"}},
            "InvalidSpecError: Unable to generate manifests in broken: no manifests here",
        ),
        (
            {"source": {"repoURL": "https://h/absent", "path": "a"}},
            "InvalidSpecError: repository not accessible: repository not found",
        ),
    ],
)  # fmt: skip
def test_a_specification_must_be_valid(rig, change, text):
    """Project, destination and sources; create, update and patch alike."""
    message = rig.message(spec=change)
    name = message.metadata.name
    want = ("INVALID_ARGUMENT", f"application spec for {name} is invalid: {text}")
    assert want == rig.refused("Create", create(message))
    known = rig.put()
    want = ("INVALID_ARGUMENT", f"application spec for {known} is invalid: {text}")
    update = application_pb2.ApplicationUpdateSpecRequest(name=known, spec=message.spec)
    assert want == rig.refused("UpdateSpec", update)
    operations = [{"op": "add", "path": f"/spec/{k}", "value": v} for k, v in change.items()]
    assert want == rig.refused("Patch", patch(known, operations, "json"))
    assert "a" == rig.stored(known)["spec"]["source"]["path"]


def test_a_destination_must_exist(rig):
    """By the contract's texts."""
    message = rig.message(spec={"destination": {"name": "nowhere", "namespace": "shop"}})
    text = (
        f"application destination spec for {message.metadata.name} is invalid:"
        " there are no clusters with this name: nowhere"
    )
    assert ("INVALID_ARGUMENT", text) == rig.refused("Create", create(message))


def test_without_validation_nothing_is_rendered(rig):
    """Permission of the project is still asked for."""
    message = rig.message(spec={"source": {"repoURL": "https://h/absent", "path": "a"}})
    assert rig.call("Create", create(message, validate=False)).metadata.uid
    message = rig.message(spec={"source": {"repoURL": "https://evil/x", "path": "a"}})
    code, _ = rig.refused("Create", create(message, validate=False))
    assert "INVALID_ARGUMENT" == code


def test_a_project_that_does_not_exist_is_not_told_apart(rig):
    """Vague on purpose."""
    message = rig.message(spec={"project": "absent"})
    text = 'app is not allowed in project "absent", or the project does not exist'
    assert ("INVALID_ARGUMENT", text) == rig.refused("Create", create(message))


def test_another_namespace_is_not_permitted(rig):
    """Applications live in the control plane's namespace."""
    message = rig.message(metadata={"namespace": "kube-system"})
    text = "namespace 'kube-system' is not permitted"
    assert ("PERMISSION_DENIED", text) == rig.refused("Create", create(message))


def test_an_update_replaces_what_users_decide_and_nothing_else(rig):
    """Labels that are not sent go; status and operation stay as they are."""
    name = rig.put(
        metadata={"labels": {"old": "1"}, "finalizers": ["x.io/y"]},
        operation={"sync": {"revision": "running"}},
        status={"health": {"status": "Healthy"}},
    )
    message = rig.message(
        name, metadata={"labels": {"new": "1"}}, operation={"sync": {"revision": "evil"}},
        status={"health": {"status": "Degraded"}}, spec={"revisionHistoryLimit": 3},
    )  # fmt: skip
    rig.call("Update", application_pb2.ApplicationUpdateRequest(application=message), "owner")
    stored = rig.stored(name)
    assert ({"new": "1"}, False, 3) == (
        stored["metadata"]["labels"],
        "finalizers" in stored["metadata"],
        stored["spec"]["revisionHistoryLimit"],
    )
    assert ({"sync": {"revision": "running"}}, "Healthy") == (
        stored["operation"],
        stored["status"]["health"]["status"],
    )
    assert "ResourceUpdated" == rig.event(name, "owner updated application spec")["reason"]


def test_moving_to_another_project_needs_create_there(rig):
    """And not only `update` here."""
    name = rig.put()
    moved = rig.message(name, spec={"project": "other"})
    request = application_pb2.ApplicationUpdateRequest(application=moved)
    code, text = rig.refused("Update", request, "owner")
    assert "PERMISSION_DENIED" == code
    assert text.startswith(f"permission denied: applications, create, other/{name}, sub: owner")
    assert "shop" == rig.stored(name)["spec"]["project"]
    rig.call("Update", request, "admin")
    assert "other" == rig.stored(name)["spec"]["project"]


def test_update_spec_answers_with_the_specification(rig):
    """And keeps everything else."""
    name = rig.put(metadata={"labels": {"a": "b"}})
    wanted = rig.spec(revisionHistoryLimit=7)
    request = application_pb2.ApplicationUpdateSpecRequest(name=name, spec=spec(wanted))
    assert 7 == rig.call("UpdateSpec", request).revisionHistoryLimit
    stored = rig.stored(name)
    assert (7, {"a": "b"}) == (
        stored["spec"]["revisionHistoryLimit"],
        stored["metadata"]["labels"],
    )


def test_a_merge_patch_changes_only_what_it_names(rig):
    """Null removes; operation, status and names in a patch have no effect."""
    name = rig.put(metadata={"labels": {"a": "1", "b": "2"}})
    body = {
        "metadata": {"labels": {"a": None}, "name": "other", "namespace": "kube-system"},
        "spec": {"source": {"targetRevision": "v2"}},
        "operation": {"sync": {}},
        "status": {"health": {"status": "Healthy"}},
    }
    answer = rig.call("Patch", patch(name, body))
    assert (name, "v2") == (answer.metadata.name, answer.spec.source.targetRevision)
    stored = rig.stored(name)
    assert ({"b": "2"}, False, False) == (
        stored["metadata"]["labels"],
        "operation" in stored,
        "status" in stored,
    )


def test_a_json_patch_is_applied_in_order(rig):
    """RFC 6902."""
    name = rig.put(metadata={"annotations": {"x": "1"}})
    operations = [
        {"op": "test", "path": "/metadata/annotations/x", "value": "1"},
        {"op": "add", "path": "/metadata/annotations/y", "value": "2"},
        {"op": "replace", "path": "/spec/source/path", "value": "b"},
    ]
    rig.call("Patch", patch(name, operations, "json"))
    stored = rig.stored(name)
    assert ({"x": "1", "y": "2"}, "b") == (
        stored["metadata"]["annotations"],
        stored["spec"]["source"]["path"],
    )


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        ("{}", "strategic", "Patch type 'strategic' is not supported"),
        ('{"a"', "merge", "the patch is not JSON: "),
        ([{"op": "remove", "path": "/nope"}], "json",
         "JSON patch operation 1: /nope does not exist"),
        ({"spec": {"source": {"path": 1}}}, "merge",
         "spec.source.path: expected string, found number"),
        ("null", "merge", "the patch leaves no Application"),
    ],
)  # fmt: skip
def test_a_patch_that_cannot_be_applied_is_refused(rig, body, kind, text):
    """With a text that says why."""
    code, found = rig.refused("Patch", patch(rig.put(), body, kind))
    assert ("INVALID_ARGUMENT", True) == (code, found.startswith(text))


def test_a_write_that_was_overtaken_is_done_on_the_new_version(rig):
    """The controller writes status all the time; users must not see its conflicts."""
    name = rig.put()
    for number in range(5):
        # Not waited for: the api-server's copy may be old.
        rig.api.merge(rig.path(name), {"status": {"reconciledAt": f"2026-01-01T00:00:0{number}Z"}})
        rig.call("Patch", patch(name, {"metadata": {"labels": {"n": str(number)}}}))
    stored = rig.stored(name)
    assert ("4", "2026-01-01T00:00:04Z") == (
        stored["metadata"]["labels"]["n"],
        stored["status"]["reconciledAt"],
    )


@pytest.mark.parametrize(
    ("fields", "finalizers"),
    [
        ({}, ["x.io/y", "resources-finalizer.argocd.argoproj.io"]),
        ({"cascade": True, "propagationPolicy": "foreground"},
         ["x.io/y", "resources-finalizer.argocd.argoproj.io"]),
        ({"propagationPolicy": "background"},
         ["x.io/y", "resources-finalizer.argocd.argoproj.io/background"]),
        ({"cascade": False}, ["x.io/y"]),
    ],
)  # fmt: skip
def test_a_deletion_takes_along_what_it_is_told_to(rig, fields, finalizers):
    """By the finalizer that the controller reads; other finalizers are kept."""
    held = ["x.io/y", "resources-finalizer.argocd.argoproj.io/foreground"]
    name = rig.put(metadata={"finalizers": held})
    request = application_pb2.ApplicationDeleteRequest(name=name, **fields)
    rig.call("Delete", request, "owner")
    stored = rig.stored(name)
    assert (finalizers, True) == (
        stored["metadata"]["finalizers"],
        "deletionTimestamp" in stored["metadata"],
    )
    assert "ResourceDeleted" == rig.event(name, "owner deleted application")["reason"]
    # Once more changes nothing and is no error.
    rig.call("Delete", request, "owner")
    rig.api.merge(rig.path(name), {"metadata": {"finalizers": None}})


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"cascade": False, "propagationPolicy": "foreground"},
         "cannot set propagation policy when cascading is disabled"),
        ({"propagationPolicy": "sideways"}, "invalid propagation policy: sideways"),
    ],
)  # fmt: skip
def test_a_deletion_is_refused(rig, fields, text):
    """The contract's texts."""
    name = rig.put()
    request = application_pb2.ApplicationDeleteRequest(name=name, **fields)
    assert ("INVALID_ARGUMENT", text) == rig.refused("Delete", request)
    assert "deletionTimestamp" not in rig.stored(name)["metadata"]

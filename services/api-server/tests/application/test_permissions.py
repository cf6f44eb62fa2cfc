"""Who may call what of ApplicationService: every method by every kind of caller.

``nobody`` has no role, ``reader`` reads everything, ``foreign`` may do everything in another
project, ``owner`` everything in this one. What is refused has no effect and tells nothing.
"""

import pytest

from plumbline.api_server.services import registry
from plumbline.api_server.services.application import ApplicationService
from plumbline.pb.server import application_pb2
from plumbline.pb.v1alpha1 import generated_pb2
from plumbline.rpc import convert

pytestmark = pytest.mark.cluster

DENIED = ("PERMISSION_DENIED", "permission denied")
UPDATE = "update/apps/Deployment/shop/web"
DELETE = "delete/apps/Deployment/shop/web"
OBJECT = {
    "namespace": "shop",
    "resourceName": "web",
    "version": "v1",
    "group": "apps",
    "kind": "Deployment",
}
RUNNING = {
    "operation": {"sync": {}},
    "status": {
        "operationState": {
            "operation": {"sync": {}}, "phase": "Running", "startedAt": "2026-01-01T00:00:00Z",
        }
    },
}  # fmt: skip
HISTORY = {
    "status": {
        "history": [
            {"id": 1, "revision": "c", "deployedAt": "2026-01-01T00:00:00Z",
             "source": {"repoURL": "https://h/shop", "path": "a"}},
        ]
    }
}  # fmt: skip


def q(cls, **fixed):
    """A function from an application's name to a request."""
    key = "applicationName" if "applicationName" in cls.DESCRIPTOR.fields_by_name else "name"
    return lambda name, **more: cls(**{key: name}, **fixed, **more)


def update(name, project="", **_):
    tree = {"metadata": {"name": name}, "spec": SPEC}
    message = convert.to_message(tree, generated_pb2.Application)
    return application_pb2.ApplicationUpdateRequest(application=message, project=project)


def update_spec(name, **more):
    spec = convert.to_message(SPEC, generated_pb2.ApplicationSpec)
    return application_pb2.ApplicationUpdateSpecRequest(name=name, spec=spec, **more)


SPEC = {
    "project": "shop",
    "source": {"repoURL": "https://h/shop", "path": "a", "targetRevision": "v2"},
    "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"},
}
PB = application_pb2
# Method, action asked for, request, what the application must be like.
METHODS = [
    ("Get", "get", lambda name, project="": PB.ApplicationQuery(
        name=name, project=[project] if project else []), {}),
    ("ManagedResources", "get", q(PB.ResourcesQuery), {}),
    ("ResourceTree", "get", q(PB.ResourcesQuery), {}),
    ("WatchResourceTree", "get", q(PB.ResourcesQuery), {}),
    ("GetResource", "get", q(PB.ApplicationResourceRequest, **OBJECT), {}),
    ("GetManifests", "get", q(PB.ApplicationManifestQuery), {}),
    ("RevisionMetadata", "get", q(PB.RevisionMetadataQuery, revision="main"), {}),
    ("GetApplicationSyncWindows", "get", q(PB.ApplicationSyncWindowsQuery), {}),
    ("ListResourceEvents", "get", q(PB.ApplicationResourceEventsQuery), {}),
    ("Update", "update", update, {}),
    ("UpdateSpec", "update", update_spec, {}),
    ("Patch", "update", q(PB.ApplicationPatchRequest, patch='{"metadata":{"labels":{"x":"y"}}}',
                          patchType="merge"), {}),
    ("Delete", "delete", q(PB.ApplicationDeleteRequest, cascade=False), {}),
    ("Sync", "sync", q(PB.ApplicationSyncRequest), {}),
    ("Rollback", "sync", q(PB.ApplicationRollbackRequest, id=1), HISTORY),
    ("TerminateOperation", "sync", q(PB.OperationTerminateRequest), RUNNING),
    ("PatchResource", UPDATE, q(PB.ApplicationResourcePatchRequest, patch="{}", patchType="merge",
                                **OBJECT), {}),
    ("DeleteResource", DELETE, q(PB.ApplicationResourceDeleteRequest, **OBJECT), {}),
]  # fmt: skip
ELSEWHERE = {"Create", "List", "Watch"}  # they name no application; tested for themselves
# They want an application with a chart: test_reads.py; every role asks them in test_rpc_sweep.py.
ELSEWHERE |= {"RevisionChartDetails", "GetOCIMetadata"}
ROLES = {
    "admin": lambda action: True,
    "owner": lambda action: True,
    "reader": lambda action: action == "get",
    "syncer": lambda action: action in ("get", "sync"),
    "proj:shop:ci": lambda action: action in ("get", "sync"),
    "proj:other:all": lambda action: False,
    "updater": lambda action: action in ("get", "update"),
    "patcher": lambda action: action == "get" or action.startswith("update/"),
    "creator": lambda action: False,
    "foreign": lambda action: False,
    "nobody": lambda action: False,
}
SEES = {"admin", "owner", "reader", "syncer", "updater", "patcher", "proj:shop:ci"}


def state(rig, name):
    """What a refused call must leave as it is."""
    return rig.stored(name)["metadata"]["resourceVersion"], len(rig.controller.calls)


def answered(rig, method, request, who):
    answer = rig.call(method, request, who)
    if method == "WatchResourceTree":
        list(answer)


def test_the_sweep_is_complete():
    """Every method that is built is in the table."""
    built = {
        method.name
        for method in registry.application_pb2.DESCRIPTOR.services_by_name[
            "ApplicationService"
        ].methods
        if getattr(ApplicationService, method.name)
        is not getattr(registry.application_pb2_grpc.ApplicationServiceServicer, method.name)
    }
    assert built == {m[0] for m in METHODS} | ELSEWHERE


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize(("method", "action", "make", "more"), METHODS, ids=[m[0] for m in METHODS])
def test_a_method_is_for_who_has_its_action(rig, method, action, make, more, who):
    """Allowed, or refused without effect: in full for who may see the application, else bare."""
    name = rig.put(**more)
    if ROLES[who](action):
        answered(rig, method, make(name), who)
        return
    before = state(rig, name)
    code, text = rig.refused(method, make(name), who)
    if who in SEES:
        want = f"permission denied: applications, {action}, shop/{name}, sub: {who}, iat: "
        assert ("PERMISSION_DENIED", want) == (code, text[: len(want)])
    else:
        assert DENIED == (code, text)
    assert before == state(rig, name)


@pytest.mark.parametrize("who", ["nobody", "foreign", "proj:other:all"])
@pytest.mark.parametrize("project", ["", "shop"])
@pytest.mark.parametrize(("method", "make"), [m[::2] for m in METHODS], ids=[m[0] for m in METHODS])
def test_what_is_forbidden_looks_like_what_is_absent(rig, method, make, project, who):
    """CVE-2022-41354, CVE-2024-36106: names cannot be found out by asking."""
    name = rig.put(**HISTORY)
    more = {"project": project} if project else {}
    forbidden = rig.refused(method, make(name, **more), who)
    absent = rig.refused(method, make("absent", **more), who)
    assert DENIED == forbidden == absent


@pytest.mark.parametrize(("method", "make"), [m[::2] for m in METHODS], ids=[m[0] for m in METHODS])
def test_a_foreign_application_looks_absent_where_the_caller_may_act(rig, method, make):
    """Who may do everything in `other` asks there for an application of `shop`."""
    name = rig.put(**HISTORY)
    code, text = rig.refused(method, make(name, project="other"), "foreign")
    assert ("NOT_FOUND", f'applications.argoproj.io "{name}" not found') == (code, text)
    code, text = rig.refused(method, make("absent", project="other"), "foreign")
    assert ("NOT_FOUND", 'applications.argoproj.io "absent" not found') == (code, text)


@pytest.mark.parametrize(
    ("who", "allowed"),
    [("admin", True), ("owner", True), ("creator", True), ("reader", False), ("nobody", False),
     ("foreign", False), ("syncer", False), ("updater", False), ("proj:shop:ci", False)],
)  # fmt: skip
def test_create_is_for_who_may_create_in_the_project(rig, who, allowed):
    """By project and name of the body."""
    message = rig.message()
    request = application_pb2.ApplicationCreateRequest(application=message)
    name = message.metadata.name
    if allowed:
        assert rig.call("Create", request, who).metadata.uid
        return
    code, text = rig.refused("Create", request, who)
    want = f"permission denied: applications, create, shop/{name}, sub: {who}, iat: "
    assert ("PERMISSION_DENIED", want) == (code, text[: len(want)])
    assert DENIED == rig.refused("Get", application_pb2.ApplicationQuery(name=name), "nobody")


def test_a_create_does_not_tell_what_is_there(rig):
    """An application that the caller may not see looks different, equal or not, and stays."""
    message = rig.message(spec={"project": "other"})
    rig.call("Create", application_pb2.ApplicationCreateRequest(application=message))
    mine = rig.message(message.metadata.name)
    before = rig.stored(message.metadata.name)
    for upsert in (False, True):
        request = application_pb2.ApplicationCreateRequest(application=mine, upsert=upsert)
        code, text = rig.refused("Create", request, "owner")
        assert (
            "INVALID_ARGUMENT",
            "existing application spec is different, use upsert flag to force update",
        ) == (code, text)
    assert before == rig.stored(message.metadata.name)


@pytest.mark.parametrize(
    ("who", "seen"),
    [("admin", 2), ("reader", 2), ("owner", 1), ("foreign", 1), ("nobody", 0), ("proj:shop:ci", 1)],
)
def test_lists_and_watches_show_what_may_be_seen(rig, who, seen):
    """The same in both."""
    label = "sweep-" + who.replace(":", "-")
    rig.put(metadata={"labels": {"sweep": label}})
    rig.put(project="other", metadata={"labels": {"sweep": label}})
    query = application_pb2.ApplicationQuery(selector=f"sweep={label}")
    assert seen == len(rig.call("List", query, who).items)
    stream = rig.call("Watch", query, who)
    assert ["ADDED"] * seen == [next(stream).type for _ in range(seen)]
    stream.cancel()


def test_changing_the_application_implies_changing_its_objects_only_if_the_setting_says_so(rig):
    """server.rbac.disableApplicationFineGrainedRBACInheritance, true by default."""
    name = rig.put()
    request = application_pb2.ApplicationResourcePatchRequest(
        name=name, patch="{}", patchType="merge", **OBJECT
    )
    assert rig.denied("PatchResource", request, "updater")
    key = "server.rbac.disableApplicationFineGrainedRBACInheritance"
    with rig.setting(key, "false", lambda: not rig.denied("PatchResource", request, "updater")):
        rig.call("PatchResource", request, "updater")
        # The finer grant goes on to count.
        rig.call("PatchResource", request, "patcher")
        code, text = rig.refused("PatchResource", request, "reader")
        assert ("PERMISSION_DENIED", True) == (code, UPDATE in text)


def test_a_change_of_an_object_reaches_the_controller_and_is_told(rig):
    """With everything that was asked for; the Event names the object."""
    name = rig.put()
    rig.call("PatchResource", application_pb2.ApplicationResourcePatchRequest(
        name=name, patch='{"a":1}', patchType="application/strategic-merge-patch+json", **OBJECT
    ), "owner")  # fmt: skip
    method, asked = rig.controller.calls[-1]
    assert ("PatchResource", b'{"a":1}', "application/strategic-merge-patch+json") == (
        method,
        asked.patch,
        asked.content_type,
    )
    chosen = asked.object
    assert (name, "apps", "v1", "Deployment", "shop", "web") == (
        chosen.app.name, chosen.group, chosen.version, chosen.kind, chosen.namespace, chosen.name
    )  # fmt: skip
    event = rig.event(name, "owner patched resource apps/Deployment 'web'")
    assert "ResourceUpdated" == event["reason"]
    rig.call("DeleteResource", application_pb2.ApplicationResourceDeleteRequest(
        name=name, force=True, orphan=True, **OBJECT
    ), "owner")  # fmt: skip
    method, asked = rig.controller.calls[-1]
    assert ("DeleteResource", True, True) == (method, asked.force, asked.orphan)
    event = rig.event(name, "owner deleted resource apps/Deployment 'web'")
    assert "ResourceDeleted" == event["reason"]


def test_a_patch_of_another_type_is_refused(rig):
    """Only the three that Kubernetes has."""
    request = application_pb2.ApplicationResourcePatchRequest(
        name=rig.put(), patch="{}", patchType="application/apply-patch+yaml", **OBJECT
    )
    want = ("INVALID_ARGUMENT", "Patch type 'application/apply-patch+yaml' is not supported")
    assert want == rig.refused("PatchResource", request)

"""Lists, watches, refreshes, manifests, revisions and events, without a real controller."""

import concurrent.futures
import json

import pytest

from plumbline.pb.server import application_pb2
from plumbline.pb.v1alpha1 import generated_pb2

pytestmark = pytest.mark.cluster

REFRESH = "argocd.argoproj.io/refresh"


def query(**fields):
    return application_pb2.ApplicationQuery(**fields)


def names(answer):
    return [a.metadata.name for a in answer.items]


@pytest.fixture(scope="module")
def three(rig):
    """Applications of two projects, with labels and repositories of their own."""
    rig.put("list-a", metadata={"labels": {"list": "yes", "tier": "web"}})
    rig.put("list-b", metadata={"labels": {"list": "yes", "tier": "db", "extra": ""}})
    rig.put(
        "list-c", project="other", metadata={"labels": {"list": "yes"}},
        spec={"sources": [{"repoURL": "https://h/one", "path": "a"},
                          {"repoURL": "https://h/two", "path": "b"}]},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "want"),
    [
        ({}, ["list-a", "list-b", "list-c"]),
        ({"name": "list-b"}, ["list-b"]),
        ({"projects": ["other"]}, ["list-c"]),
        ({"project": ["other"]}, ["list-c"]),
        ({"projects": ["shop"], "project": ["other"]}, ["list-a", "list-b", "list-c"]),
        ({"projects": ["absent"]}, []),
        ({"repo": "https://h/two"}, ["list-c"]),
        ({"repo": "https://h/shop"}, ["list-a", "list-b"]),
        ({"selector": "list=yes,tier"}, ["list-a", "list-b"]),
        ({"selector": "list=yes,tier in (web,api)"}, ["list-a"]),
        ({"selector": "list=yes,tier notin (web)"}, ["list-b", "list-c"]),
        ({"selector": "list=yes,!extra"}, ["list-a", "list-c"]),
        ({"selector": "list=yes,tier!=db", "projects": ["shop"]}, ["list-a"]),
    ],
)
def test_a_list_is_filtered(rig, three, fields, want):
    """By name, projects, repository and label selector; all must hold, sorted by name."""
    fields = {"selector": "list=yes", **fields}
    assert want == names(rig.call("List", query(**fields), "reader"))


def test_a_list_shows_what_the_caller_may_see(rig, three):
    """And nothing of the rest."""
    selected = query(selector="list=yes")
    assert ["list-c"] == names(rig.call("List", selected, "foreign"))
    assert [] == names(rig.call("List", selected, "nobody"))


def test_a_list_is_complete_and_has_a_version(rig, three):
    """Items are whole Applications, as a single get answers; managed fields are left out."""
    answer = rig.call("List", query(name="list-a"), "reader")
    assert rig.call("Get", query(name="list-a"), "reader") == answer.items[0]
    assert int(answer.metadata.resourceVersion) >= int(answer.items[0].metadata.resourceVersion)
    assert not answer.items[0].metadata.managedFields


def test_the_same_bytes_serve_rest(rig, three):
    """What was serialised for gRPC is transcoded for browsers: list, get and watch."""
    listed = rig.http("/api/v1/applications?selector=list%3Dyes&fields=items.metadata.name")
    want = [{"metadata": {"name": n}} for n in ("list-a", "list-b", "list-c")]
    assert want == json.loads(listed)["items"]
    got = json.loads(rig.http("/api/v1/applications/list-a"))
    assert ("list-a", "https://h/shop") == (
        got["metadata"]["name"],
        got["spec"]["source"]["repoURL"],
    )
    line = rig.http("/api/v1/stream/applications?name=list-b", line=True)
    event = json.loads(line)["result"]
    assert ("ADDED", "list-b") == (event["type"], event["application"]["metadata"]["name"])


def test_a_selector_that_is_none_is_refused(rig):
    """Rather than selecting everything."""
    code, _ = rig.refused("List", query(selector="a in b"))
    assert "INVALID_ARGUMENT" == code
    code, _ = rig.refused("Watch", query(selector="a in b"))
    assert "INVALID_ARGUMENT" == code


def test_a_get_takes_one_project(rig):
    """The contract's text; one that does not match looks like an absent application."""
    name = rig.put()
    text = "multiple projects specified - the get endpoint accepts either zero or one project"
    request = query(name=name, projects=["shop", "other"])
    assert ("INVALID_ARGUMENT", text) == rig.refused("Get", request)
    assert name == rig.call("Get", query(name=name, project=["shop"])).metadata.name
    want = ("NOT_FOUND", f'applications.argoproj.io "{name}" not found')
    assert want == rig.refused("Get", query(name=name, project=["other"]))


def test_another_namespace_is_not_permitted(rig):
    """Get, list and watch."""
    for method in ("Get", "List", "Watch"):
        want = ("PERMISSION_DENIED", "namespace 'kube-system' is not permitted")
        assert want == rig.refused(method, query(name="x", appNamespace="kube-system"))


def test_a_watch_begins_with_what_there_is_and_goes_on(rig):
    """ADDED for each, then every change, in order."""
    labels = {"watch": "one"}
    first = rig.put(metadata={"labels": labels})
    stream = rig.call("Watch", query(selector="watch=one"), "reader")
    event = next(stream)
    assert ("ADDED", first) == (event.type, event.application.metadata.name)
    second = rig.put(metadata={"labels": labels})
    rig.change(first, {"metadata": {"annotations": {"x": "1"}}})
    rig.api.delete(rig.path(second))
    seen = [next(stream) for _ in range(3)]
    want = [("ADDED", second), ("MODIFIED", first), ("DELETED", second)]
    assert want == [(e.type, e.application.metadata.name) for e in seen]
    stream.cancel()


def test_a_watch_goes_on_from_a_list(rig):
    """With the list's version: nothing that was in it, everything after it, deletions too."""
    labels = {"watch": "two"}
    kept = rig.put(metadata={"labels": labels})
    moved = rig.put(metadata={"labels": labels})
    gone = rig.put(metadata={"labels": labels})
    version = rig.call("List", query(selector="watch=two")).metadata.resourceVersion
    rig.change(moved, {"metadata": {"annotations": {"x": "1"}}})
    rig.api.delete(rig.path(gone))
    last = rig.put(metadata={"labels": labels})
    stream = rig.call("Watch", query(selector="watch=two", resourceVersion=version), "reader")
    seen = [next(stream) for _ in range(3)]
    want = {("MODIFIED", moved), ("DELETED", gone)}
    assert want == {(e.type, e.application.metadata.name) for e in seen[:2]}
    assert last == seen[2].application.metadata.name
    assert kept not in {e.application.metadata.name for e in seen}
    stream.cancel()


def test_a_watch_of_one_name_always_begins_with_it(rig):
    """Whatever version is given: a client that waits for an operation must not miss its end."""
    name = rig.put()
    version = rig.call("List", query()).metadata.resourceVersion
    stream = rig.call("Watch", query(name=name, resourceVersion=version))
    event = next(stream)
    assert ("ADDED", name) == (event.type, event.application.metadata.name)
    stream.cancel()


def test_what_goes_out_of_sight_is_told_as_deleted(rig):
    """And the caller gets nothing of what it may not see."""
    name = rig.put(metadata={"labels": {"watch": "three"}})
    stream = rig.call("Watch", query(selector="watch=three"), "owner")
    assert "ADDED" == next(stream).type
    rig.change(name, {"spec": {"project": "other", "info": [{"name": "CANARY", "value": "x"}]}})
    event = next(stream)
    assert ("DELETED", "shop") == (event.type, event.application.spec.project)
    assert b"CANARY" not in event.SerializeToString()
    rig.change(name, {"spec": {"project": "shop", "info": None}})
    assert "ADDED" == next(stream).type
    stream.cancel()


@pytest.mark.parametrize(("asked", "written"), [("normal", "normal"), ("hard", "hard")])
def test_a_refresh_waits_for_the_controller(rig, asked, written):
    """The annotation is set; the answer is the Application without it."""
    name = rig.put()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        future = pool.submit(rig.call, "Get", query(name=name, refresh=asked), "reader")

        def annotated(app):
            return (app["metadata"].get("annotations") or {}).get(REFRESH) == written

        rig.api.wait(rig.path(name), annotated, seconds=20)
        rig.api.merge(rig.path(name), {
            "metadata": {"annotations": {REFRESH: None}},
            "status": {"sync": {"status": "Synced"}},
        })  # fmt: skip
        assert "Synced" == future.result(20).status.sync.status


def test_manifests_are_rendered_at_any_revision(rig):
    """Marked as they would be applied; values of Secrets never leave."""
    name = rig.put()
    request = application_pb2.ApplicationManifestQuery(name=name, revision="v7", noCache=True)
    answer = rig.call("GetManifests", request, "reader")
    manifests = [json.loads(m) for m in answer.manifests]
    assert {"revision": "v7", "path": "a"} == manifests[0]["data"]
    annotations = manifests[0]["metadata"]["annotations"]
    assert f"{name}:/ConfigMap:shop/m" == annotations["argocd.argoproj.io/tracking-id"]
    assert {"password": "++++++++"} == manifests[1]["data"]
    assert b"CANARY" not in answer.SerializeToString()
    assert ("shop", "c" * 40, "Directory") == (
        answer.namespace,
        answer.revision,
        answer.sourceType,
    )
    last = rig.repo.requests[-1]
    assert ("https://h/shop", "v7", True) == (last.repository.url, last.revision, last.no_cache)


def test_manifests_of_several_sources_are_by_position(rig):
    """Each source at the revision that is asked for, or at its target."""
    sources = [
        {"repoURL": "https://h/shop", "path": "a", "targetRevision": "main"},
        {"repoURL": "https://h/shop", "ref": "values"},
        {"repoURL": "https://h/shop", "path": "b"},
    ]
    name = rig.put(spec={"sources": sources})
    request = application_pb2.ApplicationManifestQuery(
        name=name, revisions=["v2"], sourcePositions=[1]
    )
    answer = rig.call("GetManifests", request)
    data = [m["data"] for m in map(json.loads, answer.manifests) if m["kind"] == "ConfigMap"]
    want = [{"revision": "v2", "path": "a"}, {"revision": "HEAD", "path": "b"}]
    assert want == data


def test_a_render_knows_what_its_cluster_serves_and_what_it_may_read(rig):
    """A chart's value files of another repository, and the destination's capabilities."""
    sources = [
        {"repoURL": "https://h/charts", "path": "c", "targetRevision": "v1",
         "helm": {"valueFiles": ["$values/prod.yaml"]}},
        {"repoURL": "https://h/values", "ref": "values", "targetRevision": "main"},
        {"repoURL": "https://h/plain", "path": "p", "directory": {"recurse": True}},
    ]  # fmt: skip
    name = rig.put(spec={"sources": sources})
    before = len(rig.repo.requests)
    request = application_pb2.ApplicationManifestQuery(
        name=name, revisions=["v9"], sourcePositions=[2]
    )
    rig.call("GetManifests", request)
    asked = {r.repository.url: r for r in rig.repo.requests[before:]}
    assert {"https://h/charts", "https://h/plain"} == set(asked)
    chart = asked["https://h/charts"]
    (referenced,) = chart.referenced
    (reference,) = chart.sources[0].references
    assert ("https://h/values", "v9", "values", 0) == (
        referenced.repository.url,
        referenced.revision,
        reference.name,
        reference.repository,
    )
    (served,) = chart.capabilities
    assert ("v1.36.1", ["v1", "v1/ConfigMap"], 1) == (
        served.kube_version,
        list(served.api_versions),
        chart.sources[0].capabilities,
    )
    assert not asked["https://h/plain"].referenced


def test_manifests_tell_why_there_are_none(rig):
    """The render's error is the answer's."""
    name = rig.put(spec={"source": {"repoURL": "https://h/shop", "path": "broken"}})
    request = application_pb2.ApplicationManifestQuery(name=name)
    assert ("INVALID_ARGUMENT", "no manifests here") == rig.refused("GetManifests", request)


def test_nothing_is_rendered_from_a_repository_that_is_not_permitted(rig):
    """Not even to look at: the project's credential must not open it."""
    name = rig.put(spec={"source": {"repoURL": "https://evil/x", "path": "a"}})
    before = len(rig.repo.requests)
    text = "application repo https://evil/x is not permitted in project 'shop'"
    manifests = application_pb2.ApplicationManifestQuery(name=name)
    assert ("PERMISSION_DENIED", text) == rig.refused("GetManifests", manifests)
    revision = application_pb2.RevisionMetadataQuery(name=name, revision="main")
    assert ("PERMISSION_DENIED", text) == rig.refused("RevisionMetadata", revision)
    assert before == len(rig.repo.requests)


def test_a_revision_has_metadata(rig):
    """Author, date, message and tags, of the source that is asked for."""
    history = [{"id": 2, "revision": "c", "deployedAt": "2026-01-01T00:00:00Z",
                "source": {"repoURL": "https://h/old", "path": "a"}}]  # fmt: skip
    name = rig.put(status={"history": history})
    request = application_pb2.RevisionMetadataQuery(name=name, revision="main")
    answer = rig.call("RevisionMetadata", request, "reader")
    assert ("Ada <ada@h>", 1767319445, ["v1"], "Begin") == (
        answer.author,
        answer.date.seconds,
        list(answer.tags),
        answer.message,
    )
    assert "https://h/shop" == rig.repo.requests[-1].repository.url
    request.versionId = 2
    rig.call("RevisionMetadata", request)
    assert "https://h/old" == rig.repo.requests[-1].repository.url
    request.versionId = 5
    assert "INVALID_ARGUMENT" == rig.refused("RevisionMetadata", request)[0]
    outside = application_pb2.RevisionMetadataQuery(name=name, revision="main", sourceIndex=1)
    assert "INVALID_ARGUMENT" == rig.refused("RevisionMetadata", outside)[0]


def test_a_chart_and_an_artifact_say_what_they_are(rig):
    """Each by its own method; a source of another kind is an error."""
    chart = {"repoURL": "https://h/shop", "chart": "web", "targetRevision": "1.x"}
    artifact = {"repoURL": "oci://h/shop", "path": ".", "targetRevision": "v1"}
    name = rig.put(spec={"source": chart})
    request = application_pb2.RevisionMetadataQuery(name=name, revision="1.0.0")
    found = rig.call("RevisionChartDetails", request, "reader")
    assert ("a web", "https://h", ["A <a@h>"]) == (
        found.description,
        found.home,
        list(found.maintainers),
    )
    asked = rig.repo.requests[-1]
    assert ("web", "1.0.0") == (asked.repository.chart, asked.revision)
    assert "INVALID_ARGUMENT" == rig.refused("GetOCIMetadata", request)[0]
    other = rig.put(spec={"source": artifact})
    request = application_pb2.RevisionMetadataQuery(name=other, revision="sha256:1")
    assert "INVALID_ARGUMENT" == rig.refused("RevisionChartDetails", request)[0]
    assert "PERMISSION_DENIED" == rig.refused("GetOCIMetadata", request)[0]


def test_events_of_an_application_are_its_own(rig):
    """Not those of another with the same name before it."""
    name = rig.put()
    rig.call("Sync", application_pb2.ApplicationSyncRequest(name=name), "owner")
    rig.event(name, "owner initiated sync to main")
    request = application_pb2.ApplicationResourceEventsQuery(name=name)
    (event,) = rig.call("ListResourceEvents", request, "reader").items
    assert ("OperationStarted", "owner initiated sync to main", 1, "Application") == (
        event.reason,
        event.message,
        event.count,
        event.involvedObject.kind,
    )


def test_events_of_a_resource_are_asked_of_the_controller(rig):
    """It knows the cluster, and whether the object is the application's."""
    name = rig.put()
    request = application_pb2.ApplicationResourceEventsQuery(
        name=name, resourceNamespace="shop", resourceName="web", resourceUID="u"
    )
    (event,) = rig.call("ListResourceEvents", request, "reader").items
    assert "Pulled" == event.reason
    method, asked = rig.controller.calls[-1]
    assert ("ResourceEvents", name, "shop", "web", "u") == (
        method,
        asked.app.name,
        asked.namespace,
        asked.name,
        asked.uid,
    )


def test_a_tree_is_streamed(rig):
    """What the controller sends reaches the client."""
    name = rig.put()
    (tree,) = rig.call("WatchResourceTree", application_pb2.ResourcesQuery(applicationName=name))
    assert generated_pb2.ApplicationTree(nodes=[generated_pb2.ResourceNode()]) == tree

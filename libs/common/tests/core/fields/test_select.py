"""Field selection: what lists and watches leave out."""

import pytest

from plumbline.core import errors, fields

APP = {
    "kind": "Application",
    "apiVersion": "argoproj.io/v1alpha1",
    "metadata": {"name": "shop", "namespace": "argocd", "uid": "u", "labels": {"a": "b"}},
    "spec": {"project": "p", "source": {"repoURL": "r", "path": "x"}, "destination": {"name": "c"}},
    "status": {
        "sync": {"status": "Synced", "revision": "1", "comparedTo": {}},
        "health": {"status": "Healthy"},
        "history": [1],
        "operationState": {
            "phase": "Succeeded",
            "message": "m",
            "operation": {"sync": {"revision": "asked"}},
            "syncResult": {"revision": "result"},
        },
    },
    "operation": {"sync": {"prune": True}, "retry": {}},
}


def item(text):
    return fields.select_applications(fields.parse(text), APP)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("items.metadata.name", {"metadata": {"name": "shop"}}),
        (
            "items.metadata.name,items.spec.project",
            {"metadata": {"name": "shop"}, "spec": {"project": "p"}},
        ),
        (
            "items.metadata",
            {"metadata": {"name": "shop", "namespace": "argocd", "labels": {"a": "b"}}},
        ),
        ("items.spec,items.spec.source", {"spec": APP["spec"]}),
        ("items.status.sync", {"status": {"sync": {"status": "Synced", "revision": "1"}}}),
        (
            "items.status.operationState.operation.sync",
            {"status": {"operationState": {"operation": {"sync": {"revision": "result"}}}}},
        ),
        ("items.operation.sync", {"operation": {"sync": {"prune": True}}}),
        # Neither a path deeper than the selectable ones, nor one that is not among them.
        ("items.spec.source.repoURL", {}),
        ("items.status.history", {}),
        ("items.metadata.uid", {}),
        ("metadata.resourceVersion", {}),
        # Absent values do not appear.
        ("items.spec.sources,items.metadata.deletionTimestamp", {}),
    ],
)
def test_only_selectable_paths_of_a_list_are_honoured(text, want):
    """behaviour.md, section 16; kind and apiVersion go as soon as anything is selected."""
    assert want == item(text)


def test_without_fields_an_item_is_whole():
    """Nothing is lost unless asked for."""
    assert APP == item("")


def test_an_exclude_list_keeps_the_other_selectable_paths():
    """A part that is left out takes its whole along; the other parts stay."""
    got = item("-items.spec.source,items.status,items.operation,items.metadata.labels")
    want = {
        "metadata": {"name": "shop", "namespace": "argocd"},
        "spec": {"destination": {"name": "c"}, "project": "p"},
    }
    assert want == got


def test_a_tree_is_cut_to_its_paths():
    """Streams and trees: any path, through lists."""
    tree = {"result": {"type": "ADDED", "application": {"metadata": {"name": "a", "uid": "u"}}}}
    chosen = fields.parse("result.type,result.application.metadata.name")
    want = {"result": {"type": "ADDED", "application": {"metadata": {"name": "a"}}}}
    assert want == chosen.select(tree)
    nodes = {"nodes": [{"name": "a", "uid": "1"}, {"name": "b"}], "hosts": [1]}
    assert {"nodes": [{"name": "a"}, {"name": "b"}]} == fields.parse("nodes.name").select(nodes)


def test_an_ancestor_swallows_its_descendants():
    """The longer path adds nothing."""
    assert fields.parse("a") == fields.parse("a.b,a,a.c.d")
    assert {"a": {"b": 1, "z": 2}} == fields.parse("a.b,a").select({"a": {"b": 1, "z": 2}})


def test_a_tree_is_cut_by_an_exclude_list():
    """Everything but the named."""
    tree = {"nodes": [{"name": "a", "info": 1}], "hosts": [1]}
    assert {"nodes": [{"name": "a"}]} == fields.parse("-nodes.info,hosts").select(tree)


def test_a_flood_is_refused():
    """The parameter is bounded."""
    with pytest.raises(errors.InvalidArgument):
        fields.parse("a," * 10_000)

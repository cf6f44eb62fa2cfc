"""The ``fields`` parameter of REST answers."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.core import errors, fields

TREE = {
    "metadata": {"resourceVersion": "7"},
    "items": [
        {
            "kind": "Application",
            "metadata": {"name": "a", "uid": "u", "labels": {"x": "y"}},
            "spec": {"project": "p", "source": {"repoURL": "r"}},
            "status": {
                "sync": {"status": "Synced", "revision": "c", "comparedTo": {"source": {}}},
                "health": {"status": "Healthy"},
                "history": [1],
                "resources": [{"name": "r"}],
                "operationState": {
                    "phase": "Succeeded",
                    "message": "m",
                    "operation": {"sync": {"prune": True}},
                    "syncResult": {"revision": "c"},
                },
            },
        },
        {"metadata": {"name": "b"}, "spec": {}, "status": {}},
    ],
}


def chosen(text, tree=TREE):
    return fields.select(tree, fields.parse(text))


def listed(text, tree=TREE):
    return fields.select_applications(tree, fields.parse(text))


@pytest.mark.parametrize("text", ["", ",", "-", " , "])
def test_nothing_named_selects_nothing(text):
    """An empty parameter leaves the answer whole."""
    assert fields.parse(text) is None


def test_named_paths_are_kept_through_lists():
    """``items.metadata.name`` reaches into each element."""
    assert {"items": [{"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}]} == chosen(
        "items.metadata.name"
    )


def test_an_ancestor_swallows_its_descendants():
    """In either order of mention."""
    wanted = {"items": [item["metadata"] for item in TREE["items"]]}
    for text in ("items.metadata,items.metadata.name", "items.metadata.name,items.metadata"):
        got = chosen(text)
        assert wanted == {"items": [item["metadata"] for item in got["items"]]}


def test_a_leading_dash_leaves_out():
    """All paths after it are left out, the rest stays."""
    got = chosen("-items.status,items.spec,metadata")
    assert [{"kind", "metadata"}, {"metadata"}] == [set(item) for item in got["items"]]
    assert {"items"} == set(got)


def test_leaving_out_an_ancestor_wins():
    """``-a.b,a`` leaves nothing of a."""
    assert {"c": 1} == chosen("-a.b,a", {"a": {"b": 1, "d": 2}, "c": 1})


def test_streams_are_rooted_at_result():
    """A stream's paths begin with ``result``; seen from the message that step is gone."""
    event = {"type": "ADDED", "application": {"metadata": {"name": "a", "uid": "u"}}}
    selection = fields.parse("result.application.metadata.name,result.type").below("result")
    assert {"type": "ADDED", "application": {"metadata": {"name": "a"}}} == fields.select(
        event, selection
    )
    whole = fields.parse("result").below("result")
    assert event == fields.select(event, whole)


def test_the_tree_is_not_changed():
    """Selecting makes a new tree."""
    before = copy.deepcopy(TREE)
    chosen("items.metadata.name")
    chosen("-items.metadata.name")
    listed("-items.spec.project")
    assert before == TREE


def test_too_many_or_too_deep_paths_are_refused():
    """The parameter is bounded."""
    for text in (",".join(f"a{n}" for n in range(300)), ".".join("a" * 40)):
        with pytest.raises(errors.InvalidArgument):
            fields.parse(text)


def test_the_list_of_applications_has_a_fixed_set():
    """What is not selectable is not in the answer, even if it is named."""
    got = listed("items.metadata.name,items.metadata.uid,items.status.history,items.status.sync")
    assert {
        "metadata": {"resourceVersion": "7"},
        "items": [
            {
                "metadata": {"name": "a"},
                "status": {"sync": {"status": "Synced", "revision": "c"}},
            },
            {"metadata": {"name": "b"}},
        ],
    } == got


def test_an_operations_sync_is_its_result():
    """The contract's oddity."""
    got = listed("items.status.operationState.operation.sync")
    assert {"operationState": {"operation": {"sync": {"revision": "c"}}}} == got["items"][0][
        "status"
    ]


def test_leaving_out_starts_from_the_selectable_paths():
    """kind and unselectable paths are gone even so."""
    got = listed("-items.spec,items.status.resources,items.status.operationState")
    assert {
        "metadata": {"name": "a", "labels": {"x": "y"}},
        "status": {
            "sync": {"status": "Synced", "revision": "c"},
            "health": {"status": "Healthy"},
        },
    } == got["items"][0]


def test_leaving_out_reaches_below_a_selectable_path():
    """``-items.spec.project`` keeps the rest of spec."""
    got = listed("-items.spec.project")
    assert {"source": {"repoURL": "r"}} == got["items"][0]["spec"]


def test_a_whole_spec_and_a_part_of_it_are_the_whole():
    """The ancestor swallows."""
    for text in ("items.spec.project,items.spec", "items.spec,items.spec.project"):
        assert TREE["items"][0]["spec"] == listed(text)["items"][0]["spec"]


def test_an_empty_list_stays_null():
    """encoding/json's null list."""
    assert {"metadata": {}, "items": None} == listed("items.spec", {"metadata": {}, "items": None})


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=12,
)
PATHS = st.lists(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(".".join), min_size=1, max_size=3
)


def _leaves(tree, path=()):
    if isinstance(tree, dict):
        return {leaf for k, v in tree.items() for leaf in _leaves(v, (*path, k))}
    if isinstance(tree, list):
        return {leaf for v in tree for leaf in _leaves(v, path)}
    return {(path, repr(tree))}


@given(JSON.filter(lambda tree: isinstance(tree, dict)), PATHS)
def test_keeping_and_leaving_out_divide_the_leaves(tree, paths):
    """What one keeps the other leaves out; nothing is invented."""
    text = ",".join(paths)
    selection = fields.parse(text)
    kept, left = _leaves(chosen(text, tree)), _leaves(chosen(f"-{text}", tree))
    for path, value in _leaves(tree):
        assert selection.covers(path) <= ((path, value) in kept)
        assert ((path, value) in left) != selection.covers(path)
    assert {leaf for leaf in left if not selection.covers(leaf[0])} == left

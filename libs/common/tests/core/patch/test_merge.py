"""JSON merge patches and JSON pointers."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.core import errors, patch

# The test cases of RFC 7386, appendix A.
RFC_7386 = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]

scalars = st.booleans() | st.integers(-3, 3) | st.text("ab", max_size=2)
trees = st.recursive(
    scalars,
    lambda below: (
        st.lists(below, max_size=3) | st.dictionaries(st.text("abc", max_size=1), below, max_size=3)
    ),
)
maps = st.dictionaries(st.text("abc", max_size=1), trees, max_size=3)


@pytest.mark.parametrize(("target", "change", "want"), RFC_7386)
def test_rfc_cases(target: Any, change: Any, want: Any) -> None:
    """Every case of the RFC's appendix holds."""
    assert want == patch.apply_merge_patch(target, change)


@given(maps, maps)
def test_created_patch_leads_from_one_to_the_other(before: Any, after: Any) -> None:
    """Applying the created patch gives the second document, booleans and numbers told apart."""
    change = patch.create_merge_patch(before, after)

    assert repr(_sorted(after)) == repr(_sorted(patch.apply_merge_patch(before, change)))


@given(maps)
def test_patch_between_equals_is_empty(tree: Any) -> None:
    """Nothing is sent for nothing."""
    assert {} == patch.create_merge_patch(tree, tree)


def _sorted(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _sorted(tree[key]) for key in sorted(tree)}
    return [_sorted(item) for item in tree] if isinstance(tree, list) else tree


DOCUMENT = {"a/b": 1, "m~n": 2, "list": [{"x": 1}, {"x": 2}], "": 3, "deep": {"er": {"k": 1}}}


@pytest.mark.parametrize(
    ("pointer", "gone"),
    [
        ("/a~1b", {"a/b"}),
        ("/m~0n", {"m~n"}),
        ("/", {""}),
        ("/deep", {"deep"}),
        ("/none", set()),
        ("/none/deeper", set()),
        ("/a~1b/below-a-scalar", set()),
        ("", set()),
    ],
)
def test_removal_by_pointer(pointer: str, gone: set[str]) -> None:
    """Escapes are undone; a missing path and the whole document change nothing."""
    left = patch.remove(DOCUMENT, patch.parse_pointer(pointer))

    assert set(DOCUMENT) - gone == set(left)


@pytest.mark.parametrize(
    ("pointer", "want"),
    [
        ("/list/0", [{"x": 2}]),
        ("/list/1/x", [{"x": 1}, {}]),
        ("/list/2", [{"x": 1}, {"x": 2}]),
        ("/list/-", [{"x": 1}, {"x": 2}]),
        ("/list/-1", [{"x": 1}, {"x": 2}]),
        ("/list/00", [{"x": 1}, {"x": 2}]),
        ("/list/" + "9" * 5000, [{"x": 1}, {"x": 2}]),
        ("/list/\u0661", [{"x": 1}, {"x": 2}]),
    ],
)
def test_removal_in_lists(pointer: str, want: Any) -> None:
    """Only an index of RFC 6901 inside the list removes an item."""
    assert want == patch.remove(DOCUMENT, patch.parse_pointer(pointer))["list"]


def test_removal_leaves_its_input_alone() -> None:
    """The document handed in is never changed."""
    before = repr(DOCUMENT)
    patch.remove(DOCUMENT, patch.parse_pointer("/deep/er/k"))

    assert before == repr(DOCUMENT)


def test_pointer_without_a_slash_is_refused() -> None:
    """A pointer that is none is the user's mistake and is named."""
    with pytest.raises(errors.InvalidArgument, match="spec/replicas"):
        patch.parse_pointer("spec/replicas")

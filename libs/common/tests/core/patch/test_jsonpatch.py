"""JSON patch: the examples of RFC 6902, appendix A, and what hostile patches meet."""

import copy

import pytest

from plumbline.core import errors, patch

CASES = [
    # The RFC's appendix A, by its numbers.
    ("A1", {"foo": "bar"}, [{"op": "add", "path": "/baz", "value": "qux"}],
     {"baz": "qux", "foo": "bar"}),
    ("A2", {"foo": ["bar", "baz"]}, [{"op": "add", "path": "/foo/1", "value": "qux"}],
     {"foo": ["bar", "qux", "baz"]}),
    ("A3", {"baz": "qux", "foo": "bar"}, [{"op": "remove", "path": "/baz"}], {"foo": "bar"}),
    ("A4", {"foo": ["bar", "qux", "baz"]}, [{"op": "remove", "path": "/foo/1"}],
     {"foo": ["bar", "baz"]}),
    ("A5", {"baz": "qux", "foo": "bar"}, [{"op": "replace", "path": "/baz", "value": "boo"}],
     {"baz": "boo", "foo": "bar"}),
    ("A6", {"foo": {"bar": "baz", "waldo": "fred"}, "qux": {"corge": "grault"}},
     [{"op": "move", "from": "/foo/waldo", "path": "/qux/thud"}],
     {"foo": {"bar": "baz"}, "qux": {"corge": "grault", "thud": "fred"}}),
    ("A7", {"foo": ["all", "grass", "cows", "eat"]},
     [{"op": "move", "from": "/foo/1", "path": "/foo/3"}],
     {"foo": ["all", "cows", "eat", "grass"]}),
    ("A8", {"baz": "qux", "foo": ["a", 2, "c"]},
     [{"op": "test", "path": "/baz", "value": "qux"}, {"op": "test", "path": "/foo/1", "value": 2}],
     {"baz": "qux", "foo": ["a", 2, "c"]}),
    ("A10", {"foo": "bar"}, [{"op": "add", "path": "/child", "value": {"grandchild": {}}}],
     {"foo": "bar", "child": {"grandchild": {}}}),
    ("A11", {"foo": "bar"}, [{"op": "add", "path": "/baz", "value": "qux", "xyz": 123}],
     {"foo": "bar", "baz": "qux"}),
    ("A14", {"/": 9, "~1": 10}, [{"op": "test", "path": "/~01", "value": 10}],
     {"/": 9, "~1": 10}),
    ("A16", {"foo": ["bar"]}, [{"op": "add", "path": "/foo/-", "value": ["abc", "def"]}],
     {"foo": ["bar", ["abc", "def"]]}),
    ("copy", {"a": [1]}, [{"op": "copy", "from": "/a", "path": "/b"}], {"a": [1], "b": [1]}),
    ("add replaces", {"a": 1}, [{"op": "add", "path": "/a", "value": None}], {"a": None}),
    ("whole", {"a": 1}, [{"op": "replace", "path": "", "value": [1]}], [1]),
    ("in order", {}, [{"op": "add", "path": "/a", "value": {}},
                      {"op": "add", "path": "/a/b", "value": 1}], {"a": {"b": 1}}),
    ("move to itself", {"a": 1}, [{"op": "move", "from": "/a", "path": "/a"}], {"a": 1}),
    ("in a list", {"a": [{"b": 1}]}, [{"op": "replace", "path": "/a/0/b", "value": 2}],
     {"a": [{"b": 2}]}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "document", "operations", "want"), CASES)
def test_operations_are_applied_in_order(name, document, operations, want):
    """The result, and the document left as it was."""
    before = copy.deepcopy(document)
    assert want == patch.apply_json_patch(document, operations)
    assert before == document


@pytest.mark.parametrize(
    ("operation", "why"),
    [
        ({"op": "add", "path": "/baz/bat", "value": 1}, "/baz does not exist"),
        ({"op": "remove", "path": "/nope"}, "/nope does not exist"),
        ({"op": "replace", "path": "/nope", "value": 1}, "/nope does not exist"),
        ({"op": "add", "path": "/list/4", "value": 1}, "/list/4 does not exist"),
        ({"op": "replace", "path": "/list/3", "value": 1}, "/list/3 does not exist"),
        ({"op": "replace", "path": "/list/-", "value": 1}, "/list/- does not exist"),
        ({"op": "remove", "path": "/list/01"}, "/list/01 does not exist"),
        ({"op": "add", "path": "/text/x", "value": 1}, "/text/x does not exist"),
        ({"op": "test", "path": "/text", "value": "other"}, "test of /text failed"),
        ({"op": "test", "path": "/one", "value": True}, "test of /one failed"),
        ({"op": "move", "from": "/map", "path": "/map/x"}, "/map cannot be moved into itself"),
        ({"op": "copy", "path": "/x"}, "from is missing"),
        ({"op": "add", "path": "/x"}, "value is missing"),
        ({"op": "add", "path": "x", "value": 1}, "JSON pointer 'x' does not begin with '/'"),
        ({"op": "remove", "path": ""}, "the whole document cannot be removed"),
        ({"op": "merge", "path": "/x"}, "op is none of add, remove, replace, move, copy, test"),
        ({"path": "/x"}, "op is none of add, remove, replace, move, copy, test"),
        ("add", "not an object"),
    ],
)
def test_what_cannot_be_applied_is_refused_by_number(operation, why):
    """Nothing is applied; the message names the operation and holds no value."""
    document = {"text": "a", "one": 1, "list": [1, 2, 3], "map": {}}
    good = {"op": "add", "path": "/good", "value": 1}
    with pytest.raises(errors.InvalidArgument) as caught:
        patch.apply_json_patch(document, [good, operation])
    assert f"JSON patch operation 2: {why}" == caught.value.message


def test_a_patch_is_a_bounded_list():
    """Neither another type nor a flood."""
    with pytest.raises(errors.InvalidArgument):
        patch.apply_json_patch({}, {"op": "add"})
    with pytest.raises(errors.InvalidArgument):
        patch.apply_json_patch({}, [{"op": "test", "path": "", "value": {}}] * 10_001)


def test_copies_cannot_blow_a_document_up():
    """Doubling by copy ends after a few megabytes, not after 2^60."""
    doubling = [{"op": "copy", "from": "/a", "path": "/a/-"}] * 60
    with pytest.raises(errors.InvalidArgument, match="copies too much"):
        patch.apply_json_patch({"a": ["x" * 100]}, doubling)

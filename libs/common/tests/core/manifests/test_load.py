"""Files become objects; what is not an object is an error naming file and document."""

import pytest

from plumbline.core import errors, manifests

OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


def test_documents_are_split_and_null_documents_are_dropped():
    """Comments, empty documents and separators hold no objects."""
    text = f"# head\n---\n{OBJECT}---\n# nothing\n---\n---   # note\n{OBJECT}\n---"

    objects = manifests.load_documents(text, name="a.yaml")

    assert ["ConfigMap", "ConfigMap"] == [o["kind"] for o in objects]


def test_content_on_the_marker_line_and_directives_are_kept():
    """Neither `--- {…}` nor a directive before the marker loses an object."""
    inline = "--- {apiVersion: v1, kind: A, metadata: {name: x}}\n"
    text = f"{inline}%YAML 1.1\n---\napiVersion: v1\nkind: B\n"

    assert ["A"] == [o["kind"] for o in manifests.load_documents(inline)]
    assert ["B"] == [
        o["kind"] for o in manifests.load_documents(text.removeprefix(inline), name="d")
    ]


def test_a_list_is_expanded_and_json_values_may_follow_one_another():
    """`kind: List` stands for its items, in YAML and in JSON."""
    item = '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"}}'
    text = '{"apiVersion":"v1","kind":"List","items":[' + item + "," + item + "]}\n" + item

    assert 3 == len(manifests.load_json(text, name="x.json"))
    assert 2 == len(manifests.load_documents(text.splitlines()[0], name="x.yaml"))


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (f"{OBJECT}---\na: [", "f.yaml, document 2: line 6: did not find"),
        (f"{OBJECT}---\nmetadata: {{}}\n", "f.yaml, document 2: Object 'kind' is missing"),
        ("kind: A\n", "f.yaml: Object 'apiVersion' is missing"),
        ("- 1\n", "f.yaml: a manifest must be a mapping"),
    ],
)
def test_an_error_names_file_and_document(text, cause):
    """Users find the place."""
    with pytest.raises(errors.InvalidArgument) as caught:
        manifests.load_documents(text, name="f.yaml")

    assert cause in caught.value.message


def _bomb(levels, width):
    lines = ["a0: &a0 [x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        _bomb(9, 9),
        "a: " + "[" * 100_000,
        "\n".join("- " * 1 + "x" for _ in range(2000)) + "\n" + "? " * 5000,
        "---\na: 1\n" * 60_000,
        "a: " + '{"a":' * 100_000,
    ],
    ids=["aliases", "depth", "keys", "documents", "flow-depth"],
)
def test_bombs_end_in_an_error(text):
    """Security: aliases, depth and documents are bounded before a tree exists."""
    with pytest.raises(errors.InvalidArgument):
        manifests.load_documents(text, name="bomb.yaml")


def test_json_bombs_end_in_an_error():
    """Deep JSON is refused as well."""
    with pytest.raises(errors.InvalidArgument):
        manifests.load_json('{"a":' * 100_000, name="bomb.json")


def test_an_alias_is_a_copy():
    """Changing one place never changes the other."""
    tree = manifests.parse_yaml("a: &x {k: 1}\nb: *x\n")

    tree["a"]["k"] = 2

    assert {"a": {"k": 2}, "b": {"k": 1}} == tree

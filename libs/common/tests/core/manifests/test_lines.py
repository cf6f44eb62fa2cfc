"""Lines in errors are those of the file, whatever comes before the document."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plumbline.core import errors, manifests

OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
PIECES = st.sampled_from(
    ["---\n", "--- # c\n", "---\r\n", "--- {a: 1}\n", "...\n", "\n", "# c\n", "%YAML 1.1\n",
     "a: 1\n", "b: |\n  --- x\n", "\ufeff"]
)  # fmt: skip


@pytest.mark.parametrize(
    ("before", "line"),
    [
        ("", 2),
        ("\n\n", 4),
        ("# c\n---\n", 4),
        (OBJECT + "---\n", 6),
        (OBJECT + "--- # c\n# c\n", 7),
        (OBJECT + "---\n---\n\n---\n", 9),
        (OBJECT + "...\n---\n%YAML 1.1\n---\n", 9),
        ("%YAML 1.1\n---\n", 4),
        (OBJECT.replace("\n", "\r\n") + "---\r\n", 6),
    ],
)
def test_an_error_is_at_its_line_of_the_file(before, line):
    """The second line of the last document is wrong."""
    with pytest.raises(errors.InvalidArgument, match=rf"line {line}: invalid map key"):
        manifests.load_documents(f"{before}x: 1\n? [a]\n: b\n", name="f.yaml")


@settings(deadline=None)
@given(st.lists(PIECES, max_size=12))
def test_a_document_begins_at_the_line_it_is_said_to(pieces):
    """Numbers are those of the text, in order, and the texts are those without numbers."""
    text = "".join(pieces)

    found = manifests.split_numbered(text)

    lines = text.split("\n")
    for number, document in found:
        first = document.split("\n")[0]
        assert lines[number - 1].endswith(first.removeprefix("\ufeff"))
    assert [document for _, document in found] == manifests.split_documents(text)
    assert sorted({number for number, _ in found}) == [number for number, _ in found]

"""The import graph of Jsonnet, read from texts: every form of an import, and what looks so."""

import contextlib

import pytest

from plumbline.core import errors, render
from plumbline.testing.trees import MemoryTree

FILES = {
    "app/x.jsonnet": "{}",
    "app/lib/a.libsonnet": "{}",
    "app/text.txt": "t",
    "vendor/b.libsonnet": "import 'c.libsonnet'",
    "vendor/c.libsonnet": "{}",
    "root.libsonnet": "{}",
    "unused.libsonnet": "{}",
}


def read(text, jsonnet=None, files=None):
    """Return what a directory with one Jsonnet file of this text reads."""
    document = {"path": "app", "directory": {"jsonnet": jsonnet or {}}}
    tree = MemoryTree({**FILES, **(files or {}), "app/x.jsonnet": text})
    made = render.plan(tree, render.decode_source(document), context=render.Context())
    return {path for path, _ in made.reads.files} - {"app/x.jsonnet"}


@pytest.mark.parametrize(
    "text",
    [
        "import 'lib/a.libsonnet'",
        'import "lib/a.libsonnet"',
        "import @'lib/a.libsonnet'",
        'import @"lib/a.libsonnet"',
        "import'lib/a.libsonnet'",
        "import\n\t 'lib/a.libsonnet'",
        "import // why\n'lib/a.libsonnet'",
        "import # why\n'lib/a.libsonnet'",
        "import /* 'x' */ 'lib/a.libsonnet'",
        "import 'lib\\u002fa.libsonnet'",
        "import 'lib\\/a.libsonnet'",
        "import './/lib/../lib/a.libsonnet'",
        "importstr 'lib/a.libsonnet'",
        "importbin 'lib/a.libsonnet'",
        "(import 'lib/a.libsonnet') + (import 'lib/a.libsonnet')",
    ],
)
def test_every_form_of_an_import_is_followed(text):
    """Quotes, escapes, comments, white space."""
    assert {"app/lib/a.libsonnet"} == read(text)


@pytest.mark.parametrize(
    "text",
    [
        "import '../../../etc/passwd'",
        "import '/etc/passwd'",
        "import 'absent.libsonnet'",
        "// import 'unused.libsonnet'\n{}",
        "# import 'root.libsonnet'\n/* import 'root.libsonnet' */ {}",
        "{a: \"import 'root.libsonnet'\"}",
        "|||\n  import 'root.libsonnet'\n|||",
        "{imported: 'x'}",
        "xximport 'root.libsonnet'",
        "import 'a\\u0000b'",
    ],
)
def test_what_cannot_be_read_is_not_part_of_it(text):
    """Evaluating it fails; planning does not, because it may stand in a comment."""
    assert set() == read(text)


def test_imports_are_followed_through_files_and_libraries():
    """The importing file's directory first, then the libraries, the root last."""
    assert {"vendor/b.libsonnet", "vendor/c.libsonnet"} == read(
        "import 'b.libsonnet'", {"libs": ["vendor"]}
    )
    assert {"root.libsonnet"} == read("import 'root.libsonnet'")
    assert {"app/root.libsonnet"} == read(
        "import 'root.libsonnet'", None, {"app/root.libsonnet": "{}"}
    )


def test_the_last_library_is_searched_first():
    """As the jsonnet command has it."""
    files = {"one/l.libsonnet": "1", "two/l.libsonnet": "2"}

    assert {"two/l.libsonnet"} == read("import 'l.libsonnet'", {"libs": ["one", "two"]}, files)


def test_text_is_not_scanned_and_code_of_variables_is():
    """importstr reads a text; code of an argument may import from the root."""
    code = {"tlas": [{"name": "x", "value": "import 'vendor/b.libsonnet'", "code": True}]}
    text = {"tlas": [{"name": "x", "value": "import 'vendor/b.libsonnet'"}]}

    assert {"app/text.txt"} == read("importstr 'text.txt'", None, {"app/text.txt": "import 'x'"})
    assert {"vendor/b.libsonnet", "vendor/c.libsonnet"} == read("{}", code)
    assert set() == read("{}", text)


def test_texts_do_not_hide_what_follows():
    """Quotes in comments and in blocks of text open nothing."""
    text = (
        "local a = |||\n  don't\n   |||\n\n  'x\n|||;\n"
        "// don't\n# don't\n/* don't */\n"
        "local b = @\"\\\", c = 'it\\'s', d = @'it''s';\n"
        "local e = |||-\n\n\t\"\n|||;\nimport 'lib/a.libsonnet'"
    )

    assert {"app/lib/a.libsonnet"} == read(text)


@pytest.mark.parametrize(
    "piece",
    ["import/*", "import ", "'", "import '", '@"', "|||", "|||\n ", "/**/", "import/**/", "\\"],
)
def test_hostile_texts_are_scanned_once(piece):
    """A megabyte of beginnings takes one pass: the suite's own time limit is the judge."""
    with contextlib.suppress(errors.ResourceExhausted):  # more imports than one source may have
        assert set() == read(piece * (1_000_000 // len(piece)))


def test_imports_in_a_circle_end():
    """Jsonnet is lazy; a circle is allowed until it is evaluated."""
    files = {"app/a.libsonnet": "import 'b.libsonnet'", "app/b.libsonnet": "import 'a.libsonnet'"}

    assert set(files) == read("import 'a.libsonnet'", None, files)


@pytest.mark.parametrize("library", ["../up", "absent", "root.libsonnet"])
def test_a_library_is_a_directory_of_the_repository(library):
    """Anything else is an error that names it."""
    with pytest.raises(errors.InvalidArgument, match=library.strip("./")):
        read("{}", {"libs": [library]})


def test_a_link_out_of_the_repository_is_not_followed():
    """The import is left out; the evaluation then finds nothing."""
    assert set() == read("import 'l'", None, {"app/l": ("link", "/etc/passwd")})

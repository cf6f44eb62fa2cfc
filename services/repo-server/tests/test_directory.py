"""Plain directories: which files count, and what is taken from them."""

import json

import pytest

FILES = (
    "a.yaml", "b.yml", "c.json", ".dot.yaml", "upper.YAML", "notes.txt", "x.yaml.tpl", "yaml",
    "config-dev.yaml", "env/dev.yaml", "env/prod.yaml", "env/prod/deep.yml", ".hidden/h.yaml",
    "lib/x.libsonnet", "é.yaml",
)  # fmt: skip


def manifest(name, kind="ConfigMap"):
    return json.dumps({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}})


def names(trees):
    return [tree["metadata"]["name"] for tree in trees]


FLAT = [".dot.yaml", "a.yaml", "b.yml", "c.json", "config-dev.yaml", "é.yaml"]
DEEP = sorted([*FLAT, ".hidden/h.yaml", "env/dev.yaml", "env/prod.yaml", "env/prod/deep.yml"])


@pytest.mark.parametrize(
    ("directory", "expected"),
    [
        (None, FLAT),
        ({}, FLAT),
        ({"recurse": True}, DEEP),
        ({"include": "a.yaml"}, ["a.yaml"]),
        ({"include": "*.yaml"}, [name for name in FLAT if name.endswith(".yaml")]),
        ({"include": "{a,b,none}.*"}, ["a.yaml", "b.yml"]),
        ({"include": "{config-*.yaml,c.json}"}, ["c.json", "config-dev.yaml"]),
        ({"include": "?.y*ml"}, ["a.yaml", "b.yml", "é.yaml"]),
        ({"include": "[a-b].*"}, ["a.yaml", "b.yml"]),
        ({"include": "[!a].*"}, ["b.yml", "c.json", "é.yaml"]),
        ({"include": "env/*"}, []),
        ({"include": "env/*", "recurse": True}, [n for n in DEEP if n.startswith("env/")]),
        ({"include": "dev.yaml", "recurse": True}, []),
        ({"include": "*dev.yaml", "recurse": True}, ["config-dev.yaml", "env/dev.yaml"]),
        ({"include": "{env/dev.yaml,a.yaml}", "recurse": True}, ["a.yaml", "env/dev.yaml"]),
        ({"exclude": "*.yaml"}, ["b.yml", "c.json"]),
        ({"exclude": "{env/*,.hidden/*}", "recurse": True}, FLAT),
        ({"include": "*.yaml", "exclude": "{a,é}.yaml"}, [".dot.yaml", "config-dev.yaml"]),
        ({"include": "a.yaml", "exclude": "a.yaml"}, []),
        ({"include": "{a.yaml"}, ["a.yaml"]),
        ({"include": "*.txt"}, []),
        ({"include": "*.txt", "disableExtensionFilter": True}, ["notes.txt"]),
    ],
)
async def test_files_are_chosen_by_name(repository, objects, directory, expected):
    """By ending, depth, include and exclude; globs are of the path from the directory."""
    repository.commit({f"app/{name}": manifest(name) for name in FILES} | {"other/o.yaml": "x"})
    source = {"path": "app"} if directory is None else {"path": "app", "directory": directory}

    found = names(await objects(source))

    assert sorted(expected) == sorted(found)


@pytest.mark.parametrize("field", ["include", "exclude"])
async def test_a_glob_that_cannot_be_read_is_named(repository, ask, field):
    """Not taken for one that matches nothing, or everything."""
    repository.commit({"app/a.yaml": manifest("a")})

    answer = await ask({"path": "app", "directory": {field: "a[b"}})

    assert "a[b" in answer.error.message
    assert not answer.manifests


async def test_the_root_of_a_repository_is_a_directory(repository, objects):
    """In each of its spellings."""
    repository.commit({"a.yaml": manifest("a"), "sub/b.yaml": manifest("b")})

    for path in ("", ".", "./", "sub/.."):
        assert ["a"] == names(await objects({"path": path or "."}))
    assert ["b"] == names(await objects({"path": "./sub//"}))


async def test_of_equal_objects_the_later_in_the_order_of_walking_comes_later(repository, objects):
    """Directories take part in the order by their own name, as a walk has it."""
    repository.commit(
        {f"app/{name}.yaml": manifest(name) for name in ("a/z", "a-b", "b", "a/b/c", "a.b")}
    )

    found = names(await objects({"path": "app", "directory": {"recurse": True}}))

    assert ["a/b/c", "a/z", "a-b", "a.b", "b"] == found


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("x.yaml", "# only a comment\n", []),
        ("x.yaml", "", []),
        ("x.yaml", "---\n---\n# c\n---\nnull\n", []),
        ("x.yaml", f"---\n{manifest('a')}\n--- # c\n{manifest('b')}\n...\n", ["a", "b"]),
        ("x.yaml", f"{manifest('a')}\n---\r\n{manifest('b')}\r\n", ["a", "b"]),
        ("x.yaml", f"\ufeff{manifest('a')}\n", ["a"]),
        ("x.yaml", f"%YAML 1.1\n---\n{manifest('a')}\n", ["a"]),
        ("x.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  t: |\n"
                   "    text\n    --- no marker\n", ["a"]),
        ("x.yaml", f"apiVersion: v1\nkind: List\nitems: [{manifest('a')}, {manifest('b')}]\n",
         ["a", "b"]),
        ("x.yaml", "apiVersion: v1\nkind: ConfigMapList\nitems: "
                   f"[{manifest('a')}, {{apiVersion: v1, kind: List, items: [{manifest('b')}]}}]",
         ["a", "b"]),
        ("x.yaml", "apiVersion: v1\nkind: List\nitems: []\n", []),
        ("x.json", manifest("a"), ["a"]),
        ("x.json", f"{manifest('a')}\n{manifest('b')}", ["a", "b"]),
        ("x.json", f'{{"apiVersion":"v1","kind":"List","items":[{manifest("a")},{manifest("b")}]}}',
         ["a", "b"]),
        ("x.json", " \n", []),
        ("x.jsonnet", f"[{manifest('a')}, null, {manifest('b')}]", ["a", "b"]),
        ("x.jsonnet", "[]", []),
    ],
)  # fmt: skip
async def test_a_file_holds_any_number_of_objects(repository, objects, name, text, expected):
    """Documents after one another, lists, and nothing."""
    repository.commit({f"app/{name}": text})

    assert expected == names(await objects({"path": "app"}))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.yaml", "# +argocd:skip-file-rendering\n{{ no yaml }}"),
        ("x.yaml", f"{manifest('x')}\n---\n# +argocd:skip-file-rendering\n{manifest('y')}"),
        ("x.json", '{"a": "# +argocd:skip-file-rendering"}'),
        ("x.jsonnet", "# +argocd:skip-file-rendering\nerror 'evaluated'"),
        ("x.jsonnet", "# +argocd:skip-file-rendering\n{ no jsonnet"),
    ],
)
async def test_a_marked_file_is_skipped_as_a_whole(repository, objects, name, text):
    """Whatever it holds; Jsonnet is not even evaluated."""
    repository.commit({f"app/{name}": text, "app/z.yaml": manifest("z")})

    assert ["z"] == names(await objects({"path": "app"}))


async def test_the_mark_counts_where_the_file_is_imported_only_as_a_manifest(repository, objects):
    """A marked file is no manifest, and may still be imported."""
    repository.commit(
        {
            "app/lib.jsonnet": f"# +argocd:skip-file-rendering\n{manifest('lib')}",
            "app/x.jsonnet": "import 'lib.jsonnet'",
        }
    )

    assert ["lib"] == names(await objects({"path": "app"}))


async def test_the_files_of_a_directory_are_bounded_together(repository, ask, start_service):
    """The limit itself is allowed; the message names the setting."""
    files = {f"app/{name}.yaml": manifest(name) for name in "abc"}
    size = sum(map(len, files.values()))
    repository.commit(files)
    enough = start_service(f"--max-combined-directory-manifests-size={size}")
    less = start_service(f"--max-combined-directory-manifests-size={size - 1}")

    fits = await ask({"path": "app"}, target=enough)
    answer = await ask({"path": "app"}, target=less)

    assert 3 == len(fits.manifests)
    assert "RESOURCE_EXHAUSTED" == answer.error.code
    assert f"app: the files of the directory exceed {size - 1} bytes" in answer.error.message
    assert "max-combined-directory-manifests-size" in answer.error.message
    assert not answer.manifests


async def test_equal_directories_share_a_render_and_not_the_words_about_it(repository, ask):
    """An error names the file of the source that was asked for; a warning is of both."""
    good = {"a.yaml": manifest("a"), "notes.yaml": "no: manifest\n"}
    bad = {"a.yaml": "apiVersion: v1\n"}
    repository.commit(
        {f"{place}/good/{name}": text for place in ("one", "two") for name, text in good.items()}
        | {f"{place}/bad/{name}": text for place in ("one", "two") for name, text in bad.items()}
    )

    answers = {path: await ask({"path": path}) for path in ("one/good", "two/good")}
    failed = {path: await ask({"path": path}) for path in ("one/bad", "two/bad")}

    assert 1 == len({answer.key for answer in answers.values()})
    assert 1 == len({answer.key for answer in failed.values()})
    for answer in answers.values():
        assert ["notes.yaml is no Kubernetes manifest and was left out"] == answer.warnings
    for path, answer in failed.items():
        assert f"{path}/a.yaml: Object 'kind' is missing" == answer.error.message

"""Jsonnet files of a directory, by go-jsonnet in the sandbox; imports stay in the repository."""

import json

import pytest

CANARY = "canary-c0ffee"


def thing(name):
    """Jsonnet text of an object with a name."""
    head = f"apiVersion: 'v1', kind: 'ConfigMap', metadata: {{name: '{name}'}}"
    return f"{{{head}, data: {{a: 'x'}}}}"


def names(trees):
    return [tree["metadata"]["name"] for tree in trees]


async def test_an_object_a_list_and_a_kubernetes_list_become_manifests(repository, objects):
    """In order of file names, beside plain YAML."""
    listed = f"{{apiVersion: 'v1', kind: 'List', items: [{thing('d')}]}}"
    repository.commit(
        {
            "app/a.jsonnet": thing("a"),
            "app/b.jsonnet": f"[{thing('b')}, {thing('c')}]",
            "app/c.jsonnet": listed,
            "app/d.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: e}\n",
            "app/lib.libsonnet": "error 'not a manifest'",
        }
    )

    assert ["a", "b", "c", "d", "e"] == names(await objects({"path": "app"}))


async def test_variables_and_arguments_are_passed(repository, objects):
    """Texts and code, with the build environment; arguments go to a function."""
    repository.commit(
        {
            "app/x.jsonnet": (
                "function(name, count) {apiVersion: 'v1', kind: 'ConfigMap',"
                " metadata: {name: name}, data: {sum: std.toString(count + std.extVar('more')),"
                " text: std.extVar('text')}}"
            )
        }
    )
    jsonnet = {
        "tlas": [
            {"name": "name", "value": "$ARGOCD_APP_NAME"},
            {"name": "count", "value": "1 + 1", "code": True},
        ],
        "extVars": [
            {"name": "more", "value": "40", "code": True},
            {"name": "text", "value": "1 + 1"},
        ],
    }

    (shown,) = await objects({"path": "app", "directory": {"jsonnet": jsonnet}})

    assert "guestbook" == shown["metadata"]["name"]
    assert {"sum": "42", "text": "1 + 1"} == shown["data"]


async def test_imports_are_found_in_the_repository(repository, objects):
    """Beside the file, in the libraries, from the root; as code, text and bytes; through a link."""
    repository.commit(
        {
            "app/x.jsonnet": (
                "local near = import './near.libsonnet';\n"
                'local far = import /* the library */ @"far.libsonnet";\n'
                "{apiVersion: 'v1', kind: 'ConfigMap', metadata: {name: 'x'}, data:"
                " near + far + {text: importstr 'texts/hello.txt',"
                " bytes: std.toString(importbin '\\u0062ytes.bin'),"
                " linked: importstr 'linked.txt'}}"
            ),
            "app/near.libsonnet": "{near: (import 'deep/deeper.libsonnet').value}",
            "app/deep/deeper.libsonnet": "{value: 'deeper'}",
            "vendor/far.libsonnet": "{far: 'vendored'}",
            "other/far.libsonnet": "{far: 'wrong'}",
            "texts/hello.txt": "hello",
            "app/bytes.bin": "ab",
        }
    )
    repository.link("app/linked.txt", "../texts/hello.txt")
    repository.commit()
    jsonnet = {"libs": ["other", "vendor"]}

    (shown,) = await objects({"path": "app", "directory": {"jsonnet": jsonnet}})

    assert {
        "near": "deeper",
        "far": "vendored",
        "text": "hello",
        "bytes": "[97, 98]",
        "linked": "hello",
    } == shown["data"]


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("app/x.jsonnet", True),
        ("lib/a.libsonnet", True),
        ("lib/b.txt", True),
        ("app/a.libsonnet", True),
        ("lib/c.libsonnet", False),
        ("README.md", False),
    ],
)
async def test_a_key_moves_exactly_with_what_is_imported(repository, ask, path, counts):
    """Also with a file that appears where an import looked first."""
    repository.commit(
        {
            "app/x.jsonnet": f"(import 'a.libsonnet') + {thing('x')}",
            "lib/a.libsonnet": "{data+: {b: importstr 'b.txt'}}",
            "lib/b.txt": "b",
            "lib/c.libsonnet": "{}",
            "README.md": "x",
        }
    )
    source = {"path": "app", "directory": {"jsonnet": {"libs": ["lib"]}}}
    before = await ask(source)
    old = {"lib/b.txt": "bb", "app/a.libsonnet": "{}"}.get(path)
    if old is None:
        old = (repository.path / path).read_text() + "\n// changed\n"
    repository.commit({path: old})

    after = await ask(source, known_key=before.key)

    assert "" == before.error.message + after.error.message
    assert counts != after.unchanged


async def test_a_switch_leaves_jsonnet_out(repository, objects):
    """jsonnet.enable: false: a directory is plain YAML."""
    repository.commit(
        {
            "app/a.jsonnet": "error 'not read'",
            "app/b.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n",
        }
    )

    found = await objects({"path": "app"}, settings={"disabled": ["Jsonnet"]})

    assert ["b"] == names(found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{a: }", "app/x.jsonnet"),
        ("error 'my own words'", "my own words"),
        ("local f(x) = f(x) + 1; f(1)", "max stack frames"),
        ("'text'", "a manifest must be a mapping"),
        ("[1]", "a manifest must be a mapping"),
        ("{a: 1}", "Object 'kind' is missing"),
        ("std.extVar('absent')", "absent"),
    ],
)
async def test_an_error_is_the_engines_own(repository, ask, service, text, message):
    """With the file, without a directory of the server."""
    repository.commit({"app/x.jsonnet": text})

    answer = await ask({"path": "app"})

    assert "INVALID_ARGUMENT" == answer.error.code
    assert message in answer.error.message
    assert str(service.folder) not in answer.error.message


@pytest.fixture
def canary(tmp_path):
    """A file outside of every repository, and one in another checkout."""
    (tmp_path / "sibling").mkdir()
    (tmp_path / "sibling" / "x.libsonnet").write_text(f"'{CANARY}'")
    path = tmp_path / "secret.libsonnet"
    path.write_text(f"'{CANARY}'")
    return path


WAYS = {
    "absolute": "importstr '{canary}'",
    "absolute code": "import '{canary}'",
    "absolute bytes": "importbin '{canary}'",
    "up": "importstr '" + "../" * 32 + "{canary}'",
    "up one": "importstr '../../secret.libsonnet'",
    "sibling": "import '../../sibling/x.libsonnet'",
    "device": "importstr '/dev/zero'",
    "process": "importstr '/proc/self/environ'",
    "link to a file": "importstr 'file.link'",
    "link to a directory": "importstr 'directory.link/secret.libsonnet'",
    "nested": "import 'nested.libsonnet'",
    "hidden": "import '\\u002e\\u002e/../secret.libsonnet'",
}


@pytest.mark.parametrize("way", [*WAYS, "argument", "variable", "override", "library"])
async def test_nothing_outside_the_repository_is_read(repository, ask, canary, service, way):
    """Security: CVE-2026-113672, in all the ways its advisories name."""
    text = WAYS.get(way, "std.extVar('x')").format(canary=canary)
    if way in ("argument", "override"):
        text = "function(x) x"
    repository.write(
        {
            "app/x.jsonnet": text,
            "app/nested.libsonnet": f"importstr '{canary}'",
            "good/x.jsonnet": f"(import '../lib/a.libsonnet') + {thing('good')}",
            "lib/a.libsonnet": "{}",
        }
    )
    repository.link("app/file.link", canary)
    repository.link("app/directory.link", canary.parent)
    code = {"name": "x", "value": f"importstr '{canary}'", "code": True}
    jsonnet = {
        "argument": {"tlas": [code]},
        "variable": {"extVars": [code]},
        "library": {"libs": ["../.."]},
    }.get(way, {})
    if way == "override":
        override = {"directory": {"jsonnet": {"tlas": [code]}}}
        repository.write({"app/.argocd-source.yaml": json.dumps(override)})
    repository.commit()

    answer = await ask({"path": "app", "directory": {"jsonnet": jsonnet}})
    good = await ask({"path": "good"})

    assert answer.error.message
    assert not answer.manifests
    assert CANARY not in str(answer)
    assert CANARY not in service.log.read_text()
    assert 1 == len(good.manifests)


@pytest.mark.parametrize("name", ["memory", "time", "output"])
async def test_bombs_end_while_others_go_on(start_service, repository, ask, name):
    """Memory, time and output are bounded."""
    bombs = {
        "memory": "local f(n, s) = if n == 0 then s else f(n - 1, s + s) tailstrict; f(60, 'x')",
        "time": "local f(n) = if n < 2 then n else f(n - 1) + f(n - 2); f(60)",
        "output": "{a: std.repeat('x', 200000000)}",
    }
    repository.commit({"app/x.jsonnet": bombs[name], "good/x.jsonnet": thing("good")})
    limited = start_service("--plumbline-exec-timeout=8s")

    answer = await ask({"path": "app"}, target=limited)
    good = await ask({"path": "good"}, target=limited)

    assert answer.error.code in ("INVALID_ARGUMENT", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED")
    assert 1 == len(good.manifests)
    assert [] == limited.work()

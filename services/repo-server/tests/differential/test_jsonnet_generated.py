"""Generated Jsonnet: our render is what the engine alone gives in a directory on disk.

The bare side is a process of its own with the same engine, its own importer and a plain checkout.
"""

import json
import random
import sys

import pytest

CASES = 24
CHUNK = 12

PROGRAM = """\
import json, sys
import _gojsonnet
order = json.load(open(sys.argv[1], encoding="utf-8"))
for path in order.pop("files"):
    tree = json.loads(_gojsonnet.evaluate_file(path, **order))
    for item in tree if isinstance(tree, list) else [tree]:
        print("---\\n" + json.dumps(item, ensure_ascii=False))
"""
LIBRARY = """\
{
  object(name, data={}):: {
    apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: name },
    data: { [key]: std.toString(data[key]) for key in std.objectFields(data) },
  },
}
"""


class Script:
    """A case under construction."""

    def __init__(self, number):
        self.random = random.Random(f"jsonnet {number}")
        self.root = f"j{number:03}"
        self.path = f"{self.root}/app"
        self.files = {f"{self.path}/lib.libsonnet": LIBRARY}
        self.scripts = {}
        self.jsonnet = {}
        self.paths = [""]
        self.script(
            "main.jsonnet", "local lib = import 'lib.libsonnet';\nlib.object('main', {a: 1})"
        )

    def script(self, name, text):
        self.scripts[f"{self.path}/{name}"] = text

    def variable(self, field, name, value, *, code=False):
        found = {"name": name, "value": value, **({"code": True} if code else {})}
        self.jsonnet.setdefault(field, []).append(found)

    def commands(self, root):
        kinds = {"ext": self.jsonnet.get("extVars", []), "tla": self.jsonnet.get("tlas", [])}
        order = {"files": sorted(self.scripts), "jpathdir": self.paths}
        for prefix, found in kinds.items():
            for kind, code in (("vars", False), ("codes", True)):
                chosen = [item for item in found if bool(item.get("code")) is code]
                order[f"{prefix}_{kind}"] = {item["name"]: item["value"] for item in chosen}
        file = root / "order.json"
        file.write_text(json.dumps(order), encoding="utf-8")
        return [([sys.executable, "-c", PROGRAM, file], root)]


def many_objects(made):
    """Lists, comprehensions, a Kubernetes list, hidden fields."""
    made.script("list.jsonnet", (
        "local lib = import 'lib.libsonnet';\n"
        f"[lib.object('n%d' % n, {{n: n, half: n / 2, third: n / 3}}) for n in std.range(1, "
        f"{made.random.randint(0, 5)})] + [{{apiVersion: 'v1', kind: 'List', items: "
        "[lib.object('in-list')]},"
        " lib.object('hidden', {shown: 1, hidden:: 2}) + {more: self.data}]"
    ))  # fmt: skip


def values(made):
    made.script("values.jsonnet", (
        "local lib = import 'lib.libsonnet';\nlib.object('values') + {data: {"
        "big: 12345678901234567890, small: 1e-7, exact: 9007199254740993, float: 1.0, neg: -0.5,"
        " text: 'ünï·🙂 \\u2026 \"quoted\" \\'single\\' \\\\ back',"
        " lines: |||\n    one\n      two\n  |||,"
        " verbatim: @'a\\b', yaml: std.manifestYamlDoc({a: [1, 'yes']}), nothing: null,"
        " empty: {}, list: [], nested: {a: {b: [[1], {c: true}]}}, hash: std.md5('x'),"
        f" sorted: std.sort([{made.random.randint(0, 9)}, 2, 1]), even: 10 % 4 == 2}}}}"
    ))  # fmt: skip


def variables(made):
    made.variable("extVars", "text", made.random.choice(["1 + 1", "", "ü", "yes", "null"]))
    made.variable("extVars", "code", made.random.choice(["1 + 1", "[1, 2]", "{a: 'b'}"]), code=True)
    made.script("vars.jsonnet", (
        "(import 'lib.libsonnet').object('vars', {t: std.extVar('text'), c: std.extVar('code')})"
    ))  # fmt: skip


def arguments(made):
    made.variable("tlas", "name", "from-argument")
    made.variable("tlas", "count", "2 * 3", code=True)
    made.scripts = {
        f"{made.path}/function.jsonnet": (
            "function(name, count, other='default') "
            "(import 'lib.libsonnet').object(name, {count: count, other: other})"
        ),
        f"{made.path}/no-function.jsonnet": "(import 'lib.libsonnet').object('no-function')",
    }


def imports(made):
    """Code, text and bytes; from above, from below, and the same twice."""
    made.files |= {
        f"{made.root}/up.libsonnet": "{up: (import 'beside.libsonnet').beside}",
        f"{made.root}/beside.libsonnet": "{beside: 'beside up'}",
        f"{made.path}/data/text.txt": "text {no code}\n",
        f"{made.path}/data/data.json": '{"from": "json"}',
        f"{made.path}/beside.libsonnet": "{beside: 'beside the file'}",
    }
    made.script("imports.jsonnet", (
        "local a = import '../up.libsonnet'; local b = import 'beside.libsonnet';"
        " (import 'lib.libsonnet').object('imports', {up: a.up, beside: b.beside,"
        " again: (import '../up.libsonnet').up, text: importstr 'data/text.txt',"
        " bytes: importbin './data/text.txt', json: (import 'data/data.json')['from']})"
    ))  # fmt: skip


def libraries(made):
    """Two libraries with a file of the same name, and one from the repository's root."""
    first, second = f"{made.root}/vendor/a", f"{made.root}/vendor/b"
    made.files |= {
        f"{first}/both.libsonnet": "{who: 'a'}",
        f"{second}/both.libsonnet": "{who: 'b'}",
        f"{first}/only/a.libsonnet": "{a: import 'both.libsonnet'}",
        f"{made.root}/root.libsonnet": "{root: true}",
    }
    chosen = made.random.choice([[first, second], [second, first]])
    made.jsonnet["libs"] = [f"/{chosen[0]}", chosen[1]] if made.random.random() < 0.5 else chosen
    made.paths = ["", *chosen]
    made.script("libs.jsonnet", (
        "(import 'lib.libsonnet').object('libs', {who: (import 'both.libsonnet').who,"
        " deep: (import 'only/a.libsonnet').a.who,"
        f" root: (import '{made.root}/root.libsonnet').root}})"
    ))  # fmt: skip


def broken(made):
    """What the engine refuses."""
    made.script("broken.jsonnet", made.random.choice([
        "{", "error 'no'", "import 'none.libsonnet'", "std.extVar('none')", "assert false; {}",
        "{a: self.b}", "local a = 1", "function(needed) {}", "{a: 1 / 0}", "importstr 'data'",
    ]))  # fmt: skip


FEATURES = (many_objects, values, variables, arguments, imports, libraries, broken)


def case_of(number, make_case):
    made = Script(number)
    certain = FEATURES[number % len(FEATURES)]
    others = [feature for feature in FEATURES[:-1] if feature is not certain]
    chosen = {certain, *made.random.sample(others, made.random.randint(0, 3))}
    # Arguments take the place of other scripts, so they come first.
    for feature in sorted(chosen, key=lambda f: (f is not arguments, FEATURES.index(f))):
        feature(made)
    made.files |= made.scripts
    source = {"path": made.path, "directory": {"jsonnet": made.jsonnet}}
    return make_case(made.root, made.files, source, made.commands)


@pytest.mark.parametrize("first", range(0, CASES, CHUNK))
async def test_generated_jsonnet_renders_as_the_engine_renders_it(compare, make_case, first):
    """Objects equal in content and order; what the engine refuses is refused."""
    rendered = await compare([case_of(first + step, make_case) for step in range(CHUNK)])

    assert rendered > CHUNK // 2

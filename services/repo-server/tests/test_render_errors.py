"""What a broken source is told: which tool, which file, which line where the tool knows.

A few lines, no directory of the server, and nothing that a file or a value holds: whoever sees an
Application may not be who may read its repository, and what cannot be parsed is often a secret that
was not quoted.
"""

import json

import pytest

from plumbline.pb.repo import repo_pb2
from plumbline.repo_server import words

CANARY = "c4n4ry-s3cr3t"
CHART = "apiVersion: v2\nname: web\nversion: 1.0.0\n"
GOOD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
SLIP = f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  a: {CANARY}\n b: x\n"
"""Not YAML from line 7 on."""
OPERATION = "- {op: replace, path: /data/none, value: %s}" % CANARY  # noqa: UP031 -- braces
MOST = 9
"""Lines of an error."""


def chart(template="", *, chart=CHART, values=None, files=None, **helm):
    found = {"Chart.yaml": chart, "templates/s.yaml": template, **(files or {})}
    if values is not None:
        found["values.yaml"] = values
    return found, ({"helm": helm} if helm else {})


def secret(template, **helm):
    """A template that makes something of a value that is a secret."""
    return chart(template, valuesObject={"p": helm.pop("p", CANARY)}, **helm)


def built(text, files=None, **kustomize):
    found = {"kustomization.yaml": text, **(files or {})}
    return found, ({"kustomize": kustomize} if kustomize else {})


def script(text, library="", **jsonnet):
    found = {"s.jsonnet": text, "l.libsonnet": library}
    return found, {"directory": {"jsonnet": jsonnet}}


def plain(text, name="s.yaml"):
    return {name: text}, {}


DIRECTORY = {
    "indent": (plain(SLIP), "@/s.yaml: line 7: did not find expected key"),
    "second": (plain(f"{GOOD}---\n# c\n{SLIP}"), "@/s.yaml, document 2: line 12: did not find"),
    "marked": (plain(f"{GOOD}--- # c\n\n---\n{SLIP}"), "@/s.yaml, document 2: line 13: did not"),
    "windows": (plain(f"{GOOD}---\n{SLIP}".replace("\n", "\r\n")), "line 11: did not find"),
    "directive": (plain(f"{GOOD}---\n%YAML 1.1\n---\n{SLIP}"), "line 13: did not find"),
    "tabulator": (plain(f"a:\n\t{CANARY}"), "@/s.yaml: line 2: found"),
    "scalar": (plain(CANARY), "@/s.yaml: a manifest must be a mapping"),
    "list": (plain(f"- {CANARY}"), "@/s.yaml: a manifest must be a mapping"),
    "tagged": (plain(f"apiVersion: v1\na: !!int {CANARY}"), "@/s.yaml: line 2: cannot decode"),
    "alias": (plain(f"apiVersion: v1\na: *{CANARY}"), "@/s.yaml: line 2: unknown anchor"),
    "itself": (plain(f"a: &{CANARY} [*{CANARY}]"), "@/s.yaml: line 1: an anchor's value contains"),
    "key": (plain(f"apiVersion: v1\n? [{CANARY}]\n: b"), "@/s.yaml: line 2: invalid map key"),
    "infinite": (plain("apiVersion: v1\nkind: X\na: .inf"), "@/s.yaml: line 3: unsupported value"),
    "kind": (plain(f"apiVersion: v1\na: {CANARY}"), "@/s.yaml: Object 'kind' is missing"),
    "item": (plain("apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: A}\n- {kind: B}"),
             "@/s.yaml: List item 2: Object 'apiVersion' is missing"),
    "json": (plain('{"apiVersion": "v1",\n"a": "%s" "b"}' % CANARY, "s.json"),  # noqa: UP031
             "@/s.json: unexpected character, expected ',' or '}': line 2 column 22"),
    "array": (plain(f'["{CANARY}"]', "s.json"), "@/s.json: a manifest must be a mapping"),
    "number": (plain('{"apiVersion": "v1", "kind": "A", "x": NaN}', "s.json"), "@/s.json: "),
    "bytes": (plain(b"a: \xff"), "@/s.yaml: not UTF-8"),
}  # fmt: skip

JSONNET = {
    "syntax": (script("{\n  a: 1,\n  b '%s' }" % CANARY),  # noqa: UP031
               "jsonnet @/s.jsonnet:3:5-20 Expected token OPERATOR but got STRING_SINGLE"),
    "quoted": (script(f"{{\n b 'x\"{CANARY}' }}"), "jsonnet @/s.jsonnet:2:4"),
    "block": (script(f"{{\n b |||\n  x\n  {CANARY}\n ||| }}"), "but got STRING_BLOCK"),
    "open": (script(f"{{\n  a: '{CANARY}\n"), "jsonnet @/s.jsonnet:2:6 Unterminated String"),
    "escape": (script(f"{{\n  a: '{CANARY}\\q'}}"), "Unknown escape sequence"),
    "runtime": (script("local f(x) = x.none;\n{ a: '%s', b: f({}) }" % CANARY),  # noqa: UP031
                "jsonnet @/s.jsonnet: RUNTIME ERROR: Field does not exist: none\n"
                "\t@/s.jsonnet:1:14-20"),
    "library": (script("import 'l.libsonnet'", f"{{\n b |||\n  x\n  {CANARY}\n ||| }}"),
                "RUNTIME ERROR: @/l.libsonnet:(2:4)-(5:5) Expected token OPERATOR but got"),
    "missing": (script("import 'none'"), "RUNTIME ERROR: importer error: import 'none': no such"),
    "own": (script("error 'one\ntwo'"), "jsonnet @/s.jsonnet: RUNTIME ERROR: one\ntwo\n\t@/"),
    "deep": (script("local f(n) = if n == 0 then error 'end' else f(n - 1) + 1; f(90)"), "end"),
    "number": (script(f"std.parseInt('{CANARY}')"), "no base 10 integer\n\t@/s.jsonnet:1:1"),
    "argument": (
        script("function(p) p", tlas=[{"name": "p", "value": f"x '{CANARY}'", "code": True}]),
        "<top-level-arg:p>:1:3-18 Did not expect: STRING_SINGLE",
    ),
    "bytes": (script(b"'\xff'"), "jsonnet @/s.jsonnet: not UTF-8"),
    "result": (script(f"'{CANARY}'"), "@/s.jsonnet: a manifest must be a mapping"),
    "kind": (script(f"{{apiVersion: 'v1', a: '{CANARY}'}}"), "@/s.jsonnet: Object 'kind'"),
}  # fmt: skip

HELM = {
    "fail": (chart('a: 1\n{{ fail "own words" }}'), "(web/templates/s.yaml:2:3): own words"),
    "many": (chart('{{ fail (repeat 40 "line\\n") }}'), "(web/templates/s.yaml:1:3): line"),
    "syntax": (chart("a: 1\n{{ if }}"), "parse error at (web/templates/s.yaml:2): missing value"),
    "function": (chart("a: 1\n{{ nope }}"), '(web/templates/s.yaml:2): function "nope" not'),
    "nothing": (chart("a: 1\nb: {{ .Values.a.b.c }}"), "web/templates/s.yaml:2:13"),
    "needed": (chart('{{ required "need it" .Values.x }}'), "(web/templates/s.yaml:1:3): need it"),
    "yaml": (chart(SLIP), "YAML parse error on web/templates/s.yaml: error converting YAML to"),
    "sub": (
        chart(files={"charts/sub/Chart.yaml": CHART.replace("web", "sub"),
                     "charts/sub/templates/s.yaml": 'a: 1\n{{ fail "in sub" }}'}),
        "(web/charts/sub/templates/s.yaml:2:3): in sub",
    ),
    "values": (chart(values=f"a: {CANARY}\n b: 1"), "values.yaml: cannot unmarshal"),
    "file": (chart(files={"p.yaml": f"a: {CANARY}\n b: 1"}, valueFiles=["p.yaml"]),
             "failed to parse @/p.yaml: cannot unmarshal yaml document: error converting YAML to"
             " JSON: yaml: line 2: mapping values"),
    "inline": (
        ({"Chart.yaml": CHART}, {"helm": {"values": f"a: {CANARY}\n b: 1"}}),
        "helm.values: line 2: mapping values are not allowed",
    ),
    "not-map": (({"Chart.yaml": CHART}, {"helm": {"values": f"[{CANARY}]"}}),
                "helm.values must be a mapping"),
    "absent": (chart(valueFiles=["none.yaml"]), "helm value file 'none.yaml' does not exist"),
    "metadata": (({"Chart.yaml": "name: [\n"}, {}), "@/Chart.yaml: line 2: did not find"),
    "version": (chart(chart="apiVersion: v2\nname: web\n"), "chart.metadata.version is required"),
    "cluster": (chart(chart=CHART + "kubeVersion: '>=9'"), "chart requires kubeVersion: >=9"),
    "parameter": (
        chart(parameters=[{"name": "a", "value": f"{{{CANARY}"}]), "failed parsing --set"
    ),
    "schema": (
        secret("", p=f"{CANARY}'s", files={"values.schema.json": json.dumps(
            {"properties": {"p": {"pattern": "^x$", "format": "email", "maxLength": 1}}})}),
        "- at '/p': the value does not match pattern '^x$'",
    ),
    "schema-text": (chart(files={"values.schema.json": "{"}), "schema"),
    "crd": (chart(files={"crds/s.yaml": f"{GOOD}---\n{SLIP}"}),
            "helm template @: web/crds/s.yaml: line 11: did not find expected key"),
    "kind": (chart(f"{GOOD}---\na: {CANARY}"),
             "helm template @: web/templates/s.yaml: Object 'kind' is missing"),
    "tpl": (secret("{{ tpl .Values.p . }}", p=f'"x" {{{{ {CANARY}'), "cannot parse template …: "),
    "include": (secret("{{ include .Values.p . }}"), "no template … associated"),
    "semver": (secret('{{ semverCompare .Values.p "1" }}'), "improper constraint: …"),
    "time": (secret('{{ mustToDate "2006" .Values.p }}'), "error calling mustToDate: parsing time"),
    "pattern": (secret('{{ mustRegexMatch .Values.p "x" }}', p=f"[{CANARY}"), "parsing regexp"),
    "table": (
        chart('{{ fail "x" }}', values=f"a: {{b: {CANARY}}}", valuesObject={"a": "text"}),
        "(web/templates/s.yaml:1:3): x",
    ),
    "mismatch": (
        chart(files={"charts/sub/Chart.yaml": CHART.replace("web", "sub")},
              valuesObject={"sub": CANARY}),
        "type mismatch on sub: ",
    ),
    "anchor": (secret("apiVersion: v1\nkind: A\na: {{ .Values.p }}", p=f"*{CANARY}"),
               "YAML parse error on web/templates/s.yaml: error converting YAML to JSON: yaml:"
               " unknown anchor referenced"),
    "struct": (secret("apiVersion: v1\nkind: A\nmetadata: {{ .Values.p }}"),
               "YAML parse error on web/templates/s.yaml"),
}  # fmt: skip

KUSTOMIZE = {
    "yaml": (built("resources: [s.yaml]", {"s.yaml": SLIP}), "yaml: line 6: did not find expected"
             " key in File: s.yaml"),
    "scalar": (built("resources: [s.yaml]", {"s.yaml": CANARY}), "from 's.yaml': missing Resource"),
    "anchor": (built("resources: [s.yaml]", {"s.yaml": f"{GOOD}x: *{CANARY}"}),
               "unknown anchor referenced in File: s.yaml"),
    "own": (built("resources:\n- a\n b: ["), "@/kustomization.yaml: line 3: mapping values"),
    "field": (built("resourcez: [a]"), 'unknown field "resourcez"'),
    "type": (built(f"images: {CANARY}"), "Go struct field Kustomization.images"),
    "missing": (built("resources: [none.yaml]"), "lstat @/none.yaml: no such file"),
    "base": (built("resources: [base]", {"base/kustomization.yaml": "resources: [s.yaml]",
                                         "base/s.yaml": SLIP}), "in File: s.yaml"),
    "twice": (built("resources: [s.yaml, t.yaml]", {"s.yaml": GOOD, "t.yaml": GOOD}),
              "already registered id: ConfigMap.v1.[noGrp]/a.[noNs]"),
    "patch": (built("resources: [s.yaml]", {"s.yaml": GOOD}, patches=[{"patch": SLIP}]),
              "unable to parse SM or JSON patch"),
    "target": (built("resources: [s.yaml]", {"s.yaml": GOOD}, patches=[
        {"patch": SLIP.replace("\n b: x", "")}]), "no resource matches strategic merge patch"),
    "operation": (built("resources: [s.yaml]", {"s.yaml": GOOD}, patches=[
        {"patch": OPERATION, "target": {"kind": "ConfigMap"}}]), "missing path: /data/none"),
    "inline": (built(json.dumps({"resources": ["s.yaml"], "patchesStrategicMerge": [
        "{kind: Secret, a: %s" % CANARY]}), {"s.yaml": GOOD}),  # noqa: UP031
        "neither a path nor a patch"),
    "literal": (built(f"secretGenerator: [{{name: s, literals: [{CANARY}]}}]"),
                "loading KV pairs: a literal is not key=value"),
    "source": (built("secretGenerator: [{name: s, files: [none.txt]}]"), "lstat @/none.txt"),
    "taken": (built("commonLabels: {a: b}", commonLabels={"a": CANARY}), "label a already in"),
    "count": (built("resources: []", replicas=[{"name": "web", "count": "many"}]), "'web': 'many'"),
}  # fmt: skip

TABLES = {
    "directory": ("", DIRECTORY),
    "jsonnet": ("", JSONNET),
    "helm": ("helm", HELM),
    "kustomize": ("kustom", KUSTOMIZE),
}


async def answers_of(stub, repository, table):
    """Render every source of a table in one call."""
    for name, ((files, _), _) in table.items():
        for path, content in files.items():
            file = repository.path / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
    repository.commit()
    request = repo_pb2.RenderRequest(
        repository=repo_pb2.Repository(url=repository.url, username="u", password=CANARY),
        revision="main",
        sources=[
            repo_pb2.SourceRequest(
                id=name, source_json=json.dumps({"path": name, **source}).encode(), app_name="web"
            )
            for name, ((_, source), _) in table.items()
        ],
    )
    return {answer.id: answer async for answer in stub.Render(request)}


@pytest.mark.parametrize("tool", TABLES)
async def test_an_error_says_where_it_is_and_nothing_that_is_there(stub, repository, service, tool):
    """Also nothing of the machine."""
    word, table = TABLES[tool]

    answers = await answers_of(stub, repository, table)

    for name, (_, expected) in table.items():
        error = answers[name].error
        told = f"{tool} {name}: {error.message}"
        assert "INVALID_ARGUMENT" == error.code, told
        assert expected.replace("@", name) in error.message, told
        assert CANARY not in error.message, told
        assert MOST >= len(error.message.splitlines()), told
        for place in (str(service.folder), str(repository.path), "/given/", "/tree/", "--debug"):
            assert place not in error.message, told
        assert word in error.message or f"{name}/" in error.message, told
        assert not answers[name].manifests, told


@pytest.mark.parametrize(
    "text",
    [
        "with config: `" * 5000,
        "literal sources [" * 4000,
        "unknown anchor '" * 4000,
        "cannot unmarshal !!a `" * 3000,
        "- at '" * 10_000,
        "error calling " + '"\\' * 30_000,
        "error calling " + "`" * 60_001,
        "but got (a," * 5000,
        "RUNTIME ERROR: " * 4000,
        "evalsymlink failure on '" * 2500,
        "%!s(" * 15_000,
    ],
)
def test_an_error_of_any_kind_is_read_once(text):
    """Security: who writes a file decides on the words of its error; the pace of reading stays."""
    shown = words.explain(text * 50 + f"\n{CANARY}" * 20, {})

    assert len(shown) <= 2000

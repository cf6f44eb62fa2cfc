"""Generated charts: what our render gives is what `helm template` gives, to the order of objects.

Each case is made from its number alone. Every case has one feature for certain and some by chance,
so that features meet. The commands of the bare side are written here from the meaning of the
fields, not by the code under test.
"""

import io
import json
import random
import string
import tarfile

import msgspec
import pytest
import yaml

from plumbline.core.render import HelmOptions

CASES = 72
CHUNK = 12

HELPERS = """\
{{- define "web.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}
"""
VALUES_SHOWN = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-values
  namespace: {{ .Release.Namespace }}
  labels: {{- include "web.labels" . | nindent 4 }}
data:
  json: {{ toJson .Values | quote }}
  yaml: |-
{{ toYaml .Values | indent 4 }}
  text: {{ .Values | toString | quote }}
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  annotations:
    checksum: {{ include (print $.Template.BasePath "/values.yaml") . | sha256sum }}
spec:
  replicas: {{ default 1 .Values.replicas | int }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
        {{- with .Values.resources }}
        resources: {{- toYaml . | nindent 10 }}
        {{- end }}
"""
SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "properties": {"image": {"required": ["repository"], "additionalProperties": False,
                             "properties": {"repository": {"type": "string"},
                                            "tag": {"type": "string", "maxLength": 3}}}},
}  # fmt: skip
CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: %s.example.com}
spec: {group: example.com, scope: Namespaced, names: {kind: X, plural: %s}, versions: []}
"""
TEXTS = (
    "plain", "", "yes", "0123", "1e3", "2026-01-02", "a: b", "- x", "# no comment", "{{ x }}",
    'a "quoted" text', "it's", "back\\slash", "two\nlines\n", " spaces ", "tab\there", "ünï·🙂",
    "line\u2028and\u0085next", "delete\x7f", "~", "null", "0x1F", "1_000", "$x", "%", "*a", "&a",
)  # fmt: skip
NUMBERS = (0, 1, -1, 8080, 1234567, 12345678, 2**53 + 1, 1.5, 0.1, -2.25, 1e21, 1e-7)


class _Writer(yaml.SafeDumper):
    """YAML in which a text is a text to every reader."""


_Writer.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)


def written(tree):
    return yaml.dump(tree, Dumper=_Writer, width=10**6)


class Chart:
    """A case under construction."""

    def __init__(self, number):
        self.random = random.Random(f"helm {number}")
        self.root = f"h{number:03}"
        self.path = f"{self.root}/chart"
        self.options = {}
        self.flags = []
        self.value_files = []
        self.values = []
        self.before = []
        self.fields = {"app_name": f"app-{number}", "app_namespace": "web"}
        self.chart = {"apiVersion": "v2", "name": "web", "version": "1.2.3+x", "appVersion": "7"}
        self.defaults = {"image": {"repository": "nginx"}, **self.tree(2)}
        self.files = {}
        self.put("templates/_helpers.tpl", HELPERS)
        self.put("templates/values.yaml", VALUES_SHOWN)
        self.put("templates/deployment.yaml", DEPLOYMENT)

    def put(self, name, text):
        self.files[f"{self.path}/{name}"] = text

    def show(self, name, expression):
        """A ConfigMap with one value."""
        self.put(
            f"templates/{name}.yaml",
            f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n"
            f"data:\n  shown: {expression}\n",
        )

    def key(self):
        return "".join(self.random.choices(string.ascii_lowercase, k=4))

    def leaf(self):
        return self.random.choice([*TEXTS, *NUMBERS, True, False])

    def tree(self, depth=3):
        """Values of any shape."""
        found = {}
        for _ in range(self.random.randint(1, 4)):
            choice = self.random.random()
            if depth and choice < 0.3:
                found[self.key()] = self.tree(depth - 1)
            elif choice < 0.5:
                found[self.key()] = [self.leaf() for _ in range(self.random.randint(0, 3))]
            else:
                found[self.key()] = self.leaf()
        return found

    def overlay(self, name, values):
        """A values file beside the chart; its path as helm is given it."""
        self.files[f"{self.root}/{name}"] = written(values)

    def commands(self, helm):
        """What a user would type for this chart."""
        release = self.options.get("releaseName") or self.fields["app_name"].rpartition("_")[2]
        namespace = self.options.get("namespace") or self.fields["app_namespace"]

        def found(root):
            chart = root / self.path
            argv = [helm, "template", release, chart, "--namespace", namespace]
            for file in self.value_files:
                argv += ["--values", root / file]
            for position, text in enumerate(self.values):
                file = root / f"values-{position}.yaml"
                file.write_text(text, encoding="utf-8")
                argv += ["--values", file]
            argv += [word.replace("ROOT", str(root)) for word in self.flags]
            if not self.options.get("skipCrds"):
                argv.append("--include-crds")
            if self.options.get("skipTests"):
                argv.append("--skip-tests")
            if self.options.get("skipSchemaValidation"):
                argv.append("--skip-schema-validation")
            before = [([helm, *words], root / place) for words, place in self.before]
            return [*before, (argv, root)]

        return found

    def finish(self):
        self.put("Chart.yaml", yaml.safe_dump(self.chart))
        self.put("values.yaml", written(self.defaults))


def values_text(made):
    tree = {**made.tree(), "image": {"tag": "9"}}
    text = written(tree)
    if "valuesObject" not in made.options:
        made.values = [text]
    made.options["values"] = text


def values_object(made):
    tree = {**made.tree(), "replicas": made.random.randint(0, 5), made.key(): list(TEXTS)}
    made.options["valuesObject"] = tree
    made.values = [written(tree)]


def value_files(made):
    for level in ("a", "b"):
        made.overlay(f"env/{level}.yaml", {**made.tree(), "level": level, level: True})
        relative, absolute = f"../env/{level}.yaml", f"/{made.root}/env/{level}.yaml"
        made.options.setdefault("valueFiles", []).append(made.random.choice([relative, absolute]))
        made.value_files.append(f"{made.root}/env/{level}.yaml")


def value_globs(made):
    names = ("glob/a.yaml", "glob/b.yml", "glob/c.yaml", "glob/in/d.yaml", "glob/in/e/f.yaml")
    for name in names:
        made.overlay(name, {"glob": name, name.partition("/")[2]: True})
    pattern, matched = made.random.choice(
        [
            ("../glob/*.yaml", (0, 2)),
            ("../glob/**/*.yaml", (0, 2, 3, 4)),
            ("../glob/[bc].y*", (1, 2)),
            ("../glob/?.yml", (1,)),
            ("../glob/{a,b}.*", (0, 1)),
            (f"/{made.root}/glob/*/d.yaml", (3,)),
        ]
    )
    made.options.setdefault("valueFiles", []).append(pattern)
    made.value_files += [f"{made.root}/{names[position]}" for position in matched]


def missing_value_files(made):
    made.overlay("there.yaml", {"there": True})
    files = made.options.setdefault("valueFiles", [])
    made.options["ignoreMissingValueFiles"] = True
    files += ["none.yaml", "../there.yaml", "none/*.yaml", "../../none/x.yaml"]
    made.value_files.append(f"{made.root}/there.yaml")


def parameters(made):
    items = [
        ("image.tag", "1.10"), ("number", "12345678"), ("truth", "true"), ("list", "{a,b c}"),
        ("comma", "a,b=c,,d"), ("nested.deep[1].x", "y"), ("empty", ""), ("null", "null"),
        (r"dotted\.name", "x"), ("text", 'say "yes"'), ("lines", "a\nb"), ("url", "http://h:1/?a=b"),
        ("unicode", "ü🙂"), ("zero", "007"), ("list[0]", "again"), ("brace", "a{b}c"),
        ("dash", "--x"),
    ]  # fmt: skip
    for name, value in made.random.sample(items, 6):
        force = made.random.random() < 0.4
        escaped = value if value.startswith("{") else value.replace(",", r"\,")
        made.options.setdefault("parameters", []).append(
            {"name": name, "value": value, **({"forceString": True} if force else {})}
        )
        made.flags.append(f"{'--set-string' if force else '--set'}={name}={escaped}")


def file_parameters(made):
    text = made.random.choice(TEXTS) + ",a=b\n"
    made.files[f"{made.root}/text.txt"] = text
    made.put("inside.txt", "inside")
    made.options["fileParameters"] = [
        {"name": "file.outer", "path": "../text.txt"},
        {"name": "file.inner", "path": "inside.txt"},
    ]
    made.flags += [
        f"--set-file=file.outer=ROOT/{made.root}/text.txt",
        f"--set-file=file.inner=ROOT/{made.path}/inside.txt",
    ]


def release_name(made):
    made.options["releaseName"] = made.random.choice(["db", "a.b-c", "x" * 53])


def namespaced_application(made):
    made.fields["app_name"] = f"team_{made.fields['app_name']}"


def namespace(made):
    made.options["namespace"] = "data"
    made.show("namespace", "{{ .Release.Namespace }}")


def kube_version(made):
    made.show(
        "kube", "{{ .Capabilities.KubeVersion.Version }}/{{ .Capabilities.KubeVersion.Minor }}"
    )
    made.fields["kube_version"] = "v1.29.4"
    version = "v1.29.4"
    if made.random.random() < 0.5:
        version = made.options["kubeVersion"] = made.random.choice(
            ["1.31", "v1.27.3", "1.30.1-x+y"]
        )
    made.flags.append(f"--kube-version={version}")


def api_versions(made):
    made.show(
        "served",
        '{{ range (list "v1" "a.b/v1" "a.b/v1/Kind" "c.d/v2") }}{{ . }}'
        "{{ $.Capabilities.APIVersions.Has . }} {{ end }}"
        '{{ join "," .Capabilities.APIVersions | sha256sum }}',
    )
    made.fields["api_versions"] = served = ["a.b/v1", "a.b/v1/Kind"]
    if made.random.random() < 0.5:
        served = made.options["apiVersions"] = ["c.d/v2"]
    made.flags += [f"--api-versions={text}" for text in served]


def crds(made):
    made.put("crds/a.yaml", CRD % ("as", "as") + "---\n" + CRD % ("bs", "bs"))
    made.put("crds/in/c.yaml", "# only\n---\n" + CRD % ("cs", "cs"))
    if made.random.random() < 0.5:
        made.options["skipCrds"] = True


def hooked_tests(made):
    pod = (
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: test\n"
        '  annotations: {"helm.sh/hook": %s}\nspec: {containers: []}\n'
    )
    made.put("templates/tests/test.yaml", pod % "test")
    made.put("templates/test-both.yaml", pod % '"test,post-install"')
    if made.random.random() < 0.6:
        made.options["skipTests"] = True


def hooks(made):
    for name, weight in (("late", "5"), ("early", "-5"), ("same", "5")):
        made.put(
            f"templates/{name}.yaml",
            f"apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {name}\n"
            f'  annotations: {{"helm.sh/hook": "pre-install,post-upgrade", '
            f'"helm.sh/hook-weight": "{weight}"}}\n',
        )


def schema(made):
    made.put("values.schema.json", json.dumps(SCHEMA))
    if made.random.random() < 0.7:
        made.defaults["image"]["tag"] = "too long"
    if made.random.random() < 0.5:
        made.options["skipSchemaValidation"] = True


def notes(made):
    made.put(
        "templates/NOTES.txt", "{{ .Release.Name }} is there: {{ .Values.image.repository }}\n"
    )


def subcharts(made):
    made.chart["dependencies"] = [
        {"name": "db", "version": "*", "condition": "db.enabled", "tags": ["data"]},
        {"name": "db", "version": "*", "alias": "replica", "tags": ["data"]},
        {"name": "exporter", "version": "~1.0",
         "import-values": ["out", {"child": "in", "parent": "got"}]},
    ]  # fmt: skip
    shown = VALUES_SHOWN.replace("-values", "-{{ .Chart.Name }}").replace(
        '{{- include "web.labels" . | nindent 4 }}', "{}"
    )
    for name in ("db", "exporter"):
        made.put(f"charts/{name}/Chart.yaml", f"apiVersion: v2\nname: {name}\nversion: 1.0.1\n")
        made.put(f"charts/{name}/templates/cm.yaml", shown)
        made.put(f"charts/{name}/values.yaml", "own: 1\nexports: {out: {x: 1}}\nin: {y: 2}\n")
    made.put("charts/db/crds/d.yaml", CRD % ("ds", "ds"))
    made.defaults |= {
        "global": {"g": made.leaf()},
        "db": {"own": 2, "enabled": made.random.random() < 0.7},
    }
    if made.random.random() < 0.4:
        made.defaults["tags"] = {"data": False}


def library(made):
    made.chart.setdefault("dependencies", []).append({"name": "lib", "version": "1.0.0"})
    made.put("charts/lib/Chart.yaml", "apiVersion: v2\nname: lib\nversion: 1.0.0\ntype: library\n")
    made.put(
        "charts/lib/templates/_lib.tpl",
        '{{ define "lib.merge" }}{{ toYaml (merge (dict "a" 1) .) }}{{ end }}',
    )
    made.put("charts/lib/templates/never.yaml", "apiVersion: v1\nkind: Never\n")
    made.show("library", '{{ include "lib.merge" (dict "b" .Values.image) | quote }}')


def packed(made):
    """A dependency as an archive, as `helm dependency build` leaves it."""
    made.chart.setdefault("dependencies", []).append({"name": "packed", "version": "0.1.0"})
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, text in (
            ("Chart.yaml", "apiVersion: v2\nname: packed\nversion: 0.1.0\n"),
            ("values.yaml", "a: 1\n"),
            ("templates/in/cm.yaml", VALUES_SHOWN.replace("-values", "-packed")),
            ("crds/p.yaml", CRD % ("ps", "ps")),
        ):
            entry = tarfile.TarInfo(f"packed/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    made.put("charts/packed-0.1.0.tgz", content.getvalue())


def old_chart(made):
    """The first version of the format: dependencies in a file of their own."""
    made.chart["apiVersion"] = "v1"
    declared = made.chart.pop("dependencies", [])
    declared.append({"name": "old", "version": "0.1.0", "condition": "old.on"})
    made.put("requirements.yaml", yaml.safe_dump({"dependencies": declared}))
    made.put("charts/other-name/Chart.yaml", "apiVersion: v1\nname: old\nversion: 0.1.0\n")
    made.put("charts/other-name/templates/x.yaml", "apiVersion: v1\nkind: Old\n")
    made.defaults["old"] = {"on": made.random.random() < 0.5}


def local_dependency(made):
    made.chart.setdefault("dependencies", []).append(
        {"name": "near", "version": "0.1.0", "repository": "file://../near"}
    )
    near = f"{made.root}/near"
    made.files |= {
        f"{near}/Chart.yaml": "apiVersion: v2\nname: near\nversion: 0.1.0\n",
        f"{near}/values.yaml": "near: chart\n",
        f"{near}/templates/cm.yaml": (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: near}\n"
            "data: {near: {{ .Values.near | quote }}}\n"
        ),
    }
    made.defaults["near"] = {"near": made.random.choice(["parent", "0123"])}
    build = ["dependency", "update", "--skip-refresh", "."]
    if made.random.random() < 0.5 or len(made.chart["dependencies"]) > 1:
        # That command does not find vendored charts which are packed or under another name.
        build = ["package", "../near", "--destination", "charts"]
    made.before.append((build, made.path))


def templates(made):
    made.defaults |= {
        "template": "{{ .Values.image.repository | upper }}-{{ .Release.Name }}",
        "items": {made.key(): made.leaf() for _ in range(3)},
        "hosts": ["a", "b", {"name": "c"}],
    }
    made.show("tpl", "{{ tpl .Values.template . | quote }}")
    made.put(
        "templates/many.yaml",
        "{{- range $name, $value := .Values.items }}\n---\napiVersion: v1\nkind: ConfigMap\n"
        "metadata:\n  name: {{ $name }}\ndata:\n"
        "  value: {{ $value | toString | quote }}\n{{- end }}\n"
        '{{- range $i, $h := .Values.hosts }}\n---\n{{- if kindIs "string" $h }}\n'
        '{{ dict "apiVersion" "v1" "kind" "Host" "metadata" (dict "name" $h) | toYaml }}\n'
        "{{- else }}\n# {{ $h.name }} is left out\n{{- end }}\n{{- end }}\n",
    )


def lookups(made):
    made.show(
        "lookup",
        '{{ (lookup "v1" "Secret" "web" "x").data | default "none" }}'
        '{{ len (lookup "v1" "Secret" "web" "") }}{{ .Release.IsInstall }}{{ .Release.Revision }}'
        "{{ .Release.Service }}",
    )


def chart_files(made):
    made.put("files/a.conf", "a={{ not a template }}\nline two\n")
    made.put("files/b.conf", made.random.choice(TEXTS))
    made.put("files/skipped.conf", "x")
    made.put(".helmignore", "*skipped*\ntemplates/ignored*.yaml\n# comment\n")
    made.put("templates/ignored-one.yaml", "kind: Ignored")
    made.put(
        "templates/files.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: files}\ndata:\n"
        '{{ (.Files.Glob "files/*").AsConfig | indent 2 }}\n'
        '  get: {{ .Files.Get "files/a.conf" | quote }}\n'
        '  none: {{ .Files.Get "files/none" | quote }}\n'
        '  lines: {{ .Files.Lines "files/a.conf" | toJson | quote }}\n'
        "---\napiVersion: v1\nkind: Secret\nmetadata: {name: files}\ndata:\n"
        '{{ (.Files.Glob "files/*.conf").AsSecrets | indent 2 }}\n',
    )


def documents(made):
    made.put(
        "templates/odd.yaml",
        "# a comment\n---\n---\r\n"
        "apiVersion: v1\r\nkind: ConfigMap\r\nmetadata: {name: windows}\r\n"
        'data: {text: "a\\r\\nb"}\r\n---\n# nothing\n---\napiVersion: v1\nkind: List\nitems:\n'
        "- {apiVersion: v1, kind: ConfigMap, metadata: {name: first}}\n"
        "- {apiVersion: v1, kind: ConfigMap, metadata: {name: second}}\n"
        "--- # after\n{apiVersion: v1, kind: ConfigMap, metadata: {name: flow}}\n...\n",
    )
    made.put("templates/empty.yaml", "{{- if false }}\nkind: Never\n{{- end }}\n")
    made.put("templates/_hidden.yaml", "kind: Never")


def nulls(made):
    made.defaults["gone"] = {"a": 1, "b": {"c": 2}}
    tree = {"gone": {"a": None, "b": {"c": None, "d": 3}}}
    made.overlay("nulls.yaml", tree)
    made.options.setdefault("valueFiles", []).append("../nulls.yaml")
    made.value_files.append(f"{made.root}/nulls.yaml")


def variables(made):
    name = made.fields["app_name"]
    made.overlay(f"apps/{name}.yaml", {"mine": True, "literal": "$ARGOCD_APP_NAME"})
    made.files[f"{made.root}/apps/{name}.txt"] = "$ARGOCD_APP_NAME stays"
    made.options.setdefault("valueFiles", []).append("../apps/${ARGOCD_APP_NAME}.yaml")
    made.value_files.append(f"{made.root}/apps/{name}.yaml")
    made.options.setdefault("parameters", []).append(
        {
            "name": "who",
            "value": "$ARGOCD_APP_NAME/${ARGOCD_APP_NAMESPACE}/$$HOME/$NO/$ARGOCD_APP_SOURCE_PATH",
        }
    )
    made.flags.append(f"--set=who={name}/web/$HOME//{made.path}")
    made.options.setdefault("fileParameters", []).append(
        {"name": "mine", "path": "../apps/$ARGOCD_APP_NAME.txt"}
    )
    made.flags.append(f"--set-file=mine=ROOT/{made.root}/apps/{name}.txt")


def override_file(made):
    made.put(
        ".argocd-source.yaml", "helm: {releaseName: every, parameters: [{name: o, value: 'a'}]}\n"
    )
    made.put(
        f".argocd-source-{made.fields['app_name']}.yaml",
        "helm: {parameters: [{name: o, value: 'b'}]}\n",
    )
    made.flags = [flag for flag in made.flags if not flag.startswith(("--set=", "--set-string="))]
    made.flags.append("--set=o=b")
    made.options.pop("parameters", None)
    made.fields["overridden"] = "every"


def no_effect(made):
    """Fields that change nothing of a chart in Git."""
    made.options |= {"passCredentials": True, "version": "v3"}


def broken(made):
    """Something that helm refuses."""
    choice = made.random.randrange(6)
    if choice == 0:
        made.show("required", '{{ required "a name is needed" .Values.notThere }}')
    elif choice == 1:
        made.show("fail", '{{ fail "no" }}')
    elif choice == 2:
        made.chart["kubeVersion"] = ">= 9.0.0"
    elif choice == 3:
        made.show("unknown", '{{ include "no.such" . }}')
    elif choice == 4:
        made.show("syntax", "{{ if }}")
    else:
        made.put("templates/broken.yaml", "apiVersion: v1\nkind: X\n  bad: [indent\n")


FEATURES = (
    values_text, values_object, value_files, value_globs, missing_value_files, parameters,
    file_parameters, release_name, namespaced_application, namespace, kube_version, api_versions,
    crds, hooked_tests, hooks, schema, notes, subcharts, library, packed, local_dependency,
    old_chart, templates, lookups, chart_files, documents, nulls, variables, override_file,
    no_effect, broken,
)  # fmt: skip
LAST = (variables, override_file, broken)
"""What depends on names, or must not be by chance."""


def generate(number):
    """The chart of a number."""
    made = Chart(number)
    certain = FEATURES[number % len(FEATURES)]
    others = [feature for feature in FEATURES if feature not in {*LAST, certain}]
    chosen = [certain, *made.random.sample(others, made.random.randint(1, 5))]
    for feature in sorted(chosen, key=FEATURES.index):
        feature(made)
    made.finish()
    return made


def case_of(number, make_case, helm):
    made = generate(number)
    release = made.fields.pop("overridden", None)
    source = {"repoURL": "https://h/r", "path": made.path, "helm": dict(made.options)}
    if release:
        made.options["releaseName"] = release
    return make_case(made.root, made.files, source, made.commands(helm), made.fields)


@pytest.mark.parametrize("first", range(0, CASES, CHUNK))
async def test_generated_charts_render_as_the_tool_renders_them(compare, make_case, tools, first):
    """Objects equal in content and order; what the tool refuses is refused."""
    cases = [case_of(first + step, make_case, tools.helm) for step in range(CHUNK)]

    rendered = await compare(cases)

    assert rendered > CHUNK // 2


def test_every_field_is_generated():
    """A field that is added to the contract must be added here."""
    used = {name for number in range(CASES) for name in generate(number).options}

    fields = {field.encode_name for field in msgspec.structs.fields(HelmOptions)}
    assert set() == fields - used


def test_a_number_always_makes_the_same_case():
    """Two runs compare the same charts."""
    assert generate(7).files == generate(7).files

"""Generated kustomizations: our render is that of `kustomize edit` and `kustomize build`.

Each case is made from its number alone. The bare side changes a copy with the real `kustomize edit`
commands, one for each setting of the Application, then builds it. Only what that command cannot
write (options of a patch) is written into the copy by hand.
"""

import json
import random
import shutil

import msgspec
import pytest
import yaml

from plumbline.core.render import KustomizeOptions
from plumbline.pb.repo import repo_pb2_grpc
from plumbline.rpc import channels

CASES = 72
CHUNK = 12
DIGEST = "sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3"

WORKLOADS = """\
# two objects, and a list
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
  annotations: {note: "1", "when": 2026-01-02T03:04:05Z}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      initContainers: [{name: init, image: "busybox:1"}]
      containers:
      - {name: web, image: nginx, envFrom: [{configMapRef: {name: settings}}]}
      - name: side
        image: &image "reg.example.com:5000/team/side:1.0"
        args: ["0123", "yes", 08, on, *image]
      volumes: [{name: s, secret: {secretName: tokens}}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 3
  serviceName: db
  selector: {matchLabels: {app: db}}
  template: {metadata: {labels: {app: db}}, spec: {containers: [{name: db, image: "postgres:16"}]}}
  volumeClaimTemplates: [{metadata: {name: data}, spec: {}}]
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Service, metadata: {name: db}, spec: {selector: {app: db}}}
- {apiVersion: v1, kind: ServiceAccount, metadata: {name: web}}
"""
OTHERS = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: web}
subjects: [{kind: ServiceAccount, name: web, namespace: default}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: web}
rules: []
---
apiVersion: example.com/v1
kind: Thing
metadata: {name: thing, namespace: kept}
spec: {image: nginx, selector: {app: web}, ref: {name: web}, config: settings}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: tick}
spec:
  schedule: "* * * * *"
  jobTemplate:
    spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: "nginx:1"}]}}}
"""
COMPONENT = """\
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
"""


class _Writer(yaml.SafeDumper):
    """YAML in which a text is a text to every reader."""


_Writer.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)


class Kustomization:
    """A case under construction: a base, and an overlay that is the application."""

    def __init__(self, number):
        self.random = random.Random(f"kustomize {number}")
        self.root = f"k{number:03}"
        self.path = f"{self.root}/apps/web"
        self.options = {}
        self.edits = []
        self.patches = []
        self.build = []
        self.fields = {"app_name": f"app-{number}", "app_namespace": "web"}
        self.name = "kustomization.yaml"
        self.base = {"resources": ["workloads.yaml", "others.yaml"]}
        self.tree = {"resources": ["../../base"]}
        self.files = {}
        self.put("base/workloads.yaml", WORKLOADS)
        self.put("base/others.yaml", OTHERS)
        self.settings({"configMapGenerator": [{"name": "settings", "literals": ["a=1", "b=yes"]}]})

    def put(self, name, text):
        self.files[f"{self.root}/{name}"] = text

    def app(self, name, text):
        self.files[f"{self.path}/{name}"] = text

    def settings(self, more):
        """Add to lists of the overlay."""
        for field, items in more.items():
            self.tree.setdefault(field, []).extend(items)

    def finish(self):
        self.put("base/kustomization.yaml", yaml.dump(self.base, Dumper=_Writer))
        self.app(self.name, yaml.dump(self.tree, Dumper=_Writer))

    def commands(self, tool):
        """What a user would type for this application."""

        def found(root):
            directory = root / self.path
            if self.patches:
                # Before the edits, which bring the file into their own form.
                file = directory / self.name
                tree = yaml.safe_load(file.read_text(encoding="utf-8"))
                tree["patches"] = [*tree.get("patches", []), *self.patches]
                file.write_text(yaml.dump(tree, Dumper=_Writer), encoding="utf-8")
            edits = [([tool, "edit", *words], directory) for words in self.edits]
            return [*edits, ([tool, "build", *self.build, "."], directory)]

        return found


def images(made):
    pairs = [
        "nginx:1.27", f"postgres@{DIGEST}", "nginx=mirror.example.com/nginx", "busybox=b:2",
        f"reg.example.com:5000/team/side=other:3@{DIGEST}", "reg.example.com:5000/team/side:2",
        "nginx=*:9", "absent:1",
    ]  # fmt: skip
    chosen = {
        pair.partition("=")[0].partition(":")[0]: pair for pair in made.random.sample(pairs, 3)
    }
    if made.random.random() < 0.5:
        made.tree["images"] = [
            {"name": "nginx", "newName": "old/nginx", "newTag": "0"},
            {"name": "postgres", "newTag": "15"},
        ]
    made.options["images"] = list(chosen.values())
    made.edits.append(["set", "image", *chosen.values()])


def image_variables(made):
    made.options.setdefault("images", []).append("other=reg/x:$ARGOCD_APP_NAME")
    made.edits.append(["set", "image", f"other=reg/x:{made.fields['app_name']}"])
    made.app(
        "other.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"
        "spec: {containers: [{name: c, image: other}]}\n",
    )
    made.settings({"resources": ["other.yaml"]})


def replicas(made):
    if made.random.random() < 0.5:
        made.tree["replicas"] = [{"name": "web", "count": 7}]
    count = made.random.randint(0, 9)
    made.options["replicas"] = [
        {"name": "web", "count": count},
        {"name": "db", "count": str(count)},
    ]
    made.edits.append(["set", "replicas", f"web={count}", f"db={count}"])


def prefix(made):
    if made.random.random() < 0.5:
        made.tree["namePrefix"] = "old-"
        made.base["namePrefix"] = "base-"
    made.options["namePrefix"] = "pre-"
    made.edits.append(["set", "nameprefix", "--", "pre-"])


def suffix(made):
    made.base["nameSuffix"] = "-base"
    made.options["nameSuffix"] = "-v2"
    made.edits.append(["set", "namesuffix", "--", "-v2"])


def namespace(made):
    if made.random.random() < 0.5:
        made.tree["namespace"] = "old"
    made.options["namespace"] = "given"
    made.edits.append(["set", "namespace", "given"])


def labels(made):
    kind = made.random.randrange(4)
    pairs = {"team": made.random.choice(["a", "0123", "yes", "a.b_c-d"]), "example.com/x": "y"}
    made.options["commonLabels"] = pairs
    words = ["add", "label"]
    if kind == 1:
        made.options["labelWithoutSelector"] = True
        words.append("--without-selector")
    elif kind == 2:
        made.options |= {"labelWithoutSelector": True, "labelIncludeTemplates": True}
        words += ["--without-selector", "--include-templates"]
    elif kind == 3:
        made.tree["commonLabels"] = {"team": "old", "kept": "1"}
        made.options["forceCommonLabels"] = True
        words.append("--force")
    if made.random.random() < 0.3:
        made.tree["labels"] = [
            {"pairs": {"own": "1"}, "includeSelectors": made.random.random() < 0.5}
        ]
    made.edits.append([*words, *(f"{name}:{value}" for name, value in pairs.items())])


def taken_labels(made):
    """A label that the kustomization has already is an error unless forced."""
    made.tree["commonLabels"] = {"taken": "old"}
    made.options["commonLabels"] = {"taken": "new"}
    made.options["forceCommonLabels"] = force = made.random.random() < 0.5
    made.edits.append(["add", "label", *(["--force"] if force else []), "taken:new"])


def annotations(made):
    pairs = {"a": "1", "example.com/url": "http://h:1/x?y=z", "text": "two words: 'x'"}
    words = ["add", "annotation"]
    if made.random.random() < 0.5:
        made.tree["commonAnnotations"] = {"a": "old", "kept": "yes"}
        made.options["forceCommonAnnotations"] = True
        words.append("--force")
    made.options["commonAnnotations"] = dict(pairs)
    if made.random.random() < 0.5:
        made.options["commonAnnotationsEnvsubst"] = True
        made.options["commonAnnotations"]["v"] = (
            "$ARGOCD_APP_NAME/${ARGOCD_APP_SOURCE_PATH}/$$x/$NO"
        )
        pairs["v"] = f"{made.fields['app_name']}/{made.path}/$x/"
    else:
        made.options["commonAnnotations"]["v"] = pairs["v"] = "$ARGOCD_APP_NAME/$$x"
    made.edits.append([*words, *(f"{name}:{value}" for name, value in pairs.items())])


def taken_annotations(made):
    made.tree["commonAnnotations"] = {"taken": "old"}
    made.options["commonAnnotations"] = {"taken": "new"}
    made.options["forceCommonAnnotations"] = force = made.random.random() < 0.5
    made.edits.append(["add", "annotation", *(["--force"] if force else []), "taken:new"])


def patches(made):
    strategic = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
                 "spec": {"template": {"spec": {"containers": [
                     {"name": "web", "env": [{"name": "E", "value": "l\u2028x"}]}]}}}}  # fmt: skip
    removed = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "tick"},
        "$patch": "delete",
    }
    operation = "- {op: add, path: /metadata/annotations, value: {patched: 'yes'}}"
    made.app("patch.yaml", operation)
    made.put("patches/far.yaml", operation)
    pool = [
        {"patch": json.dumps(strategic, ensure_ascii=False)},
        {"patch": yaml.safe_dump(removed)},
        {"patch": operation, "target": {"kind": "StatefulSet"}},
        {"patch": operation, "target": {"group": "apps", "version": "v1", "name": "w.*"}},
        {"patch": operation, "target": {"labelSelector": "app=web"}},
        {"patch": operation, "target": {"annotationSelector": "note=1"}},
        {"patch": operation, "target": {"namespace": "kept"}},
        {"path": "patch.yaml", "target": {"kind": "Service|ServiceAccount"}},
        {"patch": "- {op: replace, path: /metadata/name, value: renamed}",
         "target": {"kind": "ClusterRole"}, "options": {"allowNameChange": True}},
        {"patch": "- {op: replace, path: /kind, value: Other}",
         "target": {"kind": "Thing"}, "options": {"allowKindChange": True}},
    ]  # fmt: skip
    if made.random.random() < 0.4:
        # Of two that say something else about one field, the later one counts.
        own = operation.replace("'yes'", "own")
        made.tree["patches"] = [{"patch": own, "target": {"kind": "StatefulSet|Service"}}]
    made.patches = made.random.sample(pool, 3)
    made.options["patches"] = made.patches


def components(made):
    for name, text in (
        ("audit", "commonAnnotations: {audit: 'on'}\nresources: [cm.yaml]\n"),
        ("more", "replicas: [{name: web, count: 4}]\n"),
    ):
        made.put(f"components/{name}/kustomization.yaml", COMPONENT + text)
    made.put(
        "components/audit/cm.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: audit}\n"
    )
    if made.random.random() < 0.5:
        made.tree["components"] = ["../../components/more"]
    made.options["components"] = ["../../components/audit"]
    made.edits.append(["add", "component", "../../components/audit"])


def missing_components(made):
    ignored = made.random.random() < 0.6
    made.options.setdefault("components", []).append("../../components/none")
    if ignored:
        made.options["ignoreMissingComponents"] = True
    else:
        # The command leaves it out with a word; the user of the field is told.
        made.settings({"components": []})
        made.edits.append(["set", "nameprefix"])


def cluster(made):
    """Of use to inflation of charts only."""
    made.options |= {"kubeVersion": "1.30", "apiVersions": ["a.b/v1"]}
    made.fields |= {"kube_version": "v1.29.0", "api_versions": ["c/v1"]}


def version(made):
    made.options["version"] = "named"


def build_options(made):
    made.put("outside/far.txt", "outside")
    made.settings({"configMapGenerator": [{"name": "far", "files": ["../../outside/far.txt"]}]})
    if made.random.random() < 0.7:
        made.fields["kustomize_build_options"] = "--load-restrictor LoadRestrictionsNone"
        made.build = ["--load-restrictor=LoadRestrictionsNone"]


def generators(made):
    made.app("app.properties", "k=v\n# c\nx=ü\n")
    made.app("env.list", 'E1=one\nE2="two"\n')
    made.app("data.json", '{"a": 1}')
    made.settings(
        {
            "configMapGenerator": [
                {"name": "files", "files": ["app.properties", "renamed=data.json"]},
                {"name": "envs", "envs": ["env.list"], "options": {"disableNameSuffixHash": True}},
                {"name": "odd", "literals": ["u=line\u2028x", "n=a\x85b", "q='quoted'", "y=yes"]},
            ],
            "secretGenerator": [{"name": "tokens", "literals": ["t=x"], "type": "Opaque"}],
        }
    )
    made.base["configMapGenerator"] = [{"name": "shared", "literals": ["a=base"]}]
    made.settings(
        {"configMapGenerator": [{"name": "shared", "behavior": "merge", "literals": ["b=over"]}]}
    )
    if made.random.random() < 0.5:
        made.tree["generatorOptions"] = {"labels": {"made": "1"}, "annotations": {"g": "y"}}


def replacements(made):
    source = {"kind": "Deployment", "name": "web", "fieldPath": "spec.replicas"}
    target = {
        "select": {"kind": "Thing"},
        "fieldPaths": ["spec.count"],
        "options": {"create": True},
    }
    made.app("replace.yaml", yaml.safe_dump([{
        "source": {"kind": "StatefulSet", "fieldPath": "metadata.name"},
        "targets": [{**target, "fieldPaths": ["metadata.annotations.db"]}],
    }]))  # fmt: skip
    made.settings(
        {"replacements": [{"source": source, "targets": [target]}, {"path": "replace.yaml"}]}
    )


def configurations(made):
    made.app("names.yaml", yaml.safe_dump({
        "nameReference": [{"kind": "ConfigMap",
                           "fieldSpecs": [{"kind": "Thing", "path": "spec/config"}]}],
        "images": [{"kind": "Thing", "path": "spec/image"}],
        "commonLabels": [{"kind": "Thing", "path": "spec/selector"}],
        "namePrefix": [{"path": "metadata/name"}],
    }))  # fmt: skip
    made.settings({"configurations": ["names.yaml"]})


def plugins(made):
    """Built-in generators and transformers as files."""
    made.app("prefixer.yaml", "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: p}\n"
             "prefix: t-\nfieldSpecs: [{path: metadata/name}]\n")  # fmt: skip
    made.app("generated.yaml", "apiVersion: builtin\nkind: ConfigMapGenerator\n"
             "metadata: {name: gen}\nliterals: [x=1]\nfiles: [by-plugin.txt]\n")  # fmt: skip
    made.app("by-plugin.txt", "named by a generator only")
    made.settings({"transformers": ["prefixer.yaml"], "generators": ["generated.yaml"]})


def far_bases(made):
    """Bases that are several levels up, twice the same, and beside the application."""
    made.path = f"{made.root}/apps/region/eu/web"
    for name in list(made.files):
        if name.startswith(f"{made.root}/apps/web/"):
            made.files[name.replace("/apps/web/", "/apps/region/eu/web/")] = made.files.pop(name)
    made.tree["resources"] = ["../../../../middle", "./local"]
    made.put(
        "middle/kustomization.yaml", "resources: [../base, ../base/../side]\nnameSuffix: -mid\n"
    )
    made.put("side/kustomization.yml", "resources: [cm.yaml]\n")
    made.put(
        "side/cm.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: side}\ndata: {a: 'y'}\n"
    )
    made.app("local/Kustomization", "resources: [cm.yaml]\nnamespace: local\n")
    made.app("local/cm.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: local}\n")


def old_fields(made):
    """Fields of before."""
    made.app(
        "old.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {paused: true}\n",
    )
    made.app("old6902.yaml", "- {op: add, path: /spec/x, value: 1}\n")
    made.tree |= {
        "bases": made.tree.pop("resources", []),
        "patchesStrategicMerge": ["old.yaml"],
        "patchesJson6902": [{"target": {"group": "example.com", "version": "v1", "kind": "Thing",
                                        "name": "thing"}, "path": "old6902.yaml"}],
        "vars": [{"name": "DB", "objref": {"apiVersion": "apps/v1", "kind": "StatefulSet",
                                           "name": "db"}}],
    }  # fmt: skip


def metadata(made):
    made.tree |= {
        "buildMetadata": ["originAnnotations", "transformerAnnotations", "managedByLabel"]
    }


def sorting(made):
    made.tree["sortOptions"] = {"order": made.random.choice(["legacy", "fifo"])}


def names(made):
    made.name = made.random.choice(["kustomization.yml", "Kustomization"])


def override_file(made):
    made.app(".argocd-source.yaml", "kustomize: {namePrefix: every-, nameSuffix: -every}\n")
    made.app(f".argocd-source-{made.fields['app_name']}.yaml", "kustomize: {namePrefix: own-}\n")
    made.edits = [words for words in made.edits if words[1] not in ("nameprefix", "namesuffix")]
    made.edits += [["set", "nameprefix", "--", "own-"], ["set", "namesuffix", "--", "-every"]]


def crds(made):
    definition = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                  "metadata": {"name": "things.example.com"},
                  "spec": {"group": "example.com"}}  # fmt: skip
    made.app("crd.yaml", yaml.safe_dump(definition))
    made.app("crd.json", json.dumps({"example.com/v1.Thing": {"Schema": {"properties": {}}}}))
    made.settings({"resources": ["crd.yaml"], "crds": ["crd.json"]})


def broken(made):
    """Something that kustomize refuses."""
    choice = made.random.randrange(5)
    if choice == 0:
        made.settings({"resources": ["none.yaml"]})
    elif choice == 1:
        made.tree["unknownField"] = True
    elif choice == 2:
        made.settings({"resources": ["../../base/workloads.yaml"]})
    elif choice == 3:
        made.app("twice.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n" + "---\n"
                 "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")  # fmt: skip
        made.settings({"resources": ["twice.yaml"]})
    else:
        made.settings({"patches": [{"patch": "{apiVersion: v1, kind: X, metadata: {name: none}}"}]})


FEATURES = (
    far_bases, names, generators, replacements, configurations, plugins, metadata, sorting, crds,
    old_fields, components, images, image_variables, replicas, prefix, suffix, namespace, labels,
    taken_labels, annotations, taken_annotations, patches, cluster, version, build_options,
    missing_components, override_file, broken,
)  # fmt: skip
ALONE = {old_fields, taken_labels, taken_annotations, missing_components, override_file, broken}
"""What decides by itself whether there is a result, or changes fields of others."""


def generate(number):
    """The kustomization of a number."""
    made = Kustomization(number)
    certain = FEATURES[number % len(FEATURES)]
    others = [feature for feature in FEATURES if feature not in {*ALONE, certain}]
    chosen = [certain, *made.random.sample(others, made.random.randint(1, 5))]
    for feature in sorted(chosen, key=FEATURES.index):
        feature(made)
    made.finish()
    return made


def case_of(number, make_case, tool):
    made = generate(number)
    source = {"repoURL": "https://h/r", "path": made.path, "kustomize": made.options}
    return make_case(made.root, made.files, source, made.commands(tool), made.fields)


@pytest.fixture
async def named(start_service, authority, tools, tmp_path):
    """A server that has kustomize under another name too, and its settings."""
    place = tmp_path / "tools"
    place.mkdir()
    shutil.copy(tools.kustomize, place / "kustomize_named")
    target = start_service(f"--plumbline-custom-tools={place}").target
    async with channels.channel(target, authority.identity("controller")) as channel:
        settings = {"kustomize_versions": {"named": str(place / "kustomize_named")}}
        yield repo_pb2_grpc.RepoServiceStub(channel), settings


@pytest.mark.parametrize("first", range(0, CASES, CHUNK))
async def test_generated_kustomizations_render_as_the_tool_renders_them(
    compare, make_case, tools, named, first
):
    """Objects equal in content and order; what the tool refuses is refused."""
    stub, settings = named
    cases = [case_of(first + step, make_case, tools.kustomize) for step in range(CHUNK)]

    rendered = await compare(cases, settings, stub)

    assert rendered > CHUNK // 2


def test_every_field_is_generated():
    """A field that is added to the contract must be added here."""
    used = {name for number in range(CASES) for name in generate(number).options}

    fields = {field.encode_name for field in msgspec.structs.fields(KustomizeOptions)}
    assert set() == fields - used


def test_a_number_always_makes_the_same_case():
    """Two runs compare the same kustomizations."""
    assert generate(7).files == generate(7).files

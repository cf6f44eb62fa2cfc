"""Values written for the argo-cd chart: each key works, is refused by name, or has no effect."""

import json

import pytest
import yaml

from .conftest import CHART, VALUES, Refused

TABLE = yaml.safe_load((CHART / "files/argo-cd-values.yaml").read_text())
SCHEMA = json.loads((CHART / "values.schema.json").read_text())
DEFAULTS = yaml.safe_load((CHART / "values.yaml").read_text())
CLASSES = ("same", "differs", "ignored", "replaced", "refused")


def nested(path, value):
    for name in reversed(path.split(".")):
        value = {name: value}
    return value


def given(path, value):
    """``--set-json`` of one path; a map, so that a name may have any character."""
    top, _, rest = path.partition(".")
    return f"{top}={json.dumps(nested(rest, value) if rest else value)}"


def resolved(node):
    if isinstance(node, dict) and "$ref" in node:
        return SCHEMA["definitions"][node["$ref"].rsplit("/", 1)[1]]
    return node


def at(path):
    """The schema of a path; ``None`` where the schema has no such key."""
    node = SCHEMA
    for name in path.split("."):
        node = resolved(node)
        if node is True or (node.get("type") == "object" and "properties" not in node):
            return True
        node = node["properties"].get(name)
        if node is None:
            return None
    return resolved(node)


def test_a_path_is_in_one_class():
    """Else two answers would be given."""
    paths = [path for name in CLASSES for path in TABLE[name]]
    assert sorted(paths) == sorted(set(paths))
    assert set(TABLE["accepted"]) <= {*TABLE["replaced"], *TABLE["refused"]}


def test_the_schema_lets_every_known_key_through():
    """So that the template, which has the words, may judge it."""
    paths = [path for name in CLASSES for path in TABLE[name]]
    assert [] == [path for path in paths if at(path) is None]


def has_default(path):
    node = DEFAULTS
    for name in path.split("."):
        if not isinstance(node, dict) or name not in node:
            return False
        node = node[name]
    return True


def test_what_is_not_honoured_has_no_default():
    """A default would be taken for a wish of the user."""
    assert [] == [
        p for name in ("ignored", "replaced", "refused") for p in TABLE[name] if has_default(p)
    ]


def test_every_refused_key_is_named_with_its_words(helm):
    """All of them in one message."""
    tree = {}
    asked = {**TABLE["replaced"], **TABLE["refused"]}
    for path in asked:
        node = tree
        *parents, last = path.split(".")
        for name in parents:
            node = node.setdefault(name, {})
            if node is True:
                break
        else:
            if not isinstance(node.get(last), dict):
                node[last] = True
    settings = [f"{top}={json.dumps(value)}" for top, value in tree.items()]
    with pytest.raises(Refused) as caught:
        helm.text("default", *settings)
    for path, words in asked.items():
        assert f"  {path}: " in str(caught.value), path
        assert words in str(caught.value), path


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("dex.enabled", True, "there is no Dex"),
        ("global.image.repository", "quay.io/argoproj/argocd", "use instead: global.image.regist"),
        ("redis-ha.enabled", True, "use instead: externalRedis"),
        ("fullnameOverride", "gitops", "names are fixed"),
        ("server.ingress.controller", "aws", "annotations of your Ingress controller"),
        ("controller.args", {"statusProcessors": "20"}, "configs.params"),
        ("configs.cmp.plugins", {"tool": {}}, "plugins are not there yet"),
    ],
)
def test_a_wish_that_is_not_met_is_refused(helm, path, value, words):
    """Not ignored, and not as an unknown key."""
    with pytest.raises(Refused) as caught:
        helm.text("default", given(path, value))
    assert f"{path}: " in str(caught.value)
    assert words in str(caught.value)
    assert "additional properties" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("dex.enabled", False),
        ("notifications.enabled", False),
        ("redis-ha", {"enabled": False, "haproxy": {"metrics": {"enabled": True}}}),
        ("applicationSet", {"replicas": 2, "resources": {}}),
        ("commitServer.enabled", False),
        ("fullnameOverride", "argocd"),
        ("server.ingress.controller", "generic"),
        ("controller.args", {}),
        ("openshift.enabled", False),
    ],
)
def test_what_asks_for_nothing_else_is_accepted(helm, path, value):
    """Many values files say what is off."""
    assert helm.text() == helm.text("default", given(path, value))


def test_notes_name_what_has_no_effect(helm):
    """With the reason, and only what was given."""
    files = [f"--values={VALUES / 'argocd.yaml'}", "--set=crds.install=false"]
    argv = ["install", "plumbline", str(CHART), "--dry-run=client", "--namespace=argocd"]
    notes = helm.run(*argv, *files).partition("NOTES:")[2]
    for path in ("applicationSet", "configs.styles", "global.securityContext", "redisSecretInit"):
        assert f"  {path}: {TABLE['ignored'][path]}" in notes
    assert "commitServer" not in notes
    bare = helm.run(*argv, "--set=crds.install=false").partition("NOTES:")[2]
    assert "without effect" not in bare


def closed(node, path=""):
    """Paths of all objects that have named keys, and whether other names are refused."""
    node = resolved(node)
    if not isinstance(node, dict):
        return
    if "properties" in node:
        yield path, node.get("additionalProperties")
        for name, inner in node["properties"].items():
            yield from closed(inner, f"{path}.{name}".lstrip("."))


def test_no_object_of_ours_takes_unknown_keys():
    """But those whose keys are settings, and those that the template judges."""
    judged = {p for p, rule in closed(SCHEMA) if rule is None}
    tops = {p.rsplit(".", 1)[0] for name in ("ignored", "replaced", "refused") for p in TABLE[name]}
    assert judged <= tops
    assert [] == [path for path in judged if not path or has_default(path)]
    free = {p for p, rule in closed(SCHEMA) if isinstance(rule, dict)}
    assert {"configs.cm", "configs.params", "configs.rbac"} == free


@pytest.mark.parametrize(
    "path", sorted(p for p, rule in closed(SCHEMA) if rule is False and "items" not in p)
)
def test_a_typo_is_refused_with_its_path(helm, path):
    """At every level."""
    name = f"{path}.tyop".lstrip(".")
    with pytest.raises(Refused) as caught:
        helm.text("default", given(name, 1))
    assert "tyop" in str(caught.value)
    assert f"/{path.replace('.', '/')}'" in str(caught.value) or not path

"""What holds for every comparison, over the corpus and over random and hostile objects."""

import copy
import pathlib
import random
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from plumbline.core import diff, errors, patch
from plumbline.core.diff import normalise
from plumbline.core.diff.ignore import IgnoreRule
from plumbline.core.model import gvk_of

CORPUS = [
    manifest
    for file in sorted((pathlib.Path(__file__).parent / "corpus").glob("*.yaml"))
    for manifest in yaml.safe_load_all(file.read_text())
]
SCHEMA = patch.builtin.schema()
NAMES = [f"{m['kind']}-{m['metadata']['name']}" for m in CORPUS]


def stored(manifest: dict[str, Any]) -> dict[str, Any]:
    """The object as a server would give it back: defaults filled in, fields of its own added."""
    result = normalise.normalise(manifest, diff.Options(), schema=SCHEMA)
    node = SCHEMA.node(gvk_of(manifest))
    result = patch.canonical(patch.fill_defaults(result, node), node)
    result["metadata"] |= {"uid": "u", "resourceVersion": "1", "namespace": "ns"}
    created = diff.client_side_apply(manifest, None, schema=SCHEMA)
    assert isinstance(created, diff.Create)
    text = created.body["metadata"]["annotations"][diff.LAST_APPLIED]
    annotations = result["metadata"].setdefault("annotations", {})
    annotations[diff.LAST_APPLIED] = text
    return copy.deepcopy(result)


def shuffled(tree: Any, draw: random.Random) -> Any:
    """The same JSON with the keys of every map in another order."""
    if isinstance(tree, dict):
        keys = list(tree)
        draw.shuffle(keys)
        return {key: shuffled(tree[key], draw) for key in keys}
    return [shuffled(item, draw) for item in tree] if isinstance(tree, list) else tree


def found(desired: Any, live: Any, **options: Any) -> set[str]:
    result = diff.three_way(desired, live, schema=SCHEMA, options=diff.Options(**options))
    return {item.text for item in result}


@pytest.mark.parametrize("manifest", CORPUS, ids=NAMES)
def test_object_does_not_differ_from_itself(manifest: dict[str, Any]) -> None:
    """No difference to itself, to its stored form, or under another order of keys."""
    live = stored(manifest)
    other = shuffled(manifest, random.Random(1))

    assert set() == found(manifest, copy.deepcopy(manifest))
    assert set() == found(live, live)
    assert set() == found(manifest, live)
    assert set() == found(other, shuffled(live, random.Random(2)))
    assert diff.Unchanged() == diff.client_side_apply(other, live, schema=SCHEMA)


@pytest.mark.parametrize("manifest", CORPUS, ids=NAMES)
def test_normalising_twice_changes_nothing(manifest: dict[str, Any]) -> None:
    """Normal forms are fixed points."""
    options = diff.Options(ignore_aggregated_roles=True)
    once = normalise.normalise(manifest, options, schema=SCHEMA)
    node = SCHEMA.node(gvk_of(manifest))
    filled = patch.canonical(patch.fill_defaults(once, node), node)

    assert once == normalise.normalise(once, options, schema=SCHEMA)
    assert filled == patch.canonical(patch.fill_defaults(filled, node), node)


def mutated(manifest: dict[str, Any], seed: int) -> dict[str, Any]:
    """Change or drop some values anywhere in the object."""
    draw = random.Random(seed)

    def walk(tree: Any) -> Any:
        if isinstance(tree, dict):
            return {
                key: walk(value)
                for key, value in tree.items()
                if key in ("apiVersion", "kind", "metadata", "name") or draw.random() > 0.03
            }
        if isinstance(tree, list):
            kept = [walk(item) for item in tree if draw.random() > 0.05]
            return kept[::-1] if draw.random() < 0.1 else kept
        if isinstance(tree, str) and draw.random() < 0.05:
            return tree + "x"
        return tree

    return {
        **manifest,
        **{k: walk(v) for k, v in manifest.items() if k not in ("apiVersion", "kind")},
    }


@pytest.mark.parametrize("manifest", CORPUS, ids=NAMES)
def test_applied_object_does_not_differ(manifest: dict[str, Any]) -> None:
    """After the predicted object came true nothing differs; ignoring it all leaves nothing."""
    live = stored(manifest)
    for seed in range(8):
        desired = mutated(manifest, seed)
        result = diff.three_way(desired, live, schema=SCHEMA)
        after = {**result.predicted, "metadata": {**result.predicted["metadata"]}}
        everything = IgnoreRule("*", "*", pointers=tuple((key,) for key in {**desired, **live}))

        again = diff.three_way(desired, after, schema=SCHEMA, last_applied=desired)
        assert [] == [(item.text, item.desired, item.live) for item in again]
        assert set() == found(desired, live, ignore=(everything,))


@pytest.mark.parametrize("manifest", CORPUS, ids=NAMES)
def test_another_ignore_rule_never_adds_a_difference(manifest: dict[str, Any]) -> None:
    """Rules only take away; what they take away is what they name."""
    live = stored(manifest)
    for seed in range(4):
        desired = mutated(manifest, seed)
        all_found = found(desired, live)
        rules: tuple[IgnoreRule, ...] = ()
        for pointer in (("spec", "replicas"), ("spec", "template", "spec"), ("data",), ("spec",)):
            rules = (*rules, IgnoreRule("*", "*", pointers=(pointer,)))
            left = found(desired, live, ignore=rules)
            assert left <= all_found
            assert not {text for text in left if text.startswith(".".join(pointer))}
            all_found = left


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda below: st.lists(below, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["name", "metadata", "spec", "annotations", "containers", "template", "ports", "data",
             "stringData", "subsets", "rules", "$patch", "$retainKeys", "status", "port", "",
             "$setElementOrder/containers", "managedFields", "limits", "labels", diff.LAST_APPLIED]
        ),
        below,
        max_size=4,
    ),
    max_leaves=25,
)  # fmt: skip
KINDS = [
    ("apps/v1", "Deployment"), ("v1", "Secret"), ("v1", "Service"), ("v1", "Endpoints"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole"), ("v1", "LimitRange"), ("v1", "Namespace"),
    ("example.com/v1", "Gadget"),
]  # fmt: skip
hostile = st.builds(
    lambda kind, body: {
        **(body if isinstance(body, dict) else {"spec": body}),
        "apiVersion": kind[0],
        "kind": kind[1],
    },
    st.sampled_from(KINDS),
    json_values,
)


@settings(max_examples=400, deadline=None)
@given(hostile, hostile)
@example({"apiVersion": "v1", "kind": "Secret", "metadata": []}, {"metadata": "x", "kind": []})
def test_odd_objects_fail_only_as_user_errors(desired: Any, live: Any) -> None:
    """Whatever the types are: a result, or an error that names the cause."""
    live = {**live, "apiVersion": desired["apiVersion"], "kind": live.get("kind")}
    for call in (
        lambda: diff.three_way(desired, live, schema=SCHEMA),
        lambda: diff.three_way(live, live, schema=SCHEMA),
        lambda: diff.client_side_apply(desired, live, schema=SCHEMA),
        lambda: diff.client_side_apply(desired, None, schema=SCHEMA),
        lambda: diff.mask_secrets(desired, live, annotations=["name"]),
    ):
        try:
            call()
        except errors.PlumblineError:
            continue


@given(json_values, json_values)
def test_odd_schemas_compile(document: Any, other: Any) -> None:
    """An OpenAPI document of any shape compiles, or is refused as not being one."""
    definitions = {"a": {"properties": {"x": document, "y": other}}, "b": document}
    for built in ({"definitions": definitions}, {"components": {"schemas": definitions}}, document):
        try:
            schema = patch.compile_documents([built], facts=patch.Facts())
        except errors.InvalidArgument:
            continue
        schema.at("@a").child("x").child("spec").item()


def test_deep_nesting_is_refused() -> None:
    """An object nested beyond the stack is an error of the object."""
    tree: Any = {}
    for _ in range(100_000):
        tree = {"a": tree}
    desired = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": tree}
    live = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}

    with pytest.raises(errors.InvalidArgument):
        diff.three_way(desired, live, schema=SCHEMA)
    with pytest.raises(errors.InvalidArgument):
        diff.client_side_apply(desired, live, schema=SCHEMA)

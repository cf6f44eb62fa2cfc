"""KSOPS generators in the plan: what they become, and what is refused."""

import json

import pytest

from plumbline.core import errors, render
from plumbline.testing.trees import MemoryTree

HEAD = "apiVersion: viaduct.ai/v1\nkind: ksops\nmetadata: {name: g}\n"
OTHER = "apiVersion: builtin\nkind: LabelTransformer\nmetadata: {name: l}\n"


def planned(generator, *, decrypt=True, **more):
    files = {
        "app/kustomization.yaml": "generators: [gen.yaml]\nresources: [cm.yaml]\n",
        "app/gen.yaml": generator,
        "app/cm.yaml": "x",
        "app/s.yaml": "s",
        **more,
    }
    return render.plan(
        MemoryTree(files),
        render.decode_source({"path": "app"}),
        context=render.Context(decrypt=decrypt),
    )


def written(plan, path="app/kustomization.yaml"):
    return json.loads(dict(plan.edits)[path])


def test_files_become_resources_and_are_read():
    """The closure stays exact: no generator is left."""
    made = planned(f"{HEAD}files: [./s.yaml]\n")

    assert {"resources": ["cm.yaml", "./s.yaml"]} == written(made)
    assert made.exact
    assert ["app/cm.yaml", "app/kustomization.yaml", "app/s.yaml"] == [
        p for p, _ in made.reads.files
    ]


def test_secret_from_becomes_a_generator():
    """With labels, annotations and the wish for a hash as options."""
    made = planned(
        f"{HEAD}secretFrom:\n- metadata:\n    name: made\n    namespace: web\n"
        "    labels: {a: b}\n"
        "    annotations: {kustomize.config.k8s.io/needs-hash: 'true', c: d}\n  type: t\n"
        "  files: [s.yaml]\n  binaryFiles: [k=cm.yaml]\n  envs: [e.env]\n- metadata: {name: bare}\n"
    )

    first, second = written(made)["secretGenerator"]
    assert {
        "name": "made",
        "namespace": "web",
        "type": "t",
        "files": ["s.yaml", "k=cm.yaml"],
        "envs": ["e.env"],
        "options": {
            "disableNameSuffixHash": False,
            "annotations": {"c": "d"},
            "labels": {"a": "b"},
        },
    } == first
    assert {"name": "bare", "options": {"disableNameSuffixHash": True}} == second


def test_other_generators_stay():
    """A mixture of files keeps what is not KSOPS's, and the closure is inexact as ever."""
    made = planned(
        f"{HEAD}files: [s.yaml]\n",
        **{
            "app/kustomization.yaml": "generators: [gen.yaml, other.yaml, dir, absent.yaml]\n",
            "app/other.yaml": OTHER,
            "app/dir/kustomization.yaml": "",
        },
    )

    assert ["other.yaml", "dir", "absent.yaml"] == written(made)["generators"]
    assert not made.exact


@pytest.mark.parametrize("text", [OTHER, "a: {", "", "---\n" * 1100])
def test_what_is_none_is_left_alone(text):
    """Whatever it is, it is kustomize's to judge."""
    assert () == planned(text).edits


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{HEAD}---\n{OTHER}", "beside others"),
        (f"{HEAD}files: s.yaml\n", "files is not a list"),
        (f"{HEAD}files: [1]\n", "files is not a list of texts"),
        (f"{HEAD}secretFrom: [x]\n", "secretFrom needs metadata"),
        (f"{HEAD}files: [../../out.yaml]\n", "leaves the repository"),
    ],
)
def test_what_cannot_be_replaced_is_refused(text, message):
    """By name."""
    with pytest.raises(errors.InvalidArgument, match=message):
        planned(text)


def test_without_permission_it_is_refused():
    """The annotation that would give it is named."""
    with pytest.raises(errors.FailedPrecondition, match=r"plumbline\.io/sops"):
        planned(f"{HEAD}files: [s.yaml]\n", decrypt=False)


def test_the_options_of_the_source_are_applied_on_top():
    """One edit holds both."""
    files = {
        "app/kustomization.yaml": "generators: [gen.yaml]\n",
        "app/gen.yaml": f"{HEAD}files: [s.yaml]\n",
        "app/s.yaml": "s",
    }
    made = render.plan(
        MemoryTree(files),
        render.decode_source({"path": "app", "kustomize": {"namePrefix": "x-"}}),
        context=render.Context(decrypt=True),
    )

    assert {"resources": ["s.yaml"], "namePrefix": "x-"} == written(made)

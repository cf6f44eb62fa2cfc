"""The charts and overlays in this tree: our render is that of the bare tools."""

import json
import pathlib

import pytest
import yaml

from plumbline.core import render

ROOT = pathlib.Path(__file__).resolve().parents[4]
EXAMPLES = sorted(
    path.parent.relative_to(ROOT)
    for path in (ROOT / "examples").rglob("*")
    if path.name in {*render.KUSTOMIZATION_NAMES, "Chart.yaml"}
)
CHART = "deploy/helm/plumbline"
VALUES = sorted((ROOT / "tests/chart/values").glob("*.yaml"))


def files_below(*tops):
    found = [path for top in tops for path in (ROOT / top).rglob("*") if path.is_file()]
    return {str(path.relative_to(ROOT)): path.read_bytes() for path in found}


async def test_every_example_renders_as_its_tool_renders_it(compare, make_case, tools):
    """As it is, and with settings of an Application."""
    files = files_below("examples")
    cases = []
    for number, path in enumerate(EXAMPLES):
        is_chart = f"{path}/Chart.yaml" in files
        build = [tools.helm, "template", "x", "."] if is_chart else [tools.kustomize, "build", "."]
        cases.append(
            make_case(
                f"plain{number}",
                files,
                {"path": str(path)},
                lambda root, argv=build, path=path: [(argv, root / path)],
                {"app_name": "x", "app_namespace": "default"},
            )
        )
        if not is_chart:
            edit = [tools.kustomize, "edit", "set", "nameprefix", "--", "p-"]
            cases.append(
                make_case(
                    f"edited{number}",
                    files,
                    {"path": str(path), "kustomize": {"namePrefix": "p-"}},
                    lambda root, edit=edit, argv=build, path=path: [
                        (edit, root / path), (argv, root / path),
                    ],
                )
            )  # fmt: skip

    assert len(EXAMPLES) >= 4
    assert len(cases) == await compare(cases)


async def test_the_projects_own_chart_renders_as_helm_renders_it(compare, make_case, tools):
    """With its defaults, and with each file of values that its tests have."""
    files = files_below(CHART, "tests/chart/values")
    cases = []
    for values in [None, *VALUES]:
        argv = [tools.helm, "template", "argocd", ".", "--include-crds", "--kube-version=1.33.0"]
        argv += ["--namespace=argocd"]
        options = {"kubeVersion": "1.33.0", "releaseName": "argocd"}
        if values is not None:
            argv.append(f"--values=../../../tests/chart/values/{values.name}")
            options["valueFiles"] = [f"/tests/chart/values/{values.name}"]
        cases.append(
            make_case(
                f"chart-{values.stem if values else 'default'}",
                files,
                {"path": CHART, "helm": options},
                lambda root, argv=argv: [(argv, root / CHART)],
                {"app_namespace": "argocd"},
            )
        )

    assert len(cases) == await compare(cases)


@pytest.mark.parametrize("path", ["examples/bookstore/apps", "examples/bookstore/argocd"])
async def test_plain_examples_are_their_files(repository, objects, path):
    """A directory has no tool: the documents of its files, in order of their names."""
    for name, content in files_below(path).items():
        repository.write({name: content.decode()})
    repository.commit()
    texts = [file.read_text() for file in sorted((ROOT / path).glob("*.yaml"))]

    found = await objects({"path": path})

    expected = [tree for text in texts for tree in yaml.safe_load_all(text) if tree]
    assert json.dumps(expected, default=str) == json.dumps(found)
    assert expected

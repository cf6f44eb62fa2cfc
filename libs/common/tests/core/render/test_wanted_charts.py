"""Charts that a plan asks for: named first, then placed, and part of the key by their digest."""

import json

import pytest

from plumbline.core import errors, render
from plumbline.testing.trees import MemoryTree

CHART = "apiVersion: v2\nname: app\nversion: 0.1.0\n"
URL = "https://charts.example"
SUB = MemoryTree({"Chart.yaml": "name: sub\nversion: 1.2.0", "templates/a.yaml": "a: b"})
CONTEXT = render.Context(app_name="app", app_namespace="web")


def depends(version="1.x", name="sub"):
    item = f"{{name: {name}, version: {version!r}, repository: '{URL}'}}"
    return f"{CHART}dependencies: [{item}]\n"


def found(digest="d1", version="1.2.0", tree=SUB):
    return render.ChartFound(version, digest, tree)


def plan(files, charts=None, *, inflate=False, path="c", context=CONTEXT, **options):
    source = render.decode_source({"repoURL": "x", "path": path, **options})
    return render.plan(
        MemoryTree(files),
        source,
        context=context,
        charts=charts,
        settings=render.Settings(inflate=inflate),
    )


def wants(files, **options):
    with pytest.raises(render.ChartsNeeded) as caught:
        plan(files, **options)
    return caught.value.wants


def test_a_dependency_is_asked_for_and_then_placed():
    """By repository, name and version; the archive goes into charts/."""
    files = {"c/Chart.yaml": depends(), "c/values.yaml": ""}
    (want,) = wants(files)

    made = plan(files, {want: found()})

    assert (URL, "sub", "1.x") == tuple(want)
    assert (render.ChartUse("c/charts/sub-1.2.0.tgz", "d1"),) == made.charts


def test_the_key_names_the_digest_of_what_was_fetched():
    """Another archive is another render; the same one is the same, whatever its version text."""
    files = {"c/Chart.yaml": depends()}
    (want,) = wants(files)
    keys = [
        render.render_key(plan(files, {want: found(digest)}), tools={"helm": "h"})
        for digest in ("d1", "d1", "d2")
    ]

    assert keys[0] == keys[1] != keys[2]


def test_an_error_of_fetching_is_the_plans():
    """As it is: which repository, and why."""
    files = {"c/Chart.yaml": depends()}
    (want,) = wants(files)

    with pytest.raises(errors.Unavailable, match="down"):
        plan(files, {want: errors.Unavailable("down")})


@pytest.mark.parametrize(
    ("name", "is_vendored"),
    [
        ("sub-1.0.0.tgz", True),
        ("sub-1.0.0-rc.1.tgz", True),
        ("sub-chart-1.0.0.tgz", False),
        ("sub.tgz", False),
        ("other-1.0.0.tgz", False),
    ],
)
def test_a_vendored_archive_is_told_by_its_name(name, is_vendored):
    """Another chart whose name begins alike is another chart."""
    files = {"c/Chart.yaml": depends(), f"c/charts/{name}": "x"}

    if is_vendored:
        assert () == plan(files).charts
    else:
        assert 1 == len(wants(files))


def test_a_version_that_is_none_never_becomes_a_path():
    """Security: an index may say anything."""
    files = {"c/Chart.yaml": depends()}
    (want,) = wants(files)

    with pytest.raises(errors.InvalidArgument, match="is no version"):
        plan(files, {want: found(version="1/../../../x")})


def test_a_random_template_of_a_dependency_is_noticed():
    """Two renders are compared then."""
    files = {"c/Chart.yaml": depends()}
    (want,) = wants(files)
    varying = MemoryTree({"templates/a.yaml": "x: {{ randAlphaNum 5 }}"})

    assert not plan(files, {want: found()}).helm.may_vary
    assert plan(files, {want: found(tree=varying)}).helm.may_vary


def kustomization(**chart):
    made = {"name": "sub", "repo": URL, "version": "1.2.0", **chart}
    return {"k/kustomization.yaml": json.dumps({"helmCharts": [made]})}


def test_a_chart_of_a_kustomization_is_put_where_kustomize_looks():
    """With a version below name and version, without one below the name."""
    for chart, place in (({}, "k/charts/sub-1.2.0/sub"), ({"version": ""}, "k/charts/sub")):
        files = kustomization(**chart)
        (want,) = wants(files, path="k", inflate=True)

        (use,) = plan(files, {want: found()}, path="k", inflate=True).charts

        assert place == use.place
        assert ["Chart.yaml", "templates/a.yaml"] == [name for name, _ in use.files]


def test_a_kustomization_with_charts_depends_on_the_cluster():
    """Its version and APIs are told to helm, so they are in the key."""
    files = kustomization()
    (want,) = wants(files, path="k", inflate=True)
    keys = set()
    for version in ("1.30.0", "1.31.0"):
        context = render.Context(app_name="a", kube_version=version, api_versions=("apps/v1",))
        made = plan(files, {want: found()}, path="k", inflate=True, context=context)
        assert (version, ("apps/v1",)) == made.inflation
        keys.add(render.render_key(made, tools={"kustomize": "k", "helm": "h"}))

    assert 2 == len(keys)


def test_charts_in_a_kustomization_need_the_operators_word():
    """Without --enable-helm nothing is asked for."""
    with pytest.raises(errors.FailedPrecondition, match="needs --enable-helm"):
        plan(kustomization(), path="k")


def test_a_chart_is_helms_whatever_else_is_in_it():
    """A source with a chart has its root as the chart; options of another tool are an error."""
    files = {"Chart.yaml": CHART, "kustomization.yaml": "{}"}

    assert render.SourceType.HELM is plan(files, path="", chart="app").kind
    with pytest.raises(errors.InvalidArgument, match="cannot be rendered as Kustomize"):
        plan(files, path="", chart="app", kustomize={"namePrefix": "x"})

"""The type of a source: what it says itself, else what its directory holds; and override files."""

import pytest

from plumbline.core import errors, render
from plumbline.testing.trees import MemoryTree

CHART = "apiVersion: v2\nname: web\nversion: 1.0.0\n"
FILES = {
    "all/Chart.yaml": CHART,
    "all/kustomization.yaml": "resources: []\n",
    "all/a.yaml": "a",
    "helm/Chart.yaml": CHART,
    "yaml/kustomization.yaml": "resources: []\n",
    "yml/kustomization.yml": "resources: []\n",
    "plain/Kustomization": "resources: []\n",
    "case/chart.yaml": "a",
    "case/KUSTOMIZATION.yaml": "a",
    "below/sub/Chart.yaml": CHART,
    "dir/a.yaml": "a",
    "app": "a file",
}
ALL = frozenset(render.SourceType)


def plan(files, source, *, app="guestbook", enabled=ALL):
    return render.plan(
        MemoryTree(files),
        render.decode_source(source),
        context=render.Context(app_name=app),
        settings=render.Settings(enabled=enabled),
    )


@pytest.mark.parametrize(
    ("path", "off", "expected"),
    [
        ("all", "", "Helm"),
        ("all", "Helm", "Kustomize"),
        ("all", "Kustomize", "Helm"),
        ("all", "Helm Kustomize", "Directory"),
        ("helm", "", "Helm"),
        ("helm", "Helm", "Directory"),
        ("yaml", "", "Kustomize"),
        ("yml", "", "Kustomize"),
        ("plain", "", "Kustomize"),
        ("plain", "Kustomize", "Directory"),
        ("case", "", "Directory"),
        ("below", "", "Directory"),
        ("dir", "", "Directory"),
    ],
)
def test_a_directory_tells_its_type(path, off, expected):
    """A chart before a kustomization before plain files; a type that is off is passed over."""
    enabled = {kind for kind in ALL if kind.value not in off.split()}

    assert expected == plan(FILES, {"path": path}, enabled=frozenset(enabled)).kind.value


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"path": "all", "directory": {}}, "Directory"),
        ({"path": "all", "kustomize": {}}, "Kustomize"),
        ({"path": "all", "helm": {}}, "Helm"),
        ({"path": "all", "helm": None, "kustomize": None}, "Helm"),
    ],
)
def test_what_a_source_says_counts(source, expected):
    """An empty object is a word, null is none."""
    assert expected == plan(FILES, source).kind.value


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ({"helm": {}, "kustomize": {}}, "multiple application sources defined: Kustomize,Helm"),
        ({"helm": {}, "directory": {}}, "multiple application sources defined: Helm,Directory"),
        ({"directory": {}, "plugin": {}}, "multiple application sources defined: Directory,Plugin"),
        ({"kustomize": {}, "helm": {}, "directory": {}, "plugin": {}},
         "multiple application sources defined: Kustomize,Helm,Directory,Plugin"),
    ],
)  # fmt: skip
def test_more_than_one_type_is_an_error(source, text):
    """Also where the directory would fit one of them."""
    with pytest.raises(errors.InvalidArgument) as caught:
        plan(FILES, {"path": "all", **source})

    assert text == caught.value.message


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ({"path": "dir", "helm": {}}, "dir/Chart.yaml is missing: no chart"),
        ({"path": "dir", "kustomize": {"namePrefix": "x"}}, "dir: no kustomization"),
        ({"path": "none"}, "none: app path does not exist"),
        ({"path": "app"}, "app: app path does not exist"),
        ({"path": "/dir"}, "path '/dir' is absolute"),
        ({"path": "dir/../../x"}, "leaves the repository"),
        ({"path": 1}, "source cannot be read"),
        ({"path": "dir", "directory": {"recurse": "yes"}}, "source cannot be read"),
        ({"path": "dir", "helm": {"parameters": "x"}}, "helm.parameters"),
    ],
)
def test_what_does_not_fit_is_an_error(source, text):
    """A type that the directory is not, a path that is none, a field of another type."""
    with pytest.raises(errors.PlumblineError) as caught:
        plan(FILES, source)

    assert text in caught.value.message


@pytest.mark.parametrize("field", ["helm", "kustomize"])
def test_a_type_that_is_off_is_not_rendered_because_a_source_names_it(field):
    """The operator's word is the last, also over override files."""
    enabled = ALL - {render.SourceType(field.capitalize())}
    files = {**FILES, "all/.argocd-source-over.yaml": f"{field}: {{}}\n"}

    for app, source in (("guestbook", {field: {}}), ("over", {})):
        with pytest.raises(errors.FailedPrecondition, match=f"{field}.enable is false"):
            plan(files, {"path": "all", **source}, app=app, enabled=enabled)


OVERRIDES = {
    **FILES,
    "all/.argocd-source.yaml": "helm: {releaseName: every, valueFiles: [x], namespace: ns}\n",
    "all/.argocd-source-one.yaml": "helm: {releaseName: own, valueFiles: [], namespace: null}\n",
    "all/.argocd-source-team_two.yaml": "helm: {releaseName: two}\n",
    "dir/.argocd-source.yaml": (
        "repoURL: https://evil\npath: all\ntargetRevision: evil\nchart: evil\nref: evil\n"
        "name: evil\ntagPrefix: evil\nunknown: {field: 1}\ndirectory: {recurse: true}\n"
    ),
    "yaml/.argocd-source.yaml": "helm: {}\n",
    "list/.argocd-source.yaml": "[a]\n",
    "list/a.yaml": "a",
    "broken/.argocd-source.yaml": "a: 1\nb: {\n",
    "wrong/.argocd-source-guestbook.yaml": "helm: {parameters: [{name: [a]}]}\n",
    "empty/.argocd-source.yaml": "# nothing\n",
    "empty/a.yaml": "a",
}


def test_override_files_are_merge_patches_in_order():
    """Lists are replaced, null removes, and only the own application's file counts."""
    source = {"path": "all", "helm": {"namespace": "before", "version": "v3", "valueFiles": ["y"]}}

    files = {**OVERRIDES, "all/x": "", "all/y": ""}
    found = {app: plan(files, source, app=app).source.helm for app in ("zero", "one", "team_two")}

    assert ("every", ("x",), "ns") == _fields(found["zero"])
    assert ("own", (), "") == _fields(found["one"])
    assert ("two", ("x",), "ns") == _fields(found["team_two"])
    assert {"v3"} == {options.version for options in found.values()}


def _fields(options):
    return options.release_name, options.value_files, options.namespace


def test_an_override_file_does_not_say_where_the_source_comes_from():
    """Security: a file in a repository must not lead to another one."""
    source = {"repoURL": "https://h/r", "path": "dir", "targetRevision": "main", "name": "n"}

    found = plan(OVERRIDES, source).source

    assert found.directory.recurse
    assert ("https://h/r", "dir", "main", "n") == (
        found.repo_url, found.path, found.target_revision, found.name,
    )  # fmt: skip
    assert ("", "", "") == (found.chart, found.ref, found.tag_prefix)


def test_an_override_file_may_choose_the_type():
    """The type is found after the merge; nothing in an empty file."""
    assert "Kustomize" == plan(FILES, {"path": "yaml"}).kind.value
    assert "Directory" == plan(OVERRIDES, {"path": "empty"}).kind.value
    with pytest.raises(errors.InvalidArgument, match=r"yaml/Chart.yaml is missing"):
        plan(OVERRIDES, {"path": "yaml"})
    with pytest.raises(errors.InvalidArgument, match="multiple application sources defined"):
        plan(OVERRIDES, {"path": "yaml", "kustomize": {}})


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("list", "list/.argocd-source.yaml: must be a mapping"),
        ("broken", "broken/.argocd-source.yaml: line 3: "),
        ("wrong", "wrong/.argocd-source-guestbook.yaml: source cannot be read"),
    ],
)
def test_an_override_file_that_cannot_be_read_is_named(path, text):
    """With the line where there is one."""
    with pytest.raises(errors.InvalidArgument) as caught:
        plan(OVERRIDES, {"path": path})

    assert text in caught.value.message

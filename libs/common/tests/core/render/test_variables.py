"""Where a source's texts are substituted by the build environment, and where a dollar stays one."""

import json

import pytest

from plumbline.core import errors, render
from plumbline.testing.trees import MemoryTree

ALL = (
    "$ARGOCD_APP_NAME|${ARGOCD_APP_NAMESPACE}|$ARGOCD_APP_PROJECT_NAME|$ARGOCD_APP_REVISION"
    "|$ARGOCD_APP_REVISION_SHORT|$ARGOCD_APP_REVISION_SHORT_8|$ARGOCD_APP_SOURCE_REPO_URL"
    "|$ARGOCD_APP_SOURCE_PATH|$ARGOCD_APP_SOURCE_TARGET_REVISION|$KUBE_VERSION"
    "|$KUBE_API_VERSIONS|$ARGOCD_ENV_X|$PATH|$$HOME"
)
BECOMES = (
    "team_web|shop|store|0123456789abcdef|0123456|01234567|https://h/r|{path}|main"
    "|||||$HOME"
)  # fmt: skip
CONTEXT = render.Context(
    app_name="team_web",
    app_namespace="shop",
    project="store",
    revision="0123456789abcdef",
    kube_version="1.33",
    api_versions=("v1",),
)
FILES = {
    "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "chart/team_web.yaml": "a: 1\n",
    "chart/$ARGOCD_APP_NAME.yaml": "b: 1\n",
    "over/kustomization.yaml": "resources: []\n",
    "over/team_web/kustomization.yaml": "kind: Component\n",
    "plain/team_web.yaml": "a",
    "plain/$ARGOCD_APP_NAME.yaml": "a",
    "script/x.jsonnet": "import 'found.libsonnet'",
    "script/libs/team_web/found.libsonnet": "{}",
}


def plan(path, **options):
    source = {"repoURL": "https://h/r", "path": path, "targetRevision": "main", **options}
    return render.plan(MemoryTree(FILES), render.decode_source(source), context=CONTEXT)


def test_helm_parameters_and_the_paths_of_files():
    """Values of parameters, value files, files of file parameters."""
    found = plan(
        "chart",
        helm={
            "parameters": [{"name": "$ARGOCD_APP_NAME", "value": ALL, "forceString": True}],
            "valueFiles": ["$ARGOCD_APP_NAME.yaml", "/chart/${ARGOCD_APP_NAME}.*"],
            "fileParameters": [{"name": "$ARGOCD_APP_NAME", "path": "$ARGOCD_APP_NAME.yaml"}],
        },
    ).helm

    assert (("$ARGOCD_APP_NAME", BECOMES.format(path="chart"), True),) == found.parameters
    assert ["chart/team_web.yaml"] * 2 == [place.path for place in found.value_files]
    ((name, place),) = found.file_parameters
    assert ("$ARGOCD_APP_NAME", "chart/team_web.yaml") == (name, place.path)


def test_helm_values_are_the_users():
    """Neither the text nor the object; templates and files have dollars of their own."""
    text = plan("chart", helm={"values": f'a: "{ALL}"'}).helm
    tree = plan("chart", helm={"valuesObject": {"$ARGOCD_APP_NAME": ALL}}).helm

    assert f'a: "{ALL}"' == text.values.decode()
    assert {"$ARGOCD_APP_NAME": ALL} == json.loads(tree.values)


@pytest.mark.parametrize(
    "options",
    [
        {"releaseName": "$ARGOCD_APP_NAME"},
        {"namespace": "$ARGOCD_APP_NAMESPACE"},
        {"kubeVersion": "$KUBE_VERSION"},
        {"apiVersions": ["$ARGOCD_APP_NAME"]},
        {"version": "$ARGOCD_APP_NAME"},
    ],
)
def test_names_of_helm_take_no_variable(options):
    """A dollar in one is an error that shows it."""
    with pytest.raises(errors.PlumblineError, match=r"\$"):
        plan("chart", helm=options)


def kustomization(**settings):
    ((_, content),) = plan("over", kustomize=settings).edits
    return json.loads(content)


def test_kustomize_images_and_annotations_where_asked_for():
    """Annotations only with the switch, and only their values."""
    pairs = {"$ARGOCD_APP_NAME": ALL}

    image = kustomization(images=["x=reg/$ARGOCD_APP_NAME:$ARGOCD_APP_REVISION_SHORT"])
    plain = kustomization(commonAnnotations=pairs)
    wanted = kustomization(commonAnnotations=pairs, commonAnnotationsEnvsubst=True)

    assert [{"name": "x", "newName": "reg/team_web", "newTag": "0123456"}] == image["images"]
    assert pairs == plain["commonAnnotations"]
    assert {"$ARGOCD_APP_NAME": BECOMES.format(path="over")} == wanted["commonAnnotations"]


def test_no_other_setting_of_kustomize_takes_a_variable():
    """With the switch of annotations too."""
    text = "$ARGOCD_APP_NAME"
    patch = {"patch": text, "target": {"name": text}}

    made = kustomization(
        namePrefix=text,
        nameSuffix=text,
        namespace=text,
        replicas=[{"name": text, "count": 1}],
        commonLabels={text: text},
        patches=[patch],
        components=["team_web", text],
        ignoreMissingComponents=True,
        commonAnnotationsEnvsubst=True,
    )

    assert [text] * 3 == [made[name] for name in ("namePrefix", "nameSuffix", "namespace")]
    assert [{"name": text, "count": 1}] == made["replicas"]
    assert ({text: text}, [patch]) == (made["commonLabels"], made["patches"])
    assert ["team_web"] == made["components"]


def test_jsonnet_variables_arguments_and_libraries():
    """Texts and code alike, but no names."""
    variables = [
        {"name": "$ARGOCD_APP_NAME", "value": ALL},
        {"name": "code", "value": "'$ARGOCD_APP_NAME'", "code": True},
    ]
    jsonnet = {"extVars": variables, "tlas": variables, "libs": ["script/libs/$ARGOCD_APP_NAME"]}

    found = plan("script", directory={"jsonnet": jsonnet}).jsonnet

    for made in (found.ext_vars, found.tlas):
        assert ["$ARGOCD_APP_NAME", "code"] == [variable.name for variable in made]
        assert [BECOMES.format(path="script"), "'team_web'"] == [v.value for v in made]
    assert ("script/libs/team_web", "") == found.search


def test_globs_of_a_directory_take_no_variable():
    """A dollar is a character of the name."""
    one = plan("plain", directory={"include": "$ARGOCD_APP_NAME.yaml"})
    other = plan("plain", directory={"exclude": "$ARGOCD_APP_NAME.yaml"})

    assert ("plain/$ARGOCD_APP_NAME.yaml",) == one.files
    assert ("plain/team_web.yaml",) == other.files


def test_only_what_names_the_revision_follows_it():
    """Where a dollar stays a dollar, a commit elsewhere changes nothing."""
    text = "$ARGOCD_APP_REVISION"

    assert plan("chart", helm={"parameters": [{"name": "a", "value": text}]}).uses_revision
    assert plan("over", kustomize={"images": [f"x:{text}"]}).uses_revision
    assert not plan("chart", helm={"values": f"a: {text}"}).uses_revision
    assert not plan("over", kustomize={"commonAnnotations": {"a": text}}).uses_revision
    assert not plan("over", kustomize={"namePrefix": text}).uses_revision

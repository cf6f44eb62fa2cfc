"""The Application's kustomize settings: what `kustomize edit` would write, and the real build."""

import json
import shutil
import subprocess

import pytest
import yaml

from plumbline.core import errors, render
from plumbline.core.render import _environment, _overlay

BASE = """\
resources: [deploy.yaml]
namePrefix: old-
images:
- {name: nginx, newName: my/nginx, newTag: "1"}
- {name: redis, newTag: "6"}
commonLabels: {a: "1"}
labels:
- {pairs: {l: "1"}, includeSelectors: true}
- {pairs: {m: "1"}}
commonAnnotations: {x: "1"}
replicas: [{name: web, count: 2}, {name: other, count: 9}]
"""
DEPLOY = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: nginx:0}]}
"""
DIGEST = "sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3"
EDITS = [
    ({"namePrefix": "p-"}, ["set", "nameprefix", "--", "p-"]),
    ({"nameSuffix": "-s"}, ["set", "namesuffix", "--", "-s"]),
    ({"namespace": "ns"}, ["set", "namespace", "ns"]),
    *[
        ({"images": images}, ["set", "image", *images])
        for images in (
            ["nginx:2"],
            ["nginx=other"],
            ["nginx=*:3"],
            ["nginx=x:*"],
            ["nginx=*"],
            ["new=*:4"],
            ["new=x:*"],
            [f"new@{DIGEST}"],
            [f"nginx=a:b@{DIGEST}"],
            ["reg:5000/x:tag"],
            ["redis=reg:5000/y", "a=b:c"],
            ["nginx"],
            ["reg:5000/x"],
        )
    ],
    ({"replicas": [{"name": "web", "count": 5}, {"name": "n", "count": "1"}]},
     ["set", "replicas", "web=5", "n=1"]),
    ({"commonLabels": {"b": "2"}}, ["add", "label", "b:2"]),
    ({"commonLabels": {"a": "2"}}, ["add", "label", "a:2"]),
    ({"commonLabels": {"a": "2"}, "forceCommonLabels": True}, ["add", "label", "-f", "a:2"]),
    ({"commonLabels": {"a": "5", "z": "1"}, "labelWithoutSelector": True},
     ["add", "label", "--without-selector", "a:5", "z:1"]),
    ({"commonLabels": {"l": "2"}, "labelWithoutSelector": True},
     ["add", "label", "--without-selector", "l:2"]),
    ({"commonLabels": {"m": "2"}, "labelWithoutSelector": True},
     ["add", "label", "--without-selector", "m:2"]),
    ({"commonLabels": {"m": "2"}, "labelWithoutSelector": True, "forceCommonLabels": True},
     ["add", "label", "--without-selector", "-f", "m:2"]),
    ({"commonLabels": {"m": "2"}, "labelWithoutSelector": True, "labelIncludeTemplates": True},
     ["add", "label", "--without-selector", "--include-templates", "m:2"]),
    ({"commonLabels": {"m": "2"}, "labelIncludeTemplates": True},
     ["add", "label", "--include-templates", "m:2"]),
    ({"commonAnnotations": {"y": "http://x:1"}}, ["add", "annotation", "y:http://x:1"]),
    ({"commonAnnotations": {"x": "2"}}, ["add", "annotation", "x:2"]),
    ({"commonAnnotations": {"x": "2"}, "forceCommonAnnotations": True},
     ["add", "annotation", "-f", "x:2"]),
    ({"components": ["comp"]}, ["add", "component", "comp"]),
]  # fmt: skip


def without_defaults(tree):
    """What kustomize adds to every file it writes, and lists whose order says nothing."""
    found = {key: value for key, value in tree.items() if key not in ("apiVersion", "kind")}
    return {**found, "replicas": sorted(found["replicas"], key=lambda item: item["name"])}


@pytest.mark.parametrize(("settings", "argv"), EDITS, ids=lambda value: json.dumps(value)[:60])
def test_edits_are_those_of_the_tool(tools, tmp_path, settings, argv):
    """The same document, or an error where the tool has one."""
    (tmp_path / "kustomization.yaml").write_text(BASE)
    (tmp_path / "deploy.yaml").write_text(DEPLOY)
    (tmp_path / "comp").mkdir()
    (tmp_path / "comp" / "kustomization.yaml").write_text(
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
    )
    done = subprocess.run(
        [tools.kustomize, "edit", *argv], cwd=tmp_path, capture_output=True, check=False
    )
    source = render.decode_source({"kustomize": settings})
    environment = _environment.Environment(render.Context(), source)

    def edit():
        return _overlay.edit(yaml.safe_load(BASE), source.kustomize, environment, lambda _: True)

    if done.returncode:
        with pytest.raises(errors.InvalidArgument):
            edit()
        return
    made = edit()
    written = yaml.safe_load((tmp_path / "kustomization.yaml").read_text())
    assert without_defaults(written) == without_defaults(made)


def kustomize(**settings):
    return {"repoURL": "https://h/r", "path": "app", "kustomize": settings}


@pytest.fixture
def app(repository):
    """A kustomization with one Deployment."""
    repository.commit(
        {
            "app/kustomization.yaml": "resources: [deploy.yaml]\n",
            "app/deploy.yaml": DEPLOY,
            "app/patch.yaml": '[{"op": "add", "path": "/spec/paused", "value": true}]',
            "comp/kustomization.yaml": (
                "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
                "commonAnnotations: {component: there}\n"
            ),
        }
    )
    return repository


async def test_every_setting_reaches_the_objects(app, objects):
    """Names, images, replicas, namespace, labels, annotations, patches, components."""
    patches = [
        {"path": "patch.yaml", "target": {"kind": "Deployment"}},
        {"patch": "- {op: add, path: /spec/minReadySeconds, value: 7}", "target": {"name": "web"}},
    ]
    settings = {
        "namePrefix": "p-",
        "nameSuffix": "-s",
        "namespace": "ns",
        "images": ["nginx=reg/nginx:$ARGOCD_APP_NAME"],
        "replicas": [{"name": "web", "count": "3"}],
        "commonLabels": {"team": "a"},
        "commonAnnotations": {"app": "$ARGOCD_APP_NAME"},
        "commonAnnotationsEnvsubst": True,
        "patches": patches,
        "components": ["../comp", "../none"],
        "ignoreMissingComponents": True,
    }

    (made,) = await objects(kustomize(**settings))

    assert ("p-web-s", "ns") == (made["metadata"]["name"], made["metadata"]["namespace"])
    assert {"app": "guestbook", "component": "there"} == made["metadata"]["annotations"]
    assert {"app": "web", "team": "a"} == made["spec"]["selector"]["matchLabels"]
    assert (3, True, 7) == tuple(
        made["spec"][field] for field in ("replicas", "paused", "minReadySeconds")
    )
    assert "reg/nginx:guestbook" == made["spec"]["template"]["spec"]["containers"][0]["image"]


async def test_labels_without_selector(app, objects):
    """Metadata, and templates where asked for, but no selector."""
    settings = {"commonLabels": {"team": "a"}, "labelWithoutSelector": True}

    (plain,) = await objects(kustomize(**settings))
    (templates,) = await objects(kustomize(**settings, labelIncludeTemplates=True))

    for made in (plain, templates):
        assert {"app": "web"} == made["spec"]["selector"]["matchLabels"]
        assert {"team": "a"} == made["metadata"]["labels"]
    assert {"app": "web"} == plain["spec"]["template"]["metadata"]["labels"]
    assert {"app": "web", "team": "a"} == templates["spec"]["template"]["metadata"]["labels"]


async def test_variables_in_annotations_only_where_asked_for(app, objects):
    """Without the switch a dollar is a dollar."""
    (made,) = await objects(kustomize(commonAnnotations={"a": "$ARGOCD_APP_NAME"}))

    assert {"a": "$ARGOCD_APP_NAME"} == made["metadata"]["annotations"]


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"components": ["../none"]}, "none"),
        ({"components": ["../../up"]}, "leaves the repository"),
        ({"components": ["https://evil.example/x?ref=1"]}, "remote reference"),
        ({"patches": [{"path": "/etc/passwd"}]}, "is absolute"),
        ({"patches": [{"path": "../../secret.yaml"}]}, "leaves the repository"),
        ({"patches": [{"path": "--x"}]}, "remote reference"),
        ({"images": ["nginx"]}, "names no tag"),
        ({"replicas": [{"name": "web", "count": "-1"}]}, "is not a count"),
        ({"version": "v1"}, "kustomize version 'v1' is not registered"),
    ],
)
async def test_settings_that_lead_elsewhere_are_refused(app, ask, settings, text):
    """Security: paths of patches and components stay in the repository."""
    answer = await ask(kustomize(**settings))

    assert text in answer.error.message
    assert not answer.manifests


async def test_a_setting_is_data(app, objects):
    """Text that looks like YAML stays in its field."""
    (made,) = await objects(kustomize(namePrefix="a\n---\nkind: Secret\n"))

    assert ("Deployment", "a\n---\nkind: Secret\nweb") == (
        made["kind"],
        made["metadata"]["name"],
    )


async def test_a_key_follows_the_settings_and_the_files_they_name(app, ask):
    """Equal settings, equal key; the file of a patch counts, one beside it does not."""
    source = kustomize(patches=[{"path": "patch.yaml", "target": {"kind": "Deployment"}}])
    before = await ask(source)
    other = await ask(kustomize(namePrefix="x-"))
    app.commit({"app/other.yaml": "x", "README.md": "x"})
    beside = await ask(source, known_key=before.key)
    app.commit({"app/patch.yaml": '[{"op": "add", "path": "/spec/paused", "value": false}]'})
    after = await ask(source, known_key=before.key)

    assert before.key != other.key
    assert beside.unchanged
    assert not after.unchanged


async def test_an_edit_does_not_reach_another_kustomization_through_a_link(app, objects):
    """A kustomization that is a link is edited under its own name."""
    app.write({"both/kustomization.yaml": "resources: [../app, ../linked]\n"})
    app.link("linked/kustomization.yaml", "../real/kustomization.yaml")
    app.write({"real/kustomization.yaml": "resources: [cm.yaml]\n"})
    cm = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm}\n"
    app.commit({"linked/cm.yaml": cm, "real/cm.yaml": cm})

    (edited,) = await objects({"path": "linked", "kustomize": {"namePrefix": "x-"}})
    (plain,) = await objects({"path": "real"})

    assert ("x-cm", "cm") == (edited["metadata"]["name"], plain["metadata"]["name"])


async def test_a_version_selects_its_binary_and_its_options(
    app, start_service, tools, tmp_path, ask
):
    """Only from the directories for tools; the key follows the binary."""
    place = tmp_path / "tools"
    place.mkdir()
    shutil.copy(tools.kustomize, place / "kustomize_1")
    with (place / "kustomize_1").open("ab") as file:
        file.write(b"another")
    limited = start_service(f"--plumbline-custom-tools={place}")
    settings = {
        "kustomize_versions": {"v1": str(place / "kustomize_1"), "evil": "/bin/sh"},
        "kustomize_version_options": {"v1": "--load-restrictor=LoadRestrictionsNone"},
    }

    default = await ask(kustomize(), settings=settings, target=limited)
    named = await ask(kustomize(version="v1"), settings=settings, target=limited)
    evil = await ask(kustomize(version="evil"), settings=settings, target=limited)

    assert default.manifests == named.manifests
    assert default.key != named.key
    assert "is not in a directory for tools" in evil.error.message


async def test_helm_charts_in_a_kustomization_need_the_operators_word(app, ask, tmp_path):
    """Without --enable-helm they are refused by name; an option in place of a name always is.

    Security: CVE-2026-113709, kustomize#6241.
    """
    marker = tmp_path / "marker"
    charts = [
        {"name": "x", "repo": "probe://chart", "releaseName": f"--post-renderer=touch {marker}"}
    ]
    app.commit({"app/kustomization.yaml": json.dumps({"helmCharts": charts})})

    off = await ask({"path": "app"})
    on = await ask({"path": "app"}, kustomize_build_options="--enable-helm")

    assert "helmCharts needs --enable-helm" in off.error.message
    assert "helmCharts.releaseName" in on.error.message
    assert not marker.exists()

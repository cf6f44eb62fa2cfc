"""Sidecars of plugins, and keys of SOPS, in the repo-server's pod."""

import json

import pytest
import yaml

from .conftest import Refused, of

SIDECAR = (
    'repoServer.extraContainers=[{"name":"cue","image":"x","volumeMounts":'
    '[{"name":"plugins","mountPath":"/home/argocd/cmp-server/plugins"}]}]'
)
KEYS = (
    'repoServer.sopsKeys=[{"secret":"all","keys":["age.txt"]},'
    '{"secret":"shop","keys":["pgp.asc","age.txt"],"project":"shop"}]'
)

# As the argo-cd chart's documentation has it.
ARGOCD = {
    "name": "cue",
    "command": ["/var/run/argocd/argocd-cmp-server"],
    "image": "cue",
    "securityContext": {"runAsNonRoot": True, "runAsUser": 999},
    "volumeMounts": [
        {"mountPath": "/var/run/argocd", "name": "var-files"},
        {"mountPath": "/home/argocd/cmp-server/plugins", "name": "plugins"},
        {
            "mountPath": "/home/argocd/cmp-server/config/plugin.yaml",
            "subPath": "cue.yaml",
            "name": "argocd-cmp-cm",
        },
        {"mountPath": "/tmp", "name": "cmp-tmp"},
    ],
}
VOLUMES = [
    {"name": "argocd-cmp-cm", "configMap": {"name": "argocd-cmp-cm"}},
    {"name": "cmp-tmp", "emptyDir": {}},
]
COPYUTIL = 'repoServer.copyutil={"image":{"repository":"argocd-image","tag":"v3"}}'


def sidecars(*given, volumes=VOLUMES):
    """The values of sidecars."""
    return (
        f"repoServer.extraContainers={json.dumps(given)}",
        f"repoServer.volumes={json.dumps(volumes)}",
    )


def pod(objects):
    return of(objects, "Deployment", "argocd-repo-server")["spec"]["template"]["spec"]


def test_without_either_nothing_is_mounted(default):
    """The pod is as it was."""
    found = pod(default)

    assert 1 == len(found["containers"])
    assert not {"plugins", "sops-keys"} & {volume["name"] for volume in found["volumes"]}


def test_a_sidecar_shares_the_folder_of_sockets(helm):
    """And nothing else: no key, no signing secret."""
    found = pod(helm.objects("default", SIDECAR, KEYS))
    server, sidecar = found["containers"]

    mounts = {mount["name"]: mount["mountPath"] for mount in server["volumeMounts"]}
    assert "/home/argocd/cmp-server/plugins" == mounts["plugins"]
    assert ["plugins"] == [mount["name"] for mount in sidecar["volumeMounts"]]
    assert {"emptyDir": {"sizeLimit": "1Mi"}, "name": "plugins"} in found["volumes"]


def test_keys_of_a_project_lie_in_its_folder(helm):
    """Where the repo-server looks for them."""
    found = pod(helm.objects("default", KEYS))
    server = found["containers"][0]

    assert {"name": "PLUMBLINE_SOPS_KEYS", "value": "/etc/plumbline/sops"} in server["env"]
    (volume,) = [v for v in found["volumes"] if v["name"] == "sops-keys"]
    assert [
        ("all", [("age.txt", "age.txt")]),
        ("shop", [("pgp.asc", "shop/pgp.asc"), ("age.txt", "shop/age.txt")]),
    ] == [
        (s["secret"]["name"], [(i["key"], i["path"]) for i in s["secret"]["items"]])
        for s in volume["projected"]["sources"]
    ]


@pytest.mark.parametrize(
    "value", ['[{"secret":"x","keys":["../a"]}]', '[{"secret":"x","keys":["a"],"project":".."}]']
)
def test_a_key_cannot_leave_its_folder(helm, value):
    """The schema refuses it."""
    with pytest.raises(Refused, match="sopsKeys"):
        helm.objects("default", f"repoServer.sopsKeys={value}")


def test_a_sidecar_of_argo_cd_works_as_it_is(helm):
    """With its binary, its file, and its user, who alone can connect to its socket."""
    spec = {"generate": {"command": ["cue"], "args": ["export"]}, "discover": {"fileName": "*.cue"}}
    plugins = f'configs.cmp={{"create":true,"plugins":{{"cue":{json.dumps(spec)}}}}}'
    objects = helm.objects("default", *sidecars(ARGOCD), COPYUTIL, plugins)
    found = pod(objects)
    server, sidecar = found["containers"]
    (copying,) = found["initContainers"]
    volumes = [volume["name"] for volume in found["volumes"]]

    assert ARGOCD == sidecar
    assert {m["name"] for m in sidecar["volumeMounts"]} <= set(volumes)
    assert len(volumes) == len(set(volumes))
    assert "argocd-image:v3" == copying["image"]
    assert server["securityContext"] == copying["securityContext"]
    assert [{"name": "var-files", "mountPath": "/var/run/argocd"}] == copying["volumeMounts"]
    security = found["securityContext"]
    assert [999] * 3 == [security[f"{name}"] for name in ("runAsUser", "runAsGroup", "fsGroup")]
    file = of(objects, "ConfigMap", "argocd-cmp-cm")["data"]["cue.yaml"]
    assert {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "ConfigManagementPlugin",
        "metadata": {"name": "cue"},
        "spec": spec,
    } == yaml.safe_load(file)


def test_whoever_fills_the_folder_fills_it_alone(helm):
    """A volume or an init container of the user's own is left as it is."""
    own = [*VOLUMES, {"name": "var-files", "emptyDir": {"medium": "Memory"}}]
    found = pod(helm.objects("default", *sidecars(ARGOCD, volumes=own)))
    assert "initContainers" not in found
    assert own[-1] in found["volumes"]

    filling = {"name": "fill", "image": "x", "volumeMounts": [ARGOCD["volumeMounts"][0]]}
    init = f"repoServer.initContainers={json.dumps([filling])}"
    found = pod(helm.objects("default", *sidecars(ARGOCD), init))
    assert [filling] == found["initContainers"]
    assert 1 == [volume["name"] for volume in found["volumes"]].count("var-files")


@pytest.mark.parametrize(
    ("given", "copyutil", "words"),
    [
        ([ARGOCD], "repoServer.copyutil={}", "name that image in repoServer.copyutil.image"),
        ([{**ARGOCD, "securityContext": {"runAsUser": 1000}}], COPYUTIL, "runs as user 1000"),
        ([ARGOCD, {**ARGOCD, "name": "b", "securityContext": {}}], COPYUTIL, "different users"),
    ],
)
def test_a_sidecar_that_could_not_work_is_refused(helm, given, copyutil, words):
    """Before it is installed, and with what to do."""
    with pytest.raises(Refused, match=words):
        helm.objects("default", *sidecars(*given), copyutil)


def test_a_container_that_is_no_plugin_keeps_its_user(helm):
    """Only those that share the folder of sockets have to agree."""
    other = {"name": "proxy", "image": "x", "securityContext": {"runAsUser": 1000}}
    found = pod(helm.objects("default", *sidecars(other)))
    assert 10003 == found["securityContext"]["runAsUser"]
    assert other == found["containers"][1]

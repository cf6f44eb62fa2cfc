"""Sidecars of plugins, and keys of SOPS, in the repo-server's pod."""

import pytest

from .conftest import Refused, of

SIDECAR = (
    'repoServer.extraContainers=[{"name":"cue","image":"x","volumeMounts":'
    '[{"name":"plugins","mountPath":"/home/argocd/cmp-server/plugins"}]}]'
)
KEYS = (
    'repoServer.sopsKeys=[{"secret":"all","keys":["age.txt"]},'
    '{"secret":"shop","keys":["pgp.asc","age.txt"],"project":"shop"}]'
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

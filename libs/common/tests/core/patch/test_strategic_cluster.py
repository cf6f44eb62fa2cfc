"""Strategic merge patches applied by us and by a real API server give one object."""

import copy
import random
from collections.abc import Iterator
from typing import Any

import pytest

from plumbline.core import errors, patch
from plumbline.core.model import gvk_of

pytestmark = pytest.mark.cluster

SCHEMA = patch.builtin.schema()
STRATEGIC = "application/strategic-merge-patch+json"


def env(*names: str) -> list[dict[str, str]]:
    return [{"name": name, "value": name} for name in names]


DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "d", "finalizers": ["x.example/a", "x.example/b", "x.example/c"]},
    "spec": {
        "paused": True,
        "replicas": 0,
        "selector": {"matchLabels": {"a": "b"}},
        "template": {
            "metadata": {"labels": {"a": "b"}},
            "spec": {
                "containers": [
                    {"name": "c", "image": "c:1", "env": env("A", "B", "C", "D")},
                    {"name": "side", "image": "s:1"},
                ],
                "volumes": [{"name": "v", "emptyDir": {"medium": "Memory"}}],
                "nodeSelector": {"x": "y", "z": "w"},
            },
        },
    },
}


def pod(**fields: Any) -> dict[str, Any]:
    return {"spec": {"template": {"spec": fields}}}


def container(**fields: Any) -> dict[str, Any]:
    return pod(containers=[{"name": "c", **fields}])


PATCHES: dict[str, dict[str, Any]] = {
    "item changed": container(image="c:2"),
    "item added": pod(containers=[{"name": "n", "image": "n:1"}]),
    "item deleted": pod(containers=[{"name": "side", "$patch": "delete"}]),
    "absent item deleted": pod(containers=[{"name": "nobody", "$patch": "delete"}]),
    "list replaced": pod(containers=[{"$patch": "replace"}, {"name": "n", "image": "n:1"}]),
    "map replaced": pod(nodeSelector={"$patch": "replace", "k": "v"}),
    "map deleted": pod(nodeSelector={"$patch": "delete"}),
    "map merged by word": pod(nodeSelector={"$patch": "merge", "k": "v", "x": None}),
    "absent map deleted": pod(affinity={"$patch": "delete"}),
    "nulls in a new map": pod(affinity={"nodeAffinity": None}),
    "nulls in a new item": pod(containers=[{"name": "n", "image": "n:1", "tty": None}]),
    "retain keys": pod(
        volumes=[{"name": "v", "$retainKeys": ["name", "configMap"], "configMap": {"name": "x"}}]
    ),
    "retain keys of a map": {
        "spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}},
    },
    "primitives added": {"metadata": {"finalizers": ["x.example/d", "x.example/a"]}},
    "primitives deleted": {
        "metadata": {"$deleteFromPrimitiveList/finalizers": ["x.example/b", "x.example/no"]}
    },
    "primitives all deleted": {
        "metadata": {
            "$deleteFromPrimitiveList/finalizers": ["x.example/a", "x.example/b", "x.example/c"]
        }
    },
    "primitives ordered": {
        "metadata": {
            "$setElementOrder/finalizers": ["x.example/c", "x.example/d", "x.example/a"],
            "finalizers": ["x.example/d"],
        }
    },
    "atomic list": pod(tolerations=[{"key": "k", "operator": "Exists"}]),
    "order only": container(**{"$setElementOrder/env": [{"name": n} for n in "DBCA"]}),
    "order of some": container(**{"$setElementOrder/env": [{"name": n} for n in "DA"]}),
    "order with an unknown": container(**{"$setElementOrder/env": [{"name": n} for n in "DXA"]}),
    "unknown directive": pod(nodeSelector={"$patch": "explode"}),
    "item without key": pod(containers=[{"image": "x"}]),
    "all keys null": pod(nodeSelector={"x": None, "z": None}),
}


@pytest.fixture(scope="module")
def url(cluster: Any) -> Iterator[str]:
    """Create the object once: every patch is a dry run."""
    name = f"patch-{random.SystemRandom().randrange(10**9)}"
    cluster.api.create("/api/v1/namespaces", {"metadata": {"name": name}})
    collection = f"/apis/apps/v1/namespaces/{name}/deployments"
    cluster.api.create(collection, DEPLOYMENT)
    yield f"{collection}/d"
    cluster.api.merge(f"{collection}/d", {"metadata": {"finalizers": None}})
    cluster.api.delete(f"/api/v1/namespaces/{name}")


def compared(manifest: dict[str, Any]) -> dict[str, Any]:
    node = SCHEMA.node(gvk_of(manifest))
    parts = {
        "spec": manifest["spec"],
        "metadata": {"finalizers": manifest["metadata"].get("finalizers") or []},
    }
    result: dict[str, Any] = patch.canonical(patch.fill_defaults(parts, node), node)
    return result


def agree(api: Any, url: str, body: dict[str, Any]) -> None:
    """Apply a patch on both sides: the results are equal, or both refuse."""
    live = api.get(url)
    node = SCHEMA.node(gvk_of(live))
    try:
        ours = patch.apply_strategic_patch(live, copy.deepcopy(body), node)
    except errors.InvalidArgument:
        with pytest.raises(errors.PlumblineError):
            api.request("PATCH", f"{url}?dryRun=All", body, kind=STRATEGIC)
        return
    theirs = api.request("PATCH", f"{url}?dryRun=All", body, kind=STRATEGIC)

    assert compared(theirs) == compared(ours)


@pytest.mark.parametrize("name", sorted(PATCHES), ids=lambda name: name.replace(" ", "-"))
def test_patch_gives_what_the_server_gives(cluster: Any, url: str, name: str) -> None:
    """Each directive does here what it does there."""
    agree(cluster.api, url, PATCHES[name])


@pytest.mark.parametrize("seed", range(60))
def test_element_order_is_the_servers(cluster: Any, url: str, seed: int) -> None:
    """Whatever the order asked for and whatever the server alone has, the result is its result."""
    draw = random.Random(seed)
    names = draw.sample(["A", "B", "C", "D", "N", "M"], draw.randrange(1, 7))
    order = [{"name": name} for name in names]
    new = [item for item in env(*names) if item["name"] in "NM"]
    changed = [item for item in env(*names) if draw.random() < 0.4 or item in new]
    deleted = [
        {"name": name, "$patch": "delete"}
        for name in "ABCD"
        if name not in names and draw.random() < 0.3
    ]
    fields: dict[str, Any] = {"$setElementOrder/env": order}
    if changed or deleted:
        fields["env"] = changed + deleted

    agree(cluster.api, url, container(**fields))

"""What fake pods use: the last load that selects them, else a default that scales nothing."""

import pytest

from plumbline.core import errors
from plumbline.testcluster import load
from plumbline.testcluster.addons import usage

NOW = "2026-01-02T03:04:05Z"


def _pod(*requests, namespace="shop", labels=None):
    containers = [
        {"name": f"c{i}", "resources": {"requests": r} if r else {}} for i, r in enumerate(requests)
    ]
    meta = {"name": "web", "namespace": namespace, "labels": labels or {"app": "web"}}
    return {"metadata": meta, "spec": {"containers": containers, "nodeName": "node-0"}}


def _cpu(metrics):
    return [container["usage"]["cpu"] for container in metrics["containers"]]


@pytest.mark.parametrize(
    ("requests", "expected"),
    [
        ([None], ["50000u"]),
        ([None, None], ["25000u", "25000u"]),
        ([{"cpu": "1"}], ["50000u"]),
        ([{"cpu": "20m"}], ["10000u"]),
        ([{"cpu": "20m"}, {"cpu": "0.02"}], ["10000u", "10000u"]),
    ],
)
def test_default_is_50m_but_at_most_half_of_the_request(requests, expected):
    assert _cpu(usage.pod_metrics(_pod(*requests), [], NOW)) == expected


def test_load_that_sorts_last_counts_and_others_are_left_alone():
    loads = load.parse(
        {
            "data": {
                "a": '{"namespace":"shop","selector":"app=web","cpu":"100m"}',
                "b": '{"namespace":"shop","selector":"app=web,tier=x","cpu":"1","memory":"1Gi"}',
                "c": '{"namespace":"other","selector":"","cpu":"9"}',
            }
        }
    )
    assert _cpu(usage.pod_metrics(_pod(None), loads, NOW)) == ["100000u"]
    both = _pod(None, labels={"app": "web", "tier": "x"})
    (container,) = usage.pod_metrics(both, loads, NOW)["containers"]
    assert container["usage"] == {"cpu": "1000000u", "memory": "1048576Ki"}
    assert _cpu(usage.pod_metrics(_pod(None, namespace="x"), loads, NOW)) == ["50000u"]


def test_node_uses_the_sum_of_its_pods():
    node = {"metadata": {"name": "node-0"}}
    elsewhere = {**_pod(None), "spec": {"containers": [{"name": "c"}], "nodeName": "node-1"}}
    metrics = usage.node_metrics(node, [_pod(None), _pod(None), elsewhere], [], NOW)
    assert metrics["usage"]["cpu"] == "100000u"


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"namespace":"a","selector":"b","cpu":"1"}'])
def test_malformed_load_is_refused_by_name(text):
    with pytest.raises(errors.InvalidArgument, match="entry broken"):
        load.parse({"data": {"broken": text}})


@pytest.mark.parametrize("text", ["", "1x", "m", "1..2", "--1"])
def test_malformed_quantity_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        usage.quantity(text)

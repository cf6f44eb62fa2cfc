"""Decide what a fake pod uses, and write it as the metrics API does.

Called by ``metrics``. Pure: pods, loads and the time in; objects of metrics.k8s.io/v1beta1 out.
"""

import collections.abc
import re
from typing import Any

from plumbline.testcluster import load

__all__ = ["node_metrics", "pod_metrics", "quantity"]

_WINDOW = "15s"
_DEFAULT_MILLICORES = 50
_DEFAULT_BYTES = 64 * 2**20
_SCALES = {
    "n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12,
    "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40,
}  # fmt: skip


def quantity(text: str) -> float:
    """Return the value of a Kubernetes quantity; raises ValueError if it is none."""
    match = re.fullmatch(r"([0-9.]+)([a-zA-Z]*)", text)
    if match is None or match[2] not in _SCALES:
        raise ValueError(f"not a quantity: {text!r}")
    return float(match[1]) * _SCALES[match[2]]


def pod_metrics(
    pod: dict[str, Any], loads: collections.abc.Sequence[load.Load], now: str
) -> dict[str, Any]:
    """Return the PodMetrics of a running pod."""
    meta = pod["metadata"]
    containers = pod["spec"]["containers"]
    millicores, size = _usage(pod, loads)
    share = len(containers)
    return {
        "kind": "PodMetrics",
        "apiVersion": "metrics.k8s.io/v1beta1",
        "metadata": {
            "name": meta["name"],
            "namespace": meta["namespace"],
            "labels": meta.get("labels") or {},
            "creationTimestamp": now,
        },
        "timestamp": now,
        "window": _WINDOW,
        "containers": [
            {"name": container["name"], "usage": _written(millicores / share, size / share)}
            for container in containers
        ],
    }


def node_metrics(
    node: dict[str, Any],
    pods: collections.abc.Sequence[dict[str, Any]],
    loads: collections.abc.Sequence[load.Load],
    now: str,
) -> dict[str, Any]:
    """Return the NodeMetrics of a node: the sum of what the pods on it use."""
    name = node["metadata"]["name"]
    used = [_usage(pod, loads) for pod in pods if pod["spec"].get("nodeName") == name]
    return {
        "kind": "NodeMetrics",
        "apiVersion": "metrics.k8s.io/v1beta1",
        "metadata": {
            "name": name,
            "labels": node["metadata"].get("labels") or {},
            "creationTimestamp": now,
        },
        "timestamp": now,
        "window": _WINDOW,
        "usage": _written(sum(cpu for cpu, _ in used), sum(size for _, size in used)),
    }


def _usage(pod: dict[str, Any], loads: collections.abc.Sequence[load.Load]) -> tuple[float, float]:
    """Return millicores and bytes: by the first load that selects the pod, else the default.

    The default is 50m, but at most half of what the pod requests: a cluster in which nobody set a
    load must not scale anything up.
    """
    meta = pod["metadata"]
    for setting in loads:
        if setting.selects(meta["namespace"], meta.get("labels") or {}):
            return quantity(setting.cpu) * 1000, quantity(setting.memory)
    requests = [
        (container.get("resources") or {}).get("requests") or {}
        for container in pod["spec"]["containers"]
    ]
    cpu = sum(quantity(str(request["cpu"])) * 1000 for request in requests if "cpu" in request)
    size = sum(quantity(str(request["memory"])) for request in requests if "memory" in request)
    return (
        min(_DEFAULT_MILLICORES, cpu / 2) if cpu else _DEFAULT_MILLICORES,
        min(_DEFAULT_BYTES, size / 2) if size else _DEFAULT_BYTES,
    )


def _written(millicores: float, size: float) -> dict[str, str]:
    return {"cpu": f"{round(millicores * 1000)}u", "memory": f"{round(size / 1024)}Ki"}

"""Say what real pods and nodes use, as their kubelets measure it.

Called by ``metrics``, which serves it. The kubelet's summary (``/stats/summary``, reached through
the API server's node proxy) holds rates over its last seconds, so that nothing has to be kept here
between two questions.
"""

import asyncio
from typing import Any

import structlog

from plumbline.core import errors
from plumbline.testcluster.addons import client

__all__ = ["Measured"]

log = structlog.get_logger()

_WINDOW = "10s"
_API_VERSION = "metrics.k8s.io/v1beta1"


class Measured:
    """The usage that the kubelets report."""

    def __init__(self, api: client.Client) -> None:
        self._api = api

    async def pods(self, pods: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return PodMetrics; a pod too young to have been measured has none."""
        names = {pod["spec"]["nodeName"] for pod in pods}
        summaries = await asyncio.gather(*map(self._summary, sorted(names)))
        measured = {
            entry["podRef"]["uid"]: entry for found in summaries for entry in found.get("pods", [])
        }
        metrics = (_pod_metrics(pod, measured.get(pod["metadata"]["uid"])) for pod in pods)
        return [metric for metric in metrics if metric is not None]

    async def nodes(self, nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return NodeMetrics; a node whose kubelet does not answer has none."""
        summaries = await asyncio.gather(*(self._summary(n["metadata"]["name"]) for n in nodes))
        pairs = zip(nodes, summaries, strict=True)
        metrics = (_node_metrics(node, summary.get("node")) for node, summary in pairs)
        return [metric for metric in metrics if metric is not None]

    async def _summary(self, node: str) -> dict[str, Any]:
        try:
            path = f"/api/v1/nodes/{node}/proxy/stats/summary"
            summary: dict[str, Any] = await self._api.get(path, only_cpu_and_memory="true")
        except (errors.NotFound, errors.Unavailable) as problem:
            log.warning("kubelet does not answer", node=node, cause=problem.message)
            return {}
        return summary


def _pod_metrics(pod: dict[str, Any], entry: dict[str, Any] | None) -> dict[str, Any] | None:
    """All containers or none: an autoscaler would take a missing one for idle."""
    containers = {c["name"]: _usage(c) for c in (entry or {}).get("containers", [])}
    wanted = [container["name"] for container in pod["spec"]["containers"]]
    if entry is None or any(containers.get(name) is None for name in wanted):
        return None
    meta = pod["metadata"]
    measured = next(c for c in entry["containers"] if c["name"] == wanted[0])["cpu"]["time"]
    return {
        "kind": "PodMetrics",
        "apiVersion": _API_VERSION,
        "metadata": {
            "name": meta["name"],
            "namespace": meta["namespace"],
            "labels": meta.get("labels") or {},
            "creationTimestamp": measured,
        },
        "timestamp": measured,
        "window": _WINDOW,
        "containers": [{"name": name, "usage": containers[name]} for name in wanted],
    }


def _node_metrics(node: dict[str, Any], entry: dict[str, Any] | None) -> dict[str, Any] | None:
    usage = _usage(entry or {})
    if entry is None or usage is None:
        return None
    meta, measured = node["metadata"], entry["cpu"]["time"]
    return {
        "kind": "NodeMetrics",
        "apiVersion": _API_VERSION,
        "metadata": {
            "name": meta["name"],
            "labels": meta.get("labels") or {},
            "creationTimestamp": measured,
        },
        "timestamp": measured,
        "window": _WINDOW,
        "usage": usage,
    }


def _usage(entry: dict[str, Any]) -> dict[str, str] | None:
    """Return the usage of a container or node; None until the kubelet has seen it twice."""
    cpu = (entry.get("cpu") or {}).get("usageNanoCores")
    memory = (entry.get("memory") or {}).get("workingSetBytes")
    if cpu is None or memory is None:
        return None
    return {"cpu": f"{cpu}n", "memory": f"{memory // 1024}Ki"}

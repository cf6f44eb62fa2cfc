"""What the API server does to a Service on every update, beyond defaulting.

Used by ``objects.predict``. Addresses and node ports that were allocated are carried over where the
new object leaves them out, and fields that only another type of Service has are cleared. Source:
"Service" of the Kubernetes documents, sections on type, node ports and headless services; tried
against the API server in ``tests/core/diff/test_cluster.py``.
"""

from typing import Any, Final

from plumbline.core.model import GroupVersionKind, Manifest

__all__ = ["after_update"]

_NODE_TYPES: Final = ("NodePort", "LoadBalancer")
_ADDRESSES: Final = ("clusterIP", "clusterIPs")


def after_update(predicted: Manifest, live: Manifest, gvk: GroupVersionKind) -> Manifest:
    """Return the predicted object with allocated values of a Service settled; others unchanged."""
    if gvk.group or gvk.kind != "Service":
        return predicted
    spec, before = predicted.get("spec"), live.get("spec")
    if not isinstance(spec, dict) or not isinstance(before, dict):
        return predicted
    kind = spec.get("type") or "ClusterIP"
    result = dict(spec)
    if kind != "ExternalName":
        for key in _ADDRESSES:
            if not result.get(key) and before.get(key):
                result[key] = before[key]
    if kind in _NODE_TYPES:
        result["ports"] = _with_node_ports(result.get("ports"), before.get("ports"))
    elif before.get("type") in _NODE_TYPES:
        result["ports"] = _without_node_ports(result.get("ports"), before.get("ports"))
        _forget(result, before, ("externalTrafficPolicy", "healthCheckNodePort"))
    if kind != "LoadBalancer":
        _forget(result, before, ("allocateLoadBalancerNodePorts",))
    return {**predicted, "spec": result}


def _forget(spec: dict[str, Any], before: dict[str, Any], keys: tuple[str, ...]) -> None:
    """Clear what was kept only because nobody asked for its removal."""
    for key in keys:
        if key in spec and spec[key] == before.get(key):
            del spec[key]


def _ports(ports: Any) -> list[Any]:
    return ports if isinstance(ports, list) else []


def _node_ports(ports: Any) -> dict[tuple[str, str], Any]:
    return {
        _identity(port): port["nodePort"]
        for port in _ports(ports)
        if isinstance(port, dict) and port.get("nodePort")
    }


def _identity(port: dict[str, Any]) -> tuple[str, str]:
    return repr(port.get("port")), repr(port.get("protocol") or "TCP")


def _with_node_ports(ports: Any, before: Any) -> list[Any]:
    allocated = _node_ports(before)
    return [
        {**port, "nodePort": allocated[_identity(port)]}
        if isinstance(port, dict) and not port.get("nodePort") and _identity(port) in allocated
        else port
        for port in _ports(ports)
    ]


def _without_node_ports(ports: Any, before: Any) -> list[Any]:
    allocated = _node_ports(before)
    return [
        {key: value for key, value in port.items() if key != "nodePort"}
        if isinstance(port, dict) and port.get("nodePort") == allocated.get(_identity(port))
        else port
        for port in _ports(ports)
    ]

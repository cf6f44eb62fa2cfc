"""Build tree nodes: references, info lines, networking, images."""

import dataclasses
from collections.abc import Iterable
from typing import Any

from plumbline.core.model import Health, Manifest, gvk_of, key_of, labels_of, text_at

__all__ = ["Observed", "build", "external_urls", "images_of"]


@dataclasses.dataclass(frozen=True)
class Observed:
    """A live object and what is known of it beyond its manifest."""

    manifest: Manifest
    health: Health | None = None
    parents: tuple[Manifest, ...] = ()


def _list_at(tree: Any, *path: str) -> list[Any]:
    for part in path:
        if not isinstance(tree, dict):
            return []
        tree = tree.get(part)
    return tree if isinstance(tree, list) else []


def _dict_at(tree: Any, *path: str) -> dict[str, Any]:
    for part in path:
        if not isinstance(tree, dict):
            return {}
        tree = tree.get(part)
    return tree if isinstance(tree, dict) else {}


def images_of(manifest: Manifest) -> list[str]:
    """Return the container images of a Pod or of a pod template, init containers included."""
    spec = _dict_at(manifest, "spec")
    for path in (("jobTemplate", "spec", "template", "spec"), ("template", "spec")):
        inner = _dict_at(spec, *path)
        if inner:
            spec = inner
            break
    containers = _list_at(spec, "initContainers") + _list_at(spec, "containers")
    return [text_at(c, "image") for c in containers if text_at(c, "image")]


def external_urls(manifest: Manifest) -> list[str]:
    """Return the URLs under which an Ingress with an address can be reached, sorted."""
    if gvk_of(manifest).group_kind != ("networking.k8s.io", "Ingress"):
        return []
    spec = _dict_at(manifest, "spec")
    secure = {
        host
        for tls in _list_at(spec, "tls")
        for host in (_list_at(tls, "hosts") or [""])
        if isinstance(host, str)
    }
    addresses = [
        text_at(i, "hostname") or text_at(i, "ip")
        for i in _list_at(manifest, "status", "loadBalancer", "ingress")
    ]
    urls: set[str] = set()
    for rule in _list_at(spec, "rules"):
        host = text_at(rule, "host")
        scheme = "https" if host in secure or "" in secure else "http"
        for path in _list_at(rule, "http", "paths") or [{}]:
            suffix = text_at(path, "path").rstrip("*")
            suffix = "" if suffix == "/" else suffix
            urls.update(f"{scheme}://{h}{suffix}" for h in ([host] if host else addresses) if h)
    return sorted(urls)


def _reference(manifest: Manifest) -> dict[str, str]:
    key, gvk = key_of(manifest), gvk_of(manifest)
    full = {
        "group": key.group,
        "version": gvk.version,
        "kind": key.kind,
        "namespace": key.namespace,
        "name": key.name,
        "uid": text_at(manifest, "metadata", "uid"),
    }
    return {k: v for k, v in full.items() if v}


def _pod_info(manifest: Manifest) -> list[dict[str, str]]:
    """Status reason, readiness and restarts, the lines users know of a Pod."""
    statuses = _list_at(manifest, "status", "containerStatuses")
    total = len(_list_at(manifest, "spec", "containers"))
    ready = sum(1 for s in statuses if isinstance(s, dict) and s.get("ready") is True)
    restarts = sum(
        s["restartCount"]
        for s in statuses
        if isinstance(s, dict) and isinstance(s.get("restartCount"), int)
    )
    reason = text_at(manifest, "status", "reason") or text_at(manifest, "status", "phase")
    for entry in statuses:
        waiting = text_at(entry, "state", "waiting", "reason")
        ended = text_at(entry, "state", "terminated", "reason")
        reason = waiting or ended or reason
    if text_at(manifest, "metadata", "deletionTimestamp"):
        reason = "Terminating"
    info = [{"name": "Status Reason", "value": reason}] if reason else []
    node = text_at(manifest, "spec", "nodeName")
    if node:
        info.append({"name": "Node", "value": node})
    info.append({"name": "Containers", "value": f"{ready}/{total}"})
    if restarts:
        info.append({"name": "Restart Count", "value": str(restarts)})
    return info


def _info(manifest: Manifest) -> list[dict[str, str]]:
    kind = gvk_of(manifest).group_kind
    if kind == ("", "Pod"):
        return _pod_info(manifest)
    if kind == ("apps", "ReplicaSet"):
        annotations = _dict_at(manifest, "metadata", "annotations")
        revision = annotations.get("deployment.kubernetes.io/revision")
        return [{"name": "Revision", "value": f"Rev:{revision}"}] if revision else []
    return []


def _networking(manifest: Manifest) -> dict[str, Any] | None:
    kind = gvk_of(manifest).group_kind
    if kind == ("", "Pod"):
        labels = labels_of(manifest)
        return {"labels": labels} if labels else None
    if kind == ("", "Service"):
        found: dict[str, Any] = {}
        selector = _dict_at(manifest, "spec", "selector")
        if selector:
            found["targetLabels"] = selector
        ingress = _list_at(manifest, "status", "loadBalancer", "ingress")
        if ingress:
            found["ingress"] = ingress
        return found or None
    if kind == ("networking.k8s.io", "Ingress"):
        return _ingress(manifest)
    return None


def _ingress(manifest: Manifest) -> dict[str, Any] | None:
    namespace = text_at(manifest, "metadata", "namespace")
    names = {
        text_at(path, "backend", "service", "name")
        for rule in _list_at(manifest, "spec", "rules")
        for path in _list_at(rule, "http", "paths")
    }
    names.add(text_at(manifest, "spec", "defaultBackend", "service", "name"))
    found = {
        "targetRefs": [
            {"kind": "Service", "namespace": namespace, "name": n} for n in sorted(names) if n
        ],
        "ingress": _list_at(manifest, "status", "loadBalancer", "ingress"),
        "externalURLs": external_urls(manifest),
    }
    return {k: v for k, v in found.items() if v} or None


def _node(observed: Observed) -> dict[str, Any]:
    manifest = observed.manifest
    node: dict[str, Any] = _reference(manifest)
    version = text_at(manifest, "metadata", "resourceVersion")
    created = text_at(manifest, "metadata", "creationTimestamp")
    optional = {
        "parentRefs": [_reference(p) for p in observed.parents],
        "info": _info(manifest),
        "networkingInfo": _networking(manifest),
        "resourceVersion": version,
        "images": images_of(manifest) if gvk_of(manifest).group_kind == ("", "Pod") else [],
        "createdAt": created,
    }
    node.update({k: v for k, v in optional.items() if v})
    if observed.health is not None:
        health = {"status": observed.health.status, "message": observed.health.message}
        node["health"] = {k: v for k, v in health.items() if v}
    return node


def build(nodes: Iterable[Observed], orphans: Iterable[Observed] = ()) -> dict[str, Any]:
    """Return the JSON of an ApplicationTree; nodes are sorted, so equal trees are equal bytes."""

    def ordered(observed: Iterable[Observed]) -> list[dict[str, Any]]:
        built = [_node(o) for o in observed]
        keys = ("group", "kind", "namespace", "name")
        return sorted(built, key=lambda n: tuple(n.get(k, "") for k in keys))

    tree: dict[str, Any] = {"nodes": ordered(nodes)}
    listed = ordered(orphans)
    if listed:
        tree["orphanedNodes"] = listed
    return tree

"""Rules of Service, Ingress, PersistentVolumeClaim, HPA, APIService and Workflow (section 5)."""

from typing import Any, Final

import msgspec

from plumbline.core.health._read import condition, items_at, tree_at
from plumbline.core.model import Health, Manifest, annotations_of, text_at

__all__ = ["api_service", "autoscaler", "claim", "ingress", "service", "workflow"]

_HPA_CONDITIONS: Final = "autoscaling.alpha.kubernetes.io/conditions"
_FAILED_SCALING: Final = frozenset(
    {
        ("AbleToScale", "FailedGetScale"),
        ("AbleToScale", "FailedUpdateScale"),
        ("ScalingActive", "FailedGetResourceMetric"),
        ("ScalingActive", "FailedGetObjectMetric"),
        ("ScalingActive", "FailedGetPodsMetric"),
        ("ScalingActive", "FailedGetExternalMetric"),
        ("ScalingActive", "FailedComputeMetricsReplicas"),
        ("ScalingActive", "InvalidSelector"),
    }
)
_CLAIMS: Final = {"Lost": "Degraded", "Pending": "Progressing", "Bound": "Healthy"}
_WORKFLOWS: Final = {
    "": "Progressing",
    "Pending": "Progressing",
    "Running": "Progressing",
    "Succeeded": "Healthy",
    "Failed": "Degraded",
    "Error": "Degraded",
}


def service(manifest: Manifest) -> Health:
    """Judge a Service: a load balancer waits for its address."""
    if text_at(manifest, "spec", "type") == "LoadBalancer" and not items_at(
        manifest, "status", "loadBalancer", "ingress"
    ):
        return Health(status="Progressing")
    return Health(status="Healthy")


def ingress(manifest: Manifest) -> Health:
    """Judge an Ingress: it waits for an address."""
    if items_at(manifest, "status", "loadBalancer", "ingress"):
        return Health(status="Healthy")
    return Health(status="Progressing")


def claim(manifest: Manifest) -> Health:
    """Judge a PersistentVolumeClaim by its phase."""
    return Health(status=_CLAIMS.get(text_at(manifest, "status", "phase"), "Unknown"))


def _scaling_conditions(manifest: Manifest) -> list[dict[str, Any]]:
    listed = items_at(manifest, "status", "conditions")
    text = annotations_of(manifest).get(_HPA_CONDITIONS)
    if listed or not text:
        return listed
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return []
    return [c for c in found if isinstance(c, dict)] if isinstance(found, list) else []


def autoscaler(manifest: Manifest) -> Health:
    """Judge a HorizontalPodAutoscaler of any version by its conditions."""
    conditions = _scaling_conditions(manifest)
    for entry in conditions:
        kind, reason = text_at(entry, "type"), text_at(entry, "reason")
        if (kind, reason) in _FAILED_SCALING:
            return Health(status="Degraded", message=text_at(entry, "message"))
    for entry in conditions:
        able = entry.get("type") in ("AbleToScale", "ScalingLimited")
        if able and entry.get("status") == "True":
            return Health(status="Healthy", message=text_at(entry, "message"))
    return Health(status="Progressing", message="Waiting to Autoscale")


def api_service(manifest: Manifest) -> Health:
    """Judge an APIService by its Available condition."""
    found = condition(manifest, "Available")
    message = f"{text_at(found, 'reason')}: {text_at(found, 'message')}"
    if found.get("status") == "True":
        return Health(status="Healthy", message=message)
    if found.get("status") == "False":
        return Health(status="Progressing", message=message)
    return Health(status="Progressing", message="Waiting to be processed")


def workflow(manifest: Manifest) -> Health:
    """Judge an Argo Workflow by its phase."""
    status = tree_at(manifest, "status")
    phase = text_at(status, "phase")
    return Health(status=_WORKFLOWS.get(phase, "Unknown"), message=text_at(status, "message"))

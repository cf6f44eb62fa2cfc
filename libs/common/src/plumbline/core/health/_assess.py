"""Choose the rule for an object."""

from collections.abc import Callable, Mapping
from typing import Final

from plumbline.core.health import _others, _workloads
from plumbline.core.model import (
    GroupKind,
    GroupVersionKind,
    Health,
    Manifest,
    gvk_of,
    metadata_of,
)

__all__ = ["assess"]

_HOOK_FINALIZER: Final = "argocd.argoproj.io/hook-finalizer"
_RULES: Final[Mapping[GroupKind, Callable[[Manifest], Health]]] = {
    GroupKind("apps", "Deployment"): _workloads.deployment,
    GroupKind("apps", "StatefulSet"): _workloads.stateful_set,
    GroupKind("apps", "DaemonSet"): _workloads.daemon_set,
    GroupKind("apps", "ReplicaSet"): _workloads.replica_set,
    GroupKind("batch", "Job"): _workloads.job,
    GroupKind("", "Pod"): _workloads.pod,
    GroupKind("", "Service"): _others.service,
    GroupKind("networking.k8s.io", "Ingress"): _others.ingress,
    GroupKind("extensions", "Ingress"): _others.ingress,
    GroupKind("", "PersistentVolumeClaim"): _others.claim,
    GroupKind("autoscaling", "HorizontalPodAutoscaler"): _others.autoscaler,
    GroupKind("apiregistration.k8s.io", "APIService"): _others.api_service,
    GroupKind("argoproj.io", "Workflow"): _others.workflow,
}
_ONLY_V1: Final = frozenset(
    {
        GroupKind("apps", "Deployment"),
        GroupKind("apps", "StatefulSet"),
        GroupKind("apps", "DaemonSet"),
        GroupKind("apps", "ReplicaSet"),
        GroupKind("batch", "Job"),
    }
)


def assess(manifest: Manifest) -> Health | None:
    """Return the health of a live object, or ``None`` for a kind without a rule.

    An object that is being deleted is Progressing, unless a hook's finalizer holds it.
    """
    metadata = metadata_of(manifest)
    finalizers = metadata.get("finalizers")
    held = isinstance(finalizers, list) and _HOOK_FINALIZER in finalizers
    if metadata.get("deletionTimestamp") and not held:
        return Health(status="Progressing", message="Pending deletion")
    gvk = gvk_of(manifest)
    rule = _RULES.get(gvk.group_kind)
    if rule is None:
        return None
    if gvk.group_kind in _ONLY_V1 and gvk.version != "v1":
        return _unsupported(gvk)
    return rule(manifest)


def _unsupported(gvk: GroupVersionKind) -> Health:
    return Health(status="Unknown", message=f"unsupported {gvk.kind} GVK: {gvk.api_version}")

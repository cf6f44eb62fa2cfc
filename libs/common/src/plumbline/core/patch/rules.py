"""Defaults that depend on a neighbouring field, which no table of constants can hold.

Used by ``equality``. Each rule takes the object that lacks the field and returns what the API
server fills in, or ``None`` for nothing. Sources are the field descriptions of the Kubernetes API
reference, named beside each rule.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

__all__ = ["RULES", "Rule"]

_CORE: Final = "io.k8s.api.core.v1."


def _image_pull_policy(container: Mapping[str, Any]) -> Any:
    """Container.imagePullPolicy: Always if the tag is latest or absent, else IfNotPresent."""
    image = container.get("image")
    if not isinstance(image, str) or not image:
        return None
    last = image.rpartition("/")[2]
    if "@" in last:
        return "IfNotPresent"
    _, colon, tag = last.partition(":")
    return "Always" if not colon or tag == "latest" else "IfNotPresent"


def _target_port(port: Mapping[str, Any]) -> Any:
    """ServicePort.targetPort: the value of port."""
    return port.get("port")


def _requests(resources: Mapping[str, Any]) -> Any:
    """ResourceRequirements.requests: the limits, where they are given."""
    return resources.get("limits")


def _subject_group(subject: Mapping[str, Any]) -> Any:
    """Subject.apiGroup: rbac.authorization.k8s.io for users and groups, "" for accounts."""
    return "rbac.authorization.k8s.io" if subject.get("kind") in ("User", "Group") else None


def _policy_types(spec: Mapping[str, Any]) -> Any:
    """NetworkPolicySpec.policyTypes: Ingress always, Egress where egress rules exist."""
    return ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]


def _claim_status(_: Mapping[str, Any]) -> Any:
    """PersistentVolumeClaim inside a StatefulSet: its status is written like a new claim's."""
    return {"phase": "Pending"}


def _rolling_deployment(strategy: Mapping[str, Any]) -> Any:
    """DeploymentStrategy.rollingUpdate: a quarter each way, unless the type is another."""
    if strategy.get("type") not in (None, "", "RollingUpdate"):
        return None
    return {"maxSurge": "25%", "maxUnavailable": "25%"}


def _rolling_daemons(strategy: Mapping[str, Any]) -> Any:
    """DaemonSetUpdateStrategy.rollingUpdate: one at a time, unless the type is another."""
    if strategy.get("type") not in (None, "", "RollingUpdate"):
        return None
    return {"maxSurge": 0, "maxUnavailable": 1}


def _rolling_set(strategy: Mapping[str, Any]) -> Any:
    """StatefulSetUpdateStrategy.rollingUpdate: no partition, unless the type is another."""
    if strategy.get("type") not in (None, "", "RollingUpdate"):
        return None
    return {"partition": 0}


def _empty_dir(volume: Mapping[str, Any]) -> Any:
    """Volume.emptyDir: the source of a volume that names none."""
    return {} if all(key == "name" or value is None for key, value in volume.items()) else None


def _template_labels(spec: Mapping[str, Any]) -> Any:
    """ReplicationControllerSpec.selector: the labels of the template."""
    template = spec.get("template")
    metadata = template.get("metadata") if isinstance(template, dict) else None
    return metadata.get("labels") if isinstance(metadata, dict) else None


def _empty(_: Mapping[str, Any]) -> Any:
    """Metadata of templates is a struct: written even where it is empty."""
    return {}


def _singular(names: Mapping[str, Any]) -> Any:
    """CustomResourceDefinitionNames.singular: the kind in lower case."""
    kind = names.get("kind")
    return kind.lower() if isinstance(kind, str) and kind else None


def _list_kind(names: Mapping[str, Any]) -> Any:
    """CustomResourceDefinitionNames.listKind: the kind with List appended."""
    kind = names.get("kind")
    return f"{kind}List" if isinstance(kind, str) and kind else None


Rule = Callable[[Mapping[str, Any]], Any]
_CRD_NAMES: Final = (
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionNames"
)

RULES: Final[dict[str, dict[str, Rule]]] = {
    f"{_CORE}Volume": {"emptyDir": _empty_dir},
    f"{_CORE}ReplicationControllerSpec": {"selector": _template_labels},
    f"{_CORE}PodTemplateSpec": {"metadata": _empty},
    f"{_CORE}PersistentVolumeClaim": {"status": _claim_status},
    "io.k8s.api.apps.v1.DeploymentStrategy": {"rollingUpdate": _rolling_deployment},
    "io.k8s.api.apps.v1.DaemonSetUpdateStrategy": {"rollingUpdate": _rolling_daemons},
    "io.k8s.api.apps.v1.StatefulSetUpdateStrategy": {"rollingUpdate": _rolling_set},
    f"{_CORE}Container": {"imagePullPolicy": _image_pull_policy},
    f"{_CORE}EphemeralContainer": {"imagePullPolicy": _image_pull_policy},
    f"{_CORE}ServicePort": {"targetPort": _target_port},
    f"{_CORE}ResourceRequirements": {"requests": _requests},
    "io.k8s.api.rbac.v1.Subject": {"apiGroup": _subject_group},
    "io.k8s.api.networking.v1.NetworkPolicySpec": {"policyTypes": _policy_types},
    _CRD_NAMES: {"singular": _singular, "listKind": _list_kind},
}
"""Type → field → rule."""

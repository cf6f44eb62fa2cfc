"""Rules of Deployment, StatefulSet, DaemonSet, ReplicaSet, Job and Pod (behaviour.md section 5)."""

from typing import Any, Final

from plumbline.core.health._read import condition, items_at, number_at, tree_at
from plumbline.core.model import Health, Manifest, annotations_of, text_at

__all__ = ["daemon_set", "deployment", "job", "pod", "replica_set", "stateful_set"]

_HOOKS: Final = ("argocd.argoproj.io/hook", "helm.sh/hook")
_IGNORE_RESTARTS: Final = "argocd.argoproj.io/ignore-restart-policy"


def _healthy(message: str = "") -> Health:
    return Health(status="Healthy", message=message)


def _progressing(message: str = "") -> Health:
    return Health(status="Progressing", message=message)


def _degraded(message: str = "") -> Health:
    return Health(status="Degraded", message=message)


def _observed(manifest: Manifest) -> bool:
    seen = number_at(manifest, "status", "observedGeneration")
    return number_at(manifest, "metadata", "generation") <= seen


def deployment(manifest: Manifest) -> Health:
    """Judge a Deployment of apps/v1."""
    if tree_at(manifest, "spec").get("paused") is True:
        return Health(status="Suspended", message="Deployment is paused")
    name = text_at(manifest, "metadata", "name")
    if not _observed(manifest):
        return _progressing(
            "Waiting for rollout to finish: observed deployment generation less than desired"
            " generation"
        )
    if condition(manifest, "Progressing").get("reason") == "ProgressDeadlineExceeded":
        return _degraded(f'Deployment "{name}" exceeded its progress deadline')
    wanted = number_at(manifest, "spec", "replicas", default=1)
    replicas = number_at(manifest, "status", "replicas")
    updated = number_at(manifest, "status", "updatedReplicas")
    available = number_at(manifest, "status", "availableReplicas")
    waiting = "Waiting for rollout to finish: "
    if updated < wanted:
        return _progressing(f"{waiting}{updated} out of {wanted} new replicas have been updated...")
    if replicas > updated:
        return _progressing(
            f"{waiting}{replicas - updated} old replicas are pending termination..."
        )
    if available < updated:
        return _progressing(f"{waiting}{available} of {updated} updated replicas are available...")
    return _healthy()


def stateful_set(manifest: Manifest) -> Health:
    """Judge a StatefulSet of apps/v1."""
    seen = number_at(manifest, "status", "observedGeneration")
    if seen == 0 or not _observed(manifest):
        return _progressing("Waiting for statefulset spec update to be observed...")
    wanted = number_at(manifest, "spec", "replicas", default=1)
    ready = number_at(manifest, "status", "readyReplicas")
    if ready < wanted:
        return _progressing(f"Waiting for {wanted - ready} pods to be ready...")
    strategy = tree_at(manifest, "spec", "updateStrategy")
    updated = number_at(manifest, "status", "updatedReplicas")
    kind = strategy.get("type")
    if kind == "OnDelete":
        return _healthy(f"statefulset has {ready} ready pods")
    rolling = tree_at(strategy, "rollingUpdate")
    partition = number_at(rolling, "partition")
    if kind == "RollingUpdate" and "partition" in rolling and partition > 0:
        if updated < wanted - partition:
            return _progressing(
                "Waiting for partitioned roll out to finish:"
                f" {updated} out of {wanted - partition} new pods have been updated..."
            )
        return _healthy(f"partitioned roll out complete: {updated} new pods have been updated...")
    current = text_at(manifest, "status", "currentRevision")
    target = text_at(manifest, "status", "updateRevision")
    if target != current:
        return _progressing(
            f"waiting for statefulset rolling update to complete {updated} pods at revision"
            f" {target}..."
        )
    done = number_at(manifest, "status", "currentReplicas")
    return _healthy(f"statefulset rolling update complete {done} pods at revision {current}...")


def daemon_set(manifest: Manifest) -> Health:
    """Judge a DaemonSet of apps/v1."""
    if not _observed(manifest):
        return _progressing(
            "Waiting for rollout to finish: observed daemon set generation less than desired"
            " generation"
        )
    name = text_at(manifest, "metadata", "name")
    updated = number_at(manifest, "status", "updatedNumberScheduled")
    wanted = number_at(manifest, "status", "desiredNumberScheduled")
    available = number_at(manifest, "status", "numberAvailable")
    if text_at(manifest, "spec", "updateStrategy", "type") == "OnDelete":
        return _healthy(f"daemon set {updated} out of {wanted} new pods have been updated")
    waiting = f'Waiting for daemon set "{name}" rollout to finish: '
    if updated < wanted:
        return _progressing(f"{waiting}{updated} out of {wanted} new pods have been updated...")
    if available < wanted:
        return _progressing(f"{waiting}{available} of {wanted} updated pods are available...")
    return _healthy()


def replica_set(manifest: Manifest) -> Health:
    """Judge a ReplicaSet of apps/v1."""
    if not _observed(manifest):
        return _progressing(
            "Waiting for rollout to finish: observed replica set generation less than desired"
            " generation"
        )
    failure = condition(manifest, "ReplicaFailure")
    if failure.get("status") == "True":
        return _degraded(text_at(failure, "message"))
    wanted = number_at(manifest, "spec", "replicas", default=1)
    available = number_at(manifest, "status", "availableReplicas")
    if available < wanted:
        return _progressing(
            f"Waiting for rollout to finish: {available} out of {wanted} new replicas are"
            " available..."
        )
    return _healthy()


def job(manifest: Manifest) -> Health:
    """Judge a Job of batch/v1."""
    failed = False
    message = ""
    complete = suspended = False
    for entry in items_at(manifest, "status", "conditions"):
        kind, status = entry.get("type"), entry.get("status")
        if kind == "Failed" and status != "False":
            failed, complete, message = True, True, text_at(entry, "message")
        elif kind == "Complete" and status != "False":
            complete, message = True, text_at(entry, "message")
        elif kind == "Suspended":
            complete = True
            suspended = status == "True"
            message = text_at(entry, "message")
    if not complete:
        return _progressing(message)
    if failed:
        return _degraded(message)
    if suspended:
        return Health(status="Suspended", message=message)
    return _healthy(message)


def _container_failure(container: dict[str, Any]) -> str:
    ended = tree_at(container, "state", "terminated")
    if not ended:
        return ""
    if text_at(ended, "message"):
        return text_at(ended, "message")
    if ended.get("reason") == "OOMKilled":
        return "OOMKilled"
    code = number_at(ended, "exitCode")
    name = text_at(container, "name")
    return f'container "{name}" failed with exit code {code}' if code else ""


def _failed_pod(manifest: Manifest) -> Health:
    own = text_at(manifest, "status", "message")
    if own:
        return _degraded(own)
    for field in ("initContainerStatuses", "containerStatuses"):
        for container in items_at(manifest, "status", field):
            message = _container_failure(container)
            if message:
                return _degraded(message)
    return _degraded()


def _restarts_matter(manifest: Manifest) -> bool:
    annotations = annotations_of(manifest)
    if any(hook in annotations for hook in _HOOKS):
        return text_at(manifest, "spec", "restartPolicy") == "Always"
    return (
        text_at(manifest, "spec", "restartPolicy") == "Always"
        or annotations.get(_IGNORE_RESTARTS) == "true"
    )


def _waiting_errors(manifest: Manifest) -> Health | None:
    """Degraded if a container waits for a reason that says error."""
    messages, found = [], False
    containers = items_at(manifest, "status", "initContainerStatuses")
    containers += items_at(manifest, "status", "containerStatuses")
    for container in containers:
        waiting = tree_at(container, "state", "waiting")
        reason = text_at(waiting, "reason")
        if reason.startswith("Err") or reason.endswith(("Error", "BackOff")):
            found = True
            messages.append(text_at(waiting, "message"))
    return _degraded(", ".join(messages)) if found else None


def pod(manifest: Manifest) -> Health:
    """Judge a Pod."""
    waiting = _waiting_errors(manifest) if _restarts_matter(manifest) else None
    if waiting is not None:
        return waiting
    phase = text_at(manifest, "status", "phase")
    own = text_at(manifest, "status", "message")
    if phase == "Pending":
        return _progressing(own)
    if phase == "Succeeded":
        return _healthy(own)
    if phase == "Failed":
        return _failed_pod(manifest)
    if phase == "Running":
        return _running_pod(manifest, own)
    return Health(status="Unknown", message=own)


def _running_pod(manifest: Manifest, own: str) -> Health:
    if text_at(manifest, "spec", "restartPolicy") != "Always":
        return _progressing(own)
    if condition(manifest, "Ready").get("status") == "True":
        return _healthy(own)
    for container in items_at(manifest, "status", "containerStatuses"):
        if tree_at(container, "lastState", "terminated"):
            return _degraded(own)
    return _progressing(own)

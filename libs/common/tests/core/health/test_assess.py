"""Health of single objects: the contract's cases, and objects nobody thought of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.core import health
from plumbline.core.health import _assess

RULES = list(_assess._RULES)


def workload(kind, spec=None, status=None, group="apps", **metadata):
    return {
        "apiVersion": f"{group}/v1" if group else "v1",
        "kind": kind,
        "metadata": {"name": "x", "generation": 2, **metadata},
        "spec": spec or {},
        "status": {"observedGeneration": 2} | (status or {}),
    }


ROLLED_OUT = {"replicas": 2, "updatedReplicas": 2, "availableReplicas": 2, "readyReplicas": 2}
DEADLINE = [{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}]


@pytest.mark.parametrize(
    ("manifest", "want"),
    [
        (workload("Deployment", {"replicas": 2}, ROLLED_OUT), ("Healthy", "")),
        (workload("Deployment", {"replicas": 0}), ("Healthy", "")),
        (workload("Deployment", {"paused": True}), ("Suspended", "Deployment is paused")),
        (
            workload("Deployment", {"replicas": 2}, ROLLED_OUT | {"conditions": DEADLINE}),
            ("Degraded", 'Deployment "x" exceeded its progress deadline'),
        ),
        (
            workload("Deployment", {"replicas": 3}, ROLLED_OUT),
            (
                "Progressing",
                "Waiting for rollout to finish: 2 out of 3 new replicas have been updated...",
            ),
        ),
        (
            workload("Deployment", {"replicas": 2}, ROLLED_OUT | {"replicas": 3}),
            (
                "Progressing",
                "Waiting for rollout to finish: 1 old replicas are pending termination...",
            ),
        ),
        (
            workload("Deployment", {"replicas": 2}, ROLLED_OUT | {"availableReplicas": 1}),
            (
                "Progressing",
                "Waiting for rollout to finish: 1 of 2 updated replicas are available...",
            ),
        ),
        (
            workload("StatefulSet", {"replicas": 2}, {"readyReplicas": 1}),
            ("Progressing", "Waiting for 1 pods to be ready..."),
        ),
        (
            workload("ReplicaSet", {"replicas": 1}, {
                "conditions": [{"type": "ReplicaFailure", "status": "True", "message": "quota"}]
            }),
            ("Degraded", "quota"),
        ),
        (workload("Service", {"type": "LoadBalancer"}, group=""), ("Progressing", "")),
        (workload("Service", {}, group=""), ("Healthy", "")),
        (
            workload("Job", {}, {"conditions": [{"type": "Complete", "status": "True"}]},
                     group="batch"),
            ("Healthy", ""),
        ),
        (workload("Job", {}, group="batch"), ("Progressing", "")),
        (
            workload("Pod", {"restartPolicy": "Always"}, {
                "phase": "Pending",
                "containerStatuses": [
                    {"state": {"waiting": {"reason": "ImagePullBackOff", "message": "no image"}}}
                ],
            }, group=""),
            ("Degraded", "no image"),
        ),
        (
            workload("PersistentVolumeClaim", {}, {"phase": "Bound"}, group=""),
            ("Healthy", ""),
        ),
        (
            workload("Deployment", {"replicas": 2}, ROLLED_OUT, deletionTimestamp="now"),
            ("Progressing", "Pending deletion"),
        ),
    ],
)  # fmt: skip
def test_rules(manifest, want):
    """behaviour.md section 5, row by row."""
    got = health.assess(manifest)
    assert want == (got.status, got.message)


def test_a_kind_without_a_rule_has_no_health():
    """ConfigMaps are neither well nor ill."""
    assert health.assess(workload("ConfigMap", group="")) is None


def test_other_versions_of_workloads_are_unknown():
    """Only apps/v1 and batch/v1 are understood."""
    manifest = workload("Deployment") | {"apiVersion": "apps/v1beta1"}
    assert "Unknown" == health.assess(manifest).status


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["status", "conditions", "type", "reason", "replicas", "state", "waiting", "phase",
             "containerStatuses", "loadBalancer", "ingress", "updateStrategy", "rollingUpdate"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(st.sampled_from(RULES), JSON, JSON, JSON)
def test_odd_objects_never_raise(kind, metadata, spec, status):
    """Wrong types read as missing."""
    api_version = f"{kind.group}/v1" if kind.group else "v1"
    manifest = {"apiVersion": api_version, "kind": kind.kind}
    manifest |= {"metadata": metadata, "spec": spec, "status": status}
    assert health.assess(manifest) is not None

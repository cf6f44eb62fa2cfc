"""The custom resource definitions on a real API server."""

import json
import subprocess
from pathlib import Path

import pytest

CRDS = Path(__file__).resolve().parents[4] / "deploy/helm/plumbline/crds"
APPLICATION = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Application",
    "metadata": {"name": "probe"},
    "spec": {
        "project": "default",
        "source": {"repoURL": "https://h/r", "path": "x"},
        "destination": {"server": "https://kubernetes.default.svc", "namespace": "n"},
    },
}


def apply(kubectl, namespace, manifest):
    """Try a manifest on the server; return the output, or the error text."""
    try:
        return kubectl(
            "apply", "--dry-run=server", "--namespace", namespace, "-f", "-",
            stdin=json.dumps(manifest),
        )  # fmt: skip
    except (subprocess.CalledProcessError, AssertionError, RuntimeError) as error:
        return f"{error} {getattr(error, 'stderr', '')}"


def established(definition):
    """Whether the API server serves a definition."""
    conditions = (definition.get("status") or {}).get("conditions") or []
    return any(c["type"] == "Established" and c["status"] == "True" for c in conditions)


@pytest.mark.cluster
def test_definitions_validate_manifests(cluster, kubectl, namespace):
    """No matches for the kind before; validation, short names and columns after."""
    if "applications.argoproj.io" not in kubectl("get", "crd", "-o", "name"):
        assert "no matches for kind" in apply(kubectl, namespace, APPLICATION)
    kubectl("apply", "--server-side", "--force-conflicts", "-f", str(CRDS))
    for name in ("applications", "applicationsets", "appprojects"):
        path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}.argoproj.io"
        cluster.api.wait(path, established, seconds=60)
    assert "created" in apply(kubectl, namespace, APPLICATION)
    wrong = json.loads(json.dumps(APPLICATION))
    wrong["spec"]["source"]["path"] = 3
    assert "spec.source.path" in apply(kubectl, namespace, wrong)
    del wrong["spec"]["project"]
    assert "spec.project" in apply(kubectl, namespace, wrong)
    header = kubectl("get", "app", "--namespace", namespace, "-o", "wide", "--ignore-not-found")
    assert "" == header.strip()

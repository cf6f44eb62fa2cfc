"""The repositories and Applications that the benchmarks apply.

Two shapes: one ConfigMap of 2 KB per application (B1), and the four-object application (Deployment
with no replicas, Service, ServiceAccount, Ingress) that published figures were measured with,
plain or built by kustomize.
"""

import json
from pathlib import Path
from typing import Any

SHAPES = ("configmap", "plain", "kustomize")


def _dump(path: Path, *objects: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("---\n".join(json.dumps(o, indent=1) + "\n" for o in objects))


def objects(name: str, shape: str, revision: int) -> list[dict[str, Any]]:
    """Return the objects of one application."""
    if shape == "configmap":
        data = {"revision": str(revision), "filler": name * (2000 // len(name))}
        return [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}]
    labels = {"app": name}
    pod = {
        "metadata": {"labels": labels, "annotations": {"revision": str(revision)}},
        "spec": {
            "serviceAccountName": name,
            "containers": [{"name": "main", "image": "registry.example/app:1"}],
        },
    }
    backend = {"service": {"name": name, "port": {"number": 80}}}
    rule = {
        "host": f"{name}.example",
        "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]},
    }
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}},
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name},
            "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": 8080}]},
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name},
            "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": pod},
        },
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": {"name": name},
            "spec": {"rules": [rule]},
        },
    ]


def name_of(number: int) -> str:
    """Return the name of the n-th application and of its folder."""
    return f"app-{number:05d}"


def write_app(root: Path, number: int, shape: str, *, revision: int = 0) -> None:
    """Write the files of one application into a working tree."""
    name = name_of(number)
    folder = root / "apps" / name
    _dump(folder / "objects.yaml", *objects(name, shape, revision))
    if shape == "kustomize":
        (folder / "kustomization.yaml").write_text("resources:\n- objects.yaml\n")


def application(number: int, *, repo_url: str, namespace: str, destination: str) -> dict[str, Any]:
    """Return the Application of one folder, automated with prune and self-heal."""
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name_of(number), "namespace": namespace},
        "spec": {
            "project": "default",
            "source": {
                "repoURL": repo_url,
                "path": f"apps/{name_of(number)}",
                "targetRevision": "main",
            },
            "destination": {
                "server": "https://kubernetes.default.svc",
                "namespace": destination,
            },
            "syncPolicy": {"automated": {"prune": True, "selfHeal": True}},
        },
    }

"""The Node objects that KWOK plays kubelet for.

Called by ``cluster`` and ``node.played``. Pure.
"""

from typing import Any

from plumbline.testcluster import binaries

__all__ = ["manifest"]

# Large enough that no test runs out; small enough to be read.
_RESOURCES = {"cpu": "512", "memory": "2Ti", "pods": "100000", "ephemeral-storage": "10Ti"}


def manifest(index: int) -> dict[str, Any]:
    """Return a fake node; KWOK's node-initialize stage turns it Ready."""
    name = f"node-{index}"
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {"kwok.x-k8s.io/node": "fake", "node.alpha.kubernetes.io/ttl": "0"},
            "labels": {
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "topology.kubernetes.io/zone": f"zone-{index % 3}",
            },
        },
        "status": {
            "allocatable": _RESOURCES,
            "capacity": _RESOURCES,
            "nodeInfo": {
                "architecture": "amd64",
                "bootID": "",
                "containerRuntimeVersion": "kwok",
                "kernelVersion": "kwok",
                "kubeProxyVersion": "",
                "kubeletVersion": f"v{binaries.KUBERNETES_VERSION}",
                "machineID": "",
                "operatingSystem": "linux",
                "osImage": "kwok",
                "systemUUID": "",
            },
        },
    }

"""Make a PersistentVolume for every claim, as an external provisioner does.

Called by the add-ons' ``__main__``. Binding is left to the real controller: it names us on a claim
(annotation volume.kubernetes.io/storage-provisioner), we create the volume, it binds the two. A
released volume is deleted, as its reclaim policy asks.
"""

import asyncio
from typing import Any

from plumbline.testcluster.addons import client

__all__ = ["run"]

PROVISIONER = "plumbline.dev/testcluster"
_CLASS = "standard"
_CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
_CLAIMS = "/api/v1/persistentvolumeclaims"
_VOLUMES = "/api/v1/persistentvolumes"
_BY = "pv.kubernetes.io/provisioned-by"
_ASKED = "volume.kubernetes.io/storage-provisioner"


async def run(api: client.Client) -> None:
    """Register the default StorageClass, then serve claims and released volumes, for ever."""
    await api.establish(f"{_CLASSES}/{_CLASS}", _storage_class())

    async def claim(item: dict[str, Any]) -> None:
        if _waits_for_us(item):
            await api.create(_VOLUMES, _volume(item))

    async def volume(item: dict[str, Any]) -> None:
        if _is_left_over(item):
            await api.delete(f"{_VOLUMES}/{item['metadata']['name']}")

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(api.follow(_CLAIMS, claim))
        tasks.create_task(api.follow(_VOLUMES, volume))


def _storage_class() -> dict[str, Any]:
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": _CLASS,
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": PROVISIONER,
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "Immediate",
        "allowVolumeExpansion": True,
    }


def _waits_for_us(item: dict[str, Any]) -> bool:
    meta = item["metadata"]
    asked = (meta.get("annotations") or {}).get(_ASKED) == PROVISIONER
    pending = (item.get("status") or {}).get("phase") == "Pending"
    return asked and pending and "deletionTimestamp" not in meta and not _bound(item)


def _bound(item: dict[str, Any]) -> bool:
    return bool(item["spec"].get("volumeName"))


def _volume(item: dict[str, Any]) -> dict[str, Any]:
    meta, spec = item["metadata"], item["spec"]
    name = f"pvc-{meta['uid']}"
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, "annotations": {_BY: PROVISIONER}},
        "spec": {
            "accessModes": spec["accessModes"],
            "capacity": {"storage": spec["resources"]["requests"]["storage"]},
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": meta["namespace"],
                "name": meta["name"],
                "uid": meta["uid"],
            },
            # Never mounted: no pod of this cluster runs anything.
            "hostPath": {"path": f"/nonexistent/{name}"},
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": spec.get("storageClassName", _CLASS),
            "volumeMode": spec.get("volumeMode", "Filesystem"),
        },
    }


def _is_left_over(item: dict[str, Any]) -> bool:
    annotations = item["metadata"].get("annotations") or {}
    return (
        annotations.get(_BY) == PROVISIONER
        and "deletionTimestamp" not in item["metadata"]
        and (item.get("status") or {}).get("phase") == "Released"
        and item["spec"].get("persistentVolumeReclaimPolicy") == "Delete"
    )

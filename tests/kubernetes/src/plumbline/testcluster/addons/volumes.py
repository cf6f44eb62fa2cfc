"""Make a PersistentVolume for every claim, as an external provisioner does.

Called by the add-ons' ``__main__``. Binding is left to the real controller: it names us on a claim
(annotation volume.kubernetes.io/storage-provisioner), we create the volume, it binds the two. A
released volume is deleted, as its reclaim policy asks. With played nodes a volume is only an
object; a real node gets a directory that every user may write to.
"""

import asyncio
import pathlib
import shutil
from typing import Any

from plumbline.testcluster.addons import client

__all__ = ["run"]

PROVISIONER = "plumbline.dev/testcluster"
_CLASS = "standard"
_CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
_CLAIMS = "/api/v1/persistentvolumeclaims"
_VOLUMES = "/api/v1/persistentvolumes"
_BY = "pv.kubernetes.io/provisioned-by"
_NOWHERE = pathlib.Path("/nonexistent")
_ASKED = "volume.kubernetes.io/storage-provisioner"


async def run(api: client.Client, root: pathlib.Path | None = None) -> None:
    """Register the default StorageClass, then serve claims and released volumes, for ever.

    Volumes are directories in `root`; without it, paths that nothing ever mounts.
    """
    await api.establish(f"{_CLASSES}/{_CLASS}", _storage_class())

    async def claim(item: dict[str, Any]) -> None:
        if _waits_for_us(item):
            volume = _volume(item, root or _NOWHERE)
            if root is not None:
                await asyncio.to_thread(_make, root / volume["metadata"]["name"])
            await api.create(_VOLUMES, volume)

    async def volume(item: dict[str, Any]) -> None:
        if _is_left_over(item):
            name = item["metadata"]["name"]
            await api.delete(f"{_VOLUMES}/{name}")
            if root is not None:
                await asyncio.to_thread(shutil.rmtree, root / name, ignore_errors=True)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(api.follow(_CLAIMS, claim))
        tasks.create_task(api.follow(_VOLUMES, volume))


def _make(place: pathlib.Path) -> None:
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o777)  # Kubernetes does not give a hostPath to the pod's group


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


def _volume(item: dict[str, Any], root: pathlib.Path) -> dict[str, Any]:
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
            "hostPath": {"path": str(root / name)},
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

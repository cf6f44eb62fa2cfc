"""Writes to the control plane's own objects: Applications, AppProjects, settings, Events.

Used by the controller (status, operations, finalizers, Events) and the api-server (operations,
first-start objects). These are Plumbline's own records, not objects of users' applications, which
only ``door.WriteDoor`` may write. The kinds are a closed list.
"""

from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson

from plumbline.core import errors
from plumbline.core.model import Manifest
from plumbline.kube.client import KubeClient

__all__ = ["OwnObjects"]

_PATHS: Final = {
    "Application": "/apis/argoproj.io/v1alpha1/namespaces/{}/applications",
    "AppProject": "/apis/argoproj.io/v1alpha1/namespaces/{}/appprojects",
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "Secret": "/api/v1/namespaces/{}/secrets",
    "Event": "/api/v1/namespaces/{}/events",
}


def _path(kind: str, namespace: str, name: str = "") -> str:
    template = _PATHS.get(kind)
    if template is None:
        raise errors.InvalidArgument(f"{kind} is not a kind of the control plane")
    path = template.format(quote(namespace, safe=""))
    return f"{path}/{quote(name, safe='')}" if name else path


class OwnObjects:
    """Reads and writes the control plane's own objects by name."""

    def __init__(self, client: KubeClient) -> None:
        self._client = client

    async def get(self, kind: str, namespace: str, name: str) -> Manifest:
        """Return an object.

        Raises:
            errors.NotFound: it does not exist.
        """
        found: Manifest = await self._client.get(_path(kind, namespace, name))
        return found

    async def list(self, kind: str, namespace: str, *, fields: str = "") -> Manifest:
        """Return the list of a kind's objects, those that a field selector chooses.

        Raises:
            errors.PlumblineError: as the API server said.
        """
        query = f"?{urlencode({'fieldSelector': fields})}" if fields else ""
        found: Manifest = await self._client.get(_path(kind, namespace) + query)
        return found

    async def create(self, kind: str, manifest: Manifest) -> Manifest:
        """Create an object and return the server's answer.

        Raises:
            errors.AlreadyExists: it exists.
        """
        namespace = manifest["metadata"]["namespace"]
        return await self._send("POST", _path(kind, namespace), manifest, kind=kind)

    async def replace(self, kind: str, manifest: Manifest) -> Manifest:
        """Replace an object, which must be the version it was read as; return the new one.

        Raises:
            errors.Conflict: it changed since it was read.
            errors.NotFound: it is gone.
        """
        metadata = manifest["metadata"]
        path = _path(kind, metadata["namespace"], metadata["name"])
        return await self._send("PUT", path, manifest, kind=kind)

    async def merge(self, kind: str, namespace: str, name: str, patch: dict[str, Any]) -> Manifest:
        """Apply a JSON merge patch (RFC 7386) and return the object.

        A ``metadata.resourceVersion`` in the patch is a precondition.

        Raises:
            errors.Conflict: the precondition failed.
            errors.NotFound: the object is gone.
        """
        return await self._send("PATCH", _path(kind, namespace, name), patch, kind=kind)

    async def delete(self, kind: str, namespace: str, name: str, *, uid: str = "") -> None:
        """Delete an object; a uid is a precondition, so that one made anew is not hit.

        Raises:
            errors.NotFound: it does not exist.
            errors.Conflict: the precondition failed.
        """
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid}}
        await self._client.request(
            "DELETE",
            _path(kind, namespace, name),
            body=orjson.dumps(options) if uid else None,
            headers={"Content-Type": "application/json"} if uid else None,
        )

    async def _send(self, method: str, path: str, body: Manifest, *, kind: str) -> Manifest:
        content = "application/merge-patch+json" if method == "PATCH" else "application/json"
        answer = await self._client.request(
            method,
            f"{path}?fieldManager=argocd-controller",
            body=orjson.dumps(body),
            headers={"Content-Type": content, "Accept": "application/json"},
            secret=kind == "Secret",
        )
        tree: Manifest = orjson.loads(answer)
        return tree

"""The Secrets of repositories, templates and clusters: made, changed, given up.

Used by the services of all three. A Secret that the API made carries the contract's annotation and
is deleted with what it declares; one that somebody else made only loses its label (config.md
section 7). What is written is in force at once, before the API server's event arrives.
"""

import base64
from collections.abc import Mapping
from typing import Any, Final

from plumbline.api_server.parts import Parts
from plumbline.core import errors, model, repositories
from plumbline.core.secret import Secret

__all__ = ["DeclaringSecrets"]

_LABEL: Final = repositories.SECRET_TYPE_LABEL
_MANAGED: Final = {"managed-by": "argocd.argoproj.io"}


class DeclaringSecrets:
    """Writes Secrets that declare something."""

    def __init__(self, parts: Parts) -> None:
        self._own = parts.objects
        self._declared = parts.declared
        self._namespace = parts.namespace

    async def create(
        self,
        name: str,
        kind: str,
        data: Mapping[str, Secret],
        *,
        labels: Mapping[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
    ) -> None:
        """Make a Secret.

        Args:
            name: its name.
            kind: the secret-type label's value.
            data: what it declares; empty values are left out.
            labels: further labels.
            annotations: further annotations.

        Raises:
            errors.AlreadyExists: a Secret of that name is there already.
        """
        manifest = {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "Opaque",
            "metadata": {
                "name": name,
                "namespace": self._namespace,
                "labels": {**(labels or {}), _LABEL: kind},
                "annotations": {**(annotations or {}), **_MANAGED},
            },
            "data": {key: _base64(value) for key, value in data.items() if value},
        }
        try:
            self._declared.take(await self._own.create("Secret", manifest))
        except errors.AlreadyExists:
            raise errors.AlreadyExists(f"a Secret named {name} is there already") from None

    async def read(self, name: str) -> model.Manifest:
        """Return a Secret as it is stored.

        Raises:
            errors.NotFound: it is gone.
        """
        return await self._own.get("Secret", self._namespace, name)

    async def update(
        self,
        stored: model.Manifest,
        data: Mapping[str, Secret],
        *,
        drop_empty: bool = False,
        labels: Mapping[str, str | None] | None = None,
        annotations: Mapping[str, str | None] | None = None,
    ) -> None:
        """Change a Secret that nobody changed since it was read.

        Args:
            stored: as :meth:`read` returned it.
            data: keys to set.
            drop_empty: whether an empty value removes its key.
            labels: labels to set, or to remove where ``None``.
            annotations: likewise.

        Raises:
            errors.Conflict: somebody changed it meanwhile.
        """
        values = {k: None if drop_empty and not v else _base64(v) for k, v in data.items()}
        metadata: dict[str, Any] = {"resourceVersion": stored["metadata"]["resourceVersion"]}
        if labels:
            metadata["labels"] = dict(labels)
        if annotations:
            metadata["annotations"] = dict(annotations)
        patch = {"metadata": metadata, "data": values}
        name = stored["metadata"]["name"]
        self._declared.take(await self._own.merge("Secret", self._namespace, name, patch))

    async def remove(self, name: str) -> None:
        """Delete a Secret that the API made; take the label from any other.

        Raises:
            errors.NotFound: it is gone.
        """
        stored = await self.read(name)
        annotations = stored["metadata"].get("annotations") or {}
        if _MANAGED.items() <= annotations.items():
            uid = stored["metadata"].get("uid", "")
            await self._own.delete("Secret", self._namespace, name, uid=uid)
        else:
            version = stored["metadata"]["resourceVersion"]
            patch = {"metadata": {"resourceVersion": version, "labels": {_LABEL: None}}}
            await self._own.merge("Secret", self._namespace, name, patch)
        self._declared.forget(name)


def _base64(value: Secret) -> str:
    return base64.b64encode(value.reveal().encode()).decode()

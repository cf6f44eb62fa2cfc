"""Changes to argocd-secret that lose nobody else's: read, change, write on top of what was read."""

import base64
from collections.abc import Callable, Mapping
from typing import Final

from plumbline.core import errors
from plumbline.core.secret import Secret
from plumbline.kube.own import OwnObjects

__all__ = ["SecretWriter"]

_NAME: Final = "argocd-secret"
_TRIES: Final = 20  # conflicts in a row


class SecretWriter:
    """Writes argocd-secret."""

    def __init__(self, objects: OwnObjects, namespace: str) -> None:
        self._objects = objects
        self._namespace = namespace

    async def change(self, make: Callable[[Mapping[str, Secret]], Mapping[str, str]]) -> None:
        """Store what ``make`` returns for the stored values; called anew after a conflict.

        Raises:
            errors.Unavailable: others write it all the time.
            errors.PlumblineError: what ``make`` raises.
        """
        for _ in range(_TRIES):
            stored = await self._objects.get("Secret", self._namespace, _NAME)
            data = {
                key: Secret(base64.b64decode(value).decode(errors="replace"))
                for key, value in (stored.get("data") or {}).items()
            }
            changed = {
                key: base64.b64encode(value.encode()).decode() for key, value in make(data).items()
            }
            version = stored["metadata"]["resourceVersion"]
            patch = {"metadata": {"resourceVersion": version}, "data": changed}
            try:
                await self._objects.merge("Secret", self._namespace, _NAME, patch)
            except errors.Conflict:
                continue
            return
        raise errors.Unavailable("argocd-secret is written by others all the time; try again")

"""Change the data of one of the ConfigMaps of trust, made if it is missing.

Used by the stores of certificates and of keys. What is written is in force here at once, before its
event arrives.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from plumbline.api_server.parts import Parts
from plumbline.core import errors

__all__ = ["change"]

_ATTEMPTS: Final = 5
_LABELS: Final = {"app.kubernetes.io/part-of": "argocd"}


async def change(
    parts: Parts, name: str, edit: Callable[[dict[str, str]], Mapping[str, str | None]]
) -> None:
    """Edit a ConfigMap's data; once more where somebody was faster.

    Args:
        parts: the control plane.
        name: of the ConfigMap.
        edit: from the data to what of it changes; a key with ``None`` goes.

    Raises:
        errors.Conflict: somebody was faster each time.
        errors.PlumblineError: what the edit raises.
    """
    for attempt in range(_ATTEMPTS):
        try:
            stored = await parts.objects.get("ConfigMap", parts.namespace, name)
        except errors.NotFound:
            stored = None
        data = edit(dict((stored or {}).get("data") or {}))
        if not data:
            return
        try:
            if stored is None:
                made = _new(name, parts.namespace, data)
                answer = await parts.objects.create("ConfigMap", made)
            else:
                version = stored["metadata"]["resourceVersion"]
                patch = {"metadata": {"resourceVersion": version}, "data": dict(data)}
                answer = await parts.objects.merge("ConfigMap", parts.namespace, name, patch)
        except (errors.Conflict, errors.AlreadyExists):
            if attempt == _ATTEMPTS - 1:
                raise
            continue
        parts.declared.take_map(name, answer.get("data"))
        return


def _new(name: str, namespace: str, data: Mapping[str, str | None]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace, "labels": dict(_LABELS)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": dict(data)}

"""The settings ConfigMaps of the control plane, current within a second.

Used by the controller. One informer on the ConfigMaps that belong to the product (label
``app.kubernetes.io/part-of=argocd``; config.md). One without the label is not read, as the contract
says.
"""

from collections.abc import Callable, Mapping
from typing import Final

import orjson

from plumbline.kube.client import KubeClient
from plumbline.kube.informer import Informer, Lens

__all__ = ["ConfigMaps"]

_SELECTOR: Final = "app.kubernetes.io/part-of=argocd"


class ConfigMaps:
    """The data of each settings ConfigMap, by name."""

    def __init__(self, on_change: Callable[[str], None]) -> None:
        """Hold nothing yet; ``on_change`` is called with the name of a map that changed."""
        self._on_change = on_change
        self._maps: dict[str, Mapping[str, str]] = {}

    def informer(self, client: KubeClient, namespace: str) -> Informer:
        """Return the informer that feeds this object."""
        path = f"/api/v1/namespaces/{namespace}/configmaps"
        return Informer(client, path, self, selector=_SELECTOR)

    def data(self, name: str) -> Mapping[str, str]:
        """Return a map's data; empty if it does not exist."""
        return self._maps.get(name, {})

    def upsert(self, lens: Lens, raw: bytes) -> None:
        """Take a ConfigMap."""
        data = orjson.loads(raw).get("data") or {}
        name = lens.metadata.name
        if self._maps.get(name) != data:
            self._maps[name] = data
            self._on_change(name)

    def remove(self, lens: Lens) -> None:
        """Forget a ConfigMap: its defaults are in force again."""
        if self._maps.pop(lens.metadata.name, None) is not None:
            self._on_change(lens.metadata.name)

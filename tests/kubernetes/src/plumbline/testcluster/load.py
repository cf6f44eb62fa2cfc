"""Set how much CPU the fake pods seem to use, which autoscalers read from the metrics API.

Called by tests (`put`, `clear`) and by the metrics add-on (`parse`). The settings are one
ConfigMap, kube-system/testcluster-load, so that they can be changed with kubectl too: each entry is
a JSON object with ``namespace``, ``selector`` (labels as k=v,k=v), ``cpu`` and optionally
``memory``; of several that select a pod, the entry whose name sorts last counts.
"""

import dataclasses
import json
from typing import Any

from plumbline.core import errors
from plumbline.testcluster import api

__all__ = ["CONFIG_MAP", "Load", "clear", "parse", "put"]

CONFIG_MAP = "testcluster-load"
_COLLECTION = "/api/v1/namespaces/kube-system/configmaps"


@dataclasses.dataclass(frozen=True)
class Load:
    """What the pods with some labels in one namespace use, as Kubernetes quantities."""

    namespace: str
    selector: dict[str, str]
    cpu: str
    memory: str = "64Mi"

    def selects(self, namespace: str, labels: dict[str, str]) -> bool:
        """Return whether a pod there with these labels is meant."""
        return namespace == self.namespace and self.selector.items() <= labels.items()


def put(client: api.Api, load: Load, *, name: str) -> None:
    """Have the selected pods use `load` from now on; `name` is to change or clear it later."""
    text = {
        "namespace": load.namespace,
        "selector": ",".join(f"{key}={value}" for key, value in sorted(load.selector.items())),
        "cpu": load.cpu,
        "memory": load.memory,
    }
    _merge(client, {name: json.dumps(text)})


def clear(client: api.Api, *, name: str) -> None:
    """Take the load called `name` away again."""
    _merge(client, {name: None})


def parse(config_map: dict[str, Any]) -> list[Load]:
    """Return the loads of the ConfigMap, the one that counts first.

    Raises InvalidArgument for an entry that is not as the module's description says.
    """
    entries = sorted((config_map.get("data") or {}).items(), reverse=True)
    return [_load(name, text) for name, text in entries]


def _load(name: str, text: str) -> Load:
    try:
        fields = json.loads(text)
        pairs = [pair.split("=", 1) for pair in fields["selector"].split(",") if pair]
        return Load(
            namespace=fields["namespace"],
            selector=dict(pairs),
            cpu=fields["cpu"],
            memory=fields.get("memory", "64Mi"),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise errors.InvalidArgument(f"{CONFIG_MAP}: entry {name}: {problem}") from problem


def _merge(client: api.Api, data: dict[str, str | None]) -> None:
    try:
        client.merge(f"{_COLLECTION}/{CONFIG_MAP}", {"data": data})
    except errors.NotFound:  # the add-ons make it when they start; we came first
        kept = {name: text for name, text in data.items() if text is not None}
        client.create(_COLLECTION, {"metadata": {"name": CONFIG_MAP}, "data": kept})

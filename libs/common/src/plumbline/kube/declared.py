"""Repositories, credential templates and clusters, as Secrets of the control plane declare them.

Used by the controller and the api-server. Fed by one informer on Secrets that carry the contract's
secret-type label, so that a changed Secret is in force within a second (config.md sections 7 and
8). Values are typed secrets from here on.
"""

import base64
import binascii
from collections.abc import Callable
from typing import Final

import orjson
import structlog

from plumbline.core import clusters, errors, repositories
from plumbline.core.secret import Secret
from plumbline.kube.client import KubeClient
from plumbline.kube.informer import Informer, Lens

__all__ = ["Declared"]

log = structlog.get_logger()

_LABEL: Final = repositories.SECRET_TYPE_LABEL


class Declared:
    """Repositories and clusters that Secrets declare."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._repositories: dict[str, repositories.Repository] = {}
        self._templates: dict[str, repositories.Repository] = {}
        self._clusters: dict[str, clusters.Cluster] = {}

    def informer(self, client: KubeClient, namespace: str) -> Informer:
        """Return an informer that feeds this store."""
        return Informer(client, f"/api/v1/namespaces/{namespace}/secrets", self, selector=_LABEL)

    def credential(self, url: str, project: str) -> repositories.Repository:
        """Return what opens a URL for a project."""
        return repositories.find(
            url, project, self._repositories.values(), self._templates.values()
        )

    def clusters(self) -> list[clusters.Cluster]:
        """Return the declared clusters."""
        return list(self._clusters.values())

    def upsert(self, lens: Lens, raw: bytes) -> None:
        """Take a Secret; one that cannot be read counts as absent, with a warning."""
        name = lens.metadata.name
        kind = (lens.metadata.labels or {}).get(_LABEL, "")
        self._forget(name)
        try:
            data = _data(raw)
            if kind in repositories.REPOSITORY_LABELS:
                self._repositories[name] = repositories.decode_repository(data)
            elif kind in repositories.CREDENTIALS_LABELS:
                self._templates[name] = repositories.decode_repository(data)
            elif kind == "cluster":
                self._clusters[name] = clusters.decode_cluster(name, data)
        except errors.InvalidArgument as error:
            log.warning("secret cannot be read", secret=name, error=error.message)
        self._on_change()

    def remove(self, lens: Lens) -> None:
        """Forget a Secret."""
        self._forget(lens.metadata.name)
        self._on_change()

    def _forget(self, name: str) -> None:
        for table in (self._repositories, self._templates, self._clusters):
            table.pop(name, None)


def _data(raw: bytes) -> dict[str, Secret]:
    data = orjson.loads(raw).get("data") or {}
    try:
        return {k: Secret(base64.b64decode(v).decode()) for k, v in data.items()}
    except (binascii.Error, UnicodeDecodeError, TypeError):
        raise errors.InvalidArgument("a value is not base64 text") from None

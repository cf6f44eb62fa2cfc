"""Repositories, credential templates, clusters and trust, as the control plane's objects say.

Used by the controller and the api-server. Fed by an informer on Secrets that carry the contract's
secret-type label and by one on each of the ConfigMaps of trusted hosts and keys, so that a change
is in force within a second (config.md sections 6 to 8). Values are typed secrets from here on.
"""

import base64
import binascii
import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

import msgspec
import orjson
import structlog

from plumbline.core import clusters, errors, repositories
from plumbline.core.secret import Secret
from plumbline.kube.client import KubeClient
from plumbline.kube.informer import Informer, Lens

__all__ = [
    "GPG_KEYS_MAP",
    "KNOWN_HOSTS_KEY",
    "KNOWN_HOSTS_MAP",
    "TLS_CERTS_MAP",
    "Declared",
    "Entry",
    "secret_data",
]

log = structlog.get_logger()

_LABEL: Final = repositories.SECRET_TYPE_LABEL
_KINDS: Final = ("repository", "repo-creds", "repository-write", "repo-write-creds")
KNOWN_HOSTS_MAP: Final = "argocd-ssh-known-hosts-cm"
KNOWN_HOSTS_KEY: Final = "ssh_known_hosts"
TLS_CERTS_MAP: Final = "argocd-tls-certs-cm"
GPG_KEYS_MAP: Final = "argocd-gpg-keys-cm"


class Entry(NamedTuple):
    """A repository or template and the Secret that declares it."""

    secret_name: str
    repository: repositories.Repository


class Declared:
    """Repositories and clusters that Secrets declare, and the hosts that are trusted."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._entries: dict[str, dict[str, repositories.Repository]] = {k: {} for k in _KINDS}
        self._clusters: dict[str, clusters.Cluster] = {}
        self._maps: dict[str, Mapping[str, str]] = {}

    def informers(self, client: KubeClient, namespace: str) -> list[Informer]:
        """Return the informers that feed this store."""
        root = f"/api/v1/namespaces/{namespace}"
        maps = _Maps(self)
        return [
            Informer(client, f"{root}/secrets", self, selector=_LABEL),
            *(
                Informer(client, f"{root}/configmaps", maps, field_selector=f"metadata.name={name}")
                for name in (KNOWN_HOSTS_MAP, TLS_CERTS_MAP, GPG_KEYS_MAP)
            ),
        ]

    def credential(self, url: str, project: str, *, write: bool = False) -> repositories.Repository:
        """Return what opens a URL for a project, and whom to trust on the way.

        Args:
            url: the repository.
            project: on whose behalf.
            write: for pushing to it; reading never uses these credentials.
        """
        known, templates = _KINDS[2:] if write else _KINDS[:2]
        found = repositories.find(url, project, self._values(known), self._values(templates))
        return self.trusting(found)

    def complete(
        self, repository: repositories.Repository, *, write: bool = False
    ) -> repositories.Repository:
        """Return a repository that no Secret declares with what templates and trust add to it."""
        templates = _KINDS[3] if write else _KINDS[1]
        found = repositories.find(
            repository.url, repository.project, [repository], self._values(templates)
        )
        return self.trusting(found)

    def charts(self, project: str, source_repos: Iterable[str]) -> repositories.ChartAccess:
        """Return what may be fetched because the content of a project's sources asks for it.

        Args:
            project: its name.
            source_repos: its source rules, with what it inherits.
        """
        return repositories.ChartAccess.of(
            project,
            map(self.complete, self._values(_KINDS[0])),
            self._values(_KINDS[1]),
            source_repos,
            self._maps.get(TLS_CERTS_MAP, {}),
        )

    def trusting(self, repository: repositories.Repository) -> repositories.Repository:
        """Return a repository with the certificates and host keys that are in force for it."""
        bundle = self._maps.get(TLS_CERTS_MAP, {}).get(repositories.host_of(repository.url), "")
        hosts = self._maps.get(KNOWN_HOSTS_MAP, {}).get(KNOWN_HOSTS_KEY, "")
        is_http = repository.url.lower().startswith(("https://", "http://", "oci://"))
        is_http = is_http or repository.enable_oci
        return dataclasses.replace(
            repository,
            # Git LFS speaks https to a repository's host, however Git itself does.
            ca_bundle=bundle.encode(),
            ssh_known_hosts="" if is_http else hosts,
        )

    def entries(self, kind: str) -> list[Entry]:
        """Return what Secrets of a type declare, sorted by name of the Secret.

        Args:
            kind: the secret-type label's value.
        """
        return [Entry(name, one) for name, one in sorted(self._entries[kind].items())]

    def clusters(self) -> list[clusters.Cluster]:
        """Return the declared clusters."""
        return list(self._clusters.values())

    def trust(self, name: str) -> Mapping[str, str]:
        """Return the data of one of the ConfigMaps of trusted hosts and keys."""
        return self._maps.get(name, {})

    def take(self, manifest: Mapping[str, Any]) -> None:
        """Take a Secret as the API server just answered it, before its event arrives."""
        raw = orjson.dumps(manifest)
        self.upsert(msgspec.json.decode(raw, type=Lens), raw)

    def forget(self, name: str) -> None:
        """Forget a Secret that was just deleted."""
        self._forget(name)
        self._on_change()

    def take_map(self, name: str, data: Mapping[str, str] | None) -> None:
        """Take a ConfigMap of trusted hosts or keys, or take it that it is gone."""
        self._maps[name] = dict(data or {})
        self._on_change()

    def upsert(self, lens: Lens, raw: bytes) -> None:
        """Take a Secret; one that cannot be read counts as absent, with a warning."""
        metadata = lens.metadata
        name, labels = metadata.name, metadata.labels or {}
        kind = labels.get(_LABEL, "")
        self._forget(name)
        try:
            if kind in self._entries:
                self._entries[kind][name] = repositories.decode_repository(secret_data(raw))
            elif kind == "cluster":
                self._clusters[name] = clusters.decode_cluster(
                    name, secret_data(raw), labels=labels, annotations=metadata.annotations
                )
        except errors.InvalidArgument as error:
            log.warning("secret cannot be read", secret=name, error=error.message)
        self._on_change()

    def remove(self, lens: Lens) -> None:
        """Forget a Secret."""
        self.forget(lens.metadata.name)

    def _values(self, kind: str) -> list[repositories.Repository]:
        return [entry.repository for entry in self.entries(kind)]

    def _forget(self, name: str) -> None:
        for table in self._entries.values():
            table.pop(name, None)
        self._clusters.pop(name, None)


class _Maps:
    def __init__(self, declared: Declared) -> None:
        self._declared = declared

    def upsert(self, lens: Lens, raw: bytes) -> None:
        self._declared.take_map(lens.metadata.name, orjson.loads(raw).get("data"))

    def remove(self, lens: Lens) -> None:
        self._declared.take_map(lens.metadata.name, None)


def secret_data(raw: bytes) -> dict[str, Secret]:
    """Return the data of a Secret's JSON.

    Raises:
        errors.InvalidArgument: a value is not base64 text.
    """
    data = orjson.loads(raw).get("data") or {}
    try:
        return {k: Secret(base64.b64decode(v or "").decode()) for k, v in data.items()}
    except (binascii.Error, UnicodeDecodeError, TypeError):
        raise errors.InvalidArgument("a value is not base64 text") from None

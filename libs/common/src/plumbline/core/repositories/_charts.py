"""Repositories of charts that the content of a source names (config.md section 7).

A chart's dependency gives a URL, or the name of a declared repository; a registry's URL is declared
without a scheme, and written with ``oci://`` in charts.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from plumbline.core import errors
from plumbline.core.repositories._fields import Repository
from plumbline.core.repositories._match import find, normalise_url, wire_fields

__all__ = ["ChartAccess", "find_charts", "wire_access"]

_TYPES: Final = frozenset({"helm", "oci"})
_REGISTRY: Final = "oci://"
_ALIASES: Final = ("@", "alias:")


@dataclasses.dataclass(frozen=True)
class ChartAccess:
    """What may be fetched because the content of a source asks for it."""

    repositories: tuple[Repository, ...] = ()
    templates: tuple[Repository, ...] = ()
    source_repos: tuple[str, ...] = ()
    """The project's source rules."""
    ca_bundles: tuple[tuple[str, str], ...] = ()
    """PEM certificates by host (argocd-tls-certs-cm)."""

    @staticmethod
    def of(
        project: str,
        repositories: Iterable[Repository],
        templates: Iterable[Repository],
        source_repos: Iterable[str],
        ca_bundles: Mapping[str, str],
    ) -> "ChartAccess":
        """Return what a project may open: its own repositories of charts, and those of nobody."""
        own = [r for r in repositories if r.type in _TYPES and r.project in ("", project)]
        # A project's own declaration comes first.
        own.sort(key=lambda repository: not repository.project)
        return ChartAccess(
            tuple(own), tuple(templates), tuple(source_repos), tuple(sorted(ca_bundles.items()))
        )


def find_charts(
    address: str, repositories: Sequence[Repository], templates: Sequence[Repository]
) -> tuple[Repository, bool]:
    """Return what opens a dependency's repository, and whether an operator declared it.

    Args:
        address: a URL, ``@name`` or ``alias:name``.
        repositories: those that the project may open.
        templates: credentials by the beginning of a URL.

    Raises:
        errors.NotFound: no repository of that name is declared.
    """
    for prefix in _ALIASES:
        if address.startswith(prefix):
            name = address.removeprefix(prefix)
            named = next((r for r in repositories if r.name == name), None)
            if named is None:
                raise errors.NotFound(f"no Helm repository named {name[:200]!r} is declared")
            address = named.url
            if named.enable_oci and "://" not in address:
                address = f"{_REGISTRY}{address}"
    spellings = [address]
    if address.lower().startswith(_REGISTRY):
        spellings.append(address[len(_REGISTRY) :])
    found = [find(spelling, "", _anybody(repositories), templates) for spelling in spellings]
    known = {normalise_url(r.url) for r in repositories}
    for spelling, repository in zip(spellings, found, strict=True):
        if normalise_url(spelling) in known:
            return dataclasses.replace(repository, url=address), True
    for repository in found:
        if repository.has_credential:
            return dataclasses.replace(repository, url=address), True
    return found[0], False


def _anybody(repositories: Sequence[Repository]) -> list[Repository]:
    """They were chosen for the project already."""
    return [dataclasses.replace(repository, project="") for repository in repositories]


def wire_access(access: ChartAccess) -> dict[str, Any]:
    """Return the fields of a ``plumbline.repo.v1.ChartAccess``, secrets revealed.

    Called where a request to the repo-server is made, and nowhere else: mutual TLS protects it.
    """
    return {
        "repositories": [wire_fields(repository) for repository in access.repositories],
        "templates": [wire_fields(template) for template in access.templates],
        "source_repos": list(access.source_repos),
        "ca_bundles": {host: text.encode() for host, text in access.ca_bundles},
    }

"""The values of desired state: sources as they are asked for, renders as they come back.

Shared by :mod:`desired`, which keeps them current, :mod:`pinned`, which renders once at given
revisions, and :mod:`repo_client`, which speaks to the repo-server.
"""

import dataclasses
from collections.abc import AsyncIterator, Callable, Sequence
from typing import NamedTuple, Protocol

from plumbline.core import errors, integrity, render, repositories

__all__ = [
    "AppKey",
    "Reference",
    "Rendered",
    "RepoServer",
    "SourceAnswer",
    "SourceQuestion",
    "SourceState",
    "WantedSource",
    "opened",
]


class AppKey(NamedTuple):
    """Namespace and name of an Application."""

    namespace: str
    name: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class WantedSource:
    """One source of an application, as the repo-server needs it."""

    repo_url: str
    revision: str
    project: str
    source_json: bytes
    app_name: str
    app_namespace: str
    kube_version: str
    api_versions: tuple[str, ...]
    tools: render.ToolSettings = render.ToolSettings()  # noqa: RUF009 -- a frozen value
    ref: str = ""
    """The name under which the application's other sources read this repository (``$ref/path``)."""
    may_refer: bool = True
    """Whether it may read other sources' repositories: only charts do."""
    tag_prefix: str = ""
    """How tags begin that count where the revision is a range of versions."""
    chart: str = ""
    """The chart in a Helm repository or registry; empty for Git and for artifacts."""
    pass_credentials: bool = False
    """Whether the credential also goes to other hosts that the repository's index names."""

    demand: integrity.Demand | None = None
    """What the project asks of the signatures of the repository's commits."""

    def renders_like(self, other: "WantedSource") -> bool:
        """Whether they differ at most in the destination's capabilities and the tools' settings."""
        return other == dataclasses.replace(
            self,
            kube_version=other.kube_version,
            api_versions=other.api_versions,
            tools=other.tools,
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rendered:
    """A complete render of one source: its key, and one JSON object per manifest."""

    commit: str
    key: str
    digest: str
    source_type: str
    manifests: tuple[bytes, ...]
    warnings: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class SourceState:
    """The last good render, and the error of the latest attempt if it failed."""

    rendered: Rendered | None = None
    error: errors.PlumblineError | None = None
    failing_since: float | None = None


class Reference(NamedTuple):
    """Another source's repository that a source may read as ``$name/path``."""

    name: str
    repository: repositories.Repository
    revision: str
    commit: str
    """Where the other source stands; empty: not known, the repo-server resolves the revision."""
    tag_prefix: str = ""


class SourceQuestion(NamedTuple):
    """A source with the key of the render already held, and whether caches are bypassed."""

    id: str
    source: WantedSource
    known_key: str
    no_cache: bool
    references: tuple[Reference, ...] = ()
    submodules: tuple[repositories.Repository, ...] = ()
    """What may be opened inside of the repository."""
    charts: repositories.ChartAccess = repositories.ChartAccess()
    """What may be fetched because the source asks for it."""


def opened(
    credential: Callable[[str, str], repositories.Repository],
    url: str,
    project: str,
    *,
    chart: str,
    pass_credentials: bool,
) -> repositories.Repository:
    """Return what opens the repository of a source, and the chart in it."""
    found = credential(url, project)
    if not chart:
        return found
    return dataclasses.replace(found, chart=chart, pass_credentials=pass_credentials)


class SourceAnswer(NamedTuple):
    """What came back: a render, ``None`` for "unchanged at commit", or an error."""

    id: str
    commit: str
    rendered: Rendered | None
    error: errors.PlumblineError | None
    submodules: tuple[str, ...] = ()
    """URLs that must be opened for it to succeed, the one that is needed first."""


class RepoServer(Protocol):
    """The two calls made to the repo-server."""

    async def resolve(
        self,
        repository: repositories.Repository,
        revision: str,
        *,
        no_cache: bool,
        tag_prefix: str = "",
    ) -> str:
        """Return the commit of a revision."""
        ...

    def render(
        self,
        repository: repositories.Repository,
        revision: str,
        *,
        commit: str,
        questions: Sequence[SourceQuestion],
    ) -> AsyncIterator[SourceAnswer]:
        """Render sources at a commit, or at the revision's commit when none is given."""
        ...

"""What one request asks: sources of one commit, the repositories they refer to, settings.

Made by the service from a message; read by the planner and the renderer.
"""

import dataclasses
from collections.abc import Mapping

from plumbline.core import errors, render
from plumbline.repo_server.git import Repository

__all__ = ["Batch", "Question", "Referenced", "ToolSettings"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Question:
    """One source, and the render its caller holds."""

    id: str
    source_json: bytes
    context: render.Context
    known_key: str = ""
    no_cache: bool = False
    build_options: str = ""
    references: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """Positions in the batch's referenced repositories, by ref."""


@dataclasses.dataclass(frozen=True)
class Referenced:
    """A repository at a commit that was resolved with the caller's credential, or why not."""

    repository: Repository
    commit: str = ""
    error: errors.PlumblineError | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class ToolSettings:
    """What argocd-cm says about tools."""

    disabled: frozenset[str] = frozenset()
    """Of "Helm", "Kustomize", "Jsonnet"."""
    build_options: str = ""
    versions: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Paths of kustomize binaries by version."""
    version_options: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def options_of(self, version: str) -> str:
        """Return the build options of a version."""
        return self.version_options.get(version, self.build_options)

    def planning(self, limits: render.Settings) -> render.Settings:
        """Return the settings of planning under the server's own limits."""
        enabled = {kind for kind in limits.enabled if kind.value not in self.disabled}
        return dataclasses.replace(
            limits,
            enabled=frozenset(enabled),
            jsonnet=limits.jsonnet and "Jsonnet" not in self.disabled,
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Batch:
    """Sources of one commit."""

    repository: Repository
    commit: str
    questions: tuple[Question, ...]
    referenced: tuple[Referenced, ...] = ()
    settings: ToolSettings = ToolSettings()

    def repositories(self) -> tuple[Repository, ...]:
        """Return every repository, whose secrets no text may show."""
        return (self.repository, *(item.repository for item in self.referenced))

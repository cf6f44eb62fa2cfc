"""What one request asks: sources of one commit, the repositories they refer to, settings.

Made by the service from a message; read by the planner and the renderer.
"""

import dataclasses
from collections.abc import Mapping

from plumbline.core import errors, render, repositories
from plumbline.repo_server.git import Repository, Submodules
from plumbline.repo_server.origins import Origin

__all__ = ["Batch", "Question", "Referenced"]


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

    repository: Origin
    commit: str = ""
    error: errors.PlumblineError | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Batch:
    """Sources of one commit."""

    repository: Origin
    commit: str
    questions: tuple[Question, ...]
    referenced: tuple[Referenced, ...] = ()
    settings: render.ToolSettings = dataclasses.field(default_factory=render.ToolSettings)
    submodules: Submodules = dataclasses.field(default_factory=Submodules)
    charts: repositories.ChartAccess = repositories.ChartAccess()  # noqa: RUF009 -- frozen
    """What may be fetched because the sources ask for it."""

    def repositories(self) -> tuple[Origin, ...]:
        """Return every repository, whose secrets no text may show."""
        others = (item.repository for item in self.referenced)
        return (self.repository, *others, *self.submodules.repositories())

    def reading(self) -> tuple[str, ...]:
        """Return how files are read where it is not as Git has them."""
        opened = (one for one in self.repositories() if isinstance(one, Repository))
        return ("lfs",) if any(one.enable_lfs for one in opened) else ()

    @property
    def fresh(self) -> bool:
        """Whether a source is to be rendered past everything that is remembered."""
        return any(question.no_cache for question in self.questions)

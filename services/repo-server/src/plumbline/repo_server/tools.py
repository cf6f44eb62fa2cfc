"""What the renderer asks of a tool: one package beside this module for each.

A tool receives a plan and the objects of commits and returns the text that it rendered. It never
sees a credential, a cache or a request.
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Protocol, TypeVar

from plumbline.core import errors, render
from plumbline.repo_server.archives import ArchiveTree

__all__ = ["Job", "Output", "Read", "SourceTree", "Tool", "Trees"]

T = TypeVar("T")


class SourceTree(render.Tree, Protocol):
    """The files of a source: a commit, a chart or an artifact."""

    def prepare(self, files: Iterable[tuple[str, render.Entry]]) -> None:
        """See that the contents of files can be read without reading the directories above them."""
        ...


class Trees(NamedTuple):
    """A source's own content, and that of the application's refs; an error stands for a tree."""

    own: SourceTree
    references: Mapping[str, "SourceTree | errors.PlumblineError"]
    archive: Callable[[str], ArchiveTree]
    """Returns a fetched chart by its digest."""


class Read(Protocol):
    """Runs work on the commits' trees, in a thread."""

    async def __call__(self, work: Callable[[Trees], T]) -> T:
        """Return what the work returns."""
        ...


@dataclasses.dataclass(frozen=True, kw_only=True)
class Job:
    """One render."""

    plan: render.Plan
    options: tuple[str, ...]
    read: Read


@dataclasses.dataclass(frozen=True)
class Output:
    """What a tool wrote, and the plan that it took: wider than the job's if that was too narrow."""

    text: str
    plan: render.Plan


class Tool(Protocol):
    """A renderer that runs as a child process."""

    @property
    def name(self) -> str:
        """Its name among the tools of a render key."""
        ...

    @property
    def digest(self) -> str:
        """What changes when the tool does."""
        ...

    def check_options(self, options: str) -> tuple[str, ...]:
        """Return the allowed options of an operator's text.

        Raises:
            errors.InvalidArgument: an option that is not allowed.
        """
        ...

    def version(self, name: str, versions: Mapping[str, str]) -> "Tool":
        """Return the tool in the version that a source names.

        Args:
            name: the version; empty: this one.
            versions: paths of binaries by the operator's names.

        Raises:
            errors.InvalidArgument: no such version, or a path that may not be run.
        """
        ...

    async def render(self, job: Job) -> Output:
        """Return the rendered text.

        Raises:
            errors.PlumblineError: the tool failed; the message is short and names it.
        """
        ...

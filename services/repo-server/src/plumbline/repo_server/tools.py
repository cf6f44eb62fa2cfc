"""What the renderer asks of a tool: one package beside this module for each.

A tool receives a plan and a commit's objects and returns the text that it rendered. It never sees
a credential, a cache or a request.
"""

import dataclasses
from collections.abc import Callable
from typing import Protocol, TypeVar

from plumbline.core import render
from plumbline.repo_server.git import CommitTree

__all__ = ["Job", "Tool"]

T = TypeVar("T")


class Read(Protocol):
    """Runs work on the commit's tree, in a thread."""

    async def __call__(self, work: Callable[[CommitTree], T]) -> T:
        """Return what the work returns."""
        ...


@dataclasses.dataclass(frozen=True, kw_only=True)
class Job:
    """One render."""

    plan: render.Plan
    options: tuple[str, ...]
    read: Read


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

    async def render(self, job: Job) -> str:
        """Return the rendered YAML.

        Raises:
            errors.PlumblineError: the tool failed; the message is short and names it.
        """
        ...

"""Where sources come from: commits of Git mirrors, charts and artifacts, behind one face.

Used by the service and the renderer, which do not ask which it is: a revision is resolved to a name
of content that does not change, and content is read as a ``core.render.Tree``.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from plumbline.core import render
from plumbline.repo_server.charts import Charts
from plumbline.repo_server.git import Mirrors, Repository, Submodules
from plumbline.repo_server.remote import Remote
from plumbline.repo_server.tools import SourceTree

__all__ = ["Origin", "Origins"]

T = TypeVar("T")

Origin = Repository | Remote


class Origins:
    """Git and everything else."""

    def __init__(self, mirrors: Mirrors, charts: Charts) -> None:
        """Compose.

        Args:
            mirrors: the Git side.
            charts: the side of Helm repositories and registries.
        """
        self.mirrors = mirrors
        self.charts = charts

    def scope(self, origin: Origin) -> str:
        """Return the name of a caller's view of a repository."""
        if isinstance(origin, Remote):
            return f"{self.charts.scope(origin)}/{origin.chart}"
        return self.mirrors.scope(origin)

    async def resolve(
        self, origin: Origin, revision: str, *, tag_prefix: str = "", fresh: bool = False
    ) -> str:
        """Return the commit, version or digest that a revision is.

        Args:
            origin: opened with the caller's own credential.
            revision: as a source gives it.
            tag_prefix: for ranges over Git tags.
            fresh: ask the server of charts, whatever is remembered; Git is asked always.

        Raises:
            errors.PlumblineError: there is no such revision, or the server cannot be used.
        """
        if isinstance(origin, Remote):
            return await self.charts.resolve(origin, revision, fresh=fresh)
        return await self.mirrors.resolve(origin, revision, tag_prefix=tag_prefix)

    async def read_all(
        self,
        places: Sequence[tuple[Origin, str]],
        work: Callable[[list[SourceTree]], T],
        submodules: Submodules,
        *,
        fresh: bool = False,
    ) -> T:
        """Run work on the trees of several places at once, in a thread.

        Args:
            places: repositories, each with what :meth:`resolve` returned.
            work: may be done again, when it turns out to need more of Git.
            submodules: what may be opened inside of the commits.
            fresh: ask the server of charts whether an archive is another now.

        Raises:
            errors.PlumblineError: what the work raises, or a place that cannot be read.
        """
        trees: dict[int, SourceTree] = {}
        commits: list[tuple[Repository, str]] = []
        order: list[int] = []
        for at, (origin, name) in enumerate(places):
            if isinstance(origin, Remote):
                trees[at] = await self.charts.tree(origin, name, fresh=fresh)
            else:
                commits.append((origin, name))
                order.append(at)

        def joined(opened: Sequence[SourceTree]) -> T:
            whole = {**trees, **dict(zip(order, opened, strict=True))}
            return work([whole[at] for at in range(len(places))])

        if not commits:
            return await asyncio.to_thread(joined, [])
        return await self.mirrors.read_all(commits, joined, submodules)

    async def read(self, origin: Origin, name: str, work: Callable[[render.Tree], T]) -> T:
        """Run work on one tree; the submodules of a commit are empty directories."""
        closed = Submodules(is_enabled=False)
        return await self.read_all([(origin, name)], lambda trees: work(trees[0]), closed)

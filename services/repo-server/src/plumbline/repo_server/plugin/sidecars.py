"""The plugins that are there: found by their sockets, asked for sources, used as a tool.

Made by ``wiring``; used by the renderer and the service. A plugin that does not answer is never
taken for one that does not know a source: then the source would be rendered as something else, and
what the plugin made of it would be pruned.
"""

import asyncio
import contextlib
import dataclasses
import os
import posixpath
import shutil
import stat
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import structlog

from plumbline.core import errors, render
from plumbline.pb.reposerver import repository_pb2
from plumbline.repo_server.plugin import archive
from plumbline.repo_server.plugin.client import Configuration, Request, Sidecar
from plumbline.repo_server.tools import Job, Output, Read, Tool, Trees

__all__ = ["Asked", "Sidecars"]

log = structlog.get_logger()

_SUFFIX: Final = ".sock"
_MAX_TREE: Final = 512 * 1024 * 1024  # bytes of what one plugin is sent
_MAX_PLUGINS: Final = 100
_PARALLEL: Final = 4  # questions of one request at a time
_PAUSE: Final = 5.0  # seconds until one that did not answer is asked again

_Identity = tuple[int, int]


@dataclasses.dataclass(frozen=True)
class Asked:
    """A source whose type only the plugins know."""

    source: render.Source
    context: render.Context


class Sidecars:
    """A folder of sockets, as a ``tools.Tool``."""

    name = "plugin"
    digest = ""
    """A plugin is known by name and version; what else may have changed it cannot say."""

    def __init__(
        self,
        directory: Path | None,
        *,
        work: Path,
        timeout: float,
        sent: render.Sent,
        expected: Sequence[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Look into the folder at each request.

        Args:
            directory: where sidecars put their sockets; it need not exist.
            work: where archives are written, on a fast disk.
            timeout: seconds that one command of a plugin may take.
            sent: what of a repository plugins are sent.
            expected: plugins that count as there before their sockets are, so that no source is
                taken for something else while a pod starts.
            clock: counts seconds.
        """
        self._directory = directory
        self._expected = tuple(expected)
        self._work = work
        self._timeout = timeout
        self._sent = sent
        self._clock = clock
        self._known: dict[str, tuple[_Identity, Configuration]] = {}
        self._silent: dict[str, tuple[_Identity, float]] = {}

    async def present(self) -> render.Plugins:
        """Return the plugins whose sockets are there.

        Raises:
            errors.FailedPrecondition: more than there may be. None is left out: its sources would
                be rendered as something else.
        """
        sockets = await asyncio.to_thread(self._sockets) if self._directory is not None else {}
        if not sockets and not self._expected:
            return render.Plugins()
        found = await asyncio.gather(
            *(self._look(name, identity) for name, identity in sockets.items())
        )
        pairs = list(zip(sockets, found, strict=True))
        pairs += [(name, None) for name in self._expected if name not in sockets]
        names = tuple(name for name, _ in pairs)
        return render.Plugins(names, tuple(n for n, c in pairs if c is None or c.has_discovery))

    def _sockets(self) -> dict[str, _Identity]:
        found: dict[str, _Identity] = {}
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            for entry in sorted(os.scandir(self._directory), key=lambda e: e.name):
                with contextlib.suppress(FileNotFoundError):
                    if not entry.name.endswith(_SUFFIX):
                        continue
                    facts = entry.stat(follow_symlinks=False)
                    if stat.S_ISSOCK(facts.st_mode):
                        name = entry.name.removesuffix(_SUFFIX)
                        found[name] = (facts.st_ino, facts.st_mtime_ns)
        if len(found) > _MAX_PLUGINS:
            raise errors.FailedPrecondition(
                f"more than {_MAX_PLUGINS} plugins in {self._directory}: remove the sockets that no"
                " sidecar of yours made"
            )
        return found

    async def _look(self, name: str, identity: _Identity) -> Configuration | None:
        """Return what a plugin said last; ``None`` if it never said anything."""
        known = self._known.get(name)
        if known is not None and known[0] == identity:
            return known[1]
        before = known[1] if known is not None else None
        silent = self._silent.get(name)
        if silent is not None and silent[0] == identity and self._clock() < silent[1]:
            return before
        try:
            found = await self._sidecar(name).configuration()
        except errors.PlumblineError as error:
            # Every plan asks: one plugin that hangs must not hold up the sources of the others.
            self._silent[name] = (identity, self._clock() + _PAUSE)
            log.warning("plugin does not answer", plugin=name, error=error.message)
            return before
        self._silent.pop(name, None)
        self._known[name] = (identity, found)
        return found

    def _sidecar(self, name: str) -> Sidecar:
        if self._directory is None:
            raise errors.Unavailable(f"plugin {name}: no folder of plugins is set")
        return Sidecar(self._directory / f"{name}{_SUFFIX}", timeout=self._timeout)

    async def discover(
        self, read: Read, asked: Mapping[bytes, Asked], plugins: render.Plugins
    ) -> dict[bytes, str | errors.PlumblineError]:
        """Ask the plugins for sources of one commit; return whose each is, empty: nobody's."""
        limit = asyncio.Semaphore(_PARALLEL)

        def reads(trees: Trees) -> tuple[render.ReadSet, dict[bytes, str]]:
            settings = render.Settings()
            collector = render.Collector(trees.own, max_files=settings.max_files)
            paths = {
                place: render.resolve(trees.own, render.normalise_path(item.source.path)).path
                for place, item in asked.items()
            }
            return render.collect_sent(collector, "", self._sent), paths

        try:
            whole, paths = await read(reads)
            async with self._archive(read, whole, "") as packed:

                async def one(place: bytes) -> str | errors.PlumblineError:
                    async with limit:
                        return await self._owner(asked[place], paths[place], packed, plugins)

                found = await asyncio.gather(*map(one, asked))
        except errors.PlumblineError as error:
            return dict.fromkeys(asked, error)
        return dict(zip(asked, found, strict=True))

    async def _owner(
        self, item: Asked, path: str, packed: archive.Archive, plugins: render.Plugins
    ) -> str | errors.PlumblineError:
        variables = render.plugin_variables(item.source, item.context)
        request = Request(item.context.app_name, path, variables)
        try:
            for name in plugins.discovering:
                if name not in self._known:
                    raise errors.Unavailable(f"plugin {name} does not answer yet")
                if (await self._sidecar(name).match(request, packed)).is_supported:
                    return name
        except errors.PlumblineError as error:
            return error
        return ""

    @contextlib.asynccontextmanager
    async def _archive(
        self, read: Read, reads: render.ReadSet, root: str
    ) -> AsyncIterator[archive.Archive]:
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=self._work))
        path = folder / "tree.tar.gz"
        try:
            yield await read(
                lambda trees: archive.write(trees.own, reads, root, path, max_bytes=_MAX_TREE)
            )
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    def check_options(self, _options: str) -> tuple[str, ...]:
        """Return nothing: an operator's options are for other tools."""
        return ()

    def version(self, _name: str, _versions: Mapping[str, str]) -> Tool:
        """Return this."""
        return self

    def _prepared(self, job: Job) -> tuple[render.PluginPlan, Sidecar, Request]:
        plan = job.plan.plugin
        if plan is None:
            raise errors.FailedPrecondition("a plan without a plugin cannot be given to one")
        name = dict(plan.environment).get("ARGOCD_APP_NAME", "")
        path = posixpath.relpath(job.plan.path or ".", plan.root or ".")
        return plan, self._sidecar(plan.name), Request(name, path, plan.environment)

    async def render(self, job: Job) -> Output:
        """Return what the plugin makes of the source.

        Raises:
            errors.InvalidArgument: the plugin failed, or says that the source is not its.
            errors.FailedPrecondition: the plugin asks for what no plugin is given.
            errors.PlumblineError: a limit was hit, or nobody listens.
        """
        plan, sidecar, request = self._prepared(job)
        async with self._archive(job.read, job.plan.reads, plan.root) as packed:
            configuration = await sidecar.configuration()
            if configuration.wants_credentials:
                raise errors.FailedPrecondition(
                    f"plugin {plan.name}: asks for the credential of the repository"
                    " (provideGitCreds), which no plugin is given"
                )
            if plan.is_named and configuration.has_discovery:
                match = await sidecar.match(request, packed)
                if match.has_discovery and not match.is_supported:
                    raise errors.InvalidArgument(
                        f"plugin {plan.name}: its discovery does not match {job.plan.path or '.'}"
                    )
            found = await sidecar.generate(request, packed)
        return Output("\n---\n".join(found), job.plan)

    async def announcements(self, job: Job) -> Sequence[repository_pb2.ParameterAnnouncement]:
        """Return the parameters that the source's plugin can be given.

        Raises:
            errors.PlumblineError: as for :meth:`render`.
        """
        plan, sidecar, request = self._prepared(job)
        async with self._archive(job.read, job.plan.reads, plan.root) as packed:
            return await sidecar.announcements(request, packed)

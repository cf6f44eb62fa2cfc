"""All mirrors of this process: resolve revisions, fetch once, hand out trees.

Called by the renderer, on the event loop; Git itself runs in a pool of threads. However many
callers ask about one repository at the same moment, the remote sees one ls-remote, and one fetch
only if a ref moved.
"""

import asyncio
import concurrent.futures
import contextlib
import dataclasses
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pygit2
import structlog

from plumbline.core import errors
from plumbline.repo_server.git import lfs, lfs_client, revisions, transport
from plumbline.repo_server.git import mirror as mirrors_disk
from plumbline.repo_server.git import repository as repo
from plumbline.repo_server.git.identity import Identities
from plumbline.repo_server.git.signed import Signed
from plumbline.repo_server.git.submodules import (
    MissingSubmodule,
    Mount,
    Submodules,
    UnopenedSubmodule,
)
from plumbline.repo_server.git.tree import CommitTree, MissingObjects, Surroundings

__all__ = ["Mirrors", "Settings"]

log = structlog.get_logger()
T = TypeVar("T")

_ROUNDS = 1000  # submodules and sets of contents that one work may turn out to need
_GATHER = 0.003  # seconds in which callers join one listing of refs


@dataclasses.dataclass(frozen=True)
class Settings:
    """How mirrors are kept."""

    directory: Path
    request_timeout: float = 15.0
    """Seconds without a byte from a server (ARGOCD_GIT_REQUEST_TIMEOUT)."""
    fetch_timeout: float = 120.0
    """Seconds a whole fetch may take."""
    max_fetch: int = 4 * 1024**3
    """Bytes a fetch may receive."""
    threads: int = 8
    """Git operations at the same time."""
    is_partial: bool = False
    """Whether contents of files are fetched when they are read (http and https)."""
    attempts: int = 1
    """How often a remote that cannot be reached is tried (ARGOCD_GIT_ATTEMPTS_COUNT)."""
    pauses: tuple[float, float, float] = (0.25, 5.0, 2.0)
    """Seconds before the second attempt, the longest pause, and how much each is longer."""


class Mirrors:
    """Bare mirrors by URL and credential."""

    def __init__(self, settings: Settings, identities: Identities | None = None) -> None:
        """Keep mirrors where the settings say.

        Args:
            settings: of all mirrors.
            identities: what buys tokens.
        """
        self._settings = settings
        self._identities = identities or Identities()
        self._limits = transport.Limits(settings.fetch_timeout, settings.max_fetch)
        settings.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._scope_key = _persistent_key(settings.directory / "scope.key")
        self._mirrors: dict[str, mirrors_disk.Mirror] = {}
        self._listings: dict[str, asyncio.Future[dict[str, str]]] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._wanted: dict[str, set[str]] = {}
        """Refs to fetch, by mirror."""
        self._pool = concurrent.futures.ThreadPoolExecutor(
            settings.threads, thread_name_prefix="git"
        )
        pygit2.settings.server_timeout = int(settings.request_timeout * 1000)
        pygit2.settings.server_connect_timeout = int(settings.request_timeout * 1000)
        self.listed = 0
        """ls-remotes sent; for metrics and tests."""
        self.fetched = 0
        """Fetches done; for metrics and tests."""

    def close(self) -> None:
        """Let running operations end, start no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def scope(self, repository: repo.Repository) -> str:
        """Return the name under which this caller's view of the repository is kept."""
        return repository.scope(self._scope_key)

    def _mirror(self, repository: repo.Repository) -> mirrors_disk.Mirror:
        name = self.scope(repository)
        if name not in self._mirrors:
            is_partial = self._settings.is_partial and repository.scheme in ("http", "https")
            # A partial mirror is another: without the setting its contents would never arrive.
            path = self._settings.directory / f"{name}{'p' if is_partial else ''}.git"
            self._mirrors[name] = mirrors_disk.Mirror(path, is_partial=is_partial)
        return self._mirrors[name]

    async def _run(self, work: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *args)

    async def refs(self, repository: repo.Repository) -> dict[str, str]:
        """Return the remote's refs now, shared by everybody who asks at the same moment.

        Raises:
            errors.PlumblineError: the remote refuses or cannot be reached.
        """
        name = self.scope(repository)
        waiting = self._listings.get(name)
        if waiting is None:
            waiting = asyncio.ensure_future(self._list(name, repository))
            waiting.add_done_callback(_observe)
            self._listings[name] = waiting
        return await asyncio.shield(waiting)

    async def _list(self, name: str, repository: repo.Repository) -> dict[str, str]:
        await asyncio.sleep(_GATHER)
        # From here on the server may already have read its refs: whoever comes later may know of a
        # newer push, and starts a listing of its own.
        self._listings.pop(name, None)
        self.listed += 1
        mirror = self._mirror(repository)
        return await self._connected(repository, mirror, mirror.list_refs)

    async def _connected(
        self,
        repository: repo.Repository,
        mirror: mirrors_disk.Mirror,
        work: Callable[..., T],
        *args: Any,
    ) -> T:
        """Run work that talks to the remote, with a credential that can be sent."""
        for attempt in range(1, self._settings.attempts + 1):
            opened = await self._identities.authorised(repository)
            try:
                return await self._run(self._guarded, mirror, work, opened, self._limits, *args)
            except errors.Unauthenticated:
                self._identities.forget(repository)
                raise
            except errors.Unavailable:
                if attempt >= self._settings.attempts:
                    raise
            first, longest, factor = self._settings.pauses
            await asyncio.sleep(min(longest, first * factor ** (attempt - 1)))
        raise errors.Unavailable(f"{repository.url}: no attempt was made")

    def _guarded(self, mirror: mirrors_disk.Mirror, work: Callable[..., T], *args: Any) -> T:
        """Run work on a mirror; make the mirror anew once if its files are broken."""
        try:
            return work(*args)
        except transport.BrokenMirror:
            mirror.discard()
            return work(*args)

    async def resolve(
        self, repository: repo.Repository, revision: str, *, tag_prefix: str = ""
    ) -> str:
        """Return the commit of a revision, which is in the mirror afterwards.

        Args:
            repository: opened with the caller's own credential.
            revision: branch, tag, ``refs/…``, whole or short commit id, range of versions of tags;
                empty for HEAD.
            tag_prefix: how tags begin that count for a range.

        Raises:
            errors.InvalidArgument: the revision cannot be one.
            errors.NotFound: the remote has no such revision.
            errors.PlumblineError: the remote refuses or cannot be reached.
        """
        name = revisions.check_revision(revision)
        mirror = self._mirror(repository)
        try:
            return await self._resolve(repository, mirror, name, tag_prefix)
        except transport.BrokenMirror:
            await self._run(mirror.discard)
        try:
            return await self._resolve(repository, mirror, name, tag_prefix)
        except transport.BrokenMirror as error:
            raise errors.Unavailable(f"{repository.url}: the mirror cannot be read") from error

    async def _resolve(
        self,
        repository: repo.Repository,
        mirror: mirrors_disk.Mirror,
        name: str,
        tag_prefix: str,
    ) -> str:
        if revisions.is_full_sha(name) and await self._run(mirror.has, name.lower()):
            return name.lower()
        refs = await self.refs(repository)
        ref = revisions.choose_tag(name, refs, tag_prefix) or revisions.choose_ref(name, refs)
        if ref is not None:
            return await self._ref(repository, mirror, ref, refs)
        if revisions.is_full_sha(name) or revisions.is_short_sha(name):
            found = await self._sha(repository, mirror, name.lower())
            if found is not None:
                return found
        raise errors.NotFound(f"unable to resolve {name!r} to a commit SHA in {repository.url}")

    async def _ref(
        self,
        repository: repo.Repository,
        mirror: mirrors_disk.Mirror,
        ref: str,
        refs: dict[str, str],
    ) -> str:
        tip = refs.get(f"{ref}^{{}}", refs[ref])
        if not await self._run(mirror.has, tip):
            await self._fetch(repository, mirror, (ref,), tip)
        commit = await self._run(mirror.commit_of, tip)
        if commit is None:
            raise errors.NotFound(f"{ref} of {repository.url} does not point to a commit")
        return commit

    async def _sha(
        self, repository: repo.Repository, mirror: mirrors_disk.Mirror, name: str
    ) -> str | None:
        found = await self._run(mirror.commit_of, name)
        if found is None:
            if revisions.is_full_sha(name):
                with contextlib.suppress(errors.NotFound):
                    await self._have(repository, mirror, name)
            else:
                await self._fetch(repository, mirror, (), name)
            found = await self._run(mirror.commit_of, name)
        return found

    async def _fetch(
        self,
        repository: repo.Repository,
        mirror: mirrors_disk.Mirror,
        refs: Sequence[str],
        tip: str,
    ) -> None:
        """Fetch, one at a time for a mirror, all refs that are wanted by now in one connection.

        Whoever waited finds it done, or asks alone if the others' refs were in the way.
        """
        name = self.scope(repository)
        self._wanted.setdefault(name, set()).update(refs)
        async with self._locks.setdefault(name, asyncio.Lock()):
            if await self._run(mirror.has, tip):
                self._wanted.get(name, set()).difference_update(refs)
                return
            if refs:
                await asyncio.sleep(_GATHER)
                refs = sorted({*refs, *self._wanted.pop(name, ())})
            self.fetched += 1
            await self._connected(repository, mirror, mirror.fetch, refs)
        log.info("repository fetched", url=repository.url, refs=list(refs) or "all")

    async def read(
        self, repository: repo.Repository, commit: str, work: Callable[[CommitTree], T]
    ) -> T:
        """Run work on a commit's tree, in a thread; its submodules are empty directories.

        Raises:
            errors.PlumblineError: as :meth:`read_all`.
        """
        closed = Submodules(is_enabled=False)
        return await self.read_all([(repository, commit)], lambda trees: work(trees[0]), closed)

    async def read_all(
        self,
        places: Sequence[tuple[repo.Repository, str]],
        work: Callable[[list[CommitTree]], T],
        submodules: Submodules,
    ) -> T:
        """Run work on the trees of several commits at once, in one thread.

        The work is done again when it turns out to need a submodule or a content of Git LFS: each
        is fetched once, with its own credential. A broken mirror is fetched again once.

        Raises:
            errors.NotFound: a remote has no such commit.
            errors.PlumblineError: what the work raises, or a remote refuses.
        """
        is_broken = False
        fetched: set[tuple[object, ...]] = set()

        def once(*what: object) -> None:
            """Refuse to fetch the same again: it came, and is not here."""
            if what in fetched:
                raise errors.Unavailable("what was fetched cannot be read: the disk is at fault")
            fetched.add(what)

        for _ in range(_ROUNDS):
            try:
                opened = [await self._place(*place, submodules) for place in places]
                return await self._run(_nested, opened, work, [])
            except MissingSubmodule as missing:
                submodules.mount(missing.place, await self._mount(missing, submodules))
            except lfs.MissingContents as missing:
                once(missing.repository.url, missing.pointers)
                await self._fetch_contents(missing)
            except MissingObjects as missing:
                once(missing.repository.url, missing.oids)
                await self._fetch_objects(missing)
            except transport.BrokenMirror:
                if is_broken:
                    break
                is_broken = True
                # Which of them is broken is not known here; a mirror is only a cache.
                mirrors = {self._mirror(repository) for repository, _ in places}
                for mirror in mirrors | {self._mirror(r) for r in submodules.repositories()}:
                    await self._run(mirror.discard)
                submodules.forget()
        raise errors.Unavailable("the mirrors cannot be read")

    async def _place(
        self, repository: repo.Repository, commit: str, submodules: Submodules
    ) -> tuple[mirrors_disk.Mirror, str, Surroundings]:
        mirror = self._mirror(repository)
        await self._have(repository, mirror, commit)
        contents = self._contents(repository)
        return mirror, commit, Surroundings(submodules, repository, contents, mirror.is_partial)

    async def _have(
        self, repository: repo.Repository, mirror: mirrors_disk.Mirror, commit: str
    ) -> None:
        """See that a commit is here, though no ref may lead to it.

        Raises:
            errors.NotFound: the remote has no such commit, or does not give it away.
        """
        if await self._run(mirror.has, commit):
            return
        await self._fetch(repository, mirror, (), commit)
        if not await self._run(mirror.has, commit):
            with contextlib.suppress(errors.Unavailable, errors.NotFound):
                await self._fetch(repository, mirror, (commit,), commit)
            await self._run(mirror.require, commit)

    async def _mount(
        self, missing: MissingSubmodule, submodules: Submodules
    ) -> Mount | errors.PlumblineError:
        """Open a submodule with what the caller gave for it; an error is a value."""
        repository = submodules.find(missing.url)
        if repository is None:
            return UnopenedSubmodule(missing.place.path, missing.url, missing.others)
        mirror = self._mirror(repository)
        try:
            await self._have(repository, mirror, missing.commit)
        except errors.PlumblineError as error:
            return type(error)(f"submodule {missing.place.path!r}: {error.message}")
        contents = self._contents(repository)
        return Mount(mirror, repository, missing.commit, contents, mirror.is_partial)

    def _contents(self, repository: repo.Repository) -> lfs.Contents | None:
        if not repository.enable_lfs:
            return None
        return lfs.Contents(self._settings.directory / "lfs" / self.scope(repository))

    async def _fetch_objects(self, missing: MissingObjects) -> None:
        """Fetch contents of files that a partial fetch left out."""
        repository = missing.repository
        mirror = self._mirror(repository)
        async with self._locks.setdefault(self.scope(repository), asyncio.Lock()):
            await self._connected(repository, mirror, mirror.fetch_objects, missing.oids)
        log.info("files fetched", url=repository.url, files=len(missing.oids))

    async def _fetch_contents(self, missing: lfs.MissingContents) -> None:
        """Fetch contents of Git LFS, one caller at a time for a repository."""
        repository = missing.repository
        contents = self._contents(repository)
        if contents is None:
            raise errors.FailedPrecondition(f"{repository.url}: Git LFS is switched off")
        async with self._locks.setdefault(f"{self.scope(repository)} lfs", asyncio.Lock()):
            opened = await self._identities.authorised(repository)
            await lfs_client.fetch(opened, contents, missing.pointers, self._limits)
        log.info("contents fetched", url=repository.url, objects=len(missing.pointers))

    async def annotated_tag(
        self, repository: repo.Repository, revision: str, commit: str, *, tag_prefix: str = ""
    ) -> str:
        """Return object id and name (``id:name``) of the annotated tag that a revision is.

        Empty where the revision is a branch, a commit or a plain tag. The tag is in the mirror
        afterwards.

        Raises:
            errors.NotFound: the tag points to another commit than ``commit`` now.
            errors.PlumblineError: as :meth:`resolve`.
        """
        name = revisions.check_revision(revision)
        if revisions.is_full_sha(name):
            return ""
        refs = await self.refs(repository)
        ref = revisions.choose_tag(name, refs, tag_prefix) or revisions.choose_ref(name, refs)
        if ref is None or f"{ref}^{{}}" not in refs:
            return ""
        if refs[f"{ref}^{{}}"] != commit:
            raise errors.NotFound(f"{ref} of {repository.url} has moved from {commit}")
        mirror = self._mirror(repository)
        if not await self._run(mirror.has, refs[ref]):
            await self._fetch(repository, mirror, (ref,), refs[ref])
        return f"{refs[ref]}:{ref.removeprefix('refs/tags/')}"

    async def signed(self, repository: repo.Repository, oids: Sequence[str]) -> list[Signed]:
        """Return commits and annotated tags that are in the mirror, with their signatures.

        Raises:
            errors.NotFound: one is not there.
        """
        mirror = self._mirror(repository)
        try:
            return await self._run(mirror.signed, oids)
        except transport.BrokenMirror as error:
            await self._run(mirror.discard)
            raise errors.Unavailable(f"{repository.url}: the mirror cannot be read") from error

    async def metadata(self, repository: repo.Repository, revision: str) -> dict[str, Any]:
        """Return author, time, message and tags of a revision's commit.

        Tags are the remote's; those in the mirror where it does not answer.

        Raises:
            errors.PlumblineError: as :meth:`resolve`.
        """
        commit = await self.resolve(repository, revision)
        found = await self._run(self._mirror(repository).metadata, commit)
        with contextlib.suppress(errors.Unavailable, errors.DeadlineExceeded):
            found["tags"] = revisions.tags_of(commit, await self.refs(repository))
        return found


def _nested(
    places: Sequence[tuple[mirrors_disk.Mirror, str, Surroundings]],
    work: Callable[[list[CommitTree]], T],
    trees: list[CommitTree],
) -> T:
    """Open one commit inside the other: a tree lasts as long as its mirror's call."""
    if len(trees) == len(places):
        return work(trees)
    mirror, commit, around = places[len(trees)]
    return mirror.read(commit, lambda tree: _nested(places, work, [*trees, tree]), around)


def _observe(task: "asyncio.Future[dict[str, str]]") -> None:
    """Mark an error as seen when every caller has gone away meanwhile."""
    if not task.cancelled():
        task.exception()


def _persistent_key(path: Path) -> bytes:
    """Return the key that names mirrors, made once per data directory."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        key = os.urandom(32)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(key)
        return key

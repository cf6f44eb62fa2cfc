"""One bare mirror on disk: made, opened, fetched into, thrown away when it is broken.

Called by the manager of mirrors, in worker threads. Objects are never collected, so that a
force-push cannot take a commit away from a render that uses it.
"""

import contextlib
import shutil
import threading
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import pygit2
import structlog

from plumbline.core import errors
from plumbline.repo_server.git import cli, revisions, transport
from plumbline.repo_server.git import repository as repo
from plumbline.repo_server.git.signed import Signed, read_signed
from plumbline.repo_server.git.transport import BrokenMirror
from plumbline.repo_server.git.tree import CommitTree, Surroundings

__all__ = ["Mirror"]

log = structlog.get_logger()
T = TypeVar("T")

_FSCK: Final = {
    "transfer.fsckObjects": "true",
    "http.followRedirects": "false",
    "core.symlinks": "false",
    "gc.auto": "0",
}


class Mirror:
    """The bare repository of one URL as opened by one credential."""

    def __init__(self, path: Path, *, is_partial: bool = False) -> None:
        """Use the directory ``path``, or the one that took its place earlier.

        Args:
            path: the directory.
            is_partial: whether contents of files are fetched when they are read.
        """
        self._base = path
        self.is_partial = is_partial
        replaced = sorted(path.parent.glob(f"{path.stem}-*.git"))
        self.path = replaced[-1] if replaced else path
        self._local = threading.local()
        self._generation = 0

    def handle(self) -> Any:
        """Return this thread's own handle: libgit2's are not for sharing.

        Raises:
            BrokenMirror: the repository cannot be opened.
        """
        if getattr(self._local, "generation", None) != self._generation:
            self._local.handle = self._opened()
            self._local.generation = self._generation
        return self._local.handle

    def _opened(self) -> Any:
        if not (self.path / "HEAD").exists():
            self._create()
        try:
            return pygit2.Repository(str(self.path))
        except pygit2.GitError as error:
            raise BrokenMirror(str(error)) from error

    def _create(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self.path.with_name(f"{self.path.name}.{uuid.uuid4().hex}")
        made = pygit2.init_repository(str(fresh), bare=True)
        for name, value in _FSCK.items():
            made.config[name] = value
        shutil.rmtree(fresh / "hooks", ignore_errors=True)
        try:
            fresh.rename(self.path)
        except OSError:
            # Another thread was first; its mirror is as good.
            shutil.rmtree(fresh, ignore_errors=True)

    def discard(self) -> None:
        """Throw the mirror away; the next use makes a new one."""
        log.warning("mirror discarded", mirror=self.path.name)
        grave = self.path.with_name(f"{self.path.name}.broken.{uuid.uuid4().hex}")
        with contextlib.suppress(FileNotFoundError):
            self.path.rename(grave)
        shutil.rmtree(grave, ignore_errors=True)
        # libgit2 knows packs by their path, for as long as any thread has them open: a new mirror
        # under the old name would be read through the broken one's tables.
        self.path = self._base.with_name(f"{self._base.stem}-{uuid.uuid4().hex[:8]}.git")
        self._generation += 1

    def has(self, commit: str) -> bool:
        """Tell whether a commit is here."""
        try:
            return pygit2.Oid(hex=commit) in self.handle()
        except (ValueError, pygit2.GitError):
            return False

    def require(self, commit: str) -> None:
        """Raise if a commit is not here.

        Raises:
            errors.NotFound: it is not.
            BrokenMirror: that cannot be told.
        """
        try:
            self.handle()[commit]
        except (KeyError, ValueError) as error:
            raise errors.NotFound(f"commit {commit[:40]} is not in the repository") from error
        except pygit2.GitError as error:
            raise BrokenMirror(str(error)) from error

    def list_refs(self, repository: repo.Repository, limits: transport.Limits) -> dict[str, str]:
        """Ask the remote for its refs."""
        return transport.list_refs(self.handle(), repository, limits)

    def fetch(
        self, repository: repo.Repository, limits: transport.Limits, refs: Sequence[str]
    ) -> None:
        """Fetch some refs or commits in one connection; none: every branch and tag."""
        specs = [f"+{ref}:{_kept(ref)}" for ref in refs] or [
            "+refs/heads/*:refs/plumbline/heads/*",
            "+refs/tags/*:refs/plumbline/tags/*",
        ]
        for lock in self.path.glob("refs/plumbline/**/*.lock"):
            lock.unlink(missing_ok=True)  # left by a killed process; fetches here are one at a time
        handle = self.handle()
        for ref in refs:
            _make_way(handle, _kept(ref))
        try:
            self._fetch(handle, repository, limits, specs)
        except BrokenMirror as error:
            if not refs and _drop_refs(handle):
                # What the remote has now may be in the way of what it had; objects stay.
                self._fetch(handle, repository, limits, specs)
                return
            if not any(revisions.is_full_sha(ref) for ref in refs):
                raise
            # libgit2's way to say that the remote did not send a commit asked for by its id.
            raise errors.NotFound(f"{repository.url} has no commit {refs[0][:40]}") from error

    def _fetch(
        self,
        handle: Any,
        repository: repo.Repository,
        limits: transport.Limits,
        specs: Sequence[str],
    ) -> None:
        transport.fetch(handle, repository, limits, refspecs=specs, is_partial=self.is_partial)

    def fetch_objects(
        self, repository: repo.Repository, limits: transport.Limits, oids: Sequence[str]
    ) -> None:
        """Fetch contents of files that a partial fetch left out."""
        cli.fetch_objects(str(self.path), repository, limits, oids)

    def commit_of(self, name: str) -> str | None:
        """Return the commit an object id or its beginning names, through tags.

        Raises:
            BrokenMirror: the object cannot be read.
        """
        try:
            return str(self.handle().revparse_single(name).peel(pygit2.Commit).id)
        except (KeyError, ValueError):
            return None
        except pygit2.GitError as error:
            raise BrokenMirror(str(error)) from error

    def read(self, commit: str, work: Callable[[CommitTree], T], around: Surroundings) -> T:
        """Run work on a commit's tree.

        Raises:
            BrokenMirror: an object that must be here is not, or cannot be read.
            MissingSubmodule: what the work reads lies in a submodule that is not here.
            MissingContents: it is a content of Git LFS that is not here.
        """
        handle = self.handle()
        try:
            return work(CommitTree(handle, commit, around))
        except (KeyError, pygit2.GitError) as error:
            raise BrokenMirror(str(error)) from error

    def signed(self, oids: Sequence[str]) -> list[Signed]:
        """Return commits and annotated tags with their signatures.

        Raises:
            errors.NotFound: one is not here.
            BrokenMirror: one cannot be read.
        """
        handle = self.handle()
        try:
            return [read_signed(handle, oid) for oid in oids]
        except pygit2.GitError as error:
            raise BrokenMirror(str(error)) from error

    def metadata(self, commit: str) -> dict[str, Any]:
        """Return author, time, message, tags and signature of a commit.

        Raises:
            errors.NotFound: it is not here.
        """
        handle = self.handle()
        try:
            found = handle[commit].peel(pygit2.Commit)
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise errors.NotFound(f"commit {commit[:40]} is not in the repository") from error
        prefix = "refs/plumbline/tags/"
        tags = [
            name.removeprefix(prefix)
            for name in handle.listall_references()
            if name.startswith(prefix) and self.commit_of(name) == str(found.id)
        ]
        return {
            "commit": str(found.id),
            "author": f"{found.author.name} <{found.author.email}>",
            "time": found.author.time,
            "offset": found.author.offset,
            "message": found.message.strip(),
            "tags": sorted(tags),
        }


def _kept(ref: str) -> str:
    """Return the name under which a ref of the remote, or a commit, is kept here."""
    if ref.startswith("refs/") or ref == "HEAD":
        return f"refs/plumbline/{ref.removeprefix('refs/')}"
    return f"refs/plumbline/commits/{ref}"


def _make_way(handle: Any, ref: str) -> None:
    """Delete refs that cannot be beside one: a branch ``a/b`` that was before a branch ``a``."""
    parts = ref.split("/")
    above = {"/".join(parts[:count]) for count in range(4, len(parts))}
    for name in handle.listall_references():
        if name in above or name.startswith(f"{ref}/"):
            handle.references.delete(name)


def _drop_refs(handle: Any) -> bool:
    """Delete the refs of branches and tags; tell whether there were any."""
    names = [
        name
        for name in handle.listall_references()
        if name.startswith(("refs/plumbline/heads/", "refs/plumbline/tags/"))
    ]
    for name in names:
        handle.references.delete(name)
    return bool(names)

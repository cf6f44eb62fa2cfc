"""A commit's tree, read from a mirror's objects: the ``core.render.Tree`` over pygit2.

Submodules are directories whose objects lie in other mirrors; a file that is a pointer of Git LFS
is the content it points to, where the repository says so. What is not here yet ends the work with
an exception that names it; the mirrors fetch it and do the work again.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

import pygit2

from plumbline.core import errors, render, repositories
from plumbline.repo_server.git import lfs
from plumbline.repo_server.git import repository as repo
from plumbline.repo_server.git.submodules import MissingSubmodule, Place, Submodules

__all__ = ["CommitTree", "MissingObjects", "Surroundings"]

_KINDS: Final = {
    0o100644: render.EntryKind.FILE,
    0o100664: render.EntryKind.FILE,
    0o100755: render.EntryKind.EXECUTABLE,
    0o120000: render.EntryKind.LINK,
    0o040000: render.EntryKind.DIRECTORY,
    0o160000: render.EntryKind.DIRECTORY,
}
_SUBMODULE: Final = 0o160000
_MODULES: Final = ".gitmodules"
_MAX_MODULES: Final = 1024 * 1024
_NEIGHBOURS: Final = 500  # files of a directory fetched together
_DEPTH: Final = 16  # submodules inside of one another
_MAX_NAME: Final = 255
_MAX_DIRECTORY: Final = 64 * 1024 * 1024  # bytes of its list of names: about a million
MAX_COMMIT: Final = 16 * 1024 * 1024  # bytes
_DOT_GIT: Final = frozenset({".git", "git~1"})
_IGNORABLE: Final = dict.fromkeys(
    (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF)
)
"""Code points that some file systems drop, so that `.g\u200cit` would become `.git`."""


def _check_name(name: str, directory: str) -> None:
    folded = name.translate(_IGNORABLE).rstrip(". ").lower()
    hostile = (
        name in ("", ".", "..")
        or folded in _DOT_GIT
        or len(name.encode(errors="surrogateescape")) > _MAX_NAME
        or any(char in name for char in "/\\\x00")
    )
    if hostile:
        raise errors.InvalidArgument(
            f"the repository holds a refused name {name[:80]!r} in {directory or '/'!r}"
        )


@dataclasses.dataclass(frozen=True)
class Surroundings:
    """What a tree may reach beyond its own repository."""

    submodules: Submodules
    repository: repo.Repository
    contents: lfs.Contents | None = None
    """Of Git LFS; ``None``: pointers stay pointers."""
    is_partial: bool = False
    """Whether contents of files may have been left out of the mirror."""


class MissingObjects(Exception):
    """Files that a tree needs were left out of a mirror; the work is done again with them."""

    def __init__(self, repository: repo.Repository, oids: Iterable[str]) -> None:
        """Say which, and of which repository."""
        super().__init__("contents of files are not here")
        self.repository = repository
        self.oids = tuple(oids)


class _Store(NamedTuple):
    """Where objects are: a repository's handle, and its contents of Git LFS."""

    handle: Any
    repository: repo.Repository
    contents: lfs.Contents | None
    is_partial: bool


class _Directory(NamedTuple):
    """A directory: the store that holds it, its tree, and the path of its repository's root."""

    store: _Store
    oid: Any
    root: str


_NOBODY: Final = repo.Repository(url="")
_CLOSED: Final = Surroundings(Submodules(is_enabled=False), _NOBODY)


class CommitTree:
    """Reads one commit; for one thread, and for as long as one call lasts."""

    def __init__(self, repository: Any, commit: str, around: Surroundings = _CLOSED) -> None:
        """Open a commit.

        Args:
            repository: the mirror's handle.
            commit: what to read.
            around: by default submodules are empty directories.

        Raises:
            errors.NotFound: the mirror has no such commit.
        """
        self._commit = commit
        self._around = around
        own = _Store(repository, around.repository, around.contents, around.is_partial)
        self._stores = [own]
        self._places: dict[str, _Directory] = {"": _Directory(own, _root(repository, commit), "")}
        self._gitlinks: dict[str, str] = {}
        self._modules: dict[str, dict[str, str]] = {}
        self._known: dict[str, Mapping[str, render.Entry] | None] = {}
        self._lacking: dict[str, str] = {}
        """The directory of each file whose content was left out of its mirror."""

    def children(self, path: str) -> Mapping[str, render.Entry] | None:
        """Return the entries of a real directory.

        Raises:
            errors.InvalidArgument: it holds a name that no file system should be given.
            MissingSubmodule: it lies in a submodule that is not here yet.
        """
        if path not in self._known:
            self._known[path] = self._read(path)
        return self._known[path]

    def _read(self, path: str) -> Mapping[str, render.Entry] | None:
        if path not in self._places:
            directory, _, name = path.rpartition("/")
            entry = (self.children(directory) or {}).get(name)
            if entry is None or entry.kind is not render.EntryKind.DIRECTORY:
                return None
            above = self._places[directory]
            if path in self._gitlinks:
                if not self._around.submodules.is_enabled:
                    return {}
                self._places[path] = self._mounted(path, above)
            else:
                self._places[path] = above._replace(oid=pygit2.Oid(hex=entry.oid))
        place = self._places[path]
        found: dict[str, render.Entry] = {}
        check_size(place.store.handle, str(place.oid), _MAX_DIRECTORY, "a directory")
        for item in place.store.handle[place.oid]:
            name = item.name or ""
            _check_name(name, path)
            mode = int(item.filemode)
            kind = _KINDS.get(mode)
            if kind is None:
                raise errors.InvalidArgument(f"{path}/{name}: unknown mode {item.filemode:o}")
            if mode == _SUBMODULE:
                self._gitlinks[render.join(path, name)] = str(item.id)
            found[name] = render.Entry(str(item.id), kind)
            is_blob = kind is not render.EntryKind.DIRECTORY
            if place.store.is_partial and is_blob and not place.store.handle.odb.exists(item.id):
                self._lacking[str(item.id)] = path
        return found

    def _mounted(self, path: str, above: _Directory) -> _Directory:
        """Return the root of a submodule."""
        commit = self._gitlinks[path]
        place = Place(self._around.repository.url, self._commit, path)
        mount = self._around.submodules.mounted(place)
        if mount is None:
            if sum(path.startswith(f"{outer}/") for outer in self._gitlinks) >= _DEPTH:
                raise errors.ResourceExhausted(f"{path}: more than {_DEPTH} nested submodules")
            base = above.store.repository.url
            urls = self._module_urls(above.root)
            inner = path[len(above.root) + 1 :] if above.root else path
            url = repositories.submodule_url(base, urls.get(inner, ""), path=path)
            raise MissingSubmodule(place, url, commit, _readable(base, urls))
        handle = mount.mirror.handle()
        store = _Store(handle, mount.repository, mount.contents, mount.is_partial)
        self._stores.append(store)
        return _Directory(store, _root(handle, mount.commit), path)

    def _module_urls(self, root: str) -> dict[str, str]:
        """Return the URLs of a repository's submodules by their path in it."""
        if root not in self._modules:
            entry = (self.children(root) or {}).get(_MODULES)
            content = b""
            if entry is not None and entry.is_file:
                self._require(entry.oid)
                content = _blob(self._places[root].store.handle, entry.oid, _MAX_MODULES)
            self._modules[root] = repositories.parse_gitmodules(content)
        return self._modules[root]

    def prepare(self, files: Iterable[tuple[str, render.Entry]]) -> None:
        """See that everything a set of files needs is here, before the first is written.

        Raises:
            MissingSubmodule: one of them lies in a submodule that is not here yet.
            MissingObjects: some were left out of the mirror.
            MissingContents: some are pointers of Git LFS whose content is not here yet.
        """
        wanted = list(files)
        # Asked of the store of objects: a repository would read each whole object to tell.
        own = self._stores[0].handle.odb
        for path, entry in wanted:
            # Only what is not in the repository itself needs its directories read: in a monorepo,
            # those above a source are long, and this is asked for each source.
            if entry.oid not in self._lacking and not own.exists(pygit2.Oid(hex=entry.oid)):
                self.children(path.rpartition("/")[0])
        lacking = [entry.oid for _, entry in wanted if entry.oid in self._lacking]
        self._raise_lacking(lacking)
        missing: dict[str, list[lfs.Pointer]] = {}
        for _, entry in wanted:
            store = self._holder(entry.oid)
            pointer = _pointer(store, entry.oid)
            contents = store.contents
            if pointer is not None and contents is not None and not contents.has(pointer):
                missing.setdefault(store.repository.url, []).append(pointer)
        for store in self._stores:
            if found := missing.get(store.repository.url):
                raise lfs.MissingContents(store.repository, tuple(dict.fromkeys(found)))

    def blob(self, oid: str, limit: int) -> bytes:
        """Return a blob's content; the size is read before the content.

        Raises:
            errors.ResourceExhausted: it is larger than the limit.
            MissingContents: it is a pointer of Git LFS whose content is not here yet.
            MissingObjects: it was left out of the mirror.
        """
        self._require(oid)
        store = self._holder(oid)
        pointer = _pointer(store, oid)
        if pointer is None or store.contents is None:
            return _blob(store.handle, oid, limit)
        if pointer.size > limit:
            raise errors.ResourceExhausted(f"a file of {pointer.size} bytes exceeds {limit} bytes")
        content = store.contents.read(pointer)
        if content is None:
            raise lfs.MissingContents(store.repository, (pointer,))
        return content

    def _require(self, oid: str) -> None:
        """See that a file is here; if it is not, its neighbours will be wanted too."""
        directory = self._lacking.get(oid)
        if directory is not None:
            entries = (self._known.get(directory) or {}).values()
            near = [entry.oid for entry in entries if entry.oid in self._lacking]
            self._raise_lacking([oid, *near[:_NEIGHBOURS]])

    def _raise_lacking(self, oids: list[str]) -> None:
        """Ask for the files of the first repository among those that are lacking."""
        if oids:
            store = self._places[self._lacking[oids[0]]].store
            same = [oid for oid in oids if self._places[self._lacking[oid]].store is store]
            raise MissingObjects(store.repository, dict.fromkeys(same))

    def _holder(self, oid: str) -> _Store:
        """Return the store that has an object: equal ids are equal contents."""
        if len(self._stores) > 1:
            key = pygit2.Oid(hex=oid)
            for store in self._stores:
                if store.handle.odb.exists(key):
                    return store
        return self._stores[0]


def _root(handle: Any, commit: str) -> Any:
    try:
        check_size(handle, commit, MAX_COMMIT, "a commit")
        return handle[commit].peel(pygit2.Tree).id
    except (KeyError, ValueError) as error:
        raise errors.NotFound(f"commit {commit[:40]} is not in the repository") from error


def check_size(handle: Any, oid: str, limit: int, what: str) -> None:
    """See that an object is not too large before it is read: looking it up reads all of it.

    Raises:
        errors.ResourceExhausted: it is.
        KeyError: it is not here.
    """
    _, size = handle.odb.read_header(pygit2.Oid(hex=oid))
    if size > limit:
        raise errors.ResourceExhausted(f"{what} of {size} bytes exceeds {limit} bytes")


def _blob(handle: Any, oid: str, limit: int) -> bytes:
    check_size(handle, oid, limit, "a file")
    return bytes(handle[pygit2.Oid(hex=oid)].data)


def _pointer(store: _Store, oid: str) -> lfs.Pointer | None:
    if store.contents is None:
        return None
    _, size = store.handle.odb.read_header(pygit2.Oid(hex=oid))
    if size > lfs.MAX_POINTER:
        return None
    return lfs.parse_pointer(bytes(store.handle[pygit2.Oid(hex=oid)].data))


def _readable(base: str, urls: Mapping[str, str]) -> list[str]:
    """Return the URLs of submodules as far as they can be opened."""
    found = []
    for path, url in urls.items():
        try:
            found.append(repositories.submodule_url(base, url, path=path))
        except errors.InvalidArgument:
            continue  # said when that submodule is read
    return found

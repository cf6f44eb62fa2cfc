"""What one request may open of other repositories from inside of one: its submodules.

Made by the service from a request, filled by the mirrors while trees are read, asked by the trees.
Who asks says which repositories may be opened and with what; a submodule that is in none of them is
an error that names its URL, so that the caller can decide and ask again.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

from plumbline.core import errors, repositories
from plumbline.repo_server.git.lfs import Contents
from plumbline.repo_server.git.repository import Repository

__all__ = ["MissingSubmodule", "Mount", "Place", "Submodules", "UnopenedSubmodule"]

_MAX_MOUNTS = 1000


class Place(NamedTuple):
    """A submodule: the repository and commit whose tree is read, and the path in it."""

    root: str
    commit: str
    path: str


class Opener(Protocol):
    """A mirror."""

    def handle(self) -> Any:
        """Return this thread's handle of the repository."""
        ...


class Mount(NamedTuple):
    """A submodule's commit in the mirror of its own repository."""

    mirror: Opener
    repository: Repository
    commit: str
    contents: Contents | None = None
    """Of Git LFS."""
    is_partial: bool = False
    """Whether contents of files may have been left out."""


class MissingSubmodule(Exception):
    """A tree needs a submodule that is not here yet; the work is done again once it is."""

    def __init__(self, place: Place, url: str, commit: str, others: Iterable[str]) -> None:
        """Say what is missing.

        Args:
            place: where it belongs.
            url: what to open.
            commit: what to read of it.
            others: the URLs of all submodules beside it.
        """
        super().__init__(f"submodule {place.path} is not here")
        self.place = place
        self.url = url
        self.commit = commit
        self.others = tuple(others)


class UnopenedSubmodule(errors.FailedPrecondition):
    """The request does not say that a submodule may be opened."""

    def __init__(self, path: str, url: str, others: Iterable[str]) -> None:
        """Name it, and the URLs that could be asked for with it."""
        shown = repositories.public_url(url)
        super().__init__(f"submodule {path!r} ({shown}) is not opened for this project")
        self.urls = tuple(dict.fromkeys((url, *others)))


class Submodules:
    """The repositories that may be opened as submodules, and where they stand in trees."""

    def __init__(self, opened: Iterable[Repository] = (), *, is_enabled: bool = True) -> None:
        """Mount nothing yet.

        Args:
            opened: each with the caller's credential for it.
            is_enabled: else every submodule is an empty directory.
        """
        self.is_enabled = is_enabled
        self._opened = {repositories.normalise_url(one.url): one for one in opened}
        self._mounts: dict[Place, Mount | errors.PlumblineError] = {}

    def repositories(self) -> tuple[Repository, ...]:
        """Return what may be opened."""
        return tuple(self._opened.values())

    def find(self, url: str) -> Repository | None:
        """Return what opens a URL, if the caller said so."""
        return self._opened.get(repositories.normalise_url(url))

    def mounted(self, place: Place) -> Mount | None:
        """Return what stands at a place, or ``None`` if it was not looked for yet.

        Raises:
            errors.PlumblineError: why it cannot be opened.
        """
        found = self._mounts.get(place)
        if isinstance(found, errors.PlumblineError):
            raise found
        return found

    def mount(self, place: Place, what: Mount | errors.PlumblineError) -> None:
        """Put a repository, or the reason for none, at a place.

        Raises:
            errors.ResourceExhausted: more than one request may open.
        """
        if len(self._mounts) >= _MAX_MOUNTS:
            raise errors.ResourceExhausted(f"more than {_MAX_MOUNTS} submodules in one request")
        self._mounts[place] = what

    def forget(self) -> None:
        """Take away what was mounted: a mirror was broken."""
        self._mounts.clear()

"""Which submodules a project's sources may open, learned from what the repo-server asks for.

Used by the controller and the api-server. Only the repo-server reads ``.gitmodules``, and only the
control plane knows projects and credentials: an answer names the URLs that are missing, and each
that the project permits is opened with its own credential when the question is asked again.
"""

from collections.abc import Callable, Sequence

from plumbline.core import errors
from plumbline.core.repositories._fields import Repository
from plumbline.core.repositories._match import normalise_url
from plumbline.core.repositories._urls import public_url

__all__ = ["OpenedSubmodules"]

_MAX_URLS = 1000


class OpenedSubmodules:
    """The submodules of one repository on behalf of one project."""

    def __init__(
        self,
        project: str,
        *,
        credential: Callable[[str, str], Repository],
        permits: Callable[[str, str], bool],
    ) -> None:
        """Know none yet.

        Args:
            project: on whose behalf.
            credential: what opens a URL for a project.
            permits: whether a project may use a URL, as things are now.
        """
        self._project = project
        self._credential = credential
        self._permits = permits
        self._urls: dict[str, str] = {}

    def opened(self) -> tuple[Repository, ...]:
        """Return what may be opened, each with its own credential."""
        return tuple(
            self._credential(url, self._project)
            for url in self._urls.values()
            if self._permits(url, self._project)
        )

    def learn(self, urls: Sequence[str]) -> bool:
        """Take note of what an answer asks for; tell whether asking again can help.

        Args:
            urls: the one that is needed first; empty if nothing is asked for.
        """
        if not urls:
            return False
        needed = normalise_url(urls[0])
        is_new = needed not in self._urls
        for url in urls:
            if len(self._urls) < _MAX_URLS:
                self._urls.setdefault(normalise_url(url), url)
        return is_new and needed in self._urls and self._permits(urls[0], self._project)

    def refusal(self, urls: Sequence[str]) -> errors.PermissionDenied | None:
        """Return the error of an answer that asks for what the project forbids."""
        if not urls or self._permits(urls[0], self._project):
            return None
        return errors.PermissionDenied(
            f"application repo {public_url(urls[0])} is not permitted in project"
            f" '{self._project or 'default'}'"
        )

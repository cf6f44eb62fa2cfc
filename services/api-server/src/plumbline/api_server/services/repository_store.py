"""Repositories and templates as a caller may see and change them.

Used by the services of repositories, templates and projects. Permission is asked for the object as
it is stored, whatever spelling a request used (security.md, CVE-2023-23947); what a caller may not
see is to that caller as if it were not there.
"""

import dataclasses
import re
from typing import Final, NamedTuple, NoReturn

from plumbline.api_server.parts import Parts
from plumbline.api_server.services.repository_secrets import DeclaringSecrets
from plumbline.core import errors, repositories
from plumbline.core.secret import Secret
from plumbline.kube.declared import Entry

__all__ = [
    "READ",
    "READ_TEMPLATES",
    "WRITE",
    "WRITE_TEMPLATES",
    "RepositoryStore",
    "Sort",
    "target",
]

_PROJECT = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")


class Sort(NamedTuple):
    """One of the four sorts of Secrets."""

    label: str
    resource: str
    """Of the policy."""
    prefix: str
    """Of the Secrets' names."""
    is_template: bool
    noun: str


READ: Final = Sort("repository", "repositories", "repo", False, "repository")
WRITE: Final = Sort("repository-write", "write-repositories", "repo-write", False, "repository")
READ_TEMPLATES: Final = Sort("repo-creds", "repositories", "creds", True, "repository credentials")
WRITE_TEMPLATES: Final = Sort(
    "repo-write-creds", "write-repositories", "creds-write", True, "repository credentials"
)


class RepositoryStore:
    """What Secrets of one sort declare."""

    def __init__(self, parts: Parts, sort: Sort) -> None:
        self._permissions = parts.permissions
        self._declared = parts.declared
        self._secrets = DeclaringSecrets(parts)
        self._sort = sort

    def visible(self) -> list[Entry]:
        """Return the entries that the caller may see."""
        return [e for e in self._declared.entries(self._sort.label) if self._allows("get", e)]

    def look(self, url: str, project: str) -> Entry | None:
        """Return the entry for a URL that the caller may see.

        The project's own is preferred, then one without a project; where no project is named, the
        only one there is.

        Raises:
            errors.InvalidArgument: several projects have one.
        """
        found = self._same(url, self.visible())
        if project:
            own = [e for e in found if e.repository.project == project]
            return next(iter([*own, *(e for e in found if not e.repository.project)]), None)
        shared = [e for e in found if not e.repository.project]
        if not shared and len(found) > 1:
            raise errors.InvalidArgument(
                f"several projects have a {self._sort.noun} with this URL: name the project"
            )
        return next(iter([*shared, *found]), None)

    def get(self, url: str, project: str) -> Entry:
        """Return the entry that :meth:`look` finds.

        Raises:
            errors.PermissionDenied: the caller may not see it, whether it exists or not.
            errors.NotFound: it does not exist, and the caller may know that.
        """
        found = self.look(url, project)
        return found if found is not None else self._missing("get", url, project)

    def _missing(self, action: str, url: str, project: str) -> NoReturn:
        self._permissions.require(self._sort.resource, action, target(url, project))
        raise errors.NotFound(f"{self._sort.noun} '{repositories.public_url(url)}' not found")

    def require(self, action: str, url: str, project: str) -> Entry:
        """Return the entry that a request names exactly, if the caller may act on it.

        Raises:
            errors.PermissionDenied: the caller may not, whether it exists or not.
            errors.NotFound: it does not exist, and the caller may know that.
        """
        found = self.look(url, project)
        if found is not None and project and found.repository.project != project:
            found = None  # reading falls back to the shared one, changing must not
        if found is None:
            self._missing(action, url, project)
        self._permissions.require(self._sort.resource, action, _target(found))
        return found

    async def create(
        self, repository: repositories.Repository, *, upsert: bool
    ) -> repositories.Repository:
        """Declare a repository, or change the one there is if that is asked for.

        Raises:
            errors.PermissionDenied: the caller may not.
            errors.InvalidArgument: there is a different one, and ``upsert`` is not set.
        """
        self.check_create(repository)
        known = self._exact(repository)
        if known is None:
            name = repositories.secret_name(self._sort.prefix, repository.url, repository.project)
            await self._secrets.create(name, self._sort.label, self._encode(repository))
            return repository
        if not self._allows("get", known) or not self._allows("create", known):
            raise errors.PermissionDenied("permission denied")
        wanted = dataclasses.replace(repository, url=known.repository.url)
        if wanted == known.repository:
            return wanted
        if not upsert:
            raise errors.InvalidArgument(
                f"existing {self._sort.noun} spec is different; use upsert flag to force update"
            )
        self._permissions.require(self._sort.resource, "update", _target(known))
        return await self._write(known, wanted)

    def check_create(self, repository: repositories.Repository) -> None:
        """Refuse what cannot be declared, before anything is connected or written.

        Raises:
            errors.PermissionDenied: the caller may not create it.
            errors.InvalidArgument: its project or its name cannot be one.
        """
        project = repository.project
        if project and not _PROJECT.fullmatch(project):
            raise errors.InvalidArgument("the repository's project is not a name of a project")
        asked = target(repository.url, project)
        self._permissions.require(self._sort.resource, "create", asked)
        if repository.type == "helm" and not repository.name and not self._sort.is_template:
            raise errors.InvalidArgument("a repository of type helm needs a name")

    async def update(self, repository: repositories.Repository) -> repositories.Repository:
        """Write a repository in the place of the one there is.

        Raises:
            errors.PermissionDenied: the caller may not.
            errors.NotFound: there is none.
        """
        known = self.require("update", repository.url, repository.project)
        wanted = dataclasses.replace(
            repository, url=known.repository.url, project=known.repository.project
        )
        return await self._write(known, wanted)

    async def delete(self, url: str, project: str) -> None:
        """Give up a repository.

        Raises:
            errors.PermissionDenied: the caller may not.
            errors.NotFound: there is none.
        """
        found = self.require("delete", url, project)
        await self._secrets.remove(found.secret_name)

    async def _write(
        self, known: Entry, wanted: repositories.Repository
    ) -> repositories.Repository:
        stored = await self._secrets.read(known.secret_name)
        present = frozenset(stored.get("data") or ())
        data = repositories.encode_repository(
            wanted, present=present, is_template=self._sort.is_template
        )
        await self._secrets.update(stored, data)
        return wanted

    def _encode(self, repository: repositories.Repository) -> dict[str, Secret]:
        return repositories.encode_repository(repository, is_template=self._sort.is_template)

    def _exact(self, repository: repositories.Repository) -> Entry | None:
        found = self._same(repository.url, self._declared.entries(self._sort.label))
        return next((e for e in found if e.repository.project == repository.project), None)

    def _same(self, url: str, entries: list[Entry]) -> list[Entry]:
        if self._sort.is_template:
            wanted = url.rstrip("/").lower()
            return [e for e in entries if e.repository.url.rstrip("/").lower() == wanted]
        wanted = repositories.normalise_url(url)
        return [e for e in entries if repositories.normalise_url(e.repository.url) == wanted]

    def _allows(self, action: str, entry: Entry) -> bool:
        return self._permissions.allows(self._sort.resource, action, _target(entry))


def target(url: str, project: str) -> str:
    """Return the object of a policy for a URL and a project (behaviour.md section 14).

    A registry is written without a scheme; it gets one here, so that it cannot be taken for
    ``<project>/…`` and be reached by who may do everything in a project of that name.
    """
    shown = repositories.public_url(url)
    if "://" not in shown and "/" in shown.partition(":")[0]:
        shown = f"oci://{shown}"
    return f"{project}/{shown}" if project else shown


def _target(entry: Entry) -> str:
    return target(entry.repository.url, entry.repository.project)

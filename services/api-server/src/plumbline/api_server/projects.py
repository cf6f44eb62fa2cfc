"""The AppProjects as the api-server reads them, current within a second.

Fed by an informer; read by the project service, by permissions (roles of a project) and by the
verification of project tokens.
"""

import collections
from typing import Final, NamedTuple

import orjson
import structlog

from plumbline.core import errors, model, project, rbac
from plumbline.kube.client import KubeClient
from plumbline.kube.informer import Informer, Lens

__all__ = ["ProjectRow", "Projects"]

log = structlog.get_logger()

_DELETIONS: Final = 1000  # deletions of ours remembered until their events have passed


class ProjectRow(NamedTuple):
    """One AppProject: its tree and its lens."""

    tree: model.Manifest
    project: model.Project

    @property
    def uid(self) -> str:
        """Which of all projects that ever had this name it is."""
        return str(self.tree["metadata"].get("uid", ""))

    @property
    def version(self) -> int:
        """Its resource version."""
        return _number(self.tree["metadata"].get("resourceVersion", ""))


def _number(version: str) -> int:
    return int(version) if version.isdecimal() else 0


class Projects:
    """All AppProjects of the control plane's namespace."""

    def __init__(self) -> None:
        self._rows: dict[str, ProjectRow] = {}
        self._policies: dict[str, rbac.Policy] = {}
        self._deleted: collections.deque[str] = collections.deque(maxlen=_DELETIONS)
        self.version = 0
        """Moves with every change, so that what is computed from projects can be kept."""

    def informer(self, client: KubeClient, namespace: str) -> Informer:
        """Return the informer that feeds this object."""
        path = f"/apis/argoproj.io/v1alpha1/namespaces/{namespace}/appprojects"
        return Informer(client, path, self)

    def get(self, name: str) -> ProjectRow | None:
        """Return a project; the default one for an empty name."""
        return self._rows.get(name or "default")

    def whole(self, one: model.Project, setting: str) -> model.Project:
        """Return a project with everything that it inherits.

        Args:
            one: a project, perhaps not stored yet.
            setting: argocd-cm ``globalProjects``.

        Raises:
            errors.InvalidArgument: the setting cannot be read: then nothing is permitted by it.
        """
        everything = [row.project for row in self._rows.values()]
        return project.whole_project(one, everything, project.parse_global_projects(setting))

    def all(self) -> list[ProjectRow]:
        """Return all projects, sorted by name."""
        return [self._rows[name] for name in sorted(self._rows)]

    def policy(self, name: str) -> rbac.Policy | None:
        """Return the policies of a project's roles; the same value until the project changes."""
        row = self._rows.get(name)
        if row is not None and name not in self._policies:
            policy = rbac.project_policy(name, row.project.spec.roles)
            for problem in policy.problems:
                log.warning("project's policy is not understood", project=name, problem=problem)
            self._policies[name] = policy
        return self._policies.get(name)

    def tokens(self, name: str, role: str) -> list[model.JWTToken]:
        """Return the tokens listed for a role that the project has, in spec and status."""
        row = self._rows.get(name)
        if row is None:
            return []
        found = [r for r in row.project.spec.roles if r.name == role]
        listed = [token for r in found for token in r.jwt_tokens]
        if found:
            listed += row.project.status.jwt_tokens_by_role.get(role, model.JWTTokens()).items
        return listed

    def upsert(self, lens: Lens, raw: bytes) -> None:
        """Take a project; one that cannot be read grants nothing.

        What we wrote is known before its event arrives, so an event may be older than what is
        known: it must not bring back a token, a role or a project that is gone.
        """
        name, uid = lens.metadata.name, lens.metadata.uid
        known = self._rows.get(name)
        if uid and uid in self._deleted:
            return
        if known is not None and known.uid == uid:
            version = _number(lens.metadata.resource_version)
            if version and version <= known.version:
                return
        self.version += 1
        self._policies.pop(name, None)
        try:
            self._rows[name] = ProjectRow(orjson.loads(raw), model.decode_project(raw))
        except errors.InvalidArgument as error:
            self._rows.pop(name, None)
            log.warning("project cannot be read", project=name, error=error.message)

    def remove(self, lens: Lens) -> None:
        """Take it that a project is gone; another one of its name stays."""
        self._remove(lens.metadata.name, lens.metadata.uid)

    def deleted(self, row: ProjectRow) -> None:
        """Take it that our own deletion of a project was carried out, before its event is there.

        One with finalizers is still there: others end it.
        """
        if not row.tree["metadata"].get("finalizers"):
            self._deleted.append(row.uid)
            self._remove(row.project.metadata.name, row.uid)

    def _remove(self, name: str, uid: str) -> None:
        known = self._rows.get(name)
        if known is not None and uid and known.uid and known.uid != uid:
            return
        self.version += 1
        self._policies.pop(name, None)
        self._rows.pop(name, None)

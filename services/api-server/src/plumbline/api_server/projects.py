"""The AppProjects as the api-server reads them, current within a second.

Fed by an informer; read by the project service, by permissions (roles of a project) and by the
verification of project tokens.
"""

from typing import NamedTuple

import orjson
import structlog

from plumbline.core import errors, model, project, rbac
from plumbline.kube.client import KubeClient
from plumbline.kube.informer import Informer, Lens

__all__ = ["ProjectRow", "Projects"]

log = structlog.get_logger()


class ProjectRow(NamedTuple):
    """One AppProject: its tree and its lens."""

    tree: model.Manifest
    project: model.Project


class Projects:
    """All AppProjects of the control plane's namespace."""

    def __init__(self) -> None:
        self._rows: dict[str, ProjectRow] = {}
        self._policies: dict[str, rbac.Policy] = {}
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
        """Take a project; one that cannot be read grants nothing."""
        name = lens.metadata.name
        self.version += 1
        self._policies.pop(name, None)
        try:
            self._rows[name] = ProjectRow(orjson.loads(raw), model.decode_project(raw))
        except errors.InvalidArgument as error:
            self._rows.pop(name, None)
            log.warning("project cannot be read", project=name, error=error.message)

    def remove(self, lens: Lens) -> None:
        """Take it that a project is gone."""
        self.version += 1
        self._policies.pop(lens.metadata.name, None)
        self._rows.pop(lens.metadata.name, None)

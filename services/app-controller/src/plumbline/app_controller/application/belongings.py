"""Which live objects are an application's, for the users who ask about it.

Used by ``channel``. An object is an application's if the application tracks it and its project
permits it, or if such an object owns it in a namespace that the project permits; nothing else is
shown or written through the application (security.md, 1b: the live state a user names proves
nothing).
"""

from collections.abc import Callable
from typing import Final

from plumbline.app_controller.application.clusterpool import ClusterHandle
from plumbline.app_controller.application.store import ProjectStore
from plumbline.core import errors, project
from plumbline.core.model import Application, Project, ResourceKey
from plumbline.kube.discovery import ApiResource

__all__ = ["Belongings"]

_GRANT_SECONDS: Final = 60.0


class Belongings:
    """Answers for every application, by its project as it is now."""

    def __init__(
        self, projects: ProjectStore, *, namespace: str, clock: Callable[[], float]
    ) -> None:
        """Know nothing but the rules.

        Args:
            projects: what applications may do.
            namespace: the control plane's.
            clock: the boot-time clock of grants.
        """
        self._projects = projects
        self.namespace = namespace
        self._clock = clock

    def roots(self, app: Application, handle: ClusterHandle) -> list[ResourceKey]:
        """Return the objects that an application tracks and may."""
        tracked = handle.live.tracked_by(app.instance_name(self.namespace))
        return [key for key in tracked if self.permitted(app, handle, key)]

    def all(self, app: Application, handle: ClusterHandle) -> list[ResourceKey]:
        """Return the roots and what they own."""
        roots = self.roots(app, handle)
        below = [child for _, child in handle.live.descendants(roots)]
        return [*roots, *(key for key in below if self._placed(app, handle, key))]

    def require(self, app: Application, handle: ClusterHandle, key: ResourceKey) -> None:
        """Refuse an object that is not the application's.

        Raises:
            errors.NotFound: it is not part of it.
            errors.PermissionDenied: it would be, but the project does not permit it.
        """
        if key in self.all(app, handle):
            return
        if key in handle.live.tracked_by(app.instance_name(self.namespace)):
            name = app.spec.project or "default"
            raise errors.PermissionDenied(
                f"resource {key.group}:{key.kind} is not permitted in project {name}"
            )
        raise self.not_part(app, key)

    def permitted(self, app: Application, handle: ClusterHandle, key: ResourceKey) -> bool:
        """Tell whether the project permits a tracked object, by kind and by place."""
        rules = self._projects.get(app.spec.project)
        return (
            rules is not None
            and project.permits_resource(
                rules, key.group_kind, namespaced=bool(key.namespace), name=key.name
            )
            and self._placed(app, handle, key)
        )

    def grant(
        self,
        app: Application,
        handle: ClusterHandle,
        resource: ApiResource,
        key: ResourceKey,
        verb: str,
    ) -> project.WriteGrant:
        """Return the proof that a write of one object is permitted.

        Raises:
            errors.PermissionDenied: it is not.
        """
        return project.grant(
            self._rules(app),
            handle.cluster,
            key,
            namespaced=resource.namespaced,
            verbs=frozenset({verb}),
            app=app.qualified_name,
            expires_at=self._clock() + _GRANT_SECONDS,
        )

    def not_part(self, app: Application, key: ResourceKey) -> errors.NotFound:
        """Return the error for an object that is not the application's (behaviour.md, 2)."""
        return errors.NotFound(
            f"{key.kind} {key.group} {key.name} not found as part of application"
            f" {app.metadata.name}"
        )

    def _placed(self, app: Application, handle: ClusterHandle, key: ResourceKey) -> bool:
        """Whether the project permits the namespace.

        What an object owns has kinds that no list names (ReplicaSets, Pods): the lists are about
        what Git may ask for, and owners and owned share a namespace.
        """
        rules = self._projects.get(app.spec.project)
        if rules is None:
            return False
        return not key.namespace or project.permits_namespace(rules, handle.cluster, key.namespace)

    def _rules(self, app: Application) -> Project:
        found = self._projects.get(app.spec.project)
        if found is None:
            raise errors.PermissionDenied(
                f"Application referencing project {app.spec.project} which does not exist"
            )
        return found

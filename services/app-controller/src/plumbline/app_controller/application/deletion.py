"""Removes what an application made, when it is deleted with a cascade finalizer.

Called by the reconciler in place of everything else. Works wave by wave in descending order, each
delete through the door with a grant and the object's uid; never removes CustomResourceDefinitions,
objects with Delete=false or Helm's keep policy, nor the application itself (config.md section 12).
"""

from collections.abc import Callable, Iterable
from typing import Final

from plumbline.app_controller.application.clusterpool import ClusterHandle
from plumbline.core import errors, project, sync
from plumbline.core.model import (
    Application,
    GroupKind,
    Manifest,
    Project,
    ResourceKey,
    annotations_of,
)

__all__ = ["CASCADE", "Deletion", "cascade_of"]

CASCADE: Final = {
    "resources-finalizer.argocd.argoproj.io": "Foreground",
    "resources-finalizer.argocd.argoproj.io/foreground": "Foreground",
    "resources-finalizer.argocd.argoproj.io/background": "Background",
}
_DEFINITION: Final = GroupKind("apiextensions.k8s.io", "CustomResourceDefinition")
_GRANT_SECONDS: Final = 60.0


def cascade_of(app: Application) -> str:
    """Return the propagation policy of an application's cascade; empty for none."""
    for name in app.metadata.finalizers:
        if name in CASCADE:
            return CASCADE[name]
    return ""


def _kept(key: ResourceKey, live: Manifest, app: Application) -> bool:
    return (
        key.group_kind == _DEFINITION
        or not sync.resource_options(live).delete
        or annotations_of(live).get("helm.sh/resource-policy") == "keep"
        or (key.group, key.kind, key.namespace, key.name)
        == ("argoproj.io", "Application", app.metadata.namespace, app.metadata.name)
    )


class Deletion:
    """Cascade deletion, resumable at any point: it only looks at what is still there."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock

    async def advance(
        self, handle: ClusterHandle, app: Application, rules: Project, instance: str
    ) -> list[ResourceKey]:
        """Delete the highest wave that is left; return what is still there.

        Raises:
            errors.PlumblineError: an object could not be deleted; the others were tried.
        """
        policy = sync.parse_options(
            app.spec.sync_policy.sync_options if app.spec.sync_policy else ()
        )
        left = list(self._left(handle, app, instance)) if policy.delete else []
        if not left:
            return []
        highest = max(wave for _, wave, _ in left)
        problem: errors.PlumblineError | None = None
        for key, wave, live in left:
            if wave != highest or live["metadata"].get("deletionTimestamp"):
                continue
            try:
                await self._delete(handle, app, rules, key)
            except errors.PlumblineError as error:
                problem = error
        if problem is not None:
            raise problem
        return [key for key, _, _ in left]

    def _left(
        self, handle: ClusterHandle, app: Application, instance: str
    ) -> Iterable[tuple[ResourceKey, int, Manifest]]:
        for key in handle.live.tracked_by(instance):
            live = handle.live.get(key)
            if live is not None and not _kept(key, live, app):
                yield key, sync.wave_of(live), live

    async def _delete(
        self, handle: ClusterHandle, app: Application, rules: Project, key: ResourceKey
    ) -> None:
        entry = handle.live.entry(key)
        resource = handle.discovery.preferred(key.group_kind)
        if entry is None or resource is None:
            return
        grant = project.grant(
            rules,
            handle.cluster,
            key,
            namespaced=resource.namespaced,
            verbs=frozenset({"delete"}),
            app=app.qualified_name,
            expires_at=self._clock() + _GRANT_SECONDS,
        )
        await handle.door.delete(
            grant, resource, key, uid=entry.uid, propagation=cascade_of(app) or "Foreground"
        )

"""The Applications and AppProjects of the control plane, as last seen.

Fed by informers and by the answers to our own writes; read by the reconciler. Tells the queue which
applications changed in a way that needs a look: a status we wrote ourselves does not.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import orjson
import structlog

from plumbline.app_controller.application.desired import AppKey
from plumbline.core import errors, project
from plumbline.core.model import Application, Project, decode_application, decode_project
from plumbline.kube.client import KubeClient
from plumbline.kube.informer import Informer, Lens

__all__ = ["ApplicationStore", "ProjectStore", "Stored"]

log = structlog.get_logger()


class Stored(msgspec.Struct, frozen=True):
    """An Application: its lens (or why it cannot be read), its JSON, and a digest of its wishes."""

    key: AppKey
    raw: dict[str, Any]
    app: Application | None
    problem: str
    wishes: bytes

    @property
    def resource_version(self) -> str:
        """As the server last said."""
        return str(self.raw["metadata"].get("resourceVersion", ""))


def _stored(raw: bytes) -> Stored:
    tree = orjson.loads(raw)
    metadata = tree.get("metadata") or {}
    metadata.pop("managedFields", None)
    key = AppKey(metadata.get("namespace", ""), metadata.get("name", ""))
    app, problem = None, ""
    try:
        app = decode_application(tree)
    except errors.InvalidArgument as error:
        problem = error.message
    return Stored(key, tree, app, problem, _wishes(tree))


def _wishes(tree: dict[str, Any]) -> bytes:
    """What a user can ask for: everything but status and what every write changes."""
    metadata = {
        k: v
        for k, v in tree["metadata"].items()
        if k in ("uid", "annotations", "labels", "finalizers", "deletionTimestamp")
    }
    phase = ((tree.get("status") or {}).get("operationState") or {}).get("phase")
    asked = "Terminating" if phase == "Terminating" else ""
    wishes = [tree.get("spec"), tree.get("operation"), metadata, asked]
    return orjson.dumps(wishes, option=orjson.OPT_SORT_KEYS)


class ApplicationStore:
    """All Applications that this controller looks after."""

    def __init__(self, on_change: Callable[[AppKey], None]) -> None:
        self._on_change = on_change
        self._apps: dict[AppKey, Stored] = {}

    def informer(self, client: KubeClient, namespace: str) -> Informer:
        """Return an informer that feeds this store; an empty namespace means all."""
        where = f"/namespaces/{namespace}" if namespace else ""
        return Informer(client, f"/apis/argoproj.io/v1alpha1{where}/applications", self)

    def get(self, key: AppKey) -> Stored | None:
        """Return an application as last seen."""
        return self._apps.get(key)

    def known(self) -> list[AppKey]:
        """Return all keys, sorted."""
        return sorted(self._apps)

    def using(self, project: str) -> list[AppKey]:
        """Return the applications of a project."""
        return [
            k
            for k, s in self._apps.items()
            if s.app and (s.app.spec.project or "default") == project
        ]

    def upsert(self, lens: Lens, raw: bytes) -> None:
        """Take an object from the informer, unless our own write gave a newer one."""
        key = AppKey(lens.metadata.namespace, lens.metadata.name)
        if not self._is_stale(key, lens.metadata.uid, lens.metadata.resource_version):
            self._take(_stored(raw))

    def observe(self, manifest: dict[str, Any]) -> None:
        """Take the server's answer to a write of ours, unless the informer knows a newer object.

        A user's write may be seen before the answer to ours that came before it.
        """
        stored = _stored(orjson.dumps(manifest))
        uid = str(stored.raw["metadata"].get("uid", ""))
        if self._is_stale(stored.key, uid, stored.resource_version):
            return
        known = self._apps.get(stored.key)
        self._apps[stored.key] = stored
        if known is not None and known.wishes != stored.wishes:
            self._on_change(stored.key)

    def remove(self, lens: Lens) -> None:
        """Take it from the informer that an object is gone."""
        key = AppKey(lens.metadata.namespace, lens.metadata.name)
        if self._apps.pop(key, None) is not None:
            self._on_change(key)

    def _is_stale(self, key: AppKey, uid: str, version: str) -> bool:
        """Whether the same object is known in this version or a newer one."""
        known = self._apps.get(key)
        if known is None or known.raw["metadata"].get("uid") != uid:
            return False
        return int(known.resource_version or 0) >= int(version or 0)

    def _take(self, stored: Stored) -> None:
        known = self._apps.get(stored.key)
        self._apps[stored.key] = stored
        if known is None or known.wishes != stored.wishes:
            self._on_change(stored.key)


class ProjectStore:
    """The AppProjects of the control plane's namespace."""

    def __init__(
        self,
        on_change: Callable[[str], None],
        *,
        inherits: Callable[[], Sequence[project.GlobalProject]] = tuple,
    ) -> None:
        """Hold nothing yet.

        Args:
            on_change: called with the name of a project that changed.
            inherits: the setting of global projects as it is now.
        """
        self._on_change = on_change
        self._inherits = inherits
        self._projects: dict[str, Project] = {}

    def informer(self, client: KubeClient, namespace: str) -> Informer:
        """Return an informer that feeds this store."""
        return Informer(
            client, f"/apis/argoproj.io/v1alpha1/namespaces/{namespace}/appprojects", self
        )

    def get(self, name: str) -> Project | None:
        """Return a project with what it inherits; the default one for an empty name."""
        found = self._projects.get(name or "default")
        if found is None:
            return None
        return project.whole_project(found, self._projects.values(), self._inherits())

    def upsert(self, lens: Lens, raw: bytes) -> None:
        """Take a project; one that cannot be read permits nothing until it can."""
        name = lens.metadata.name
        try:
            self._projects[name] = decode_project(raw)
        except errors.InvalidArgument as error:
            self._projects.pop(name, None)
            log.warning("project cannot be read", project=name, error=error.message)
        self._on_change(name)

    def remove(self, lens: Lens) -> None:
        """Forget a project; its applications become invalid."""
        self._projects.pop(lens.metadata.name, None)
        self._on_change(lens.metadata.name)

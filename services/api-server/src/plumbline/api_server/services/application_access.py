"""Who may do what to which Application: the ground that the application service's halves share.

An application that the caller may not see and one that does not exist look the same (behaviour.md
section 2; security.md, 1b). A write reads the Application anew where somebody else was first.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

from plumbline.api_server.callers import caller
from plumbline.api_server.parts import Parts
from plumbline.api_server.rows import Row
from plumbline.api_server.services.application_sources import Sources
from plumbline.core import clusters, errors, model, operation, project, selector, windows
from plumbline.pb.controller import controller_pb2, controller_pb2_grpc
from plumbline.pb.server import application_pb2

__all__ = ["Access", "Filter", "project_of", "ref_of"]

_DENIED: Final = "permission denied"
_Change: TypeAlias = Callable[[Row], dict[str, Any] | None]
_Write: TypeAlias = Callable[[Row], Awaitable[model.Manifest | None]]
_ATTEMPTS: Final = 10  # tries of a write that others keep overtaking
_TRUE: Final = frozenset({"1", "t", "T", "true", "TRUE", "True"})  # Go's strconv.ParseBool
_FALSE: Final = frozenset({"0", "f", "F", "false", "FALSE", "False"})


def ref_of(row: Row) -> controller_pb2.AppRef:
    """Return how the controller names an application."""
    return controller_pb2.AppRef(namespace=row.namespace, name=row.name)


class Access:
    """Parts, permissions and the one way to an Application."""

    def __init__(self, parts: Parts) -> None:
        """Answer from rows, write the control plane's objects, ask the others for the rest."""
        self._parts = parts
        self._rows = parts.rows
        self._own = parts.objects
        self._permissions = parts.permissions
        self._controller = controller_pb2_grpc.ControllerServiceStub(parts.controller)  # type: ignore[no-untyped-call]
        self._sources = Sources(parts)
        self._namespace = parts.namespace

    def _find(self, request: Any, action: str, *, name: str = "") -> Row:
        """Return the application that a request names, if the caller may act on it.

        Raises:
            errors.PermissionDenied: bare unless the caller may at least see it.
            errors.NotFound: a project was named, the caller may act there, and it has no such one.
        """
        wanted = name or request.name
        namespace = self._permitted_namespace(request.appNamespace)
        named = _project_of(request)
        if named and not self._allows(action, named, namespace, wanted):
            if self._allows("get", named, namespace, wanted):
                target = self._object_name(named, namespace, wanted)
                self._permissions.require("applications", action, target)
            raise errors.PermissionDenied(_DENIED)
        row = self._rows.get(namespace, wanted)
        if row is not None and named and row.project != named:
            row = None
        # Asked of an absent one too, so that the time tells nothing.
        target = self._object_name(row.project if row else named, namespace, wanted)
        if self._permissions.allows("applications", action, target) and row is not None:
            return row
        if named:
            raise errors.NotFound(f'applications.argoproj.io "{wanted}" not found')
        if row is not None and self._sees(row):
            # It is no secret to this caller: say what is missing.
            self._permissions.require("applications", action, self._object(row))
        raise errors.PermissionDenied(_DENIED)

    def _find_writable(self, request: Any, action: str) -> Row:
        """Like :meth:`_find`, for what makes the controller or a cluster act.

        Raises:
            errors.InvalidArgument: the project does not exist or not permit the namespace.
        """
        row = self._find(request, action)
        self._project(row.app)
        return row

    def _project(self, app: model.Application) -> model.Project:
        """Return an application's project, if there is one that lets it in.

        Raises:
            errors.InvalidArgument: vague on purpose: it tells nobody which projects exist.
        """
        name = project_of(app)
        found = self._parts.projects.get(name)
        if found is None or not project.permits_source_namespace(
            found.project, app.metadata.namespace, control_plane_namespace=self._namespace
        ):
            raise errors.InvalidArgument(
                f'app is not allowed in project "{name}", or the project does not exist'
            )
        setting = self._parts.control.setting("globalProjects")
        return self._parts.projects.whole(found.project, setting)

    def _cluster(self, app: model.Application) -> clusters.Cluster:
        """Return an application's destination cluster.

        Raises:
            errors.PlumblineError: it names none, or one that is not declared.
        """
        enabled = self._parts.control.setting("cluster.inClusterEnabled") != "false"
        return clusters.resolve(
            app.spec.destination, self._parts.declared.clusters(), in_cluster_enabled=enabled
        )

    def _windows(self, app: model.Application) -> tuple[model.SyncWindow, ...]:
        """Return the sync windows that concern an application.

        A destination that cannot be resolved counts as what the application calls it, so that a
        deny for it is not lost.
        """
        destination = app.spec.destination
        try:
            cluster = self._cluster(app)
        except errors.PlumblineError:
            name, server = destination.name, destination.server
        else:
            name, server = cluster.name, cluster.server
        return windows.matching(self._project(app), app, cluster_name=name, cluster_server=server)

    def _permitted_namespace(self, namespace: str) -> str:
        """Return where to look; empty means the control plane's namespace.

        Raises:
            errors.PermissionDenied: Applications of that namespace are not ours to show.
        """
        if namespace in ("", self._namespace):
            return self._namespace
        raise errors.PermissionDenied(f"namespace '{namespace}' is not permitted")

    def _allows(self, action: str, named: str, namespace: str, name: str) -> bool:
        return self._permissions.allows(
            "applications", action, self._object_name(named, namespace, name)
        )

    def _sees(self, row: Row) -> bool:
        return self._permissions.allows("applications", "get", self._object(row))

    def _object(self, row: Row) -> str:
        return self._object_name(row.project, row.namespace, row.name)

    def _object_name(self, named: str, namespace: str, name: str) -> str:
        """Return the RBAC object: ``project/[namespace/]name`` (behaviour.md section 11)."""
        middle = "" if namespace in ("", self._namespace) else f"{namespace}/"
        return f"{named}/{middle}{name}"

    def _flag(self, key: str, *, default: bool) -> bool:
        """Return a switch of argocd-cm that Go's ParseBool reads; nonsense is the default."""
        value = self._parts.control.setting(key)
        return value in _TRUE if value in _TRUE | _FALSE else default

    def _overrides(self, app: model.Application, asked: operation.SyncRequest) -> bool:
        """Tell whether a sync needs ``override``: it deploys something else than Git's target.

        Another revision counts only if the setting says so.
        """
        strict = self._flag(
            "application.sync.requireOverridePrivilegeForRevisionSync", default=False
        )
        return bool(asked.manifests) or (
            strict and operation.other_revision(app, asked) is not None
        )

    def _tell(self, row: Row, reason: str, message: str) -> None:
        """Emit the Event of a user's action on an application."""
        user = self._user() or "Unknown user"
        self._parts.events.emit(row.tree, "Normal", reason, f"{user} {message}")

    def _user(self) -> str:
        """Return the caller as people know it; empty for an anonymous one."""
        who = caller()
        return who.username or who.subject

    async def _merge(self, row: Row, change: _Change) -> tuple[Row, Row]:
        """Write a merge patch, computed anew for every version that others put in between.

        Args:
            row: the application as it is known.
            change: returns the patch for a row, ``None`` for nothing to do; it raises what forbids
                the change.

        Returns:
            The row that was changed, and what it became.
        """

        async def write(now: Row) -> model.Manifest | None:
            patch = change(now)
            if patch is None:
                return None
            version = {"uid": now.uid, "resourceVersion": str(now.version)}
            body = {**patch, "metadata": {**patch.get("metadata", {}), **version}}
            return await self._own.merge("Application", now.namespace, now.name, body)

        return await self._retry(row, write)

    async def _retry(self, row: Row, write: _Write) -> tuple[Row, Row]:
        """Write, and again on the present version as long as others are quicker.

        Args:
            row: the application as it is known.
            write: sends a write for a row and returns the answer, ``None`` if none was needed.

        Returns:
            The row that was changed, and what it became.
        """
        attempt = 1
        while True:
            try:
                answer = await write(row)
            except errors.Conflict:
                if attempt == _ATTEMPTS:
                    raise
                attempt += 1
                row = await self._again(row)
            else:
                return row, row if answer is None else self._rows.observe(answer)

    async def _again(self, row: Row) -> Row:
        """Read an application from the API server, as long as it is the same one.

        Raises:
            errors.NotFound: it is gone, or another one has its name now.
            errors.PermissionDenied: it moved to another project, where nothing was permitted.
        """
        found = Row(await self._own.get("Application", row.namespace, row.name))
        if found.uid != row.uid:
            raise errors.NotFound(f'applications.argoproj.io "{row.name}" not found')
        if found.project != row.project:
            raise errors.PermissionDenied(_DENIED)
        return found


def project_of(app: model.Application) -> str:
    """Return the name of an application's project."""
    return app.spec.project or "default"


def _project_of(request: Any) -> str:
    """Return the one project a request names, or an empty text."""
    if isinstance(request, application_pb2.ApplicationQuery):
        named = {*request.project, *request.projects} - {""}
        if len(named) > 1:
            raise errors.InvalidArgument(
                "multiple projects specified - the get endpoint accepts either zero or one project"
            )
        return named.pop() if named else ""
    return str(request.project)


class Filter:
    """Which applications a query asks for."""

    def __init__(self, query: application_pb2.ApplicationQuery, namespace: str) -> None:
        """Read a query once.

        Raises:
            errors.InvalidArgument: its selector cannot be read.
        """
        self._name = query.name
        self._namespace = namespace if query.appNamespace else ""
        self._projects = frozenset({*query.projects, *query.project} - {""})
        self._repo = query.repo
        self._selector = selector.parse(query.selector)

    def __call__(self, row: Row) -> bool:
        """Tell whether an application is asked for."""
        return (
            (not self._name or row.name == self._name)
            and (not self._namespace or row.namespace == self._namespace)
            and (not self._projects or row.project in self._projects)
            and (not self._repo or self._repo in row.repositories)
            and self._selector.matches(row.labels)
        )

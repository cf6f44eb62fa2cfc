"""ProjectService: AppProjects, their tokens, and what they inherit."""

import uuid
from collections.abc import Callable
from typing import Any, Final

import grpc
import msgspec
import orjson

from plumbline.api_server.callers import caller
from plumbline.api_server.parts import Parts
from plumbline.api_server.projects import ProjectRow
from plumbline.api_server.services import project_changes as changes
from plumbline.core import errors, model, project, repositories, windows
from plumbline.kube.informer import Lens
from plumbline.pb.server import application_pb2, events_pb2, project_pb2, project_pb2_grpc
from plumbline.pb.v1alpha1 import generated_pb2
from plumbline.rpc import convert

__all__ = ["ProjectService"]

_DEFAULT: Final = "default"
_ATTEMPTS: Final = 5
_MAX_EXPIRY: Final = 100 * 365 * 86400
_MAX_ID: Final = 256


class ProjectService(project_pb2_grpc.ProjectServiceServicer):
    """project.ProjectService; deep links are not built yet."""

    def __init__(self, parts: Parts) -> None:
        """Read projects from the informer, write them to the API server."""
        self._parts = parts
        self._own = parts.objects
        self._permissions = parts.permissions
        self._projects = parts.projects
        self._namespace = parts.namespace

    async def List(  # noqa: N802 -- gRPC requires this name
        self, request: project_pb2.ProjectQuery, _: grpc.aio.ServicerContext
    ) -> generated_pb2.AppProjectList:
        """Return the projects that the caller may see."""
        items = [
            _message(row.tree)
            for row in self._projects.all()
            if request.name in ("", row.project.metadata.name)
            and self._permissions.allows("projects", "get", row.project.metadata.name)
        ]
        return generated_pb2.AppProjectList(items=items)

    async def Get(  # noqa: N802 -- gRPC requires this name
        self, request: project_pb2.ProjectQuery, _: grpc.aio.ServicerContext
    ) -> generated_pb2.AppProject:
        """Return one project."""
        return _message(self._find("get", request.name).tree)

    async def GetDetailedProject(  # noqa: N802 -- gRPC requires this name
        self, request: project_pb2.ProjectQuery, _: grpc.aio.ServicerContext
    ) -> project_pb2.DetailedProjectsResponse:
        """Return a project with what belongs to it: names and addresses, nothing that opens it."""
        row = self._find("get", request.name)
        name = row.project.metadata.name
        declared = self._parts.declared
        return project_pb2.DetailedProjectsResponse(
            project=_message(row.tree),
            globalProjects=self._globals(row.project),
            repositories=[
                generated_pb2.Repository(
                    repo=repositories.public_url(r.url), type=r.type, name=r.name, project=name
                )
                for _, r in declared.entries("repository")
                if r.project == name
            ],
            clusters=[
                generated_pb2.Cluster(
                    server=c.server,
                    name=c.name,
                    project=name,
                    namespaces=c.namespaces,
                    clusterResources=c.cluster_resources,
                )
                for c in declared.clusters()
                if c.project == name
            ],
        )

    async def GetGlobalProjects(  # noqa: N802 -- gRPC requires this name
        self, request: project_pb2.ProjectQuery, _: grpc.aio.ServicerContext
    ) -> project_pb2.GlobalProjectsResponse:
        """Return the global projects that a project inherits from."""
        row = self._find("get", request.name)
        return project_pb2.GlobalProjectsResponse(items=self._globals(row.project))

    async def Create(  # noqa: N802 -- gRPC requires this name
        self, request: project_pb2.ProjectCreateRequest, _: grpc.aio.ServicerContext
    ) -> generated_pb2.AppProject:
        """Make a project, or change the one there is if that is asked for."""
        name = request.project.metadata.name
        self._permissions.require("projects", "create", name)
        wanted = self._read(request.project)
        try:
            made = await self._own.create("AppProject", wanted)
        except errors.AlreadyExists:
            stored = await self._own.get("AppProject", self._namespace, name)
        else:
            self._event(made, "ResourceCreated", "created project")
            return self._taken(made)
        after = changes.keep_tokens(stored, wanted)
        if _spec(after) == _spec(stored):
            return _message(stored)
        if not request.upsert:
            raise errors.InvalidArgument(
                "existing project spec is different; use upsert flag to force update"
            )
        self._permissions.require("projects", "update", name)
        return await self._replace(stored, wanted)

    async def Update(  # noqa: N802 -- gRPC requires this name
        self, request: project_pb2.ProjectUpdateRequest, _: grpc.aio.ServicerContext
    ) -> generated_pb2.AppProject:
        """Write a project in the place of the one there is; its tokens stay."""
        name = request.project.metadata.name
        self._find("update", name)
        wanted = self._read(request.project)
        stored = await self._own.get("AppProject", self._namespace, name)
        version = request.project.metadata.resourceVersion
        if version and version != stored["metadata"].get("resourceVersion"):
            raise errors.Conflict(
                f'the project "{name}" was changed meanwhile; read it again and repeat the change'
            )
        return await self._replace(stored, wanted)

    async def Delete(  # noqa: N802 -- gRPC requires this name
        self, request: project_pb2.ProjectQuery, _: grpc.aio.ServicerContext
    ) -> project_pb2.EmptyResponse:
        """Delete a project that no application uses."""
        row = self._find("delete", request.name)
        name = row.project.metadata.name
        if name == _DEFAULT:
            raise errors.InvalidArgument(f"the project {_DEFAULT} cannot be deleted")
        count = len(self._apps(name))
        if count:
            raise errors.InvalidArgument(f"project is referenced by {count} applications")
        uid = row.project.metadata.uid
        await self._own.delete("AppProject", self._namespace, name, uid=uid)
        self._event(row.tree, "ResourceDeleted", "deleted project")
        return project_pb2.EmptyResponse()

    async def CreateToken(  # noqa: N802 -- gRPC requires this name
        self, request: project_pb2.ProjectTokenCreateRequest, _: grpc.aio.ServicerContext
    ) -> project_pb2.ProjectTokenResponse:
        """Issue a token for a role."""
        self._find("update", request.project)
        if not 0 <= request.expiresIn <= _MAX_EXPIRY:
            raise errors.InvalidArgument("expiresIn is negative or longer than a hundred years")
        if len(request.id) > _MAX_ID or not request.id.isprintable():
            raise errors.InvalidArgument("the token's id is too long or not printable")
        identity = request.id or str(uuid.uuid4())
        token, listed = self._parts.sessions.issue_listed(
            f"proj:{request.project}:{request.role}",
            token_id=identity,
            expires_in=request.expiresIn,
        )
        entry: dict[str, Any] = {"iat": listed.issued_at, "id": identity}
        if listed.expires_at:
            entry["exp"] = listed.expires_at

        def add(tokens: dict[str, list[dict[str, Any]]]) -> None:
            if any(t.get("id") == identity for listed in tokens.values() for t in listed):
                raise errors.InvalidArgument(f"token id '{identity}' has been used")
            tokens[request.role].append(entry)

        stored = await self._change_tokens(request.project, request.role, add)
        self._event(stored, "ResourceCreated", "created token")
        return project_pb2.ProjectTokenResponse(token=token)

    async def DeleteToken(  # noqa: N802 -- gRPC requires this name
        self, request: project_pb2.ProjectTokenDeleteRequest, _: grpc.aio.ServicerContext
    ) -> project_pb2.EmptyResponse:
        """Revoke a token, named by its id or by the second it was issued."""
        self._find("update", request.project)

        def drop(tokens: dict[str, list[dict[str, Any]]]) -> None:
            listed = tokens[request.role]
            kept = [t for t in listed if not _is(t, request)]
            if len(kept) == len(listed):
                raise errors.NotFound(f"role '{request.role}' has no such token")
            tokens[request.role] = kept

        stored = await self._change_tokens(request.project, request.role, drop)
        self._event(stored, "ResourceDeleted", "deleted token")
        return project_pb2.EmptyResponse()

    async def ListEvents(  # noqa: N802 -- gRPC requires this name
        self, request: project_pb2.ProjectQuery, _: grpc.aio.ServicerContext
    ) -> events_pb2.EventList:
        """Return the Events about a project."""
        metadata = self._find("get", request.name).project.metadata
        chosen = {
            "involvedObject.name": metadata.name,
            "involvedObject.uid": metadata.uid,
            "involvedObject.namespace": metadata.namespace,
        }
        selector = ",".join(f"{k}={v}" for k, v in chosen.items())
        found = await self._own.list("Event", self._namespace, fields=selector)
        answer: events_pb2.EventList = convert.to_message(found, events_pb2.EventList)
        return answer

    async def GetSyncWindowsState(  # noqa: N802 -- gRPC requires this name
        self, request: project_pb2.SyncWindowsQuery, _: grpc.aio.ServicerContext
    ) -> project_pb2.SyncWindowsResponse:
        """Return the windows that are open now."""
        row = self._find("get", request.name)
        found = windows.project_view(row.project, self._parts.clock())
        answer: project_pb2.SyncWindowsResponse = convert.to_message(
            {"windows": [model.dump(w) for w in found]}, project_pb2.SyncWindowsResponse
        )
        return answer

    async def ListLinks(  # noqa: N802 -- gRPC requires this name
        self, request: project_pb2.ListProjectLinksRequest, _: grpc.aio.ServicerContext
    ) -> application_pb2.LinksResponse:
        """Return a project's deep links: none, unless some are configured.

        Raises:
            errors.Unimplemented: argocd-cm has ``project.links``.
        """
        self._find("get", request.name)
        if self._parts.control.setting("project.links").strip():
            raise errors.Unimplemented("deep links of projects are not supported yet")
        return application_pb2.LinksResponse()

    def _find(self, action: str, name: str) -> ProjectRow:
        """Return a project, if the caller may act on it.

        Raises:
            errors.PermissionDenied: the caller may not, whether it exists or not.
            errors.NotFound: it does not exist.
        """
        self._permissions.require("projects", action, name)
        row = self._projects.get(name) if name else None
        if row is None:
            raise errors.NotFound(f'appprojects.argoproj.io "{name}" not found')
        return row

    def _globals(self, of: model.Project) -> list[generated_pb2.AppProject]:
        found = self._inherited(of)
        rows = [self._projects.get(p.metadata.name) for p in found]
        return [_message(row.tree) for row in rows if row is not None]

    def _inherited(self, of: model.Project) -> list[model.Project]:
        everything = [row.project for row in self._projects.all()]
        entries = project.parse_global_projects(self._parts.control.setting("globalProjects"))
        return project.inherited_projects(of, everything, entries)

    def _whole(self, one: model.Project) -> model.Project:
        return self._projects.whole(one, self._parts.control.setting("globalProjects"))

    def _apps(self, name: str) -> list[model.Application]:
        return [row.app for row in self._parts.rows.all() if row.project == name]

    def _read(self, message: generated_pb2.AppProject) -> model.Manifest:
        """Return the project a request describes, checked; its tokens and status are not taken.

        Raises:
            errors.InvalidArgument: it breaks a rule.
        """
        tree = convert.to_json(message)
        metadata = tree.get("metadata") or {}
        kept = {k: metadata[k] for k in ("labels", "annotations", "finalizers") if metadata.get(k)}
        wanted = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "AppProject",
            "metadata": {**kept, "name": message.metadata.name, "namespace": self._namespace},
            "spec": tree.get("spec") or {},
        }
        if not message.metadata.name:
            raise errors.InvalidArgument("the project has no name")
        project.check_project(model.decode_project(wanted))
        return changes.with_tokens(wanted, {})

    async def _replace(
        self, stored: model.Manifest, wanted: model.Manifest
    ) -> generated_pb2.AppProject:
        """Put a project in the place of another, unless applications would lose what they use."""
        before, after = model.decode_project(stored), model.decode_project(wanted)
        name = before.metadata.name
        broken = changes.broken_by(
            self._whole(before),
            self._whole(after),
            self._apps(name),
            self._parts.declared.clusters(),
        )
        if broken:
            raise errors.InvalidArgument("; ".join(broken))
        whole = changes.keep_tokens(stored, {**wanted, "status": stored.get("status") or {}})
        asked = wanted["metadata"]
        fields = {k: asked.get(k) for k in ("labels", "annotations", "finalizers")}
        metadata = {**stored["metadata"], **fields}
        metadata = {k: v for k, v in metadata.items() if v is not None and k != "managedFields"}
        made = await self._own.replace("AppProject", {**whole, "metadata": metadata})
        self._event(made, "ResourceUpdated", "updated project")
        return self._taken(made)

    async def _change_tokens(
        self,
        name: str,
        role: str,
        edit: Callable[[dict[str, list[dict[str, Any]]]], None],
    ) -> model.Manifest:
        """Edit the tokens of a role; once more where somebody was faster.

        Raises:
            errors.NotFound: the project has no such role.
            errors.Conflict: somebody was faster each time.
        """
        for attempt in range(_ATTEMPTS):
            stored = await self._own.get("AppProject", self._namespace, name)
            tokens = changes.tokens_of(stored)
            if role not in tokens:
                raise errors.NotFound(f"project '{name}' does not have role '{role}'")
            edit(tokens)
            try:
                made = await self._own.replace("AppProject", changes.with_tokens(stored, tokens))
            except errors.Conflict:
                if attempt == _ATTEMPTS - 1:
                    raise
                continue
            self._taken(made)
            return made
        raise errors.Conflict(f'the project "{name}" changes all the time')

    def _taken(self, manifest: model.Manifest) -> generated_pb2.AppProject:
        """Make what was just written visible before its event arrives."""
        raw = orjson.dumps(manifest)
        self._projects.upsert(msgspec.json.decode(raw, type=Lens), raw)
        return _message(manifest)

    def _event(self, manifest: model.Manifest, reason: str, text: str) -> None:
        who = caller().subject or "Unknown user"
        whole = {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", **manifest}
        self._parts.events.emit(whole, "Normal", reason, f"{who} {text}")


def _message(tree: model.Manifest) -> generated_pb2.AppProject:
    message: generated_pb2.AppProject = convert.to_message(tree, generated_pb2.AppProject)
    del message.metadata.managedFields[:]
    return message


def _spec(tree: model.Manifest) -> Any:
    """The specification as the contract's message has it, so that two spellings are equal."""
    return convert.to_json(_message(tree)).get("spec")


def _is(token: dict[str, Any], request: project_pb2.ProjectTokenDeleteRequest) -> bool:
    if request.id:
        return bool(token.get("id") == request.id)
    return bool(token.get("iat") == request.iat)

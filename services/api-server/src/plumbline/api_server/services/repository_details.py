"""Looking into repositories: which applications they hold, what a source offers to be set.

Used by the repository service. Looking in means a fetch and perhaps a render, so every permission
is asked first: for the repository, for the application that the question is about, and whether the
project may use the repository at all (security.md, TOB-ARGO-014 and -019).
"""

import dataclasses
from typing import Final

import orjson

from plumbline.api_server.parts import Parts
from plumbline.api_server.rows import Row
from plumbline.api_server.services.application_sources import chart_access
from plumbline.api_server.services.repository_access import RepoServer
from plumbline.api_server.services.repository_store import RepositoryStore, target
from plumbline.core import errors, model, project, repositories
from plumbline.pb.repo import repo_pb2
from plumbline.pb.reposerver import repository_pb2 as answers_pb2
from plumbline.pb.server import repository_pb2
from plumbline.pb.v1alpha1 import generated_pb2
from plumbline.rpc import convert

__all__ = ["Browser"]

_DENIED: Final = "permission denied"


class Browser:
    """Answers questions about the content of repositories."""

    def __init__(self, parts: Parts, store: RepositoryStore, server: RepoServer) -> None:
        self._parts = parts
        self._permissions = parts.permissions
        self._store = store
        self._server = server

    def opened(
        self, url: str, project_name: str, *, is_registry: bool = False
    ) -> repositories.Repository:
        """Return a repository with what opens it, if the caller may see it.

        One that no Secret declares is opened as templates and anonymous access allow. One that the
        caller may not see counts as not declared: its credential is not used.

        Raises:
            errors.PermissionDenied: the caller may not.
            errors.InvalidArgument: the URL cannot be one.
        """
        wanted = repositories.unquoted(url)
        found = self._store.look(wanted, project_name)
        if found is not None:
            return self._parts.declared.complete(found.repository)
        self._permissions.require("repositories", "get", target(wanted, project_name))
        checked = repositories.check_url(wanted, is_registry=is_registry)
        return self._parts.declared.complete(
            repositories.Repository(url=checked, project=project_name)
        )

    async def apps(self, request: repository_pb2.RepoAppsQuery) -> repository_pb2.RepoAppsResponse:
        """Return the directories that hold an application.

        Raises:
            errors.PermissionDenied: the caller may neither create nor change the application.
        """
        opened = self.opened(request.repo, request.appProject)
        name = f"{request.appProject or 'default'}/{request.appName}"
        if not self._permissions.allows("applications", "update", name):
            self._permissions.require("applications", "create", name)
        self._require_source(opened.url, request.appProject)
        found = await self._server.apps(opened, request.revision)
        items = [
            repository_pb2.AppInfo(path=path, type=kind)
            for path, kind in sorted(found.apps.items())
        ]
        return repository_pb2.RepoAppsResponse(items=items)

    async def details(
        self, request: repository_pb2.RepoAppDetailsQuery
    ) -> answers_pb2.RepoAppDetailsResponse:
        """Return what a source offers to be set.

        Raises:
            errors.PermissionDenied: for the repository, the application or the project.
        """
        source = generated_pb2.ApplicationSource()
        source.CopyFrom(request.source)
        source.repoURL = repositories.unquoted(source.repoURL)
        opened = self.opened(source.repoURL, request.appProject, is_registry=bool(source.chart))
        opened = dataclasses.replace(
            opened, chart=source.chart, pass_credentials=source.helm.passCredentials
        )
        self._require_app(request, source)
        self._require_source(opened.url, request.appProject)
        question = repo_pb2.SourceRequest(
            id="details",
            source_json=orjson.dumps(convert.to_json(source)),
            app_name=request.appName,
            project=request.appProject,
            kustomize_build_options=self._parts.control.setting("kustomize.buildOptions"),
        )
        charts = chart_access(self._parts, request.appProject)
        found = await self._server.details(opened, source.targetRevision, question, charts)
        return _details(found)

    def _require_app(
        self,
        request: repository_pb2.RepoAppDetailsQuery,
        source: generated_pb2.ApplicationSource,
    ) -> None:
        """The caller may see the application, and may give it this source if it has another."""
        wanted = request.appProject or "default"
        namespace, _, name = request.appName.rpartition("/")
        row = self._parts.rows.get(namespace or self._parts.namespace, name)
        if row is None or (row.app.spec.project or "default") != wanted:
            self._permissions.require("applications", "create", f"{wanted}/{request.appName}")
            return
        inner = row.app.metadata.namespace
        middle = "" if inner == self._parts.namespace else f"{inner}/"
        policy_object = f"{wanted}/{middle}{name}"
        self._permissions.require("applications", "get", policy_object)
        if not _has_source(row, source):
            self._permissions.require("applications", "update", policy_object)

    def _require_source(self, url: str, project_name: str) -> None:
        """The project may use the repository."""
        row = self._parts.projects.get(project_name)
        if row is None:
            raise errors.PermissionDenied(_DENIED)
        setting = self._parts.control.setting("globalProjects")
        whole = self._parts.projects.whole(row.project, setting)
        if not project.permits_source(whole, url):
            raise errors.PermissionDenied(
                f"application repo {repositories.public_url(url)} is not permitted"
                f" in project '{row.project.metadata.name}'"
            )


def _has_source(row: Row, source: generated_pb2.ApplicationSource) -> bool:
    """Whether the application has this source, or had it at a deployment it remembers."""
    known = [_identity(model.dump(s)) for s in row.app.spec.all_sources]
    for entry in (row.tree.get("status") or {}).get("history") or ():
        known += [_identity(s) for s in [entry.get("source"), *(entry.get("sources") or ())] if s]
    return _identity(convert.to_json(source)) in known


def _identity(tree: model.Manifest) -> tuple[str, ...]:
    url = repositories.normalise_url(str(tree.get("repoURL") or ""))
    return (url, *(str(tree.get(key) or "") for key in ("path", "chart", "targetRevision")))


def _details(found: repo_pb2.AppDetailsResponse) -> answers_pb2.RepoAppDetailsResponse:
    answer = answers_pb2.RepoAppDetailsResponse(type=found.source_type)
    if found.source_type == "Helm":
        answer.helm.name = found.chart_name
        answer.helm.valueFiles.extend(found.value_files)
        answer.helm.values = found.values
        for parameter in found.parameters:
            answer.helm.parameters.add(
                name=parameter.name, value=parameter.value, forceString=parameter.force_string
            )
        for file in found.file_parameters:
            answer.helm.fileParameters.add(name=file.name, path=file.value)
    elif found.source_type == "Kustomize":
        answer.kustomize.images.extend(found.images)
    elif found.source_type == "Directory":
        answer.directory.SetInParent()
    return answer

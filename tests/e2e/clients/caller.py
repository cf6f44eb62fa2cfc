"""The verbs of the story, spoken as calls of the public protocol over any transport."""

import json

_APPLICATION = "application.ApplicationService/"
_PROJECT = "project.ProjectService/"
_SESSION = "session.SessionService/"
CLUSTER = "https://kubernetes.default.svc"


class Caller:
    """One user over one transport."""

    reads_metadata = True
    """Whether this client shows what a revision is, and Events."""

    def __init__(self, transport, token=""):
        self.transport, self.token = transport, token

    def _call(self, method, **request):
        return self.transport.call(method, request, self.token)

    def _app(self, method, app, **request):
        return self._call(_APPLICATION + method, name=app, **request)

    def version(self):
        return self._call("version.VersionService/Version")["Version"]

    def login(self, username, password):
        answer = self._call(f"{_SESSION}Create", username=username, password=password)
        self.token = answer["token"]

    def logout(self):
        self._call(f"{_SESSION}Delete")

    def with_token(self, token):
        return Caller(self.transport, token)

    def username(self):
        """Return who this is; None without a session."""
        answer = self._call(f"{_SESSION}GetUserInfo")
        return answer["username"] if answer.get("loggedIn") else None

    def create_project(self, name, url, namespace):
        spec = {
            "sourceRepos": [url],
            "destinations": [{"server": CLUSTER, "namespace": namespace}],
        }
        project = {"metadata": {"name": name}, "spec": spec}
        made = self._call(f"{_PROJECT}Create", project=project)
        assert name == made["metadata"]["name"]

    def delete_project(self, name):
        self._call(f"{_PROJECT}Delete", name=name)

    def projects(self):
        return [p["metadata"]["name"] for p in self._call(f"{_PROJECT}List")["items"]]

    def add_repository(self, url, project):
        repo = {"repo": url, "type": "git", "project": project}
        made = self._call("repository.RepositoryService/CreateRepository", repo=repo)
        assert url == made["repo"]

    def repositories(self):
        found = self._call("repository.RepositoryService/ListRepositories")
        return {r["repo"]: r["connectionState"]["status"] for r in found.get("items") or []}

    def helm_charts(self, url):
        found = self._call("repository.RepositoryService/GetHelmCharts", repo=url)
        return found.get("items") or []

    def chart_details(self, app, version):
        return self._app("RevisionChartDetails", app, revision=version)

    def remove_repository(self, url, project):
        method = "repository.RepositoryService/DeleteRepository"
        self._call(method, repo=url, appProject=project)

    def create_app(self, name, project, url, path, namespace):
        spec = {
            "project": project,
            "source": {"repoURL": url, "path": path, "targetRevision": "main"},
            "destination": {"server": CLUSTER, "namespace": namespace},
        }
        app = {"metadata": {"name": name}, "spec": spec}
        made = self._call(f"{_APPLICATION}Create", application=app)
        assert name == made["metadata"]["name"]

    def apps(self, project):
        found = self._call(f"{_APPLICATION}List", projects=[project]).get("items")
        return [a["metadata"]["name"] for a in found or []]

    def app(self, name, **refresh):
        """Return an Application; ``refresh="hard"`` looks at everything again first."""
        return self._app("Get", name, **refresh)

    def watched(self, name, condition):
        """Return an Application as soon as a watch shows it so."""
        request = {"name": name}
        with self.transport.stream(f"{_APPLICATION}Watch", request, self.token) as events:
            for event in events:
                assert event["type"] in {"ADDED", "MODIFIED"}, event["type"]
                app = event["application"]
                assert name == app["metadata"]["name"]
                if condition(app):
                    return app
        raise AssertionError("the watch ended")

    def sync(self, name, revision=""):
        self._app("Sync", name, **({"revision": revision} if revision else {}))

    def begin_sync(self, name):
        """Ask for a sync that will not end by itself."""
        self.sync(name)

    def rollback(self, name, number):
        self._app("Rollback", name, id=number)

    def terminate(self, name):
        self._app("TerminateOperation", name)

    def tree(self, name):
        """Return {(kind, name)} of all nodes."""
        found = self._call(f"{_APPLICATION}ResourceTree", applicationName=name)
        # In JSON the reference's members are the node's own.
        refs = [node.get("resourceRef", node) for node in found["nodes"]]
        return {(ref["kind"], ref["name"]) for ref in refs}

    def managed(self, name):
        """Return {(kind, name): whether live differs from target}."""
        found = self._call(f"{_APPLICATION}ManagedResources", applicationName=name)["items"]
        for item in found:
            for side in ("targetState", "liveState"):
                assert item["name"] == json.loads(item[side])["metadata"]["name"]
        return {(i["kind"], i["name"]): bool(i.get("modified")) for i in found}

    def manifests(self, name):
        found = self._app("GetManifests", name)
        return [json.loads(m) for m in found["manifests"]]

    def revision_message(self, name, revision):
        return self._app("RevisionMetadata", name, revision=revision)["message"]

    def event_reasons(self, name, **resource):
        found = self._app("ListResourceEvents", name, **resource).get("items") or []
        return [event["reason"] for event in found]

    def live(self, name, namespace, ref):
        found = self._app("GetResource", name, **_object(namespace, ref))
        return json.loads(found["manifest"])

    def patch(self, name, tree):
        self._app("Patch", name, patch=json.dumps(tree), patchType="merge")

    def patch_resource(self, name, namespace, ref, tree):
        body = {"patch": json.dumps(tree), "patchType": "application/merge-patch+json"}
        self._app("PatchResource", name, **_object(namespace, ref), **body)

    def delete_resource(self, name, namespace, ref):
        self._app("DeleteResource", name, **_object(namespace, ref))

    def _change_project(self, name, change):
        project = self._call(f"{_PROJECT}Get", name=name)
        change(project["spec"])
        self._call(f"{_PROJECT}Update", project=project)

    def create_role(self, project, role, app):
        """Make a role that may see and sync one application; return a token of it."""
        subject = f"proj:{project}:{role}"
        policies = [
            f"p, {subject}, applications, {action}, {project}/{app}, allow"
            for action in ("get", "sync")
        ]
        roles = [{"name": role, "policies": policies}]
        self._change_project(project, lambda spec: spec.update(roles=roles))
        return self._call(f"{_PROJECT}CreateToken", project=project, role=role)["token"]

    def deny_syncs(self, project):
        window = {
            "kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": ["*"],
        }  # fmt: skip
        self._change_project(project, lambda spec: spec.update(syncWindows=[window]))

    def allow_syncs(self, project):
        self._change_project(project, lambda spec: spec.pop("syncWindows"))

    def delete(self, name):
        self._app("Delete", name, cascade=True)


def _object(namespace, ref):
    group, kind, name = ref
    version = {"namespace": namespace, "resourceName": name, "version": "v1", "kind": kind}
    return version | ({"group": group} if group else {})

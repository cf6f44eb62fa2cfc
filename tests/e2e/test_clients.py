"""Whoever speaks the contract can work with Plumbline: one story, told by four clients.

``grpc`` has stubs that protoc makes of proto/ during the test, in a process without Plumbline's
code; ``rest`` has the contract's table of paths and JSON; ``grpc-web`` frames by hand; ``plumb`` is
ours. The story is the same for all, and what it says about the cluster is read from the cluster.
"""

import contextlib
import time

import pytest

from plumbline.local import git_http

from .clients import generated, transports
from .clients.caller import Caller
from .clients.transports import Refused
from .clients.typist import Typist

pytestmark = pytest.mark.cluster

CONFIG = ("", "ConfigMap", "settings")
WORKLOAD = ("apps", "Deployment", "web")
NOTHING = "Unable to terminate operation. No operation is in progress"
BLOCKED = "cannot sync: blocked by sync window"


@pytest.fixture(params=["grpc", "rest", "grpc-web", "plumb"])
def client(request, plane, stranger, certificate, tmp_path):
    """A client that is not logged in."""
    address = plane.services.address
    if request.param == "plumb":
        folder = tmp_path / "plumb"
        folder.mkdir()
        yield Typist(folder, address)
        return
    if request.param == "grpc":
        transport = transports.Grpc(stranger / "generated", address, certificate)
    elif request.param == "rest":
        transport = transports.Rest(address, certificate)
    else:
        transport = transports.GrpcWeb(generated.Messages(stranger), address, certificate)
    with contextlib.closing(transport):
        yield Caller(transport)


def deployment():
    labels = {"app": "web"}
    container = {"name": "web", "image": "docker.io/library/nginx:1.27"}
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }  # fmt: skip


def describe(repo, colour):
    """Describe the application in one colour; return the commit."""
    settings = {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"},
        "data": {"colour": colour},
    }  # fmt: skip
    repo.write("app/settings.yaml", settings)
    repo.write("app/web.yaml", deployment())
    repo.write("app/kustomization.yaml", {"resources": ["settings.yaml", "web.yaml"]})
    return repo.push(f"Paint it {colour}")


def verdict(app):
    status = app.get("status") or {}
    return tuple((status.get(part) or {}).get("status") for part in ("sync", "health"))


def done(commit):
    """A condition: the commit is deployed, Healthy, and nothing is under way."""

    def check(app):
        operation = (app.get("status") or {}).get("operationState") or {}
        revision = (operation.get("syncResult") or {}).get("revision")
        finished = "operation" not in app and operation.get("phase") == "Succeeded"
        return finished and revision == commit and verdict(app) == ("Synced", "Healthy")

    return check


def refused(code, text, call, *arguments):
    """The call is refused with a code and a text that says why."""
    with pytest.raises(Refused) as caught:
        call(*arguments)
    assert (code, True) == (caught.value.code, text in caught.value.message), str(caught.value)


class Story:
    """One application of one client: each chapter begins where the one before ended."""

    def __init__(self, client, shop):
        self.client, self.shop = client, shop
        self.project = self.app = f"{shop.name}-story"
        self.repo = shop.repository()
        self.red = describe(self.repo, "red")
        shop._apps.append(self.app)

    def colour(self):
        return self.shop.api.get(self.shop.object_path())["data"]["colour"]

    def arrive(self, password):
        """A version for everybody, nothing else; then a session."""
        assert "plumbline" in self.client.version()
        self.client.login("admin", password)
        assert "admin" == self.client.username()
        refused(16, "", self.client.with_token("not.a.token").apps, self.project)

    def prepare(self):
        """A project that is limited to one namespace, a repository of it, an application."""
        client, project, url = self.client, self.project, self.repo.url
        client.create_project(project, url, self.shop.name)
        assert project in client.projects()
        client.add_repository(url, project)
        assert "Successful" == client.repositories()[url]
        refused(
            3, "do not match any of the allowed destinations",
            client.create_app, f"{self.app}-2", project, url, "app", "kube-system",
        )  # fmt: skip
        client.create_app(self.app, project, url, "app", self.shop.name)
        assert [self.app] == client.apps(project)
        assert project == client.app(self.app)["spec"]["project"]
        seen = client.watched(self.app, lambda app: "operation" not in app)
        assert url == seen["spec"]["source"]["repoURL"]

    def deploy(self):
        self.client.sync(self.app)
        self.client.watched(self.app, done(self.red))
        assert "red" == self.colour()

    def look(self):
        """Trees, both sides of each object, manifests, Events: what a page of a UI shows."""
        client, app = self.client, self.app
        own = {("ConfigMap", "settings"), ("Deployment", "web")}
        tree = client.tree(app)
        assert own <= tree
        assert {"ReplicaSet", "Pod"} <= {kind for kind, _ in tree}
        assert dict.fromkeys(own, False) == client.managed(app)
        assert own == {(m["kind"], m["metadata"]["name"]) for m in client.manifests(app)}
        live = client.live(app, self.shop.name, CONFIG)
        assert {"colour": "red"} == live["data"]
        if client.reads_metadata:
            assert "Paint it red" == client.revision_message(app, self.red)
            assert "ResourceCreated" in client.event_reasons(app)
            deployed = client.live(app, self.shop.name, WORKLOAD)["metadata"]
            reasons = client.event_reasons(
                app, resourceNamespace=self.shop.name, resourceName="web",
                resourceUID=deployed["uid"],
            )  # fmt: skip
            assert "ScalingReplicaSet" in reasons

    def follow(self):
        """A commit is seen by a hard refresh, deployed by a sync, and taken back by a rollback."""
        client, app = self.client, self.app
        blue = describe(self.repo, "blue")
        seen = client.app(app, refresh="hard")
        assert ("OutOfSync", blue) == (verdict(seen)[0], seen["status"]["sync"]["revision"])
        assert "red" == self.colour()
        client.sync(app)
        client.watched(app, done(blue))
        assert "blue" == self.colour()
        history = client.app(app)["status"]["history"]
        assert [self.red, blue] == [entry["revision"] for entry in history]
        client.rollback(app, int(history[0].get("id", 0)))
        self.shop.config_map("settings", lambda found: found["data"]["colour"] == "red")
        client.watched(app, lambda a: "operation" not in a and verdict(a)[0] == "OutOfSync")
        client.sync(app)
        client.watched(app, done(blue))
        assert "blue" == self.colour()

    def change(self):
        """The application is patched, one object is patched and another deleted."""
        client, app, namespace = self.client, self.app, self.shop.name
        client.patch(app, {"metadata": {"labels": {"team": "paint"}}})
        assert {"team": "paint"} == self.shop.api.get(self.shop.path("story"))["metadata"]["labels"]
        client.patch_resource(app, namespace, CONFIG, {"data": {"colour": "green"}})
        assert "green" == self.colour()
        client.delete_resource(app, namespace, WORKLOAD)
        self.shop.api.wait_gone(self.workload)
        seen = client.app(app, refresh="hard")
        assert "OutOfSync" == verdict(seen)[0]
        refused(3, NOTHING, client.terminate, app)

    @property
    def workload(self):
        return f"/apis/apps/v1/namespaces/{self.shop.name}/deployments/web"

    def lend(self):
        """A role's token syncs one application, and nothing else is its business."""
        client, app = self.client, self.app
        robot = client.with_token(client.create_role(self.project, "ci", app))
        robot.sync(app)
        robot.watched(app, done(self.repo_head))
        assert "blue" == self.colour()
        refused(7, "permission denied", robot.delete, app)
        refused(7, "permission denied", robot.patch, app, {"spec": {"project": "default"}})
        refused(7, "permission denied", robot.delete_project, self.project)
        refused(7, "permission denied", robot.sync, f"{app}-other")
        assert [app] == robot.apps(self.project)

    @property
    def repo_head(self):
        return git_http.git(self.repo.work, "rev-parse", "HEAD")

    def close_window(self):
        """A window that denies refuses a sync at once, and lets it through when it is gone."""
        client, app = self.client, self.app
        client.deny_syncs(self.project)
        refused(7, BLOCKED, client.sync, app)
        client.allow_syncs(self.project)
        client.sync(app)
        client.watched(app, done(self.repo_head))

    def leave(self):
        """Everything goes with the application; the session ends everywhere within 5 s."""
        client, api = self.client, self.shop.api
        client.delete(self.app)
        for path in (self.shop.path("story"), self.shop.object_path(), self.workload):
            api.wait_gone(path)
        assert [] == client.apps(self.project)
        client.remove_repository(self.repo.url, self.project)
        assert self.repo.url not in client.repositories()
        client.delete_project(self.project)
        assert self.project not in client.projects()
        ended = client.with_token(client.token)
        client.logout()
        refused(16, "", self.until_refused, ended, time.monotonic() + 5)

    def until_refused(self, client, until):
        while time.monotonic() < until:
            client.apps(self.project)
            time.sleep(0.1)


@pytest.mark.timeout(300)
def test_the_story(client, shop, password):
    """From the first call to the last, with any client."""
    story = Story(client, shop)
    story.arrive(password)
    story.prepare()
    story.deploy()
    story.look()
    story.follow()
    story.change()
    story.lend()
    story.close_window()
    story.leave()

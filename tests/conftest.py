"""A whole Plumbline for end-to-end and fault tests: real Kubernetes, Redis, Git, kustomize.

One control plane for the session's cluster; each test brings its own repository, namespace and
applications. ``Shop`` is what a test works with.
"""

import contextlib
import pathlib
import secrets

import pytest
import yaml

from plumbline.local import git_http
from plumbline.local.environment import Environment

APPLICATIONS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"


def config_map(name="settings", **data):
    """A manifest of a ConfigMap without a namespace."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def status_of(app):
    """(sync, health) of an Application."""
    status = app.get("status") or {}
    sync, health = (status.get(part) or {} for part in ("sync", "health"))
    return sync.get("status"), health.get("status")


def conditions_of(app):
    """{type: message} of an Application's conditions."""
    found = (app.get("status") or {}).get("conditions") or []
    return {c["type"]: c["message"] for c in found}


class Repository:
    """A working copy and the served repository it is pushed to."""

    def __init__(self, root, url, work):
        self.work, self.url = work, url
        (work / "README").write_text("the test's\n")
        name = url.rpartition("/")[2]
        git_http.seed(root, name, work)
        self._bare = root / name

    def write(self, path, *manifests, text=None):
        file = self.work / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text if text is not None else yaml.safe_dump_all(manifests))

    def hide(self):
        """Take the served repository away; the function that is returned brings it back."""
        away = self._bare.with_suffix(".away")
        self._bare.rename(away)
        return lambda: away.rename(self._bare)

    def push(self, message="Change"):
        git_http.git(self.work, "add", "--all")
        git_http.git(self.work, "commit", "--quiet", "--allow-empty", "-m", message)
        git_http.git(self.work, "push", "--quiet", str(self._bare), "HEAD:main")
        return git_http.git(self.work, "rev-parse", "HEAD")


class Shop:
    """A test's corner of the control plane."""

    def __init__(self, environment, name, directory, server, root):
        self.environment, self.name, self.api = environment, name, environment.api
        self._directory, self._server, self._root = directory, server, root
        self._apps = []

    @property
    def plumb(self):
        return self.environment.plumb

    def repository(self, name="repo", *, server=None, root=None):
        server, root = server or self._server, root or self._root
        work = self._directory / f"work-{name}"
        work.mkdir()
        return Repository(root, server.url(f"{self.name}-{name}.git"), work)

    def create(self, name, url, path, *, finalizer=True, **policy):
        """Create an Application that deploys a path into the test's namespace."""
        full = f"{self.name}-{name}"
        self._apps.append(full)
        self.api.create(APPLICATIONS, {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {
                "name": full,
                "namespace": "argocd",
                "finalizers": ["resources-finalizer.argocd.argoproj.io"] if finalizer else [],
            },
            "spec": {
                "project": "default",
                "source": {"repoURL": url, "path": path, "targetRevision": "main"},
                "destination": {
                    "server": "https://kubernetes.default.svc", "namespace": self.name,
                },
                "syncPolicy": policy or None,
            },
        })  # fmt: skip
        return full

    def path(self, name):
        return f"{APPLICATIONS}/{self.name}-{name}"

    def app(self, name, condition, seconds=60):
        return self.api.wait(self.path(name), condition, seconds=seconds)

    def object_path(self, name="settings", plural="configmaps"):
        return f"/api/v1/namespaces/{self.name}/{plural}/{name}"

    def config_map(self, name, condition, seconds=60):
        return self.api.wait(self.object_path(name), condition, seconds=seconds)

    def close(self):
        from plumbline.core import errors  # noqa: PLC0415 -- only here

        for name in self._apps:
            with contextlib.suppress(errors.NotFound):
                self.api.merge(f"{APPLICATIONS}/{name}", {"metadata": {"finalizers": None}})
                self.api.delete(f"{APPLICATIONS}/{name}")


@pytest.fixture(scope="session")
def plane(cluster):
    """The services against the session's cluster, logged in."""
    with Environment() as environment:
        environment.use_cluster(str(cluster.kubeconfig))
        environment.install("argocd")
        environment.start_services(poll_interval=0.5, revision_flush_seconds=0.5)
        environment.login()
        yield environment


@pytest.fixture(scope="session")
def git_server(tmp_path_factory):
    """(server, root) of the repositories of all tests."""
    root = tmp_path_factory.mktemp("git")
    server = git_http.GitServer(root)
    yield server, root
    server.close()


@pytest.fixture
def shop(plane, namespace, git_server, tmp_path):
    """A namespace and repositories of the test's own."""
    server, root = git_server
    made = Shop(plane, namespace, pathlib.Path(tmp_path), server, root)
    yield made
    made.close()


@pytest.fixture
def canary():
    """A string that must come out nowhere."""
    return f"canary-{secrets.token_hex(12)}"

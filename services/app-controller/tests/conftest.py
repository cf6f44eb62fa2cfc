"""A controller at work on a real API server, with a repository that the test holds in memory."""

import asyncio
import contextlib
import hashlib
import json

import pytest

from plumbline.app_controller.application.desired import Rendered, SourceAnswer
from plumbline.app_controller.settings import Settings
from plumbline.app_controller.wiring import Controller
from plumbline.core import errors
from plumbline.kube import config
from plumbline.kube.client import KubeClient
from plumbline.testing.crds import install_crds

ARGO = "/apis/argoproj.io/v1alpha1/namespaces"


class MemoryRepo:
    """A repository whose folders are lists of manifests."""

    def __init__(self):
        self.commit = "1" * 40
        self.folders = {}
        self.history = {}
        self.errors = {}
        self.renders = 0
        self.plaintext = ()
        self.asked = []

    def push(self, folder, *manifests):
        self.folders[folder] = manifests
        self.commit = f"{int(self.commit) + 1:040d}"
        self.history[self.commit] = dict(self.folders)

    async def resolve(self, repository, revision, *, no_cache, tag_prefix=""):
        return revision if revision in self.history else self.commit

    async def render(self, repository, revision, *, commit, questions):
        commit = commit or await self.resolve(repository, revision, no_cache=False)
        folders = self.history.get(commit, self.folders)
        for question in questions:
            self.asked.append(question.source)
            path = json.loads(question.source.source_json)["path"]
            if path in self.errors:
                yield SourceAnswer(question.id, commit, None, self.errors[path])
                continue
            bodies = tuple(json.dumps(m).encode() for m in folders.get(path, ()))
            key = hashlib.sha256(b"".join(bodies)).hexdigest()
            if key == question.known_key:
                yield SourceAnswer(question.id, commit, None, None)
                continue
            self.renders += 1
            rendered = Rendered(
                commit=commit,
                key=key,
                digest=key,
                source_type="Directory",
                manifests=bodies,
                plaintext=tuple(self.plaintext),
            )
            yield SourceAnswer(question.id, commit, rendered, None)


class Rig:
    """A controller at work in one namespace."""

    def __init__(self, api, namespace, repo, controller):
        self.api, self.namespace, self.repo, self.controller = api, namespace, repo, controller

    async def call(self, function, *args, **kwargs):
        return await asyncio.to_thread(function, *args, **kwargs)

    def name(self, name):
        """Names are unique in the cluster: two control planes must not claim the same objects."""
        return f"{self.namespace}-{name}"

    async def create_app(self, name="app", path="a", finalizer=False, spec=None, **policy):
        await self.call(self.api.create, f"{ARGO}/{self.namespace}/applications", {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {
                "name": self.name(name),
                "namespace": self.namespace,
                "finalizers": ["resources-finalizer.argocd.argoproj.io"] if finalizer else [],
            },
            "spec": {
                "project": "default",
                "source": {"repoURL": "https://h/r", "path": path, "targetRevision": "main"},
                "destination": {
                    "server": "https://kubernetes.default.svc", "namespace": self.namespace,
                },
                "syncPolicy": policy,
                **(spec or {}),
            },
        })  # fmt: skip

    def app_path(self, name="app"):
        return f"{ARGO}/{self.namespace}/applications/{self.name(name)}"

    async def app(self, condition, name="app"):
        return await self.call(self.api.wait, self.app_path(name), condition, seconds=20)

    def object_path(self, name="settings"):
        return f"/api/v1/namespaces/{self.namespace}/configmaps/{name}"

    async def config_map(self, condition, name="settings"):
        return await self.call(self.api.wait, self.object_path(name), condition, seconds=20)

    async def sync(self, name="app", retry=None, **asked):
        """Ask for a sync as a user does."""
        operation = {"sync": asked, "retry": retry or {"limit": 0}}
        await self.call(self.api.merge, self.app_path(name), {"operation": operation})

    async def ended(self, phase="Succeeded", name="app", after=None):
        """Wait for the end of the operation asked for; return its state."""

        def done(app):
            state = (app.get("status") or {}).get("operationState") or {}
            return (
                "operation" not in app
                and "finishedAt" in state
                and state["phase"] != "Running"
                and state != after
            )

        state = (await self.app(done, name))["status"]["operationState"]
        assert phase == state["phase"], state
        return state

    def jobs(self, name=""):
        return f"/apis/batch/v1/namespaces/{self.namespace}/jobs{'/' if name else ''}{name}"

    async def get(self, path):
        """Return an object, or ``None``."""
        try:
            return await self.call(self.api.get, path)
        except errors.NotFound:
            return None

    async def moved(self):
        self.controller.desired.moved("https://h/r")


@pytest.fixture
async def plane(cluster, namespace):
    """A namespace that is ready for a control plane: definitions, and the default project."""
    await asyncio.to_thread(install_crds, cluster.api)
    await asyncio.to_thread(cluster.api.create, f"{ARGO}/{namespace}/appprojects", {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": "default", "namespace": namespace},
        "spec": {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": namespace}]},
    })  # fmt: skip
    return Rig(cluster.api, namespace, MemoryRepo(), None)


@pytest.fixture
async def start(cluster, plane):
    """A function that sets a controller to work for a rig; they stop when the test ends."""
    own = config.from_kubeconfig(str(cluster.kubeconfig))
    settings = Settings(
        namespace=plane.namespace,
        repo_poll_interval=0,
        revision_flush_seconds=0.2,
        sync_wave_delay=0.1,
        self_heal_backoff_timeout_seconds=1,
    )
    async with contextlib.AsyncExitStack() as stack:

        async def begin(rig):
            client = await stack.enter_async_context(KubeClient(own, user_agent="test"))
            stop = asyncio.Event()
            controller = Controller(settings, own, client, rig.repo)
            task = asyncio.create_task(controller.run(stop))

            async def end():
                stop.set()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

            stack.push_async_callback(end)
            begun = Rig(rig.api, rig.namespace, rig.repo, controller)
            begun.stop = end
            return begun

        yield begin


@pytest.fixture
async def rig(plane, start):
    """A controller at work."""
    return await start(plane)

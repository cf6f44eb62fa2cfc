"""The administrative services behind a real gRPC server, over objects in memory.

What talks to them is a channel with an identity of the test's choice; the repo-server and the
controller are servers in this process that remember what they were asked.
"""

import asyncio
import base64
import copy
import dataclasses

import grpc
import msgspec
import orjson
import pytest

from plumbline.api_server import present, wiring
from plumbline.api_server.services import registry
from plumbline.api_server.sessions import Caller
from plumbline.api_server.settings import Settings
from plumbline.core import errors
from plumbline.core.secret import Secret
from plumbline.kube.informer import Lens
from plumbline.pb.controller import controller_pb2, controller_pb2_grpc
from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.pb.server import (
    certificate_pb2_grpc,
    cluster_pb2_grpc,
    gpgkey_pb2_grpc,
    project_pb2_grpc,
    repocreds_pb2_grpc,
    repository_pb2_grpc,
)
from plumbline.rpc import interceptors, status

NAMESPACE = "argocd"


class Memory:
    """The control plane's objects in a dict; what is written is told to the informers' handlers."""

    def __init__(self):
        self.objects = {}
        self.version = 0
        self.handlers = {}

    def _stamp(self, kind, manifest):
        self.version += 1
        manifest = copy.deepcopy(manifest)
        metadata = manifest["metadata"]
        metadata["resourceVersion"] = str(self.version)
        metadata.setdefault("uid", f"uid-{self.version}")
        metadata.setdefault("creationTimestamp", "2026-01-02T03:04:05Z")
        for key, text in (manifest.pop("stringData", None) or {}).items():
            manifest.setdefault("data", {})[key] = base64.b64encode(text.encode()).decode()
        self.objects[kind, metadata["name"]] = manifest
        if kind in self.handlers:
            raw = orjson.dumps(manifest)
            self.handlers[kind].upsert(msgspec.json.decode(raw, type=Lens), raw)
        return copy.deepcopy(manifest)

    async def get(self, kind, namespace, name):
        await asyncio.sleep(0)  # others may come in between, as they may on the way
        if (kind, name) not in self.objects:
            raise errors.NotFound(f'{kind} "{name}" not found')
        return copy.deepcopy(self.objects[kind, name])

    async def list(self, kind, namespace, *, fields=""):
        return {"items": [copy.deepcopy(o) for (k, _), o in self.objects.items() if k == kind]}

    async def create(self, kind, manifest):
        await asyncio.sleep(0)  # others may come in between, as they may on the way
        if (kind, manifest["metadata"]["name"]) in self.objects:
            raise errors.AlreadyExists("it exists")
        return self._stamp(kind, manifest)

    async def replace(self, kind, manifest):
        stored = await self.get(kind, "", manifest["metadata"]["name"])
        wanted = manifest["metadata"].get("resourceVersion")
        if wanted and wanted != stored["metadata"]["resourceVersion"]:
            raise errors.Conflict("changed")
        return self._stamp(kind, manifest)

    async def merge(self, kind, namespace, name, patch):
        await asyncio.sleep(0)  # others may come in between, as they may on the way
        stored = await self.get(kind, namespace, name)
        wanted = (patch.get("metadata") or {}).get("resourceVersion")
        if wanted and wanted != stored["metadata"]["resourceVersion"]:
            raise errors.Conflict("changed")
        return self._stamp(kind, _merge(stored, patch))

    async def delete(self, kind, namespace, name, *, uid=""):
        manifest = await self.get(kind, namespace, name)
        del self.objects[kind, name]
        if kind in self.handlers:
            raw = orjson.dumps(manifest)
            self.handlers[kind].remove(msgspec.json.decode(raw, type=Lens))

    def secret(self, name):
        """The decoded data of a Secret."""
        data = self.objects["Secret", name].get("data") or {}
        return {k: base64.b64decode(v).decode() for k, v in data.items()}

    def secrets(self):
        return sorted(name for kind, name in self.objects if kind == "Secret")


def _merge(target, patch):
    result = dict(target)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            result[key] = _merge(result.get(key) or {}, value)
        else:
            result[key] = value
    return result


class RecordedEvents:
    """In the place of the recorder."""

    def __init__(self):
        self.emitted = []

    def emit(self, involved, kind, reason, message):
        self.emitted.append((involved["kind"], involved["metadata"]["name"], reason, message))


class FakeRepoServer(repo_pb2_grpc.RepoServiceServicer):
    """Remembers every request; fails as it is told."""

    def __init__(self):
        self.asked = []
        self.error = None
        self.details = repo_pb2.AppDetailsResponse(source_type="Directory")

    def _take(self, method, request):
        self.asked.append((method, request))
        if self.error is not None:
            raise self.error

    async def TestRepository(self, request, context):  # noqa: N802 -- the protocol's name
        self._take("TestRepository", request)
        return repo_pb2.TestRepositoryResponse(verified=True)

    async def ListRefs(self, request, context):  # noqa: N802 -- the protocol's name
        self._take("ListRefs", request)
        return repo_pb2.ListRefsResponse(branches=["main"], tags=["v1"])

    async def ListCharts(self, request, context):  # noqa: N802 -- the protocol's name
        self._take("ListCharts", request)
        item = repo_pb2.ChartVersions(name="web", versions=["1.1.0", "1.0.0"])
        return repo_pb2.ListChartsResponse(items=[item])

    async def ListTags(self, request, context):  # noqa: N802 -- the protocol's name
        self._take("ListTags", request)
        return repo_pb2.ListTagsResponse(tags=["v1"])

    async def ListApps(self, request, context):  # noqa: N802 -- the protocol's name
        self._take("ListApps", request)
        return repo_pb2.ListAppsResponse(apps={"a": "Kustomize", "b": "Helm"})

    async def AppDetails(self, request, context):  # noqa: N802 -- the protocol's name
        self._take("AppDetails", request)
        return self.details


class FakeController(controller_pb2_grpc.ControllerServiceServicer):
    """Knows one cluster."""

    def __init__(self):
        self.clusters = []

    async def ClusterStates(self, request, context):  # noqa: N802 -- the protocol's name
        return controller_pb2.ClusterStatesResponse(clusters=self.clusters)


class IdentityByName(grpc.aio.ServerInterceptor):
    """Takes the caller's word for who it is: tokens are another test's matter."""

    async def intercept_service(self, continuation, details):
        given = dict(details.invocation_metadata)
        subject = given["x-subject"]
        kind = "project" if subject.startswith("proj:") else "login"
        present.acting_as(
            Caller(subject=subject, username=subject, kind=kind, issued_at=1_700_000_000)
        )
        return await continuation(details)


class User:
    """The services' stubs with one identity."""

    def __init__(self, channel, subject):
        self._metadata = (("x-subject", subject),)
        self.projects = self._with(project_pb2_grpc.ProjectServiceStub(channel))
        self.repositories = self._with(repository_pb2_grpc.RepositoryServiceStub(channel))
        self.templates = self._with(repocreds_pb2_grpc.RepoCredsServiceStub(channel))
        self.clusters = self._with(cluster_pb2_grpc.ClusterServiceStub(channel))
        self.gpgkeys = self._with(gpgkey_pb2_grpc.GPGKeyServiceStub(channel))
        self.certificates = self._with(certificate_pb2_grpc.CertificateServiceStub(channel))

    def _with(self, stub):
        metadata = self._metadata

        class Calls:
            def __getattr__(self, name):
                call = getattr(stub, name)

                async def ask(request):
                    try:
                        return await call(request, metadata=metadata, timeout=20)
                    except grpc.aio.AioRpcError as error:
                        raise status.from_rpc_error(error) from None

                return ask

        return Calls()


class Stage:
    """Everything a test touches."""

    def __init__(self, parts, memory, repo_server, controller, channel):
        self.parts, self.memory = parts, memory
        self.repo_server, self.controller = repo_server, controller
        self._channel = channel

    def user(self, subject="admin"):
        return User(self._channel, subject)

    def policy(self, *lines):
        self.parts.control.take_map("argocd-rbac-cm", {"policy.csv": "\n".join(lines)})

    def setting(self, **values):
        data = {key.replace("__", "."): value for key, value in values.items()}
        self.parts.control.take_map("argocd-cm", data)

    async def project(self, name, **spec):
        return await self.memory.create("AppProject", {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "AppProject",
            "metadata": {"name": name, "namespace": NAMESPACE, "labels": spec.pop("labels", {})},
            "spec": spec or {
                "sourceRepos": ["*"],
                "destinations": [{"server": "*", "namespace": "*"}],
            },
        })  # fmt: skip

    async def app(self, name, project="default", **spec):
        await self.memory.create("Application", {
            "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": {
                "project": project,
                "source": {"repoURL": "https://h/r", "path": "a", "targetRevision": "main"},
                "destination": {"server": "https://kubernetes.default.svc", "namespace": "ns"},
                **spec,
            },
        })  # fmt: skip

    async def secret(self, secret_name, kind, /, annotations=None, **data):
        await self.memory.create("Secret", {
            "metadata": {
                "name": secret_name,
                "namespace": NAMESPACE,
                "labels": {"argocd.argoproj.io/secret-type": kind},
                "annotations": annotations or {},
            },
            "stringData": data,
        })  # fmt: skip


@pytest.fixture
async def stage():
    """The services, with an empty control plane."""
    memory = Memory()
    repo_server, controller = FakeRepoServer(), FakeController()
    inner = grpc.aio.server(interceptors=[interceptors.Errors()])
    repo_pb2_grpc.add_RepoServiceServicer_to_server(repo_server, inner)
    controller_pb2_grpc.add_ControllerServiceServicer_to_server(controller, inner)
    inner_port = inner.add_insecure_port("127.0.0.1:0")
    await inner.start()
    outer = grpc.aio.server(interceptors=[interceptors.Errors(), IdentityByName()])
    async with grpc.aio.insecure_channel(f"127.0.0.1:{inner_port}") as inside:
        built, _ = wiring.build(Settings(namespace=NAMESPACE), memory, inside, inside)
        parts = dataclasses.replace(built, events=RecordedEvents())
        parts.control.take_secret("argocd-secret", {"server.secretkey": Secret("k" * 40)})
        memory.handlers = {
            "Secret": parts.declared,
            "AppProject": parts.projects,
            "Application": parts.rows,
        }
        registry.register(outer, parts)
        port = outer.add_insecure_port("127.0.0.1:0")
        await outer.start()
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            made = Stage(parts, memory, repo_server, controller, channel)
            await made.project("default")
            yield made
        await outer.stop(None)
        parts.passwords.close()
    await inner.stop(None)

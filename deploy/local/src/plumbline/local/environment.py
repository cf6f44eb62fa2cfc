"""A whole Plumbline on one machine: Kubernetes, Redis, Git and the services, in one folder.

Used by ``make run``, ``make up`` and the end-to-end tests. Everything it starts is stopped
when it is closed, newest first, by the process ids it started.
"""

import contextlib
import os
import pathlib
import tempfile
from collections.abc import Callable
from typing import Any, Final, Self

import yaml

from plumbline.core import errors
from plumbline.local import bookstore, plumb, services
from plumbline.testcluster import Cluster, api, binaries, processes, redisserver, tools

__all__ = ["Environment"]

_CRDS: Final = pathlib.Path(__file__).resolve().parents[5] / "deploy/helm/plumbline/files/crds"
_DEFINITIONS: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_PROJECTS: Final = "/apis/argoproj.io/v1alpha1/namespaces/{}/appprojects"
_EVERYTHING: Final = {
    "sourceRepos": ["*"],
    "destinations": [{"server": "*", "namespace": "*"}],
    "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
}


def _served(definition: Any) -> bool:
    conditions = (definition.get("status") or {}).get("conditions") or []
    return any(c["type"] == "Established" and c["status"] == "True" for c in conditions)


class Environment:
    """What was started, in order."""

    def __init__(self, *, progress: Callable[[str], None] = print) -> None:
        """Start nothing yet; use as a context manager."""
        self._progress = progress
        self._stack = contextlib.ExitStack()
        self.directory = pathlib.Path()
        self.kubeconfig = ""
        self.api: api.Api
        self.cluster: Cluster | None = None
        self.services: services.Services
        self.bookstore: bookstore.Bookstore
        self.kustomize = pathlib.Path()
        self.plumb: plumb.Plumb
        self.redis: redisserver.RedisServer
        """Our own Redis, if none was named."""

    def __enter__(self) -> Self:
        folder = tempfile.TemporaryDirectory(prefix="plumbline-", ignore_cleanup_errors=True)
        self.directory = pathlib.Path(self._stack.enter_context(folder))
        return self

    def __exit__(self, *_: object) -> None:
        """Stop everything."""
        self._stack.close()

    def use_cluster(self, kubeconfig: str = "") -> None:
        """Use the cluster of a kubeconfig, or start a local one."""
        if not kubeconfig:
            folder = self.directory / "kubernetes"
            folder.mkdir()
            self._progress("starting a local Kubernetes")
            self.cluster = self._stack.enter_context(Cluster.start(folder, progress=self._progress))
            kubeconfig = str(self.cluster.kubeconfig)
        self.kubeconfig = kubeconfig
        self.api = api.Api.of(pathlib.Path(kubeconfig))

    def install(self, namespace: str, *, definitions: pathlib.Path = _CRDS) -> None:
        """Make the namespace, the custom resources and the default project, if missing.

        Args:
            namespace: the control plane's.
            definitions: folder of the custom resource definitions, the chart's by default.
        """
        self._create(
            "/api/v1/namespaces",
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}},
        )
        for file in sorted(definitions.glob("*.yaml")):
            definition = yaml.load(file.read_text(), Loader=yaml.CSafeLoader)
            name = definition["metadata"]["name"]
            self._create(_DEFINITIONS, definition)
            self.api.wait(f"{_DEFINITIONS}/{name}", _served, seconds=30)
        project = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "AppProject",
            "metadata": {"name": "default", "namespace": namespace},
            "spec": _EVERYTHING,
        }
        self._create(_PROJECTS.format(namespace), project)

    def start_services(self, namespace: str = "argocd", redis: str = "", **options: Any) -> None:
        """Start the services, and a Redis of our own if none is named."""
        password = os.environ.get("REDIS_PASSWORD", "")
        if not redis:
            folder = self.directory / "redis"
            folder.mkdir()
            server = self._stack.enter_context(redisserver.RedisServer.start(folder))
            server.wait_ready()
            self.redis = server
            redis, password = f"127.0.0.1:{server.port}", server.password
        keeper = self._stack.enter_context(processes.Keeper())
        self.kustomize = binaries.ensure_kustomize(self._progress)
        chosen = services.Options(
            kubeconfig=self.kubeconfig,
            directory=self.directory,
            namespace=namespace,
            redis=redis,
            redis_password=password,
            kustomize=str(self.kustomize),
            helm=str(tools.ensure_layer(self._progress) / "helm"),
            **options,
        )
        self.services = services.Services(chosen, keeper)
        self._stack.callback(self.services.stop)
        self.services.start()
        self.plumb = plumb.Plumb(self.directory, self.services.address)

    def login(self, namespace: str = "argocd") -> None:
        """Log ``plumb`` in as the admin."""
        self.plumb.login(plumb.admin_password(self.api, namespace))

    def serve_bookstore(self) -> None:
        """Serve the example repository."""
        self.bookstore = bookstore.Bookstore(self.directory)
        self._stack.callback(self.bookstore.close)

    def _create(self, path: str, manifest: Any) -> None:
        with contextlib.suppress(errors.AlreadyExists):
            self.api.create(path, manifest)

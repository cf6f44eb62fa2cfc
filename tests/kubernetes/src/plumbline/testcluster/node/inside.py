"""The first process of a node's namespaces: bring everything up, keep it up, end with the keeper.

Run as a program by ``keeper``, inside the namespaces; when it ends, the kernel ends everything
there. It makes the mounts, then splits: the first process only collects ended processes, its child
starts and watches the components. Standard input ends when the keeper does.
"""

import collections.abc
import concurrent.futures
import os
import pathlib
import select
import subprocess
import sys
import time
from typing import Any

import yaml

from plumbline.core import errors
from plumbline.testcluster import api, flags, processes
from plumbline.testcluster.node import images, layout, mounts

__all__ = ["main"]

_SECONDS = 120.0
_PAUSE = 0.05
_WATCH_SECONDS = 0.5
_DNS = pathlib.Path(__file__).with_name("dns.yaml")
_PATHS = {
    "Namespace": "/api/v1/namespaces",
    "ServiceAccount": "/api/v1/namespaces/kube-system/serviceaccounts",
    "ConfigMap": "/api/v1/namespaces/kube-system/configmaps",
    "Service": "/api/v1/namespaces/kube-system/services",
    "Deployment": "/apis/apps/v1/namespaces/kube-system/deployments",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
}


def main() -> int:
    """Run the node whose directory is the only argument, until standard input ends."""
    place = layout.Layout.of(pathlib.Path(sys.argv[1]))
    try:
        mounts.mount_all(place)
        mounts.set_up_network()
    except errors.PlumblineError as problem:
        print(problem.message, flush=True)
        return 1
    child = os.fork()
    if child == 0:
        return _manage(place)
    while True:
        ended, status = os.wait()  # ours, or a process whose parent is gone
        if ended == child:
            return os.waitstatus_to_exitcode(status)


def _manage(place: layout.Layout) -> int:
    with processes.Keeper() as keeper:
        components = {
            name: processes.Component(
                name, place.argv(name), log=place.directory / f"{name}.log", keeper=keeper
            )
            for name in layout.COMPONENTS
        }
        try:
            _Start(place, components).run()
        except errors.PlumblineError as problem:
            print(problem.message, flush=True)
            return 1
        place.ready.touch()
        _supervise(components)
    return 0


def _supervise(components: dict[str, processes.Component]) -> None:
    """Start what ended again, as a service manager does, until standard input ends."""
    while not select.select([sys.stdin], [], [], _WATCH_SECONDS)[0]:
        for component in components.values():
            if not component.running:
                print(f"{component.name} ended and is started again", flush=True)
                component.start()


class _Start:
    """The order in which a node comes up."""

    def __init__(self, place: layout.Layout, components: dict[str, processes.Component]) -> None:
        self._place = place
        self._components = components
        self._api = api.Api.of(place.kubeconfig)
        self._started = time.monotonic()

    def run(self) -> None:
        """Start everything and return when pods run, names resolve and usage is measured."""
        for name in (layout.CONTAINERD, flags.ETCD, flags.APISERVER):
            self._components[name].start()
        with concurrent.futures.ThreadPoolExecutor(1) as beside:
            imported = beside.submit(self._import_images)
            self._wait("the API server", self._api.ready)
            self._say("API server ready")
            for name in (flags.CONTROLLER_MANAGER, flags.SCHEDULER, layout.KUBE_PROXY):
                self._components[name].start()
            imported.result()  # without pause the kubelet could start no pod
            self._say("images imported")
        for name in (layout.KUBELET, flags.ADDONS):
            self._components[name].start()
        for document in yaml.safe_load_all(_DNS.read_text().replace("@IMAGE@", images.COREDNS)):
            path = f"{_PATHS[document['kind']]}/{document['metadata']['name']}"
            self._api.apply(path, document)
        self._wait("the node to be ready", self._holds(f"/api/v1/nodes/{layout.NAME}", _ready))
        self._say("node ready")
        account = "/api/v1/namespaces/default/serviceaccounts/default"
        self._wait("the default service account", self._holds(account, bool))
        dns = f"{_PATHS['Deployment']}/coredns"
        self._wait("cluster DNS", self._holds(dns, _available))
        self._say("cluster DNS ready")
        metrics = f"/apis/metrics.k8s.io/v1beta1/nodes/{layout.NAME}"
        self._wait("the metrics API", self._holds(metrics, bool))
        self._say("metrics served: ready")

    def _import_images(self) -> None:
        self._wait("containerd", pathlib.Path(layout.RUNTIME_SOCKET).exists)
        for archive in self._place.archives:
            argv = ["ctr", "-a", layout.RUNTIME_SOCKET, "-n", "k8s.io", "images", "import"]
            done = subprocess.run(
                [*argv, str(archive)], check=False, capture_output=True, text=True
            )
            if done.returncode != 0:
                raise errors.Unavailable(f"{archive.name} is not imported: {done.stderr}")

    def _holds(
        self, path: str, condition: collections.abc.Callable[[Any], bool]
    ) -> collections.abc.Callable[[], bool]:
        def holds() -> bool:
            try:
                return condition(self._api.get(path))
            except (errors.NotFound, errors.Unavailable):
                return False

        return holds

    def _wait(self, what: str, condition: collections.abc.Callable[[], bool]) -> None:
        """Ask again and again: these facts come from many programs, and none pushes them."""
        deadline = time.monotonic() + _SECONDS
        while not condition():
            for component in self._components.values():
                component.check()
            if time.monotonic() > deadline:
                logs = f"logs are in {self._place.directory}"
                raise errors.DeadlineExceeded(f"waited {_SECONDS:.0f}s for {what}; {logs}")
            time.sleep(_PAUSE)

    def _say(self, line: str) -> None:
        print(f"{time.monotonic() - self._started:5.1f}s {line}", flush=True)


def _ready(node: dict[str, Any]) -> bool:
    conditions = node["status"].get("conditions") or []
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def _available(deployment: dict[str, Any]) -> bool:
    return bool((deployment.get("status") or {}).get("availableReplicas"))


if __name__ == "__main__":
    sys.exit(main())

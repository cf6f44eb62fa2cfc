"""Bring up one Kubernetes on loopback and take it down again.

Called by the pytest plugin, ``python -m plumbline.testcluster`` and ``plumbline.local``. Order and
waiting are decided here; command lines are in ``flags``, processes in ``processes``. Clusters share
nothing but the cached binaries: any number runs side by side.
"""

import collections.abc
import pathlib
import time
from types import TracebackType
from typing import Self

from plumbline.core import errors
from plumbline.testcluster import api, binaries, flags, kubeconfig, nodes, pki, ports, processes

__all__ = ["Cluster"]

_SECONDS = 120.0
_PAUSE = 0.05
_CLIENTS = {
    flags.CONTROLLER_MANAGER: "controller-manager",
    flags.SCHEDULER: "scheduler",
    flags.KWOK: "kwok",
    flags.ADDONS: "addons",
}
# The API server ends before etcd: the other way round it hangs on its last requests.
_STOP_ORDER = (
    flags.ADDONS,
    flags.KWOK,
    flags.SCHEDULER,
    flags.CONTROLLER_MANAGER,
    flags.APISERVER,
    flags.ETCD,
)


_DEFAULT_ACCOUNT = "/api/v1/namespaces/default/serviceaccounts/default"
_METRICS = "/apis/metrics.k8s.io/v1beta1/nodes"


class Cluster:
    """A running Kubernetes: its kubeconfig, its components, the way to stop it."""

    def __init__(
        self,
        layout: flags.Layout,
        components: dict[str, processes.Component],
        keeper: processes.Keeper,
    ) -> None:
        self._layout = layout
        self._components = components
        self._keeper = keeper
        self._api: api.Api | None = None

    @classmethod
    def start(
        cls,
        directory: pathlib.Path,
        *,
        name: str = "plumbline",
        nodes: int = 1,
        built: binaries.Binaries | None = None,
        progress: collections.abc.Callable[[str], None] = print,
    ) -> Self:
        """Start a new cluster that keeps all its files in `directory`; return when it is usable.

        Usable: /readyz answers, nodes and the default service account exist, so that pods can be
        created, and the metrics API answers. Raises FailedPrecondition if `directory` holds a
        cluster already, Unavailable with the end of the log if a component dies, DeadlineExceeded
        if it takes longer than two minutes.
        """
        built = built or binaries.ensure_binaries(progress)
        directory = directory.resolve()
        if directory.joinpath("pki").exists():
            raise errors.FailedPrecondition(f"{directory} holds a cluster already")
        directory.mkdir(parents=True, exist_ok=True)
        cluster = cls._prepare(directory, name, built)
        try:
            cluster._bring_up(nodes)
        except BaseException:
            cluster.stop()
            raise
        return cluster

    @property
    def directory(self) -> pathlib.Path:
        """Where certificates, etcd's data and logs (NAME.log) are."""
        return self._layout.directory

    @property
    def kubeconfig(self) -> pathlib.Path:
        """The administrator's kubeconfig."""
        return self._layout.kubeconfig

    @property
    def server(self) -> str:
        """The address of the API server."""
        return self._layout.server

    @property
    def api(self) -> api.Api:
        """A blocking client with the administrator's rights."""
        if self._api is None:
            self._api = api.Api.of(self.kubeconfig)
        return self._api

    @property
    def components(self) -> tuple[str, ...]:
        """The names of all components."""
        return tuple(self._components)

    def component(self, name: str) -> processes.Component:
        """Return one component, to be killed, stopped and started by itself.

        Raises NotFound for a name that is not in `components`.
        """
        if name not in self._components:
            raise errors.NotFound(f"no component {name}; there are {', '.join(self._components)}")
        return self._components[name]

    def wait_ready(self, *, seconds: float = _SECONDS) -> None:
        """Wait until the API server says it is ready, for use after starting it again."""
        self._wait("the API server to become ready", self.api.ready, seconds=seconds)

    def stop(self) -> None:
        """Stop everything that was started; files stay."""
        for name in _STOP_ORDER:
            self._components[name].stop()
        self._keeper.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()

    @classmethod
    def _prepare(cls, directory: pathlib.Path, name: str, built: binaries.Binaries) -> Self:
        certificates = pki.create(directory / "pki")
        apiserver, etcd, peer, metrics = ports.free(4)
        layout = flags.Layout(
            directory=directory,
            binaries=built,
            pki=certificates,
            apiserver_port=apiserver,
            etcd_port=etcd,
            etcd_peer_port=peer,
            metrics_port=metrics,
        )
        clients = {layout.client(who): certificates.pair(pair) for who, pair in _CLIENTS.items()}
        for path, pair in {layout.kubeconfig: certificates.pair("admin"), **clients}.items():
            kubeconfig.write(
                path, layout.server, name=name, authority=certificates.ca.certificate, client=pair
            )
        keeper = processes.Keeper()
        logs = {who: directory / f"{who}.log" for who in _STOP_ORDER}
        components = {
            who: processes.Component(who, layout.argv(who), log=log, keeper=keeper)
            for who, log in logs.items()
        }
        return cls(layout, components, keeper)

    def _bring_up(self, count: int) -> None:
        self._components[flags.ETCD].start()
        self._components[flags.APISERVER].start()
        self.wait_ready()
        for name in (flags.CONTROLLER_MANAGER, flags.SCHEDULER, flags.KWOK, flags.ADDONS):
            self._components[name].start()
        for index in range(count):
            self.api.create("/api/v1/nodes", nodes.manifest(index))
        self._wait("the default service account", lambda: self._has(_DEFAULT_ACCOUNT))
        self._wait("the metrics API", lambda: self._has(_METRICS))

    def _has(self, path: str) -> bool:
        try:
            self.api.get(path)
        except (errors.NotFound, errors.Unavailable):
            return False
        return True

    def _wait(
        self,
        what: str,
        condition: collections.abc.Callable[[], bool],
        *,
        seconds: float = _SECONDS,
    ) -> None:
        """Ask again and again; nobody pushes these facts, so there is nothing to wait on."""
        deadline = time.monotonic() + seconds
        while not condition():
            for component in self._components.values():
                component.check()
            if time.monotonic() > deadline:
                tail = self._components[flags.APISERVER].tail()
                raise errors.DeadlineExceeded(f"waited {seconds:.0f}s for {what}:\n{tail}")
            time.sleep(_PAUSE)

"""Addresses, files and command lines of a real node.

Called by ``running`` (writes the files), ``keeper`` and ``inside`` (start the programs). Addresses
and most ports are fixed: they exist in the node's own network namespace only. Each setting that is
not obvious says why it is there; meanings are those of the Kubernetes 1.36 component reference and
of containerd 1.6's documentation.
"""

import dataclasses
import json
import pathlib
import shutil
import sys
from typing import Any, Self

import yaml

from plumbline.core import errors
from plumbline.testcluster import binaries, flags, kubeconfig, pki, ports
from plumbline.testcluster.node import images, machine

__all__ = [
    "ADDRESS",
    "COMPONENTS",
    "CONTAINERD",
    "DNS_ADDRESS",
    "KUBELET",
    "KUBE_PROXY",
    "NAME",
    "POD_NETWORK",
    "RUNTIME_SOCKET",
    "SERVICE_NETWORK",
    "Layout",
]

NAME = "node"
ADDRESS = "192.168.77.1"
POD_NETWORK = "10.244.0.0/24"
SERVICE_NETWORK = "10.96.0.0/12"
DNS_ADDRESS = "10.96.0.10"
RUNTIME_SOCKET = "/run/containerd/containerd.sock"

CONTAINERD = "containerd"
KUBELET = "kubelet"
KUBE_PROXY = "kube-proxy"
COMPONENTS = (
    flags.ETCD,
    flags.APISERVER,
    flags.CONTROLLER_MANAGER,
    flags.SCHEDULER,
    CONTAINERD,
    KUBELET,
    KUBE_PROXY,
    flags.ADDONS,
)

_CLIENTS = {
    flags.CONTROLLER_MANAGER: "controller-manager",
    flags.SCHEDULER: "scheduler",
    flags.ADDONS: "addons",
    KUBELET: "kubelet",
    KUBE_PROXY: "kube-proxy",
}
_ETCD_PORT, _ETCD_PEER_PORT, _METRICS_PORT = 2379, 2380, 4443
_PLAN = "node.json"


@dataclasses.dataclass(frozen=True)
class Layout(flags.Layout):
    """Where one node keeps its files; the API server's port is the same inside and outside."""

    archives: tuple[pathlib.Path, ...] = ()

    @classmethod
    def create(
        cls,
        directory: pathlib.Path,
        built: binaries.Binaries,
        archives: tuple[pathlib.Path, ...],
        *,
        name: str,
    ) -> Self:
        """Fill `directory` with certificates, kubeconfigs and settings of a new node."""
        certificates = pki.create_node(directory / "pki", NAME, ADDRESS)
        (port,) = ports.free(1)
        plan = {
            "controlplane": str(built.controlplane),
            "kwok": str(built.kwok),
            "archives": [str(archive) for archive in archives],
            "port": port,
        }
        directory.joinpath(_PLAN).write_text(json.dumps(plan, indent=2))
        layout = cls.of(directory)
        clients = {layout.client(who): certificates.pair(pair) for who, pair in _CLIENTS.items()}
        for path, pair in {layout.kubeconfig: certificates.pair("admin"), **clients}.items():
            kubeconfig.write(
                path, layout.server, name=name, authority=certificates.ca.certificate, client=pair
            )
        for part in ("kubelet", "containerd", "logs", "volumes", "cni"):
            directory.joinpath(part).mkdir()
        layout._write_settings()
        return layout

    @classmethod
    def of(cls, directory: pathlib.Path) -> Self:
        """Return the layout of an existing node; raises NotFound if there is none."""
        try:
            plan = json.loads(directory.joinpath(_PLAN).read_text())
        except FileNotFoundError as problem:
            raise errors.NotFound(f"{directory} holds no node") from problem
        return cls(
            directory=directory,
            binaries=binaries.Binaries(
                pathlib.Path(plan["controlplane"]), pathlib.Path(plan["kwok"])
            ),
            pki=pki.Pki(directory / "pki"),
            apiserver_port=plan["port"],
            etcd_port=_ETCD_PORT,
            etcd_peer_port=_ETCD_PEER_PORT,
            metrics_port=_METRICS_PORT,
            archives=tuple(map(pathlib.Path, plan["archives"])),
        )

    @property
    def log(self) -> pathlib.Path:
        """What keeper and starter print."""
        return self.directory / "node.log"

    @property
    def ready(self) -> pathlib.Path:
        """Exists once the node is usable."""
        return self.directory / "ready"

    @property
    def init(self) -> pathlib.Path:
        """Holds the process id, as the machine sees it, of the node's first process."""
        return self.directory / "init.pid"

    @property
    def resolv_conf(self) -> pathlib.Path:
        """The resolver settings of every process inside."""
        return self.directory / "resolv.conf"

    def argv(self, component: str) -> list[str]:
        """Return the command line of one of `COMPONENTS`."""
        lines = {
            CONTAINERD: self._containerd,
            KUBELET: self._kubelet,
            KUBE_PROXY: self._kube_proxy,
        }
        return lines[component]() if component in lines else super().argv(component)

    def _apiserver(self) -> list[str]:
        """The cluster's command line; of a flag given twice, the last counts."""
        client = self.pki.pair("kubelet-client")
        return [
            *super()._apiserver(),
            "--bind-address=0.0.0.0",  # pods come by the node's address
            f"--advertise-address={ADDRESS}",
            "--endpoint-reconciler-type=lease",  # the Service `kubernetes` works
            "--enable-admission-plugins=NodeRestriction",
            f"--kubelet-certificate-authority={self.pki.ca.certificate}",
            f"--kubelet-client-certificate={client.certificate}",
            f"--kubelet-client-key={client.key}",
            "--kubelet-preferred-address-types=InternalIP",
        ]

    def _containerd(self) -> list[str]:
        program = shutil.which("containerd") or "containerd"
        return [program, f"--config={self.directory / 'containerd.toml'}", "--log-level=warn"]

    def _kubelet(self) -> list[str]:
        return [
            str(self.binaries.controlplane),
            KUBELET,
            f"--config={self.directory / 'kubelet.yaml'}",
            f"--kubeconfig={self.client(KUBELET)}",
            f"--hostname-override={NAME}",
            f"--node-ip={ADDRESS}",
            "--housekeeping-interval=5s",  # how often usage is measured: autoscalers wait for it
        ]

    def _kube_proxy(self) -> list[str]:
        settings = self.directory / "kube-proxy.yaml"
        return [str(self.binaries.controlplane), KUBE_PROXY, f"--config={settings}"]

    def _addons(self) -> list[str]:
        return [
            sys.executable,
            "-m",
            "plumbline.testcluster.addons",
            f"--kubeconfig={self.client(flags.ADDONS)}",
            f"--metrics-port={self.metrics_port}",
            f"--pki={self.pki.directory}",
            f"--node-address={ADDRESS}",
            f"--volumes={self.directory / 'volumes'}",
        ]

    def _write_settings(self) -> None:
        domains = "svc.cluster.local cluster.local"
        self.resolv_conf.write_text(f"search {domains}\nnameserver {DNS_ADDRESS}\n")
        self.directory.joinpath("containerd.toml").write_text(
            _CONTAINERD_TOML.format(
                socket=RUNTIME_SOCKET,
                pause=images.PAUSE,
                plugins=machine.CNI_PLUGINS,
                networks=self.directory / "cni",
            )
        )
        network = self.directory / "cni" / "10-plumbline.conflist"
        network.write_text(json.dumps(_NETWORK, indent=2))
        for name, settings in (
            ("kubelet", self._kubelet_settings()),
            ("kube-proxy", self._proxy()),
        ):
            self.directory.joinpath(f"{name}.yaml").write_text(yaml.safe_dump(settings))

    def _kubelet_settings(self) -> dict[str, Any]:
        tls = self.pki.pair("kubelet")
        return {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "authentication": {
                "anonymous": {"enabled": False},
                "webhook": {"enabled": True},
                "x509": {"clientCAFile": str(self.pki.ca.certificate)},
            },
            "authorization": {"mode": "Webhook"},
            "cgroupDriver": "cgroupfs",
            "clusterDNS": [DNS_ADDRESS],
            "clusterDomain": "cluster.local",
            "containerRuntimeEndpoint": f"unix://{RUNTIME_SOCKET}",
            # A developer's disk may be full and the node must not mind: nothing is evicted,
            # tainted or collected for it.
            "evictionHard": {
                "memory.available": "0%", "nodefs.available": "0%", "nodefs.inodesFree": "0%",
                "imagefs.available": "0%", "imagefs.inodesFree": "0%",
            },
            "imageGCHighThresholdPercent": 100,
            "imageGCLowThresholdPercent": 99,
            "failCgroupV1": False,
            "failSwapOn": False,
            "oomScoreAdj": int(pathlib.Path("/proc/self/oom_score_adj").read_text()),
            # Checked, never set: they are the machine's. `mounts` shows the wanted values.
            "protectKernelDefaults": True,
            "resolvConf": str(self.resolv_conf),
            "tlsCertFile": str(tls.certificate),
            "tlsPrivateKeyFile": str(tls.key),
            "volumePluginDir": "/var/lib/kubelet/volume-plugins",
        }  # fmt: skip

    def _proxy(self) -> dict[str, Any]:
        return {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "mode": "nftables",
            "clientConnection": {"kubeconfig": str(self.client(KUBE_PROXY))},
            "clusterCIDR": POD_NETWORK,
            "hostnameOverride": NAME,
            "oomScoreAdj": int(pathlib.Path("/proc/self/oom_score_adj").read_text()),
            # The machine's limits stay as they are.
            "conntrack": {
                "maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s",
                "tcpCloseWaitTimeout": "0s", "udpTimeout": "0s", "udpStreamTimeout": "0s",
            },
        }  # fmt: skip


_CONTAINERD_TOML = """\
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
# The first would make directories in /opt; the others are snapshotters nobody uses here.
disabled_plugins = [
  "io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
]

[grpc]
  address = "{socket}"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  disable_apparmor = true
  # Without CAP_SYS_RESOURCE no process may lower its score, and every sandbox would fail.
  restrict_oom_score_adj = true
  # As containerd 2 does by default: a pod that is not root may listen on port 80.
  enable_unprivileged_ports = true
  enable_unprivileged_icmp = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{plugins}"
    conf_dir = "{networks}"
"""

_NETWORK = {
    "cniVersion": "1.0.0",
    "name": "plumbline",
    "plugins": [
        {
            "type": "bridge",
            "bridge": "cni0",
            "isGateway": True,
            "hairpinMode": True,  # a pod reaches itself through its Service
            "ipam": {
                "type": "host-local",
                "dataDir": "/run/cni-addresses",
                "ranges": [[{"subnet": POD_NETWORK}]],
                "routes": [{"dst": "0.0.0.0/0"}],
            },
        },
        {"type": "portmap", "capabilities": {"portMappings": True}},
    ],
}

"""The command lines of a cluster's programs.

Called by ``cluster``. Pure: places and ports in, argument lists out. Each flag that is not obvious
says why it is there; meanings are those of the Kubernetes 1.36 component reference.
"""

import dataclasses
import pathlib
import sys

from plumbline.testcluster import binaries, pki, ports

__all__ = [
    "ADDONS",
    "APISERVER",
    "COMPONENTS",
    "CONTROLLER_MANAGER",
    "ETCD",
    "KWOK",
    "SCHEDULER",
    "Layout",
]

ETCD = "etcd"
APISERVER = "kube-apiserver"
CONTROLLER_MANAGER = "kube-controller-manager"
SCHEDULER = "kube-scheduler"
KWOK = "kwok"
ADDONS = "addons"
COMPONENTS = (ETCD, APISERVER, CONTROLLER_MANAGER, SCHEDULER, KWOK, ADDONS)

STAGES = pathlib.Path(__file__).with_name("stages")
_LEASE_SECONDS = 600


@dataclasses.dataclass(frozen=True)
class Layout:
    """Where one cluster keeps its files and which ports it has."""

    directory: pathlib.Path
    binaries: binaries.Binaries
    pki: pki.Pki
    apiserver_port: int
    etcd_port: int
    etcd_peer_port: int
    metrics_port: int

    @property
    def server(self) -> str:
        """The address of the API server."""
        return f"https://{ports.LOOPBACK}:{self.apiserver_port}"

    @property
    def kubeconfig(self) -> pathlib.Path:
        """The administrator's kubeconfig."""
        return self.directory / "kubeconfig"

    def client(self, component: str) -> pathlib.Path:
        """The kubeconfig of one of the cluster's own programs."""
        return self.directory / f"{component}.kubeconfig"

    def argv(self, component: str) -> list[str]:
        """Return the command line of one of the six components."""
        lines = {
            ETCD: self._etcd,
            APISERVER: self._apiserver,
            CONTROLLER_MANAGER: self._controller_manager,
            SCHEDULER: self._scheduler,
            KWOK: self._kwok,
            ADDONS: self._addons,
        }
        return lines[component]()

    def _etcd(self) -> list[str]:
        client = f"https://{ports.LOOPBACK}:{self.etcd_port}"
        peer = f"http://{ports.LOOPBACK}:{self.etcd_peer_port}"
        tls = self.pki.pair("etcd")
        return [
            str(self.binaries.controlplane),
            ETCD,
            f"--data-dir={self.directory / 'etcd'}",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            f"--cert-file={tls.certificate}",
            f"--key-file={tls.key}",
            "--client-cert-auth",
            f"--trusted-ca-file={self.pki.ca.certificate}",
            "--unsafe-no-fsync",  # survives a killed process; only a lost machine loses data
            "--log-level=warn",
        ]

    def _apiserver(self) -> list[str]:
        tls, etcd = self.pki.pair("apiserver"), self.pki.pair("etcd-client")
        front = self.pki.pair("front-proxy-client")
        return [
            str(self.binaries.controlplane),
            APISERVER,
            f"--bind-address={ports.LOOPBACK}",
            f"--secure-port={self.apiserver_port}",
            f"--advertise-address={ports.LOOPBACK}",
            "--endpoint-reconciler-type=none",  # loopback addresses are not valid endpoints
            f"--etcd-servers=https://{ports.LOOPBACK}:{self.etcd_port}",
            f"--etcd-cafile={self.pki.ca.certificate}",
            f"--etcd-certfile={etcd.certificate}",
            f"--etcd-keyfile={etcd.key}",
            f"--tls-cert-file={tls.certificate}",
            f"--tls-private-key-file={tls.key}",
            f"--client-ca-file={self.pki.ca.certificate}",
            "--authorization-mode=Node,RBAC",
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
            f"--service-account-key-file={self.pki.service_account_public_key}",
            f"--service-account-signing-key-file={self.pki.service_account_key}",
            "--service-cluster-ip-range=10.96.0.0/12",
            "--allow-privileged=true",
            # The front proxy: without it the ConfigMap extension-apiserver-authentication is
            # missing and controllers complain; with it the metrics API can be aggregated.
            f"--requestheader-client-ca-file={self.pki.front_proxy_ca.certificate}",
            f"--requestheader-allowed-names={pki.FRONT_PROXY_NAME}",
            "--requestheader-username-headers=X-Remote-User",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            f"--proxy-client-cert-file={front.certificate}",
            f"--proxy-client-key-file={front.key}",
            "--profiling=false",
        ]

    def _controller_manager(self) -> list[str]:
        return [
            str(self.binaries.controlplane),
            CONTROLLER_MANAGER,
            *self._as_client(CONTROLLER_MANAGER),
            f"--root-ca-file={self.pki.ca.certificate}",
            f"--service-account-private-key-file={self.pki.service_account_key}",
            f"--cluster-signing-cert-file={self.pki.ca.certificate}",
            f"--cluster-signing-key-file={self.pki.ca.key}",
            "--kube-api-qps=200",
            "--kube-api-burst=400",
            f"--node-monitor-grace-period={_LEASE_SECONDS}s",
            # An autoscaler that answers within a test's patience. Without the first, pods younger
            # than five minutes count as unready and there are no valid metrics.
            "--horizontal-pod-autoscaler-cpu-initialization-period=0s",
            "--horizontal-pod-autoscaler-initial-readiness-delay=0s",
            "--horizontal-pod-autoscaler-sync-period=5s",
            "--horizontal-pod-autoscaler-downscale-stabilization=10s",
        ]

    def _scheduler(self) -> list[str]:
        return [
            str(self.binaries.controlplane),
            SCHEDULER,
            *self._as_client(SCHEDULER),
            "--kube-api-qps=200",
            "--kube-api-burst=400",
        ]

    def _as_client(self, component: str) -> list[str]:
        kubeconfig = self.client(component)
        return [
            f"--kubeconfig={kubeconfig}",
            f"--authentication-kubeconfig={kubeconfig}",
            f"--authorization-kubeconfig={kubeconfig}",
            "--secure-port=0",  # nothing asks for its health or metrics: no port at all
            "--leader-elect=false",  # one of each; a lease written every two seconds is noise
            "--profiling=false",
        ]

    def _kwok(self) -> list[str]:
        return [
            str(self.binaries.kwok),
            f"--kubeconfig={self.client(KWOK)}",
            *(f"--config={stage}" for stage in sorted(STAGES.glob("*.yaml"))),
            # Beside a real node there may be played ones; the real one has a kubelet.
            "--manage-all-nodes=false",
            "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
            "--cidr=10.128.0.1/12",  # the default has room for 254 pods only
            f"--node-lease-duration-seconds={_LEASE_SECONDS}",  # renewed at a quarter of it
        ]

    def _addons(self) -> list[str]:
        return [
            sys.executable,
            "-m",
            "plumbline.testcluster.addons",
            f"--kubeconfig={self.client(ADDONS)}",
            f"--metrics-port={self.metrics_port}",
            f"--pki={self.pki.directory}",
        ]

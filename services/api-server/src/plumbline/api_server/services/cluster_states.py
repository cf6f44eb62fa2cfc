"""What is known of clusters: the controller's connections, and how many applications go there.

Used by the cluster service.
"""

import time
from collections import Counter
from typing import Final

import grpc
import structlog

from plumbline.api_server.parts import Parts
from plumbline.core import clusters, errors
from plumbline.kube import config
from plumbline.kube.client import KubeClient
from plumbline.pb.controller import controller_pb2, controller_pb2_grpc
from plumbline.pb.v1alpha1 import generated_pb2
from plumbline.rpc import status

__all__ = ["ClusterStates"]

log = structlog.get_logger()

_SECONDS: Final = 5.0
_CONNECT_SECONDS: Final = 10.0
_IDLE: Final = "Cluster has no applications and is not being monitored."
_AGENT: Final = "plumbline-api-server/0.1.0"


class ClusterStates:
    """Answers from the controller, or says that there are none."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._controller = controller_pb2_grpc.ControllerServiceStub(parts.controller)  # type: ignore[no-untyped-call]

    async def all(self) -> dict[str, generated_pb2.ClusterInfo]:
        """Return what is known, by address of the cluster."""
        counts = self._applications()
        found: dict[str, generated_pb2.ClusterInfo] = {}
        try:
            request = controller_pb2.ClusterStatesRequest()
            answer = await self._controller.ClusterStates(request, timeout=_SECONDS)
        except grpc.aio.AioRpcError as error:
            reason = status.from_rpc_error(error)
            log.warning("cluster states not available", error=reason.message)
            return {
                server: _info("Unknown", "the controller cannot be asked", count)
                for server, count in counts.items()
            }
        for item in answer.clusters:
            info = _info(item.status, item.message, counts.get(item.server, 0))
            info.serverVersion = item.version
            info.apiVersions.extend(item.api_versions)
            info.cacheInfo.resourcesCount = item.objects
            info.cacheInfo.apisCount = item.kinds
            found[item.server] = info
        for server, count in counts.items():
            found.setdefault(server, _info("Unknown", "not connected yet", count))
        return found

    @staticmethod
    def idle() -> generated_pb2.ClusterInfo:
        """Return the state of a cluster that nobody uses."""
        return _info("Unknown", _IDLE, 0)

    async def connect(self, cluster: clusters.Cluster) -> None:
        """Ask a cluster for its version with the settings it is to have.

        Raises:
            errors.InvalidArgument: the settings use what is not supported.
            errors.PlumblineError: it does not answer, or refuses the credential.
        """
        if not cluster.config and cluster.server == clusters.IN_CLUSTER_SERVER:
            return  # our own cluster by our own account
        rest = config.of_cluster(cluster)
        try:
            rest.ssl_context()
        except (ValueError, OSError):
            # The text of an SSL error may quote the file.
            raise errors.InvalidArgument("the cluster's certificates cannot be read") from None
        async with KubeClient(rest, user_agent=_AGENT) as client:
            await client.request("GET", "/version", seconds=_CONNECT_SECONDS)

    def _applications(self) -> Counter[str]:
        known = self._parts.declared.clusters()
        counts: Counter[str] = Counter()
        for row in self._parts.rows.all():
            try:
                counts[clusters.resolve(row.destination, known).server] += 1
            except errors.PlumblineError:
                continue  # a destination that is no cluster counts for none
        return counts


def _info(word: str, message: str, count: int) -> generated_pb2.ClusterInfo:
    info = generated_pb2.ClusterInfo(applicationsCount=count)
    info.connectionState.status = word
    info.connectionState.message = message
    info.connectionState.attemptedAt.seconds = int(time.time())
    info.cacheInfo.SetInParent()
    return info

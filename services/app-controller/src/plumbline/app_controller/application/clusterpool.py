"""The destination clusters in use: client, kinds, live state, write door, schema of each.

Used by the reconciler. A cluster is connected at its first use and watched from then on; a changed
cluster Secret connects anew. One unreachable cluster concerns its own applications only.
"""

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import Callable
from typing import Any, Final

import structlog

from plumbline.app_controller.application.comparer import Comparer
from plumbline.app_controller.application.desired import AppKey
from plumbline.core import clusters, errors, patch, settings, tracking
from plumbline.core.model import GroupKind, ResourceKey
from plumbline.core.project import WriteGrant
from plumbline.kube.client import KubeClient
from plumbline.kube.config import RestConfig, of_cluster
from plumbline.kube.discovery import Discovery
from plumbline.kube.door import WriteDoor
from plumbline.kube.live import LiveCluster

__all__ = ["ClusterHandle", "ClusterPool", "boot_clock"]

log = structlog.get_logger()

_USER_AGENT: Final = "plumbline-app-controller/0.1.0"
_GRACE: Final = (
    60.0  # seconds that passes may go on with connections which others took the place of
)


def boot_clock() -> float:
    """Seconds since boot; goes on while the machine is suspended, so that grants expire."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclasses.dataclass(frozen=True)
class ClusterHandle:
    """Everything needed to work with one cluster."""

    cluster: clusters.Cluster
    client: KubeClient
    discovery: Discovery
    live: LiveCluster
    door: WriteDoor
    comparer: Comparer
    schema: patch.Kinds


class ClusterPool:
    """Connections to destination clusters, made when first needed."""

    def __init__(
        self,
        own: RestConfig,
        *,
        namespace: str,
        current: Callable[[], settings.Settings],
        on_change: Callable[[AppKey, ResourceKey], None],
        grace: float = _GRACE,
    ) -> None:
        """Connect nothing yet.

        Args:
            own: how the control plane's own cluster is reached (the in-cluster destination).
            namespace: the control plane's namespace.
            current: the settings in force.
            on_change: called with an application and the object of it that changed.
            grace: seconds for which connections outlive their declaration.
        """
        self._own = own
        self._namespace = namespace
        self._current = current
        self._on_change = on_change
        self._grace = grace
        self._starting: dict[clusters.Cluster, asyncio.Task[ClusterHandle]] = {}
        self._stacks: dict[clusters.Cluster, contextlib.AsyncExitStack] = {}
        self._retiring: set[asyncio.Task[None]] = set()

    async def get(self, cluster: clusters.Cluster) -> ClusterHandle:
        """Return a cluster, connecting it at its first use.

        Raises:
            errors.PlumblineError: it cannot be reached; the next call tries again.
        """
        task = self._starting.get(cluster)
        if task is None:
            for old in [c for c in self._starting if _takes_place_of(cluster, c)]:
                self._retire(old)
            stack = self._stacks[cluster] = contextlib.AsyncExitStack()
            task = self._starting[cluster] = asyncio.create_task(self._start(cluster, stack))
        try:
            return await asyncio.shield(task)
        except errors.PlumblineError:
            await self._abandon(cluster, task)
            raise
        except Exception as error:
            # Certificates that cannot be read, an answer that is no API server's.
            await self._abandon(cluster, task)
            text = f"cluster {cluster.name} cannot be connected: {type(error).__name__}"
            raise errors.Unavailable(text) from error

    async def _abandon(self, cluster: clusters.Cluster, task: asyncio.Task[ClusterHandle]) -> None:
        """Close what a failed start opened, so that the next call tries again."""
        if self._starting.get(cluster) is task:
            del self._starting[cluster]
            await self._stacks.pop(cluster).aclose()

    def started(self) -> list[ClusterHandle]:
        """Return the clusters that are connected."""
        done = [t for t in self._starting.values() if t.done() and not t.cancelled()]
        return [t.result() for t in done if t.exception() is None]

    async def close(self) -> None:
        """Disconnect all."""
        tasks = [*self._starting.values(), *self._retiring]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for stack in self._stacks.values():
            await stack.aclose()

    def _retire(self, cluster: clusters.Cluster) -> None:
        """Disconnect a cluster whose Secret changed, once its passes had time to end."""
        started, stack = self._starting.pop(cluster), self._stacks.pop(cluster)

        async def end() -> None:
            try:
                await asyncio.sleep(self._grace)
                # Not cancelled: a pass may wait for it. It ends by its own time limits.
                await asyncio.gather(started, return_exceptions=True)
            finally:
                await stack.aclose()
            log.info("cluster disconnected", cluster=cluster.name)

        task = asyncio.create_task(end())
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    def app_of(self, instance: str) -> AppKey:
        """Return the key of an application from its instance name (behaviour.md section 11)."""
        namespace, underscore, name = instance.partition("_")
        return AppKey(namespace, name) if underscore else AppKey(self._namespace, instance)

    async def _start(
        self, cluster: clusters.Cluster, stack: contextlib.AsyncExitStack
    ) -> ClusterHandle:
        local = cluster.server == clusters.IN_CLUSTER_SERVER and not cluster.config
        config = self._own if local else of_cluster(cluster)
        client = KubeClient(config, user_agent=_USER_AGENT)
        await stack.enter_async_context(client)
        discovery = Discovery(client)

        def told(instances: frozenset[str], key: ResourceKey) -> None:
            for instance in instances:
                self._on_change(self.app_of(instance), key)

        def owner_of(manifest: dict[str, Any]) -> str | None:
            marks = self._current().marks
            if not tracking.is_self_reference(manifest, marks):
                return None
            return tracking.owner_app(manifest, marks)

        def excluded(kind: GroupKind) -> bool:
            return self._current().filter.excludes(kind, cluster.server)

        live = LiveCluster(client, discovery, owner_of=owner_of, on_change=told, excluded=excluded)
        stack.push_async_callback(live.stop)
        await live.start()
        schema = await self._schema(client)
        door = WriteDoor(client, cluster.server, clock=boot_clock, audit=_audit)
        log.info("cluster connected", cluster=cluster.name, version=discovery.kube_version)
        comparer = Comparer(live, schema, self._current)
        return ClusterHandle(cluster, client, discovery, live, door, comparer, schema)

    async def _schema(self, client: KubeClient) -> patch.Kinds:
        """The cluster's own schema; the committed one if it cannot be read."""
        try:
            document = await client.get("/openapi/v2")
        except errors.PlumblineError as error:
            log.warning("schema not available, using the built-in one", error=error.message)
            return patch.builtin.schema()
        return await asyncio.to_thread(
            patch.compile_documents, [document], facts=patch.builtin.facts()
        )


def _takes_place_of(new: clusters.Cluster, old: clusters.Cluster) -> bool:
    """Whether two are states of one declaration; the implicit entry gives way to a Secret."""
    same_secret = old.secret_name in ("", new.secret_name)
    return old != new and old.server == new.server and same_secret


def _audit(grant: WriteGrant, verb: str, key: ResourceKey, outcome: str) -> None:
    log.info("write", verb=verb, key=str(key), app=grant.app, project=grant.project, result=outcome)

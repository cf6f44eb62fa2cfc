"""Builds the application-controller's objects and runs them until a stop signal.

The only module that constructs the parts; called by ``__main__`` with settings.
"""

import asyncio
import contextlib
import time
from typing import Any, Final

import grpc
import structlog

from plumbline.app_controller import outcome
from plumbline.app_controller.application.belongings import Belongings
from plumbline.app_controller.application.channel import Channel
from plumbline.app_controller.application.clusterpool import ClusterPool, boot_clock
from plumbline.app_controller.application.deletion import Deletion
from plumbline.app_controller.application.desired import AppKey, DesiredState, RepoServer
from plumbline.app_controller.application.executor import Executor
from plumbline.app_controller.application.livesettings import LiveSettings
from plumbline.app_controller.application.operations import Operations
from plumbline.app_controller.application.planning import Planner
from plumbline.app_controller.application.repo_client import REPO_SERVICE, GrpcRepoServer
from plumbline.app_controller.application.reporting import Reporter
from plumbline.app_controller.application.store import ApplicationStore, ProjectStore
from plumbline.app_controller.application.targets import Targets
from plumbline.app_controller.application.treewatch import TreeWatch
from plumbline.app_controller.application.workqueue import WorkQueue
from plumbline.app_controller.reconciler import Reconciler
from plumbline.app_controller.settings import Settings
from plumbline.core import errors, integrity, project, repositories, verdict
from plumbline.core import settings as control
from plumbline.core.model import Project
from plumbline.kube import config
from plumbline.kube.client import KubeClient
from plumbline.kube.configmaps import ConfigMaps
from plumbline.kube.declared import GPG_KEYS_MAP, Declared
from plumbline.kube.events import Recorder
from plumbline.kube.informer import set_when_listed
from plumbline.kube.own import OwnObjects
from plumbline.pb.controller import controller_pb2_grpc
from plumbline.rpc import channels, identities, interceptors
from plumbline.runtime import readiness, serving

__all__ = ["Controller", "serve"]

log = structlog.get_logger()

_COMPONENT: Final = "argocd-application-controller"
_USER_AGENT: Final = "plumbline-app-controller/0.1.0"
_GRACE: Final = 5.0  # seconds for calls in progress after the last pass
_SETTINGS: Final = "argocd-cm"
_ROLES: Final = {"/plumbline.controller.v1.ControllerService/": frozenset({"api-server"})}


class Controller:
    """The application role of one process."""

    def __init__(
        self, settings: Settings, own: config.RestConfig, client: KubeClient, server: RepoServer
    ) -> None:
        """Build every part; :meth:`run` sets them to work.

        Args:
            settings: as parsed.
            own: how the control plane's own cluster is reached.
            client: an open client of it.
            server: the repo-server.
        """
        self._settings = settings
        self._client = client
        self.queue = WorkQueue()
        self._trees = TreeWatch()
        self.ready = False
        self._apps = ApplicationStore(self.queue.add)
        self._projects = ProjectStore(
            self._project_changed, inherits=lambda: self._live.current.global_projects or ()
        )
        self._secrets = Declared(self._look_at_all)
        self._maps = ConfigMaps(self._map_changed)
        self._live = LiveSettings(self._settings_changed)
        self._pool = ClusterPool(
            own,
            namespace=settings.namespace,
            current=lambda: self._live.current,
            on_change=lambda app, _: self._live_changed(app),
        )
        self.desired = DesiredState(
            server,
            credential=self._secrets.credential,
            on_change=lambda app, _: self.queue.add(app),
            poll_interval=_poll_interval(settings, self._live.current),
            permits=self._permits,
            charts=self._charts,
        )
        targets = Targets(
            self.desired,
            namespace=settings.namespace,
            current=lambda: self._live.current,
            grace_seconds=settings.repo_error_grace_period_seconds,
            clock=time.monotonic,
            demand=self._integrity,
        )
        self._recorder = Recorder(OwnObjects(client), _COMPONENT, time.time)
        self._reconciler = self._build_reconciler(targets)
        self.channel = Channel(
            self._apps,
            self._secrets,
            self._pool,
            self.desired,
            Belongings(self._projects, namespace=settings.namespace, clock=boot_clock),
            self._trees,
        )

    def _charts(self, name: str) -> repositories.ChartAccess:
        """Return what the content of a project's sources may have fetched."""
        found = self._projects.get(name)
        rules = found.spec.source_repos if found is not None else []
        return self._secrets.charts(name or "default", rules)

    def _permits(self, url: str, name: str) -> bool:
        """Whether a project may use a repository now."""
        rules = self._projects.get(name)
        return rules is not None and project.permits_source(rules, url)

    def _integrity(self, rules: Project, url: str) -> integrity.Demand | None:
        """What a project asks of the signatures of a repository's commits now."""
        if not self._settings.gpg_enabled:
            return None
        return integrity.demand(rules.spec, url, self._secrets.trust(GPG_KEYS_MAP))

    def _build_reconciler(self, targets: Targets) -> Reconciler:
        settings = self._settings
        reporter = Reporter(
            OwnObjects(self._client),
            self._apps,
            emit=self._recorder.emit,
            wall_clock=time.time,
            flush_seconds=settings.revision_flush_seconds,
            flush_rate=settings.revision_flush_rate,
        )
        return Reconciler(
            namespace=settings.namespace,
            apps=self._apps,
            projects=self._projects,
            secrets=self._secrets,
            pool=self._pool,
            targets=targets,
            operations=Operations(
                heal=verdict.HealPolicy(
                    timeout=settings.self_heal_timeout_seconds,
                    base=settings.self_heal_backoff_timeout_seconds,
                    factor=settings.self_heal_backoff_factor,
                    cap=settings.self_heal_backoff_cap_seconds,
                    cooldown=settings.self_heal_backoff_cooldown_seconds,
                ),
                emit=self._recorder.emit,
                sync_timeout=settings.sync_timeout,
            ),
            planner=Planner(
                targets, namespace=settings.namespace, current=lambda: self._live.current
            ),
            executor=Executor(
                clock=boot_clock,
                parallelism=settings.kubectl_parallelism_limit,
                wave_delay=settings.sync_wave_delay,
            ),
            deletion=Deletion(clock=boot_clock),
            reporter=reporter,
            emit=self._recorder.emit,
            wall_clock=time.time,
            current=lambda: self._live.current,
            waiting=self.queue.waiting,
        )

    async def run(self, stop: asyncio.Event, state: readiness.Readiness | None = None) -> None:
        """Work until ``stop`` is set; then let what is being written finish.

        Args:
            stop: set when the process is to end.
            state: told what is missing, and when all is at work.
        """
        state = state or readiness.Readiness(stop)
        settings = self._settings
        informers = [
            self._projects.informer(self._client, settings.namespace),
            *self._secrets.informers(self._client, settings.namespace),
            self._maps.informer(self._client, settings.namespace),
            self._apps.informer(self._client, settings.namespace),
        ]

        def look() -> None:
            state.watches(informer.failing for informer in informers)

        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(self._pool.close)
            stack.push_async_callback(self.desired.close)
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(i.run()) for i in informers]
                tasks.append(group.create_task(self._recorder.run()))
                listed = asyncio.Event()
                tasks.append(group.create_task(set_when_listed(listed, informers)))
                try:
                    await state.until(listed, look)
                    tasks.append(group.create_task(state.keep(look)))
                    await self._at_work(stop, state)
                except readiness.Stopped:
                    log.info("stopping")
                finally:
                    for task in tasks:
                        task.cancel()

    async def _at_work(self, stop: asyncio.Event, state: readiness.Readiness) -> None:
        """Reconcile until ``stop`` is set."""
        settings = self._settings
        self.ready = True
        state.start()
        log.info("ready", applications=len(self._apps.known()))
        work = asyncio.ensure_future(
            self.queue.work(self._work, workers=settings.status_processors)
        )
        serving.freeze_heap()
        stopping = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set():
                log.info("stopping", applications=len(self.queue))
                await asyncio.sleep(settings.shutdown_delay)
                # No pass begins any more. What one writes is written to the end, and journalled; a
                # pass that only waits, or takes too long, is taken up by the next process.
                self.queue.close()
                done, _ = await asyncio.wait({work}, timeout=settings.shutdown_grace)
                if not done:
                    log.warning("passes were cut off", applications=len(self.queue))
                    return
            await work
        finally:
            stopping.cancel()
            work.cancel()
            await asyncio.gather(work, stopping, return_exceptions=True)

    async def _work(self, key: Any) -> None:
        """Run one pass; an error becomes a retry or a wait, never the end of the worker."""
        with structlog.contextvars.bound_contextvars(app=f"{key.namespace}/{key.name}"):
            try:
                result = await self._reconciler.reconcile(key)
            except errors.Conflict:
                # Somebody changed the Application meanwhile, and our copy of it may lag behind.
                result = outcome.Result(retry=True)
            except errors.PlumblineError as error:
                log.warning("pass failed", error=error.message)
                result = outcome.of_error(error)
            except Exception as error:
                log.exception("pass failed unexpectedly")
                result = outcome.of_error(error)
            else:
                self.queue.succeeded(key)
        self._trees.changed(key)
        if result.retry:
            self.queue.retry(key)
        elif result.requeue_after is not None:
            self.queue.add_after(key, result.requeue_after)

    def _live_changed(self, app: AppKey) -> None:
        self.queue.add(app)
        self._trees.changed(app)

    def _project_changed(self, name: str) -> None:
        inherited = {g.name for g in self._live.current.global_projects or ()}
        for key in self._apps.known() if name in inherited else self._apps.using(name):
            self.queue.add(key)

    def _map_changed(self, name: str) -> None:
        if name == _SETTINGS:
            self._live.take(self._maps.data(name))

    def _settings_changed(self, before: control.Settings, after: control.Settings) -> None:
        for handle in self._pool.started():
            if before.marks != after.marks:
                handle.live.reassign()
            if before.filter != after.filter:
                handle.live.adjust()
        self.desired.poll_every(_poll_interval(self._settings, after))
        self._look_at_all()

    def _look_at_all(self) -> None:
        for key in self._apps.known():
            self.queue.add(key)


def _poll_interval(settings: Settings, live: control.Settings) -> float:
    """Seconds between looks at a repository: ``timeout.reconciliation`` rules where it is set."""
    if live.reconciliation is not None:
        return live.reconciliation
    return settings.app_resync or settings.repo_poll_interval


async def serve(settings: Settings, environ: dict[str, str]) -> None:
    """Run the service until SIGINT or SIGTERM."""
    if settings.application_namespaces:
        raise errors.Unimplemented(
            "--application-namespaces: Applications outside the control plane's namespace are"
            " not supported yet"
        )
    stop = serving.stop_event()
    state = readiness.Readiness(stop)
    own = config.load(settings.kubeconfig, environ)
    files = identities.IdentityFiles(settings.tls_cert, settings.tls_key, settings.tls_ca)
    channel = channels.FollowingChannel(settings.repo_server, files, idempotent=[REPO_SERVICE])
    async with contextlib.AsyncExitStack() as stack:
        checks = serving.HealthServer(
            settings.metrics_address, settings.metrics_port, readiness=state
        )
        await checks.start()
        stack.push_async_callback(checks.stop)
        client = await stack.enter_async_context(KubeClient(own, user_agent=_USER_AGENT))
        await stack.enter_async_context(channel)

        async def credentials() -> grpc.ServerCredentials:
            return files.server_credentials()

        try:
            given = await state.acquire(credentials, serving.no_identity)
        except readiness.Stopped:
            return
        repo = GrpcRepoServer(channel, timeout=settings.repo_server_timeout_seconds)
        controller = Controller(settings, own, client, repo)
        drain = interceptors.Drain()
        server = _listen(settings, given, drain, controller.channel)
        await server.start()
        peer = asyncio.ensure_future(
            state.watch("repo-server", lambda: channels.reach(channel, settings.repo_server))
        )
        try:
            await controller.run(stop, state)
        finally:
            peer.cancel()
            await drain.stop(server, _GRACE)


def _listen(
    settings: Settings,
    given: grpc.ServerCredentials,
    drain: interceptors.Drain,
    channel: Channel,
) -> grpc.aio.Server:
    """Bind the port that the api-server calls.

    Raises:
        errors.FailedPrecondition: the port is taken.
    """
    server = grpc.aio.server(
        interceptors=[interceptors.Errors(), drain, interceptors.RequireRole(_ROLES)],
        options=channels.server_options(),
    )
    controller_pb2_grpc.add_ControllerServiceServicer_to_server(  # type: ignore[no-untyped-call]
        channel, server
    )
    address = f"{settings.address}:{settings.port}"
    try:
        server.add_secure_port(address, given)
    except RuntimeError as error:
        raise errors.FailedPrecondition(f"cannot listen on {address}") from error
    return server

"""Builds the api-server's objects and runs them until a stop signal.

The only module that constructs the parts; called by ``__main__`` with settings.
"""

import asyncio
import dataclasses
import datetime as dt
import functools
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import grpc
import structlog
from aiohttp import web

from plumbline.api_server import certificate, logout, session_store, webhook
from plumbline.api_server.bootstrap import bootstrap
from plumbline.api_server.callers import Identify
from plumbline.api_server.clients import ClientVersions
from plumbline.api_server.control import Control
from plumbline.api_server.parts import Parts
from plumbline.api_server.passwords import Passwords
from plumbline.api_server.permissions import Permissions
from plumbline.api_server.port import Port, observing, tls
from plumbline.api_server.port.config import Config
from plumbline.api_server.projects import Projects
from plumbline.api_server.rows import Rows
from plumbline.api_server.secret_writer import SecretWriter
from plumbline.api_server.services import registry
from plumbline.api_server.session_store import SessionStore
from plumbline.api_server.sessions import Sessions
from plumbline.api_server.settings import Settings
from plumbline.core import errors, session
from plumbline.kube import config
from plumbline.kube.client import KubeClient
from plumbline.kube.declared import Declared
from plumbline.kube.events import Recorder
from plumbline.kube.informer import set_when_listed
from plumbline.kube.own import OwnObjects
from plumbline.rpc import channels, identities, interceptors
from plumbline.runtime import readiness, serving

__all__ = ["serve"]

log = structlog.get_logger()

_USER_AGENT: Final = "plumbline-api-server/0.1.0"
_COMPONENT: Final = "argocd-server"  # who reports Events, as the contract's workload is named
_LAST_WORDS: Final = 2.0  # seconds for the statuses of calls that were cut off
_REPO_SERVICE: Final = "plumbline.repo.v1.RepoService"  # reads only: calls may be repeated


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
    controller = channels.FollowingChannel(settings.controller, files)
    repo_server = channels.FollowingChannel(settings.repo_server, files, idempotent=[_REPO_SERVICE])
    checks = serving.HealthServer(settings.metrics_address, settings.metrics_port, readiness=state)
    await checks.start()
    try:
        async with KubeClient(own, user_agent=_USER_AGENT) as client, controller, repo_server:
            objects = OwnObjects(client)
            await _prepare(settings, objects, files, state)
            parts, store = build(settings, objects, controller, repo_server)
            try:
                await _run(parts, store, client, state, stop)
            finally:
                parts.passwords.close()
    except readiness.Stopped:
        log.info("stopping")
    finally:
        await checks.stop()


async def _prepare(
    settings: Settings,
    objects: OwnObjects,
    files: identities.IdentityFiles,
    state: readiness.Readiness,
) -> None:
    """Wait for the files and objects without which nothing can begin; make what may be made."""

    async def identity() -> None:
        files.read()

    async def first_objects() -> None:
        await bootstrap(objects, settings.namespace)
        if not settings.insecure:
            await certificate.ensure(objects, settings.namespace, dt.datetime.now(dt.UTC))

    await state.acquire(identity, serving.no_identity)
    await state.acquire(first_objects, readiness.kubernetes)


async def _run(
    parts: Parts,
    store: SessionStore,
    client: KubeClient,
    state: readiness.Readiness,
    stop: asyncio.Event,
) -> None:
    """Serve until the stop signal; then end streams, and let calls finish."""
    settings = parts.settings
    informers = [
        *parts.control.informers(client, settings.namespace),
        parts.rows.informer(client, settings.namespace),
        parts.projects.informer(client, settings.namespace),
        *parts.declared.informers(client, settings.namespace),
    ]

    def look() -> None:
        state.watches(informer.failing for informer in informers)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(i.run()) for i in informers]
        tasks.append(group.create_task(store.run()))
        tasks.append(group.create_task(parts.events.run()))
        for name, channel, target in (
            ("controller", parts.controller, settings.controller),
            ("repo-server", parts.repo_server, settings.repo_server),
        ):
            peer = functools.partial(channels.reach, channel, target)
            tasks.append(group.create_task(state.watch(name, peer)))
        listed = asyncio.Event()
        tasks.append(group.create_task(set_when_listed(listed, informers)))
        try:
            await state.until(listed, look)
            tasks.append(group.create_task(state.keep(look)))
            await _serve_port(parts, client, state, stop)
        except readiness.Stopped:
            log.info("stopping")
        finally:
            for task in tasks:
                task.cancel()


async def _serve_port(
    parts: Parts, client: KubeClient, state: readiness.Readiness, stop: asyncio.Event
) -> None:
    """Open the users' port until the stop signal."""
    settings = parts.settings
    ended = logout.Logout(
        parts.sessions, parts.control, base=Config.of(settings).cookie_path
    ).route()
    routes = [*webhook.routes(parts), ended]
    drain = interceptors.Drain()
    port = await _port(parts, client, drain, routes=routes, ready=lambda: state.ready)
    await port.start()
    state.start()
    log.info("ready", address=settings.address, port=settings.port)
    serving.freeze_heap()
    await stop.wait()
    log.info("stopping")
    await asyncio.sleep(settings.shutdown_delay)
    drain.begin()
    asyncio.get_running_loop().call_later(settings.shutdown_grace, drain.cut)
    await port.stop(settings.shutdown_grace + _LAST_WORDS)


def build(
    settings: Settings,
    objects: OwnObjects,
    controller: grpc.aio.Channel,
    repo_server: grpc.aio.Channel,
) -> tuple[Parts, SessionStore]:
    """Return the parts that servicers share, and the store whose ``run`` belongs to them."""
    limits = session.Limits(
        failures=max(1, settings.session_max_failures),
        window=settings.session_failure_window,
        names=max(1, settings.session_cache_size),
    )
    store = SessionStore(objects, settings.namespace, limits=limits, clock=time.time)
    live = Control({session_store.NAME: store.take})
    share = -(-settings.max_concurrent_logins // max(1, settings.replicas))
    passwords = Passwords(live, store, limits=limits, concurrency=share)
    projects = Projects()
    parts = Parts(
        settings=settings,
        control=live,
        rows=Rows(),
        projects=projects,
        declared=Declared(lambda: None),
        objects=objects,
        events=Recorder(objects, _COMPONENT, time.time),
        sessions=Sessions(live, projects, store, passwords),
        passwords=passwords,
        permissions=Permissions(live, projects),
        secrets=SecretWriter(objects, settings.namespace),
        controller=controller,
        repo_server=repo_server,
        clock=time.time,
    )
    return parts, store


async def _port(
    parts: Parts,
    client: KubeClient,
    drain: interceptors.Drain,
    *,
    routes: Sequence[web.AbstractRouteDef],
    ready: Callable[[], bool],
) -> Port:
    """Build the users' port.

    Raises:
        errors.InvalidArgument: its TLS settings, or the certificate, cannot be used.
    """
    settings = parts.settings
    contexts: tls.Contexts | None = None
    if not settings.insecure:
        terms = tls.Terms(
            minimum=settings.tls_min_version,
            maximum=settings.tls_max_version,
            ciphers=settings.tls_ciphers,
        )
        now = dt.datetime.now(dt.UTC)
        pairs = certificate.Certificates(parts.control, settings.namespace, now)
        contexts = tls.Contexts(terms, pairs.current)

    async def full_health() -> str:
        try:
            await client.request("GET", "/readyz")
        except errors.PlumblineError:
            return "the Kubernetes API cannot be reached"
        return ""

    config = dataclasses.replace(
        Config.of(settings),
        urls=parts.control.urls,
        ready=ready,
        full_health=full_health,
    )
    return Port(
        config,
        services=[service.descriptor for service in registry.SERVICES],
        register=lambda server: _register(server, parts),
        interceptors=[
            interceptors.Errors(),
            drain,
            ClientVersions(),
            Identify(parts.sessions, parts.control),
        ],
        certificate=contexts,
        extra=routes,
    )


def _register(server: Any, parts: Parts) -> None:
    """Put every public service onto a server, and those that tell about them."""
    registry.register(server, parts)
    observing.register(server, registry.names())

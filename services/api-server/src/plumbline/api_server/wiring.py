"""Builds the api-server's objects and runs them until a stop signal.

The only module that constructs the parts; called by ``__main__`` with settings.
"""

import asyncio
import datetime as dt
import time
from typing import Final

import grpc
import structlog
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from plumbline.api_server import certificate, control
from plumbline.api_server.callers import Identify, Permissions
from plumbline.api_server.parts import Parts
from plumbline.api_server.projects import Projects
from plumbline.api_server.rows import Rows
from plumbline.api_server.services import registry
from plumbline.api_server.sessions import Sessions
from plumbline.api_server.settings import Settings
from plumbline.core import errors
from plumbline.kube import config
from plumbline.kube.client import KubeClient
from plumbline.kube.declared import Declared
from plumbline.kube.events import Recorder
from plumbline.kube.own import OwnObjects
from plumbline.rpc import credentials, interceptors
from plumbline.runtime import serving

__all__ = ["serve"]

log = structlog.get_logger()

_USER_AGENT: Final = "plumbline-api-server/0.1.0"
_COMPONENT: Final = "argocd-server"  # who reports Events, as the contract's workload is named
_GRACE: Final = 5.0  # seconds calls in progress may take when the service stops
_MAX_MESSAGE: Final = 200 * 1024 * 1024  # bytes; the contract's default for this server


async def serve(settings: Settings, environ: dict[str, str]) -> None:
    """Run the service until SIGINT or SIGTERM."""
    stop = serving.stop_event()
    own = config.load(settings.kubeconfig, environ)
    inner = credentials.read_identity(settings.tls_cert, settings.tls_key, settings.tls_ca)
    controller = credentials.channel(settings.controller, inner)
    repo_server = credentials.channel(settings.repo_server, inner)
    async with KubeClient(own, user_agent=_USER_AGENT) as client, controller, repo_server:
        objects = OwnObjects(client)
        await control.bootstrap(objects, settings.namespace)
        live = control.Control()
        parts = Parts(
            settings=settings,
            control=live,
            rows=Rows(),
            projects=Projects(),
            declared=Declared(lambda: None),
            objects=objects,
            events=Recorder(objects, _COMPONENT, time.time),
            sessions=Sessions(live),
            permissions=Permissions(live),
            controller=controller,
            repo_server=repo_server,
            clock=time.time,
        )
        informers = [
            *live.informers(client, settings.namespace),
            parts.rows.informer(client, settings.namespace),
            parts.projects.informer(client, settings.namespace),
            *parts.declared.informers(client, settings.namespace),
        ]
        ready = False
        checks = serving.HealthServer(
            settings.metrics_address, settings.metrics_port, ready=lambda: ready
        )
        await checks.start()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(i.run()) for i in informers]
            tasks.append(group.create_task(parts.events.run()))
            for informer in informers:
                await informer.synced.wait()
            server = _server(parts)
            await server.start()
            ready = True
            log.info("ready", address=settings.address, port=settings.port)
            serving.freeze_heap()
            await stop.wait()
            log.info("stopping")
            await server.stop(_GRACE)
            for task in tasks:
                task.cancel()
        await checks.stop()


def _server(parts: Parts) -> grpc.aio.Server:
    """Bind the users' port.

    Raises:
        errors.FailedPrecondition: the port is taken.
    """
    settings = parts.settings
    server = grpc.aio.server(
        interceptors=[interceptors.Errors(), Identify(parts.sessions)],
        options=[
            ("grpc.max_receive_message_length", _MAX_MESSAGE),
            ("grpc.max_send_message_length", _MAX_MESSAGE),
            ("grpc.so_reuseport", 0),
        ],
    )
    registry.register(server, parts)
    health_pb2_grpc.add_HealthServicer_to_server(health.aio.HealthServicer(), server)
    reflected = [*registry.names(), health.SERVICE_NAME, reflection.SERVICE_NAME]
    reflection.enable_server_reflection(reflected, server)
    address = f"{settings.address}:{settings.port}"
    try:
        if settings.insecure:
            server.add_insecure_port(address)
        else:
            pair = certificate.server_certificate(parts.control, dt.datetime.now(dt.UTC))
            server.add_secure_port(address, grpc.ssl_server_credentials([pair]))
    except RuntimeError as error:
        raise errors.FailedPrecondition(f"cannot listen on {address}") from error
    return server

"""Builds a plugin's sidecar and runs it until a stop signal; called by ``__main__``."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import grpc
import structlog
from grpc_health.v1 import health, health_pb2_grpc

from plumbline.core import errors
from plumbline.pb.cmpserver import plugin_pb2_grpc
from plumbline.repo_server.plugin import configuration
from plumbline.repo_server.plugin.commands import Commands
from plumbline.repo_server.plugin.server import PluginService
from plumbline.repo_server.plugin.settings import Settings
from plumbline.repo_server.sandbox.client import Sandbox
from plumbline.rpc import interceptors
from plumbline.runtime import serving

__all__ = ["serve"]

log = structlog.get_logger()

_FILE: Final = "plugin.yaml"
_MAX_MESSAGE: Final = 64 * 1024 * 1024
_GRACE: Final = 5.0  # seconds for running calls at the end


async def serve(settings: Settings, environ: Mapping[str, str]) -> None:
    """Serve the plugin until SIGINT or SIGTERM.

    Args:
        settings: of this sidecar.
        environ: of this process; commands are given the variables that the settings name.

    Raises:
        errors.PlumblineError: the plugin's file cannot be read, or the socket cannot be made.
    """
    stop = serving.stop_event()
    plugin = configuration.read(Path(settings.configuration) / _FILE)
    work = _emptied(Path(settings.work))
    sandbox = Sandbox(settings.sandbox)
    await sandbox.start()
    commands = Commands(
        sandbox=sandbox,
        mode=settings.sandbox,
        timeout=settings.exec_timeout,
        search=settings.search,
        execute=[Path(path) for path in settings.execute],
        read=[Path(path) for path in settings.read],
        environment={name: environ[name] for name in settings.variables if name in environ},
    )
    made = PluginService(
        plugin, commands, work=work, parallel=settings.parallelism or os.cpu_count() or 1
    )
    server = grpc.aio.server(
        interceptors=[interceptors.Errors()],
        options=[
            ("grpc.max_receive_message_length", _MAX_MESSAGE),
            ("grpc.max_send_message_length", _MAX_MESSAGE),
        ],
    )
    plugin_pb2_grpc.add_ConfigManagementPluginServiceServicer_to_server(made, server)  # type: ignore[no-untyped-call]
    health_pb2_grpc.add_HealthServicer_to_server(health.aio.HealthServicer(), server)
    socket = Path(settings.sockets) / f"{plugin.name}.sock"
    try:
        socket.unlink(missing_ok=True)
        _listen(server, socket)
        await server.start()
        log.info("ready", plugin=plugin.name, socket=str(socket))
        serving.freeze_heap()
        await stop.wait()
        log.info("stopping")
        await server.stop(_GRACE)
    finally:
        socket.unlink(missing_ok=True)
        await sandbox.close()


def _emptied(work: Path) -> Path:
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o700, parents=True)
    return work


def _listen(server: grpc.aio.Server, socket: Path) -> None:
    try:
        bound = server.add_insecure_port(f"unix:{socket}")
    except RuntimeError as error:
        raise errors.FailedPrecondition(f"cannot listen on {socket}") from error
    if not bound:
        raise errors.FailedPrecondition(f"cannot listen on {socket}")

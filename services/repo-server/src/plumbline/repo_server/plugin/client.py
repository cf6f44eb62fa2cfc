"""One plugin's socket: the four calls of the contract's plugin protocol.

Called by :mod:`sidecars`. An answer is bounded in size and time; an error is the plugin's own text,
cut to a few lines.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import grpc
import structlog
from google.protobuf import empty_pb2

from plumbline.core import errors
from plumbline.pb.cmpserver import plugin_pb2, plugin_pb2_grpc
from plumbline.pb.reposerver import repository_pb2
from plumbline.repo_server.plugin.archive import Archive

__all__ = ["Configuration", "Match", "Request", "Sidecar"]

log = structlog.get_logger()

_CHUNK: Final = 256 * 1024
_MAX_ANSWER: Final = 64 * 1024 * 1024  # bytes of all manifests
_ERROR_LINES: Final = 20
_ERROR_TEXT: Final = 2000
_MARGIN: Final = 10.0  # seconds
_LOOK: Final = 10.0  # seconds for what runs no command


class _Failed(errors.InvalidArgument):
    """A sidecar's command failed: the same input fails again."""


_KINDS: Final = {
    grpc.StatusCode.UNAVAILABLE: errors.Unavailable,
    grpc.StatusCode.CANCELLED: errors.Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: errors.DeadlineExceeded,
    grpc.StatusCode.RESOURCE_EXHAUSTED: errors.ResourceExhausted,
    grpc.StatusCode.FAILED_PRECONDITION: errors.FailedPrecondition,
    grpc.StatusCode.INVALID_ARGUMENT: errors.InvalidArgument,
    grpc.StatusCode.UNIMPLEMENTED: errors.Unimplemented,
    grpc.StatusCode.UNKNOWN: _Failed,
}
"""Anything else is between the two servers, and may pass."""


class Configuration(NamedTuple):
    """What a plugin says about itself."""

    has_discovery: bool
    wants_credentials: bool


class Match(NamedTuple):
    """Whether a source is a plugin's."""

    is_supported: bool
    has_discovery: bool


class Request(NamedTuple):
    """What is sent before the archive."""

    app_name: str
    path: str
    """The source's directory in the archive."""
    environment: tuple[tuple[str, str], ...]


class Sidecar:
    """A plugin that listens on a Unix socket."""

    def __init__(self, socket: Path, *, timeout: float, margin: float = _MARGIN) -> None:
        """Connect at each call.

        Args:
            socket: where it listens; the file's name is the plugin's.
            timeout: seconds that a command of the plugin may take.
            margin: seconds beyond, so that the plugin's own word about its deadline comes first.
        """
        self.name = socket.name.removesuffix(".sock")
        self._target = f"unix:{socket}"
        self._one = timeout + margin
        self._two = 2 * timeout + margin  # for init and generate

    async def configuration(self) -> Configuration:
        """Return what the plugin says about itself.

        Raises:
            errors.Unavailable: nobody listens.
        """
        async with self._stub() as stub:
            found = await stub.CheckPluginConfiguration(empty_pb2.Empty(), timeout=_LOOK)
        return Configuration(found.isDiscoveryConfigured, found.provideGitCreds)

    async def match(self, request: Request, archive: Archive) -> Match:
        """Ask whether a source is the plugin's.

        A plugin whose own command fails does not know the source: commands that find nothing often
        end with a failure, and the contract's sidecars pass that on. Nothing else is taken for a
        no: then the source would be rendered as something else.

        Raises:
            errors.PlumblineError: nobody listens, a limit was hit, or the plugin cannot ask.
        """
        try:
            async with self._stub() as stub:
                found = await stub.MatchRepository(_stream(request, archive), timeout=self._one)
        except _Failed as error:
            log.info("plugin does not know the source", plugin=self.name, error=error.message)
            return Match(is_supported=False, has_discovery=True)
        return Match(found.isSupported, found.isDiscoveryEnabled)

    async def generate(self, request: Request, archive: Archive) -> list[str]:
        """Return manifests, one text each.

        Raises:
            errors.InvalidArgument: the plugin failed; the message is its own.
            errors.PlumblineError: a limit was hit, or nobody listens.
        """
        async with self._stub() as stub:
            found = await stub.GenerateManifest(_stream(request, archive), timeout=self._two)
        return list(found.manifests)

    async def announcements(
        self, request: Request, archive: Archive
    ) -> Sequence[repository_pb2.ParameterAnnouncement]:
        """Return the parameters that the plugin can be given.

        Raises:
            errors.PlumblineError: as for :meth:`generate`.
        """
        async with self._stub() as stub:
            found = await stub.GetParametersAnnouncement(
                _stream(request, archive), timeout=self._one
            )
        return list(found.parameterAnnouncements)

    @contextlib.asynccontextmanager
    async def _stub(self) -> AsyncIterator[Any]:
        options = [
            ("grpc.max_receive_message_length", _MAX_ANSWER),
            ("grpc.enable_http_proxy", 0),
            ("grpc.enable_retries", 0),
            # Its own connection: what an earlier channel met must not keep this one from trying.
            ("grpc.use_local_subchannel_pool", 1),
        ]
        async with grpc.aio.insecure_channel(self._target, options=options) as channel:
            try:
                yield plugin_pb2_grpc.ConfigManagementPluginServiceStub(channel)  # type: ignore[no-untyped-call]
            except grpc.aio.AioRpcError as error:
                raise self._error(error) from error

    def _error(self, error: grpc.aio.AioRpcError) -> errors.PlumblineError:
        text = "".join(c if c.isprintable() or c in "\n\t" else "�" for c in error.details() or "")
        lines = [line for line in text.splitlines() if line.strip()][:_ERROR_LINES]
        said = "\n".join(lines)[:_ERROR_TEXT] or error.code().name
        kind = _KINDS.get(error.code(), errors.Unavailable)
        return kind(f"plugin {self.name}: {said}")


async def _stream(request: Request, archive: Archive) -> AsyncIterator[plugin_pb2.AppStreamRequest]:
    metadata = plugin_pb2.ManifestRequestMetadata(
        appName=request.app_name,
        appRelPath=request.path or ".",
        checksum=archive.checksum,
        size=archive.size,
        env=[plugin_pb2.EnvEntry(name=name, value=value) for name, value in request.environment],
    )
    yield plugin_pb2.AppStreamRequest(metadata=metadata)
    with await asyncio.to_thread(archive.path.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield plugin_pb2.AppStreamRequest(file=plugin_pb2.File(chunk=chunk))

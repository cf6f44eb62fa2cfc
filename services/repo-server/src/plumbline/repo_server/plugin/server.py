"""A sidecar of our own: the server side of the contract's plugin protocol.

Registered by :mod:`serving`. Each call unpacks the tree it is sent into a directory of its own,
runs the plugin's commands there, and removes everything.
"""

import asyncio
import contextlib
import hashlib
import os
import posixpath
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import grpc
import msgspec
from google.protobuf import empty_pb2

from plumbline.core import errors
from plumbline.pb.cmpserver import plugin_pb2, plugin_pb2_grpc
from plumbline.pb.reposerver import repository_pb2
from plumbline.repo_server import documents
from plumbline.repo_server.plugin import archive
from plumbline.repo_server.plugin.commands import Commands, Place
from plumbline.repo_server.plugin.configuration import Announcement, Plugin

__all__ = ["PluginService"]

_MAX_ARCHIVE: Final = 512 * 1024 * 1024
_MAX_TREE: Final = 1024 * 1024 * 1024
_MAX_VARIABLES: Final = 10_000
_VARIABLE: Final = re.compile(r"(?:ARGOCD_|PARAM_|KUBE_)[A-Za-z0-9_.-]*")


class _Received(NamedTuple):
    place: Place
    environment: Mapping[str, str]


class PluginService(plugin_pb2_grpc.ConfigManagementPluginServiceServicer):
    """plugin.ConfigManagementPluginService."""

    def __init__(self, plugin: Plugin, commands: Commands, *, work: Path, parallel: int) -> None:
        """Serve one plugin.

        Args:
            plugin: its file.
            commands: how its commands run.
            work: where trees are unpacked.
            parallel: calls that run at the same time.
        """
        self._plugin = plugin
        self._commands = commands
        self._work = work
        self._slots = asyncio.Semaphore(parallel)
        self._documents = documents.Documents()

    async def CheckPluginConfiguration(  # noqa: N802 -- gRPC requires this name
        self, _request: empty_pb2.Empty, _: grpc.aio.ServicerContext
    ) -> plugin_pb2.CheckPluginConfigurationResponse:
        """Tell whether the plugin can know its sources."""
        return plugin_pb2.CheckPluginConfigurationResponse(
            isDiscoveryConfigured=bool(self._plugin.spec.discover)
        )

    async def MatchRepository(  # noqa: N802 -- gRPC requires this name
        self, request: AsyncIterator[plugin_pb2.AppStreamRequest], _: grpc.aio.ServicerContext
    ) -> plugin_pb2.RepositoryResponse:
        """Tell whether a source is the plugin's."""
        discover = self._plugin.spec.discover
        async with self._received(request) as received:
            place = received.place
            if discover.file_name:
                found = await asyncio.to_thread(_matches, place.directory, discover.file_name)
            elif discover.find.glob:
                found = await asyncio.to_thread(_matches, place.directory, discover.find.glob)
            elif discover.find.command:
                result = await self._commands.run(discover.find, place, received.environment)
                found = result.status == 0 and bool(result.output.strip())
            else:
                found = False
        return plugin_pb2.RepositoryResponse(isSupported=found, isDiscoveryEnabled=bool(discover))

    async def GenerateManifest(  # noqa: N802 -- gRPC requires this name
        self, request: AsyncIterator[plugin_pb2.AppStreamRequest], _: grpc.aio.ServicerContext
    ) -> plugin_pb2.ManifestResponse:
        """Return the manifests of a source."""
        spec = self._plugin.spec
        async with self._received(request) as received:
            if spec.init.command:
                await self._commands.succeed(spec.init, received.place, received.environment)
            output = await self._commands.succeed(
                spec.generate, received.place, received.environment
            )
        try:
            text = output.decode("utf-8")
        except UnicodeDecodeError as error:
            raise errors.InvalidArgument("the output of generate is not UTF-8") from error
        found = await asyncio.to_thread(self._documents.load, text, name="output of generate")
        return plugin_pb2.ManifestResponse(
            manifests=[item.decode() for item in found], sourceType=self._plugin.metadata.name
        )

    async def GetParametersAnnouncement(  # noqa: N802 -- gRPC requires this name
        self, request: AsyncIterator[plugin_pb2.AppStreamRequest], _: grpc.aio.ServicerContext
    ) -> plugin_pb2.ParametersAnnouncementResponse:
        """Return the parameters that the plugin can be given: what a command says, then its own."""
        parameters = self._plugin.spec.parameters
        found: list[Announcement] = []
        async with self._received(request) as received:
            if parameters.dynamic.command:
                output = await self._commands.succeed(
                    parameters.dynamic, received.place, received.environment
                )
                try:
                    found = msgspec.json.decode(output, type=list[Announcement])
                except msgspec.DecodeError as error:
                    raise errors.InvalidArgument(
                        f"the output of parameters.dynamic cannot be read: {error}"
                    ) from error
        return plugin_pb2.ParametersAnnouncementResponse(
            parameterAnnouncements=[_announcement(a) for a in (*found, *parameters.static)]
        )

    @contextlib.asynccontextmanager
    async def _received(
        self, stream: AsyncIterator[plugin_pb2.AppStreamRequest]
    ) -> AsyncIterator[_Received]:
        """Receive and unpack a tree; remove it afterwards.

        Raises:
            errors.PlumblineError: what arrived is not what was announced, or may not be unpacked.
        """
        self._commands.check()
        async with self._slots:
            folder = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=self._work))
            try:
                metadata = await _receive(stream, folder / "archive")
                tree, scratch = folder / "tree", folder / "tmp"
                tree.mkdir()
                scratch.mkdir()
                await asyncio.to_thread(
                    archive.unpack,
                    folder / "archive",
                    tree,
                    max_bytes=_MAX_TREE,
                    keep_mode=self._plugin.spec.preserve_file_mode,
                )
                directory = await asyncio.to_thread(_inside, tree, metadata.appRelPath)
                yield _Received(Place(tree, directory, scratch), _variables(metadata))
            finally:
                await asyncio.to_thread(_remove, folder)


async def _receive(
    stream: AsyncIterator[plugin_pb2.AppStreamRequest], path: Path
) -> plugin_pb2.ManifestRequestMetadata:
    metadata: plugin_pb2.ManifestRequestMetadata | None = None
    digest = hashlib.sha256()
    size = 0
    with path.open("xb") as file:
        async for message in stream:
            if message.HasField("metadata"):
                if metadata is not None:
                    raise errors.InvalidArgument("the stream says twice what it holds")
                metadata = message.metadata
                continue
            if metadata is None:
                raise errors.InvalidArgument("the stream does not begin with what it holds")
            chunk = message.file.chunk
            size += len(chunk)
            if size > _MAX_ARCHIVE:
                raise errors.ResourceExhausted(f"the archive is larger than {_MAX_ARCHIVE} bytes")
            digest.update(chunk)
            file.write(chunk)
    if metadata is None or digest.hexdigest() != metadata.checksum:
        raise errors.InvalidArgument("the archive is not the one that was announced (checksum)")
    return metadata


def _variables(metadata: plugin_pb2.ManifestRequestMetadata) -> dict[str, str]:
    """Return the variables of a request; none may change how programs are found or loaded."""
    if len(metadata.env) > _MAX_VARIABLES:
        raise errors.InvalidArgument(f"more than {_MAX_VARIABLES} variables")
    for entry in metadata.env:
        if not _VARIABLE.fullmatch(entry.name):
            raise errors.InvalidArgument(f"variable {entry.name[:80]!r} is refused")
    return {entry.name: entry.value for entry in metadata.env}


def _inside(tree: Path, path: str) -> Path:
    """Return the source's directory."""
    plain = posixpath.normpath(path or ".")
    if plain.startswith(("/", "../")) or plain == ".." or "\x00" in plain:
        raise errors.InvalidArgument(f"path {path[:200]!r} leaves the tree")
    found = (tree / plain).resolve()
    if not found.is_relative_to(tree.resolve()) or not found.is_dir():
        raise errors.InvalidArgument(f"path {path[:200]!r} is no directory of the tree")
    return found


def _matches(directory: Path, glob: str) -> bool:
    """Tell whether a file of the directory has a name like this."""
    plain = glob.removeprefix("./")
    if plain.startswith("/") or ".." in plain.split("/"):
        raise errors.InvalidArgument(f"the plugin's glob {glob[:80]!r} leaves the directory")
    try:
        return next(directory.glob(plain), None) is not None
    except (ValueError, NotImplementedError) as error:
        raise errors.InvalidArgument(f"the plugin's glob {glob[:80]!r}: {error}") from error


def _announcement(given: Announcement) -> repository_pb2.ParameterAnnouncement:
    return repository_pb2.ParameterAnnouncement(
        name=given.name,
        title=given.title,
        tooltip=given.tooltip,
        required=given.required,
        itemType=given.item_type,
        collectionType=given.collection_type,
        string=given.string,
        array=given.array,
        map=given.map,
    )


def _remove(folder: Path) -> None:
    """Remove everything, also what a plugin has locked itself out of."""
    for directory, names, _ in os.walk(folder):
        for name in names:
            path = Path(directory, name)
            if not path.is_symlink():
                path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)

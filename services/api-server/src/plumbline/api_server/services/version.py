"""VersionService: what this is."""

import datetime as dt
import importlib.metadata
import pathlib
import platform
from typing import Final

import grpc
from google.protobuf import empty_pb2

from plumbline.api_server.parts import Parts
from plumbline.api_server.present import known_caller
from plumbline.pb.server import version_pb2, version_pb2_grpc

__all__ = ["VersionService"]

_MACHINES: Final = {"x86_64": "amd64", "aarch64": "arm64"}


class VersionService(version_pb2_grpc.VersionServiceServicer):
    """version.VersionService; all but the version is told to callers with a session only."""

    def __init__(self, parts: Parts) -> None:
        """Read once what does not change; the parts are taken for the registry's sake."""
        del parts
        number = importlib.metadata.version("plumbline-api-server")
        self._public = version_pb2.VersionMessage(Version=f"v{number}+plumbline")
        built = dt.datetime.fromtimestamp(pathlib.Path(__file__).stat().st_mtime, tz=dt.UTC)
        machine = platform.machine()
        # Tools of rendering are the repo-server's: their fields stay empty, and kubectl's, which
        # we do not use. The field of Go's version tells the language's that this is written in.
        self._all = version_pb2.VersionMessage(
            Version=self._public.Version,
            BuildDate=f"{built:%Y-%m-%dT%H:%M:%SZ}",
            GitTreeState="clean",
            GoVersion=f"python{platform.python_version()}",
            Compiler=platform.python_implementation().lower(),
            Platform=f"{platform.system().lower()}/{_MACHINES.get(machine, machine)}",
        )

    async def Version(  # noqa: N802 -- gRPC requires this name
        self, _request: empty_pb2.Empty, _: grpc.aio.ServicerContext
    ) -> version_pb2.VersionMessage:
        """Return the version."""
        return self._public if known_caller() is None else self._all

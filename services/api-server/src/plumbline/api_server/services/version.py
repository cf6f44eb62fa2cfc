"""VersionService: what this is."""

import importlib.metadata
import platform

import grpc
from google.protobuf import empty_pb2

from plumbline.api_server.callers import caller
from plumbline.api_server.parts import Parts
from plumbline.core import errors
from plumbline.pb.server import version_pb2, version_pb2_grpc

__all__ = ["VersionService"]


class VersionService(version_pb2_grpc.VersionServiceServicer):
    """version.VersionService; the platform is told to callers with a session only."""

    def __init__(self, parts: Parts) -> None:
        """Need nothing of the parts; taken for the registry's sake."""
        del parts

    async def Version(  # noqa: N802 -- gRPC requires this name
        self, _request: empty_pb2.Empty, _: grpc.aio.ServicerContext
    ) -> version_pb2.VersionMessage:
        """Return the version."""
        number = importlib.metadata.version("plumbline-api-server")
        try:
            caller()
        except errors.Unauthenticated:
            return version_pb2.VersionMessage(Version=f"v{number}+plumbline")
        return version_pb2.VersionMessage(
            Version=f"v{number}+plumbline",
            Compiler=platform.python_implementation(),
            Platform=f"{platform.system().lower()}/{platform.machine()}",
        )

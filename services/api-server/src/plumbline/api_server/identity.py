"""SessionService and VersionService: who one is, and what this is."""

import importlib.metadata
import platform

import grpc
from google.protobuf import empty_pb2

from plumbline.api_server.callers import caller
from plumbline.api_server.sessions import Sessions
from plumbline.core import errors
from plumbline.pb.server import session_pb2, session_pb2_grpc, version_pb2, version_pb2_grpc

__all__ = ["SessionService", "VersionService"]


class SessionService(session_pb2_grpc.SessionServiceServicer):
    """session.SessionService."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def Create(  # noqa: N802 -- gRPC requires this name
        self, request: session_pb2.SessionCreateRequest, _: grpc.aio.ServicerContext
    ) -> session_pb2.SessionResponse:
        """Return a token for a user's password."""
        if request.token:
            raise errors.Unauthenticated("token-based session creation no longer supported")
        token = await self._sessions.login(request.username, request.password)
        return session_pb2.SessionResponse(token=token)

    async def GetUserInfo(  # noqa: N802 -- gRPC requires this name
        self, _request: session_pb2.GetUserInfoRequest, _: grpc.aio.ServicerContext
    ) -> session_pb2.GetUserInfoResponse:
        """Return who is calling."""
        who = caller()
        return session_pb2.GetUserInfoResponse(
            loggedIn=True, username=who.subject, iss="argocd", groups=who.groups
        )


class VersionService(version_pb2_grpc.VersionServiceServicer):
    """version.VersionService; the platform is told to callers with a session only."""

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

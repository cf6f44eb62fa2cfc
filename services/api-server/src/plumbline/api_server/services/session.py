"""SessionService: passwords to tokens, who one is, and the end of a session."""

import grpc

from plumbline.api_server.parts import Parts
from plumbline.api_server.present import caller, known_caller
from plumbline.core import errors
from plumbline.pb.server import session_pb2, session_pb2_grpc

__all__ = ["SessionService"]


class SessionService(session_pb2_grpc.SessionServiceServicer):
    """session.SessionService."""

    def __init__(self, parts: Parts) -> None:
        self._sessions = parts.sessions

    async def Create(  # noqa: N802 -- gRPC requires this name
        self, request: session_pb2.SessionCreateRequest, _: grpc.aio.ServicerContext
    ) -> session_pb2.SessionResponse:
        """Return a token for a user's password."""
        if request.token:
            raise errors.Unauthenticated("token-based session creation no longer supported")
        token = await self._sessions.login(request.username, request.password)
        return session_pb2.SessionResponse(token=token)

    async def Delete(  # noqa: N802 -- gRPC requires this name
        self, _request: session_pb2.SessionDeleteRequest, _: grpc.aio.ServicerContext
    ) -> session_pb2.SessionResponse:
        """End the session whose token came with the call."""
        await self._sessions.revoke(caller())
        return session_pb2.SessionResponse()

    async def GetUserInfo(  # noqa: N802 -- gRPC requires this name
        self, _request: session_pb2.GetUserInfoRequest, _: grpc.aio.ServicerContext
    ) -> session_pb2.GetUserInfoResponse:
        """Return who is calling."""
        who = known_caller()
        if who is None:
            return session_pb2.GetUserInfoResponse()
        return session_pb2.GetUserInfoResponse(
            loggedIn=True, username=who.username, iss=who.issuer, groups=who.groups
        )

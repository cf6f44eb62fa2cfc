"""The identity of each call: token to caller, for as long as the call lasts.

``Identify`` is the interceptor in front of every public method; services ask :func:`caller`, or
``permissions`` on its behalf. Methods that need no identity are a closed list. A stream ends within
seconds when its caller's token holds no more.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import grpc

from plumbline.api_server import credentials
from plumbline.api_server.control import Control
from plumbline.api_server.permissions import Permissions
from plumbline.api_server.present import acting_as, caller, known_caller
from plumbline.api_server.sessions import Caller, Sessions
from plumbline.core import errors
from plumbline.rpc import interceptors

__all__ = ["RENEWED", "Identify", "Permissions", "acting_as", "caller", "known_caller"]

RENEWED: Final = "renew-token"
"""Key of the response metadata that carries a renewed token."""
# They answer everybody, and tell more to those who are known.
_OPEN: Final = frozenset(
    {
        "/cluster.SettingsService/Get",
        "/grpc.health.v1.Health/Check",
        "/grpc.health.v1.Health/Watch",
        "/session.SessionService/Create",
        "/session.SessionService/GetUserInfo",
        "/version.VersionService/Version",
    }
)
_CHECK_SECONDS: Final = 2.0  # how often a stream's caller is looked at again


class Identify(grpc.aio.ServerInterceptor):  # type: ignore[misc]
    """Verifies the token of each call before its method runs."""

    def __init__(self, sessions: Sessions, control: Control) -> None:
        self._sessions = sessions
        self._control = control

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler]],
        details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler:
        """Put the caller where :func:`caller` finds it, or refuse."""
        acting_as(None)
        handler = await continuation(details)
        if handler is None:
            return handler
        try:
            who = await self.who(details.invocation_metadata)
        except errors.Unauthenticated as error:
            if details.method not in _OPEN:
                return interceptors.refusing(handler, error)
            who = None
        if who is None and details.method not in _OPEN:
            return interceptors.refusing(handler, errors.Unauthenticated("no session information"))
        return handler if who is None else self._as(handler, who)

    async def who(self, metadata: Any) -> Caller | None:
        """Return who calls; ``None`` if there is no token and anonymous calls are not allowed.

        Raises:
            errors.Unauthenticated: there is a token, and it does not hold; also where a call
                without one would be served.
        """
        token = credentials.token_of(metadata)
        if token:
            return await self._sessions.identify(token)
        return Caller(kind="anonymous") if self._control.installation.anonymous else None

    def _as(self, handler: grpc.RpcMethodHandler, who: Caller) -> grpc.RpcMethodHandler:
        def unary(behaviour: Callable[..., Any]) -> Callable[..., Any]:
            async def call(request: Any, context: grpc.aio.ServicerContext) -> Any:
                acting_as(who)
                await self._renew(who, context)
                return await behaviour(request, context)

            return call

        def stream(behaviour: Callable[..., Any]) -> Callable[..., Any]:
            async def call(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
                acting_as(who)
                await self._renew(who, context)
                found = interceptors.items(behaviour(request, context))
                async for item in self._while_valid(who, found):
                    yield item

            return call

        return interceptors.wrap(handler, unary=unary, stream=stream)

    async def _renew(self, who: Caller, context: grpc.aio.ServicerContext) -> None:
        token = self._sessions.renewed(who)
        if token:
            await context.send_initial_metadata(((RENEWED, token),))

    async def _while_valid(self, who: Caller, found: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Yield what a stream yields until its caller's token holds no more."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a stream is read in a task")
        loop = asyncio.get_running_loop()
        ended = False
        timer: asyncio.TimerHandle | None = None

        def look() -> None:
            nonlocal ended, timer
            if self._sessions.holds(who):
                timer = loop.call_later(_CHECK_SECONDS, look)
            else:
                ended = True
                task.cancel()

        timer = loop.call_later(_CHECK_SECONDS, look)
        try:
            async for item in found:
                yield item
        except asyncio.CancelledError:
            if not ended:
                raise
            task.uncancel()
            raise errors.Unauthenticated("invalid session: the session ended") from None
        finally:
            timer.cancel()

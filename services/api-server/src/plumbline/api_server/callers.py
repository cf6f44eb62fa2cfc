"""The identity of each call: token to caller, caller to permission.

``Identify`` is the interceptor in front of every public method; services ask :func:`caller` and
:class:`Permissions`. Methods that need no identity are a closed list.
"""

import contextvars
import datetime as dt
from collections.abc import Awaitable, Callable
from http import cookies
from typing import Final

import grpc

from plumbline.api_server.control import Control
from plumbline.api_server.sessions import Caller, Sessions
from plumbline.core import errors

__all__ = ["Identify", "Permissions", "caller"]

_OPEN: Final = frozenset(
    {
        "/session.SessionService/Create",
        "/version.VersionService/Version",
        "/grpc.health.v1.Health/Check",
        "/grpc.health.v1.Health/Watch",
    }
)
_CALLER: contextvars.ContextVar[Caller | None] = contextvars.ContextVar("caller", default=None)


def caller() -> Caller:
    """Return who makes the present call.

    Raises:
        errors.Unauthenticated: nobody known.
    """
    found = _CALLER.get()
    if found is None:
        raise errors.Unauthenticated("no session information")
    return found


def _token(metadata: object) -> str:
    """Read the token from the places the contract names: token, authorization, cookie."""
    values: dict[str, str] = {}
    for key, value in metadata or ():  # type: ignore[attr-defined]
        if isinstance(value, str):
            values.setdefault(key.lower(), value)
    if values.get("token"):
        return values["token"]
    scheme, _, credential = values.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credential.strip()
    for name in ("grpcgateway-cookie", "cookie"):
        jar = cookies.SimpleCookie(values.get(name, ""))
        if "argocd.token" in jar:
            return jar["argocd.token"].value
    return ""


class Identify(grpc.aio.ServerInterceptor):  # type: ignore[misc]
    """Verifies the token of each call before its method runs."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler]],
        details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler:
        """Put the caller where :func:`caller` finds it, or refuse."""
        _CALLER.set(None)
        token = _token(details.invocation_metadata)
        if token:
            try:
                _CALLER.set(self._sessions.verify(token))
            except errors.Unauthenticated as error:
                if details.method not in _OPEN:
                    return _refusal(error.message)
        elif details.method not in _OPEN:
            return _refusal("no session information")
        return await continuation(details)


def _refusal(message: str) -> grpc.RpcMethodHandler:
    async def refuse(_: object, context: grpc.aio.ServicerContext) -> None:
        await context.abort(grpc.StatusCode.UNAUTHENTICATED, message)

    return grpc.unary_unary_rpc_method_handler(refuse)


class Permissions:
    """Asks the policy in force on behalf of the present caller."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def allows(self, resource: str, action: str, target: str) -> bool:
        """Tell whether the caller may act."""
        who = caller()
        return self._control.enforcer.enforce(
            who.subject, (resource, action, target), groups=who.groups
        )

    def require(self, resource: str, action: str, target: str) -> None:
        """Refuse unless the caller may act.

        Raises:
            errors.PermissionDenied: with the contract's text (behaviour.md section 2).
        """
        if not self.allows(resource, action, target):
            who = caller()
            issued = dt.datetime.fromtimestamp(who.issued_at, tz=dt.UTC).strftime(
                "%Y-%m-%dT%H:%M:%SZ"
            )
            raise errors.PermissionDenied(
                f"permission denied: {resource}, {action}, {target},"
                f" sub: {who.subject}, iat: {issued}"
            )

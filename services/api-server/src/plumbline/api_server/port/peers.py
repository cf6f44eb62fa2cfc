"""The address of the other side, the same for calls over gRPC, gRPC-web and REST.

A spliced connection reaches the gRPC server through a Unix socket, which would hide the client. So
the splice binds its end to an abstract name that holds the client's address; the gRPC server
reports that name as the call's peer. Nothing that a client sends is read: it cannot be forged.
"""

import contextvars
import itertools
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final
from urllib.parse import unquote

import grpc
import structlog

from plumbline.rpc import interceptors

__all__ = ["Peers", "bind_name", "peer", "peer_of", "text_of"]

_PEER: contextvars.ContextVar[str] = contextvars.ContextVar("peer", default="")
_TAG: Final = secrets.token_hex(8)  # abstract names are shared by a network namespace
_numbers = itertools.count()


def peer() -> str:
    """Return the address (``host:port``) of who makes the present call; empty if unknown."""
    return _PEER.get()


def text_of(address: Any) -> str:
    """Return a socket address as text."""
    if not isinstance(address, tuple) or len(address) < 2:
        return ""
    host = str(address[0])
    return f"[{host}]:{address[1]}" if ":" in host else f"{host}:{address[1]}"


def bind_name(address: Any) -> bytes:
    """Return the abstract name of the Unix socket that stands for a client."""
    return f"\0plumbline/{_TAG}/{next(_numbers)}/{text_of(address)}".encode()[:107]


def peer_of(reported: str) -> str:
    """Return the client's address from what gRPC reports as a call's peer."""
    kind, _, rest = reported.partition(":")
    text = unquote(rest)
    if kind == "unix-abstract":
        program, _, rest = text.partition("/")
        tag, _, rest = rest.partition("/")
        return rest.partition("/")[2] if (program, tag) == ("plumbline", _TAG) else ""
    return text if kind in {"ipv4", "ipv6"} else ""


class Peers(grpc.aio.ServerInterceptor):  # type: ignore[misc]
    """Puts the client's address where :func:`peer` and the log find it; the outermost one."""

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler]],
        details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler:
        """Wrap the behaviour: the address is known only when it runs."""
        handler = await continuation(details)
        return handler and interceptors.wrap(handler, unary=_unary, stream=_stream)


def _enter(context: grpc.aio.ServicerContext) -> None:
    address = peer_of(context.peer())
    _PEER.set(address)
    structlog.contextvars.bind_contextvars(peer=address)


def _unary(behaviour: Callable[..., Any]) -> Callable[..., Any]:
    async def call(request: Any, context: grpc.aio.ServicerContext) -> Any:
        _enter(context)
        return await behaviour(request, context)

    return call


def _stream(behaviour: Callable[..., Any]) -> Callable[..., Any]:
    async def call(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
        _enter(context)
        async for item in interceptors.items(behaviour(request, context)):
            yield item

    return call

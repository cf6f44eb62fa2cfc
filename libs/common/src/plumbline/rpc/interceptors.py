"""Server interceptors: errors become statuses, callers must have a role, each call is logged.

Installed by each service's ``wiring``, outermost first: ``Errors``, then ``RequireRole``. An error
that is not a ``PlumblineError`` becomes INTERNAL with an id; its text stays in the log, where the
same id stands.
"""

import inspect
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import grpc
import structlog

from plumbline.core import errors
from plumbline.rpc import credentials, status

__all__ = ["Errors", "RequireRole", "items", "refusing", "wrap"]

log = structlog.get_logger()

_Continuation = Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler]]


def wrap(
    handler: grpc.RpcMethodHandler,
    *,
    unary: Callable[..., Any],
    stream: Callable[..., Any],
    decode: bool = True,
) -> grpc.RpcMethodHandler:
    """Return the handler with its behaviour wrapped, whatever its arity.

    Args:
        handler: as it was.
        unary: makes the new behaviour of a method with one answer.
        stream: the same, for a method with a stream of answers.
        decode: whether the new behaviour looks at messages. One that does not gets bytes, and a
            caller inside the process need not even read them (api_server.port.dispatch).
    """
    codec = {
        "request_deserializer": handler.request_deserializer if decode else None,
        "response_serializer": handler.response_serializer,
    }
    if handler.request_streaming and handler.response_streaming:
        return grpc.stream_stream_rpc_method_handler(stream(handler.stream_stream), **codec)
    if handler.request_streaming:
        return grpc.stream_unary_rpc_method_handler(unary(handler.stream_unary), **codec)
    if handler.response_streaming:
        return grpc.unary_stream_rpc_method_handler(stream(handler.unary_stream), **codec)
    return grpc.unary_unary_rpc_method_handler(unary(handler.unary_unary), **codec)


async def items(answer: Any) -> AsyncIterator[Any]:
    """Iterate over a streaming behaviour; one that writes to its context itself yields nothing.

    gRPC allows both forms, and its own health service is of the second.
    """
    if inspect.isawaitable(answer):
        await answer
        return
    async for item in answer:
        yield item


def refusing(handler: grpc.RpcMethodHandler, error: errors.PlumblineError) -> grpc.RpcMethodHandler:
    """Return a handler of the same arity whose calls all fail with this error."""

    def unary(_: Callable[..., Any]) -> Callable[..., Any]:
        async def call(_request: Any, _context: grpc.aio.ServicerContext) -> Any:
            raise error

        return call

    def stream(_: Callable[..., Any]) -> Callable[..., Any]:
        async def call(_request: Any, _context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
            nothing: tuple[Any, ...] = ()
            for item in nothing:
                yield item  # makes it a stream
            raise error

        return call

    return wrap(handler, unary=unary, stream=stream, decode=False)


class Errors(grpc.aio.ServerInterceptor):  # type: ignore[misc]
    """Maps errors to statuses and logs one canonical line per call."""

    async def intercept_service(
        self, continuation: _Continuation, details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler:
        """Wrap the behaviour of the method that is called."""
        handler = await continuation(details)
        if handler is None:
            return handler
        return _mapped(handler, details.method)


def _mapped(handler: grpc.RpcMethodHandler, method: str) -> grpc.RpcMethodHandler:
    def unary(behaviour: Callable[..., Any]) -> Callable[..., Any]:
        async def call(request: Any, context: grpc.aio.ServicerContext) -> Any:
            start = time.monotonic()
            try:
                answer = await behaviour(request, context)
            except Exception as error:  # noqa: BLE001 -- the boundary: every error is mapped
                await _abort(context, error, method, start)
            else:
                _line(method, start, "OK")
                return answer

        return call

    def stream(behaviour: Callable[..., Any]) -> Callable[..., Any]:
        async def call(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
            start = time.monotonic()
            try:
                async for item in items(behaviour(request, context)):
                    yield item
            except Exception as error:  # noqa: BLE001 -- the boundary: every error is mapped
                await _abort(context, error, method, start)
            else:
                _line(method, start, "OK")

        return call

    return wrap(handler, unary=unary, stream=stream)


def _line(method: str, start: float, code: str) -> None:
    elapsed = round((time.monotonic() - start) * 1000, 1)
    log.debug("rpc", method=method, code=code, milliseconds=elapsed)


async def _abort(
    context: grpc.aio.ServicerContext, error: Exception, method: str, start: float
) -> None:
    if isinstance(error, grpc.aio.AbortError):
        raise error
    if isinstance(error, errors.PlumblineError):
        code = status.TO_GRPC[error.code]
        _line(method, start, code.name)
        await context.abort(code, error.message)
    if isinstance(error, NotImplementedError):
        # What the generated servicers raise for a method that has no code.
        _line(method, start, "UNIMPLEMENTED")
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{method} is not implemented yet")
    identifier = secrets.token_hex(6)
    log.error("rpc failed", method=method, id=identifier, exc_info=error)
    await context.abort(grpc.StatusCode.INTERNAL, f"internal error, id {identifier}")


class RequireRole(grpc.aio.ServerInterceptor):  # type: ignore[misc]
    """Lets a call pass only if the client's certificate carries an allowed role.

    Args:
        roles: allowed roles by method prefix (``/plumbline.repo.v1.RepoService/``); the longest
            matching prefix rules, and a method without one is refused.
    """

    def __init__(self, roles: Mapping[str, frozenset[str]]) -> None:
        self._roles = dict(sorted(roles.items(), key=lambda item: -len(item[0])))

    async def intercept_service(
        self, continuation: _Continuation, details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler:
        """Check before the behaviour runs."""
        handler = await continuation(details)
        if handler is None:
            return handler
        method = details.method

        def check(context: grpc.aio.ServicerContext) -> None:
            allowed = next((r for p, r in self._roles.items() if method.startswith(p)), None)
            if allowed is None or "*" not in allowed:
                role = credentials.role_of(context)
                if allowed is None or role not in allowed:
                    raise errors.PermissionDenied(f"role {role!r} may not call {method}")

        def unary(behaviour: Callable[..., Any]) -> Callable[..., Any]:
            async def call(request: Any, context: grpc.aio.ServicerContext) -> Any:
                check(context)
                return await behaviour(request, context)

            return call

        def stream(behaviour: Callable[..., Any]) -> Callable[..., Any]:
            async def call(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
                check(context)
                async for item in items(behaviour(request, context)):
                    yield item

            return call

        return wrap(handler, unary=unary, stream=stream)

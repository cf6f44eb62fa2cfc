"""Server interceptors: errors become statuses, callers must have a role, each call is logged.

Installed by each service's ``wiring``, outermost first: ``Errors``, ``Drain``, ``RequireRole``. An
error that is not a ``PlumblineError`` becomes INTERNAL with an id; its text stays in the log, where
the same id stands.
"""

import asyncio
import contextlib
import inspect
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any, Final

import grpc
import structlog

from plumbline.core import errors
from plumbline.rpc import channels, credentials, status

__all__ = ["Drain", "Errors", "RequireRole", "Stopping", "items", "refusing", "wrap"]

log = structlog.get_logger()

_LAST_WORDS: Final = 2.0  # seconds for the statuses of calls that were cut off
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
        # What we cannot reach now, another replica cannot either: the caller decides when to try
        # again. Only calls that no replica has answered are repeated by the client's channel.
        final = code is grpc.StatusCode.UNAVAILABLE and not isinstance(error, Stopping)
        extra = channels.NO_RETRY if final else ()
        await context.abort(code, error.message, extra)
    if isinstance(error, NotImplementedError):
        # What the generated servicers raise for a method that has no code.
        _line(method, start, "UNIMPLEMENTED")
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{method} is not implemented yet")
    identifier = secrets.token_hex(6)
    log.error("rpc failed", method=method, id=identifier, exc_info=error)
    await context.abort(grpc.StatusCode.INTERNAL, f"internal error, id {identifier}")


class Stopping(errors.Unavailable):
    """This process is going away; another replica can do it."""


class Drain(grpc.aio.ServerInterceptor):  # type: ignore[misc]
    """Ends calls in a way that clients understand when the process stops.

    A stream that waits for events would hold the process until its time is over, and a call that
    gRPC itself cuts off looks as if the client had cancelled it. Here both end with UNAVAILABLE,
    which clients take as the sign to ask again elsewhere.

    Args:
        end_streams: whether streams of answers end as soon as the stop begins. Otherwise they may
            finish, as calls with one answer may.
    """

    def __init__(self, *, end_streams: bool = True) -> None:
        self._end_streams = end_streams
        self._stopping = asyncio.Event()
        self._running: set[asyncio.Task[Any]] = set()
        self._cut = False

    async def stop(self, server: grpc.aio.Server, grace: float) -> None:
        """Stop a server: no new call, and those in progress have ``grace`` seconds."""
        self._stopping.set()
        stopped = asyncio.ensure_future(server.stop(grace + _LAST_WORDS))
        done, _ = await asyncio.wait({stopped}, timeout=grace)
        if not done:
            self.cut()
        await stopped

    def begin(self) -> None:
        """End the streams that wait for events."""
        self._stopping.set()

    def cut(self) -> None:
        """End all calls."""
        self._cut = True
        for task in list(self._running):
            task.cancel()

    async def intercept_service(
        self, continuation: _Continuation, details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler:
        """Wrap the behaviour."""
        handler = await continuation(details)
        if handler is None:
            return handler

        def unary(behaviour: Callable[..., Any]) -> Callable[..., Any]:
            async def call(request: Any, context: grpc.aio.ServicerContext) -> Any:
                with self._listed():
                    return await behaviour(request, context)

            return call

        def stream(behaviour: Callable[..., Any]) -> Callable[..., Any]:
            async def call(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
                answer = behaviour(request, context)
                given = _until(self._stopping, answer) if self._end_streams else items(answer)
                with self._listed():
                    async for item in given:
                        yield item

            return call

        return wrap(handler, unary=unary, stream=stream)

    @contextlib.contextmanager
    def _listed(self) -> Iterator[None]:
        """List the task of a call, so that :meth:`cut` finds it."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 -- calls run in tasks
        self._running.add(task)
        try:
            yield
        except asyncio.CancelledError:
            if not self._cut:
                raise  # by the client
            task.uncancel()
            raise Stopping("this server is stopping: try again") from None
        finally:
            self._running.discard(task)


async def _until(stopping: asyncio.Event, answer: Any) -> AsyncGenerator[Any, None]:
    """Yield the items of a streaming behaviour until it ends or the event is set."""
    # One at a time: a client that reads slowly slows the behaviour, as without us.
    handed: asyncio.Queue[Any] = asyncio.Queue(1)
    changed = asyncio.Event()

    async def pump() -> None:
        # The behaviour runs in one task, as it expects.
        async for item in items(answer):
            await handed.put(item)
            changed.set()

    pumping = asyncio.ensure_future(pump())
    signal = asyncio.ensure_future(stopping.wait())
    for task in (pumping, signal):
        task.add_done_callback(lambda _: changed.set())
    try:
        while True:
            changed.clear()
            if not handed.empty():
                yield handed.get_nowait()
            elif pumping.done():
                pumping.result()
                return
            elif stopping.is_set():
                raise Stopping("this server is stopping: open the stream again")
            else:
                await changed.wait()
    finally:
        signal.cancel()
        pumping.cancel()
        await asyncio.gather(signal, pumping, return_exceptions=True)


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

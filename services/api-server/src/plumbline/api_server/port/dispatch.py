"""Calls to the registered servicers inside the process, behind the same interceptors as gRPC's.

REST and gRPC-web use this in the place of a gRPC channel to our own socket, which would cost as
much again as the call itself (tests/bench/one_port.py). Each call runs in a task and a context of
its own, so that what interceptors put into context variables cannot reach another call. Leaving the
``async with`` of a call cancels it, as a client that hangs up does over gRPC.
"""

import asyncio
import dataclasses
import inspect
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import grpc
import structlog

from plumbline.api_server.port._context import Context, Metadata
from plumbline.core import errors
from plumbline.rpc import status

__all__ = ["Call", "Dispatcher", "Failed", "Methods", "Rejected", "Request"]

log = structlog.get_logger()


class Methods:
    """A gRPC server's registration, kept for calls in the process and passed on.

    Servicers are registered here once and so answer both ways.
    """

    def __init__(self, server: grpc.aio.Server) -> None:
        self._server = server
        self.handlers: dict[str, grpc.RpcMethodHandler] = {}

    def add_generic_rpc_handlers(self, handlers: Sequence[grpc.GenericRpcHandler]) -> None:
        """Pass generic handlers on; the registered ones name the same methods."""
        self._server.add_generic_rpc_handlers(handlers)

    def add_registered_method_handlers(
        self, service: str, handlers: Mapping[str, grpc.RpcMethodHandler]
    ) -> None:
        """Keep a service's methods, and pass them on."""
        for name, handler in handlers.items():
            self.handlers[f"/{service}/{name}"] = handler
        self._server.add_registered_method_handlers(service, handlers)


class Rejected(Exception):
    """The request could not be read; raised by its source, and reaches the caller as it is."""


class Failed(Exception):
    """A call that did not end with OK."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class _Details(NamedTuple):
    """What interceptors are told; grpc.aio's own has no public constructor."""

    method: str
    invocation_metadata: Metadata


@dataclasses.dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked."""

    method: str
    metadata: Metadata
    peer: str
    """As gRPC reports it: ``ipv4:1.2.3.4:5``."""
    messages: Callable[[grpc.RpcMethodHandler], AsyncIterator[Any]]
    """Makes the request's messages; called after identity was checked, so that bodies of callers
    who may not call are not read."""
    encode: bool = False
    """Whether the answers are wanted as bytes."""
    timeout: float | None = None
    """Seconds."""


class _End(NamedTuple):
    """The last element of a call's answers."""

    code: grpc.StatusCode
    message: str
    rejected: Rejected | None = None


_OK: Final = _End(grpc.StatusCode.OK, "")


class Call:
    """A running call: an asynchronous iterator over its answers."""

    def __init__(self, request: Request, interceptors: Sequence[Any], methods: Methods) -> None:
        self._request = request
        self._interceptors = interceptors
        self._methods = methods
        # One place: a behaviour that is faster than the client waits.
        self._answers: asyncio.Queue[Any] = asyncio.Queue(1)
        self._context = Context(request.metadata, request.peer, self._answers.put)
        self._task: asyncio.Task[None] | None = None
        self._waiting: asyncio.Task[Any] | None = None
        self._end: _End | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for task in (self._waiting, self._task):
            if task is not None and not task.done():
                task.cancel()
                # Its own outcome is of no interest any more: nobody waits for the answer.
                await asyncio.gather(task, return_exceptions=True)
        self._context.finish()

    @property
    def initial(self) -> Metadata:
        """The metadata that the behaviour sent before its answers."""
        return self._context.initial

    @property
    def trailing(self) -> Metadata:
        """The metadata that the behaviour sent after its answers."""
        return self._context.trailing

    @property
    def metadata(self) -> Metadata:
        """Both."""
        return (*self.initial, *self.trailing)

    async def one(self) -> Any:
        """Return the only answer.

        Raises:
            Failed: the call ended with a status other than OK.
        """
        answers = [answer async for answer in self]
        if not answers:
            raise Failed(grpc.StatusCode.INTERNAL, "the method did not answer")
        return answers[0]

    async def within(self, seconds: float) -> bool:
        """Wait for the next answer, or the end; tell whether it is there."""
        if self._end is not None:
            return True
        if self._waiting is None:
            self._waiting = asyncio.create_task(self._answers.get())
        done, _ = await asyncio.wait({self._waiting}, timeout=seconds)
        return bool(done)

    def failed(self) -> Failed | None:
        """Return why the call failed, if that is what comes next; nothing is taken otherwise."""
        if self._waiting is not None and self._waiting.done():
            item = self._waiting.result()
            if isinstance(item, _End) and not item.rejected and item.code is not _OK.code:
                return Failed(item.code, item.message)
        return None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        if self._end is None:
            waiting, self._waiting = self._waiting, None
            item = await (waiting if waiting is not None else self._answers.get())
            if not isinstance(item, _End):
                return item
            self._end = item
        end, self._end = self._end, _OK
        if end.rejected is not None:
            raise end.rejected
        if end.code is not grpc.StatusCode.OK:
            raise Failed(end.code, end.message)
        raise StopAsyncIteration

    async def _run(self) -> None:
        """Carry the call out; whatever happens, an end is put last."""
        end = _OK
        try:
            async with asyncio.timeout(self._request.timeout):
                await self._behave(await self._handler())
            if self._context.code() not in (None, grpc.StatusCode.OK):
                end = _End(self._context.code(), self._context.details())
        except grpc.aio.AbortError:
            end = _End(self._context.code(), self._context.details())
        except Rejected as rejected:
            end = _End(grpc.StatusCode.INVALID_ARGUMENT, "", rejected)
        except errors.PlumblineError as error:
            end = _End(status.TO_GRPC[error.code], error.message)
        except TimeoutError:
            end = _End(grpc.StatusCode.DEADLINE_EXCEEDED, "Deadline Exceeded")
        except Exception:
            identifier = secrets.token_hex(6)
            log.exception("call failed", method=self._request.method, id=identifier)
            end = _End(grpc.StatusCode.INTERNAL, f"internal error, id {identifier}")
        await self._answers.put(end)

    async def _handler(self) -> grpc.RpcMethodHandler:
        """Return the method's handler as the interceptors leave it."""

        async def last(details: Any) -> Any:
            return self._methods.handlers.get(details.method)

        continuation: Callable[[Any], Awaitable[Any]] = last
        for interceptor in reversed(self._interceptors):
            continuation = _through(interceptor, continuation)
        handler = await continuation(_Details(self._request.method, self._request.metadata))
        if handler is None:
            raise errors.Unimplemented(f"unknown method {self._request.method}")
        return handler

    async def _behave(self, handler: grpc.RpcMethodHandler) -> None:
        messages: Any = self._request.messages(handler)
        if handler.request_deserializer is None:
            messages = b""  # an interceptor's refusal: it looks at no message, so none is read
        elif not handler.request_streaming:
            messages = await _first(messages)
        behaviour = (
            handler.unary_unary
            or handler.unary_stream
            or handler.stream_unary
            or handler.stream_stream
        )
        answer = behaviour(messages, self._context)
        if inspect.isawaitable(answer):
            answer = await answer
            if not handler.response_streaming:
                await self._send(handler, answer)
            return
        async for item in answer:
            await self._send(handler, item)

    async def _send(self, handler: grpc.RpcMethodHandler, answer: Any) -> None:
        await self._answers.put(encoded(handler, answer) if self._request.encode else answer)


def encoded(handler: grpc.RpcMethodHandler, answer: Any) -> Any:
    """Return an answer as bytes."""
    return handler.response_serializer(answer) if handler.response_serializer else answer


def _through(interceptor: Any, following: Callable[[Any], Awaitable[Any]]) -> Any:
    async def step(details: Any) -> Any:
        return await interceptor.intercept_service(following, details)

    return step


async def _first(messages: AsyncIterator[Any]) -> Any:
    async for message in messages:
        return message
    raise errors.InvalidArgument("the request has no message")


class Dispatcher:
    """Makes calls."""

    def __init__(self, methods: Methods, interceptors: Iterable[Any]) -> None:
        self._methods = methods
        self._interceptors = tuple(interceptors)

    def call(self, request: Request) -> Call:
        """Return a call, which begins when it is entered."""
        return Call(request, self._interceptors, self._methods)

"""The one table between our error codes and gRPC's.

Called by the interceptors (outgoing) and by clients (incoming). Handlers raise
``plumbline.core.errors``; nothing else may build a gRPC status.
"""

from collections.abc import Awaitable
from typing import Final, TypeVar

import grpc

from plumbline.core import errors

__all__ = ["TO_GRPC", "answered", "error_of", "from_rpc_error"]

T = TypeVar("T")

TO_GRPC: Final = {code: grpc.StatusCode[code.value] for code in errors.Code}


def error_of(code: str, message: str) -> errors.PlumblineError:
    """Return the error for the name of a code; one we do not use counts as Unavailable.

    An answer such as INTERNAL or UNKNOWN says nothing that a caller could act on except to try
    again later, which is what Unavailable means to all callers.
    """
    for cls in errors.PlumblineError.__subclasses__():
        if cls.code.value == code:
            return cls(message)
    return errors.Unavailable(message or code)


def from_rpc_error(error: grpc.RpcError) -> errors.PlumblineError:
    """Return our error for a failed call."""
    code = error.code() if isinstance(error, grpc.Call | grpc.aio.AioRpcError) else None
    name = code.name if code is not None else "UNAVAILABLE"
    details = error.details() if code is not None else str(error)
    return error_of(name, details or name)


async def answered(call: Awaitable[T]) -> T:
    """Await a call with one answer.

    Raises:
        errors.PlumblineError: what the server answered, or Unavailable.
    """
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        raise from_rpc_error(error) from error

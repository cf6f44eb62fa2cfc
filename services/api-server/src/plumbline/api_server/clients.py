"""Which clients are served: those of the protocol before 1.4.0 are not (contract/NOTES.md).

An interceptor in front of every method. Other user agents pass.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

import grpc

from plumbline.core import errors
from plumbline.rpc import interceptors

__all__ = ["ClientVersions", "require_version"]

_AGENT: Final = re.compile(r"(?:^|\s)argocd-client/v?(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?")
_OLDEST: Final = (1, 4, 0)


def require_version(user_agent: str) -> None:
    """Refuse a client that is too old.

    Raises:
        errors.FailedPrecondition: the message names both versions.
    """
    found = _AGENT.search(user_agent)
    if found is None:
        return
    version = tuple(int(part or 0) for part in found.groups())
    if version < _OLDEST:
        oldest, got = (".".join(map(str, v)) for v in (_OLDEST, version))
        raise errors.FailedPrecondition(
            f"unsatisfied client version constraint: it must be {oldest} or newer, not {got}"
        )


class ClientVersions(grpc.aio.ServerInterceptor):  # type: ignore[misc]
    """Refuses calls of clients that are too old."""

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler]],
        details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler:
        """Look at the user agent before anything else."""
        handler = await continuation(details)
        metadata: Any = details.invocation_metadata or ()
        agents = [str(value) for key, value in metadata if key.lower() == "user-agent"]
        try:
            for agent in agents:
                require_version(agent)
        except errors.FailedPrecondition as error:
            return interceptors.refusing(handler, error) if handler is not None else handler
        return handler

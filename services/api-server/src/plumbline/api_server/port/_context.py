"""The context of a call in the process: what a behaviour sees of the other side.

All of ``grpc.aio.ServicerContext``, so that a servicer cannot tell which way it was called.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

import grpc

__all__ = ["Context", "Metadata"]

Metadata = tuple[tuple[str, str | bytes], ...]


class Context(grpc.aio.ServicerContext):  # type: ignore[misc]
    """One call's context."""

    def __init__(
        self, metadata: Metadata, peer: str, send: Callable[[Any], Awaitable[None]]
    ) -> None:
        self._metadata = metadata
        self._peer = peer
        self._send = send
        self._code: grpc.StatusCode | None = None
        self._details = ""
        self._callbacks: list[Callable[[Any], None]] = []
        self._done = False
        self.initial: Metadata = ()
        self.trailing: Metadata = ()

    def finish(self) -> None:
        """Tell those who asked that the call is over."""
        if not self._done:
            self._done = True
            for callback in self._callbacks:
                callback(self)

    async def read(self) -> Any:
        """Refuse: behaviours here take their messages as an iterator."""
        raise RuntimeError("read messages from the request iterator")

    async def write(self, message: Any) -> None:
        """Send an answer."""
        await self._send(message)

    async def send_initial_metadata(self, initial_metadata: Iterable[Any]) -> None:
        """Keep metadata; it goes with the answer's head."""
        self.initial = (*self.initial, *initial_metadata)

    def set_trailing_metadata(self, trailing_metadata: Iterable[Any]) -> None:
        """Keep metadata for the end."""
        self.trailing = tuple(trailing_metadata)

    def trailing_metadata(self) -> Metadata:
        """Return what was kept."""
        return self.trailing

    async def abort(
        self,
        code: grpc.StatusCode,
        details: str = "",
        trailing_metadata: Iterable[Any] = (),
    ) -> NoReturn:
        """End the call with a status."""
        self._code = code
        self._details = details
        if trailing_metadata:
            self.trailing = tuple(trailing_metadata)
        raise grpc.aio.AbortError("Locally aborted.")

    async def abort_with_status(self, status: grpc.Status) -> NoReturn:
        """End the call with a status."""
        await self.abort(status.code, status.details, status.trailing_metadata or ())

    def set_code(self, code: grpc.StatusCode) -> None:
        """Set the status that the call ends with if it is not aborted."""
        self._code = code

    def set_details(self, details: str) -> None:
        """Set the text of that status."""
        self._details = details

    def code(self) -> grpc.StatusCode | None:
        """Return the status set so far."""
        return self._code

    def details(self) -> str:
        """Return its text."""
        return self._details

    def invocation_metadata(self) -> Metadata:
        """Return the request's metadata."""
        return self._metadata

    def peer(self) -> str:
        """Return the address of the other side."""
        return self._peer

    def peer_identities(self) -> Iterable[bytes] | None:
        """Return none: users have no client certificates."""
        return None

    def peer_identity_key(self) -> str | None:
        """Return none."""
        return None

    def auth_context(self) -> Mapping[str, Iterable[bytes]]:
        """Return nothing."""
        return {}

    def time_remaining(self) -> float | None:
        """Return none: the caller's timeout cancels the task."""
        return None

    def set_compression(self, compression: grpc.Compression) -> None:
        """Ignore: HTTP has its own."""

    def disable_next_message_compression(self) -> None:
        """Ignore: HTTP has its own."""

    def add_done_callback(self, callback: Callable[[Any], None]) -> None:
        """Call back when the call is over."""
        self._callbacks.append(callback)

    def cancelled(self) -> bool:
        """Tell whether the client went away."""
        task = asyncio.current_task()
        return task is not None and task.cancelling() > 0

    def done(self) -> bool:
        """Tell whether the call is over."""
        return self._done

    def is_active(self) -> bool:
        """Tell whether the call goes on."""
        return not self._done

    def set_initial_metadata(self, metadata: Sequence[Any]) -> None:
        """Keep metadata; it goes with the answer's head."""
        self.initial = (*self.initial, *metadata)

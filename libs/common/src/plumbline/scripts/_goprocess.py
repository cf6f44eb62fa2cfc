"""One process of libs/goengine: start it, exchange a frame with it, end it.

Used by ``goengine`` only. A process answers one request at a time. It gets no variable, no file
but its end of a socket, a session of its own; its standard error is dropped, because a crash of the
Go runtime prints what it worked on.
"""

import asyncio
import os
import select
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path
from typing import Final

from plumbline.core import errors

__all__ = ["Broken", "Process"]

_HEAD: Final = struct.Struct(">I")
_MAX_ANSWER: Final = 64 * 1024 * 1024
_CHUNK: Final = 256 * 1024


class Broken(Exception):
    """The process ended before it answered."""


class Process:
    """A running engine."""

    def __init__(self, program: Path, arguments: tuple[str, ...]) -> None:
        """Start it.

        Raises:
            errors.FailedPrecondition: it cannot be started.
        """
        self._socket, theirs = socket.socketpair()
        self._socket.setblocking(False)
        try:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                [str(program), *arguments],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                close_fds=True,
                start_new_session=True,
            )
        except OSError as error:
            self._socket.close()
            raise errors.FailedPrecondition(
                f"the Go engine {program} cannot be started: {error.strerror}"
            ) from error
        finally:
            theirs.close()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def end(self) -> None:
        """Kill it with all it may have started; nothing is left behind."""
        self._socket.close()
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def exchange(self, request: bytes, seconds: float) -> bytes:
        """Send a request and wait for the answer, blocking this thread.

        Raises:
            Broken: the process ended.
            TimeoutError: no answer within the time.
        """
        until = time.monotonic() + seconds
        try:
            rest = memoryview(_framed(request))
            while rest:
                try:
                    rest = rest[self._socket.send(rest) :]
                except BlockingIOError:
                    self._wait(select.POLLOUT, until)
            return self._read(until)
        except (BrokenPipeError, ConnectionError) as error:
            raise Broken from error

    def _read(self, until: float) -> bytes:
        frame = bytearray()
        while (missing := _missing(frame)) > 0:
            try:
                part = self._socket.recv(min(max(missing, 4096), _CHUNK))
            except BlockingIOError:
                self._wait(select.POLLIN, until)
                continue
            if not part:
                raise Broken
            frame += part
        return bytes(memoryview(frame)[_HEAD.size :])

    def _wait(self, event: int, until: float) -> None:
        poller = select.poll()
        poller.register(self._socket, event)
        left = until - time.monotonic()
        if left <= 0 or not poller.poll(left * 1000):
            raise TimeoutError

    async def exchange_async(self, request: bytes, seconds: float) -> bytes:
        """Send a request and wait for the answer on the event loop.

        Raises:
            Broken: the process ended.
            TimeoutError: no answer within the time.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds):
                await loop.sock_sendall(self._socket, _framed(request))
                frame = bytearray()
                while (missing := _missing(frame)) > 0:
                    part = await loop.sock_recv(self._socket, min(max(missing, 4096), _CHUNK))
                    if not part:
                        raise Broken
                    frame += part
        except (BrokenPipeError, ConnectionError) as error:
            raise Broken from error
        return bytes(memoryview(frame)[_HEAD.size :])


def _framed(request: bytes) -> bytes:
    return _HEAD.pack(len(request)) + request


def _missing(frame: bytearray) -> int:
    """Return how many bytes a frame lacks, the head included."""
    if len(frame) < _HEAD.size:
        return _HEAD.size - len(frame)
    size: int = _HEAD.unpack_from(frame)[0]
    if size > _MAX_ANSWER:
        raise Broken
    return _HEAD.size + size - len(frame)

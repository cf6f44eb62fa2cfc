"""Splice TCP ports of the machine's loopback to addresses inside a node.

Called by ``keeper`` (the API server's port) and ``running`` (what a test asks for). One thread
enters the node's network namespace and connects from there; the listening sockets are made outside
before. No route, bridge or rule of the machine is involved.
"""

import asyncio
import collections.abc
import concurrent.futures
import contextlib
import ctypes
import os
import socket
import threading

from plumbline.core import errors
from plumbline.testcluster import ports

__all__ = ["Forwarder", "inside"]

_CLONE_NEWNET = 0x40000000
_CHUNK = 2**16
_CONNECT_SECONDS = 10.0


class Forwarder:
    """The ways into one node's network, open until `close`."""

    def __init__(self, pid: int) -> None:
        """Enter the network namespace of process `pid`; raises Unavailable if that fails."""
        self._loop = asyncio.new_event_loop()
        self._servers: list[asyncio.Server] = []
        entered: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._thread = threading.Thread(
            target=self._run, args=(pid, entered), name="node-forwarder", daemon=True
        )
        self._thread.start()
        try:
            entered.result()
        except OSError as problem:
            self._thread.join()
            self._loop.close()
            raise errors.Unavailable(f"cannot enter the node's network: {problem}") from problem

    def open(self, address: str, port: int, *, local_port: int = 0) -> int:
        """Listen on a loopback port (a free one unless given) for `address`:`port` inside.

        `address` is a number, not a name: names are the cluster's. Returns the port.
        """
        listener = socket.create_server((ports.LOOPBACK, local_port))
        chosen: int = listener.getsockname()[1]
        asyncio.run_coroutine_threadsafe(self._serve(listener, address, port), self._loop).result()
        return chosen

    def close(self) -> None:
        """Stop listening and cut every connection."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def _run(self, pid: int, entered: "concurrent.futures.Future[None]") -> None:
        try:
            _enter_network(pid)
        except OSError as problem:
            entered.set_exception(problem)
            return
        entered.set_result(None)
        self._loop.run_forever()

    async def _serve(self, listener: socket.socket, address: str, port: int) -> None:
        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await _splice(reader, writer, address, port)

        self._servers.append(await asyncio.start_server(accept, sock=listener))

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        current = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not current]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


@contextlib.contextmanager
def inside(pid: int) -> collections.abc.Iterator[None]:
    """Have this thread, and what it starts, in the network namespace of `pid`."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _enter_network(pid)
        yield
    finally:
        _set_network(home)
        os.close(home)


def _enter_network(pid: int) -> None:
    """Move this thread, and no other, into the network namespace of `pid` (setns(2))."""
    descriptor = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _set_network(descriptor)
    finally:
        os.close(descriptor)


def _set_network(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, _CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


async def _splice(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str, port: int
) -> None:
    """Connect inside and pass bytes both ways; a refusal inside is a reset outside."""
    try:
        connecting = asyncio.open_connection(address, port)
        inner_reader, inner_writer = await asyncio.wait_for(connecting, _CONNECT_SECONDS)
    except (OSError, TimeoutError):
        writer.transport.abort()
        return
    try:
        await asyncio.gather(_pass(reader, inner_writer), _pass(inner_reader, writer))
    finally:
        for end in (writer, inner_writer):
            end.transport.abort()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass bytes one way until their end, and the end too."""
    with contextlib.suppress(ConnectionError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()

"""Run commands in the sandbox from the event loop.

Made by ``wiring``; used by the tools. Output is bounded, time is bounded, and the whole group of a
child is killed when either bound is reached or the caller goes away.
"""

import asyncio
import contextlib
import dataclasses
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import prometheus_client
import structlog

from plumbline.core import errors

__all__ = ["Command", "Result", "Sandbox"]

log = structlog.get_logger()

_PACKET: Final = 128 * 1024
_MAX_ORDER: Final = 100 * 1024
_CHUNK: Final = 256 * 1024
_MODES: Final = frozenset({"auto", "required", "off"})
_GIB: Final = 1024**3
_LIMITS: Final = {
    # Go reserves much more address space than it uses; DATA bounds what it really takes.
    "AS": 16 * _GIB,
    "DATA": 2 * _GIB,
    "CPU": 120,
    "FSIZE": 256 * 1024 * 1024,
    "NOFILE": 1024,
    "CORE": 0,
}
_LANDLOCK: Final = prometheus_client.Gauge(
    "plumbline_sandbox_landlock_abi", "Version of landlock in force; 0 means none."
)
_INFO: Final = prometheus_client.Gauge(
    "plumbline_sandbox_info", "How renders are held; the value is 1.", ["mode"]
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Command:
    """What to run, and what it may touch."""

    argv: Sequence[str]
    cwd: Path
    env: Mapping[str, str]
    read: Sequence[Path] = ()
    execute: Sequence[Path] = ()
    write: Sequence[Path] = ()
    timeout: float = 90.0
    """Seconds (ARGOCD_EXEC_TIMEOUT)."""
    max_output: int = 64 * 1024 * 1024
    """Bytes of standard output."""
    limits: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """Resource limits in place of the defaults."""


@dataclasses.dataclass(frozen=True)
class Result:
    """How it ended."""

    status: int
    output: bytes
    error: bytes
    cpu: float


class Sandbox:
    """The zygote and its children."""

    def __init__(self, mode: str = "auto") -> None:
        """Choose a mode (architecture.md, rule 12).

        Raises:
            errors.InvalidArgument: an unknown mode.
        """
        if mode not in _MODES:
            raise errors.InvalidArgument(f"sandbox mode {mode!r} is not auto, required or off")
        self._mode = mode
        self._landlock = 0
        self._peer: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._number = 0
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}

    @property
    def has_landlock(self) -> bool:
        """Whether files are held by landlock."""
        return self._landlock > 0

    async def start(self) -> None:
        """Start the zygote and ask what the kernel can do.

        Raises:
            errors.FailedPrecondition: mode ``required`` without landlock.
        """
        await self._start_zygote()
        answer = await self._ask({"do": "probe"})
        self._landlock = int(answer["landlock"]) if self._mode != "off" else 0
        _LANDLOCK.set(self._landlock)
        held = "off" if self._mode == "off" else "landlock+seccomp" if self._landlock else "seccomp"
        _INFO.labels(held).set(1)
        log.info("sandbox", mode=held, landlock=self._landlock)
        if self._landlock or self._mode == "off":
            return
        if self._mode == "required":
            await self.close()
            raise errors.FailedPrecondition("sandbox=required, but the kernel has no landlock")
        log.warning("no landlock: renders are held by seccomp and limits only")

    async def close(self) -> None:
        """End the zygote and all children."""
        if self._peer is not None:
            asyncio.get_running_loop().remove_reader(self._peer)
            self._peer.close()
            self._peer = None
        if self._process is not None:
            process, self._process = self._process, None
            await asyncio.to_thread(process.wait)
        self._fail_all()

    async def _start_zygote(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        with theirs:
            self._process = await asyncio.to_thread(
                subprocess.Popen,
                [sys.executable, "-I", "-m", f"{__package__}.zygote", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={},
                cwd="/",
            )
        self._peer = ours
        asyncio.get_running_loop().add_reader(ours, self._receive)

    def _receive(self) -> None:
        peer = self._peer
        if peer is None:
            return
        try:
            message = peer.recv(_PACKET)
        except BlockingIOError:
            return
        except OSError:
            message = b""
        if not message:
            asyncio.get_running_loop().remove_reader(peer)
            peer.close()
            self._peer = None
            self._fail_all()
            return
        answer = json.loads(message)
        future = self._waiting.pop(answer["id"], None)
        if future is not None and not future.done():
            future.set_result(answer)

    def _fail_all(self) -> None:
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(errors.Unavailable("the sandbox has gone away"))
        self._waiting.clear()

    def _send(self, order: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
        packet = json.dumps(order).encode()
        if len(packet) > _MAX_ORDER:
            raise errors.InvalidArgument("the command line of a tool is too long")
        if self._peer is None:
            raise errors.Unavailable("the sandbox is not running")
        try:
            socket.send_fds(self._peer, [packet], list(descriptors))
        except (OSError, ValueError) as error:
            raise errors.Unavailable("the sandbox cannot take a command now") from error

    async def _ask(self, order: dict[str, Any], descriptors: Sequence[int] = ()) -> dict[str, Any]:
        self._number += 1
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        order["id"] = self._number
        self._waiting[self._number] = future
        try:
            self._send(order, descriptors)
            return await future
        except asyncio.CancelledError:
            with contextlib.suppress(errors.Unavailable):
                self._send({"do": "kill", "id": order["id"]})
            raise
        finally:
            self._waiting.pop(order["id"], None)

    async def run(self, command: Command) -> Result:
        """Run a command to its end.

        Raises:
            errors.DeadlineExceeded: it took too long; everything it started is dead.
            errors.ResourceExhausted: it wrote too much.
            errors.Unavailable: the sandbox itself failed.
        """
        if self._peer is None:
            await self._start_zygote()
        output = _Pipe(command.max_output)
        error = _Pipe(_CHUNK)
        order = {
            "do": "run",
            "argv": list(command.argv),
            "cwd": str(command.cwd),
            "env": dict(command.env),
            "limits": {**_LIMITS, **command.limits},
            "landlock": self._landlock > 0,
            "seccomp": self._mode != "off",
            "read": [str(path) for path in command.read],
            "execute": [str(path) for path in command.execute],
            "write": [*(str(path) for path in command.write), "/dev/null"],
        }
        try:
            return await self._collect(order, command, output, error)
        finally:
            output.close()
            error.close()

    async def _collect(
        self, order: dict[str, Any], command: Command, output: "_Pipe", error: "_Pipe"
    ) -> Result:
        name = Path(command.argv[0]).name
        task = asyncio.ensure_future(self._ask(order, (output.writer, error.writer)))
        await asyncio.sleep(0)
        output.close_writer()
        error.close_writer()
        over = asyncio.ensure_future(output.over.wait())
        try:
            async with asyncio.timeout(command.timeout):
                await asyncio.wait({task, over}, return_when=asyncio.FIRST_COMPLETED)
                if output.over.is_set():
                    raise errors.ResourceExhausted(
                        f"{name} wrote more than {command.max_output} bytes"
                    )
                ended = await task
                # The group is dead, so the pipes end as soon as what they hold is read.
                await output.ended.wait()
                await error.ended.wait()
                if output.over.is_set():
                    raise errors.ResourceExhausted(
                        f"{name} wrote more than {command.max_output} bytes"
                    )
        except TimeoutError:
            raise errors.DeadlineExceeded(
                f"{name} took longer than {command.timeout:g} s"
            ) from None
        finally:
            over.cancel()
            task.cancel()
        return Result(int(ended["status"]), bytes(output.data), bytes(error.data), ended["cpu"])


class _Pipe:
    """Reads a child's stream up to a bound."""

    def __init__(self, bound: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._reader, self.writer = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self._reader, False)
        self._bound = bound
        self.data = bytearray()
        self.over = asyncio.Event()
        self.ended = asyncio.Event()
        self._loop.add_reader(self._reader, self._read)

    def _read(self) -> None:
        try:
            chunk = os.read(self._reader, _CHUNK)
        except BlockingIOError:
            return
        if not chunk:
            self._loop.remove_reader(self._reader)
            self.ended.set()
        elif len(self.data) + len(chunk) > self._bound:
            self.data += chunk[: self._bound - len(self.data)]
            self.over.set()
        else:
            self.data += chunk

    def close_writer(self) -> None:
        """Close our copy of the writing end, once the child has its own."""
        if self.writer >= 0:
            os.close(self.writer)
            self.writer = -1

    def close(self) -> None:
        """Close everything."""
        self.close_writer()
        self._loop.remove_reader(self._reader)
        os.close(self._reader)

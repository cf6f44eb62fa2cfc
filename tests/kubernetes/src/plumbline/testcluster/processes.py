"""Start, watch, stop and kill the processes of a test environment.

Called by ``cluster`` and ``redis``. Every process is started from an argument list, writes to a log
file of its own and is entrusted to a keeper, which kills it should this process die. Nothing here
knows what the processes are.
"""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
from types import TracebackType
from typing import Self

from plumbline.core import errors

__all__ = ["Component", "Keeper"]

_TERM_SECONDS = 10.0
_LOG_TAIL = 4000


class Keeper:
    """A process that outlives this one just long enough to kill what it was told of."""

    def __init__(self) -> None:
        program = pathlib.Path(__file__).with_name("keeper.py")
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C at the terminal is not for it
            cwd="/",
        )

    def watch(self, pid: int) -> None:
        """Have `pid` killed when this process ends."""
        self._tell(f"+{pid}")

    def forget(self, pid: int) -> None:
        """Take `pid` off the list: it has been waited for."""
        self._tell(f"-{pid}")

    def close(self) -> None:
        """End the keeper, which kills whatever is still on its list."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def _tell(self, line: str) -> None:
        if self._process.stdin is None:
            raise errors.FailedPrecondition("the keeper has no standard input")
        # A keeper that somebody killed must not keep us from stopping what we started.
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()


class Component:
    """One process by name: it can be started, stopped, killed and started again."""

    def __init__(
        self,
        name: str,
        argv: list[str],
        *,
        log: pathlib.Path,
        keeper: Keeper,
        env: dict[str, str] | None = None,
    ) -> None:
        self.name = name
        self.argv = argv
        self.log = log
        self._keeper = keeper
        self._env = env
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id; raises FailedPrecondition if it does not run."""
        if self._process is None:
            raise errors.FailedPrecondition(f"{self.name} is not started")
        return self._process.pid

    def start(self) -> None:
        """Start the process, appending to its log."""
        if self.running:
            raise errors.FailedPrecondition(f"{self.name} runs already")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(self._env or {})},
                start_new_session=True,  # stopped by us in order, not by Ctrl-C all at once
            )
        self._keeper.watch(self._process.pid)

    def send(self, number: signal.Signals) -> None:
        """Send a signal, such as SIGSTOP and SIGCONT to freeze and thaw."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill the process at once, as a crash would, and wait for its end."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask the process to end; kill it if it takes too long."""
        self._end(signal.SIGTERM)

    def check(self) -> None:
        """Raise Unavailable with the end of the log if the process ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            raise errors.Unavailable(
                f"{self.name} ended with {self._process.returncode}:\n{self.tail()}"
            )

    def tail(self) -> str:
        """Return the end of the log."""
        return self.log.read_bytes()[-_LOG_TAIL:].decode(errors="replace")

    def _end(self, number: signal.Signals) -> None:
        process = self._process
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(number)
            try:
                process.wait(_TERM_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._keeper.forget(process.pid)
        self._process = None

"""Run a Redis with a password on loopback, for tests and ``make run``.

Called by the pytest plugin and ``plumbline.local``. It keeps nothing on disk: what is in it is a
cache, and a test that needs it to survive a restart says so by failing.
"""

import os
import pathlib
import secrets
import socket
import time
from types import TracebackType
from typing import Self

from plumbline.core import errors
from plumbline.testcluster import ports, processes, tools

__all__ = ["RedisServer"]

_SECONDS = 20.0
_PAUSE = 0.02


class RedisServer:
    """A running Redis: its URL (with the password) and its process."""

    def __init__(
        self, component: processes.Component, keeper: processes.Keeper, port: int, password: str
    ) -> None:
        self.component = component
        self.port = port
        self.password = password
        self._keeper = keeper

    @classmethod
    def start(cls, directory: pathlib.Path) -> Self:
        """Start a Redis that keeps its configuration and log in `directory`; wait until it answers.

        Raises Unavailable with the end of its log if it dies.
        """
        directory.mkdir(parents=True, exist_ok=True)
        (port,) = ports.free(1)
        password = secrets.token_urlsafe(24)
        configuration = directory / "redis.conf"
        # In a file, not in the arguments, which everybody on the machine can read.
        with os.fdopen(
            os.open(configuration, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w"
        ) as file:
            file.write(
                f"bind {ports.LOOPBACK}\nport {port}\nrequirepass {password}\n"
                f"save ''\nappendonly no\ndir {directory}\n"
            )
        keeper = processes.Keeper()
        component = processes.Component(
            "redis-server",
            [str(tools.redis_server()), str(configuration)],
            log=directory / "redis.log",
            keeper=keeper,
        )
        server = cls(component, keeper, port, password)
        try:
            component.start()
            server.wait_ready()
        except BaseException:
            server.stop()
            raise
        return server

    @property
    def url(self) -> str:
        """The address with the password, as Redis clients take it."""
        return f"redis://:{self.password}@{ports.LOOPBACK}:{self.port}/0"

    def wait_ready(self) -> None:
        """Wait until it answers, for use after starting its component again."""
        deadline = time.monotonic() + _SECONDS
        while not self._answers():
            self.component.check()
            if time.monotonic() > deadline:
                raise errors.DeadlineExceeded(f"Redis does not answer:\n{self.component.tail()}")
            time.sleep(_PAUSE)

    def flush(self) -> None:
        """Forget every entry, as an eviction of all would."""
        with socket.create_connection((ports.LOOPBACK, self.port), timeout=5) as connection:
            connection.sendall(f"AUTH {self.password}\r\nFLUSHALL\r\n".encode())
            with connection.makefile("rb") as lines:
                answers = [lines.readline(), lines.readline()]
        if answers != [b"+OK\r\n", b"+OK\r\n"]:
            raise errors.Unavailable(f"Redis did not flush: {answers}")

    def stop(self) -> None:
        """Stop it."""
        self.component.stop()
        self._keeper.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()

    def _answers(self) -> bool:
        try:
            with socket.create_connection((ports.LOOPBACK, self.port), timeout=2) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                with connection.makefile("rb") as lines:
                    return lines.readline() == b"+OK\r\n" and lines.readline() == b"+PONG\r\n"
        except OSError:
            return False

"""The client of libs/goengine: Go templates with sprig, Masterminds semver, gobwas glob.

Used for ApplicationSet and notification templates, deep links and commit messages (contract,
behaviour.md, sections 18 to 20), and as the reference that ``plumbline.core.pattern`` is compared
with. ``Engine`` blocks its thread, ``AsyncEngine`` the calling task; both keep a few processes,
start them when they are first needed, and replace one that ended or did not answer in time. Data
may hold secrets: nothing of it is logged, and nothing is kept after a call.
"""

import asyncio
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from plumbline.core import errors
from plumbline.scripts import _goprotocol as protocol
from plumbline.scripts._goprocess import Broken, Process
from plumbline.scripts._goprotocol import (
    Limits,
    Need,
    Options,
    Rendered,
    TemplateError,
    Versions,
)

__all__ = [
    "AsyncEngine",
    "Engine",
    "Limits",
    "Need",
    "Options",
    "Rendered",
    "TemplateError",
    "Versions",
    "locate",
]

# A process may have ended for a reason of its own; a request that ends two of them is at fault.
_TRIES: Final = 2
_ABOUT: Final = b'{"op":"about"}'


def locate(named: str = "") -> Path:
    """Return the engine's program: the setting's, else ``goengine`` from the PATH.

    Raises:
        errors.FailedPrecondition: there is none.
    """
    found = named or shutil.which("goengine")
    if not found or not Path(found).is_file():
        raise errors.FailedPrecondition(
            f"no Go engine at {found or 'any place of the PATH'}: set PLUMBLINE_GOENGINE to the "
            "program built from libs/goengine, or put it on the PATH as goengine"
        )
    return Path(found)


class _Pool:
    """The processes that wait for work."""

    def __init__(self, program: Path, limits: Limits | None) -> None:
        self._program = program
        self._limits = limits or Limits()
        self._idle: list[Process] = []
        self._lock = threading.Lock()
        self._closed = False

    def close(self) -> None:
        """End the processes; one that is at work is ended when it has answered."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for process in idle:
            process.end()

    def _take(self) -> Process:
        with self._lock:
            if self._closed:
                raise errors.FailedPrecondition("this Go engine was closed")
            if self._idle:
                return self._idle.pop()
        return Process(self._program, self._limits.arguments())

    def _give(self, process: Process, *, usable: bool) -> None:
        with self._lock:
            if usable and not self._closed:
                self._idle.append(process)
                return
        process.end()

    def _late(self) -> errors.DeadlineExceeded:
        return errors.DeadlineExceeded(
            f"the Go engine did not answer within {self._limits.seconds:g} s"
        )


class Engine(_Pool):
    """For threads: any number of them may share one."""

    def __init__(self, program: Path, *, size: int = 2, limits: Limits | None = None) -> None:
        """Start nothing yet; at most `size` processes will run."""
        super().__init__(program, limits)
        self._slots = threading.BoundedSemaphore(size)

    def render(self, text: str, data: Any, options: Options | None = None) -> str:
        """Render one template.

        Raises:
            TemplateError: it cannot be read or run, or takes too much.
            errors.InvalidArgument: data that JSON cannot say.
            errors.DeadlineExceeded: no answer in time; another try may help.
            errors.FailedPrecondition: the engine cannot be started or was closed.
        """
        return protocol.only(self.render_all([text], data, options))

    def render_all(
        self, texts: Sequence[str], data: Any, options: Options | None = None
    ) -> list[Rendered]:
        """Render several templates in their order with the same data, in one exchange.

        Raises:
            TemplateError: together they take too much; ``render`` names the other errors.
        """
        request = protocol.template_request(texts, data, options)
        return protocol.rendered(texts, self._ask(request, texts[0] if texts else ""))

    def versions(self, constraint: str, versions: Sequence[str]) -> Versions:
        """Tell which versions a range takes.

        Raises:
            errors.InvalidArgument: the text is no range.
        """
        request = protocol.semver_request(constraint, versions)
        return protocol.versions_of(self._ask(request, constraint))

    def glob(self, pattern: str, texts: Sequence[str], *, separators: str = "") -> list[bool]:
        """Tell which texts a pattern matches.

        Raises:
            errors.InvalidArgument: the pattern cannot be read.
        """
        request = protocol.glob_request(pattern, texts, separators)
        return protocol.matches(self._ask(request, pattern))

    def about(self) -> dict[str, Any]:
        """Return what the engine is made of: functions, removed functions, modules."""
        found: dict[str, Any] = self._ask(_ABOUT, "")["about"]
        return found

    def _ask(self, request: bytes, subject: str) -> dict[str, Any]:
        with self._slots:
            for _ in range(_TRIES):
                process, usable = self._take(), False
                try:
                    frame = process.exchange(request, self._limits.seconds)
                    answer: dict[str, Any] = orjson.loads(frame)
                    usable = not answer.get("ended")
                except Broken:
                    continue
                except TimeoutError as error:
                    raise self._late() from error
                finally:
                    self._give(process, usable=usable)
                return answer
        raise protocol.crash(subject)


class AsyncEngine(_Pool):
    """For one event loop: any number of its tasks may share one."""

    def __init__(self, program: Path, *, size: int = 2, limits: Limits | None = None) -> None:
        """Start nothing yet; at most `size` processes will run."""
        super().__init__(program, limits)
        self._slots = asyncio.Semaphore(size)

    async def render(self, text: str, data: Any, options: Options | None = None) -> str:
        """Render one template; raises as ``Engine.render``."""
        return protocol.only(await self.render_all([text], data, options))

    async def render_all(
        self, texts: Sequence[str], data: Any, options: Options | None = None
    ) -> list[Rendered]:
        """Render several templates with the same data; raises as ``Engine.render_all``."""
        request = protocol.template_request(texts, data, options)
        return protocol.rendered(texts, await self._ask(request, texts[0] if texts else ""))

    async def versions(self, constraint: str, versions: Sequence[str]) -> Versions:
        """Tell which versions a range takes; raises as ``Engine.versions``."""
        request = protocol.semver_request(constraint, versions)
        return protocol.versions_of(await self._ask(request, constraint))

    async def glob(self, pattern: str, texts: Sequence[str], *, separators: str = "") -> list[bool]:
        """Tell which texts a pattern matches; raises as ``Engine.glob``."""
        request = protocol.glob_request(pattern, texts, separators)
        return protocol.matches(await self._ask(request, pattern))

    async def _ask(self, request: bytes, subject: str) -> dict[str, Any]:
        async with self._slots:
            for _ in range(_TRIES):
                process, usable = self._take(), False
                try:
                    frame = await process.exchange_async(request, self._limits.seconds)
                    answer: dict[str, Any] = orjson.loads(frame)
                    usable = not answer.get("ended")
                except Broken:
                    continue
                except TimeoutError as error:
                    raise self._late() from error
                finally:  # a task that was cancelled half way leaves a process nobody can use
                    self._give(process, usable=usable)
                return answer
        raise protocol.crash(subject)

"""The frame of a service's process: settings, logging, the run, and one line about how it ended.

Called by each service's ``__main__``. Whoever starts the process learns from its exit code and one
line why it ended; in a pod the line also becomes the container's termination message, which
``kubectl describe pod`` shows.
"""

import dataclasses
import importlib.metadata
import platform
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import structlog
import uvloop

from plumbline.core import errors
from plumbline.runtime import logs, settings

__all__ = ["Service", "ended", "run"]

log = structlog.get_logger()
T = TypeVar("T")

_TERMINATION_LOG: Final = Path("/dev/termination-log")  # Kubernetes' terminationMessagePath
_LONGEST: Final = 4096  # bytes, Kubernetes' limit


@dataclasses.dataclass(frozen=True, kw_only=True)
class Service(Generic[T]):
    """What a service's process consists of."""

    name: str
    """``api-server``; the distribution is ``plumbline-<name>``."""
    settings: type[T]
    serve: Callable[[T, dict[str, str]], Coroutine[Any, Any, None]]
    log: Callable[[T], tuple[str, str]]
    """Level and form of the log."""
    mode: Callable[[T], str]
    """How it runs, in a word or two, for the first line of the log."""


def run(
    service: Service[T],
    argv: Sequence[str],
    environ: Mapping[str, str],
    *,
    termination_log: Path = _TERMINATION_LOG,
) -> int:
    """Run a service to its end and return the exit code.

    Args:
        service: what to run.
        argv: the arguments after the program's name.
        environ: the environment.
        termination_log: where the reason is written if that file exists.
    """
    prog = f"plumbline-{service.name}"
    try:
        parsed, sources = settings.read(service.settings, argv, environ, prog=prog)
    except errors.PlumblineError as error:
        # Before there is a log: its settings are among those that cannot be read.
        return ended(prog, error.message, termination_log)
    level, form = service.log(parsed)
    logs.configure(service.name, level=level, form=form)
    log.info(
        "starting",
        version=_version(prog),
        python=platform.python_version(),
        mode=service.mode(parsed),
        settings=sources,
    )
    try:
        uvloop.run(service.serve(parsed, dict(environ)))
    except Exception as error:
        found = _ours(error)
        if found is not None:
            log.error("ended", reason=found.message)  # noqa: TRY400 -- expected: no traceback
            return ended(prog, found.message, termination_log)
        log.exception("ended unexpectedly")
        return ended(prog, f"unexpected {type(error).__name__}: see the log", termination_log)
    log.info("ended")
    return 0


def _ours(error: BaseException) -> errors.PlumblineError | None:
    """Return the reason among what a task group raised together."""
    if isinstance(error, errors.PlumblineError):
        return error
    if isinstance(error, BaseExceptionGroup):
        found = [_ours(inner) for inner in error.exceptions]
        return next((inner for inner in found if inner is not None), None)
    return None


def ended(prog: str, reason: str, termination_log: Path = _TERMINATION_LOG) -> int:
    """Say in one line why a process ends, and return its exit code."""
    line = f"{prog}: {' '.join(reason.split())}\n"
    sys.stderr.write(line)
    # Only where Kubernetes has put it; without it, or without the right, the log has the line.
    if termination_log.is_file():
        try:
            termination_log.write_bytes(line.encode()[:_LONGEST])
        except OSError as error:
            sys.stderr.write(f"{prog}: {termination_log}: {error.strerror}\n")
    return 1


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"

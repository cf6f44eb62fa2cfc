"""What a process lacks, said once in the log and as long as it lasts on its readiness endpoint.

A missing Secret, a wrong CA, a Redis or a peer that cannot be reached, a permission that was not
granted: the process stays, names it, and goes on when it is there (a restart loop would only say
"Back-off"). Made by a service's ``wiring``; served by ``serving.HealthServer``.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, TypeVar

import structlog

from plumbline.core import errors

__all__ = ["Readiness", "Stopped", "kubernetes"]

log = structlog.get_logger()
T = TypeVar("T")

_FIRST_WAIT: Final = 0.5  # seconds
_LONGEST_WAIT: Final = 5.0
_LOOK_EVERY: Final = 10.0  # seconds between looks at what is there
_LOOK_AGAIN: Final = 2.0  # and at what is not


class Stopped(Exception):
    """The process was asked to stop while it waited for something."""


_PERMISSION: Final = "Kubernetes permission"
_DEFINITIONS: Final = "custom resource definitions"
_API: Final = "Kubernetes API"


def kubernetes(error: errors.PlumblineError) -> tuple[str, str]:
    """Return name and reason of an error of the own cluster's API server (``acquire``)."""
    if isinstance(error, errors.PermissionDenied):
        return _PERMISSION, f"{error.message}: apply the chart's Roles and RoleBindings"
    if isinstance(error, errors.Unauthenticated):
        return _PERMISSION, f"{error.message}: the pod's account, or the kubeconfig, is not known"
    if isinstance(error, errors.NotFound):
        return (
            _DEFINITIONS,
            f"{error.message}: apply the chart's files/crds; is the namespace there?",
        )
    if error.transient:
        return _API, f"{error.message}: is it running, and does the network let us through?"
    return "fitting objects in the cluster", error.message


class Readiness:
    """Whether the process can do its work, and why not."""

    def __init__(self, stop: asyncio.Event) -> None:
        """Begin as not ready.

        Args:
            stop: set when the process is asked to stop.
        """
        self._stop = stop
        self._started = False
        self._lacking: dict[str, str] = {}
        self._weak: dict[str, str] = {}

    @property
    def ready(self) -> bool:
        """Whether requests should come here."""
        return self._started and not self._lacking and not self._stop.is_set()

    @property
    def text(self) -> str:
        """The state, then one line for everything that is missing."""
        if self._stop.is_set():
            state = "stopping"
        elif self.ready:
            state = "ok"
        else:
            state = "not ready" if self._lacking else "starting"
        lines = [f"{name}: {reason}" for name, reason in {**self._lacking, **self._weak}.items()]
        return "\n".join([state, *lines])

    def start(self) -> None:
        """Tell that all parts are at work."""
        self._started = True

    def lack(self, name: str, reason: str) -> None:
        """Take note that the process cannot work without something that is not there.

        Args:
            name: what, as a noun: it stands in the log as ``no <name>``.
            reason: in one line, with what to do.
        """
        self._note(self._lacking, name, reason)

    def weaken(self, name: str, reason: str) -> None:
        """Take note of something without which the process works, but worse."""
        self._note(self._weak, name, reason)

    def met(self, name: str) -> None:
        """Take note that it is there (again)."""
        known = self._lacking.pop(name, None) or self._weak.pop(name, None)
        if known is not None:
            log.info(f"{name} is there")  # noqa: G004 -- names are a closed set

    def _note(self, notes: dict[str, str], name: str, reason: str) -> None:
        line = " ".join(reason.split())
        # It may have been worse, or less bad, before.
        before = self._lacking.pop(name, None) or self._weak.pop(name, None)
        notes[name] = line
        if before is None:
            log.error(f"no {name}", reason=line)  # noqa: G004 -- names are a closed set
        elif before != line:
            # One line of the level that wakes people is enough.
            log.info(f"still no {name}", reason=line)  # noqa: G004 -- names are a closed set

    def watches(self, failing: Iterable[errors.PlumblineError | None]) -> None:
        """Take note of what the watches of the own cluster fail for; of nothing, if they do not."""
        found: dict[str, set[str]] = {}
        for error in failing:
            if error is not None:
                name, reason = kubernetes(error)
                found.setdefault(name, set()).add(reason)
        for name in (_PERMISSION, _DEFINITIONS, _API):
            reasons = sorted(found.get(name, ()))
            if not reasons:
                self.met(name)
                continue
            more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
            (self.weaken if self._started else self.lack)(name, reasons[0] + more)

    async def acquire(
        self,
        attempt: Callable[[], Awaitable[T]],
        describe: Callable[[errors.PlumblineError], tuple[str, str]],
    ) -> T:
        """Try until it works; meanwhile the process lacks it.

        Args:
            attempt: what may fail with one of our errors.
            describe: name and reason of an error.

        Raises:
            Stopped: the process was asked to stop.
        """
        wait, lacking = _FIRST_WAIT, ""
        while not self._stop.is_set():
            try:
                value = await attempt()
            except errors.PlumblineError as error:
                name, reason = describe(error)
                if name != lacking and lacking:
                    self.met(lacking)
                lacking = name
                self.lack(name, reason)
            else:
                if lacking:
                    self.met(lacking)
                return value
            await self.pause(wait)
            wait = min(_LONGEST_WAIT, wait * 2)
        raise Stopped

    async def watch(self, name: str, look: Callable[[], Awaitable[object]]) -> None:
        """Look again and again, until cancelled, whether something is there.

        Args:
            name: what the process works without, but worse.
            look: fails with one of our errors if it is not there.
        """
        while True:
            try:
                await look()
            except errors.PlumblineError as error:
                self.weaken(name, error.message)
                await asyncio.sleep(_LOOK_AGAIN)
            else:
                self.met(name)
                await asyncio.sleep(_LOOK_EVERY)

    async def until(self, event: asyncio.Event, look: Callable[[], None]) -> None:
        """Wait for an event; meanwhile ``look`` notes what is missing, twice a second.

        Raises:
            Stopped: the process was asked to stop.
        """
        while not event.is_set():
            if self._stop.is_set():
                raise Stopped
            look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), _FIRST_WAIT)
        look()

    async def keep(self, look: Callable[[], None]) -> None:
        """Look again and again, until cancelled."""
        while True:
            look()
            await asyncio.sleep(_LOOK_AGAIN)

    async def pause(self, seconds: float) -> None:
        """Wait, or until the process is asked to stop."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)

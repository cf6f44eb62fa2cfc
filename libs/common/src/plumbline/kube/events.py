"""Kubernetes Events about our objects: what happened, for ``kubectl describe`` and audit trails.

Used by the api-server and the controller; texts are the contract's (behaviour.md, "Event texts").
Emitting never waits and never fails: Events are best effort, with a queue and a budget of their own
(architecture.md, rule 8). The same text about the same object within ten minutes raises the count
of the Event there is, instead of making another.
"""

import asyncio
import collections
import dataclasses
import datetime as dt
import secrets
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import structlog

from plumbline.core import errors
from plumbline.core.model import Manifest, text_at
from plumbline.kube.own import OwnObjects

__all__ = ["Budget", "Recorder", "Reference"]

log = structlog.get_logger()

_QUEUE: Final = 1000  # Events waiting; more are dropped
_KNOWN: Final = 4096  # Events remembered for aggregation
_WINDOW: Final = 600.0  # seconds in which a repetition raises the count
_MESSAGE: Final = 1024  # characters, the API's convention
_NAME: Final = 230  # characters of the object's name in the Event's own


class Reference(NamedTuple):
    """The object an Event is about."""

    api_version: str
    kind: str
    namespace: str
    name: str
    uid: str = ""
    resource_version: str = ""

    @classmethod
    def of(cls, manifest: Manifest) -> "Reference":
        """Return the reference to an object."""
        return cls(
            text_at(manifest, "apiVersion"),
            text_at(manifest, "kind"),
            text_at(manifest, "metadata", "namespace"),
            text_at(manifest, "metadata", "name"),
            text_at(manifest, "metadata", "uid"),
            text_at(manifest, "metadata", "resourceVersion"),
        )


class Budget:
    """A token bucket: how long the next write must wait."""

    def __init__(self, *, rate: float, burst: int) -> None:
        """Allow ``burst`` at once and ``rate`` a second after that."""
        self._rate = rate
        self._burst = float(burst)
        self._tokens = float(burst)
        self._at = float("-inf")

    def take(self, now: float) -> float:
        """Take one token and return the seconds to wait before using it."""
        if self._at > float("-inf"):
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        self._tokens -= 1
        return max(0.0, -self._tokens / self._rate)


class _Key(NamedTuple):
    involved: Reference
    kind: str
    reason: str
    message: str


@dataclasses.dataclass
class _Written:
    name: str
    count: int
    last: float


class Recorder:
    """Writes Events in the background; :meth:`run` is its task."""

    def __init__(
        self,
        own: OwnObjects,
        component: str,
        clock: Callable[[], float],
        *,
        budget: Budget | None = None,
    ) -> None:
        """Write nothing yet.

        Args:
            own: the control plane's objects.
            component: who reports, as Events name it.
            clock: seconds since the epoch.
            budget: how many writes a second; 10 with bursts of 50 by default.
        """
        self._own = own
        self._component = component
        self._clock = clock
        self._budget = budget or Budget(rate=10.0, burst=50)
        self._queue: asyncio.Queue[tuple[_Key, Reference, float]] = asyncio.Queue(_QUEUE)
        self._written: collections.OrderedDict[_Key, _Written] = collections.OrderedDict()
        self.dropped = 0
        """How many Events found the queue full."""

    def emit(self, involved: Manifest | Reference, kind: str, reason: str, message: str) -> None:
        """Queue an Event; dropped if too many wait.

        Args:
            involved: the object it is about.
            kind: ``Normal`` or ``Warning``.
            reason: one of the contract's reasons.
            message: the text; cut to the API's limit.
        """
        ref = involved if isinstance(involved, Reference) else Reference.of(involved)
        # Another version of an object is the same object.
        key = _Key(ref._replace(resource_version=""), kind, reason, message[:_MESSAGE])
        try:
            self._queue.put_nowait((key, ref, self._clock()))
        except asyncio.QueueFull:
            self.dropped += 1
            if self.dropped & (self.dropped - 1) == 0:  # 1, 2, 4, 8 …: a flood is told briefly
                log.warning("events dropped", total=self.dropped)

    async def run(self) -> None:
        """Write queued Events until cancelled; one that cannot be written is logged and dropped."""
        loop = asyncio.get_running_loop()
        while True:
            key, ref, at = await self._queue.get()
            wait = self._budget.take(loop.time())
            if wait > 0:
                await asyncio.sleep(wait)
            try:
                await self._write(key, ref, at)
            except errors.PlumblineError as error:
                log.warning("event not written", reason=key.reason, error=error.message)
            except Exception as error:  # noqa: BLE001 -- an Event must not end its service
                log.warning("event not written", reason=key.reason, error=type(error).__name__)
            finally:
                self._queue.task_done()

    async def drain(self) -> None:
        """Wait until everything queued so far was tried."""
        await self._queue.join()

    async def _write(self, key: _Key, ref: Reference, at: float) -> None:
        known = self._written.get(key)
        namespace = ref.namespace or "default"
        if known is not None and at - known.last <= _WINDOW:
            known.count += 1
            known.last = at
            self._written.move_to_end(key)
            patch = {"count": known.count, "lastTimestamp": _text(at)}
            try:
                await self._own.merge("Event", namespace, known.name, patch)
            except errors.NotFound:
                del self._written[key]
            else:
                return
        name = f"{ref.name[:_NAME]}.{secrets.token_hex(8)}"
        await self._own.create("Event", self._event(key, ref, namespace, name, at))
        self._written[key] = _Written(name, 1, at)
        while len(self._written) > _KNOWN:
            self._written.popitem(last=False)

    def _event(
        self, key: _Key, ref: Reference, namespace: str, name: str, at: float
    ) -> dict[str, Any]:
        involved = {
            "apiVersion": ref.api_version,
            "kind": ref.kind,
            "namespace": ref.namespace,
            "name": ref.name,
            "uid": ref.uid,
            "resourceVersion": ref.resource_version,
        }
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": namespace},
            "involvedObject": {k: v for k, v in involved.items() if v},
            "type": key.kind,
            "reason": key.reason,
            "message": key.message,
            "source": {"component": self._component},
            "reportingComponent": self._component,
            "firstTimestamp": _text(at),
            "lastTimestamp": _text(at),
            "count": 1,
        }


def _text(seconds: float) -> str:
    return dt.datetime.fromtimestamp(int(seconds), tz=dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

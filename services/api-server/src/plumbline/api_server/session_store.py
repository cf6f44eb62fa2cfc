"""Revocations and failed logins in a Secret of ours, shared by all replicas.

Kubernetes keeps them, so they survive a restart, a killed replica and the loss of Redis. The
informer of ``control`` tells of other replicas' writes. Changes are collected and written together,
each write on top of what is stored (its resource version is a precondition), so that none is lost
and a burst of logins costs few writes. Used by ``sessions``; the rules are in ``core.session``.
"""

import asyncio
import base64
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import structlog

from plumbline.api_server.bootstrap import PART_OF
from plumbline.core import errors, session
from plumbline.core.secret import Secret
from plumbline.kube.own import OwnObjects

__all__ = ["NAME", "SessionStore"]

log = structlog.get_logger()

NAME: Final = "plumbline-sessions"
_KEY: Final = "state"
_TRIES: Final = 20  # conflicts in a row
_PAUSE: Final = 1.0  # seconds before a failed write is tried again
_WAIT: Final = 5.0  # seconds a change may take; afterwards it is still written, but not waited for


class _Pending(NamedTuple):
    change: session.Change
    answer: "asyncio.Future[bool]"


class SessionStore:
    """The shared state, and changes to it."""

    def __init__(
        self,
        objects: OwnObjects,
        namespace: str,
        *,
        limits: session.Limits,
        clock: Callable[[], float],
        wait: float = _WAIT,
    ) -> None:
        self._wait = wait
        self._objects = objects
        self._namespace = namespace
        self._limits = limits
        self._clock = clock
        self._state = session.State()
        self._version = ""
        self._pending: list[_Pending] = []
        self._wake = asyncio.Event()
        self.writes = 0
        """Writes so far, for tests and metrics."""

    @property
    def state(self) -> session.State:
        """The newest state that is known here."""
        return self._state

    async def apply(self, change: session.Change) -> bool:
        """Write a change; return, once it is stored, whether it was accepted.

        Raises:
            errors.Unavailable: it could not be stored in time.
            errors.ResourceExhausted: there is no room for it.
        """
        answer = self.submit(change)
        try:
            return await asyncio.wait_for(asyncio.shield(answer), self._wait)
        except TimeoutError:
            raise errors.Unavailable("sessions cannot be written now; try again") from None

    def submit(self, change: session.Change) -> "asyncio.Future[bool]":
        """Have a change written soon."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        # Whoever does not wait for the answer does not want its error either.
        answer.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._pending.append(_Pending(change, answer))
        self._wake.set()
        return answer

    def take(self, version: str, data: Mapping[str, Secret] | None) -> None:
        """Take the stored document as the informer tells it."""
        if _is_older(version, self._version):
            return
        try:
            stored = _read(data or {})
        except errors.InvalidArgument as error:
            log.warning("sessions cannot be read", error=error.message)
            stored = session.State()
        now = self._clock()
        known = session.prune(self._state, now, self._limits)
        self._state, self._version = stored, version
        # Somebody deleted or replaced the Secret: what was revoked stays revoked.
        for change in known.missing(stored):
            self.submit(change)
        if known.missing(stored):
            self._state = self._applied(stored, known.missing(stored), now)

    async def run(self) -> None:
        """Write what is pending, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            batch, self._pending = self._pending, []
            try:
                await self._write(batch)
            except errors.PlumblineError as error:
                log.warning("sessions cannot be written", error=error.message, retry_in=_PAUSE)
                self._pending = [*batch, *self._pending]
                await asyncio.sleep(_PAUSE)
                self._wake.set()

    async def _write(self, batch: list[_Pending]) -> None:
        for _ in range(_TRIES):
            try:
                stored, version = await self._load()
                now = self._clock()
                state = session.prune(stored, now, self._limits)
                answers: list[bool | errors.PlumblineError] = []
                for item in batch:
                    try:
                        state, accepted = session.apply(state, item.change, now, self._limits)
                        answers.append(accepted)
                    except errors.ResourceExhausted as error:
                        answers.append(error)
                if state != stored:
                    version = await self._save(state, version)
            except (errors.Conflict, errors.AlreadyExists):
                continue
            self._state, self._version = state, version
            for item, answer in zip(batch, answers, strict=True):
                _answer(item.answer, answer)
            return
        raise errors.Unavailable("other replicas write sessions all the time")

    async def _load(self) -> tuple[session.State, str]:
        try:
            found = await self._objects.get("Secret", self._namespace, NAME)
        except errors.NotFound:
            return session.State(), ""
        version = str(found["metadata"]["resourceVersion"])
        data = {k: Secret(base64.b64decode(v).decode(errors="replace"))
                for k, v in (found.get("data") or {}).items()}  # fmt: skip
        try:
            return _read(data), version
        except errors.InvalidArgument as error:
            log.warning("sessions cannot be read", error=error.message)
            return session.State(), version

    async def _save(self, state: session.State, version: str) -> str:
        text = base64.b64encode(session.encode(state)).decode()
        metadata = {"name": NAME, "namespace": self._namespace, "labels": dict(PART_OF)}
        self.writes += 1
        if not version:
            manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}
            made = await self._objects.create("Secret", {**manifest, "data": {_KEY: text}})
        else:
            patch = {
                "metadata": {"resourceVersion": version, "labels": dict(PART_OF)},
                "data": {_KEY: text},
            }
            made = await self._objects.merge("Secret", self._namespace, NAME, patch)
        return str(made["metadata"]["resourceVersion"])

    def _applied(
        self, state: session.State, changes: list[session.Revoke], now: float
    ) -> session.State:
        for change in changes:
            state, _ = session.apply(state, change, now, self._limits)
        return state


def _read(data: Mapping[str, Secret]) -> session.State:
    text = data.get(_KEY, Secret("")).reveal()
    return session.decode(text.encode()) if text else session.State()


def _is_older(version: str, known: str) -> bool:
    """Tell whether an event is older than our own last write, which it would undo here."""
    return version.isdecimal() and known.isdecimal() and int(version) < int(known)


def _answer(future: "asyncio.Future[bool]", answer: bool | errors.PlumblineError) -> None:  # noqa: FBT001 -- an outcome
    if future.done():
        return
    if isinstance(answer, errors.PlumblineError):
        future.set_exception(answer)
    else:
        future.set_result(answer)

"""Passwords of local accounts: compared and hashed in a small pool of threads, with limits.

Used by ``sessions`` for logins and by the account service for changes. An attempt is counted before
its password is compared; a failure is stored before it is answered, so that an attempt whose count
was lost with its replica was not answered either. A refusal takes the same time whether the name is
known or not: it is put off to a moment that was drawn before anything was looked up, and that is
later than a comparison ends. So unknown names need no comparison, and a flood of them costs none.
"""

import asyncio
import os
import secrets
import threading
import time
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import bcrypt

from plumbline.api_server.bootstrap import BCRYPT_COST
from plumbline.api_server.control import Control
from plumbline.api_server.session_store import SessionStore
from plumbline.core import errors, session

__all__ = ["MAX_PASSWORD_BYTES", "Passwords"]

MAX_PASSWORD_BYTES: Final = 72  # bcrypt takes no more
_NAME_BYTES: Final = 32
_THREADS: Final = 2
_NICENESS: Final = 10
_PADDING: Final = (0.5, 1.0)  # seconds a refusal takes (behaviour.md section 15)
_REJECTED: Final = "Invalid username or password"
# Compared against when there is no password, so that both answers cost the same.
_NOBODY: Final = bcrypt.hashpw(uuid.uuid4().hex.encode(), bcrypt.gensalt(BCRYPT_COST))


class Passwords:
    """Checks and makes password hashes."""

    def __init__(
        self,
        control: Control,
        store: SessionStore,
        *,
        limits: session.Limits,
        concurrency: int = 50,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Prepare.

        Args:
            control: the accounts.
            store: the failures that replicas share.
            limits: how many failures, in what time.
            concurrency: passwords compared or waiting for it at once; 0: no limit.
            clock: seconds since the epoch.
            sleep: how refusals are delayed.
        """
        self._control = control
        self._store = store
        self._attempts = session.Attempts(limits)
        self._concurrency = concurrency
        self._clock = clock
        self._sleep = sleep
        self._pool = ThreadPoolExecutor(
            _THREADS, thread_name_prefix="bcrypt", initializer=_give_way
        )
        self._running = 0
        self.compared = 0
        """Passwords compared so far, for tests and metrics."""

    async def check(self, username: str, password: str) -> session.Account:
        """Return the account whose password this is.

        Raises:
            errors.Unauthenticated: with the contract's texts; the same for unknown users and for
                those who tried too often.
            errors.ResourceExhausted: too many at once.
        """
        if not password:
            raise errors.Unauthenticated("Blank passwords are not allowed")
        if len(username.encode()) > _NAME_BYTES:
            raise errors.Unauthenticated(f"Username is too long ({_NAME_BYTES} bytes max)")
        loop = asyncio.get_running_loop()
        low, high = _PADDING
        answer_at = loop.time() + low + (high - low) * secrets.randbelow(1_000) / 1_000
        account = self._control.accounts.get(username)
        try:
            if account is None:
                self._attempts.guess(username, self._clock())
            elif await self._attempt(account, password):
                return account
        except errors.Unauthenticated:
            pass
        await self._sleep(max(0.0, answer_at - loop.time()))
        raise errors.Unauthenticated(_REJECTED)

    async def hash(self, password: str) -> str:
        """Return the hash to store."""
        loop = asyncio.get_running_loop()
        salt = bcrypt.gensalt(BCRYPT_COST)
        hashed = await loop.run_in_executor(self._pool, bcrypt.hashpw, password.encode(), salt)
        return hashed.decode()

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _attempt(self, account: session.Account, password: str) -> bool:
        """Compare an account's password.

        An attempt that ends otherwise than by an outcome that is stored (no Kubernetes, a client
        that went away) stays counted here for the time of the window.
        """
        name, identifier, now = account.name, uuid.uuid4().hex, self._clock()
        stored = self._store.state.failures.get(name, {})
        admission = self._attempts.begin(name, identifier, now, stored)
        if admission is session.Admission.REFUSED:
            return False
        reserved = admission is session.Admission.RESERVE
        if reserved and not await self._store.apply(session.Reserve(name, identifier, now)):
            self._attempts.end(name, identifier)
            return False
        try:
            good = await self._compare(password, account.password.reveal().encode())
        except errors.ResourceExhausted:
            self._attempts.end(name, identifier)
            raise
        if not good and not reserved:
            await self._store.apply(session.Record(name, identifier, now))
        if good and self._store.state.failures.get(name):
            self._store.submit(session.Clear(name))
        self._attempts.end(name, identifier)
        return good

    async def _compare(self, password: str, stored: bytes) -> bool:
        if self._concurrency and self._running >= self._concurrency:
            raise errors.ResourceExhausted("too many logins at once; try again")
        self._running += 1
        self.compared += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, _matches, password.encode(), stored)
        finally:
            self._running -= 1


def _give_way() -> None:
    """Let this thread have only the processor time that calls in progress leave."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _matches(password: bytes, stored: bytes) -> bool:
    try:
        good = bcrypt.checkpw(password[:MAX_PASSWORD_BYTES], stored or _NOBODY)
    except ValueError:
        return False
    return good and bool(stored)

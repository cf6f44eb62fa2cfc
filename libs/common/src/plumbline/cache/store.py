"""Signed entries in Redis behind a table in this process.

Made by a service's ``wiring``. A circuit breaker keeps a Redis that is gone from costing each
request a timeout. Every refused entry is logged as a security event and counted.
"""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

import prometheus_client
import structlog
from redis import asyncio as redis
from redis import exceptions
from redis.credentials import CredentialProvider

from plumbline.cache import entries, lru
from plumbline.core import errors
from plumbline.core.secret import Secret

__all__ = ["Backend", "RedisBackend", "Settings", "Store", "connect"]

log = structlog.get_logger()

_EMPTY: Final = Secret("")
_REFUSED: Final = prometheus_client.Counter(
    "plumbline_cache_refused_total", "Cache entries refused because they did not verify.", ["kind"]
)
_ANSWERS: Final = prometheus_client.Counter(
    "plumbline_cache_answers_total", "Cache look-ups by answer.", ["kind", "answer"]
)


class Backend(Protocol):
    """What the store needs of Redis."""

    async def get(self, key: str) -> bytes | None:
        """Return the raw entry."""
        ...

    async def set(self, key: str, value: bytes, ttl: int) -> None:
        """Keep a raw entry for ``ttl`` seconds."""
        ...


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """How to reach Redis."""

    address: str
    """``host:port``."""
    username: str = ""
    password: Secret = _EMPTY
    password_file: str = ""
    """Read at every new connection, in place of ``password``: it may change."""
    database: int = 0
    use_tls: bool = False
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    insecure: bool = False
    timeout: float = 1.0
    """Seconds one command may take; a render takes longer than that only if Redis helps."""


class _Credential(CredentialProvider):
    """Asked by the client for each connection."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def get_credentials_async(self) -> tuple[str] | tuple[str, str]:
        """Return what :meth:`get_credentials` does; the default warns of itself in the log."""
        return self.get_credentials()

    def get_credentials(self) -> tuple[str] | tuple[str, str]:
        """Return user and password, or the password only.

        Raises:
            exceptions.AuthenticationError: the file cannot be read.
        """
        settings = self._settings
        password = settings.password
        if settings.password_file:
            try:
                password = Secret(Path(settings.password_file).read_text(encoding="utf-8").strip())
            except (OSError, UnicodeDecodeError) as error:
                # A kind that the client's callers handle; the password file says nothing secret.
                raise exceptions.AuthenticationError(
                    f"password file {settings.password_file!r} cannot be read"
                ) from error
        if settings.username:
            return settings.username, password.reveal()
        return (password.reveal(),)


def connect(settings: Settings) -> redis.Redis:
    """Return a client; it connects on first use."""
    host, _, port = settings.address.rpartition(":")
    tls = (
        {
            "ssl": True,
            "ssl_ca_certs": settings.ca_file or None,
            "ssl_certfile": settings.certificate_file or None,
            "ssl_keyfile": settings.key_file or None,
            "ssl_cert_reqs": "none" if settings.insecure else "required",
        }
        if settings.use_tls
        else {}
    )
    secured = bool(settings.password_file or settings.password.reveal())
    return redis.Redis(
        host=host or settings.address,
        port=int(port) if host and port.isdigit() else 6379,
        db=settings.database,
        credential_provider=_Credential(settings) if secured else None,
        socket_timeout=settings.timeout,
        socket_connect_timeout=settings.timeout,
        **tls,  # type: ignore[arg-type]
    )


class RedisBackend:
    """A Redis server, with bounded waits and a circuit breaker."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], float] = time.monotonic,
        rest: float = 5.0,
    ) -> None:
        """Connect later, on first use.

        Args:
            settings: address and credential.
            clock: seconds, monotonic.
            rest: seconds without a try after a failure.
        """
        self._address = settings.address
        self._client = connect(settings)
        self._clock = clock
        self._rest = rest
        self._closed_until = 0.0

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def check(self) -> None:
        """Find out whether Redis answers us.

        Raises:
            errors.Unavailable: it does not; the message tells why.
        """
        try:
            await self._client.ping()
        except (exceptions.RedisError, OSError) as error:
            raise errors.Unavailable(f"{self._address}: {_reason(error)}") from error

    async def get(self, key: str) -> bytes | None:
        """Return the raw entry; None if there is none or Redis does not answer."""
        if self._clock() < self._closed_until:
            return None
        try:
            value = await self._client.get(key)
        except (exceptions.RedisError, OSError) as error:
            self._trip(error)
            return None
        return value if isinstance(value, bytes) else None

    async def set(self, key: str, value: bytes, ttl: int) -> None:
        """Keep a raw entry; nothing happens if Redis does not answer."""
        if self._clock() < self._closed_until:
            return
        try:
            await self._client.set(key, value, ex=ttl)
        except (exceptions.RedisError, OSError) as error:
            self._trip(error)

    async def add(self, key: str, value: bytes, milliseconds: int) -> bool | None:
        """Set a key that is not there; tell whether it was, None if Redis does not answer."""
        if self._clock() < self._closed_until:
            return None
        try:
            return bool(await self._client.set(key, value, nx=True, px=milliseconds))
        except (exceptions.RedisError, OSError) as error:
            self._trip(error)
            return None

    async def extend(self, key: str, milliseconds: int) -> bool | None:
        """Let a key end later; tell whether it was there, None if Redis does not answer."""
        if self._clock() < self._closed_until:
            return None
        try:
            return bool(await self._client.pexpire(key, milliseconds))
        except (exceptions.RedisError, OSError) as error:
            self._trip(error)
            return None

    async def delete(self, key: str) -> None:
        """Forget a key; nothing happens if Redis does not answer."""
        if self._clock() < self._closed_until:
            return
        try:
            await self._client.delete(key)
        except (exceptions.RedisError, OSError) as error:
            self._trip(error)

    def _trip(self, error: Exception) -> None:
        self._closed_until = self._clock() + self._rest
        log.warning("redis unavailable", error=type(error).__name__, rest_seconds=self._rest)


def _reason(error: Exception) -> str:
    if isinstance(error, exceptions.AuthenticationError):
        return (
            "the password is refused, or cannot be read: compare REDIS_PASSWORD_FILE or"
            " REDIS_PASSWORD with Secret argocd-redis and what Redis was started with"
        )
    if isinstance(error, exceptions.NoPermissionError):
        return "our user may not even ask for an answer (PING): see users.acl"
    return (
        f"no answer ({type(error).__name__}): is it running, and does the network let us through?"
        " Renders are not shared meanwhile"
    )


class Store:
    """Payloads of one kind by key."""

    def __init__(
        self,
        kind: str,
        *,
        signer: entries.Seals,
        verifier: entries.Opens,
        backend: Backend | None,
        memory: int = 64 * 1024 * 1024,
        ttl: int = 24 * 3600,
        prefix: str = "",
    ) -> None:
        """Compose the layers.

        Args:
            kind: the first part of the Redis key.
            signer: seals what is put.
            verifier: opens what is got.
            backend: Redis, or None.
            memory: bytes kept in this process.
            ttl: seconds an entry stays in Redis.
            prefix: ARGOCD_REDIS_KEY_PREFIX.
        """
        self._kind = kind
        self._signer = signer
        self._verifier = verifier
        self._backend = backend
        self._memory = lru.BytesLRU(memory)
        self._ttl = ttl
        self._prefix = prefix
        self._hit = _ANSWERS.labels(kind, "redis")
        self._local = _ANSWERS.labels(kind, "memory")
        self._miss = _ANSWERS.labels(kind, "miss")
        self._refused = _REFUSED.labels(kind)

    def _name(self, key: str) -> str:
        return f"{self._prefix}plumbline|{self._kind}|{key}"

    async def get(self, key: str) -> bytes | None:
        """Return the payload of a key, or None; never raises because of Redis."""
        found = self._memory.get(key)
        if found is not None:
            self._local.inc()
            return found
        raw = await self._backend.get(self._name(key)) if self._backend is not None else None
        if raw is None:
            self._miss.inc()
            return None
        payload = self._verifier.open(key, raw)
        if payload is None:
            self._refused.inc()
            self._miss.inc()
            log.warning("security event: cache entry refused", kind=self._kind, key=key)
            return None
        self._hit.inc()
        self._memory.put(key, payload)
        return payload

    async def put(self, key: str, payload: bytes) -> None:
        """Keep a payload in both layers."""
        self._memory.put(key, payload)
        if self._backend is not None:
            await self._backend.set(self._name(key), self._signer.seal(key, payload), self._ttl)

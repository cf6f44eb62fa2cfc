"""Who is calling: passwords to tokens, tokens to subjects (behaviour.md section 15).

Used by the session service and by the interceptor. Tokens are HS256 JWTs of issuer ``argocd``; the
algorithm is fixed, so that neither ``none`` nor a foreign key type is ever considered. Failed
logins are counted before the password is compared: parallel attempts cannot pass the limit.
"""

import asyncio
import dataclasses
import time
import uuid
from collections.abc import Callable
from typing import Any, Final

import bcrypt
import jwt

from plumbline.api_server.control import Control
from plumbline.core import errors, pattern

__all__ = ["Caller", "Sessions"]

_ISSUER: Final = "argocd"
_FAILURES: Final = 5
_WINDOW: Final = 300.0
_NAME_BYTES: Final = 32
_USERS: Final = 10_000  # names whose failures are remembered
_REJECTED: Final = "Invalid username or password"
# Compared against when the user does not exist, so that both answers take the same time.
_NOBODY: Final = bcrypt.hashpw(uuid.uuid4().hex.encode(), bcrypt.gensalt(10))


@dataclasses.dataclass(frozen=True)
class Caller:
    """A verified identity."""

    subject: str
    issued_at: int = 0
    groups: tuple[str, ...] = ()


class Sessions:
    """Logins and token verification."""

    def __init__(self, control: Control, *, clock: Callable[[], float] = time.time) -> None:
        self._control = control
        self._clock = clock
        self._failures: dict[str, list[float]] = {}
        self._bcrypt = asyncio.Semaphore(2)

    async def login(self, username: str, password: str) -> str:
        """Return a token for a user's password.

        Raises:
            errors.Unauthenticated: with the contract's texts; the same for unknown users.
        """
        if not password:
            raise errors.Unauthenticated("Blank passwords are not allowed")
        if len(username.encode()) > _NAME_BYTES:
            raise errors.Unauthenticated(f"Username is too long ({_NAME_BYTES} bytes max)")
        self._reserve(username)
        stored = self._control.secret(self._key(username)).reveal().encode()
        enabled = self._control.setting(f"{_prefix(username)}.enabled", "true") != "false"
        async with self._bcrypt:
            good = await asyncio.to_thread(_matches, password.encode(), stored)
        if not good:
            raise errors.Unauthenticated(_REJECTED)
        if not enabled:
            raise errors.Unauthenticated(f"Account {username} is disabled")
        self._failures.pop(username, None)
        return self._issue(f"{username}:login")

    def verify(self, token: str) -> Caller:
        """Return who a token belongs to.

        Raises:
            errors.Unauthenticated: it is not one of ours, or not valid now.
        """
        key = self._control.secret("server.secretkey").reveal()
        if not key:
            raise errors.Unauthenticated("failed to verify the token")
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=["HS256"],
                issuer=_ISSUER,
                options={"require": ["iat", "iss", "sub", "jti"], "verify_aud": False},
            )
        except jwt.PyJWTError as error:
            raise errors.Unauthenticated("invalid session: failed to verify the token") from error
        name, _, kind = str(claims["sub"]).rpartition(":")
        if kind != "login" or not name:
            raise errors.Unauthenticated("invalid session: API tokens are not supported yet")
        if not self._control.secret(self._key(name)):
            raise errors.Unauthenticated("invalid session: the account does not exist")
        return Caller(name, int(claims["iat"]))

    def _issue(self, subject: str) -> str:
        now = int(self._clock())
        lifetime = pattern.parse_duration(self._control.setting("users.session.duration", "24h"))
        claims = {
            "iss": _ISSUER,
            "sub": subject,
            "iat": now,
            "nbf": now,
            "exp": now + int(lifetime),
            "jti": str(uuid.uuid4()),
        }
        key = self._control.secret("server.secretkey").reveal()
        if not key:
            raise errors.Unavailable("the signing key is not there yet; try again")
        return jwt.encode(claims, key, algorithm="HS256")

    def _reserve(self, username: str) -> None:
        """Count an attempt before its outcome is known."""
        now = self._clock()
        recent = [t for t in self._failures.pop(username, []) if now - t < _WINDOW]
        if len(recent) >= _FAILURES:
            self._failures[username] = recent
            raise errors.Unauthenticated(_REJECTED)
        while len(self._failures) >= _USERS:
            # The oldest name goes, but never the one that attackers want.
            del self._failures[next(n for n in self._failures if n != "admin")]
        self._failures[username] = [*recent, now]

    def _key(self, username: str) -> str:
        return f"{_prefix(username)}.password"

    def issue_project_token(
        self, project: str, role: str, identity: str, expires_in: int
    ) -> tuple[str, int, int]:
        """Return a token of a project's role, when it was issued and when it ends (0: never).

        Args:
            project: the project.
            role: its role.
            identity: the token's id, which the project keeps.
            expires_in: seconds; 0 for ever.
        """
        now = int(self._clock())
        expires = now + expires_in if expires_in else 0
        claims: dict[str, Any] = {
            "iss": _ISSUER,
            "sub": f"proj:{project}:{role}",
            "iat": now,
            "nbf": now,
            "jti": identity,
        }
        if expires:
            claims["exp"] = expires
        key = self._control.secret("server.secretkey").reveal()
        if not key:
            raise errors.Unavailable("the signing key is not there yet; try again")
        return jwt.encode(claims, key, algorithm="HS256"), now, expires


def _prefix(username: str) -> str:
    return "admin" if username == "admin" else f"accounts.{username}"


def _matches(password: bytes, stored: bytes) -> bool:
    try:
        good = bcrypt.checkpw(password[:72], stored or _NOBODY)
    except ValueError:
        return False
    return good and bool(stored)

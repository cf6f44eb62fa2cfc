"""Who is calling: passwords to tokens, tokens to callers (behaviour.md section 15).

Used by the session service, the HTTP handlers and the interceptor. Our tokens are HS256 JWTs of
issuer ``argocd``: the algorithm is fixed, so that neither ``none`` nor a foreign key type is ever
considered. A token must hold by itself (signature, times) and by what it stands for now: an enabled
account with the capability, a listed API token, a listed token of a project's role, not revoked.
Tokens of other issuers go to single sign-on, if there is one.
"""

import dataclasses
import hashlib
import math
import time
import uuid
from collections.abc import Callable
from typing import Any, Final, Protocol

import jwt

from plumbline.api_server.control import Control
from plumbline.api_server.passwords import Passwords
from plumbline.api_server.projects import Projects
from plumbline.api_server.session_store import SessionStore
from plumbline.core import errors, session

__all__ = ["ISSUER", "MAX_TOKEN", "Caller", "ForeignTokens", "Sessions"]

ISSUER: Final = "argocd"
MAX_TOKEN: Final = 20 * 4093  # what fits into the cookies of one token
_LEEWAY: Final = 5  # seconds that the clocks of replicas may differ
_RENEW: Final = 300  # seconds before its end in which a login is renewed
_UNVERIFIED: Final = "failed to verify the token"
_FORBIDDEN: Final = frozenset({"zip", "crit", "enc", "b64", "jku", "jwk", "x5u", "x5c"})
_PROJECT: Final = "proj:"
# Hostile JSON may be nested beyond the parser's depth.
_UNREADABLE: Final = (jwt.PyJWTError, ValueError, RecursionError)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Caller:
    """A verified identity."""

    subject: str = ""
    """What policies name: the account, ``proj:project:role``, or the user's id."""
    username: str = ""
    """What people are shown: the account, or an SSO user's email."""
    issuer: str = ""
    kind: str = ""
    """login, apiKey, project, sso or anonymous."""
    groups: tuple[str, ...] = ()
    issued_at: int = 0
    expires_at: int = 0
    """Seconds since the epoch; 0: never."""
    token_id: str = dataclasses.field(default="", repr=False)
    """The ``jti``, or a digest of a token that has none."""

    @property
    def anonymous(self) -> bool:
        """Whether nobody logged in."""
        return self.kind == "anonymous"

    @property
    def account(self) -> str:
        """The local account; empty for all others."""
        return self.subject if self.kind in (session.LOGIN, session.API_KEY) else ""

    @property
    def project(self) -> tuple[str, str] | None:
        """Project and role of a project's token."""
        if self.kind != "project":
            return None
        _, project, role = self.subject.split(":", 2)
        return project, role

    @property
    def owner(self) -> str:
        """Under which name revocations of this identity's tokens are kept."""
        if self.account:
            return f"{self.subject}:{self.kind}"
        if self.kind == "project":
            return self.subject
        digest = hashlib.sha256(f"{self.issuer} {self.subject}".encode()).hexdigest()
        return f"sso:{digest[:24]}"


class ForeignTokens(Protocol):
    """Verifies tokens of other issuers: single sign-on."""

    async def verify(self, token: str) -> Caller:
        """Return who a token belongs to; raise errors.Unauthenticated."""
        ...


class Sessions:
    """Logins and token verification."""

    def __init__(
        self,
        control: Control,
        projects: Projects,
        store: SessionStore,
        passwords: Passwords,
        *,
        foreign: ForeignTokens | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._control = control
        self._projects = projects
        self._store = store
        self._passwords = passwords
        self._foreign = foreign
        self._clock = clock

    async def login(self, username: str, password: str) -> str:
        """Return a token for a user's password.

        Raises:
            errors.Unauthenticated: with the contract's texts.
        """
        account = await self._passwords.check(username, password)
        self._usable(account, session.LOGIN)
        return self._login_token(account.name)

    async def identify(self, token: str) -> Caller:
        """Return who a token of any issuer belongs to.

        Raises:
            errors.Unauthenticated: ``invalid session: ...``.
        """
        try:
            if self._foreign is None or _issuer(token) == ISSUER:
                return self.verify(token)
            who = await self._foreign.verify(token)
            self._unrevoked(who)
        except errors.Unauthenticated as error:
            if error.message.startswith("invalid session: "):
                raise
            raise errors.Unauthenticated(f"invalid session: {error.message}") from error
        return who

    def verify(self, token: str) -> Caller:
        """Return who a token of ours belongs to.

        Raises:
            errors.Unauthenticated: it is not one of ours, or does not hold now.
        """
        claims = self._claims(token)
        subject, issued = str(claims["sub"]), int(claims["iat"])
        kind = "project" if subject.startswith(_PROJECT) else session.API_KEY
        name, _, suffix = subject.rpartition(":")
        if kind != "project" and suffix in (session.LOGIN, session.API_KEY) and name:
            subject, kind = name, suffix
        who = Caller(
            subject=subject,
            username=subject,
            issuer=ISSUER,
            kind=kind,
            issued_at=issued,
            expires_at=int(claims.get("exp") or 0),
            token_id=str(claims["jti"]),
        )
        self._require(who)
        return who

    def holds(self, who: Caller) -> bool:
        """Tell whether a caller that was verified before still holds; for calls that last."""
        try:
            if who.anonymous:
                return self._control.installation.anonymous
            if 0 < who.expires_at <= self._clock():
                return False
            if who.kind == "sso":
                self._unrevoked(who)
            else:
                self._require(who)
        except errors.Unauthenticated:
            return False
        return True

    def renewed(self, who: Caller) -> str:
        """Return a new token for a login that is about to end; empty if it is not."""
        left = who.expires_at - self._clock()
        if who.kind != session.LOGIN or not 0 < left < _RENEW:
            return ""
        if left > (who.expires_at - who.issued_at) / 2:
            return ""  # sessions are that short here
        return self._login_token(who.subject)

    async def revoke(self, who: Caller) -> None:
        """End a token for all replicas; return when that is stored.

        Raises:
            errors.Unavailable: it could not be stored.
        """
        if not who.anonymous:
            await self._store.apply(session.Revoke(who.owner, who.token_id, who.expires_at))

    def issue_listed(
        self, subject: str, *, token_id: str = "", expires_in: int = 0, after: int = 0
    ) -> tuple[str, session.Token]:
        """Return a token that holds as long as it is listed, and what to list.

        Args:
            subject: ``<account>:apiKey`` or ``proj:<project>:<role>``.
            token_id: chosen by the user; made if empty.
            expires_in: seconds; 0: it never ends.
            after: the time until which the account's tokens do not hold.
        """
        token_id = token_id or str(uuid.uuid4())
        issued = self._issued(after)
        expires = issued + expires_in if expires_in else 0
        return self._sign(subject, token_id, issued, expires), session.Token(
            token_id, issued, expires
        )

    def _login_token(self, name: str) -> str:
        account = self._control.accounts.get(name)
        issued = self._issued(account.password_changed if account else 0)
        expires = issued + int(self._control.installation.session_seconds)
        return self._sign(f"{name}:{session.LOGIN}", str(uuid.uuid4()), issued, expires)

    def _sign(self, subject: str, token_id: str, issued: int, expires: int) -> str:
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "sub": subject,
            "iat": issued,
            "nbf": issued,
            "jti": token_id,
        }
        if expires:
            claims["exp"] = expires
        return jwt.encode(claims, self._control.signing_key, algorithm="HS256")

    def _issued(self, changed: int) -> int:
        """Return the time to issue a token at, for an account whose password changed then.

        Tokens of the second of a change do not hold; one issued in that second is dated a moment
        ahead, which is within what the clocks of replicas may differ.
        """
        now = int(self._clock())
        return changed + 1 if now == changed else now

    def _claims(self, token: str) -> dict[str, Any]:
        """Return the claims of a token that holds by itself."""
        if len(token) > MAX_TOKEN:
            raise errors.Unauthenticated(f"invalid session: {_UNVERIFIED}")
        try:
            if _FORBIDDEN & jwt.get_unverified_header(token).keys():
                raise errors.Unauthenticated(f"invalid session: {_UNVERIFIED}")
            claims: dict[str, Any] = jwt.decode(
                token,
                self._control.signing_key,
                algorithms=["HS256"],
                issuer=ISSUER,
                # Times are checked below, by the clock that was handed in.
                options={
                    "verify_aud": False,
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                    "require": ["iat", "iss", "sub"],
                },
            )
        except _UNREADABLE as error:
            raise errors.Unauthenticated(f"invalid session: {_UNVERIFIED}") from error
        times = [claims.get(name, 0) for name in ("iat", "nbf", "exp")]
        if not all(_is_time(value) for value in times) or not isinstance(claims["sub"], str):
            raise errors.Unauthenticated(f"invalid session: {_UNVERIFIED}")
        now = self._clock()
        if "exp" in claims and now >= claims["exp"]:
            raise errors.Unauthenticated("invalid session: token is expired")
        if max(times[:2]) > now + _LEEWAY:
            raise errors.Unauthenticated("invalid session: token is not valid yet")
        if not isinstance(claims.get("jti"), str) or not claims["jti"]:
            raise errors.Unauthenticated(
                "invalid session: token does not have a unique identifier (jti claim)"
                " and cannot be validated"
            )
        return claims

    def _require(self, who: Caller) -> None:
        """Check what a token of ours stands for."""
        if who.kind == "project":
            self._require_project(who)
        else:
            self._require_account(who)
        self._unrevoked(who)

    def _unrevoked(self, who: Caller) -> None:
        if self._store.state.is_revoked(who.owner, who.token_id, who.issued_at):
            raise errors.Unauthenticated("invalid session: token is revoked, please re-login")

    def _require_account(self, who: Caller) -> None:
        account = self._control.accounts.get(who.subject)
        if account is None:
            raise errors.Unauthenticated(f"invalid session: account '{who.subject}' does not exist")
        try:
            self._usable(account, who.kind)
        except errors.Unauthenticated as error:
            raise errors.Unauthenticated(f"invalid session: {error.message}") from None
        if who.issued_at <= account.password_changed:
            raise errors.Unauthenticated(
                "invalid session: account password has changed since token issued"
            )
        if who.kind == session.API_KEY:
            listed = account.token(who.token_id)
            if listed is None or 0 < listed.expires_at <= self._clock():
                raise errors.Unauthenticated(
                    f"invalid session: account {account.name} does not have this token any more"
                )

    def _usable(self, account: session.Account, capability: str) -> None:
        if not account.enabled:
            raise errors.Unauthenticated(f"Account {account.name} is disabled")
        if not account.has(capability):
            raise errors.Unauthenticated(
                f"Account {account.name} does not have {capability} capability"
            )

    def _require_project(self, who: Caller) -> None:
        parts = who.subject.split(":", 2)
        if len(parts) != 3 or not parts[1] or not parts[2]:
            raise errors.Unauthenticated(f"invalid session: {_UNVERIFIED}")
        for token in self._projects.tokens(parts[1], parts[2]):
            # Entries of old have no id and are named by their time.
            named = token.id == who.token_id if token.id else token.iat == who.issued_at
            if named and not 0 < token.exp <= self._clock():
                return
        raise errors.Unauthenticated("invalid session: token is revoked, please re-login")


def _is_time(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and 0 <= value < 1e12


def _issuer(token: str) -> str:
    """Return the issuer that a token claims, without believing anything else of it."""
    if len(token) > MAX_TOKEN:
        return ISSUER  # refused by its length there
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except _UNREADABLE:
        return ISSUER  # refused there
    return str(claims.get("iss", ""))

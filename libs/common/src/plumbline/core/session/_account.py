"""Local accounts: declared in argocd-cm, with passwords and tokens in argocd-secret."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from plumbline.core.secret import Secret

__all__ = [
    "ADMIN",
    "API_KEY",
    "LOGIN",
    "Account",
    "Token",
    "dump_tokens",
    "read_accounts",
    "secret_key",
]

ADMIN: Final = "admin"
LOGIN: Final = "login"
API_KEY: Final = "apiKey"
_CAPABILITIES: Final = (LOGIN, API_KEY)


class Token(NamedTuple):
    """An API token as it is listed; the token itself is kept nowhere."""

    id: str
    issued_at: int
    expires_at: int = 0
    """Seconds since the epoch; 0: never."""


class Account(NamedTuple):
    """A local account."""

    name: str
    enabled: bool = True
    capabilities: tuple[str, ...] = ()
    password: Secret = Secret("")
    """The hash; empty: the account has no password."""
    password_changed: int = 0
    """Seconds since the epoch; tokens issued until then do not hold any more."""
    tokens: tuple[Token, ...] = ()

    def has(self, capability: str) -> bool:
        """Tell whether the account may be used in this way."""
        return capability in self.capabilities

    def token(self, identifier: str) -> Token | None:
        """Return a listed token."""
        return next((t for t in self.tokens if t.id == identifier), None)


def secret_key(name: str, what: str) -> str:
    """Return the key in argocd-secret: what is password, passwordMtime or tokens."""
    return f"admin.{what}" if name == ADMIN else f"accounts.{name}.{what}"


def read_accounts(
    settings: Mapping[str, str], secrets: Mapping[str, Secret]
) -> tuple[dict[str, Account], list[str]]:
    """Return all accounts by name, and a message for every value that cannot be read.

    ``admin`` is always there: it may log in, and more if ``accounts.admin`` says so.

    Args:
        settings: the data of argocd-cm.
        secrets: the data of argocd-secret.
    """
    problems: list[str] = []
    declared = {ADMIN: f"{LOGIN},{settings.get('accounts.admin', '')}"}
    for key, value in settings.items():
        prefix, _, name = key.partition(".")
        if prefix == "accounts" and name and "." not in name and name != ADMIN:
            declared[name] = value
    accounts = {}
    for name, text in sorted(declared.items()):
        words = [word.strip() for word in text.split(",") if word.strip()]
        if any(word not in _CAPABILITIES for word in words):
            problems.append(f"argocd-cm: accounts.{name} names a capability that there is not")
        accounts[name] = Account(
            name,
            _is_enabled(name, settings),
            tuple(c for c in _CAPABILITIES if c in words),
            secrets.get(secret_key(name, "password"), Secret("")),
            _changed(name, secrets, problems),
            _tokens(name, secrets, problems),
        )
    return accounts, problems


def _is_enabled(name: str, settings: Mapping[str, str]) -> bool:
    keys = [f"accounts.{name}.enabled", *(["admin.enabled"] if name == ADMIN else [])]
    return all(settings.get(key, "true").strip() == "true" for key in keys)


def _changed(name: str, secrets: Mapping[str, Secret], problems: list[str]) -> int:
    key = secret_key(name, "passwordMtime")
    text = secrets.get(key, Secret("")).reveal().strip()
    if not text:
        return 0
    try:
        # `date +%FT%T%Z`, which runbooks use, writes UTC where the format has Z.
        read = dt.datetime.fromisoformat(text.removesuffix("UTC") + "Z" * text.endswith("UTC"))
    except ValueError:
        problems.append(f"argocd-secret: {key} is not a time such as 2026-01-31T12:00:00Z")
        return 0
    return int((read if read.tzinfo else read.replace(tzinfo=dt.UTC)).timestamp())


class _Listed(msgspec.Struct):
    id: str
    iat: int
    exp: int = 0


def _tokens(name: str, secrets: Mapping[str, Secret], problems: list[str]) -> tuple[Token, ...]:
    key = secret_key(name, "tokens")
    text = secrets.get(key, Secret("")).reveal().strip()
    if not text:
        return ()
    try:
        found = msgspec.json.decode(text, type=list[_Listed] | None)
    except msgspec.MsgspecError:
        problems.append(f"argocd-secret: {key} is not a list of tokens")
        return ()
    return tuple(Token(t.id, t.iat, t.exp) for t in found or ())


def dump_tokens(tokens: Iterable[Token]) -> str:
    """Return the text of ``accounts.<name>.tokens``."""
    items: list[dict[str, Any]] = []
    for token in tokens:
        item: dict[str, Any] = {"id": token.id, "iat": token.issued_at}
        items.append({**item, "exp": token.expires_at} if token.expires_at else item)
    return msgspec.json.encode(items).decode()

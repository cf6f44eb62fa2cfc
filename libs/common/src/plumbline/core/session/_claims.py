"""What the claims of an identity provider's token say of its user (behaviour.md section 15)."""

from collections.abc import Iterable, Mapping
from typing import Any

from plumbline.core import errors

__all__ = ["groups_of", "user_id_of", "username_of"]


def user_id_of(claims: Mapping[str, Any]) -> str:
    """Return the user's id: ``federated_claims.user_id`` if there, else ``sub``.

    Raises:
        errors.Unauthenticated: there is none; nobody is an empty user.
    """
    federated = claims.get("federated_claims")
    found = federated.get("user_id") if isinstance(federated, Mapping) else None
    for value in (found, claims.get("sub")):
        if isinstance(value, str) and value.strip():
            return value
    raise errors.Unauthenticated("the token names no user")


def username_of(claims: Mapping[str, Any]) -> str:
    """Return what people are shown: the email, else the user's id.

    Raises:
        errors.Unauthenticated: there is neither.
    """
    email = claims.get("email")
    return email if isinstance(email, str) and email.strip() else user_id_of(claims)


def groups_of(claims: Mapping[str, Any], scopes: Iterable[str]) -> tuple[str, ...]:
    """Return the token's groups: the values of the claims that ``scopes`` names.

    Args:
        claims: of a verified token.
        scopes: names of claims; a dotted one is looked for as it is, then within nested claims.
    """
    found: dict[str, None] = {}
    for scope in scopes:
        value = claims.get(scope, _nested(claims, scope))
        values = value if isinstance(value, list) else [value]
        found |= dict.fromkeys(v for v in values if isinstance(v, str) and v.strip())
    return tuple(found)


def _nested(claims: Mapping[str, Any], path: str) -> Any:
    value: Any = claims
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value

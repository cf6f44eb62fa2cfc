"""Where a request carries its token: header, authorization, cookie (behaviour.md section 15).

Used by the interceptor and by the HTTP handlers, so that all roads read alike. A long token is
split over several cookies: ``argocd.token`` is ``N:part``, the others ``argocd.token-1`` and so on.
"""

from collections.abc import Iterable, Mapping
from typing import Final

__all__ = ["COOKIE", "cookie_names", "join_cookies", "split_cookies", "token_of"]

COOKIE: Final = "argocd.token"
_PARTS: Final = 20


def token_of(metadata: Iterable[tuple[str, str | bytes]] | None) -> str:
    """Return the token of a call's metadata or a request's headers; empty if there is none."""
    values: dict[str, str] = {}
    for key, value in metadata or ():
        if isinstance(value, str):
            values.setdefault(key.lower(), value)
    if values.get("token"):
        return values["token"]
    scheme, _, credential = values.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and credential.strip():
        return credential.strip()
    for name in ("grpcgateway-cookie", "cookie"):
        token = join_cookies(split_cookies(values.get(name, "")))
        if token:
            return token
    return ""


def split_cookies(header: str) -> dict[str, str]:
    """Return the cookies of a Cookie header; the first of a name counts."""
    found: dict[str, str] = {}
    for part in header.split(";"):
        name, equals, value = part.strip().partition("=")
        if equals:
            found.setdefault(name, value.strip('"'))
    return found


def join_cookies(cookies: Mapping[str, str]) -> str:
    """Return the token that the cookies hold.

    Parts that do not fit together are returned as they are: no token verifies then, which is not
    the same as having none.
    """
    value = cookies.get(COOKIE, "")
    count, colon, first = value.partition(":")
    if not colon:
        return value
    if not count.isdecimal() or not 1 <= int(count) <= _PARTS:
        return value
    parts = [first, *(cookies.get(f"{COOKIE}-{index}", "") for index in range(1, int(count)))]
    return "".join(parts) if all(parts) else value


def cookie_names() -> list[str]:
    """Return the names of all cookies a token may be split over, to delete them."""
    return [COOKIE, *(f"{COOKIE}-{index}" for index in range(1, _PARTS))]

"""Where a request carries its token: header, authorization, cookie (behaviour.md section 15).

Used by the interceptor and by the HTTP handlers, so that all roads read alike. A long token is
split over several cookies: ``argocd.token`` is ``N:part``, the others ``argocd.token-1`` and so on.
"""

from collections.abc import Iterable
from typing import Final

from plumbline.api_server import cookies

__all__ = ["COOKIE", "cookie_names", "token_of"]

COOKIE: Final = cookies.TOKEN


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
        token = cookies.token_of(cookies.read([values.get(name, "")]))
        if token:
            return token
    return ""


def cookie_names() -> list[str]:
    """Return the names of all cookies a token may be split over, to delete them."""
    return [COOKIE, *(f"{COOKIE}-{index}" for index in range(1, cookies.MAX_COOKIES))]

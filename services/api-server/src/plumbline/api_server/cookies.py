"""The session cookie: a token in, ``Set-Cookie`` lines out, and back (behaviour.md section 15).

Pure; used by the port for answers and requests, and by whoever reads a token from gRPC metadata. A
token that is too long for one cookie is split: ``argocd.token=N:part``, ``argocd.token-1=part``, …
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from plumbline.core import errors

__all__ = ["MAX_COOKIES", "TOKEN", "clear", "issue", "read", "token_of"]

TOKEN: Final = "argocd.token"  # noqa: S105 -- the cookie's name
MAX_COOKIES: Final = 20
_LONGEST: Final = 4093  # bytes of one cookie with its attributes; browsers drop longer ones
_COUNTED: Final = re.compile(r"(\d{1,3}):(.*)", re.DOTALL)
_VALUE: Final = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")  # RFC 6265, cookie-octet


def read(headers: Iterable[str]) -> dict[str, str]:
    """Return the cookies of some ``Cookie`` headers; of two with one name the first counts.

    Not ``http.cookies``, which drops all cookies after the first that it finds malformed.
    """
    found: dict[str, str] = {}
    for header in headers:
        for pair in header.split(";"):
            name, separator, value = pair.strip().partition("=")
            if separator and name:
                found.setdefault(name.strip(), value.strip().strip('"'))
    return found


def token_of(jar: Mapping[str, str]) -> str:
    """Return the token that a jar carries; empty if there is none.

    Parts that do not fit together are returned as they are: no token verifies then, which is not
    the same as having none.
    """
    value = jar.get(TOKEN, "")
    counted = _COUNTED.fullmatch(value)
    if not counted or not int(counted[1]):
        return value
    parts = [counted[2], *(jar.get(f"{TOKEN}-{n}", "") for n in range(1, int(counted[1])))]
    return "".join(parts) if all(parts) else value


def issue(
    token: str, *, path: str = "/", secure: bool = True, most: int = MAX_COOKIES
) -> list[str]:
    """Return the ``Set-Cookie`` values that hold a token.

    Args:
        token: the token.
        path: the base path of the product.
        secure: sent over TLS only.
        most: the number of cookies that a token may take.

    Raises:
        errors.FailedPrecondition: the token is too long, or no cookie value.
    """
    if not _VALUE.fullmatch(token):
        raise errors.FailedPrecondition("the token cannot be a cookie")
    attributes = _attributes(path, secure=secure)
    # Room for the longest name, its number and the count in front of the first part.
    room = _LONGEST - len(f"{TOKEN}-99=100:") - len(attributes)
    if len(f"{TOKEN}={token}") + len(attributes) <= _LONGEST:
        return [f"{TOKEN}={token}{attributes}"]
    parts = [token[start : start + room] for start in range(0, len(token), room)]
    if len(parts) > most:
        raise errors.FailedPrecondition(
            f"the token needs {len(parts)} cookies, more than the {most} that are allowed"
        )
    return [
        f"{TOKEN}={len(parts)}:{part}{attributes}"
        if number == 0
        else f"{TOKEN}-{number}={part}{attributes}"
        for number, part in enumerate(parts)
    ]


def clear(jar: dict[str, str], *, path: str = "/", secure: bool = True) -> list[str]:
    """Return the ``Set-Cookie`` values that remove the token's cookies found in a jar."""
    attributes = f"{_attributes(path, secure=secure)}; Max-Age=0"
    extra = sorted(name for name in jar if re.fullmatch(rf"{re.escape(TOKEN)}-\d{{1,3}}", name))
    return [f"{name}={attributes}" for name in [TOKEN, *extra[:MAX_COOKIES]]]


def _attributes(path: str, *, secure: bool) -> str:
    return f"; Path={path}; SameSite=lax; httpOnly" + ("; Secure" if secure else "")

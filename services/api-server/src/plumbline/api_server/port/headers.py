"""HTTP headers to call metadata and back (contract/NOTES.md, behaviour.md section 15); pure."""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from typing import Final

from plumbline.api_server import cookies, credentials
from plumbline.api_server.port._context import Metadata

__all__ = ["RENEWED", "answer_headers", "by_cookie", "metadata_of", "timeout_of", "web_metadata"]

RENEWED: Final = "renew-token"
"""The metadata key under which a call hands out a renewed token."""
_PREFIX: Final = "grpc-metadata-"
_PASSED: Final = ("user-agent", "x-forwarded-for", "x-forwarded-host", "accept-language", "origin")
_TIMEOUT: Final = re.compile(r"(\d{1,8})([HMSmun])")
_UNITS: Final = {"H": 3600.0, "M": 60.0, "S": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9}
_KEY: Final = re.compile(r"[0-9a-z_.-]+")
# Of gRPC-web: belongs to HTTP or to the framing, not to the call.
_HOP: Final = frozenset(
    {"accept", "accept-encoding", "connection", "content-length", "content-type", "cookie", "host"}
    | {"te", "transfer-encoding", "upgrade", "x-grpc-web", "keep-alive", "proxy-connection"}
)


def _header_token(headers: Mapping[str, str]) -> str:
    """Return the token of the headers: ``token``, else a bearer's ``Authorization``."""
    for key in ("token", "authorization"):
        for name in (key, f"{_PREFIX}{key}"):
            token = credentials.token_of([(key, headers.get(name, ""))])
            if token:
                return token
    return ""


def _credential(headers: Mapping[str, str], jar: dict[str, str]) -> list[tuple[str, str | bytes]]:
    """Return the metadata that carries the request's token, wherever it was."""
    token = _header_token(headers) or cookies.token_of(jar)
    return [("token", token)] if token else []


def by_cookie(headers: Mapping[str, str]) -> bool:
    """Tell whether a request has no token but what its cookies may hold.

    An ``Authorization`` of another scheme is none: a browser sends Basic credentials by itself.
    """
    return not _header_token(headers)


def metadata_of(
    items: Iterable[tuple[str, str]],
    headers: Mapping[str, str],
    jar: dict[str, str],
) -> Metadata:
    """Return the metadata of a REST request: its credential, and ``Grpc-Metadata-*``.

    Args:
        items: the headers, repeated ones too.
        headers: the same, found by any case of their names.
        jar: the cookies.
    """
    found = _credential(headers, jar)
    for name, text in items:
        lowered = name.lower()
        if lowered.startswith(_PREFIX):
            found += _pair(lowered.removeprefix(_PREFIX), text)
        elif lowered in _PASSED:
            found.append((f"grpcgateway-{lowered}", text))
    return tuple(found)


def web_metadata(
    items: Iterable[tuple[str, str]],
    headers: Mapping[str, str],
    jar: dict[str, str],
) -> Metadata:
    """Return the metadata of a gRPC-web request: its credential, and all headers of the call."""
    found = _credential(headers, jar)
    for name, text in items:
        if name.lower() not in _HOP:
            found += _pair(name.lower(), text)
    return tuple(found)


def _pair(key: str, text: str) -> list[tuple[str, str | bytes]]:
    if key in {"token", "authorization"} or key.startswith("grpc-") or not _KEY.fullmatch(key):
        return []
    if not key.endswith("-bin"):
        return [(key, text)]
    try:
        return [(key, base64.b64decode(text + "=" * (-len(text) % 4), validate=True))]
    except (binascii.Error, ValueError):
        return []


def answer_headers(metadata: Metadata) -> list[tuple[str, str]]:
    """Return the HTTP headers of an answer's metadata; a renewed token is none of them."""
    found = []
    for key, value in metadata:
        if key == RENEWED or not _KEY.fullmatch(key):
            continue
        text = value if isinstance(value, str) else base64.b64encode(value).decode().rstrip("=")
        if text.isprintable() and text.isascii():
            found.append((f"Grpc-Metadata-{key}", text))
    return found


def timeout_of(text: str) -> float | None:
    """Return the seconds of a ``Grpc-Timeout`` header; none if there is none that can be read."""
    match = _TIMEOUT.fullmatch(text)
    return int(match[1]) * _UNITS[match[2]] if match else None

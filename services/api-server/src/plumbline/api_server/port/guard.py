"""Which requests are refused before a method is looked at: content types, foreign origins; pure.

The content-type guard is the contract's (NOTES.md): a form of a foreign page cannot send
``application/json``. The origin guard is ours (security.md, CVE-2024-22424): a page of a sibling
domain counts as the same site for ``SameSite=lax``, so a state-changing request that is
authenticated by the cookie must come from our own pages.
"""

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

__all__ = ["SAFE", "allowed_types", "content_type_allowed", "own_hosts", "same_origin"]

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_PORTS: Final = {"http": 80, "https": 443}


def allowed_types(setting: str) -> frozenset[str]:
    """Read the setting: content types with semicolons between; empty allows any."""
    return frozenset(part.strip().lower() for part in setting.split(";") if part.strip())


def content_type_allowed(method: str, content_type: str, allowed: frozenset[str]) -> bool:
    """Tell whether a request under /api/ may pass."""
    if method == "GET" or not allowed:
        return True
    return content_type.partition(";")[0].strip().lower() in allowed


def own_hosts(host: str, urls: Iterable[str]) -> frozenset[tuple[str, int | None]]:
    """Return the hosts that pages of ours come from.

    Args:
        host: the request's Host header.
        urls: the configured addresses of the product (``url``, ``additionalUrls``), which differ
            from Host behind a proxy that rewrites it.
    """
    found = {_place(f"//{host}")}
    found.update(_place(url) for url in urls)
    return frozenset(place for place in found if place is not None)


def same_origin(headers: Mapping[str, str], own: frozenset[tuple[str, int | None]]) -> bool:
    """Tell whether a request comes from a page of ours, or from no page at all.

    Browsers send ``Origin`` with every state-changing request, and ``Sec-Fetch-Site``; what sends
    neither is no browser of this decade.
    """
    if headers.get("Sec-Fetch-Site", "none").strip().lower() not in {"same-origin", "none"}:
        return False
    origin = headers.get("Origin")
    if origin is None:
        return True
    place = _place(origin)
    if place is None:
        return False
    host, port = place
    # Host carries no scheme: an origin without a port is ours with either default port.
    return place in own or (port is None and any((host, p) in own for p in _PORTS.values()))


def _place(url: str) -> tuple[str, int | None] | None:
    """Return host and port of a URL; the scheme's default port counts as none."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host:
        return None
    return host, None if port == _PORTS.get(parts.scheme) else port

"""Which proxy a request goes through: a repository's own setting, and what it excludes."""

import ipaddress
import re
import urllib.parse
from typing import Final

from plumbline.core import errors

__all__ = ["proxy_for", "proxy_secrets"]

_PROXY = re.compile(r"https?://(?:[\w.~%-]+(?::[\w.~%-]*)?@)?[A-Za-z0-9.-]+(?::\d{1,5})?/?")
_PORTS: Final = {"https": 443, "http": 80, "ssh": 22, "git": 9418}


def proxy_secrets(proxy: str) -> tuple[str, ...]:
    """Return what of a proxy's URL no text may show."""
    # The URL was checked: what stands between the first colon and the @ is its password.
    user = proxy.partition("://")[2].rpartition("@")[0]
    return (user.partition(":")[2],) if ":" in user else ()


def proxy_for(url: str, proxy: str, no_proxy: str) -> str:
    """Return the proxy for a URL, or '' where ``no_proxy`` names its host or domain.

    Raises:
        errors.InvalidArgument: the proxy is no plain http or https URL.
    """
    if not proxy:
        return ""
    if not _PROXY.fullmatch(proxy):
        raise errors.InvalidArgument("the repository's proxy is not a plain http or https URL")
    return "" if _is_excluded(url, no_proxy) else proxy


def _is_excluded(url: str, no_proxy: str) -> bool:
    """Tell whether a list names a URL's host: as curl and Go read ``NO_PROXY``.

    An item is a domain, which covers those below it (``.h`` and ``*.h`` only these), an address, a
    network, each with a port if it means that one only, or ``*``.
    """
    try:
        parts = urllib.parse.urlsplit(url if "://" in url else f"ssh://{url}")
        host, port = (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme.lower())
    except ValueError:
        return False
    for item in no_proxy.lower().split(","):
        name, named_port = _host_and_port(item.strip())
        if name == "*" or (name and named_port in (None, port) and _covers(name, host)):
            return True
    return False


def _host_and_port(item: str) -> tuple[str, int | None]:
    name, separator, port = item.rpartition(":")
    if separator and port.isdecimal() and (":" not in name or name.endswith("]")):
        return name.strip("[]"), int(port)
    return item.strip("[]"), None


def _covers(name: str, host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        only_below = name.startswith((".", "*."))
        domain = name.removeprefix("*").removeprefix(".")
        return host.endswith(f".{domain}") or (host == domain and not only_below)
    try:
        return address in ipaddress.ip_network(name, strict=False)
    except ValueError:
        return False

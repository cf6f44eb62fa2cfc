"""What a repository's URL and proxy may be, checked where users hand them in."""

import re
import urllib.parse
from typing import Final

from plumbline.core import errors

__all__ = [
    "check_proxy",
    "check_url",
    "credential_in",
    "fnv32a",
    "host_of",
    "public_url",
    "secret_name",
    "unquoted",
]

_SCHEMES: Final = frozenset({"https", "http", "ssh", "git", "file", "oci"})
_SCP = re.compile(r"(?:[A-Za-z0-9._-]+@)?(?P<host>[A-Za-z0-9.-]+):(?P<path>[^/:].*)")
_ACCOUNT = re.compile(r"[A-Za-z0-9._-]+@[A-Za-z0-9][A-Za-z0-9.-]*:?")
_REGISTRY = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*(?::\d{1,5})?(?:/[\w.~-]+)*/?")
_PROXY = re.compile(r"https?://(?:[\w.~%-]+(?::[\w.~%-]*)?@)?[A-Za-z0-9.-]+(?::\d{1,5})?/?")
_MAX_URL: Final = 2048
_FNV_OFFSET, _FNV_PRIME = 0x811C9DC5, 0x01000193


def check_url(url: str, *, is_registry: bool = False, is_prefix: bool = False) -> str:
    """Return a URL that is fit to be stored and used.

    Args:
        url: as a user wrote it.
        is_registry: a Helm repository in an OCI registry, which is written without a scheme.
        is_prefix: of a credential template, which may be ``user@host`` alone.

    Raises:
        errors.InvalidArgument: with the reason; the URL itself is not quoted, it may hold a
            password.
    """
    text = url.strip()
    if not text or len(text) > _MAX_URL:
        raise errors.InvalidArgument(f"repository URL is empty or longer than {_MAX_URL}")
    if text.startswith("-"):
        raise errors.InvalidArgument("repository URL begins with '-'")
    if any(c.isspace() or not c.isprintable() for c in text):
        raise errors.InvalidArgument("repository URL holds white space or control characters")
    if "://" not in text:
        if not (is_registry and _REGISTRY.fullmatch(text)) and not (
            is_prefix and _ACCOUNT.fullmatch(text)
        ):
            _check_scp(text)
        return text
    scheme = text.partition("://")[0].lower()
    if scheme not in _SCHEMES:
        raise errors.InvalidArgument("repository URL has a scheme that is none of Git's or Helm's")
    try:
        parts = urllib.parse.urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise errors.InvalidArgument("repository URL cannot be read") from None
    if scheme != "file" and (not host or host.startswith("-") or port == 0):
        raise errors.InvalidArgument("repository URL names no host")
    if scheme != "file" and ("#" in text or "\\" in text or (parts.query and not parts.path)):
        # Readers of URLs differ about where the host ends there.
        raise errors.InvalidArgument("repository URL holds '#', a backslash or '?' beside its host")
    _check_path(parts.path)
    return text


def _check_scp(text: str) -> None:
    scp = _SCP.fullmatch(text)
    if scp is None:
        raise errors.InvalidArgument("repository URL is neither a URL nor user@host:path")
    _check_path(scp["path"])


def _check_path(path: str) -> None:
    """Refuse dot segments: rules about URLs must not be walked around by ``..``."""
    segments = urllib.parse.unquote(path).replace("\\", "/").split("/")
    if ".." in segments or "." in segments:
        raise errors.InvalidArgument("repository URL holds a path segment '.' or '..'")


def check_proxy(proxy: str) -> str:
    """Return a proxy that is a plain http or https URL, or the empty text.

    Raises:
        errors.InvalidArgument: it is not; the text is not quoted, it may hold a password.
    """
    if proxy and not _PROXY.fullmatch(proxy):
        raise errors.InvalidArgument("the repository's proxy is not a plain http or https URL")
    return proxy


def public_url(url: str) -> str:
    """Return a URL without the password that it may hold; other URLs as they are."""
    scheme, separator, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    user, at, host = authority.rpartition("@")
    if not separator or not at:
        return url
    name = user.partition(":")[0]
    kept = f"{name}@" if name and scheme.lower() == "ssh" else ""
    return f"{scheme}://{kept}{host}{slash}{path}"


def host_of(url: str) -> str:
    """Return the host a URL names, lower case, without port; empty if there is none."""
    if "://" not in url:
        scp = _SCP.fullmatch(url.strip())
        return scp["host"].lower() if scp else url.partition("/")[0].partition(":")[0].lower()
    try:
        return (urllib.parse.urlsplit(url.strip()).hostname or "").lower()
    except ValueError:
        return ""


def unquoted(value: str) -> str:
    """Return a URL that a client may have escaped once, to pass it in a path (NOTES.md).

    A plain URL has a colon or a slash, an escaped one has neither.
    """
    if "%" not in value or ":" in value or "/" in value:
        return value
    return urllib.parse.unquote_plus(value)


def fnv32a(text: str) -> int:
    """Return the 32-bit FNV-1a hash of a text."""
    value = _FNV_OFFSET
    for byte in text.encode():
        value = ((value ^ byte) * _FNV_PRIME) & 0xFFFFFFFF
    return value


def secret_name(prefix: str, url: str, project: str = "") -> str:
    """Return the name of the Secret that the API makes for a URL (config.md section 7)."""
    return f"{prefix}-{fnv32a(url + project)}"


def credential_in(url: str) -> tuple[str, str]:
    """Return user and password that an http URL holds; empty what it does not hold."""
    if not url.lower().startswith(("https://", "http://")):
        return "", ""
    parts = urllib.parse.urlsplit(url)
    user = urllib.parse.unquote(parts.username or "")
    return user, urllib.parse.unquote(parts.password or "")

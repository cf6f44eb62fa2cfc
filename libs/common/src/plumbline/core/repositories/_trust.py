"""known_hosts texts: read the entries, add, replace and remove some (sshd(8), config.md 6)."""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from typing import NamedTuple

from plumbline.core import errors

__all__ = ["KnownHost", "known_hosts", "put_known_host", "remove_known_hosts"]

_HOST = re.compile(
    r"\[?[A-Za-z0-9.*?:_-]{1,253}\]?(?::\d{1,5})?|\|1\|[A-Za-z0-9+/=]+\|[A-Za-z0-9+/=]+"
)
_TYPE = re.compile(r"[a-z0-9][a-z0-9@.-]{2,63}")
_MAX_KEY = 16 * 1024


class KnownHost(NamedTuple):
    """One host and one key of it."""

    host: str
    key_type: str
    key: str
    """Base64, as it stands in the text."""

    @property
    def fingerprint(self) -> str:
        """``SHA256:…`` as ssh shows it; empty if the key cannot be read."""
        try:
            raw = base64.b64decode(self.key, validate=True)
        except binascii.Error:
            return ""
        digest = base64.b64encode(hashlib.sha256(raw).digest()).decode()
        return f"SHA256:{digest.rstrip('=')}"


def known_hosts(text: str) -> list[KnownHost]:
    """Return the entries of a text; comments, marked and unreadable lines are not entries."""
    return [entry for line in text.splitlines() for entry in _entries(line)]


def _entries(line: str) -> list[KnownHost]:
    fields = line.split()
    if len(fields) < 3 or fields[0].startswith(("#", "@")):
        return []
    return [KnownHost(host, fields[1], fields[2]) for host in fields[0].split(",") if host]


def put_known_host(text: str, entry: KnownHost) -> str:
    """Return the text with a host's key of one type set; other lines stay as they are.

    Raises:
        errors.InvalidArgument: host, type or key cannot stand in such a text.
    """
    _check(entry)
    kept = remove_known_hosts(text, lambda e: e[:2] == entry[:2])
    separator = "" if not kept or kept.endswith("\n") else "\n"
    return f"{kept}{separator}{entry.host} {entry.key_type} {entry.key}\n"


def _check(entry: KnownHost) -> None:
    if not _HOST.fullmatch(entry.host):
        raise errors.InvalidArgument("an SSH host name is empty or holds characters it cannot have")
    if not _TYPE.fullmatch(entry.key_type):
        raise errors.InvalidArgument("the type of an SSH host key cannot be read")
    try:
        raw = base64.b64decode(entry.key, validate=True)
    except binascii.Error:
        raw = b""
    size = int.from_bytes(raw[:4], "big")
    named = raw[4 : 4 + size].decode("ascii", "replace")
    # The key says its own type in its first field (RFC 4253, section 6.6).
    if not raw or len(raw) > _MAX_KEY or named != entry.key_type:
        raise errors.InvalidArgument(f"the SSH host key is no {entry.key_type} key")


def remove_known_hosts(text: str, chosen: Callable[[KnownHost], bool]) -> str:
    """Return the text without the chosen entries; of a line with several hosts the others stay."""
    lines = []
    for line in text.splitlines(keepends=True):
        entries = _entries(line)
        gone = [e for e in entries if chosen(e)]
        if not gone:
            lines.append(line)
            continue
        rest = [e.host for e in entries if e not in gone]
        if rest:
            _, _, tail = line.strip().partition(line.split()[0])
            lines.append(f"{','.join(rest)}{tail}\n")
    return "".join(lines)

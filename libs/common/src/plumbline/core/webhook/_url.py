"""One key for the many spellings of a repository's URL (behaviour.md section 13).

Scheme, user, port, ``.git``, a trailing slash, letter case and the ``ssh.`` host of providers do
not tell repositories apart here: a webhook names the web page, an application the clone URL.
"""

import functools
import re
import urllib.parse
from typing import Final

__all__ = ["repository_key"]

_SSH_HOSTS: Final = re.compile(r"\A(?:alt)?ssh\.(?=.+\..)")
_SCHEME: Final = re.compile(r"\A[a-z][a-z0-9+.-]*://")
_PORT: Final = re.compile(r":[0-9]*\Z")


@functools.lru_cache(maxsize=65_536)
def repository_key(url: str) -> str:
    """Return ``host/path`` in lower case; empty for what names no repository on a host."""
    text = url.strip().lower()
    scheme = _SCHEME.match(text)
    if scheme:
        if scheme[0] == "file://":
            return ""
        authority, _, path = text[scheme.end() :].partition("/")
        authority = _PORT.sub("", authority.rpartition("@")[2])
    else:
        # user@host:path, or host/path as registries are written.
        head, colon, path = text.partition(":")
        if not colon or "/" in head:
            head, _, path = text.partition("/")
            head = _PORT.sub("", head)
        else:
            port, slash, rest = path.partition("/")
            path = rest if slash and port.isdecimal() else path
        authority = head.rpartition("@")[2]
    host = _SSH_HOSTS.sub("", authority)
    path = urllib.parse.unquote(path.partition("?")[0].partition("#")[0])
    path = path.strip("/").removesuffix(".git").rstrip("/")
    if not host or not path:
        return ""
    return _azure(host, path)


def _azure(host: str, path: str) -> str:
    """Bring Azure DevOps' clone URL (``v3/org/project/repo``) and web URL together."""
    parts = path.split("/")
    if host == "dev.azure.com":
        if len(parts) == 4 and parts[0] == "v3":
            parts = [parts[1], parts[2], "_git", parts[3]]
        elif len(parts) == 3 and parts[1] == "_git":
            parts = [parts[0], parts[2], "_git", parts[2]]
    return f"{host}/{'/'.join(parts)}"

"""How a registry wants to be asked: Basic, or a token from its token server.

Used by ``registry``. A registry may name another host as its token server; the credential goes
there only if that host belongs to the registry's own domain, or is one of two that are known
(security.md: "credential sent only to configured host").
"""

import dataclasses
import re
import time
import urllib.parse
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

import msgspec

from plumbline.core import errors
from plumbline.core.secret import Secret
from plumbline.repo_server.remote import Remote, origin
from plumbline.repo_server.web import Ask, Web, refused, shown

__all__ = ["Challenge", "Tokens", "read_challenge"]

_MAX_TOKEN: Final = 256 * 1024  # bytes of a token server's answer
_CAPACITY: Final = 1000
_MIN_SECONDS: Final = 60.0  # what a token without an expiry lasts (distribution specification)
_MAX_SECONDS: Final = 3600.0
_MARGIN: Final = 10.0
_PARAMETER: Final = re.compile(r'\s*([A-Za-z_]+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))\s*(?:,|\Z)')
_MAX_HEADER: Final = 8192
_KNOWN: Final = {"registry-1.docker.io": "auth.docker.io", "registry.gitlab.com": "gitlab.com"}
_MIN_LABELS: Final = 2


class _Answer(msgspec.Struct):
    token: str = ""
    access_token: str = ""
    expires_in: int | None = None


@dataclasses.dataclass(frozen=True)
class Challenge:
    """What a 401 asks for."""

    scheme: str
    """``basic`` or ``bearer``."""
    parameters: Mapping[str, str]


def read_challenge(header: str) -> Challenge:
    """Return the scheme and parameters of a WWW-Authenticate header (RFC 9110, section 11).

    Raises:
        errors.Unauthenticated: it asks for neither Basic nor Bearer, or cannot be read.
    """
    scheme, _, rest = header[:_MAX_HEADER].strip().partition(" ")
    if scheme.lower() not in ("basic", "bearer"):
        raise errors.Unauthenticated("the registry asks for an unknown way to authenticate")
    found: dict[str, str] = {}
    position = 0
    while match := _PARAMETER.match(rest, position):
        found[match[1].lower()] = match[2] if match[2] is not None else match[3]
        position = match.end()
    return Challenge(scheme.lower(), found)


class Tokens:
    """Headers that registries took, by caller's view, until they expire."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._known: OrderedDict[str, tuple[Secret, float]] = OrderedDict()

    def known(self, scope: str) -> Secret:
        """Return the header of earlier requests; empty if there is none."""
        found = self._known.get(scope)
        if found is None or found[1] < time.monotonic():
            return Secret("")
        return found[0]

    def forget(self, scope: str) -> None:
        """Drop a header that was refused."""
        self._known.pop(scope, None)

    async def answer(self, remote: Remote, scope: str, challenge: Challenge) -> Secret:
        """Return the header that answers a challenge.

        Raises:
            errors.Unauthenticated: there is no credential for it, or it was refused.
            errors.PermissionDenied: the credential would go to another host.
            errors.PlumblineError: the token server cannot be used.
        """
        header, seconds = Secret(""), _MAX_SECONDS
        if challenge.scheme == "basic" or remote.bearer_token:
            header = remote.authorization()
            if not header:
                raise errors.Unauthenticated(f"{remote.shown}: authentication required")
        else:
            header, seconds = await self._token(remote, challenge.parameters)
        self._known[scope] = (header, time.monotonic() + seconds - _MARGIN)
        self._known.move_to_end(scope)
        while len(self._known) > _CAPACITY:
            self._known.popitem(last=False)
        return header

    async def _token(self, remote: Remote, parameters: Mapping[str, str]) -> tuple[Secret, float]:
        realm = parameters.get("realm", "")
        place = origin(realm)
        own = origin(remote.base)
        if place[0] != "https" and place != own and own[0] == "https":
            raise errors.PermissionDenied(f"{remote.shown}: its token server is not on https")
        credential = remote.authorization()
        belongs = _belongs(place, own)
        if credential and not belongs:
            raise errors.PermissionDenied(
                f"{remote.shown}: the registry wants the credential at another host"
                f" ({place[1][:200]}); refused"
            )
        query = {
            "service": parameters.get("service", ""),
            "scope": f"repository:{remote.path}:pull",
        }
        separator = "&" if "?" in realm else "?"
        ask = Ask(
            url=realm + separator + urllib.parse.urlencode({k: v for k, v in query.items() if v}),
            limit=_MAX_TOKEN,
            authorization=credential,
        )
        # To a stranger not even the client certificate or the trust of the repository is shown.
        answer = await self._web.get(remote, ask, home=realm if belongs else "")
        if answer.status != 200:
            raise refused(answer, shown(realm))
        try:
            found = msgspec.json.decode(answer.body, type=_Answer)
        except msgspec.DecodeError:
            raise errors.Unavailable(f"{shown(realm)}: the token server's answer is none") from None
        token = found.token or found.access_token
        if not token or any(c.isspace() or not c.isprintable() for c in token):
            raise errors.Unavailable(f"{shown(realm)}: the token server's answer is none")
        seconds = min(max(found.expires_in or 0, _MIN_SECONDS), _MAX_SECONDS)
        return Secret(f"Bearer {token}"), float(seconds)


def _belongs(place: tuple[str, str, int], own: tuple[str, str, int]) -> bool:
    """Whether a token server may see the registry's credential."""
    if place == own:
        return True
    host, registry = place[1], own[1]
    if place[0] != "https":
        # Unencrypted, only where the registry is too, on the same host.
        return own[0] == "http" and host == registry
    if host == registry or _KNOWN.get(registry) == host:
        return True
    domain = registry.partition(".")[2]
    labels = domain.split(".")
    if len(labels) < _MIN_LABELS or labels[-1].isdigit():
        return False
    is_public = len(labels) == _MIN_LABELS and len(labels[-1]) == 2 and len(labels[0]) <= 3
    return not is_public and (host == domain or host.endswith(f".{domain}"))

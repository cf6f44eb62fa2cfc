"""Is a request genuine? Over the exact bytes, in constant time (security.md, P21)."""

import base64
import binascii
import dataclasses
import hashlib
import hmac
from collections.abc import Callable, Mapping

from plumbline.core.secret import Secret

__all__ = ["Secrets", "basic", "resolve", "same", "signed"]

_NONE = Secret("")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Secrets:
    """The ``webhook.*`` values of argocd-secret, references resolved; empty where not set."""

    github: Secret = _NONE
    gitlab: Secret = _NONE
    gogs: Secret = _NONE
    bitbucket_uuid: Secret = _NONE
    bitbucket_server: Secret = _NONE
    azure_username: Secret = _NONE
    azure_password: Secret = _NONE
    harbor: Secret = _NONE

    @property
    def bitbucket_uuid_bare(self) -> Secret:
        """The UUID without the braces that Bitbucket's pages show around it."""
        return Secret(self.bitbucket_uuid.reveal().strip("{}"))


def resolve(value: Secret, lookup: Callable[[str, str], Secret | None]) -> Secret:
    """Follow a ``$key`` or ``$secret:key`` reference (config.md section 4).

    Trailing white space is dropped; a reference to what is not there stays as it is written.

    Args:
        value: a value of argocd-secret.
        lookup: returns the value of a key of a Secret, by name and key.
    """
    text = value.reveal().rstrip()
    if text.startswith("$"):
        name, colon, key = text[1:].partition(":")
        found = lookup(name, key) if colon else lookup("argocd-secret", name)
        if found is not None:
            return Secret(found.reveal().rstrip())
    return Secret(text)


def same(given: str, secret: Secret) -> bool:
    """Compare a value that came in with a secret, in constant time."""
    return hmac.compare_digest(given.encode(errors="replace"), secret.reveal().encode())


def signed(body: bytes, given: str, secret: Secret, *, prefix: str = "") -> bool:
    """Tell whether a header holds the HMAC-SHA256 of the body in hexadecimal.

    SHA-1 signatures (``X-Hub-Signature`` of GitHub) are not looked at: whoever sends one today
    sends the better one too, and accepting either makes the weaker one the lock.
    """
    if not given.startswith(prefix):
        return False
    digest = hmac.new(secret.reveal().encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(
        given[len(prefix) :].strip().lower().encode(errors="replace"), digest.encode()
    )


def basic(headers: Mapping[str, str], username: Secret, password: Secret) -> bool:
    """Tell whether the Authorization header holds a user name and password."""
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    try:
        decoded = base64.b64decode(encoded.strip().encode(errors="replace"), validate=True)
    except binascii.Error:
        return False
    name, colon, word = decoded.partition(b":")
    # Both are compared, whatever the first comparison says.
    name_is_right = hmac.compare_digest(name, username.reveal().encode())
    word_is_right = hmac.compare_digest(word, password.reveal().encode())
    return scheme.lower() == "basic" and bool(colon) and name_is_right and word_is_right

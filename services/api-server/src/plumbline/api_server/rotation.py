"""Decides the steps of a rotation: the new is accepted everywhere before it is used anywhere.

Values in, changes out. Called by ``keys`` with what the Secrets hold and the time. A rotation is
told by what its Secret holds, so each step may be repeated, and a run that was killed is taken up
by the next one:

    nothing -> staged    the new one is there too, and accepted
    staged  -> promoted  after ``settle``: the new one is used, the old one still accepted
    promoted -> nothing  after ``overlap``: the old one is forgotten

``settle`` is the time until every pod has read a changed Secret; ``overlap`` until nothing that was
made with the old one is in use any more.
"""

import dataclasses
import datetime as dt
import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from plumbline.core import errors
from plumbline.core.secret import Secret
from plumbline.rpc import credentials

__all__ = [
    "ROTATION",
    "Changes",
    "Data",
    "Times",
    "authority",
    "bundle",
    "due",
    "lacks",
    "over",
    "redis",
    "signing",
]

Data = Mapping[str, Secret]
"""What a Secret holds."""
Changes = Mapping[str, str | None]
"""Values to store; None removes one."""

ROTATION: Final = "rotation"
STAGED: Final = "staged"
PROMOTED: Final = "promoted"
DROPPING: Final = "dropping"
_LONG_AGO: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_PEM: Final = re.compile(r"-----BEGIN [A-Z0-9 ]+-----[^-]*-----END [A-Z0-9 ]+-----\n?")
# What a cache needs, and nothing by which one client reads or changes the server (section 6); a
# client may tell Redis to read the file with these lines again, which changes nothing else.
_ACL_RIGHTS: Final = (
    "resetchannels ~* -@all +@connection +@read +@write -@dangerous -@scripting +acl|load"
)


@dataclasses.dataclass(frozen=True)
class Times:
    """How long the steps take."""

    settle: dt.timedelta
    overlap: dt.timedelta


@dataclasses.dataclass(frozen=True)
class _Phase:
    name: str = ""
    since: dt.datetime = _LONG_AGO

    @classmethod
    def of(cls, data: Data) -> "_Phase":
        text = _text(data, ROTATION)
        if not text:
            return cls()
        name, _, since = text.partition(" ")
        try:
            return cls(name, dt.datetime.fromisoformat(since.strip()))
        except ValueError as error:
            raise errors.FailedPrecondition(
                f"the key {ROTATION!r} of a Secret reads {text!r}: remove it to begin anew"
            ) from error


def due(data: Data, times: Times) -> dt.datetime | None:
    """Return when the next step of a rotation may be taken; None if there is none in progress."""
    phase = _Phase.of(data)
    pauses = {STAGED: times.settle, PROMOTED: times.overlap}
    return phase.since + pauses.get(phase.name, dt.timedelta(0)) if phase.name else None


def authority(
    data: Data,
    identities: Iterable[Data],
    now: dt.datetime,
    times: Times,
    *,
    begin: Callable[[], tuple[bytes, Secret]] | None,
) -> Changes:
    """Return the next changes of the authority's Secret.

    Args:
        data: what it holds.
        identities: what the Secrets of the identities hold.
        now: the time.
        times: of the steps.
        begin: makes a new authority if a rotation is to begin.
    """
    phase = _Phase.of(data)
    held = list(identities)
    if not phase.name:
        if begin is None:
            return {}
        certificate, key = begin()
        return {
            "next.crt": certificate.decode(),
            "next.key": key.reveal(),
            ROTATION: _mark(STAGED, now),
        }
    if phase.name == STAGED:
        if not all(_trusts(identity, data["next.crt"]) for identity in held):
            # The time runs from when the last of them was written, which is after this.
            return {ROTATION: _mark(STAGED, now)}
        if now - phase.since < times.settle:
            return {}
        return {
            "tls.crt": data["next.crt"].reveal(),
            "tls.key": data["next.key"].reveal(),
            "previous.crt": data["tls.crt"].reveal(),
            "next.crt": None,
            "next.key": None,
            ROTATION: _mark(PROMOTED, now),
        }
    if not all(_issued(identity, data["tls.crt"]) for identity in held):
        return {ROTATION: _mark(PROMOTED, now)}
    return {}


def over(data: Data, identities: Iterable[Data], now: dt.datetime, times: Times) -> bool:
    """Tell whether the old authority may be forgotten: by the identities first, then by itself."""
    phase = _Phase.of(data)
    return (
        phase.name == PROMOTED
        and now - phase.since >= times.overlap
        and all(_issued(identity, data["tls.crt"]) for identity in identities)
    )


def bundle(data: Data, *, old: bool = True) -> list[str]:
    """Return the authorities that processes must trust; the one that issues stands first."""
    names = ("tls.crt", "next.crt", "previous.crt") if old else ("tls.crt",)
    return [_text(data, name) for name in names if _text(data, name)]


def lacks(held: Data, wanted: Iterable[str], *, exactly: bool) -> bool:
    """Tell whether an identity's ``ca.crt`` has to be written."""
    try:
        found = _fingerprints(_text(held, "ca.crt"))
    except ValueError:
        return True
    needed = _fingerprints("".join(wanted))
    return found != needed if exactly else not needed <= found


def signing(data: Data, now: dt.datetime, times: Times, *, begin: bool) -> Changes:
    """Return the next changes of the signing key's Secret; the first key of its file signs."""
    keys = [_ended(text) for text in _PEM.findall(_text(data, "signing.pem"))]
    if not keys:
        return {"signing.pem": _signing_key(), ROTATION: None}
    phase = _Phase.of(data)
    if not phase.name:
        if not begin:
            return {}
        return {
            "signing.pem": keys[0] + _signing_key(),
            ROTATION: _mark(STAGED, now),
        }
    if phase.name == STAGED and now - phase.since >= times.settle:
        return {"signing.pem": keys[-1] + keys[0], ROTATION: _mark(PROMOTED, now)}
    if phase.name == PROMOTED and now - phase.since >= times.overlap:
        return {"signing.pem": keys[0], ROTATION: None}
    return {}


def redis(
    data: Data, now: dt.datetime, times: Times, *, begin: bool, accepts: Mapping[str, bool]
) -> Changes:
    """Return the next changes of Redis' Secret: password, and the file by which Redis knows it.

    Args:
        data: what it holds.
        now: the time.
        times: of the steps.
        begin: whether a rotation is to begin.
        accepts: whether the running Redis takes the passwords ``next`` and ``previous``; without
            an entry that is not known, and nothing follows from it.
    """
    phase = _Phase.of(data)
    changes: dict[str, str | None] = {}
    password = _text(data, "auth")
    if not password:
        password = changes["auth"] = secrets.token_urlsafe(32)
    following, previous = _text(data, "next"), _text(data, "previous")
    if not phase.name and begin:
        following = changes["next"] = secrets.token_urlsafe(32)
        changes[ROTATION] = _mark(STAGED, now)
    elif phase.name == STAGED and accepts.get("next"):
        previous, password, following = password, following, ""
        changes |= {"auth": password, "previous": previous, "next": None}
        changes[ROTATION] = _mark(PROMOTED, now)
    elif phase.name == PROMOTED and now - phase.since >= times.overlap:
        changes[ROTATION] = _mark(DROPPING, now)
        phase = _Phase(DROPPING, now)
    elif phase.name == DROPPING and accepts.get("previous") is False:
        previous = ""
        changes |= {"previous": None, ROTATION: None}
    wanted = [password, following, "" if phase.name == DROPPING else previous]
    return {**changes, **_acl(data, [p for p in wanted if p], refused=previous, phase=phase.name)}


def _acl(data: Data, passwords: list[str], *, refused: str, phase: str) -> Changes:
    digests = [_digest(password) for password in passwords]
    kept = _text(data, "users.acl")
    # Made from the passwords: one that was changed by hand must not leave a file that refuses it.
    fits = all(digest in kept for digest in digests)
    if fits and not (phase == DROPPING and refused and _digest(refused) in kept):
        return {}
    return {"users.acl": f"user default on {' '.join(digests)} {_ACL_RIGHTS}\n"}


def _digest(password: str) -> str:
    return f"#{hashlib.sha256(password.encode()).hexdigest()}"


def _signing_key() -> str:
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem.decode()


def _mark(phase: str, now: dt.datetime) -> str:
    return f"{phase} {now.isoformat()}"


def _text(data: Data, name: str) -> str:
    return data[name].reveal() if name in data else ""


def _ended(text: str) -> str:
    return text if text.endswith("\n") else f"{text}\n"


def _fingerprints(pem: str) -> set[bytes]:
    found = x509.load_pem_x509_certificates(pem.encode())
    return {certificate.public_bytes(serialization.Encoding.DER) for certificate in found}


def _trusts(identity: Data, certificate: Secret) -> bool:
    return not lacks(identity, [certificate.reveal()], exactly=False)


def _issued(identity: Data, certificate: Secret) -> bool:
    try:
        found = x509.load_pem_x509_certificate(_text(identity, "tls.crt").encode())
        authority = x509.load_pem_x509_certificate(certificate.reveal().encode())
    except ValueError:
        return False
    return credentials.is_issued_by(found, authority)

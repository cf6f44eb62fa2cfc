"""What GnuPG said about a signature (doc/DETAILS of GnuPG, "Format of the --status-fd output")."""

import dataclasses
import enum
import re
from collections.abc import Iterable
from typing import Final

__all__ = ["Kind", "Verdict", "is_seal", "judge", "read_status", "signature_info"]

_PREFIX: Final = "[GNUPG:] "
_ALGORITHMS: Final = {"1": "RSA", "2": "RSA", "3": "RSA", "17": "DSA", "19": "ECDSA", "22": "EDDSA"}
_SEAL: Final = re.compile(r"^argocd-gpg-seal:[ \t]*\S", re.IGNORECASE | re.MULTILINE)
_FINGERPRINT: Final = re.compile(r"[0-9A-F]{40}")


class Kind(enum.Enum):
    """What a signature is; the value is how problems say it."""

    GOOD = "good signature"
    UNSIGNED = "unsigned"
    BAD = "bad signature"
    EXPIRED = "expired signature"
    EXPIRED_KEY = "signed with expired key"
    REVOKED_KEY = "signed with revoked key"
    UNKNOWN_KEY = "signed with key not in keyring"
    UNREADABLE = "signature cannot be verified"


@dataclasses.dataclass(frozen=True)
class Verdict:
    """One signature."""

    kind: Kind
    key_id: str = ""
    fingerprints: tuple[str, ...] = ()
    """Of the key that signed, and of the primary key that it belongs to."""
    algorithm: str = ""


_WORDS: Final = {
    "GOODSIG": Kind.GOOD,
    "BADSIG": Kind.BAD,
    "EXPSIG": Kind.EXPIRED,
    "EXPKEYSIG": Kind.EXPIRED_KEY,
    "REVKEYSIG": Kind.REVOKED_KEY,
    "ERRSIG": Kind.UNREADABLE,
}


def read_status(text: str, *, succeeded: bool) -> Verdict:
    """Return what a status output says.

    Anything but one signature that is good and valid is not good: several signatures, a good one
    without the proof of its key, or words that contradict each other.

    Args:
        text: standard output of the verifier.
        succeeded: whether it ended with status 0.
    """
    lines = [
        line.removeprefix(_PREFIX).split(" ")
        # Not splitlines: a name in a key may hold what Unicode calls the end of a line.
        for line in text.split("\n")
        if line.startswith(_PREFIX)
    ]
    words = [line[0] for line in lines]
    found = [line for line in lines if line[0] in _WORDS and len(line) > 1]
    if len(found) != 1 or words.count("NEWSIG") != 1:
        return Verdict(Kind.UNREADABLE)
    word, key_id = found[0][0], found[0][1].upper()
    kind = _WORDS[word]
    if kind is Kind.UNREADABLE and "NO_PUBKEY" in words:
        kind = Kind.UNKNOWN_KEY
    valid = [line for line in lines if line[0] == "VALIDSIG" and len(line) >= 11]
    fingerprints: tuple[str, ...] = ()
    algorithm = ""
    if len(valid) == 1:
        fingerprints = tuple(dict.fromkeys((valid[0][1].upper(), valid[0][10].upper())))
        algorithm = _ALGORITHMS.get(valid[0][7], "")
    proven = all(_FINGERPRINT.fullmatch(one) for one in fingerprints) and any(
        one.endswith(key_id) for one in fingerprints
    )
    if kind is Kind.GOOD and not (succeeded and fingerprints and proven):
        return Verdict(Kind.UNREADABLE, key_id)
    return Verdict(kind, key_id, fingerprints, algorithm)


def judge(verdict: Verdict, keys: Iterable[str], *, what: str, author: str) -> str:
    """Return what is wrong with a signature; empty if a key that may sign did.

    Args:
        verdict: of the signature.
        keys: ids or fingerprints of the keys that may sign.
        what: the object, such as a commit's id.
        author: who made it, as it says itself.
    """
    reason = verdict.kind.value
    if verdict.kind is Kind.GOOD:
        allowed = [key for key in keys if len(key) >= 16]
        if any(one.endswith(key) for one in verdict.fingerprints for key in allowed):
            return ""
        reason = "signed with unallowed key"
    key = f" (key_id={verdict.key_id})" if verdict.key_id else ""
    return f"Failed verifying revision {what} by '{author}': {reason}{key}"


def is_seal(message: str) -> bool:
    """Tell whether a commit says that the history before it was examined.

    A seal counts only if its own signature does; it then stands for everything before it.
    """
    trailer = message.strip().rpartition("\n\n")[2]
    return _SEAL.search(trailer) is not None


def signature_info(verdict: Verdict) -> str:
    """Return a signature in words, for a revision's metadata; empty for none."""
    if verdict.kind is Kind.UNSIGNED:
        return ""
    if verdict.kind is Kind.GOOD:
        algorithm = f"{verdict.algorithm} " if verdict.algorithm else ""
        return f"Good signature from {algorithm}key {verdict.key_id}"
    key = f" (key {verdict.key_id})" if verdict.key_id else ""
    return f"{verdict.kind.value[0].upper()}{verdict.kind.value[1:]}{key}"

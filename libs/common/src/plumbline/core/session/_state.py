"""What replicas share about sessions: revoked tokens and failed logins.

One JSON document in a Secret of ours. Tokens are named by a digest of their identifier. Its size is
bounded: failures by accounts, revocations by a number beyond which the sessions of the account with
the most are cut off together; none is ever forgotten before its token has expired.
"""

import dataclasses
import hashlib

import msgspec

from plumbline.core import errors

__all__ = [
    "Change",
    "Clear",
    "Limits",
    "Record",
    "Reserve",
    "Revoke",
    "State",
    "apply",
    "decode",
    "encode",
    "prune",
]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Limits:
    """The bounds in force."""

    failures: int = 5
    window: float = 300.0
    """Seconds after which a failed login counts no more."""
    names: int = 10_000
    """Names without an account whose attempts are remembered."""
    revocations: int = 8_000
    """Revoked tokens kept one by one."""


class State(msgspec.Struct, frozen=True):
    """The document. Never changed in place: :func:`apply` and :func:`prune` return a new one."""

    revoked: dict[str, dict[str, int]] = {}
    """By subject and token: when the token expires; 0: never."""
    cutoffs: dict[str, tuple[int, int]] = {}
    """By subject: tokens issued until then do not hold; and when the last of them expires."""
    failures: dict[str, dict[str, float]] = {}
    """By account and attempt: when."""

    def is_revoked(self, subject: str, token: str, issued_at: int) -> bool:
        """Tell whether a token was revoked, by itself or with its subject's others."""
        if _digest(token) in self.revoked.get(subject, {}):
            return True
        return issued_at <= self.cutoffs.get(subject, (-1, 0))[0]

    def missing(self, other: "State") -> list["Revoke"]:
        """Return the revocations that are here and not in another document, to add them there."""
        found = []
        for subject, tokens in self.revoked.items():
            if subject in other.cutoffs:
                continue
            there = other.revoked.get(subject, {})
            found += [
                Revoke(subject, t, e, digested=True) for t, e in tokens.items() if t not in there
            ]
        return found


@dataclasses.dataclass(frozen=True)
class Revoke:
    """Revoke a token until it expires."""

    subject: str
    token: str
    expires_at: int
    digested: bool = False
    """Whether ``token`` is the digest already."""


@dataclasses.dataclass(frozen=True)
class Reserve:
    """Count an attempt, if there is room for one more."""

    account: str
    attempt: str
    at: float


@dataclasses.dataclass(frozen=True)
class Record:
    """Count an attempt that failed."""

    account: str
    attempt: str
    at: float


@dataclasses.dataclass(frozen=True)
class Clear:
    """Forget an account's failures: somebody knew the password."""

    account: str


Change = Revoke | Reserve | Record | Clear


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:32]


def encode(state: State) -> bytes:
    """Return the document's bytes; equal states have equal bytes."""
    return msgspec.json.encode(state, order="deterministic")


def decode(raw: bytes) -> State:
    """Read a document.

    Raises:
        errors.InvalidArgument: it is none.
    """
    try:
        return msgspec.json.decode(raw, type=State)
    except msgspec.MsgspecError:
        raise errors.InvalidArgument("the document of sessions cannot be read") from None


def prune(state: State, now: float, limits: Limits) -> State:
    """Drop what has no effect any more."""
    since = now - limits.window
    revoked = {
        subject: {token: at for token, at in tokens.items() if at == 0 or at > now}
        for subject, tokens in state.revoked.items()
    }
    failures = {
        account: {attempt: at for attempt, at in attempts.items() if at > since}
        for account, attempts in state.failures.items()
    }
    return State(
        {s: t for s, t in revoked.items() if t},
        {s: (until, at) for s, (until, at) in state.cutoffs.items() if at > now},
        {a: f for a, f in failures.items() if f},
    )


def apply(state: State, change: Change, now: float, limits: Limits) -> tuple[State, bool]:
    """Return the state after a change, and whether the change was accepted.

    Raises:
        errors.ResourceExhausted: too many tokens that never expire are revoked.
    """
    if isinstance(change, Revoke):
        return _revoke(state, change, now, limits), True
    failures = {**state.failures}
    if isinstance(change, Clear):
        failures.pop(change.account, None)
        return msgspec.structs.replace(state, failures=failures), True
    attempts = dict(failures.get(change.account, {}))
    recent = sum(1 for at in attempts.values() if at > now - limits.window)
    if isinstance(change, Reserve) and recent >= limits.failures:
        return state, False
    attempts[change.attempt] = change.at
    # More than this many say nothing more; the latest count longest.
    kept = sorted(attempts.items(), key=lambda item: item[1])[-2 * limits.failures :]
    failures[change.account] = dict(kept)
    return msgspec.structs.replace(state, failures=failures), True


def _revoke(state: State, change: Revoke, now: float, limits: Limits) -> State:
    token = change.token if change.digested else _digest(change.token)
    revoked = {**state.revoked}
    revoked[change.subject] = {**revoked.get(change.subject, {}), token: change.expires_at}
    if sum(map(len, revoked.values())) <= limits.revocations:
        return msgspec.structs.replace(state, revoked=revoked)

    def expiring(subject: str) -> int:
        return sum(1 for at in revoked[subject].values() if at)

    # Forgetting one would let a token back in; cutting off its owner's others is the safe side.
    subject = max(revoked, key=expiring)
    if not expiring(subject):
        raise errors.ResourceExhausted("too many tokens without an end are revoked; delete them")
    last = max(revoked[subject].values())
    revoked[subject] = {t: at for t, at in revoked[subject].items() if not at}
    cutoffs = {**state.cutoffs, subject: (int(now), last)}
    return msgspec.structs.replace(
        state, revoked={s: t for s, t in revoked.items() if t}, cutoffs=cutoffs
    )

"""Which tokens hold: the matrix of forged, foreign, stale and withdrawn ones."""

import base64
import datetime as dt
import gzip
import hashlib
import hmac
import json

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from plumbline.api_server.control import Control
from plumbline.api_server.passwords import Passwords
from plumbline.api_server.projects import Projects
from plumbline.api_server.session_store import SessionStore
from plumbline.api_server.sessions import MAX_TOKEN, Caller, Sessions
from plumbline.core import errors, session
from plumbline.core.secret import Secret
from plumbline.kube.informer import Lens, Meta

KEY = "canary-signing-key-" * 4
NOW = 1_000_000
PROJECT = {
    "metadata": {"name": "p", "namespace": "argocd"},
    "spec": {
        "roles": [
            {"name": "ci", "jwtTokens": [{"iat": 5, "id": "spec-jti"}, {"iat": 7}]},
            {"name": "old", "jwtTokens": [{"iat": 5, "exp": NOW, "id": "ended"}]},
        ]
    },
    "status": {
        "jwtTokensByRole": {
            "ci": {"items": [{"iat": 6, "id": "status-jti"}]},
            "gone": {"items": [{"iat": 6, "id": "gone-jti"}]},
        }
    },
}


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


class Rig:
    """Sessions over settings that the test holds."""

    def __init__(self, foreign=None):
        self.clock = Clock()
        self.control = Control()
        self.settings = {"accounts.alice": "login, apiKey", "accounts.robot": "apiKey"}
        self.secrets = {"server.secretkey": KEY, "admin.password": "hash"}
        limits = session.Limits()
        self.store = SessionStore(None, "argocd", limits=limits, clock=self.clock)
        self.projects = Projects()
        self.projects.upsert(Lens(Meta(name="p")), json.dumps(PROJECT).encode())
        passwords = Passwords(self.control, self.store, limits=limits)
        self.sessions = Sessions(
            self.control, self.projects, self.store, passwords, foreign=foreign, clock=self.clock
        )
        self.set()

    def set(self, settings=(), **secrets):
        self.settings.update(settings)
        self.secrets.update({k.replace("__", "."): v for k, v in secrets.items()})
        self.control.take_map("argocd-cm", dict(self.settings))
        self.control.take_secret("argocd-secret", {k: Secret(v) for k, v in self.secrets.items()})

    def refusal(self, token):
        with pytest.raises(errors.Unauthenticated) as caught:
            self.sessions.verify(token)
        assert "canary" not in caught.value.message
        return caught.value.message.removeprefix("invalid session: ")


@pytest.fixture
def rig():
    return Rig()


def claims(**changes):
    base = {
        "iss": "argocd", "sub": "admin:login", "iat": NOW, "nbf": NOW, "exp": NOW + 100, "jti": "j",
    }  # fmt: skip
    return {k: v for k, v in {**base, **changes}.items() if v is not None}


def signed(key=KEY, algorithm="HS256", headers=None, **changes):
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers=headers)


def raw(header, payload, key=KEY):
    """A token made by hand, signed by our key whatever its header says."""

    def part(value):
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    message = part(header) + b"." + part(payload)
    signature = hmac.new(key.encode(), message, hashlib.sha256).digest()
    return (message + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def rsa_pair():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


def test_a_token_of_ours_holds(rig):
    """Subject, kind, times."""
    who = rig.sessions.verify(signed())

    assert ("admin", "admin", "argocd", "login", "admin") == (
        who.subject, who.username, who.issuer, who.kind, who.account,
    )  # fmt: skip
    assert (NOW, NOW + 100, "j") == (who.issued_at, who.expires_at, who.token_id)
    assert "j" != who.token_id or "token_id" not in repr(who)


UNVERIFIED = "failed to verify the token"


@pytest.mark.parametrize(
    ("make", "want"),
    [
        (lambda: signed(key="another-signing-key-" * 4), UNVERIFIED),
        (lambda: signed(key=KEY, algorithm="HS512"), UNVERIFIED),
        (lambda: signed(key=KEY, algorithm="HS384"), UNVERIFIED),
        (lambda: jwt.encode(claims(), None, algorithm="none"), UNVERIFIED),
        (lambda: raw({"alg": "none"}, claims()), UNVERIFIED),
        (lambda: raw({"alg": "None", "typ": "JWT"}, claims()), UNVERIFIED),
        (lambda: raw({"alg": ["HS256"]}, claims()), UNVERIFIED),
        (lambda: raw({"typ": "JWT"}, claims()), UNVERIFIED),
        (lambda: jwt.encode(claims(), rsa_pair()[0], algorithm="RS256"), UNVERIFIED),
        (lambda: raw({"alg": "HS256"}, claims(), key=rsa_pair()[1]), UNVERIFIED),
        (lambda: raw({"alg": "HS256"}, claims(), key=""), UNVERIFIED),
        (lambda: raw({"alg": "HS256", "zip": "GZIP"}, gzip.compress(b"0" * 10**6)), UNVERIFIED),
        (lambda: signed(headers={"zip": "DEF"}), UNVERIFIED),
        (lambda: signed(headers={"crit": ["b64"], "b64": False}), UNVERIFIED),
        (lambda: signed(headers={"jwk": {"kty": "oct"}}), UNVERIFIED),
        (lambda: raw(b"[" * 50_000, claims()), UNVERIFIED),
        (lambda: raw({"alg": "HS256"}, b"[" * 50_000), UNVERIFIED),
        (lambda: raw({"alg": "HS256"}, b"\xff"), UNVERIFIED),
        (lambda: raw({"alg": "HS256"}, []), UNVERIFIED),
        (lambda: signed(pad="x" * MAX_TOKEN), UNVERIFIED),
        (lambda: signed(iss="canary-other"), UNVERIFIED),
        (lambda: signed(iss=None), UNVERIFIED),
        (lambda: raw({"alg": "HS256"}, claims(iss=["argocd"])), UNVERIFIED),
        (lambda: signed(sub=None), UNVERIFIED),
        (lambda: raw({"alg": "HS256"}, claims(sub=7)), UNVERIFIED),
        (lambda: signed(iat=None), UNVERIFIED),
        (lambda: raw({"alg": "HS256"}, claims(iat="x")), UNVERIFIED),
        (lambda: raw({"alg": "HS256"}, claims(exp="x")), UNVERIFIED),
        (lambda: raw({"alg": "HS256"}, claims(exp=True)), UNVERIFIED),
        (lambda: raw({"alg": "HS256"}, claims(exp=float("inf"))), UNVERIFIED),
        (lambda: raw({"alg": "HS256"}, claims(exp=-1)), UNVERIFIED),
        (lambda: signed(exp=NOW), "token is expired"),
        (lambda: signed(exp=0), "token is expired"),
        (lambda: signed(nbf=NOW + 60), "token is not valid yet"),
        (lambda: signed(iat=NOW + 60), "token is not valid yet"),
        (
            lambda: signed(jti=None),
            "token does not have a unique identifier (jti claim) and cannot be validated",
        ),
        (
            lambda: signed(jti=""),
            "token does not have a unique identifier (jti claim) and cannot be validated",
        ),
        (lambda: "", UNVERIFIED),
        (lambda: "a.b.c", UNVERIFIED),
        (lambda: "a.b", UNVERIFIED),
        (lambda: signed() + "x", UNVERIFIED),
        (lambda: signed().rpartition(".")[0] + ".", UNVERIFIED),
        (lambda: "ünï.cö.dé", UNVERIFIED),
    ],
)
def test_what_does_not_hold_by_itself_is_refused(rig, make, want):
    """Algorithm, key, form, size, issuer, times, identifier."""
    assert want == rig.refusal(make())


@given(st.data())
def test_no_changed_byte_is_overlooked(data):
    """Any other character in header, payload or signature is refused."""
    token = signed()
    index = data.draw(st.integers(0, len(token) - 2))  # the last one carries unused bits
    char = data.draw(st.characters(codec="ascii").filter(lambda c: c != token[index]))
    changed = token[:index] + char + token[index + 1 :]

    rig = Rig()
    with pytest.raises(errors.Unauthenticated):
        rig.sessions.verify(changed)


def test_a_token_holds_only_as_long_as_its_account(rig):
    """Existence, enablement, capability, password change."""
    token = signed(sub="alice:login", iat=NOW - 10)
    assert "alice" == rig.sessions.verify(token).subject

    rig.set(accounts__alice__passwordMtime="1970-01-12T13:46:30Z")  # NOW - 10
    assert "account password has changed since token issued" == rig.refusal(token)
    rig.set(accounts__alice__passwordMtime="1970-01-12T13:46:29Z")
    assert "alice" == rig.sessions.verify(token).subject
    rig.set({"accounts.alice.enabled": "false"})
    assert "Account alice is disabled" == rig.refusal(token)
    rig.set({"accounts.alice.enabled": "true", "accounts.alice": "apiKey"})
    assert "Account alice does not have login capability" == rig.refusal(token)
    del rig.settings["accounts.alice"]
    rig.set()
    assert "account 'alice' does not exist" == rig.refusal(token)


@pytest.mark.parametrize("subject", ["robot", "robot:apiKey"])
def test_an_api_token_holds_as_long_as_it_is_listed(rig, subject):
    """With and without the suffix; a listed end counts also where the token has none."""
    token = signed(sub=subject, jti="ours", exp=None)
    text = "account robot does not have this token any more"
    assert text == rig.refusal(token)

    rig.set(accounts__robot__tokens='[{"id": "ours", "iat": 1}]')
    assert "robot" == rig.sessions.verify(token).account
    rig.set(accounts__robot__tokens=f'[{{"id": "ours", "iat": 1, "exp": {NOW}}}]')
    assert text == rig.refusal(token)
    rig.set({"accounts.robot": "login"}, accounts__robot__tokens='[{"id": "ours", "iat": 1}]')
    assert "Account robot does not have apiKey capability" == rig.refusal(token)


def test_admin_has_no_api_tokens_unless_it_may(rig):
    """capability login only."""
    token = signed(sub="admin", jti="ours", exp=None)
    rig.set(admin__tokens='[{"id": "ours", "iat": 1}]')
    assert "Account admin does not have apiKey capability" == rig.refusal(token)
    rig.set({"accounts.admin": "apiKey"})
    assert "admin" == rig.sessions.verify(token).subject


@pytest.mark.parametrize(
    ("subject", "jti", "iat", "holds"),
    [
        ("proj:p:ci", "spec-jti", 5, True),
        ("proj:p:ci", "status-jti", 6, True),
        ("proj:p:ci", "anything", 7, True),  # listed by its time, as of old
        ("proj:p:ci", "anything", 5, False),
        ("proj:p:ci", "gone-jti", 6, False),
        ("proj:p:gone", "gone-jti", 6, False),  # the role is not there any more
        ("proj:p:old", "ended", 5, False),
        ("proj:q:ci", "spec-jti", 5, False),
    ],
)
def test_a_project_token_holds_as_long_as_its_role_lists_it(rig, subject, jti, iat, holds):
    """spec.roles[].jwtTokens and status.jwtTokensByRole."""
    token = signed(sub=subject, jti=jti, iat=iat, nbf=iat, exp=None)
    if holds:
        who = rig.sessions.verify(token)
        assert (subject, "project", "") == (who.subject, who.kind, who.account)
        assert ("p", "ci") == who.project
    else:
        assert "token is revoked, please re-login" == rig.refusal(token)


@pytest.mark.parametrize("subject", ["proj:", "proj:p", "proj::ci", "proj:p:", "proj:p:ci:login"])
def test_a_broken_project_subject_is_refused(rig, subject):
    """Also where it ends like an account's."""
    assert rig.refusal(signed(sub=subject, jti="spec-jti", iat=5, nbf=5))


def test_a_revoked_token_does_not_hold(rig):
    """And neither does a call that lasts."""
    token = signed()
    who = rig.sessions.verify(token)
    assert rig.sessions.holds(who)

    state, _ = session.apply(
        session.State(), session.Revoke(who.owner, who.token_id, 0), NOW, session.Limits()
    )
    rig.store.take("1", {"state": Secret(session.encode(state).decode())})

    assert "token is revoked, please re-login" == rig.refusal(token)
    assert not rig.sessions.holds(who)
    assert rig.sessions.verify(signed(jti="another"))


def test_a_caller_that_lasts_is_looked_at_again(rig):
    """Expiry, disabled account, anonymous no longer allowed."""
    who = rig.sessions.verify(signed())
    rig.clock.now = NOW + 100
    assert not rig.sessions.holds(who)
    rig.clock.now = NOW
    rig.set({"admin.enabled": "false"})
    assert not rig.sessions.holds(who)
    assert not rig.sessions.holds(Caller(kind="anonymous"))
    rig.set({"users.anonymous.enabled": "true"})
    assert rig.sessions.holds(Caller(kind="anonymous"))


def test_without_a_signing_key_nothing_verifies():
    """Not even a token signed by an empty key."""
    rig = Rig()
    rig.set(server__secretkey="")
    with pytest.raises(errors.Unavailable):
        rig.sessions.verify(raw({"alg": "HS256"}, claims(), key=""))


class Provider:
    """Single sign-on that knows one token."""

    async def verify(self, token):
        if jwt.decode(token, options={"verify_signature": False})["sub"] != "known":
            raise errors.Unauthenticated(UNVERIFIED)
        return Caller(
            subject="known", username="k@x", issuer="https://i", kind="sso", issued_at=NOW,
            groups=("team",), token_id="sso-jti",
        )  # fmt: skip


async def test_tokens_of_other_issuers_go_to_single_sign_on():
    """Ours never do, and theirs can be revoked too."""
    rig = Rig(Provider())
    theirs = signed(key="x" * 32, iss="https://i", sub="known")
    who = await rig.sessions.identify(theirs)
    assert ("known", "sso", "") == (who.subject, who.kind, who.account)
    with pytest.raises(errors.Unauthenticated, match=r"^invalid session: failed to verify"):
        await rig.sessions.identify(signed(key="x" * 32, iss="https://i", sub="other"))
    with pytest.raises(errors.Unauthenticated, match=r"^invalid session: failed to verify"):
        await rig.sessions.identify(signed(key="x" * 32, sub="known"))

    state, _ = session.apply(
        session.State(), session.Revoke(who.owner, "sso-jti", 0), NOW, session.Limits()
    )
    rig.store.take("1", {"state": Secret(session.encode(state).decode())})
    with pytest.raises(errors.Unauthenticated, match="revoked"):
        await rig.sessions.identify(theirs)
    assert not rig.sessions.holds(who)


async def test_without_single_sign_on_other_issuers_are_refused(rig):
    """The same text as for a forged token."""
    with pytest.raises(errors.Unauthenticated, match=r"^invalid session: failed to verify"):
        await rig.sessions.identify(signed(iss="https://i"))


@pytest.mark.parametrize(
    ("age", "lifetime", "want"),
    [(0, 86_400, False), (86_101, 86_400, True), (86_099, 86_400, False), (0, 200, False),
     (150, 200, True), (86_400, 86_400, False)],
)  # fmt: skip
def test_logins_are_renewed_shortly_before_their_end(rig, age, lifetime, want):
    """Less than five minutes, and not from the beginning where sessions are short."""
    issued = NOW - age
    who = Caller(
        subject="admin", kind="login", issued_at=issued, expires_at=issued + lifetime, token_id="j"
    )
    renewed = rig.sessions.renewed(who)
    assert want is bool(renewed)
    if want:
        again = rig.sessions.verify(renewed)
        assert (NOW, "login") == (again.issued_at, again.kind)
        assert "j" != again.token_id


@pytest.mark.parametrize("age", [0, 1, 100])
def test_a_token_issued_right_after_a_password_change_holds(rig, age):
    """Also within the second of the change, whose earlier tokens do not hold."""
    changed = dt.datetime.fromtimestamp(NOW - age, tz=dt.UTC).isoformat()
    rig.set(accounts__alice__passwordMtime=changed)

    assert "alice" == rig.sessions.verify(rig.sessions._login_token("alice")).subject
    token, listed = rig.sessions.issue_listed("alice:apiKey", token_id="t", after=NOW - age)
    rig.set(accounts__alice__tokens=session.dump_tokens([listed]))
    assert "alice" == rig.sessions.verify(token).subject


def test_api_tokens_are_not_renewed(rig):
    """Only logins are."""
    for kind in ("apiKey", "project", "sso"):
        who = Caller(subject="x", kind=kind, issued_at=NOW - 900, expires_at=NOW + 10)
        assert "" == rig.sessions.renewed(who)

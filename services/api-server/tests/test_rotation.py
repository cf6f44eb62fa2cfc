"""Rotations with the time moved: nobody is locked out at any step, whatever is killed when."""

import asyncio
import base64
import copy
import datetime as dt
import itertools
import re

import pytest
from cryptography import exceptions, x509
from hypothesis import given, settings
from hypothesis import strategies as st

from plumbline import cache
from plumbline.api_server import keys, rotation
from plumbline.core import errors
from plumbline.core.secret import Secret
from plumbline.rpc import credentials

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
TIMES = rotation.Times(10 * MINUTE, 60 * MINUTE)
LAG = 9 * MINUTE  # by which a pod's files may be behind their Secret
LIFE = dt.timedelta(days=730)
IDENTITIES = [keys.identity_name(role) for role in sorted(credentials.ROLES)]


class Killed(Exception):
    """The program's process is gone."""


class Secrets:
    """The Secrets of a namespace, with every state they ever had; a write may be the last."""

    def __init__(self):
        self.now = NOW
        self.objects = {}
        self.history = {}
        self.writes_left = None
        self._version = itertools.count(1)

    async def get(self, kind, namespace, name):
        if name not in self.objects:
            raise errors.NotFound(name)
        return copy.deepcopy(self.objects[name])

    async def create(self, kind, manifest):
        name = manifest["metadata"]["name"]
        if name in self.objects:
            raise errors.AlreadyExists(name)
        self._write(name, manifest["stringData"], {})

    async def merge(self, kind, namespace, name, patch):
        stored = self.objects[name]
        if patch["metadata"]["resourceVersion"] != stored["metadata"]["resourceVersion"]:
            raise errors.Conflict(name)
        kept = {k: v for k, v in stored["data"].items() if patch["data"].get(k, "") is not None}
        self._write(name, patch["stringData"], kept)

    def _write(self, name, texts, kept):
        if self.writes_left is not None:
            if not self.writes_left:
                raise Killed
            self.writes_left -= 1
        data = kept | {k: base64.b64encode(v.encode()).decode() for k, v in texts.items()}
        metadata = {"name": name, "resourceVersion": str(next(self._version))}
        self.objects[name] = {"metadata": metadata, "data": data}
        self.history.setdefault(name, []).append((self.now, self.data(name)))

    def data(self, name):
        return {
            k: base64.b64decode(v).decode()
            for k, v in self.objects.get(name, {"data": {}})["data"].items()
        }

    def seen(self, name):
        """Every state that a pod may have in its files now."""
        states = self.history.get(name, [])
        old = [s for s in states if s[0] <= self.now - LAG]
        return [data for _, data in [*old[-1:], *(s for s in states if s[0] > self.now - LAG)]]


class Redis:
    """Takes what its pod's file says, when it is told to read it."""

    def __init__(self, secrets):
        self._secrets = secrets
        self.acl = ""
        self.away = False

    def read(self):
        self.acl = self._secrets.seen(keys.REDIS)[0]["users.acl"]

    def takes(self, password):
        import hashlib  # noqa: PLC0415 -- only here

        return hashlib.sha256(password.encode()).hexdigest() in self.acl

    async def reload(self, password):
        if self.away or not self.takes(password.reveal()):
            raise errors.Unavailable("away")
        self.read()

    async def accepts(self, password):
        return self.takes(password.reveal())


class Installation:
    """The program, its Secrets, and what the pods would do with them."""

    def __init__(self):
        self.secrets = Secrets()
        self.redis = Redis(self.secrets)
        self.keys = keys.Keys(self.secrets, "argocd", life=LIFE, times=TIMES, users=self.redis)
        self.run()
        self.redis.read()
        self.secrets.now += 60 * MINUTE

    def run(self, *begin, writes=None):
        self.secrets.writes_left = writes
        try:
            return asyncio.run(self.keys.ensure(self.secrets.now, redis=True, begin=begin))
        except Killed:
            return None
        finally:
            self.secrets.writes_left = None

    def pass_time(self, time):
        self.secrets.now += time

    def check(self):
        """Every pod's files, however far behind, work with every other's."""
        for one, other in itertools.product(IDENTITIES, repeat=2):
            for mine, theirs in itertools.product(self.secrets.seen(one), self.secrets.seen(other)):
                assert trusted(mine["tls.crt"], theirs["ca.crt"])
        renders = [cache.entries.keys_of(Secret(s["signing.pem"])) for s in self.seen(keys.SIGNING)]
        for mine, theirs in itertools.product(renders, repeat=2):
            entry = cache.Signer(mine[0], kind="k").seal("key", b"x")
            assert b"x" == cache.Verifier(theirs, kind="k").open("key", entry)
        for state in self.seen(keys.REDIS):
            assert self.redis.takes(state["auth"])
            # Nor may a Redis that starts now refuse it.
            for now in self.seen(keys.REDIS):
                assert rotation._digest(state["auth"]) in now["users.acl"]

    def seen(self, name):
        return self.secrets.seen(name)

    def idle(self):
        return not asyncio.run(self.keys.pending())


def trusted(certificate, authorities):
    found = x509.load_pem_x509_certificate(certificate.encode())
    for authority in x509.load_pem_x509_certificates(authorities.encode()):
        try:
            found.verify_directly_issued_by(authority)
        except (ValueError, exceptions.InvalidSignature):
            continue
        return True
    return False


def test_a_rotation_replaces_everything_and_ends():
    """Afterwards nothing of the old is left, and a further run changes nothing."""
    place = Installation()
    before = {name: place.secrets.data(name) for name in place.secrets.objects}
    assert place.run("authority", "signing", "redis")
    for _ in range(6):
        place.check()
        place.pass_time(61 * MINUTE)
        place.redis.read()
        place.check()
        place.run()
    assert place.idle()
    place.pass_time(61 * MINUTE)
    assert [] == place.run()
    after = {name: place.secrets.data(name) for name in place.secrets.objects}
    for name in (keys.AUTHORITY, keys.SIGNING, keys.REDIS, *IDENTITIES):
        assert set(before[name]) == set(after[name])
        assert not set(before[name].values()) & set(after[name].values()), name
    for name in IDENTITIES:
        assert after[keys.AUTHORITY]["tls.crt"] == after[name]["ca.crt"]
    assert 1 == len(re.findall("BEGIN", after[keys.SIGNING]["signing.pem"]))
    assert 1 == after[keys.REDIS]["users.acl"].count("#")


def test_a_rotation_in_progress_is_not_begun_again():
    """A second command in a row changes nothing."""
    place = Installation()
    place.run("authority", "signing", "redis")
    assert [] == place.run("authority", "signing", "redis")


def test_the_new_password_is_used_only_when_redis_takes_it():
    """However long that takes, and also if Redis is away."""
    place = Installation()
    old = place.secrets.data(keys.REDIS)["auth"]
    place.run("redis")
    place.redis.away = True
    for _ in range(5):
        place.pass_time(600 * MINUTE)
        place.run()
        assert old == place.secrets.data(keys.REDIS)["auth"]
    place.redis.away = False
    place.run()
    assert old != place.secrets.data(keys.REDIS)["auth"]


def test_the_password_of_another_redis_is_not_rotated():
    """The message names what is missing."""
    place = Installation()
    with pytest.raises(errors.InvalidArgument, match="REDIS_SERVER"):
        asyncio.run(place.keys.ensure(NOW, redis=False, begin=["redis"]))


STEPS = st.lists(
    st.tuples(
        st.sets(st.sampled_from(keys.KINDS)),  # what is begun
        st.sampled_from([0, 1, 5, 11, 61]),  # minutes until then
        st.one_of(st.none(), st.integers(0, 6)),  # after how many writes it is killed
        st.booleans(),  # whether Redis restarts, and reads its file
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_nobody_is_locked_out_whatever_happens(steps):
    """Runs at any time, killed after any write; then rotations end all the same."""
    place = Installation()
    for begin, minutes, writes, restart in steps:
        place.pass_time(minutes * MINUTE)
        if restart:
            place.redis.read()
        place.check()
        place.run(*begin, writes=writes)
        place.check()
    for _ in range(8):
        place.pass_time(61 * MINUTE)
        place.run()
        place.check()
    assert place.idle()

"""The limit of logins and the shared state, over a Kubernetes that the test holds in memory."""

import asyncio
import base64
import json

import bcrypt
import pytest

from plumbline.api_server.control import Control
from plumbline.api_server.passwords import Passwords
from plumbline.api_server.session_store import NAME, SessionStore
from plumbline.core import errors, session
from plumbline.core.secret import Secret

HASH = bcrypt.hashpw(b"canary-right", bcrypt.gensalt(4)).decode()
REJECTED = "Invalid username or password"


class Memory:
    """Secrets with resource versions; ``watchers`` are told of changes, as informers would be."""

    def __init__(self):
        self.objects = {}
        self.version = 0
        self.watchers = []
        self.writes = 0
        self.broken = False
        self.before_write = lambda: None

    async def get(self, kind, namespace, name):
        await asyncio.sleep(0)
        if self.broken:
            raise errors.Unavailable("no Kubernetes")
        if name not in self.objects:
            raise errors.NotFound(name)
        return json.loads(json.dumps(self.objects[name]))

    async def create(self, kind, manifest):
        await asyncio.sleep(0)
        if manifest["metadata"]["name"] in self.objects:
            raise errors.AlreadyExists("it exists")
        return self._store(manifest)

    async def merge(self, kind, namespace, name, patch):
        await asyncio.sleep(0)
        self.before_write()
        stored = self.objects[name]
        if patch["metadata"]["resourceVersion"] != stored["metadata"]["resourceVersion"]:
            raise errors.Conflict("changed")
        return self._store({**stored, "data": {**stored["data"], **patch["data"]}})

    def _store(self, manifest):
        self.version += 1
        self.writes += 1
        name = manifest["metadata"]["name"]
        metadata = {**manifest["metadata"], "resourceVersion": str(self.version)}
        self.objects[name] = {**manifest, "metadata": metadata}
        self.tell()
        return self.objects[name]

    def tell(self):
        for watcher in self.watchers:
            watcher(str(self.version), self.data())

    def data(self):
        if NAME not in self.objects:
            return None
        return {
            k: Secret(base64.b64decode(v).decode()) for k, v in self.objects[NAME]["data"].items()
        }


class Clock:
    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now


class Replica:
    """Passwords and the store of one api-server."""

    def __init__(self, memory, clock, *, watches=True, concurrency=0, wait=5.0, **limits):
        self.slept = []
        found = session.Limits(**limits)
        self.store = SessionStore(memory, "argocd", limits=found, clock=clock, wait=wait)
        self.control = Control()
        self.control.take_map("argocd-cm", {"accounts.bob": "login", "accounts.nopass": "login"})
        secrets = {"admin.password": Secret(HASH), "accounts.bob.password": Secret(HASH)}
        self.control.take_secret("argocd-secret", secrets)
        self.passwords = Passwords(
            self.control, self.store, limits=found, concurrency=concurrency, clock=clock,
            sleep=self._sleep,
        )  # fmt: skip
        if watches:
            memory.watchers.append(self.store.take)
            self.store.take("", memory.data())
        self.task = asyncio.create_task(self.store.run())

    async def _sleep(self, seconds):
        self.slept.append(seconds)

    async def outcome(self, name="admin", password="wrong"):
        try:
            return (await self.passwords.check(name, password)).name
        except errors.PlumblineError as error:
            return error.message

    async def stop(self):
        self.passwords.close()
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


@pytest.fixture
async def world():
    """Memory, clock, and a maker of replicas that are stopped at the end."""

    class World:
        memory, clock, made = Memory(), Clock(), []

        def replica(self, **options):
            self.made.append(Replica(self.memory, self.clock, **options))
            return self.made[-1]

    found = World()
    found.made = []
    yield found
    for replica in found.made:
        await replica.stop()


async def test_the_right_password_is_let_in_without_any_write(world):
    """An idle system writes nothing, and neither does a login."""
    replica = world.replica()

    assert "admin" == await replica.outcome(password="canary-right")
    assert 0 == world.memory.writes
    assert [] == replica.slept


async def test_five_failures_refuse_the_right_password_for_five_minutes(world):
    """Then the name is free again."""
    replica = world.replica()
    assert [REJECTED] * 5 == [await replica.outcome() for _ in range(5)]
    assert REJECTED == await replica.outcome(password="canary-right")
    assert 5 == replica.passwords.compared
    assert "bob" == await replica.outcome("bob", "canary-right")

    world.clock.now += 301
    assert "admin" == await replica.outcome(password="canary-right")


async def test_a_success_forgets_the_failures(world):
    """Four wrong, one right, four wrong: still not refused."""
    replica = world.replica()
    for _ in range(3):
        for _ in range(4):
            await replica.outcome()
        assert "admin" == await replica.outcome(password="canary-right")
        await replica.store.apply(session.Clear("nobody"))  # what was submitted is written first


async def test_of_500_parallel_attempts_five_are_compared(world):
    """And written together."""
    replica = world.replica()

    found = await asyncio.gather(*(replica.outcome() for _ in range(500)))

    assert {REJECTED} == set(found)
    assert 5 == replica.passwords.compared
    assert 5 >= world.memory.writes
    assert 500 == len(replica.slept)


async def test_the_right_password_among_500_parallel_ones_gets_no_better_chance(world):
    """Reserved places are not told apart by their outcome."""
    replica = world.replica()
    guesses = [replica.outcome(password=f"guess-{n}") for n in range(499)]
    found = await asyncio.gather(*guesses, replica.outcome(password="canary-right"))

    assert {REJECTED} == set(found)


async def test_a_replica_killed_in_the_middle_forgets_nothing_it_answered(world):
    """What was answered is stored: the next replica counts on."""
    first = world.replica()
    for _ in range(3):
        await first.outcome()
    await first.stop()
    second = world.replica()

    assert [REJECTED] * 4 == [await second.outcome() for _ in range(4)]

    assert 2 == second.passwords.compared


async def test_replicas_that_do_not_see_each_other_share_the_limit(world):
    """Also where the informer is late: every attempt but each replica's first, which is recorded
    when it has failed, asks the stored state.
    """
    replicas = [world.replica(watches=False) for _ in range(3)]

    await asyncio.gather(*(r.outcome() for r in replicas for _ in range(20)))

    assert 5 + len(replicas) >= sum(r.passwords.compared for r in replicas)


async def test_failures_are_written_on_top_of_others(world):
    """A conflict loses neither replica's change."""
    first, second = world.replica(watches=False), world.replica(watches=False)
    await asyncio.gather(
        first.store.apply(session.Revoke("a", "1", 9_999)),
        second.store.apply(session.Revoke("b", "2", 9_999)),
        first.store.apply(session.Record("admin", "x", 1_000.0)),
    )
    text = json.loads(world.memory.data()["state"].reveal())

    assert {"a", "b"} == set(text["revoked"])
    assert {"admin"} == set(text["failures"])


async def test_without_kubernetes_guessing_does_not_go_on(world):
    """A failure that cannot be stored stays counted, and the right password is no exception."""
    replica = world.replica(wait=0.05)
    world.memory.broken = True

    found = [await replica.outcome() for _ in range(7)]
    right = await replica.outcome(password="canary-right")

    assert "sessions cannot be written now; try again" == found[0]
    assert REJECTED == found[-1] == right
    assert 5 >= replica.passwords.compared


async def test_unknown_and_known_names_answer_alike(world):
    """Same text, delays from the same range; only what has a password is compared."""
    replica = world.replica()
    for name, comparisons in (("admin", 5), ("ghost", 0), ("nopass", 5)):
        before = replica.passwords.compared
        assert [REJECTED] * 7 == [await replica.outcome(name) for _ in range(7)]
        assert comparisons == replica.passwords.compared - before
    assert 3 * 7 == len(replica.slept)
    assert all(0 <= seconds <= 1.0 for seconds in replica.slept)
    assert ["admin", "nopass"] == sorted(replica.store.state.failures)


async def test_names_and_passwords_have_bounds(world):
    """The contract's texts; neither is compared."""
    replica = world.replica()

    assert "Blank passwords are not allowed" == await replica.outcome(password="")
    assert "Username is too long (32 bytes max)" == await replica.outcome("ü" * 17)
    assert 0 == replica.passwords.compared
    assert REJECTED == await replica.outcome("ü" * 16)
    assert REJECTED == await replica.outcome(password="x" * 1_000_000)
    assert REJECTED == await replica.outcome(password="canary-right\0")


async def test_too_many_at_once_are_refused_and_do_not_count(world):
    """The pool's queue is bounded; a refusal for that reason locks nobody out."""
    replica = world.replica(concurrency=1)

    names = ("admin", "nopass")
    found = await asyncio.gather(*(replica.outcome(names[n % 2]) for n in range(8)))

    assert {REJECTED, "too many logins at once; try again"} == set(found)
    assert 8 > replica.passwords.compared


async def test_a_flood_of_unknown_names_costs_no_comparison(world):
    """Whoever logs in meanwhile does not wait behind it."""
    replica = world.replica(concurrency=1)

    found = await asyncio.gather(*(replica.outcome(f"user-{n}") for n in range(500)))

    assert {REJECTED} == set(found)
    assert 0 == replica.passwords.compared
    assert "admin" == await replica.outcome(password="canary-right")


async def test_a_broken_document_is_replaced(world):
    """Somebody edited it by hand: logins go on, and limits too."""
    world.memory._store(
        {"metadata": {"name": NAME}, "data": {"state": base64.b64encode(b"{{").decode()}}
    )
    replica = world.replica()

    assert [REJECTED] * 6 == [await replica.outcome() for _ in range(6)]

    assert 5 == replica.passwords.compared
    assert 5 == len(json.loads(world.memory.data()["state"].reveal())["failures"]["admin"])


async def test_an_older_event_does_not_undo_a_newer_write(world):
    """Events arrive late; what was written here is newer."""
    replica = world.replica(watches=False)
    await replica.store.apply(session.Record("admin", "1", 1_000.0))
    written = replica.store.state
    await replica.store.apply(session.Record("admin", "2", 1_000.0))

    replica.store.take("1", {"state": Secret(session.encode(written).decode())})

    assert {"1", "2"} == set(replica.store.state.failures["admin"])


async def test_hashes_are_made_with_the_contracts_cost(world):
    """bcrypt, cost 10."""
    replica = world.replica()
    hashed = await replica.passwords.hash("canary-new")
    assert hashed.startswith("$2b$10$")
    assert bcrypt.checkpw(b"canary-new", hashed.encode())

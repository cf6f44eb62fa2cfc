"""Claims over a real Redis: one maker at a time, whoever dies or is gone."""

import asyncio
import contextlib
import urllib.parse

import pytest
from redis import asyncio as redis

from plumbline import cache
from plumbline.core.secret import Secret

KEY = "c" * 64
NAME = f"plumbline|claim|render|{KEY}"


@pytest.fixture
async def raw(redis_url):
    client = redis.Redis.from_url(redis_url)
    await client.delete(NAME)
    yield client
    await client.aclose()


@pytest.fixture
async def backend(redis_url):
    parts = urllib.parse.urlsplit(redis_url)
    made = cache.RedisBackend(
        cache.Settings(
            address=f"{parts.hostname}:{parts.port}",
            password=Secret(urllib.parse.unquote(parts.password or "")),
            timeout=5,
        )
    )
    yield made
    await made.close()


class Entries:
    """What was made, by whom."""

    def __init__(self):
        self.made = []

    async def there(self):
        return bool(self.made)


async def make(claims, entries, name, *, work=None, patience=20):
    async with claims.turn(KEY, there=entries.there, patience=patience) as ours:
        if ours:
            if work:
                await work()
            entries.made.append(name)
        return ours


async def test_of_many_replicas_one_makes(backend, raw):
    entries = Entries()
    replicas = [cache.Claims(backend, kind="render") for _ in range(8)]
    turns = await asyncio.gather(
        *(make(c, entries, n, work=lambda: asyncio.sleep(0.1)) for n, c in enumerate(replicas))
    )
    assert 1 == len(entries.made)
    assert 1 == turns.count(True)
    assert await raw.get(NAME) is None


async def test_who_fails_gives_the_turn_to_the_next(backend, raw):
    entries = Entries()
    one, two = (cache.Claims(backend, kind="render") for _ in range(2))
    started = asyncio.Event()

    async def fail():
        started.set()
        await asyncio.sleep(0.05)
        raise OSError("a render that fails")

    async def failing():
        with contextlib.suppress(OSError):
            await make(one, entries, "one", work=fail)

    first = asyncio.create_task(failing())
    await started.wait()
    assert await make(two, entries, "two")
    await first
    assert ["two"] == entries.made


async def test_the_claim_of_the_dead_runs_out(backend, raw):
    await raw.set(NAME, b"of a process that is no more", px=300)
    entries = Entries()
    assert await make(cache.Claims(backend, kind="render"), entries, "next")


async def test_the_living_keep_theirs_beyond_its_first_end(backend, raw):
    entries = Entries()
    slow = cache.Claims(backend, kind="render", seconds=0.3)
    other = cache.Claims(backend, kind="render", seconds=0.3)
    go, holding = asyncio.Event(), asyncio.Event()

    async def work():
        holding.set()
        await go.wait()

    first = asyncio.create_task(make(slow, entries, "slow", work=work))
    await holding.wait()
    second = asyncio.create_task(make(other, entries, "other"))
    done, _ = await asyncio.wait({second}, timeout=1.0)
    assert not done
    go.set()
    assert [True, False] == await asyncio.gather(first, second)


async def test_who_was_thought_dead_does_not_end_the_next_ones_claim(backend, raw):
    entries = Entries()

    async def taken_over():
        await raw.set(NAME, b"somebody else's", px=60_000)

    assert await make(cache.Claims(backend, kind="render"), entries, "one", work=taken_over)
    assert b"somebody else's" == await raw.get(NAME)


async def test_patience_ends(backend, raw):
    """A maker that hangs for ever holds nobody for ever."""
    await raw.set(NAME, b"hangs", px=60_000)
    entries = Entries()
    assert await make(cache.Claims(backend, kind="render"), entries, "one", patience=0.2)


@pytest.mark.parametrize("gone", [None, "refused"])
async def test_without_redis_every_turn_is_ours(gone):
    backend = cache.RedisBackend(cache.Settings(address="127.0.0.1:1")) if gone else None
    entries = Entries()
    claims = cache.Claims(backend, kind="render")
    assert [True, True] == [await make(claims, entries, 1), await make(claims, entries, 2)]

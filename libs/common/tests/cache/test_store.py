"""The store over a real Redis: hits, forgeries as misses with a security event, Redis gone."""

import urllib.parse

import pytest
import structlog
from redis import asyncio as redis

from plumbline import cache
from plumbline.core.secret import Secret

KEY = "a" * 64


@pytest.fixture
def settings(redis_url):
    parts = urllib.parse.urlsplit(redis_url)
    return cache.Settings(
        address=f"{parts.hostname}:{parts.port}",
        password=Secret(urllib.parse.unquote(parts.password or "")),
        timeout=5,
    )


@pytest.fixture
async def backend(settings):
    made = cache.RedisBackend(settings)
    yield made
    await made.close()


@pytest.fixture
async def raw(redis_url):
    client = redis.Redis.from_url(redis_url)
    yield client
    await client.aclose()


def store(signer, backend, kind="render"):
    """A store with an empty memory, as another replica would have."""
    return cache.Store(kind, signer=signer, verifier=signer.verifier(), backend=backend)


async def test_another_replica_reads_what_one_put(backend):
    """Same key file, same epoch: the entry verifies."""
    signer = cache.Signer.generate(kind="render")
    await store(signer, backend).put(KEY, b"payload")

    assert b"payload" == await store(signer, backend).get(KEY)


@pytest.mark.parametrize("attack", ["forged", "swapped", "truncated", "replayed", "garbage"])
async def test_a_forgery_is_a_miss_and_a_security_event(backend, raw, attack):
    """Security: CVE-2024-31989, whoever can write to Redis gains nothing."""
    signer = cache.Signer.generate(kind="render", epoch="now")
    await store(signer, backend).put(KEY, b"payload")
    await store(signer, backend).put("b" * 64, b"other")
    name = f"plumbline|render|{KEY}"
    entries = {
        "forged": cache.Signer.generate(kind="render", epoch="now").seal(KEY, b"evil"),
        "swapped": await raw.get(f"plumbline|render|{'b' * 64}"),
        "truncated": (await raw.get(name))[:-1],
        "replayed": cache.Signer(signer._key, kind="render", epoch="past").seal(KEY, b"old"),
        "garbage": b"garbage",
    }
    await raw.set(name, entries[attack])

    with structlog.testing.capture_logs() as logs:
        found = await store(signer, backend).get(KEY)

    assert found is None
    assert ["security event: cache entry refused"] == [line["event"] for line in logs]


async def test_redis_gone_is_a_miss_and_is_left_alone_for_a_while():
    """No error, and one try per rest period."""
    now = [0.0]
    backend = cache.RedisBackend(
        cache.Settings(address="127.0.0.1:1", timeout=1), clock=lambda: now[0], rest=5
    )
    signer = cache.Signer.generate(kind="render")
    made = store(signer, backend)

    with structlog.testing.capture_logs() as logs:
        await made.put(KEY, b"payload")
        assert b"payload" == await made.get(KEY)
        assert await store(signer, backend).get(KEY) is None
        assert 1 == len(logs)
        now[0] = 6.0
        assert await store(signer, backend).get(KEY) is None

    assert ["redis unavailable"] * 2 == [line["event"] for line in logs]
    await backend.close()


async def test_a_wrong_password_is_a_miss(settings):
    """Rotation of the password costs time only; the password is in no log."""
    wrong = cache.Settings(address=settings.address, password=Secret("canary-pw"))
    backend = cache.RedisBackend(wrong)
    signer = cache.Signer.generate(kind="render")

    with structlog.testing.capture_logs() as logs:
        await store(signer, backend).put(KEY, b"x")
        found = await store(signer, backend).get(KEY)

    assert found is None
    assert "canary-pw" not in str(logs)
    await backend.close()

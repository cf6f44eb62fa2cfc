"""What is missing: one line when it goes, a line as long as it lasts, one when it is there."""

import asyncio

import pytest
import structlog

from plumbline.core import errors
from plumbline.runtime import readiness


@pytest.fixture
def stop():
    return asyncio.Event()


@pytest.fixture
def state(stop):
    return readiness.Readiness(stop)


async def test_what_is_needed_makes_it_not_ready(state):
    """And is named; several at a time."""
    assert (False, "starting") == (state.ready, state.text)
    state.start()
    assert (True, "ok") == (state.ready, state.text)
    state.lack("certificate", "a file\nis missing")
    state.weaken("Redis", "no answer")
    assert not state.ready
    assert "not ready\ncertificate: a file is missing\nRedis: no answer" == state.text
    state.met("certificate")
    assert (True, "ok\nRedis: no answer") == (state.ready, state.text)


async def test_one_line_of_the_error_level_each_time(state):
    """Repeating it, or giving another reason, wakes nobody again; a relapse does."""
    with structlog.testing.capture_logs() as logs:
        state.lack("certificate", "x")
        state.lack("certificate", "x")
        state.lack("certificate", "y")
        state.weaken("certificate", "y")
        state.met("certificate")
        state.met("certificate")
        state.lack("certificate", "x")
    assert [
        ("error", "no certificate"),
        ("info", "still no certificate"),
        ("info", "certificate is there"),
        ("error", "no certificate"),
    ] == [(line["log_level"], line["event"]) for line in logs]


async def test_a_stop_is_seen_at_once(state, stop):
    """Before anything is closed."""
    state.start()
    stop.set()
    assert (False, "stopping") == (state.ready, state.text)


async def test_it_tries_until_it_works(state):
    """And lacks what is missing meanwhile, under the name of the last reason."""
    seen = []
    failures = [errors.PermissionDenied("a"), errors.Unavailable("b")]

    async def attempt():
        seen.append(state.text)
        if failures:
            raise failures.pop(0)
        return "value"

    assert "value" == await state.acquire(attempt, readiness.kubernetes)
    assert "starting" == seen[0]
    assert "Kubernetes permission: a" in seen[1]
    assert "Kubernetes API: b" in seen[2]
    assert "permission" not in seen[2]
    assert "starting" == state.text


async def test_a_stop_ends_every_wait(state, stop):
    """While it tries, and while it waits for an event."""

    async def attempt():
        stop.set()
        raise errors.Unavailable("x")

    with pytest.raises(readiness.Stopped):
        await state.acquire(attempt, readiness.kubernetes)
    with pytest.raises(readiness.Stopped):
        await state.until(asyncio.Event(), lambda: None)


async def test_watches_that_fail_are_summed_up(state):
    """One line for all that fail for one reason; less bad after the start."""
    denied = [errors.PermissionDenied(name) for name in ("b", "a")]
    state.watches([None, *denied])
    assert "Kubernetes permission: a: " in state.text
    assert "(and 1 more)" in state.text
    state.start()
    state.watches(denied)
    assert state.ready
    state.watches([None])
    assert "ok" == state.text

"""Slots: bounded, fair between projects, in order within one, and lost by nobody."""

import asyncio
import random

import pytest

from plumbline.core import errors
from plumbline.repo_server.fairness import FairSlots


class Watch:
    """How many ran at a time, and in which order they were served."""

    def __init__(self, slots):
        self.slots, self.running, self.most, self.served = slots, 0, 0, []

    async def run(self, project, number=0, *, work=None):
        async with self.slots.slot(project):
            self.running += 1
            self.most = max(self.most, self.running)
            self.served.append((project, number))
            try:
                await (work.wait() if work else asyncio.sleep(0))
            finally:
                self.running -= 1


async def test_no_more_than_the_limit_run():
    watch = Watch(FairSlots(3, waiting=100))
    await asyncio.gather(*(watch.run("a", n) for n in range(50)))
    assert 3 == watch.most
    assert [("a", n) for n in range(50)] == watch.served


async def test_a_flood_of_one_project_delays_another_by_one_turn():
    watch = Watch(FairSlots(1, waiting=1000))
    gate = asyncio.Event()
    first = asyncio.create_task(watch.run("flood", work=gate))
    await asyncio.sleep(0)
    flood = [asyncio.create_task(watch.run("flood", n)) for n in range(1, 500)]
    await asyncio.sleep(0)
    others = [asyncio.create_task(watch.run(name)) for name in ("b", "c")]
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(first, *flood, *others)
    places = [watch.served.index((name, 0)) for name in ("b", "c")]
    assert max(places) <= 4


async def test_too_many_are_refused_with_what_to_do():
    slots = FairSlots(1, waiting=2)
    watch, gate = Watch(slots), asyncio.Event()
    held = [asyncio.create_task(watch.run("a", n, work=gate)) for n in range(3)]
    await asyncio.sleep(0)
    assert 2 == slots.waiting
    with pytest.raises(errors.Unavailable, match="busy: 2 renders wait"):
        await watch.run("b")
    gate.set()
    await asyncio.gather(*held)
    await watch.run("b")


async def test_slots_survive_any_cancellation():
    """Whoever is cancelled whenever: in the end all slots are free and nobody waits."""
    dice = random.Random(11)
    slots = FairSlots(2, waiting=1000)
    watch = Watch(slots)
    for _ in range(100):
        tasks = [asyncio.create_task(watch.run(dice.choice("abc"), n)) for n in range(20)]
        for _ in range(dice.randrange(6)):
            await asyncio.sleep(0)
        for task in dice.sample(tasks, 8):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert (0, 0) == (watch.running, slots.waiting)
    watch.most = 0
    gate = asyncio.Event()
    held = [asyncio.create_task(watch.run("a", n, work=gate)) for n in range(3)]
    await asyncio.sleep(0)
    assert (2, 1) == (watch.running, slots.waiting)
    gate.set()
    await asyncio.gather(*held)

"""The work queue: no key lost, none worked on twice at once, failures back off."""

import asyncio

from plumbline.app_controller.application.workqueue import WorkQueue


async def drain(queue, handle, workers=2):
    task = asyncio.create_task(queue.work(handle, workers=workers))
    while len(queue):  # noqa: ASYNC110 -- the queue has no "idle" event, and needs none
        await asyncio.sleep(0)
    queue.close()
    await task


async def test_a_key_added_twice_is_worked_on_once():
    """A waiting key is not queued again."""
    queue = WorkQueue()
    seen = []

    async def handle(key):
        seen.append(key)

    queue.add("a")
    queue.add("b")
    queue.add("a")
    await drain(queue, handle)
    assert ["a", "b"] == seen


async def test_a_key_added_during_its_work_is_worked_on_again_afterwards():
    """No change is lost, and one key never has two workers."""
    queue = WorkQueue()
    running = 0
    rounds = 0

    async def handle(key):
        nonlocal running, rounds
        running += 1
        assert running == 1
        rounds += 1
        if rounds == 1:
            queue.add(key)
        await asyncio.sleep(0)
        running -= 1

    queue.add("a")
    await drain(queue, handle)
    assert rounds == 2


async def test_retries_back_off_and_success_resets():
    """Delays double and start over after a success."""
    queue = WorkQueue()
    delays = [queue.retry("a") for _ in range(3)]
    assert [0.2, 0.4, 0.8] == delays
    queue.succeeded("a")
    assert 0.2 == queue.retry("a")
    queue.close()


async def test_the_earliest_timer_wins_and_add_cancels_it():
    """A later delay does not postpone a key; adding now removes the timer."""
    queue = WorkQueue()
    queue.add_after("a", 60)
    queue.add_after("a", 0.01)
    queue.add_after("a", 60)
    seen = asyncio.Event()

    async def handle(key):
        seen.set()

    task = asyncio.create_task(queue.work(handle, workers=1))
    await asyncio.wait_for(seen.wait(), 5)
    queue.add_after("b", 60)
    queue.forget("b")
    queue.close()
    await task


async def test_who_waits_for_others_holds_no_worker():
    """One worker, and a key whose repository does not answer: the next key is worked on."""
    queue = WorkQueue()
    answered, done = asyncio.Event(), asyncio.Event()
    worked = []

    async def handle(key):
        if key == "slow":
            async with queue.waiting():
                await answered.wait()
        worked.append(key)
        if key == "quick":
            answered.set()
        if len(worked) == 2:
            done.set()

    task = asyncio.create_task(queue.work(handle, workers=1))
    queue.add("slow")
    queue.add("quick")
    async with asyncio.timeout(20):
        await done.wait()
        queue.close()
        await task
    assert ["quick", "slow"] == worked

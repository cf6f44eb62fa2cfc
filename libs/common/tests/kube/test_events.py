"""Events: written in the background, counted when they repeat, within a budget."""

import asyncio
import contextlib

import pytest

from plumbline.core import errors
from plumbline.kube.events import Budget, Recorder, Reference

APP = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Application",
    "metadata": {"name": "shop", "namespace": "argocd", "uid": "u1", "resourceVersion": "7"},
}


class Objects:
    """The control plane's objects, as far as Events need them."""

    def __init__(self):
        self.created = []
        self.merged = []
        self.errors = []

    async def create(self, kind, manifest):
        if self.errors:
            raise self.errors.pop(0)
        self.created.append(manifest)
        return manifest

    async def merge(self, kind, namespace, name, patch):
        if self.errors:
            raise self.errors.pop(0)
        self.merged.append((namespace, name, patch))
        return {}


class Rig:
    def __init__(self):
        self.objects = Objects()
        self.now = 1_700_000_000.0
        self.recorder = Recorder(self.objects, "argocd-server", lambda: self.now)

    async def emit(self, message="alice created application", involved=APP, reason="Created"):
        self.recorder.emit(involved, "Normal", reason, message)
        await self.recorder.drain()


@pytest.fixture
async def rig():
    made = Rig()
    task = asyncio.create_task(made.recorder.run())
    yield made
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_an_event_names_its_object_and_reporter(rig):
    """Everything kubectl describe and the events API show."""
    await rig.emit(reason="ResourceCreated")
    (event,) = rig.objects.created
    name = event["metadata"].pop("name")
    assert name.startswith("shop.")
    assert {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"namespace": "argocd"},
        "involvedObject": {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "namespace": "argocd",
            "name": "shop",
            "uid": "u1",
            "resourceVersion": "7",
        },
        "type": "Normal",
        "reason": "ResourceCreated",
        "message": "alice created application",
        "source": {"component": "argocd-server"},
        "reportingComponent": "argocd-server",
        "firstTimestamp": "2023-11-14T22:13:20Z",
        "lastTimestamp": "2023-11-14T22:13:20Z",
        "count": 1,
    } == event


async def test_a_repetition_within_ten_minutes_raises_the_count(rig):
    """Another version of the object is the same object; after the window a new Event is made."""
    await rig.emit()
    rig.now += 599
    newer = {**APP, "metadata": {**APP["metadata"], "resourceVersion": "8"}}
    await rig.emit(involved=newer)
    name = rig.objects.created[0]["metadata"]["name"]
    patch = {"count": 2, "lastTimestamp": "2023-11-14T22:23:19Z"}
    assert [("argocd", name, patch)] == rig.objects.merged
    rig.now += 601
    await rig.emit()
    assert 2 == len(rig.objects.created)


async def test_another_text_object_or_reason_is_another_event(rig):
    """Only what is the same is counted together."""
    await rig.emit()
    await rig.emit(message="bob created application")
    await rig.emit(reason="Other")
    await rig.emit(involved=Reference("v1", "ConfigMap", "shop", "settings"))
    assert [] == rig.objects.merged
    assert 4 == len(rig.objects.created)


async def test_an_event_that_vanished_is_made_again(rig):
    """The API server keeps Events for an hour; ours may be gone sooner."""
    await rig.emit()
    rig.objects.errors = [errors.NotFound("gone")]
    await rig.emit()
    assert [1, 1] == [e["count"] for e in rig.objects.created]


async def test_a_failure_costs_only_its_event(rig):
    """The next one is written."""
    rig.objects.errors = [errors.Unavailable("down")]
    await rig.emit("first")
    await rig.emit("second")
    assert ["second"] == [e["message"] for e in rig.objects.created]


async def test_a_full_queue_drops_and_counts():
    """Emitting never waits, even when nobody writes."""
    recorder = Recorder(Objects(), "argocd-server", lambda: 0.0)
    for number in range(1003):
        recorder.emit(APP, "Normal", "R", str(number))
    assert 3 == recorder.dropped


async def test_a_cluster_wide_object_has_its_events_in_default(rig):
    """Events always live in a namespace."""
    await rig.emit(involved=Reference("v1", "Node", "", "n1"))
    assert "default" == rig.objects.created[0]["metadata"]["namespace"]


def test_the_budget_lets_a_burst_through_and_then_its_rate():
    """50 at once, then one each tenth of a second; an idle time fills it again."""
    budget = Budget(rate=10.0, burst=50)
    assert [0.0] * 50 == [budget.take(0.0) for _ in range(50)]
    assert pytest.approx(0.1) == budget.take(0.0)
    assert pytest.approx(0.1) == budget.take(0.1)
    assert [0.0] * 50 == [budget.take(100.0) for _ in range(50)]


async def test_an_unexpected_error_costs_one_event_only(rig):
    """The recorder's end would be the end of its service."""
    rig.objects.errors = [TypeError("an answer that nobody expects")]
    await rig.emit("lost")
    await rig.emit("written")
    assert ["written"] == [e["message"] for e in rig.objects.created]

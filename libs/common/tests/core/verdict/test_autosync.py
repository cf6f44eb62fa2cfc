"""Automated sync: when, what, and the reasons against it."""

import pytest

from plumbline.core import verdict
from plumbline.core.model import ResourceKey, decode_application

A = ResourceKey("", "ConfigMap", "n", "a")
B = ResourceKey("", "ConfigMap", "n", "b")
TREE = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "n"}}


def one(target=True, live=True, modified=False):
    return verdict.Compared(TREE if target else None, TREE if live else None, modified, None)


def decide(compared, automated=None, last=None, now=1000.0, **more):
    policy = {"automated": automated} if automated is not None else {}
    app = decode_application({"metadata": {"name": "x"}, "spec": {"syncPolicy": policy}})
    return verdict.decide(app, compared, revisions=["r1"], last=last, now=now, **more)


def attempt(**fields):
    defaults = {"succeeded": True, "message": "m", "finished_at": 990.0}
    return verdict.Attempt(**defaults | fields)


MISSING = {A: one(live=False), B: one()}


def test_an_automated_application_out_of_sync_is_synced():
    """Everything of it, the first time."""
    assert verdict.Decision(sync=True) == decide(MISSING, {})


@pytest.mark.parametrize(
    ("compared", "automated", "reason"),
    [
        (MISSING, None, "not automated"),
        (MISSING, {"enabled": False}, "not automated"),
        ({A: one()}, {}, "in sync"),
        (
            {A: one(), B: one(target=False)},
            {},
            "only prunable resources differ and prune is off",
        ),
    ],
)
def test_reasons_against_it(compared, automated, reason):
    """Explained, not silent."""
    got = decide(compared, automated)
    assert (False, reason) == (got.sync, got.reason)


def test_pruning_everything_is_refused_unless_allowed():
    """allowEmpty."""
    compared = {A: one(target=False)}
    got = decide(compared, {"prune": True})
    message = "Skipping sync attempt to [r1]: auto-sync will wipe out all resources"
    assert (False, message) == (got.sync, got.condition)
    assert decide(compared, {"prune": True, "allowEmpty": True}).sync


def test_a_failed_attempt_is_not_repeated_and_said():
    """SyncError with the contract's text."""
    got = decide(MISSING, {"selfHeal": True}, attempt(succeeded=False, message="boom"))
    assert (False, "Failed last sync attempt to [r1]: boom") == (got.sync, got.condition)


def test_without_self_heal_a_synced_revision_is_left_alone():
    """Already attempted, succeeded, self-heal off."""
    assert not decide(MISSING, {}, attempt()).sync


def test_self_heal_is_partial_and_backs_off():
    """0, 2, 6, 18 seconds …, reset after the cooldown."""
    heal = {"selfHeal": True}
    first = decide(MISSING, heal, attempt())
    assert (True, (A,), 1) == (first.sync, first.resources, first.heals)
    waiting = decide(MISSING, heal, attempt(heals=3, finished_at=990.0))
    assert (False, 8.0) == (waiting.sync, waiting.after)
    again = decide(MISSING, heal, attempt(heals=3, finished_at=981.0))
    assert (True, 4) == (again.sync, again.heals)
    rested = decide(MISSING, heal, attempt(heals=5, finished_at=600.0))
    assert (True, 1) == (rested.sync, rested.heals)


def test_a_fixed_self_heal_timeout_replaces_the_backoff():
    """selfHealTimeout."""
    got = decide(
        MISSING,
        {"selfHeal": True},
        attempt(finished_at=995.0),
        heal=verdict.HealPolicy(timeout=10.0),
    )
    assert (False, 5.0) == (got.sync, got.after)


def test_hooks_are_no_drift_and_no_reason_to_keep_what_git_dropped():
    """A live hook is not OutOfSync, and does not count as something Git still wants."""
    hook = {"metadata": {"annotations": {"argocd.argoproj.io/hook": "PostSync"}}}
    live_hook = verdict.Compared(None, hook, modified=False, health=None)
    assert "in sync" == decide({A: one(), B: live_hook}, {"prune": True}).reason
    got = decide({A: one(target=False), B: live_hook}, {"prune": True})
    assert "would prune everything" == got.reason


def test_changed_namespace_metadata_is_synced():
    """Although no object differs."""
    assert decide({A: one()}, {}, namespace_changed=True).sync


def test_the_heal_policy_is_the_settings():
    """Base, factor, cap and cooldown."""
    heal = verdict.HealPolicy(base=10.0, factor=2, cap=15.0, cooldown=100.0)
    automated = {"selfHeal": True}
    waiting = decide(MISSING, automated, attempt(heals=1, finished_at=995.0), heal=heal)
    assert 5.0 == waiting.after
    capped = decide(MISSING, automated, attempt(heals=9, finished_at=990.0), heal=heal)
    assert 5.0 == capped.after
    rested = decide(MISSING, automated, attempt(heals=9, finished_at=899.0), heal=heal)
    assert (True, 1) == (rested.sync, rested.heals)

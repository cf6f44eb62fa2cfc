"""Which windows count, what they decide, and until when."""

import datetime as dt

import pytest

from plumbline.core import errors, windows
from plumbline.core.model import SyncWindow, decode_application, decode_project

NOON = dt.datetime(2026, 1, 30, 12, tzinfo=dt.UTC).timestamp()
HOUR = 3600.0


def window(kind, *, opened, **fields):
    """A window that is open from 11 to 13, or one that will be from 14 to 16."""
    schedule = "0 11 * * *" if opened else "0 14 * * *"
    return SyncWindow(kind=kind, schedule=schedule, duration="2h", **fields)


def allow(opened=True, **fields):
    return window("allow", opened=opened, **fields)


def deny(opened=True, **fields):
    return window("deny", opened=opened, **fields)


MANUAL = {"manual_sync": True}


@pytest.mark.parametrize(
    ("given", "automatic", "manual"),
    [
        ([], True, True),
        ([deny()], False, False),
        ([deny(**MANUAL)], False, True),
        ([deny(**MANUAL), deny()], False, False),
        ([deny(**MANUAL), deny(**MANUAL)], False, True),
        ([deny(), allow()], False, False),
        ([deny(**MANUAL), allow(opened=False)], False, True),
        ([deny(opened=False)], True, True),
        ([allow()], True, True),
        ([allow(), allow(opened=False)], True, True),
        ([allow(opened=False)], False, False),
        ([allow(opened=False, **MANUAL)], False, True),
        ([allow(opened=False, **MANUAL), allow(opened=False)], False, False),
        ([allow(opened=False), deny(opened=False)], False, False),
        ([allow(), deny(opened=False)], True, True),
    ],
)
def test_the_rules(given, automatic, manual):
    """Deny wins, an open allow permits, a closed one blocks; manualSync must be on all."""
    got = [windows.decide(given, NOON, manual=m).allowed for m in (False, True)]
    assert [automatic, manual] == got


def test_the_texts_of_a_refusal():
    """As the api-server and the controller show them."""
    got = windows.decide([deny()], NOON, manual=True)
    assert ("blocked by sync window", (deny(),)) == (got.reason, got.blocking)
    assert "cannot sync: blocked by sync window" == got.refusal
    assert "Sync operation blocked by sync window" == got.operation_message
    allowed = windows.decide([], NOON, manual=True)
    assert ("", "", "") == (allowed.reason, allowed.refusal, allowed.operation_message)


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        ({"schedule": "* * * *"}, "cannot parse schedule '* * * *': expected exactly 5 fields"),
        ({"duration": "1x"}, "cannot parse duration '1x': time: unknown unit \"x\""),
        ({"time_zone": "Mars"}, "cannot parse timeZone 'Mars': unknown time zone Mars"),
        ({"kind": "Deny"}, "kind 'Deny' mismatch: can only be allow or deny"),
    ],
)
@pytest.mark.parametrize("others", [[], [allow()], [deny()]])
def test_a_window_that_cannot_be_read_blocks(broken, problem, others):
    """It may be a deny, whatever the other windows say."""
    fields = {"kind": "allow", "schedule": "0 11 * * *", "duration": "1h"} | broken
    got = windows.decide([*others, SyncWindow(**fields)], NOON, manual=True)
    assert not got.allowed
    assert got.refusal.startswith(f"cannot sync: invalid sync window: {problem}")
    assert got.operation_message.startswith(f"Sync operation blocked by sync window: {problem}")


@pytest.mark.parametrize(
    ("given", "until"),
    [
        ([], None),
        ([deny()], 1),
        ([allow()], 1),
        ([allow(opened=False)], 2),
        ([deny(opened=False)], 2),
        # The deny closes at 13, but it is 14 before an allow opens.
        ([deny(), allow(opened=False)], 2),
        ([SyncWindow(kind="deny", schedule="0 0 31 2 *", duration="1h")], None),
        # Two fires that overlap are one window: 11:30 to 13:00.
        ([SyncWindow(kind="deny", schedule="30,45 11 * * *", duration="75m")], 1),
    ],
)
def test_until_when_it_holds(given, until):
    """The change of the decision, not of each window."""
    got = windows.decide(given, NOON, manual=False).until
    assert got == (None if until is None else NOON + until * HOUR)


def test_a_window_that_never_closes_is_looked_at_again():
    """The answer lies ahead, and the search for it ends."""
    always = SyncWindow(kind="deny", schedule="* * * * *", duration="1h")
    got = windows.decide([always], NOON, manual=False)
    assert not got.allowed
    assert got.until > NOON


OVERRUN = {"sync_overrun": True}


@pytest.mark.parametrize(
    ("given", "started", "allowed"),
    [
        ([deny(**OVERRUN)], -2, True),
        ([deny(**OVERRUN)], -0.5, False),
        ([deny(**OVERRUN)], None, False),
        ([deny()], -2, False),
        ([deny(**OVERRUN), deny()], -2, False),
        ([deny(**OVERRUN), deny(opened=False)], -2, True),
    ],
)
def test_a_sync_overruns_a_deny(given, started, allowed):
    """If all that block say so, and it was allowed when it started."""
    since = None if started is None else NOON + started * HOUR
    assert allowed == windows.decide(given, NOON, manual=False, started_at=since).allowed


@pytest.mark.parametrize(
    ("fields", "started", "allowed"), [(OVERRUN, 0, True), ({}, 0, False), (OVERRUN, -4, False)]
)
def test_a_sync_overruns_an_allow(fields, started, allowed):
    """It began inside the window, which has closed."""
    now = NOON + 1.5 * HOUR
    got = windows.decide([allow(**fields)], now, manual=False, started_at=NOON + started * HOUR)
    assert allowed == got.allowed


def test_the_edges_of_a_window():
    """Open from its first second until its end, which no longer belongs to it."""
    opened = [windows.active(deny(), NOON + offset * HOUR) for offset in (-1, 0, 1)]
    assert [True, True, False] == opened
    assert not windows.active(deny(), NOON - HOUR - 0.001)


def project(*entries):
    return decode_project({"metadata": {"name": "p"}, "spec": {"syncWindows": list(entries)}})


APP = decode_application(
    {"metadata": {"name": "shop"}, "spec": {"destination": {"namespace": "prod"}}}
)


@pytest.mark.parametrize(
    ("fields", "matches"),
    [
        ({}, False),
        ({"andOperator": True}, False),
        ({"applications": ["*"]}, True),
        ({"applications": ["sh?p"]}, True),
        ({"applications": ["other", "sho*"]}, True),
        ({"applications": ["prod"]}, False),
        ({"namespaces": ["pr*"]}, True),
        ({"clusters": ["east"]}, True),
        ({"clusters": ["https://east.*"]}, True),
        ({"clusters": ["west"]}, False),
        ({"applications": ["other"], "namespaces": ["prod"]}, True),
        ({"applications": ["other"], "namespaces": ["prod"], "andOperator": True}, False),
        ({"applications": ["shop"], "namespaces": ["prod"], "andOperator": True}, True),
        (
            {
                "applications": ["shop"],
                "namespaces": ["prod"],
                "clusters": ["west"],
                "andOperator": True,
            },
            False,
        ),
        ({"applications": ["[a"]}, False),
    ],
)
def test_which_windows_concern_an_application(fields, matches):
    """OR of the lists, or AND of those that are given."""
    given = project({"kind": "deny", "schedule": "* * * * *", "duration": "1h", **fields})
    got = windows.matching(
        given, APP, cluster_name="east", cluster_server="https://east.example:6443"
    )
    assert matches == bool(got)


def test_an_unknown_cluster_is_matched_by_everything_only():
    """An empty name is no name."""
    given = project(*({"kind": "deny", "clusters": [rule]} for rule in ("*", "", "east")))
    got = windows.matching(given, APP, cluster_name="", cluster_server="")
    assert [["*"], [""]] == [w.clusters for w in got]
    got = windows.matching(given, APP, cluster_name="east", cluster_server="")
    assert [["*"], ["east"]] == [w.clusters for w in got]


def test_the_views():
    """What is open in the project; what is open and assigned for an application."""
    given = project(
        {"kind": "allow", "schedule": "0 11 * * *", "duration": "2h", "applications": ["x"]},
        {"kind": "deny", "schedule": "0 14 * * *", "duration": "2h", "applications": ["shop"]},
        {"kind": "deny", "schedule": "0 11 * * *", "duration": "2h", "namespaces": ["prod"]},
    )
    one, two, three = given.spec.sync_windows
    assert (one, three) == windows.project_view(given, NOON)
    assigned = windows.matching(given, APP, cluster_name="", cluster_server="")
    assert windows.View((three,), (two, three), False) == windows.application_view(assigned, NOON)
    later = windows.application_view(assigned, NOON + 1.5 * HOUR)
    assert windows.View((), (two, three), True) == later


def test_a_view_of_a_broken_window_names_it():
    """Rather than show a wrong state."""
    with pytest.raises(errors.InvalidArgument, match="cannot parse schedule"):
        windows.application_view((SyncWindow(kind="deny", duration="1h"),), NOON)

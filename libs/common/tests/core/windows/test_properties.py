"""A simulation of every minute agrees with the arithmetic."""

import datetime as dt
import zoneinfo

from hypothesis import given, settings
from hypothesis import strategies as st

from plumbline.core import windows
from plumbline.core.model import SyncWindow

# Away from the days on which the clocks change; those are in test_schedule.py.
FIRST = dt.datetime(2026, 1, 26, tzinfo=dt.UTC)
DAYS = 12


@st.composite
def field(draw, low, high):
    """A field as (text, values, whether it is a star), the values known by construction."""
    form = draw(st.sampled_from(["star", "step", "list", "range", "tail"]))
    everything = range(low, high + 1)
    first = draw(st.integers(low, high))
    last = draw(st.integers(first, high))
    step = draw(st.integers(1, 20))
    if form == "star":
        return draw(st.sampled_from(["*", "?"])), set(everything), True
    if form == "step":
        return f"*/{step}", set(everything[::step]), step == 1
    if form == "range":
        return f"{first}-{last}/{step}", set(range(first, last + 1, step)), False
    if form == "tail":
        return f"{first}/{step}", set(range(first, high + 1, step)), False
    return f"{first},{last}", {first, last}, False


schedules = st.tuples(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6))
zones = st.sampled_from(["", "UTC", "Asia/Kolkata", "America/New_York", "Pacific/Chatham"])


def fires(fields, local):
    """Whether a schedule names a minute."""
    minute, hour, day, month, weekday = (values for _, values, _ in fields)
    in_month, in_week = local.day in day, (local.weekday() + 1) % 7 in weekday
    loose = fields[2][2] or fields[4][2]
    days = in_month and in_week if loose else in_month or in_week
    return local.minute in minute and local.hour in hour and local.month in month and days


@settings(deadline=None, max_examples=100)
@given(
    fields=schedules,
    zone=zones,
    minutes=st.integers(1, 1500),
    offset=st.integers(0, DAYS * 86400),
)
def test_a_window_is_open_as_a_simulation_says(fields, zone, minutes, offset):
    """Open: a minute within the duration before now is one of the schedule's."""
    text = " ".join(written for written, _, _ in fields)
    window = SyncWindow(kind="deny", schedule=text, duration=f"{minutes}m", time_zone=zone)
    now = FIRST + dt.timedelta(seconds=offset)
    latest = now.replace(second=0)
    zone_info = zoneinfo.ZoneInfo(zone or "UTC")
    candidates = (latest - dt.timedelta(minutes=back) for back in range(minutes + 1))
    expected = any(
        fires(fields, moment.astimezone(zone_info))
        for moment in candidates
        if now < moment + dt.timedelta(minutes=minutes)
    )
    assert expected == windows.active(window, now.timestamp())


window_lists = st.lists(
    st.builds(
        SyncWindow,
        kind=st.sampled_from(["allow", "deny"]),
        schedule=st.sampled_from(["0 * * * *", "*/20 1,2 * * *", "15 3 * * 1", "0 0 1 * 1"]),
        duration=st.sampled_from(["7m", "20m", "90m", "25h"]),
        manual_sync=st.booleans(),
        sync_overrun=st.booleans(),
    ),
    max_size=4,
)


@settings(deadline=None, max_examples=50)
@given(given=window_lists, offset=st.integers(0, 86400), manual=st.booleans())
def test_a_decision_holds_until_it_says(given, offset, manual):
    """No minute before ``until`` decides otherwise; what a user may not, a machine may not."""
    now = FIRST.timestamp() + offset
    decision = windows.decide(given, now, manual=manual)
    end = min(decision.until or now + 5400, now + 5400)
    at = now
    while at < end:
        assert decision.allowed == windows.decide(given, at, manual=manual).allowed
        at += 180
    if decision.allowed and not manual:
        assert windows.decide(given, now, manual=True).allowed

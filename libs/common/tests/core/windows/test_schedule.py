"""Schedules are read as robfig/cron reads them, and walk the calendar of their time zone.

``testdata/robfig.json`` is what robfig/cron 3.0.1 (the parser with five fields and descriptors)
said of each text: its error, or the next twelve fire times after 2026-01-30T11:17Z.
"""

import datetime as dt
import json
import pathlib

import pytest

from plumbline.core import errors, windows

CASES = json.loads((pathlib.Path(__file__).parent / "testdata" / "robfig.json").read_text())
START = dt.datetime(2026, 1, 30, 11, 17, tzinfo=dt.UTC).timestamp()


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case["schedule"]))
def test_the_dialect_is_robfigs(case):
    """Same errors to the letter, same moments."""
    if "error" in case:
        with pytest.raises(errors.InvalidArgument) as caught:
            windows.parse_schedule(case["schedule"])
        assert case["error"] == caught.value.message
        return
    schedule, fires, at = windows.parse_schedule(case["schedule"]), [], START
    for _ in range(12):
        at = schedule.after(at)
        if at is None:
            break
        fires.append(at)
    assert case["next"] == fires


def iso(text):
    return dt.datetime.fromisoformat(text).timestamp()


@pytest.mark.parametrize(
    ("schedule", "zone", "after", "fires"),
    [
        # 2026-03-08 02:00 does not exist in New York.
        ("30 2 * * *", "America/New_York", "2026-03-08T05:00Z", "2026-03-08T07:00Z"),
        ("30 2 * * *", "America/New_York", "2026-03-08T07:00Z", "2026-03-09T06:30Z"),
        # 2026-11-01 01:00 to 02:00 happens twice; only its first counts.
        ("45 1 * * *", "America/New_York", "2026-11-01T04:00Z", "2026-11-01T05:45Z"),
        ("45 1 * * *", "America/New_York", "2026-11-01T05:45Z", "2026-11-02T06:45Z"),
        ("45 1 * * *", "America/New_York", "2026-11-01T06:30Z", "2026-11-02T06:45Z"),
        ("0 9 * * *", "Asia/Kolkata", "2026-01-01T00:00Z", "2026-01-01T03:30Z"),
        ("TZ=Asia/Tokyo 0 9 * * *", "America/New_York", "2026-01-01T00:00Z", "2026-01-02T00:00Z"),
        ("0 * * * *", "Europe/Berlin", "2026-10-25T00:30Z", "2026-10-25T01:00Z"),
    ],
)
def test_time_zones_and_the_clocks_changes(schedule, zone, after, fires):
    """A skipped time happens right after the gap, a repeated one at its first."""
    assert iso(fires) == windows.parse_schedule(schedule, zone).after(iso(after))


@pytest.mark.parametrize("schedule", ["0 0 31 2 *", ", * * * *", "0 0 30 2 *"])
def test_a_schedule_that_never_comes(schedule):
    """It has no next moment, and finding that out is no search."""
    assert windows.parse_schedule(schedule).after(START) is None


@pytest.mark.parametrize("zone", ["Nowhere", "../etc/passwd", "America", "/etc/localtime", "\0"])
def test_an_unknown_zone_is_named(zone):
    """Paths are no zones."""
    with pytest.raises(errors.InvalidArgument, match="unknown time zone"):
        windows.parse_schedule("* * * * *", zone)

"""What a project may store as windows."""

import pytest

from plumbline.core import errors, windows
from plumbline.core.model import SyncWindow

GOOD = {"kind": "allow", "schedule": "0 22 * * *", "duration": "1h", "applications": ["*"]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "x"}, "kind 'x' mismatch: can only be allow or deny"),
        ({"schedule": ""}, "cannot parse schedule '': empty spec string"),
        (
            {"schedule": "61 * * * *"},
            "cannot parse schedule '61 * * * *': end of range (61) above maximum (59): 61",
        ),
        ({"duration": ""}, "cannot parse duration '': time: invalid duration \"\""),
        ({"duration": "x"}, "cannot parse duration 'x': time: invalid duration \"x\""),
        ({"duration": "10"}, "cannot parse duration '10': time: missing unit in duration \"10\""),
        (
            {"duration": "1d"},
            'cannot parse duration \'1d\': time: unknown unit "d" in duration "1d"',
        ),
        (
            {"duration": "1h5"},
            "cannot parse duration '1h5': time: missing unit in duration \"1h5\"",
        ),
        (
            {"duration": "9999999h"},
            "cannot parse duration '9999999h': time: invalid duration \"9999999h\"",
        ),
        ({"time_zone": "Mars"}, "cannot parse timeZone 'Mars': unknown time zone Mars"),
        ({"description": "x" * 256}, "description of 256 characters, at most 255"),
    ],
)
def test_what_is_wrong_is_named(change, message):
    """In the contract's words, where it has them."""
    with pytest.raises(errors.InvalidArgument) as caught:
        windows.validate([SyncWindow(**GOOD | change)])
    assert message == caught.value.message


@pytest.mark.parametrize(
    "change",
    [
        {"duration": "1h30m5.5s"},
        {"duration": "0"},
        {"duration": "-1h"},
        {"time_zone": "Europe/Berlin"},
        {"schedule": "@daily"},
        {"description": "x" * 255},
    ],
)
def test_what_is_good_passes(change):
    """The whole range of the contract."""
    windows.validate([SyncWindow(**GOOD | change)])


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"manual_sync": True}, True),
        ({"sync_overrun": True}, True),
        ({"description": "x"}, True),
        ({"kind": "deny"}, False),
        ({"schedule": "0 21 * * *"}, False),
        ({"duration": "2h"}, False),
        ({"applications": ["a"]}, False),
        ({"namespaces": ["a"]}, False),
        ({"clusters": ["a"]}, False),
        ({"time_zone": "Asia/Tokyo"}, False),
        ({"and_operator": True}, False),
    ],
)
def test_the_same_window_twice_is_refused(change, same):
    """The same but for what does not identify it."""
    pair = [SyncWindow(**GOOD), SyncWindow(**GOOD | change)]
    assert same == (windows.identity(pair[0]) == windows.identity(pair[1]))
    if same:
        with pytest.raises(errors.InvalidArgument, match="already exists"):
            windows.validate(pair)
    else:
        windows.validate(pair)

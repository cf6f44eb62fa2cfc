"""Durations: Go's form and plain seconds."""

import pytest

from plumbline.core import errors, pattern


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1h30m", 5400), ("250ms", 0.25), ("10", 10), ("1d", 86400), ("-5s", -5), ("1.5s", 1.5)],
)
def test_durations_are_read(text, seconds):
    """Units add up."""
    assert seconds == pytest.approx(pattern.parse_duration(text))


@pytest.mark.parametrize("text", ["", "x", "5x", "5m3", "m"])
def test_nonsense_is_named(text):
    """The message shows the text and the form wanted."""
    with pytest.raises(errors.InvalidArgument, match="invalid duration"):
        pattern.parse_duration(text)

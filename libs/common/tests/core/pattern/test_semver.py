"""Version ranges: the table was made with Masterminds/semver v3.4.0, whose rules users rely on."""

import json
import pathlib

import pytest

from plumbline.core import errors, pattern
from plumbline.core.pattern import _semver

GOLDEN = json.loads((pathlib.Path(__file__).parent / "testdata" / "semver.json").read_text())
VERSIONS = GOLDEN["versions"]


def test_versions_are_read_as_the_library_reads_them():
    """Also `v1`, `1.2` and numbers with leading zeros; what it refuses is refused."""
    found = {}
    for text in VERSIONS:
        version = _semver.parse_version(text)
        if version is None:
            found[text] = ""
            continue
        pre = f"-{version.pre}" if version.pre else ""
        found[text] = f"{version.major}.{version.minor}.{version.patch}{pre}"

    assert {text: want.partition("+")[0] for text, want in VERSIONS.items()} == found


@pytest.mark.parametrize("text", GOLDEN["ranges"])
def test_ranges_take_what_the_library_takes(text):
    """Every operator, open versions, pre-releases, lists, alternatives and spans."""
    try:
        wanted = _semver.parse_range(text)
    except errors.InvalidArgument:
        assert GOLDEN["ranges"][text] is None
        return
    found = ""
    for name in sorted(VERSIONS):
        version = _semver.parse_version(name)
        found += "1" if version is not None and wanted.takes(version) else "0"

    assert GOLDEN["ranges"][text] == found


def test_the_highest_tag_of_a_range_is_chosen_by_its_own_name():
    """Tags that are no versions are passed over; the name comes back as it is."""
    tags = ["v1.9.0", "v1.10.0", "v2.0.0", "nightly", "v1.11.0-rc.1"]

    assert "v1.10.0" == pattern.max_version("1.*", tags)
    assert "v2.0.0" == pattern.max_version(">=1.2", tags)
    assert pattern.max_version(">3", tags) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.*", True),
        ("^1.2", True),
        ("1.2", False),
        ("v1.2.3", False),
        ("main", False),
        ("", False),
    ],
)
def test_a_version_is_no_range(text, expected):
    """A version names its own tag."""
    assert expected == pattern.is_range(text)


def test_a_range_is_bounded():
    """Hostile length and number of terms are errors."""
    for text in (">1 " * 500, ">1," * 80 + ">1", "||" * 200):
        with pytest.raises(errors.InvalidArgument):
            _semver.parse_range(text)

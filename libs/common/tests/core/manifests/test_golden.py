"""Go's YAML semantics: the golden corpus, made with the libraries users' files depend on."""

import json
import os
import pathlib

import pytest

from plumbline.core import errors, manifests

FIXTURES = os.environ.get("PLUMBLINE_FIXTURES")
LIMITS = manifests.Limits(depth=100_000)


def _cases():
    if not FIXTURES:
        return []
    path = pathlib.Path(FIXTURES) / "yaml" / "golden.json"
    return sorted(json.loads(path.read_text(encoding="utf-8")).items())


def _integer(text):
    """What no 64-bit integer holds is the nearest float, however it is printed."""
    value = int(text)
    return value if -(2**63) <= value < 2**64 else float(value)


@pytest.mark.skipif(not FIXTURES, reason="PLUMBLINE_FIXTURES is unset: no golden corpus")
@pytest.mark.parametrize(("name", "case"), _cases(), ids=lambda value: str(value)[:24])
def test_golden_case(name, case):
    """The value equals Go's, and what Go refuses is refused."""
    if "err" in case["r"]:
        with pytest.raises(errors.InvalidArgument):
            manifests.parse_yaml(case["y"], LIMITS)
        return

    expected = json.loads(case["r"]["ok"], parse_int=_integer)

    actual = manifests.parse_yaml(case["y"], LIMITS)
    assert expected == actual

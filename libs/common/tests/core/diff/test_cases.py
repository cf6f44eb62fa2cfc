"""Comparisons as tables: testdata/<case>/{live,desired,want}.yaml, one behaviour per case."""

import pathlib
from typing import Any

import msgspec
import pytest
import yaml

from plumbline.core import diff, patch
from plumbline.core.model import GroupKind, IgnoreDifference

CASES = sorted((pathlib.Path(__file__).parent / "testdata").iterdir())


def options_of(want: dict[str, Any]) -> diff.Options:
    settings = want.get("options", {})
    known = {
        GroupKind(*name.split("/")): tuple(
            diff.KnownField(tuple(path.split(".")), kind) for path, kind in fields
        )
        for name, fields in want.get("known_fields", {}).items()
    }
    return diff.Options(
        ignore=diff.compile_rules(
            msgspec.convert(rule, IgnoreDifference) for rule in want.get("ignore", [])
        ),
        ignore_aggregated_roles=settings.get("ignore_aggregated_roles", False),
        ignore_status=diff.IgnoreStatus(settings.get("ignore_status", "all")),
        known_fields=known,
    )


def absent(value: Any) -> Any:
    return "ABSENT" if value is diff.ABSENT else value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: pathlib.Path) -> None:
    """Exactly the wanted places differ, with the wanted values; the inputs stay untouched."""
    live, desired, want = (
        yaml.safe_load((case / f"{name}.yaml").read_text()) for name in ("live", "desired", "want")
    )
    before = repr((live, desired))

    result = diff.three_way(desired, live, schema=patch.builtin.schema(), options=options_of(want))

    found = {item.text: [absent(item.desired), absent(item.live)] for item in result}
    assert want["items"] == found
    assert bool(want["items"]) == result.modified
    assert before == repr((live, desired))

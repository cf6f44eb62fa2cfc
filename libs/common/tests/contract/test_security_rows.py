"""docs/security.md names tests that there are."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[4]
SHORT = {
    "A": "services/api-server/tests",
    "C": "libs/common/tests",
    "P": "services/app-controller/tests",
    "E": "tests/e2e",
}
TEXT = (ROOT / "docs/security.md").read_text()
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ") and "| test |" not in line]


def named(row):
    """Yield (file, test or empty) of a row; `::x` is in the file named before it."""
    file = None
    for quoted in re.findall(r"`([^`]+)`", row.split("|")[-2]):
        found = re.fullmatch(r"(?:([ACPE])/(\S+?\.py))?(?:::(\w+))?", quoted)
        if found is None:
            continue
        if found[1]:
            file = ROOT / SHORT[found[1]] / found[2]
        yield file, found[3] or ""


def test_every_named_test_is_there():
    """A renamed or deleted test takes its row along, or the row gets another."""
    found = [pair for row in ROWS for pair in named(row)]
    assert len(found) > 60
    for file, name in found:
        text = file.read_text()
        assert not name or re.search(rf"^(async )?def {name}\(", text, re.MULTILINE), (file, name)


def test_every_row_has_a_test_or_says_what_is_missing():
    """No row is a promise without a test."""
    assert len(ROWS) > 35
    assert [] == [row for row in ROWS if not list(named(row)) and "not yet: " not in row]

"""Record what libs/goengine answers: `python tools/generate_engine_corpus.py --write`.

Three files under libs/goengine/testdata hold the libraries' answers, so that tests of Python's own
forms need no Go: semver.json and glob.json of random and hand-written patterns (the generator is
seeded), templates.json of the templates in templates.yaml. Without --write, the files are compared
with what the engine answers now, and differences are an error.
"""

import argparse
import json
import random
import sys
from pathlib import Path
from typing import Any

import yaml

from plumbline.core import errors
from plumbline.scripts import goengine
from plumbline.testcluster import binaries

TESTDATA = Path(__file__).resolve().parents[1] / "libs/goengine/testdata"
SEED = 20_260_304
RANGES, GLOBS = 700, 900
NUMBERS = ["0", "1", "2", "3", "10"]
STRANGE = ["01", "x", "X", "*", "", "18446744073709551615", "18446744073709551616"]
PRE = ["alpha", "beta.1", "0", "01", "rc-1", "1.x", "", "a..b", "x", "alpha.10", "alpha.9"]
BUILD = ["b", "1.2", "", "a_b"]
OPERATORS = ["", "=", "!=", ">", "<", ">=", "<=", "~", ">~", "~>", "^"]
STRANGE_OPERATORS = ["==", "<>", "=>", "=<", "!", ">>"]
BETWEEN = [",", " ", ", ", " || ", "||", " - "]
STRANGE_BETWEEN = [",,", " , ", "\t", "\v", "|", "-", "\u00a0", "&&", " ||  ||"]
FIXED = ["1.2.3", "0.0.0", "0.1.0", "2.0.0", "1.2.3-alpha", "1.0.0-0", "v1", "1.2"]
RANGE_EDGES = [
    "", " ", "*", "x", "X", "||", "1||", "||1", "v1", "^0", "^0.0", "^0.0.0", "^0.0.3", "^0.2",
    "~0", "~0.0", "~0.0.0", "~1", "~1.2", "~1.2.3-beta", "^1.2.3-beta", ">1", ">1.2", "<=1",
    "<=1.2", "!=1", "!=1.2", "!=1.2.3", "=1.x", "1.x.x", "1.*", "1.2.*", "*.1", "1 - 2",
    "1.0 - 2.1", "1.2.3 - 2.3.4", "1.2.3-alpha - 2", "1 -2", "1- 2", ">=1, <2", ">=1 <2",
    ">=1,<2 || >=3", ">= 1.2.3-0", ">1.2.3-alpha <1.2.3", "\u20031", "1\v", "\x1c1", "1,", ",1",
    "1..2", "1.2.3.4", "a", "latest", "1.2.3+build", ">1.2.3+build", "01.2.3", "1.02",
]  # fmt: skip
GLOB_EDGES = [
    "", "*", "**", "?", "[a]", "[!a]", "[a-c]", "[!a-c]", "[^a]", "{a,b}", "{a}", "{}", "{,}",
    "{a,", "{", "}", "a}", "a,b", "[", "[]", "[]a]", "[!]", "[a", "[a-", "[a-]", "[-a]", "[b-a]",
    "[a-bc]", "[ab-]", "a\\", "\\*", "\\", "a*a", "ab*bc", "ab**bc", "a*b*c", "*/x", "a/**/b",
    "**/b", "a/*", "a/**", "team-*", "*-prod", "https://*", "?*", "*?", "??", "***", "a?c",
    "{a,b}*", "*{a,b}", "{a*,b*}", "{ab,abc}c", "[a-c][!a]", "[!ab][!ab]", "{[a],[b]}",
    "a{b{c,d},e}",
]  # fmt: skip
GLOB_TEXTS = ["", "a", "b", "ab", "abc", "a/b", "a/c/b", "/", "^", "*", "team-a", "x-prod"]


def version(rng: random.Random) -> str:
    """Return something like a version."""
    strange = rng.random() < 0.1
    count = rng.choice([1, 2, 3, 3, 3, 4] if strange else [1, 2, 3, 3, 3])
    text = ".".join(rng.choice(NUMBERS + STRANGE if strange else NUMBERS) for _ in range(count))
    text = ("v" if rng.random() < 0.2 else "") + text
    text += f"-{rng.choice(PRE)}" if rng.random() < 0.3 else ""
    return text + (f"+{rng.choice(BUILD)}" if rng.random() < 0.1 else "")


def constraint(rng: random.Random) -> str:
    """Return something like a range of versions."""
    parts = [term(rng)]
    for _ in range(rng.choice([0, 0, 0, 1, 2])):
        parts.append(rng.choice(STRANGE_BETWEEN if rng.random() < 0.15 else BETWEEN))
        parts.append(term(rng))
    return "".join(parts)


def term(rng: random.Random) -> str:
    """Return something like one comparison."""
    text = version(rng)
    if rng.random() < 0.5:
        count = rng.choice([1, 2, 3])
        text = ".".join(rng.choice(["0", "1", "2", "3", "x", "*", "X"]) for _ in range(count))
        text += rng.choice(["-alpha", "-0", "-beta.2"]) if rng.random() < 0.15 else ""
    operator = rng.choice(STRANGE_OPERATORS if rng.random() < 0.08 else OPERATORS)
    return operator + rng.choice(["", "", "", " ", "  "]) + text


def glob(rng: random.Random) -> str:
    """Return something like a glob: of random characters, or of parts that fit."""
    if rng.random() < 0.25:
        return "".join(rng.choices("aab/.*?[]{}!-^,\\c", k=rng.randint(0, 9)))
    return "".join(glob_part(rng, 0) for _ in range(rng.randint(1, 5)))


def glob_part(rng: random.Random, depth: int) -> str:
    """Return one part of a glob."""
    kinds = [
        *["a", "b", "ab", "c", "/", "a/", "."],
        *["*", "*", "*", "**", "**", "?", "?", "[a-b]", "[!a-b]", "[ab]", "[!ab]", "[^a]"],
        *["\\*", "\\a", "\\{"],
    ]
    if rng.random() < 0.85 or depth > 1:
        return rng.choice(kinds)
    branches = [
        "".join(glob_part(rng, depth + 1) for _ in range(rng.choice([0, 1, 1, 1, 2])))
        for _ in range(rng.randint(1, 3))
    ]
    return "{" + ",".join(branches) + "}"


def marks(matches: Any) -> str:
    """Return matches as one character each: taken, not taken, no version."""
    return "".join("-" if m is None else "1" if m else "0" for m in matches)


def semver_corpus(engine: goengine.Engine, rng: random.Random, count: int) -> list[dict[str, Any]]:
    """Return ranges, versions, and which are taken; null where the range is refused."""
    found = []
    for text in [*RANGE_EDGES, *(constraint(rng) for _ in range(count))]:
        versions = [*FIXED, *(version(rng) for _ in range(8))]
        try:
            answer = engine.versions(text, versions)
            taken: str | None = marks(answer.matches)
        except errors.InvalidArgument:
            taken = None
        found.append({"range": text, "versions": versions[len(FIXED) :], "taken": taken})
    return found


def glob_corpus(engine: goengine.Engine, rng: random.Random, count: int) -> list[dict[str, Any]]:
    """Return globs, texts, and which match; null where the glob is refused or fails."""
    found = []
    for text in [*GLOB_EDGES, *(glob(rng) for _ in range(count))]:
        for separator in ("", "/"):
            texts = ["".join(rng.choices("aabb/c.*?{", k=rng.randint(0, 6))) for _ in range(6)]
            asked = [*GLOB_TEXTS, *texts]
            try:
                matched: str | None = marks(engine.glob(text, asked, separators=separator))
            except errors.InvalidArgument:
                matched = None
            found.append({"glob": text, "separator": separator, "texts": texts, "matched": matched})
    return found


def options_of(group: dict[str, Any]) -> goengine.Options:
    """Return a group's options."""
    given = dict(group.get("options") or {})
    given["string_maps"] = tuple(tuple(path) for path in given.get("string_maps", ()))
    return goengine.Options(**given)


def template_corpus(engine: goengine.Engine) -> list[dict[str, Any]]:
    """Return each group's name, and text, error or need of its templates."""
    groups = yaml.safe_load((TESTDATA / "templates.yaml").read_text())
    found = []
    for group in groups:
        rendered = engine.render_all(group["templates"], group["data"], options_of(group))
        found.append({"name": group["name"], "results": [plain(one) for one in rendered]})
    return found


def plain(one: goengine.Rendered) -> Any:
    """Return a result as JSON: a text, or what else there is."""
    if one.error is not None:
        return {"error": one.error.message, "line": one.error.line, "column": one.error.column}
    if one.need is not None:
        return {"kind": one.need.kind, "key": one.need.key}
    return one.text


def texts() -> dict[str, str]:
    """Return the content of every file."""
    engine = goengine.Engine(binaries.ensure_goengine(print))
    try:
        made = {
            "semver.json": {"fixed": FIXED,
                            "cases": semver_corpus(engine, random.Random(SEED), RANGES)},
            "glob.json": {"fixed": GLOB_TEXTS,
                          "cases": glob_corpus(engine, random.Random(SEED), GLOBS)},
            "templates.json": {"cases": template_corpus(engine)},
        }  # fmt: skip
    finally:
        engine.close()
    return {name: written(content) for name, content in made.items()}


def written(content: dict[str, Any]) -> str:
    """Return JSON with one case a line: short, and a difference names its case."""
    cases = ",\n".join(json.dumps(case, ensure_ascii=True) for case in content["cases"])
    fixed = f'"fixed": {json.dumps(content["fixed"])},\n' if "fixed" in content else ""
    return f'{{{fixed}"cases": [\n{cases}\n]}}\n'


def main() -> int:
    """Write or compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the files")
    options = parser.parse_args()
    stale = []
    for name, text in texts().items():
        file = TESTDATA / name
        if options.write:
            file.write_text(text)
        elif not file.exists() or file.read_text() != text:
            stale.append(name)
    if stale:
        print("the engine answers differently:", *stale)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())

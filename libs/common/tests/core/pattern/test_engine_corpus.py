"""Ranges and globs answer as Masterminds/semver and gobwas/glob do: recorded, and asked anew.

The recorded answers are libs/goengine/testdata (tools/generate_engine_corpus.py). For globs, the
library contradicts itself where wildcards stand side by side: there ``is_plain`` must say so.
"""

import importlib.util
import json
import random
from pathlib import Path

import pytest

from plumbline.core import errors, pattern
from plumbline.core.pattern import _semver
from plumbline.scripts import goengine
from plumbline.testcluster import binaries

ROOT = Path(__file__).resolve().parents[5]
TESTDATA = ROOT / "libs/goengine/testdata"
RANGES = json.loads((TESTDATA / "semver.json").read_text())
GLOBS = json.loads((TESTDATA / "glob.json").read_text())


@pytest.fixture(scope="module")
def recorder():
    """tools/generate_engine_corpus.py as a module: its generators make new cases here."""
    path = ROOT / "tools/generate_engine_corpus.py"
    spec = importlib.util.spec_from_file_location("engine_corpus", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def engine():
    """The engine, built if it is not there."""
    made = goengine.Engine(binaries.ensure_goengine(print))
    yield made
    made.close()


def taken(text, versions):
    """What Python's form says, in the form of the corpus."""
    try:
        wanted = _semver.parse_range(text)
    except errors.InvalidArgument:
        return None
    found = map(_semver.parse_version, versions)
    return "".join("-" if v is None else str(int(wanted.takes(v))) for v in found)


def matched(case, texts):
    """What Python's form says of a glob."""
    try:
        glob = pattern.compile_glob(case["glob"], case["separator"])
    except errors.InvalidArgument:
        return None
    return "".join(str(int(glob.match(text))) for text in texts)


def range_differences(cases):
    """Ranges that are answered otherwise."""
    fixed = RANGES["fixed"]
    asked = ((case, taken(case["range"], [*fixed, *case["versions"]])) for case in cases)
    return [(case, found) for case, found in asked if found != case["taken"]]


def glob_differences(cases):
    """Globs that are answered otherwise although they are plain."""
    fixed = GLOBS["fixed"]
    asked = ((case, matched(case, [*fixed, *case["texts"]])) for case in cases)
    return [
        (case, found)
        for case, found in asked
        if found != case["matched"]
        and (found is None or pattern.is_plain(case["glob"], case["separator"]))
    ]


def test_the_corpora_are_large():
    """Five thousand pairs of each, most globs plain, and each kind of answer is among them."""
    ranges, globs = RANGES["cases"], GLOBS["cases"]
    pairs = [c for case in ranges if case["taken"] for c in case["taken"]]
    assert len(pairs) >= 5_000
    assert set(pairs) == set("01-")
    plain = [case for case in globs if pattern.is_plain(case["glob"], case["separator"])]
    answers = [c for case in plain for c in case["matched"]]
    assert len(answers) >= 5_000
    assert set(answers) == set("01")
    assert len(plain) > len(globs) * 0.6
    assert any(case["matched"] is None for case in globs)
    assert any(case["taken"] is None for case in ranges)


def test_ranges_take_what_the_library_takes():
    """Without exception: what it refuses is refused, what is no version to it is none."""
    assert [] == range_differences(RANGES["cases"])


def test_plain_globs_match_what_the_library_matches():
    """Without exception; and what is refused is refused by the library."""
    assert [] == glob_differences(GLOBS["cases"])


def test_new_ranges_are_answered_alike(engine, recorder):
    """Ranges nobody recorded, of a seed of their own."""
    assert [] == range_differences(recorder.semver_corpus(engine, random.Random(7), 600))


def test_new_globs_are_answered_alike(engine, recorder):
    """Globs nobody recorded, of a seed of their own."""
    assert [] == glob_differences(recorder.glob_corpus(engine, random.Random(7), 600))


@pytest.mark.parametrize("seed", range(5))
def test_the_newest_version_is_the_same(engine, recorder, seed):
    """Of equal versions the first, by the name it has."""
    rng = random.Random(seed)
    for _ in range(40):
        text, versions = recorder.constraint(rng), [recorder.version(rng) for _ in range(12)]
        try:
            want = engine.versions(text, versions).newest
        except errors.InvalidArgument:
            with pytest.raises(errors.InvalidArgument):
                pattern.max_version(text, versions)
            continue
        assert want == pattern.max_version(text, versions)


@pytest.mark.parametrize("glob", ["***", "*{,a}*", "{a}{b}", "{*,*a}", "[!ab][!ab]", "a{?,bc}"])
def test_what_the_library_gets_wrong_is_not_plain(glob):
    """A caller that needs the library's own answer asks the engine for these."""
    assert not pattern.is_plain(glob, "/")


@pytest.mark.parametrize(
    "glob",
    ["*", "**", "team-*", "*-prod", "https://*/x/**", "{a,b}-*", "v?.[0-9]", "[!a]*", "a*b*c"],
)
def test_usual_globs_are_plain(glob):
    """What users write."""
    assert pattern.is_plain(glob)
    assert pattern.is_plain(glob, "/")

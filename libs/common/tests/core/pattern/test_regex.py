"""Regular expressions: the same answers as the standard library's, in linear time, bounded."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.core import errors, pattern

ATOMS = [
    "a",
    "b",
    ".",
    "[ab]",
    "[^a]",
    "\\d",
    "\\w",
    "\\.",
    "x|y",
    "(?:a|bc)",
    "(a)",
    "^",
    "$",
    "\\b",
]
SIGNS = ["", "", "*", "+", "?", "{2}", "{1,2}", "{0,}", "*?", "+?"]


@st.composite
def expressions(draw, depth=2):
    parts = []
    for _ in range(draw(st.integers(0, 4))):
        atom = draw(st.sampled_from(ATOMS))
        if depth and draw(st.booleans()):
            atom = f"(?:{draw(expressions(depth - 1))})"
        if atom not in ("^", "$", "\\b", "x|y"):
            atom += draw(st.sampled_from(SIGNS))
        parts.append(atom)
    return "".join(parts)


@given(expressions(), st.text("ab.x1c_", max_size=8))
def test_answers_are_the_standard_librarys(expression, text):
    """A search finds what the backtracking engine finds."""
    assert (re.search(expression, text) is not None) is pattern.compile_regex(expression).search(
        text
    )


@pytest.mark.parametrize(
    ("expression", "text", "want"),
    [
        ("^p/.*$", "p/a", True),
        ("^p/.*$", "q/p/a", False),
        ("(?i)ADMIN", "an Admin", True),
        ("(?i:a)b", "AB", False),
        ("(?i)[a-c]x", "Bx", True),
        ("a(?s:.)b", "a\nb", True),
        ("a.b", "a\nb", False),
        ("(?m)^b$", "a\nb\nc", True),
        ("^b$", "a\nb\nc", False),
        ("[[:alpha:]]+[[:^digit:]]$", "ab-", True),
        ("\\pL\\p{Nd}", "ß7", True),
        ("\\PL", "a", False),
        ("\\x41\\x{42}\\103", "ABC", True),
        ("\\Qa.b*\\E", "a.b*", True),
        ("\\Qa.b*\\E", "aXb", False),
        ("(?P<name>a)(?<other>b)", "ab", True),
        ("a{,2}", "a{,2}", True),
        ("[]a]", "]", True),
        ("[a-]", "-", True),
        ("[^\\d\\s]", "1 ", False),
        ("", "", True),
        ("\\Aab\\z", "ab", True),
        ("^.{8,32}$", "seven77", False),
        ("^.{8,32}$", "eight888", True),
        ("^.{8,32}$", "x" * 33, False),
    ],
)
def test_syntax(expression, text, want):
    """The field's syntax."""
    assert want is pattern.compile_regex(expression).search(text)


@pytest.mark.parametrize(
    "expression",
    [
        "(", ")", "a)", "[", "[a", "[]", "a**", "*", "+a", "(?=a)", "(?!a)", "(?<=a)", "(?<!a)",
        "(a)\\1", "\\", "\\y", "\\p{Nonsense}", "[z-a]", "[[:nonsense:]]", "a{1001}", "a{2,1}",
        "(?x)a", "\\x{110000}", "\\xzz", "(?P<1>a)", "((a{1000}){1000}){1000}",
        "(" * 101 + ")" * 101,
        "a" * 3000, "((((a{100}){100}){100}){100}){100}",
    ],
)  # fmt: skip
def test_what_is_not_an_expression_or_too_much_is_refused(expression):
    """Errors, not surprises: no look-around, no back-references, bounded size."""
    with pytest.raises(errors.InvalidArgument):
        pattern.compile_regex(expression)


@pytest.mark.parametrize(
    ("expression", "want"),
    [
        ("(a+)+$", False),
        ("(a|a)*$", True),  # nothing, at the end
        ("(a|aa)+$", False),
        ("(.*)*x", False),
        ("(a?){50}a{50}", True),
        ("^(a*)*b", False),
    ],
)
def test_hostile_expressions_end(expression, want):
    """What makes a backtracking engine hang is answered at once (the suite's timeout judges)."""
    assert want is pattern.compile_regex(expression).search("a" * 5_000 + "!")


def test_many_different_texts_do_not_fill_the_memory():
    """Remembered transitions are bounded, and forgetting them changes no answer."""
    regex = pattern.Regex("(ab|cd|[x-z]{3,9})+\\d$")
    for number in range(3_000):
        text = f"{chr(0x4E00 + number)}abcdxyz{number % 10}"
        assert regex.search(text)
        assert not regex.search(text + "é")
    assert 5_000 > len(regex._automaton._moves)

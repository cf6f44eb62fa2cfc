"""Globs: what users know, linear whatever the pattern."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.core import errors, pattern


@pytest.mark.parametrize(
    ("glob", "text", "separator", "want"),
    [
        ("*", "a/b", "", True),
        ("*", "a/b", "/", False),
        ("**", "a/b", "/", True),
        ("https://h/*", "https://h/r", "/", True),
        ("https://h/*", "https://h/o/r", "/", False),
        ("https://h/**", "https://h/o/r", "/", True),
        ("app-?", "app-1", "", True),
        ("app-?", "app-", "", False),
        ("{a,b}-x", "b-x", "", True),
        ("{a,{b,c}}", "c", "", True),
        ("[a-c]x", "bx", "", True),
        ("[!a-c]x", "bx", "", False),
        ("a.c", "abc", "", False),
        (r"a\*", "a*", "", True),
        (r"a\*", "ab", "", False),
        ("", "", "", True),
        ("", "x", "", False),
        ("a{b", "ab", "", True),
        ("a}b,c", "a}b,c", "", True),
        ("{a", "a", "", True),
        ("[^a]", "^", "", True),
        ("[^a]", "b", "", False),
        ("[!a]b", "/b", "/", True),
        ("[ab\\]]", "]", "", True),
        ("a\\", "a", "", True),
        ("?", "", "", True),
        ("[!a]", "", "", True),
        ("a?", "a", "", False),
        ("ab*bc", "abc", "", True),
        ("ab*bc", "abc", "/", False),
        ("ab**bc", "abc", "/", True),
        ("a*a*a", "aa", "", False),
    ],
)
def test_globs_match_as_users_know_them(glob, text, separator, want):
    """Stars, doubles, classes, alternatives, escapes."""
    assert want is pattern.match(glob, text, separator=separator)


def test_broken_patterns_are_named_and_match_nothing():
    """compile_glob raises, match and is_plain are false."""
    for broken in ("[a", "[]", "[]a]", "[!]", "[b-a]", "[a-bc]", "[a-", "a" * 5000, "{" * 60):
        with pytest.raises(errors.InvalidArgument):
            pattern.compile_glob(broken)
        assert not pattern.match(broken, "a")
        assert not pattern.is_plain(broken)


def test_an_adversarial_pattern_costs_no_more_than_its_length_allows():
    """A backtracking matcher would need 2^40 steps here."""
    assert not pattern.match("a*" * 40 + "b", "a" * 400)


@given(st.text(max_size=30))
def test_a_text_without_special_characters_matches_itself(text):
    """Escaping every special character gives a literal pattern."""
    literal = "".join(f"\\{c}" if c in "*?[]{}\\," else c for c in text)
    assert pattern.match(literal, text, separator="/")

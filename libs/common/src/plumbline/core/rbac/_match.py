"""One field of a policy line against one field of a request: glob or regular expression.

A project's owner writes patterns, and every request of the project is matched against them, so the
cost is bounded: a text is read once, whatever the pattern.
"""

import functools
from collections.abc import Callable
from typing import Final, NamedTuple

from plumbline.core import errors, pattern

__all__ = ["GLOB", "REGEX", "Matcher", "compile_matcher", "is_costly"]

GLOB: Final = "glob"
REGEX: Final = "regex"
_LENGTH: Final = 2048  # characters of a pattern
_SPECIAL: Final = frozenset("?[{\\")
_SIGNS: Final = {"*": "(?s:.*)", "?": "(?s:.)"}
_META: Final = frozenset("\\.+*?()|[]{}^$")


class Matcher(NamedTuple):
    """A compiled pattern."""

    test: Callable[[str, pattern.Meter | None], bool]
    """Of a text; the meter counts the steps of what needs more than a comparison."""
    exact: str | None = None
    """The one text that matches, if there is one only."""
    prefix: str | None = None
    """What every match begins with, if that is all it takes."""
    cost: int = 0
    """Steps per character at worst; 0 for what needs one comparison."""


def is_costly(text: str, mode: str) -> bool:
    """Tell whether a pattern needs an automaton."""
    return bool((_META if mode == REGEX else _SPECIAL).intersection(text))


@functools.lru_cache(maxsize=5_000)
def compile_matcher(text: str, mode: str) -> Matcher:
    """Compile a pattern of a policy (behaviour.md section 14).

    Args:
        text: the pattern.
        mode: ``glob``: the whole field, ``*`` crosses ``/``; ``regex``: found anywhere in it.

    Raises:
        errors.InvalidArgument: it cannot be read, or it is beyond all reason.
    """
    if len(text) > _LENGTH:
        raise errors.InvalidArgument(f"pattern of {len(text)} characters, at most {_LENGTH}")
    if mode == REGEX:
        if not is_costly(text, mode):
            return Matcher(lambda value, _: text in value)
        compiled = pattern.compile_regex(text)
        return Matcher(compiled.search, cost=compiled.size)
    if not is_costly(text, mode):
        return _stars(text)
    compiled = pattern.Regex(_as_regex(text), length=_LENGTH * 8)
    return Matcher(compiled.search, cost=compiled.size)


def _stars(text: str) -> Matcher:
    """Return the matcher of a glob without other signs than ``*``."""
    head, *rest = [text] if "*" not in text else text.split("*")
    if not rest:
        return Matcher(lambda value, _: value == text, exact=text)
    *middle, tail = rest
    middle = [part for part in middle if part]
    if not middle and not tail:
        return Matcher(lambda value, _: value.startswith(head), prefix=head)

    def test(value: str, _: pattern.Meter | None) -> bool:
        end = len(value) - len(tail)
        if not value.startswith(head) or not value.endswith(tail) or end < len(head):
            return False
        at = len(head)
        for part in middle:
            # The first place is as good as any: what follows has the most room.
            at = value.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return True

    return Matcher(test)


def _as_regex(glob: str) -> str:
    """Translate a glob; the automaton then takes classes and alternatives without expanding them.

    Raises:
        errors.InvalidArgument: a brace or a bracket is not closed.
    """
    found, depth, index = ["\\A"], 0, 0
    while index < len(glob):
        char = glob[index]
        if char in "[\\":
            piece, index = _longer(glob, index)
        elif char == "}" and depth:
            piece, depth = ")", depth - 1
        elif char == "{":
            piece, depth = "(?:", depth + 1
        elif char == "," and depth:
            piece = "|"
        else:
            piece = _SIGNS.get(char) or _literal(char)
        if piece != "(?s:.*)" or found[-1] != piece:
            found.append(piece)
        index += 1
    if depth:
        raise errors.InvalidArgument("pattern: a brace is not closed")
    return "(?:" + "".join(found) + ")\\z"


def _longer(glob: str, index: int) -> tuple[str, int]:
    """Translate a class or an escape; return where it ends, too."""
    if glob[index] == "[":
        end = glob.find("]", index + 2)
        if end < 0:
            raise errors.InvalidArgument("pattern: a bracket is not closed")
        return _class(glob[index + 1 : end]), end
    if index + 1 == len(glob):
        raise errors.InvalidArgument("pattern: it ends with a backslash")
    return _literal(glob[index + 1]), index + 1


def _class(body: str) -> str:
    negated = body[:1] in ("!", "^")
    body = body[1:] if negated else body
    if len(body) == 3 and body[1] == "-":
        members = f"{_literal(body[0])}-{_literal(body[2])}"
    else:
        members = "".join(map(_literal, body))
    return f"[{'^' if negated else ''}{members}]"


def _literal(char: str) -> str:
    return char if char.isascii() and char.isalnum() else f"\\x{{{ord(char):x}}}"

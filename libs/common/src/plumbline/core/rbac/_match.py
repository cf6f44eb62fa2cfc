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
    glob = pattern.compile_glob(text)
    return Matcher(glob.match, cost=glob.size)


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
        if not value.startswith(head) or not value.endswith(tail):
            return False
        at = len(head)
        if not middle:  # here the ends may overlap, as plumbline.core.pattern has it
            return True
        if end < at:
            return False
        for part in middle:
            # The first place is as good as any: what follows has the most room.
            at = value.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return True

    return Matcher(test)

"""Globs as users know them from AppProjects: ``*``, ``**``, ``?``, ``[a-z]``, ``{a,b}``.

Translated to an automaton of our own rather than to a backtracking regular expression: a pattern
comes from a user, so its cost must not explode. ``*`` crosses a separator only if none is given
(behaviour.md section 9).
"""

import functools
from collections.abc import Iterator
from typing import Final, NamedTuple

from plumbline.core import errors

__all__ = ["Glob", "compile_glob", "match"]

_LIMIT: Final = 2048  # characters of a pattern; longer ones are refused
_ALTERNATIVES: Final = 256  # expanded braces, at most


class _Token(NamedTuple):
    kind: str  # "char", "any", "star", "super", "class"
    text: str = ""
    negated: bool = False


class Glob:
    """A compiled pattern."""

    def __init__(self, pattern: str, separator: str) -> None:
        self._separator = separator
        self._alternatives = [_tokens(p) for p in _expand(pattern)]

    def match(self, text: str) -> bool:
        """Tell whether the whole text matches."""
        return any(self._run(tokens, text) for tokens in self._alternatives)

    def _run(self, tokens: tuple[_Token, ...], text: str) -> bool:
        """Simulate the automaton: the set of token positions that are reachable."""
        states = self._skip_stars(tokens, {0})
        for char in text:
            following = set()
            for state in states:
                if state < len(tokens):
                    token = tokens[state]
                    if self._takes(token, char):
                        stays = token.kind in ("star", "super")
                        following.add(state if stays else state + 1)
            states = self._skip_stars(tokens, following)
            if not states:
                return False
        return len(tokens) in states

    def _skip_stars(self, tokens: tuple[_Token, ...], states: set[int]) -> set[int]:
        found = set(states)
        stack = list(states)
        while stack:
            state = stack.pop()
            is_star = state < len(tokens) and tokens[state].kind in ("star", "super")
            if is_star and state + 1 not in found:
                found.add(state + 1)
                stack.append(state + 1)
        return found

    def _takes(self, token: _Token, char: str) -> bool:
        if token.kind == "super":
            return True
        if token.kind == "char":
            return char == token.text
        if char == self._separator:
            return False
        if token.kind == "class":
            return (char in token.text) != token.negated
        return True


def _expand(pattern: str) -> list[str]:
    """Expand ``{a,b}``, nested ones included."""
    if len(pattern) > _LIMIT:
        raise errors.InvalidArgument(f"pattern of {len(pattern)} characters, at most {_LIMIT}")
    depth, start, last, parts = 0, 0, 0, []
    for index, char in _unescaped(pattern):
        if char == "{":
            depth += 1
            if depth == 1:
                start, last = index, index + 1
        elif char == "," and depth == 1:
            parts.append(pattern[last:index])
            last = index + 1
        elif char == "}" and depth:
            depth -= 1
            if depth == 0:
                parts.append(pattern[last:index])
                return _product(pattern[:start], parts, pattern[index + 1 :])
    if depth:
        raise errors.InvalidArgument(f"pattern {pattern!r}: a brace is not closed")
    return [pattern]


def _unescaped(pattern: str) -> Iterator[tuple[int, str]]:
    """Yield the characters that no backslash precedes."""
    escaped = False
    for index, char in enumerate(pattern):
        if not escaped and char != "\\":
            yield index, char
        escaped = not escaped and char == "\\"


def _product(head: str, parts: list[str], tail: str) -> list[str]:
    ends = _expand(tail)
    middles = [m for part in parts for m in _expand(part)]
    if len(ends) * len(middles) > _ALTERNATIVES:
        raise errors.InvalidArgument(f"pattern with more than {_ALTERNATIVES} alternatives")
    return [head + middle + end for middle in middles for end in ends]


def _tokens(pattern: str) -> tuple[_Token, ...]:
    tokens: list[_Token] = []
    index = 0
    while index < len(pattern):
        char = pattern[index]
        if char == "*":
            double = pattern[index : index + 2] == "**"
            tokens.append(_Token("super" if double else "star"))
            index += 2 if double else 1
        elif char == "?":
            tokens.append(_Token("any"))
            index += 1
        elif char == "[":
            token, index = _class(pattern, index)
            tokens.append(token)
        else:
            index += char == "\\"
            tokens.append(_Token("char", pattern[index : index + 1]))
            index += 1
    return tuple(tokens)


def _class(pattern: str, start: int) -> tuple[_Token, int]:
    end = pattern.find("]", start + 2)
    if end < 0:
        raise errors.InvalidArgument(f"pattern {pattern!r}: a bracket is not closed")
    body = pattern[start + 1 : end]
    negated = body[:1] in ("!", "^")
    body = body[1:] if negated else body
    if len(body) == 3 and body[1] == "-":
        body = "".join(map(chr, range(ord(body[0]), ord(body[2]) + 1)))
    return _Token("class", body, negated), end + 1


@functools.lru_cache(maxsize=10_000)
def compile_glob(pattern: str, separator: str = "") -> Glob:
    """Compile a pattern.

    Args:
        pattern: the glob.
        separator: a character that ``*`` and ``?`` do not cross; empty: they cross everything.

    Raises:
        errors.InvalidArgument: an unclosed brace or bracket, or a pattern beyond all reason.
    """
    return Glob(pattern, separator)


def match(pattern: str, text: str, *, separator: str = "") -> bool:
    """Tell whether a text matches a pattern; a pattern that cannot be read matches nothing."""
    if pattern == "*" and not separator:
        return True
    try:
        return compile_glob(pattern, separator).match(text)
    except errors.InvalidArgument:
        return False

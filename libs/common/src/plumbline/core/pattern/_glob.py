r"""Globs as users know them, by the grammar of gobwas/glob: ``* ** ? [a-z] [!ab] {a,b} \``.

Translated to an automaton of our own rather than to a backtracking regular expression: a pattern
comes from a user, so its cost must not explode. ``*`` and ``?`` cross a separator only if none is
given (behaviour.md section 9); a class takes a separator. A brace that is not closed ends with the
pattern, ``[^a]`` is a class of two characters, and what a class may be is stricter than elsewhere.

The library itself contradicts this grammar for some patterns that put wildcards side by side
(``*{,a}*`` does not match the empty text there), and counts bytes for characters in others
(``?b*`` does not match ``éb``). ``is_plain`` tells that a pattern is none of the first: for plain
patterns and texts of ASCII the answers are equal, which the corpus of libs/goengine holds.
"""

import functools
import itertools
from collections.abc import Sequence
from typing import Final

from plumbline.core import errors
from plumbline.core.pattern._automaton import Automaton, Chars, Meter, Tree

__all__ = ["Glob", "compile_glob", "is_plain", "match"]

_LIMIT: Final = 2048  # characters of a pattern; longer ones are refused
_NODES: Final = 10_000
_DEPTH: Final = 50  # braces in braces
_ANY: Final = Chars(negated=True)
_EMPTY: Final = Tree("all")
_INVALID: Final = "\ufffd"  # what the library takes for the first character of an empty text


class Glob:
    """A compiled pattern."""

    def __init__(self, pattern: str, separator: str) -> None:
        if len(pattern) > _LIMIT:
            raise errors.InvalidArgument(f"pattern of {len(pattern)} characters, at most {_LIMIT}")
        parts = _Parser(pattern, separator).parse()
        self.is_plain = len(separator) <= 1 and _plain_sequence(parts)
        tree = Tree(
            "all",
            parts=(Tree("assert", name="begin"), _alone(parts), Tree("assert", name="end")),
        )
        self._automaton = Automaton(tree, limit=_NODES)
        self._head: str | None = None
        self._whole: str | None = None
        if all(map(_is_text, parts)):
            self._whole = _written(parts)
        elif _takes_all(parts[-1]) and all(map(_is_text, parts[:-1])):
            self._head = _written(parts[:-1])

    @property
    def size(self) -> int:
        """The cost of one character at worst, in steps."""
        return self._automaton.size

    def match(self, text: str, meter: Meter | None = None) -> bool:
        """Tell whether the whole text matches.

        Raises:
            errors.ResourceExhausted: a meter was given and ran out.
        """
        if self._whole is not None:  # most patterns are a name, or how names begin
            return text == self._whole
        if self._head is not None:
            return text.startswith(self._head)
        return self._automaton.search(text, meter)


class _Parser:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str, separators: str) -> None:
        self._pattern = pattern
        self._position = 0
        ranges = tuple((s, s) for s in separators)
        self._single = Tree("chars", Chars(ranges, negated=True), name="single")
        self._star = Tree("repeat", parts=(self._single,), name="star")
        self._super = Tree("repeat", parts=(Tree("chars", _ANY),), name="super")

    def parse(self) -> tuple[Tree, ...]:
        return self._sequence(0)

    def _sequence(self, depth: int) -> tuple[Tree, ...]:
        """Read up to the end, or inside of braces up to a comma or the closing brace."""
        parts: list[Tree] = []
        while (char := self._peek()) and not (depth and char in ",}"):
            self._position += 1
            if char == "*":
                double = self._peek() == "*"
                self._position += double
                star = self._super if double else self._star
                if parts[-1:] != [star] and not (
                    parts and _takes_all(star) and _takes_all(parts[-1])
                ):
                    parts.append(star)
            elif char == "?":
                parts.append(self._single)
            elif char == "[":
                parts.append(self._class())
            elif char == "{":
                parts.append(self._braces(depth + 1))
            else:
                parts += self._text(char)
        return tuple(parts)

    def _peek(self) -> str:
        return self._pattern[self._position : self._position + 1]

    def _text(self, char: str) -> list[Tree]:
        """Return one character; a backslash takes the next one as it is, at the end it is none."""
        if char == "\\":
            char = self._peek()
            self._position += 1
        return [_char(char)] if char else []

    def _braces(self, depth: int) -> Tree:
        if depth > _DEPTH:
            raise errors.InvalidArgument(f"pattern with more than {_DEPTH} braces in one another")
        branches = [self._sequence(depth)]
        while self._peek() == ",":
            self._position += 1
            branches.append(self._sequence(depth))
        self._position += 1  # the closing brace; a pattern that ends without it is taken, too
        return Tree("any", parts=tuple(Tree("all", parts=b) for b in branches), name="braces")

    def _class(self) -> Tree:
        negated = self._peek() == "!"
        self._position += negated
        low, between = self._peek(), self._pattern[self._position + 1 : self._position + 2]
        if low and between == "-":
            high = self._pattern[self._position + 2 : self._position + 3]
            self._position += 3
            if not high or high < low:
                raise self._bad("a range must go from a lower to a higher character")
            ranges: tuple[tuple[str, str], ...] = ((low, high),)
        else:
            ranges = tuple((c, c) for c in self._listed())
        if self._peek() != "]":
            raise self._bad("a bracket is not closed, or holds more than one range")
        self._position += 1
        if not ranges:
            raise self._bad("a pair of brackets is empty")
        return Tree("chars", Chars(ranges, negated=negated), name="class")

    def _listed(self) -> list[str]:
        found: list[str] = []
        while (char := self._peek()) and char != "]":
            self._position += 1
            if char == "\\":
                char = self._peek()
                self._position += 1
            found += char
        return found

    def _bad(self, why: str) -> errors.InvalidArgument:
        return errors.InvalidArgument(f"pattern {self._pattern!r}: {why}")


def _char(char: str) -> Tree:
    return Tree("chars", Chars(((char, char),)), name="text")


def _alone(parts: Sequence[Tree]) -> Tree:
    """Return the tree of a whole pattern, or of an alternative that is one.

    Two habits of the library that users' rules were written with: a pattern that is one ``?``, or
    one class that takes U+FFFD, matches the empty text, too (the library decodes a character there
    and gets that one); and the ends of ``ab*bc`` may overlap: it matches ``abc``.
    """
    if len(parts) == 1:
        (part,) = parts
        if part.name == "braces":
            return Tree("any", parts=tuple(_alone(branch.parts) for branch in part.parts))
        if part.name in ("single", "class") and part.chars.takes(_INVALID):
            return Tree("any", parts=(part, _EMPTY))
    whole = Tree("all", parts=tuple(parts))
    wild = [i for i, part in enumerate(parts) if part.name != "text"]
    if len(wild) != 1 or not _takes_all(parts[wild[0]]):
        return whole
    head, tail = _written(parts[: wild[0]]), _written(parts[wild[0] + 1 :])
    overlaps = (
        Tree("all", parts=tuple(map(_char, head + tail[size:])))
        for size in range(1, min(len(head), len(tail)) + 1)
        if head.endswith(tail[:size])
    )
    return Tree("any", parts=(whole, *overlaps))


def _takes_all(part: Tree) -> bool:
    """Tell whether a part is a star that no separator stops."""
    return part.name in ("star", "super") and part.parts[0].chars == _ANY


def _written(parts: Sequence[Tree]) -> str:
    return "".join(part.chars.ranges[0][0] for part in parts)


def _plain_sequence(parts: Sequence[Tree]) -> bool:
    """Tell whether no two parts stand side by side that the library runs together."""
    for part, after in itertools.pairwise(parts):
        if {part.name, after.name} == {"star", "super"} and _takes_all(part) != _takes_all(after):
            return False
        if part.name == after.name == "class" and part.chars.negated and part == after:
            return False
    return all(
        _plain_braces(part, alone=len(parts) == 1) for part in parts if part.name == "braces"
    )


def _plain_braces(part: Tree, *, alone: bool) -> bool:
    """Tell the same of alternatives: the library takes out what all of them begin or end with."""
    branches = [branch.parts for branch in part.parts]
    if not all(branches):
        return False
    if all(_is_text(p) for branch in branches for p in branch):
        return alone or len(set(branches)) > 1  # one alternative is no alternative
    if not alone or any(p.name == "braces" for branch in branches for p in branch):
        return False
    return all(map(_plain_sequence, branches)) and not any(
        len({_end(branch, end) for branch in branches}) == 1 for end in (0, -1)
    )


def _end(parts: Sequence[Tree], index: int) -> object:
    """Return what the library compares: a run of characters is one thing to it."""
    if not _is_text(parts[index]):
        return parts[index]
    ordered = parts if index == 0 else parts[::-1]
    return tuple(itertools.takewhile(_is_text, ordered))


def _is_text(part: Tree) -> bool:
    return part.name == "text"


@functools.lru_cache(maxsize=10_000)
def compile_glob(pattern: str, separator: str = "") -> Glob:
    """Compile a pattern.

    Args:
        pattern: the glob.
        separator: characters that ``*`` and ``?`` do not cross; empty: they cross everything.

    Raises:
        errors.InvalidArgument: a broken class, or a pattern beyond all reason.
    """
    return Glob(pattern, separator)


def is_plain(pattern: str, separator: str = "") -> bool:
    """Tell whether the answers for texts of ASCII are gobwas/glob's own; false if it is broken."""
    try:
        return compile_glob(pattern, separator).is_plain
    except errors.InvalidArgument:
        return False


def match(pattern: str, text: str, *, separator: str = "") -> bool:
    """Tell whether a text matches a pattern; a pattern that cannot be read matches nothing."""
    if pattern == "*" and not separator:
        return True
    try:
        return compile_glob(pattern, separator).match(text)
    except errors.InvalidArgument:
        return False

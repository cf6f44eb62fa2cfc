"""Automata for patterns: time is linear in the text, whatever the pattern.

Thompson's construction: a pattern's tree becomes a graph of nodes; a text is read once, keeping the
set of nodes that are reachable. Sets and transitions met are remembered up to a bound, so that
usual patterns cost one look-up per character. Used by ``_regex``.
"""

import unicodedata
from typing import Final, NamedTuple

from plumbline.core import errors

__all__ = ["ASSERTIONS", "Automaton", "Chars", "Meter", "Tree"]

_KEPT: Final = 1_000  # transitions remembered per pattern
_KEPT_NODES: Final = 10_000  # nodes in all remembered sets together
_MATCHED: Final = -1
_START, _WORD, _NEWLINE, _OTHER = range(4)  # what stands before a position
ASSERTIONS: Final = frozenset({"begin", "end", "line begin", "line end", "word", "not word"})


class Meter:
    """Steps that are left for several searches together: for patterns of those we do not trust."""

    def __init__(self, left: int) -> None:
        self.left = left

    def take(self, steps: int) -> None:
        """Count steps.

        Raises:
            errors.ResourceExhausted: there were not as many left.
        """
        self.left -= steps
        if self.left < 0:
            raise errors.ResourceExhausted("matching these patterns takes too long")


class Chars(NamedTuple):
    """A set of characters: ranges, Unicode categories, other sets."""

    ranges: tuple[tuple[str, str], ...] = ()
    categories: tuple[str, ...] = ()
    sets: tuple["Chars", ...] = ()
    negated: bool = False
    fold: bool = False
    """Whether case is ignored."""

    def takes(self, char: str) -> bool:
        """Tell whether a character is in the set."""
        forms = {char, char.lower(), char.upper()} if self.fold else (char,)
        return any(map(self._holds, forms)) != self.negated

    def _holds(self, char: str) -> bool:
        return (
            any(first <= char <= last for first, last in self.ranges)
            or any(inner.takes(char) for inner in self.sets)
            or any(unicodedata.category(char).startswith(c) for c in self.categories)
        )


class Tree(NamedTuple):
    """A parsed pattern: ``kind`` is chars, assert, all, any, or repeat."""

    kind: str
    chars: Chars = Chars()
    name: str = ""
    parts: tuple["Tree", ...] = ()
    least: int = 0
    most: int | None = None


class _Node(NamedTuple):
    kind: str  # "chars", "assert", "split", "match"
    outs: tuple[int, ...] = ()
    chars: Chars = Chars()
    name: str = ""


class Automaton:
    """A compiled pattern that is looked for anywhere in a text."""

    def __init__(self, tree: Tree, *, limit: int) -> None:
        """Compile.

        Args:
            tree: the pattern.
            limit: nodes it may have.

        Raises:
            errors.InvalidArgument: it would have more.
        """
        self._limit = limit
        self._nodes: list[_Node] = [_Node("match")]
        self._start = self._emit(tree, 0)
        self._forget()

    @property
    def size(self) -> int:
        """The number of nodes: the cost of one character, at worst."""
        return len(self._nodes)

    def search(self, text: str, meter: Meter | None = None) -> bool:
        """Tell whether the pattern matches somewhere in the text.

        Raises:
            errors.ResourceExhausted: the meter ran out.
        """
        state = self._initial
        for char in text:
            known = self._moves.get((state, char))
            state = self._move(state, char, meter) if known is None else known
            if state == _MATCHED:
                return True
        return self._ends(state, meter)

    def _add(self, node: _Node) -> int:
        if len(self._nodes) >= self._limit:
            raise errors.InvalidArgument(f"pattern is too large (more than {self._limit} nodes)")
        self._nodes.append(node)
        return len(self._nodes) - 1

    def _emit(self, tree: Tree, following: int) -> int:
        """Add a tree whose match continues at a node; return where it begins."""
        if tree.kind == "chars":
            return self._add(_Node("chars", (following,), chars=tree.chars))
        if tree.kind == "assert":
            return self._add(_Node("assert", (following,), name=tree.name))
        if tree.kind == "all":
            for part in reversed(tree.parts):
                following = self._emit(part, following)
            return following
        if tree.kind == "any":
            outs = tuple(self._emit(part, following) for part in tree.parts)
            return self._add(_Node("split", outs))
        return self._repeat(tree, following)

    def _repeat(self, tree: Tree, following: int) -> int:
        (part,) = tree.parts
        if tree.most is None:
            loop = self._add(_Node("split"))
            self._nodes[loop] = _Node("split", (self._emit(part, loop), following))
            following = loop
        else:
            end = following
            for _ in range(tree.most - tree.least):
                following = self._add(_Node("split", (self._emit(part, following), end)))
        for _ in range(tree.least):
            following = self._emit(part, following)
        return following

    def _forget(self) -> None:
        self._moves: dict[tuple[int, str], int] = {}
        self._ids: dict[frozenset[int], int] = {}
        self._sets: list[frozenset[int]] = []
        self._held = 0
        self._initial = self._state(frozenset((self._start,)), _START)

    def _state(self, nodes: frozenset[int], before: int) -> int:
        """Return the number of a set of nodes after a kind of character."""
        known = self._ids.get(nodes)
        if known is None:
            known = self._ids[nodes] = len(self._sets)
            self._sets.append(nodes)
            self._held += len(nodes)
        return known * 4 + before

    def _move(self, state: int, char: str, meter: Meter | None) -> int:
        nodes, before = self._sets[state // 4], state % 4
        reached = self._closure(nodes, before, char, meter)
        if reached is None:
            following = _MATCHED
        else:
            taken = {
                n.outs[0] for n in map(self._nodes.__getitem__, reached) if n.chars.takes(char)
            }
            if len(self._moves) >= _KEPT or self._held >= _KEPT_NODES:
                self._forget()
                # The present state has no number any more: this move is not remembered.
                return self._state(frozenset((*taken, self._start)), _kind(char))
            following = self._state(frozenset((*taken, self._start)), _kind(char))
        self._moves[(state, char)] = following
        return following

    def _ends(self, state: int, meter: Meter | None) -> bool:
        return self._closure(self._sets[state // 4], state % 4, "", meter) is None

    def _closure(
        self, nodes: frozenset[int], before: int, after: str, meter: Meter | None
    ) -> list[int] | None:
        """Return the character nodes reachable without a character; None if a match is."""
        seen, stack, found = set(nodes), list(nodes), []
        while stack:
            index = stack.pop()
            node = self._nodes[index]
            if node.kind == "match":
                return None
            if node.kind == "chars":
                found.append(index)
            elif node.kind == "split" or _holds(node.name, before, after):
                fresh = [out for out in node.outs if out not in seen]
                seen.update(fresh)
                stack += fresh
        if meter is not None:
            meter.take(len(seen))
        return found


def _kind(char: str) -> int:
    if char == "\n":
        return _NEWLINE
    return _WORD if _is_word(char) else _OTHER


def _is_word(char: str) -> bool:
    return char == "_" or (char.isascii() and char.isalnum())


def _holds(name: str, before: int, after: str) -> bool:
    if name == "begin":
        return before == _START
    if name == "end":
        return not after
    if name == "line begin":
        return before in (_START, _NEWLINE)
    if name == "line end":
        return after in ("", "\n")
    boundary = (before == _WORD) != (after != "" and _is_word(after))
    return boundary == (name == "word")

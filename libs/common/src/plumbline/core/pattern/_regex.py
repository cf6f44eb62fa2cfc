r"""Regular expressions in the field's syntax (RE2), matched in linear time.

Users write them into policies and settings, so a pattern must not be able to stop a service:
there are no back-references and no look-around, and size, depth and repetition are bounded.
Supported: literals, classes (``[a-z]``, ``[[:alpha:]]``, ``\d \w \s``, ``\pL``), ``.``, anchors,
``\b``, groups, flags ``i m s U``, alternatives, repetition (lazy ones match the same texts).
"""

import functools
from typing import Final

from plumbline.core import errors
from plumbline.core.pattern._automaton import Automaton, Chars, Meter, Tree

__all__ = ["Regex", "compile_regex"]

_LENGTH: Final = 2048  # characters of a pattern
_NODES: Final = 4_000
_REPEAT: Final = 1000  # RE2's limit
_DEPTH: Final = 100  # nested groups
_DIGIT: Final = Chars((("0", "9"),))
_WORD: Final = Chars((("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z")))
_SPACE: Final = Chars((("\t", "\n"), ("\f", "\r"), (" ", " ")))
_ANY: Final = Chars(negated=True)
_CLASSES: Final = {"d": _DIGIT, "w": _WORD, "s": _SPACE}
_CONTROLS: Final = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}
_ANCHORS: Final = {"A": "begin", "z": "end", "b": "word", "B": "not word"}
_CATEGORIES: Final = frozenset(
    {
        *("L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No"),
        *("P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So"),
        *("Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf", "Cs", "Co"),
    }
)
_POSIX: Final = {
    "alnum": Chars((("0", "9"), ("A", "Z"), ("a", "z"))),
    "alpha": Chars((("A", "Z"), ("a", "z"))),
    "ascii": Chars((("\x00", "\x7f"),)),
    "blank": Chars((("\t", "\t"), (" ", " "))),
    "cntrl": Chars((("\x00", "\x1f"), ("\x7f", "\x7f"))),
    "digit": _DIGIT,
    "graph": Chars((("!", "~"),)),
    "lower": Chars((("a", "z"),)),
    "print": Chars(((" ", "~"),)),
    "punct": Chars((("!", "/"), (":", "@"), ("[", "`"), ("{", "~"))),
    "space": Chars((("\t", "\r"), (" ", " "))),
    "upper": Chars((("A", "Z"),)),
    "word": _WORD,
    "xdigit": Chars((("0", "9"), ("A", "F"), ("a", "f"))),
}


class Regex:
    """A compiled expression."""

    def __init__(self, pattern: str, *, length: int = _LENGTH) -> None:
        if len(pattern) > length:
            raise errors.InvalidArgument(f"pattern of {len(pattern)} characters, at most {length}")
        self._automaton = Automaton(_Parser(pattern).parse(), limit=_NODES)

    @property
    def size(self) -> int:
        """The cost of one character at worst, in steps."""
        return self._automaton.size

    def search(self, text: str, meter: Meter | None = None) -> bool:
        """Tell whether the expression matches somewhere in the text.

        Raises:
            errors.ResourceExhausted: a meter was given and ran out.
        """
        return self._automaton.search(text, meter)


@functools.lru_cache(maxsize=1_000)
def compile_regex(pattern: str) -> Regex:
    """Compile an expression.

    Raises:
        errors.InvalidArgument: it is not one, or it is beyond all reason; the message says where.
    """
    return Regex(pattern)


class _Parser:
    """Recursive descent; ``flags`` hold within the group that sets them."""

    def __init__(self, pattern: str) -> None:
        self._text = pattern
        self._at = 0
        self._depth = 0
        self._flags: frozenset[str] = frozenset()

    def parse(self) -> Tree:
        tree = self._alternatives()
        if self._at < len(self._text):
            raise self._wrong("unexpected )")
        return tree

    def _wrong(self, what: str) -> errors.InvalidArgument:
        return errors.InvalidArgument(f"pattern: {what} at character {self._at}")

    def _peek(self, length: int = 1) -> str:
        return self._text[self._at : self._at + length]

    def _take(self) -> str:
        char = self._peek()
        if not char:
            raise self._wrong("it ends too early")
        self._at += 1
        return char

    def _eat(self, text: str) -> bool:
        if self._text.startswith(text, self._at):
            self._at += len(text)
            return True
        return False

    def _until(self, end: str) -> str:
        stop = self._text.find(end, self._at)
        if stop < 0:
            raise self._wrong(f"{end} is missing")
        body, self._at = self._text[self._at : stop], stop + len(end)
        return body

    def _alternatives(self) -> Tree:
        flags = self._flags
        branches = [self._sequence()]
        while self._eat("|"):
            branches.append(self._sequence())
        self._flags = flags
        return branches[0] if len(branches) == 1 else Tree("any", parts=tuple(branches))

    def _sequence(self) -> Tree:
        parts: list[Tree] = []
        while self._peek() not in ("", "|", ")"):
            if self._eat("\\Q"):
                literal = self._text[self._at :].split("\\E", 1)
                self._at += len(literal[0]) + (2 if len(literal) > 1 else 0)
                parts += map(self._literal, literal[0])
            else:
                parts.append(self._repetition(self._atom()))
        return Tree("all", parts=tuple(parts))

    def _repetition(self, atom: Tree) -> Tree:
        bounds = self._bounds()
        if bounds is None:
            return atom
        self._eat("?")
        at = self._at
        if self._bounds() is not None:
            self._at = at
            raise self._wrong("a repetition of a repetition")
        return Tree("repeat", parts=(atom,), least=bounds[0], most=bounds[1])

    def _bounds(self) -> tuple[int, int | None] | None:
        for sign, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._eat(sign):
                return bounds
        end = self._text.find("}", self._at)
        if self._peek() != "{" or end < 0:
            return None
        low, comma, high = self._text[self._at + 1 : end].partition(",")
        if not low.isdecimal() or not (high == "" or high.isdecimal()):
            return None
        if len(low) > 4 or len(high) > 4:
            raise self._wrong("a repetition count that is too large")
        least, most = int(low), int(high) if high else (None if comma else int(low))
        if least > _REPEAT or (most is not None and not least <= most <= _REPEAT):
            raise self._wrong("a repetition count that is too large")
        self._at = end + 1
        return least, most

    def _atom(self) -> Tree:
        char = self._take()
        if char == "(":
            return self._group()
        if char == "[":
            return Tree("chars", self._class())
        if char == ".":
            return Tree(
                "chars", _ANY if "s" in self._flags else Chars((("\n", "\n"),), negated=True)
            )
        if char == "^":
            return Tree("assert", name="line begin" if "m" in self._flags else "begin")
        if char == "$":
            return Tree("assert", name="line end" if "m" in self._flags else "end")
        if char in "*+?":
            raise self._wrong("a repetition of nothing")
        if char == "\\":
            if self._peek() in _ANCHORS and self._peek():
                return Tree("assert", name=_ANCHORS[self._take()])
            return Tree("chars", self._escape())
        return self._literal(char)

    def _literal(self, char: str) -> Tree:
        return Tree("chars", Chars(((char, char),), fold="i" in self._flags))

    def _group(self) -> Tree:
        if self._depth >= _DEPTH:
            raise self._wrong(f"more than {_DEPTH} groups in one another")
        outer = self._flags
        if self._eat("?"):
            if self._eat("P<") or (self._peek(2) not in ("<=", "<!") and self._eat("<")):
                if not self._until(">").isidentifier():
                    raise self._wrong("a group's name that is none")
            elif self._set_flags():
                # "(?i)" holds for the rest of the enclosing group.
                return Tree("all")
        self._depth += 1
        tree = self._alternatives()
        self._depth -= 1
        if not self._eat(")"):
            raise self._wrong("a ) is missing")
        self._flags = outer
        return tree

    def _set_flags(self) -> bool:
        """Read flags up to ``)`` or ``:``; tell whether the group is flags only."""
        flags, on = set(self._flags), True
        while True:
            char = self._take()
            if char in ":)":
                self._flags = frozenset(flags)
                return char == ")"
            if char == "-" and on:
                on = False
            elif char in "imsU":
                (flags.add if on else flags.discard)(char)
            else:
                raise self._wrong("an unknown kind of group")

    def _escape(self) -> Chars:
        char = self._take()
        if char.lower() in _CLASSES:
            return _CLASSES[char.lower()]._replace(negated=char.isupper())
        if char in "pP":
            return self._category(negated=char == "P")
        code = self._escaped(char)
        return Chars(((code, code),), fold="i" in self._flags)

    def _escaped(self, char: str) -> str:
        """Return the one character of an escape."""
        if char in _CONTROLS:
            return _CONTROLS[char]
        if char == "x":
            digits = self._until("}") if self._eat("{") else self._take() + self._take()
            return self._point(digits, 16)
        if char in "01234567":
            digits = char
            while len(digits) < 3 and self._peek() and self._peek() in "01234567":
                digits += self._take()
            if digits != "0" and len(digits) < 3:
                raise self._wrong("a back-reference, which is not supported")
            return self._point(digits, 8)
        if char.isascii() and char.isalnum():
            raise self._wrong("an unknown escape")
        return char

    def _point(self, digits: str, base: int) -> str:
        if not digits.isalnum() or len(digits) > 6:
            raise self._wrong("an unknown character code")
        try:
            return chr(int(digits, base))
        except ValueError:
            raise self._wrong("an unknown character code") from None

    def _category(self, *, negated: bool) -> Chars:
        name = self._until("}") if self._eat("{") else self._take()
        if name.startswith("^"):
            name, negated = name[1:], not negated
        if name == "Any":
            return _ANY._replace(negated=not negated)
        if name not in _CATEGORIES:
            raise self._wrong("an unknown character class")
        return Chars(categories=(name,), negated=negated)

    def _class(self) -> Chars:
        negated = self._eat("^")
        ranges: list[tuple[str, str]] = []
        sets: list[Chars] = []
        first = True
        while first or self._peek() != "]":
            first = False
            if self._eat("[:"):
                sets.append(self._posix(self._until(":]")))
                continue
            item = self._member()
            if isinstance(item, Chars):
                sets.append(item)
                continue
            last = item
            if self._peek() == "-" and self._peek(2) not in ("-]", "-"):
                self._at += 1
                bound = self._member()
                if isinstance(bound, Chars) or bound < item:
                    raise self._wrong("an unknown range")
                last = bound
            ranges.append((item, last))
        self._at += 1
        fold = "i" in self._flags
        return Chars(tuple(ranges), sets=tuple(sets), negated=negated, fold=fold)

    def _member(self) -> str | Chars:
        char = self._take()
        if char != "\\":
            return char
        kind = self._peek()
        if kind and kind in "dwsDWSpP":
            return self._escape()
        return self._escaped(self._take())

    def _posix(self, name: str) -> Chars:
        found = _POSIX.get(name.removeprefix("^"))
        if found is None:
            raise self._wrong("an unknown character class")
        return found._replace(negated=name.startswith("^"))

"""Parse and match label selectors (Kubernetes: "Labels and Selectors", label selector grammar)."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from plumbline.core import errors

__all__ = ["EVERYTHING", "Requirement", "Selector", "parse"]

_LIMIT: Final = 16 * 1024  # characters; a longer text is not a selector that anyone wrote
_TOKEN: Final = re.compile(r"\s*(?:(==|!=|=|!|>|<|\(|\)|,)|([^\s=!<>(),]+))", re.ASCII)
_NAME: Final = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?", re.ASCII)
_PREFIX: Final = re.compile(r"[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?", re.ASCII)
_INTEGER: Final = re.compile(r"[+-]?\d{1,18}", re.ASCII)


class Requirement(NamedTuple):
    """One condition; ``operator`` is ``in``, ``notin``, ``exists``, ``!``, ``gt`` or ``lt``."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether labels meet the condition; an absent key meets ``notin`` and ``!``."""
        value = labels.get(self.key)
        match self.operator:
            case "in":
                return value in self.values
            case "notin":
                return value not in self.values
            case "exists":
                return value is not None
            case "!":
                return value is None
        if value is None or not _INTEGER.fullmatch(value):
            return False
        limit = int(self.values[0])
        return int(value) > limit if self.operator == "gt" else int(value) < limit


class Selector(NamedTuple):
    """Conditions that must all hold; none match everything."""

    requirements: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether labels meet every condition."""
        return all(requirement.matches(labels) for requirement in self.requirements)


EVERYTHING: Final = Selector()


def parse(text: str) -> Selector:
    """Read a selector; an empty text selects everything.

    Raises:
        errors.InvalidArgument: the text is not a selector; the message says where it fails.
    """
    if len(text) > _LIMIT:
        raise errors.InvalidArgument(f"label selector is longer than {_LIMIT} characters")
    tokens = _tokens(text)
    return Selector(tuple(_Parser(tokens, text).requirements())) if tokens else EVERYTHING


def _tokens(text: str) -> list[str]:
    found, at, end = [], 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise errors.InvalidArgument(f"unable to parse label selector {text!r} at {at}")
        found.append(match[1] or match[2])
        at = match.end()
    return found


class _Parser:
    """Reads requirements from tokens, left to right."""

    def __init__(self, tokens: list[str], text: str) -> None:
        self._tokens = tokens
        self._text = text
        self._at = 0

    def requirements(self) -> list[Requirement]:
        found = [self._requirement()]
        while self._at < len(self._tokens):
            self._expect(",")
            found.append(self._requirement())
        return found

    def _requirement(self) -> Requirement:
        if self._peek() == "!":
            self._at += 1
            return Requirement(self._key(), "!")
        key = self._key()
        operator = self._peek()
        if operator in ("", ","):
            return Requirement(key, "exists")
        self._at += 1
        if operator in ("=", "=="):
            return Requirement(key, "in", (self._value(),))
        if operator == "!=":
            return Requirement(key, "notin", (self._value(),))
        if operator in ("in", "notin"):
            return Requirement(key, operator, self._values())
        if operator in (">", "<"):
            value = self._value()
            if not _INTEGER.fullmatch(value):
                raise self._wrong(f"{value!r} is not an integer")
            return Requirement(key, "gt" if operator == ">" else "lt", (value,))
        raise self._wrong(f"found {operator!r}, expected an operator")

    def _key(self) -> str:
        key = self._word()
        prefix, slash, name = key.rpartition("/")
        if (slash and not _PREFIX.fullmatch(prefix)) or not _NAME.fullmatch(name):
            raise self._wrong(f"{key!r} is not a label key")
        return key

    def _value(self) -> str:
        """A value; nothing before a comma, a bracket or the end is the empty one."""
        if self._peek() in ("", ",", ")"):
            return ""
        value = self._word()
        if not _NAME.fullmatch(value):
            raise self._wrong(f"{value!r} is not a label value")
        return value

    def _values(self) -> tuple[str, ...]:
        self._expect("(")
        values = [self._value()]
        while self._peek() == ",":
            self._at += 1
            values.append(self._value())
        self._expect(")")
        return tuple(dict.fromkeys(values))

    def _word(self) -> str:
        word = self._peek()
        if not word or word in ("=", "==", "!=", "!", ">", "<", "(", ")", ","):
            raise self._wrong(f"found {word!r}, expected an identifier")
        self._at += 1
        return word

    def _expect(self, token: str) -> None:
        if self._peek() != token:
            raise self._wrong(f"found {self._peek()!r}, expected {token!r}")
        self._at += 1

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _wrong(self, why: str) -> errors.InvalidArgument:
        return errors.InvalidArgument(f"unable to parse label selector {self._text!r}: {why}")

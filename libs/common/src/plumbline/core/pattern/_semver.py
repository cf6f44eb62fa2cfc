"""Semantic versions and ranges of them, by the rules of Masterminds/semver v3.

Users' ``targetRevision: 1.*`` depends on these rules to the letter; a golden table made with that
library holds them. A range without a pre-release matches no pre-release.
"""

import dataclasses
import functools
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from plumbline.core import errors

__all__ = ["Range", "Version", "is_range", "max_version", "parse_range", "parse_version"]

_MAX_TEXT: Final = 256
_MAX_TERMS: Final = 64
_MAX_NUMBER: Final = 2**64 - 1
_TAIL: Final = (
    r"(?P<pre>-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?P<meta>\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_VERSION: Final = re.compile(
    r"v?(?P<major>[0-9]+)(?:\.(?P<minor>[0-9]+))?(?:\.(?P<patch>[0-9]+))?" + _TAIL
)
_SPACES: Final = "\t\n\f\r "  # Go's \s; Python's would take more
_S: Final = f"[{_SPACES}]"
_TERM: Final = re.compile(
    rf"{_S}*(?P<op>=<|=>|!=|>=|<=|~>|=|>|<|~|\^|){_S}*"
    r"(?P<all>v?(?P<major>[0-9xX*|]+)(?:\.(?P<minor>[0-9xX*|]+))?(?:\.(?P<patch>[0-9xX*|]+))?"
    + _TAIL
    + rf"){_S}*"
)
_END: Final = r"v?[0-9xX*|]+(?:\.[0-9xX*|]+){0,2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?"
_HYPHEN: Final = re.compile(rf"{_S}*(?P<low>{_END}){_S}+-{_S}+(?P<high>{_END}){_S}*")
_ALIASES: Final = {"=>": ">=", "=<": "<=", "~>": "~", "=": ""}
_ANY: Final = frozenset("xX*")


@functools.total_ordering
@dataclasses.dataclass(frozen=True)
class Version:
    """A version; build metadata does not count."""

    major: int
    minor: int
    patch: int
    pre: str = ""

    def _key(self) -> tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...]]:
        parts = tuple(
            (False, int(part), "") if part.isdecimal() else (True, 0, part)
            for part in (self.pre.split(".") if self.pre else ())
        )
        return self.major, self.minor, self.patch, not self.pre, parts

    def __lt__(self, other: "Version") -> bool:
        return self._key() < other._key()


@dataclasses.dataclass(frozen=True)
class _Term:
    """One comparison; what was left open counts as zero."""

    op: str
    version: Version
    open_minor: bool = False
    open_patch: bool = False
    is_any: bool = False

    @property
    def is_open(self) -> bool:
        return self.open_minor or self.open_patch or self.is_any

    def takes(self, version: Version, *, pre: bool) -> bool:
        if version.pre and not self.version.pre and not pre:
            return False
        return _CHECKS[self.op](self, version)


def _same(term: _Term, version: Version) -> bool:
    return _tilde(term, version) if term.is_open else version == term.version


def _other(term: _Term, version: Version) -> bool:
    wanted = term.version
    if not (term.open_minor or term.open_patch):
        return version != wanted
    if version.major != wanted.major:
        return True
    if term.open_minor:
        return False
    return version.minor != wanted.minor or version.pre != wanted.pre


def _above(term: _Term, version: Version) -> bool:
    wanted = term.version
    if not term.is_open:
        return version > wanted
    if version.major != wanted.major:
        return version.major > wanted.major
    if term.open_minor:
        return False
    if term.open_patch:
        return version.minor > wanted.minor
    return version > wanted


def _at_most(term: _Term, version: Version) -> bool:
    wanted = term.version
    if not term.is_open:
        return version <= wanted
    if version.major != wanted.major:
        return version.major < wanted.major
    return term.open_minor or version.minor <= wanted.minor


def _tilde(term: _Term, version: Version) -> bool:
    wanted = term.version
    if version < wanted:
        return False
    if (wanted.major, wanted.minor, wanted.patch) == (0, 0, 0) and not (
        term.open_minor or term.open_patch
    ):
        return True
    return version.major == wanted.major and (term.open_minor or version.minor == wanted.minor)


def _caret(term: _Term, version: Version) -> bool:
    wanted = term.version
    if version < wanted:
        return False
    if wanted.major > 0 or term.open_minor:
        return version.major == wanted.major
    if version.major > 0:
        return False
    if wanted.minor > 0 or term.open_patch:
        return version.minor == wanted.minor
    return version.minor == 0 and version.patch == wanted.patch


_CHECKS: Final[Mapping[str, Callable[[_Term, Version], bool]]] = {
    "": _same,
    "!=": _other,
    ">": _above,
    "<": lambda term, version: version < term.version,
    ">=": lambda term, version: version >= term.version,
    "<=": _at_most,
    "~": _tilde,
    "^": _caret,
}


@dataclasses.dataclass(frozen=True)
class Range:
    """Alternatives of comparisons that must all hold."""

    groups: tuple[tuple[_Term, ...], ...]

    def takes(self, version: Version) -> bool:
        """Tell whether a version is in the range."""
        return any(
            all(term.takes(version, pre=any(t.version.pre for t in group)) for term in group)
            for group in self.groups
        )


@functools.lru_cache(maxsize=10_000)  # tags of a repository are asked for again and again
def parse_version(text: str) -> Version | None:
    """Return the version that a text is, also ``v1`` or ``1.2``; None if it is none."""
    found = _VERSION.fullmatch(text) if len(text) <= _MAX_TEXT else None
    if found is None:
        return None
    numbers = [int(found[name] or 0) for name in ("major", "minor", "patch")]
    pre = (found["pre"] or "")[1:]
    if max(numbers) > _MAX_NUMBER or any(_has_zero(part) for part in pre.split(".")):
        return None
    major, minor, patch = numbers
    return Version(major, minor, patch, pre)


def _has_zero(part: str) -> bool:
    return len(part) > 1 and part[0] == "0" and part.isdecimal()


@functools.lru_cache(maxsize=1_000)
def parse_range(text: str) -> Range:
    """Return the range that a text is.

    Raises:
        errors.InvalidArgument: it is none.
    """
    if len(text) > _MAX_TEXT:
        raise errors.InvalidArgument(f"version range of {len(text)} characters")
    spread = _HYPHEN.sub(r">=\g<low>,<=\g<high>", text)
    groups = tuple(_group(part, text) for part in spread.split("||"))
    return Range(groups)


def _group(text: str, whole: str) -> tuple[_Term, ...]:
    terms: list[_Term] = []
    rest = text.strip(_SPACES)
    if not rest:
        raise errors.InvalidArgument(f"{whole!r} is no version range")
    position = 0
    while position < len(rest):
        found = _TERM.match(rest, position)
        if found is None or found.end() == position or len(terms) >= _MAX_TERMS:
            raise errors.InvalidArgument(f"{whole!r} is no version range")
        op = _ALIASES.get(found["op"], found["op"])
        terms.append(_term(op, found["major"], found["minor"], found["patch"], found["pre"] or ""))
        position = found.end()
        if position < len(rest):
            spaced = rest[position - 1] in _SPACES
            if rest[position] == ",":
                position += 1
                if not rest[position:].strip(_SPACES):
                    raise errors.InvalidArgument(f"{whole!r} is no version range")
            elif not spaced:
                raise errors.InvalidArgument(f"{whole!r} is no version range")
    return tuple(terms)


def _term(op: str, major: str, minor: str | None, patch: str | None, pre: str) -> _Term:
    tail = pre[1:]
    if any(_has_zero(part) for part in tail.split(".")):
        raise errors.InvalidArgument(f"{pre!r} is no pre-release")
    if major in _ANY:
        return _Term(op, Version(0, 0, 0, tail), is_any=True)
    if minor is None or minor in _ANY:
        return _Term(op, Version(_number(major), 0, 0, tail), open_minor=True)
    if patch is None or patch in _ANY:
        return _Term(op, Version(_number(major), _number(minor), 0, tail), open_patch=True)
    return _Term(op, Version(_number(major), _number(minor), _number(patch), tail))


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) > _MAX_NUMBER:
        raise errors.InvalidArgument(f"{text!r} is no version number")
    return int(text)


def is_range(text: str) -> bool:
    """Tell whether a revision is a range; a version is not, it names itself."""
    if parse_version(text) is not None:
        return False
    try:
        parse_range(text)
    except errors.InvalidArgument:
        return False
    return True


def max_version(text: str, names: Iterable[str]) -> str | None:
    """Return the name of the highest version in a range; names that are no versions are passed.

    Raises:
        errors.InvalidArgument: the text is no range.
    """
    wanted = parse_range(text)
    found: tuple[Version, str] | None = None
    for name in names:
        version = parse_version(name)
        if version is None or not wanted.takes(version):
            continue
        if found is None or version > found[0]:
            found = (version, name)
    return found[1] if found is not None else None

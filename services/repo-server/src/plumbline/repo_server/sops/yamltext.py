"""Encrypted YAML: values are replaced in the text, everything else stays as its author wrote it.

Reads the parser's events, so that depth costs no stack and no alias is followed: SOPS writes
neither aliases nor merge keys, and a file that has them is refused. What an unencrypted scalar is
in the MAC follows go-yaml v3, which SOPS uses (measured: ``yes`` is a text, ``0o17`` and ``017``
are fifteen, a date is a time).
"""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]

from plumbline.core import errors, manifests
from plumbline.repo_server.sops.values import Opener, Plain

__all__ = ["metadata", "replaced"]

_SECTION: Final = "sops"
_DEPTH: Final = 200
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE: Final = frozenset({"true", "True", "TRUE"})
_FALSE: Final = frozenset({"false", "False", "FALSE"})
_INTEGER: Final = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)")
_INFINITE: Final = {".inf": "inf", "+.inf": "inf", "-.inf": "-inf", ".nan": "nan"}
_ESCAPES: Final = {
    0x09: "\\t", 0x0A: "\\n", 0x0D: "\\r", 0x22: '\\"', 0x5C: "\\\\", 0xFEFF: "\\uFEFF",
    0x2028: "\\L", 0x2029: "\\P",
    **{code: f"\\x{code:02X}" for code in (*range(9), 0x0B, 0x0C, *range(0x0E, 0x20))},
    **{code: f"\\x{code:02X}" for code in range(0x7F, 0xA0)},
    0xFFFE: "\\uFFFE", 0xFFFF: "\\uFFFF",
}  # fmt: skip


def metadata(text: str) -> Mapping[str, Any] | None:
    """Return the ``sops`` section of a file; ``None`` if it has none."""
    try:
        tree = manifests.parse_yaml(text)
    except errors.InvalidArgument:
        return None
    found = tree.get(_SECTION) if isinstance(tree, dict) else None
    return found if isinstance(found, dict) and "mac" in found else None


class _Frame:
    __slots__ = ("key", "keyed", "path", "start")

    def __init__(self, *, keyed: bool, path: tuple[str, ...]) -> None:
        self.keyed = keyed
        self.path = path
        self.key: str | None = None
        self.start = 0


class _Edit(NamedTuple):
    start: int
    end: int
    text: str


def replaced(text: str, path: str, opener: Opener) -> str:
    """Return the text decrypted, without its ``sops`` section.

    Raises:
        errors.InvalidArgument: a value does not open, or the file is none that SOPS writes.
    """
    try:
        edits = _Walk(text, path, opener).edits()
    except yaml.YAMLError as error:
        raise errors.InvalidArgument(f"{path}: the encrypted file is not YAML") from error
    parts: list[str] = []
    position = 0
    for edit in edits:
        parts += [text[position : edit.start], edit.text]
        position = edit.end
    return "".join((*parts, text[position:]))


class _Walk:
    def __init__(self, text: str, path: str, opener: Opener) -> None:
        self._parser = CParser(text)
        self._path = path
        self._opener = opener
        self._stack: list[_Frame] = []
        self._hidden = 0
        """Levels below the ``sops`` section, while inside it."""
        self._edits: list[_Edit] = []

    def edits(self) -> list[_Edit]:
        """Return what changes, in the order of the text."""
        while True:
            event = self._parser.get_event()
            kind = type(event)
            if kind is yaml.StreamEndEvent:
                return self._edits
            if kind is yaml.AliasEvent:
                raise errors.InvalidArgument(f"{self._path}: an encrypted file has an alias")
            if kind is yaml.ScalarEvent:
                self._scalar(event)
            elif kind in (yaml.MappingStartEvent, yaml.SequenceStartEvent):
                self._begin(keyed=kind is yaml.MappingStartEvent)
            elif kind in (yaml.MappingEndEvent, yaml.SequenceEndEvent):
                self._end(event)

    def _begin(self, *, keyed: bool) -> None:
        if self._hidden or self._is_section():
            self._hidden += 1
            return
        above = self._stack[-1] if self._stack else None
        path: tuple[str, ...] = ()
        if above is not None:
            if above.keyed and above.key is None:
                raise errors.InvalidArgument(f"{self._path}: a key that is no text")
            path = (*above.path, above.key) if above.key is not None else above.path
        if len(self._stack) >= _DEPTH:
            raise errors.InvalidArgument(f"{self._path}: nested too deeply")
        self._stack.append(_Frame(keyed=keyed, path=path))

    def _end(self, event: Any) -> None:
        if self._hidden:
            self._hidden -= 1
            if not self._hidden:
                frame = self._stack[-1]
                self._edits.append(_Edit(frame.start, event.end_mark.index, ""))
                frame.key = None
            return
        self._stack.pop()
        if self._stack:
            self._stack[-1].key = None

    def _is_section(self) -> bool:
        return len(self._stack) == 1 and self._stack[0].key == _SECTION

    def _scalar(self, event: Any) -> None:
        if self._hidden:
            return
        frame = self._stack[-1] if self._stack else None
        if frame is None:
            raise errors.InvalidArgument(f"{self._path}: an encrypted file is a mapping")
        if frame.keyed and frame.key is None:
            frame.key = event.value
            frame.start = event.start_mark.index
            return
        path = (*frame.path, frame.key) if frame.key is not None else frame.path
        frame.key = None
        implicit = event.tag is None and event.implicit[0]
        plain = self._opener.value(_resolved(event.value) if implicit else event.value, path)
        if plain is not None:
            self._edits.append(_Edit(event.start_mark.index, event.end_mark.index, _written(plain)))


def _resolved(text: str) -> Any:
    """Return the value of a plain scalar as it enters the MAC."""
    if text in _NULLS:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    plain = text.replace("_", "")
    if _INTEGER.fullmatch(plain):
        sign = -1 if plain[0] == "-" else 1
        digits = plain.lstrip("+-").lower()
        octal = len(digits) > 1 and digits[0] == "0" and digits[1] not in "xbo"
        return sign * int(digits, 8 if octal else 0)
    if text.lower() in _INFINITE:
        return float(_INFINITE[text.lower()])
    if _FLOAT.fullmatch(plain) and len(plain) < 400:
        return float(plain)
    if _DATE.fullmatch(text):
        return f"{text}T00:00:00Z"
    return text


def _written(plain: Plain) -> str:
    """Return a value as YAML that reads as the same type everywhere."""
    text = plain.text
    if plain.kind == "bool":
        return text.lower()
    if plain.kind in ("int", "float") or (plain.kind == "time" and _TIME.fullmatch(text)):
        return text
    return f'"{text.translate(_ESCAPES)}"'

"""Build a JSON tree straight from libyaml's events: no node graph, one table of known scalars.

Called by the loader. Iterative, so that depth costs no stack; every alias is counted with the size
of what it stands for, because a 400-byte document can otherwise name a billion nodes
(security.md, section 1a, CVE-2022-31016).
"""

import copy
import dataclasses
from typing import Any, Final

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]

from plumbline.core import errors
from plumbline.core.manifests import _scalars

__all__ = ["Limits", "parse_yaml"]

_MEMO_SIZE: Final = 65_536
_MEMO_TEXT: Final = 64
_MEMO: Final[dict[str, Any]] = {}
_MISSING: Final = object()
_YAML_VERSION: Final = (1, 1)
_ESCAPES: Final = frozenset("0abt\tnvfre \"'\\N_LPxuU\n\r\x85\u2028\u2029")
"""What go-yaml accepts after a backslash; libyaml accepts a slash too."""


@dataclasses.dataclass(frozen=True)
class Limits:
    """Bounds of one document, and of one text with many."""

    depth: int = 200
    """Levels of nesting; JSON writers refuse trees of more than 254."""
    nodes: int = 1_000_000
    """Values in one document, those named by aliases included."""
    aliased: int = 200_000
    """Values in one document that only aliases name."""
    documents: int = 50_000
    """Documents in one text."""


class _Frame:
    """A collection under construction."""

    __slots__ = ("anchor", "key", "merges", "start", "target")

    def __init__(self, target: Any, anchor: str | None, start: int) -> None:
        self.target = target
        self.anchor = anchor
        self.start = start
        self.key: Any = _MISSING
        self.merges = False


class _Problem(Exception):
    """What is wrong, and where in the text."""

    def __init__(self, mark: Any, text: str) -> None:
        super().__init__(text)
        self.line: int | None = mark.line if mark is not None else None
        self.text = text


def _fail(mark: Any, text: str) -> _Problem:
    return _Problem(mark, text)


def parse_yaml(text: str, limits: Limits = Limits(), *, first_line: int = 1) -> Any:
    """Return the JSON tree of the first document of a text; ``None`` if it is empty.

    Args:
        text: YAML.
        limits: bounds of the document.
        first_line: the number of the text's first line in its file.

    Raises:
        errors.InvalidArgument: not YAML, not representable in JSON, or over a limit; the message
            names the line and quotes nothing, for it may be a secret that was not quoted well.
    """
    try:
        return _Builder(text, limits).build()
    except _Problem as problem:
        where = f"line {problem.line + first_line}: " if problem.line is not None else ""
        raise errors.InvalidArgument(f"{where}{problem.text}") from problem
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        text = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
        where = f"line {mark.line + first_line}: " if mark is not None else ""
        raise errors.InvalidArgument(f"{where}{text}") from error
    except UnicodeEncodeError as error:
        raise errors.InvalidArgument("the text holds an unpaired surrogate") from error


class _Builder:
    def __init__(self, text: str, limits: Limits) -> None:
        self._text = text
        self._parser = CParser(text)
        self._limits = limits
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._open: set[str] = set()
        self._stack: list[_Frame] = []
        self._nodes = 0
        self._aliased = 0
        self._check_escapes = "\\/" in text
        self._root: Any = None

    def build(self) -> Any:
        """Read events up to the end of the first document."""
        get = self._parser.get_event
        dispatch = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._start,
            yaml.SequenceStartEvent: self._start,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
        }
        while True:
            event = get()
            kind = type(event)
            handler = dispatch.get(kind)
            if handler is not None:
                handler(event)
            elif kind is yaml.DocumentEndEvent or kind is yaml.StreamEndEvent:
                return self._root

    def _document(self, event: Any) -> None:
        if event.version is not None and tuple(event.version) != _YAML_VERSION:
            raise _fail(event.start_mark, "found incompatible YAML document")

    def _scalar(self, event: Any) -> None:
        text = event.value
        tag = event.tag
        if tag is None and event.implicit[0]:
            value = _MEMO.get(text, _MISSING)
            if value is _MISSING:
                value = _scalars.resolve(text)
                if len(text) <= _MEMO_TEXT:
                    if len(_MEMO) >= _MEMO_SIZE:
                        _MEMO.clear()
                    _MEMO[text] = value
        else:
            if self._check_escapes and event.style == '"':
                self._refuse_slash(event)
            if tag is None or tag == "!":
                value = text
            else:
                try:
                    value = _scalars.tagged(tag, text)
                except errors.InvalidArgument as error:
                    raise _fail(event.start_mark, error.message) from error
        self._count(event, 1)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1)
        frame = self._stack[-1] if self._stack else None
        if frame is not None and type(frame.target) is dict and frame.key is _MISSING:
            self._key(frame, event, value)
        else:
            self._place(value, event)

    def _refuse_slash(self, event: Any) -> None:
        raw = self._text[event.start_mark.index : event.end_mark.index]
        position = 1
        while (position := raw.find("\\", position)) >= 0:
            if raw[position + 1 : position + 2] not in _ESCAPES:
                raise _fail(event.start_mark, "found unknown escape character")
            position += 2

    def _key(self, frame: _Frame, event: Any, value: Any) -> None:
        plain = event.tag is None and event.implicit[0]
        if value == _scalars.MERGE and (plain or event.tag == "tag:yaml.org,2002:merge"):
            frame.merges = True
            frame.key = _scalars.MERGE
            return
        if type(value) is str:
            frame.key = value
            return
        try:
            frame.key = _scalars.key_text(value, event.value)
        except errors.InvalidArgument as error:
            raise _fail(event.start_mark, error.message) from error

    def _start(self, event: Any) -> None:
        stack = self._stack
        if stack and type(stack[-1].target) is dict and stack[-1].key is _MISSING:
            raise _fail(event.start_mark, "invalid map key: a key must be a scalar")
        if len(stack) >= self._limits.depth:
            raise _fail(event.start_mark, f"nested deeper than {self._limits.depth} levels")
        self._count(event, 1)
        target: Any = {} if type(event) is yaml.MappingStartEvent else []
        if event.anchor is not None:
            self._open.add(event.anchor)
        stack.append(_Frame(target, event.anchor, self._nodes))

    def _end(self, event: Any) -> None:
        frame = self._stack.pop()
        if frame.anchor is not None:
            self._open.discard(frame.anchor)
            self._anchors[frame.anchor] = (frame.target, self._nodes - frame.start + 1)
        self._place(frame.target, event)

    def _alias(self, event: Any) -> None:
        name = event.anchor
        if name in self._open:
            raise _fail(event.start_mark, "an anchor's value contains itself")
        if name not in self._anchors:
            raise _fail(
                event.start_mark,
                "unknown anchor referenced; a value that begins with '*' must be quoted",
            )
        value, size = self._anchors[name]
        self._count(event, size)
        self._aliased += size
        if self._aliased > self._limits.aliased:
            raise _fail(event.start_mark, "document contains excessive aliasing")
        frame = self._stack[-1] if self._stack else None
        if frame is not None and type(frame.target) is dict and frame.key is _MISSING:
            if isinstance(value, dict | list):
                raise _fail(event.start_mark, "invalid map key: a key must be a scalar")
            try:
                frame.key = _scalars.key_text(value, str(value))
            except errors.InvalidArgument as error:
                raise _fail(event.start_mark, error.message) from error
            return
        self._place(copy.deepcopy(value) if isinstance(value, dict | list) else value, event)

    def _count(self, event: Any, size: int) -> None:
        self._nodes += size
        if self._nodes > self._limits.nodes:
            raise _fail(event.start_mark, f"more than {self._limits.nodes} values")

    def _place(self, value: Any, event: Any) -> None:
        if type(value) is _scalars.NonFinite:
            raise _fail(event.start_mark, f"unsupported value: {value.text}")
        if not self._stack:
            self._root = value
            return
        frame = self._stack[-1]
        target = frame.target
        if type(target) is list:
            target.append(value)
            return
        if frame.merges:
            frame.merges = False
            self._merge(target, value, event)
        else:
            target[frame.key] = value
        frame.key = _MISSING

    def _merge(self, target: dict[str, Any], value: Any, event: Any) -> None:
        """Merge keys take effect where they stand: they override what came before."""
        parts = value if isinstance(value, list) else [value]
        if not all(isinstance(part, dict) for part in parts):
            raise _fail(event.start_mark, "map merge requires map or sequence of maps as the value")
        for part in reversed(parts):
            target.update(part)

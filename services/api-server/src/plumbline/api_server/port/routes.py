"""HTTP paths to methods: templates of ``google.api.http`` in a tree; pure.

Literal segments win over variables, and ``{x=**}`` takes what is left. A path's variables are
decoded as the contract's server does it (NOTES.md "Path variables"): once, before the path is split
— so that ``%2F`` splits — except below :data:`RAW`, where URLs are path variables: there the path
is split as it was sent and the variables are decoded afterwards.
"""

import dataclasses
import re
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote, unquote, unquote_plus

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

from plumbline.core import errors
from plumbline.pb.google.api import annotations_pb2

__all__ = ["RAW", "Binding", "Match", "Routes", "bindings_of"]

# The last two are not in the contract's list, which leaves their URLs no form that works.
RAW: Final = (
    *("/api/v1/clusters/", "/api/v1/repositories/", "/api/v1/repocreds/"),
    *("/api/v1/write-repositories/", "/api/v1/write-repocreds/"),
)
_VARIABLE: Final = re.compile(r"\{([A-Za-z0-9_.]+)(?:=(\*\*?))?\}")
_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_DEPTH: Final = 32
_HTTP: Final[Any] = annotations_pb2.http
_UNESCAPED: Final = "/$&+,:;=@-_.~"  # what Go's url.EscapedPath leaves as it is


@dataclasses.dataclass(frozen=True)
class Binding:
    """One HTTP rule of one method."""

    method: MethodDescriptor
    verb: str
    path: str
    body: str
    """``*``: the whole message; a field's name; empty: no body."""

    @property
    def name(self) -> str:
        """The method's full name, as ``/package.Service/Method``."""
        return f"/{self.method.containing_service.full_name}/{self.method.name}"


@dataclasses.dataclass(frozen=True)
class Match:
    """A binding with the values of its path's variables, by field path."""

    binding: Binding
    variables: dict[str, str]


def bindings_of(service: ServiceDescriptor) -> list[Binding]:
    """Return the HTTP rules of a service, additional ones too, in the order of declaration."""
    found = []
    for method in service.methods:
        options: Any = method.GetOptions()
        if not options.HasExtension(_HTTP):
            continue
        rule = options.Extensions[_HTTP]
        for each in (rule, *rule.additional_bindings):
            verb = each.WhichOneof("pattern")
            if verb:
                found.append(Binding(method, verb.upper(), getattr(each, verb), each.body))
    return found


class _Node:
    """A place in the tree."""

    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.one: _Node | None = None
        self.rest: dict[str, tuple[Binding, tuple[str, ...]]] = {}
        """By verb: bindings whose last variable takes all that is left."""
        self.ends: dict[str, tuple[Binding, tuple[str, ...]]] = {}
        """By verb: bindings that end here, with the names of their variables in order."""


class Routes:
    """All rules, and the lookup in them."""

    def __init__(self, bindings: Iterable[Binding]) -> None:
        """Build the tree; of two bindings with one verb and path the later one wins."""
        self._root = _Node()
        for binding in bindings:
            self._add(binding)

    def _add(self, binding: Binding) -> None:
        node, names = self._root, []
        for segment in binding.path.lstrip("/").split("/"):
            variable = _VARIABLE.fullmatch(segment)
            if not variable:
                node = node.literals.setdefault(segment, _Node())
                continue
            names.append(variable[1])
            if variable[2] == "**":
                node.rest[binding.verb] = (binding, tuple(names))
                return
            node.one = node.one or _Node()
            node = node.one
        node.ends[binding.verb] = (binding, tuple(names))

    def find(self, verb: str, raw_path: str) -> Match | None:
        """Return the match of a request; none if the path has the rule of another verb only.

        Args:
            verb: the request's method.
            raw_path: the path as it was sent.

        Raises:
            errors.NotFound: no rule has the path.
            errors.InvalidArgument: the path is not well encoded.
        """
        segments, raw = _segments(raw_path)
        found = [(ends, values) for ends, values in _walk(self._root, segments, ()) if ends]
        if not found:
            raise errors.NotFound("Not Found")
        for ends, values in found:
            if verb in ends:
                binding, names = ends[verb]
                decoded = [unquote_plus(v) for v in values] if raw else values
                return Match(binding, dict(zip(names, decoded, strict=True)))
        return None

    def verbs(self, raw_path: str) -> list[str]:
        """Return the verbs that a path has rules for."""
        segments, _ = _segments(raw_path)
        return sorted({verb for ends, _ in _walk(self._root, segments, ()) for verb in ends})


_Found = tuple[dict[str, tuple[Binding, tuple[str, ...]]], tuple[str, ...]]


def _walk(node: _Node, segments: list[str], values: tuple[str, ...]) -> Iterable[_Found]:
    """Yield what ends where the segments do, the most literal first."""
    if not segments:
        yield node.ends, values
    else:
        first, rest = segments[0], segments[1:]
        literal = node.literals.get(first)
        if literal is not None:
            yield from _walk(literal, rest, values)
        if node.one is not None and first:
            yield from _walk(node.one, rest, (*values, first))
    yield node.rest, (*values, "/".join(segments))


def _segments(raw_path: str) -> tuple[list[str], bool]:
    """Split a path; also tell whether its variables are still to be decoded."""
    if _ESCAPE.search(raw_path):
        raise errors.InvalidArgument("the path is not well encoded")
    try:
        decoded = unquote(raw_path, errors="strict")
    except UnicodeDecodeError as error:
        raise errors.InvalidArgument("the path is not well encoded") from error
    raw = raw_path.startswith(RAW)
    # Go keeps the raw form only if encoding the decoded one does not give it back; so a path that
    # was encoded twice is decoded here once, and its variables once more.
    path = raw_path if raw and quote(decoded, safe=_UNESCAPED) != raw_path else decoded
    segments = path.removeprefix("/").split("/")
    if len(segments) > _DEPTH or "\0" in path:
        raise errors.NotFound("Not Found")
    return segments, raw

"""What is said to libs/goengine and what it answers, as values; no process is touched here.

Used by ``goengine`` only, which re-exports the public names.
"""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from plumbline.core import errors

__all__ = [
    "Limits",
    "Need",
    "Options",
    "Rendered",
    "TemplateError",
    "Versions",
    "crash",
    "glob_request",
    "matches",
    "only",
    "rendered",
    "semver_request",
    "template_request",
    "versions_of",
]

_MAX_REQUEST: Final = 16 * 1024 * 1024
_SHOWN: Final = 200  # characters of a template that an error shows


@dataclasses.dataclass(frozen=True)
class Limits:
    """What one request may take."""

    cpu_seconds: float = 4.0
    """Processor time; a key of 4096 bits, which sprig can make, needs about one second."""
    memory_bytes: int = 256 * 1024 * 1024
    output_bytes: int = 8 * 1024 * 1024
    """Of all texts of one request together; an object of the Kubernetes API has 1.5 MiB at most."""
    depth: int = 500
    """Templates that call one another."""
    seconds: float = 30.0
    """Real time, the last resort: on a starved machine it comes before the processor time."""

    def arguments(self) -> tuple[str, ...]:
        """Return the engine's arguments."""
        return (
            f"-cpu={self.cpu_seconds}s",
            f"-memory={self.memory_bytes}",
            f"-output={self.output_bytes}",
            f"-depth={self.depth}",
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """How templates are read and run."""

    functions: str = "appset"
    """``appset``: sprig and normalize, slugify, toYaml, fromYaml, fromYamlArray;
    ``notifications``: sprig, and the variables time, strings and repo."""
    missing_key: str = ""
    """``default``, ``zero`` or ``error`` (goTemplateOptions ``missingkey=…``)."""
    name: str = ""
    """The template's name: errors begin with it."""
    left: str = ""
    right: str = ""
    """Delimiters in place of the braces."""
    integers: bool = False
    """Whole numbers are integers, as in objects of the Kubernetes API; else all are floats."""
    string_maps: tuple[tuple[str, ...], ...] = ()
    """Paths of maps from text to text, such as labels: with ``missingkey=zero`` a missing key in
    them is empty text."""
    commits: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    """What ``repo.GetCommitMetadata`` answers, by revision: message, author, date, tags."""
    details: Mapping[str, Any] | None = None
    """What ``repo.GetAppDetails`` answers."""


@dataclasses.dataclass(frozen=True)
class Need:
    """What a notification template asked for: look it up and render again with it."""

    kind: str
    """``commit`` or ``details``."""
    key: str = ""
    """The revision."""


class TemplateError(errors.InvalidArgument):
    """A template that cannot be read or run; its message is Go's own."""

    def __init__(self, message: str, *, template: str = "", line: int = 0, column: int = 0) -> None:
        """Keep the position as Go tells it: lines from 1, columns in bytes from 0."""
        super().__init__(message)
        self.template = template
        self.line = line
        self.column = column


@dataclasses.dataclass(frozen=True)
class Rendered:
    """One text of several: exactly one of the three is set."""

    text: str | None = None
    error: TemplateError | None = None
    need: Need | None = None


@dataclasses.dataclass(frozen=True)
class Versions:
    """What a range of versions takes."""

    matches: tuple[bool | None, ...]
    """One for each version; None where the text is no version."""
    newest: str | None
    """The highest that is taken, as it was written."""


def template_request(texts: Sequence[str], data: Any, options: Options | None) -> bytes:
    """Return the request for some templates.

    Raises:
        errors.InvalidArgument: too long, or data that JSON cannot say.
    """
    chosen = options or Options()
    return _encoded({
        "op": "template",
        "texts": list(texts),
        "data": data,
        "functions": chosen.functions,
        "missingkey": chosen.missing_key,
        "name": chosen.name,
        "left": chosen.left,
        "right": chosen.right,
        "integers": chosen.integers,
        "string_maps": chosen.string_maps,
        "known": {"commits": dict(chosen.commits), "details": chosen.details},
    })  # fmt: skip


def semver_request(constraint: str, versions: Sequence[str]) -> bytes:
    """Return the request for a range; raises as ``template_request``."""
    return _encoded({"op": "semver", "constraint": constraint, "versions": list(versions)})


def glob_request(pattern: str, texts: Sequence[str], separators: str) -> bytes:
    """Return the request for a pattern; raises as ``template_request``."""
    return _encoded({
        "op": "glob", "pattern": pattern, "texts": list(texts), "separators": separators,
    })  # fmt: skip


def _encoded(request: dict[str, Any]) -> bytes:
    try:
        try:
            made = orjson.dumps(request)
        except TypeError:  # orjson knows no integer beyond 64 bits; Go reads them as floats
            made = json.dumps(request, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError) as error:  # a lone surrogate, a date, a cycle
        raise errors.InvalidArgument(f"not to be said in JSON: {error}") from error
    if len(made) > _MAX_REQUEST:
        raise errors.InvalidArgument(
            f"template and data of {len(made)} bytes, at most {_MAX_REQUEST}"
        )
    return made


def rendered(texts: Sequence[str], answer: Mapping[str, Any]) -> list[Rendered]:
    """Return what an answer says of each text.

    Raises:
        TemplateError: the engine refused the request as a whole, or ended it.
    """
    if failure := answer.get("error"):
        raise _template_error(failure, texts[0] if len(texts) == 1 else "")
    return [_one(text, result) for text, result in zip(texts, answer["results"], strict=True)]


def _one(text: str, result: Mapping[str, Any]) -> Rendered:
    if failure := result.get("error"):
        return Rendered(error=_template_error(failure, text))
    if need := result.get("needs"):
        return Rendered(need=Need(need["kind"], need["key"]))
    return Rendered(text=result["text"])


def _template_error(failure: Mapping[str, Any], text: str) -> TemplateError:
    message = failure["message"]
    if failure.get("limit") and text and not failure.get("line"):
        message = f"{message}: template {_shown(text)}"
    return TemplateError(
        message, template=text, line=failure.get("line", 0), column=failure.get("column", 0)
    )


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")


def only(found: list[Rendered]) -> str:
    """Return the one text.

    Raises:
        TemplateError: it could not be rendered, or needs what nobody looked up.
    """
    one = found[0]
    if one.error is not None:
        raise one.error
    if one.need is not None:
        raise TemplateError(f"the template needs {one.need.kind} {one.need.key}".rstrip())
    return one.text or ""


def versions_of(answer: Mapping[str, Any]) -> Versions:
    """Return what an answer says of versions; raises InvalidArgument for a refused range."""
    _refused(answer)
    return Versions(tuple(answer.get("matches", ())), answer.get("newest"))


def matches(answer: Mapping[str, Any]) -> list[bool]:
    """Return what an answer says of texts; raises InvalidArgument for a refused pattern."""
    _refused(answer)
    return list(answer.get("matches", ()))


def _refused(answer: Mapping[str, Any]) -> None:
    if failure := answer.get("error"):
        raise errors.InvalidArgument(failure["message"])


def crash(subject: str) -> TemplateError:
    """Return the error for a request that ended the engine each time it was tried."""
    return TemplateError(
        f"it ends the Go engine, by the memory it takes or by nesting too deep: {_shown(subject)}",
        template=subject,
    )

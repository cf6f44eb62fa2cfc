"""Which files Jsonnet reads: the graph of imports, followed in Git objects.

Jsonnet takes literal paths only, so the graph is known without evaluating. An import that is never
evaluated makes the read-set larger, never smaller; a path that leaves the repository is left out of
it, and reading it then fails in the evaluation.
"""

import dataclasses
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from plumbline.core import errors
from plumbline.core.render import _environment, _readset, _source, _tree

__all__ = ["MAX_FILE", "JsonnetPlan", "collect"]

MAX_FILE: Final = 8 * 1024 * 1024  # bytes of one file
_MAX_IMPORTS: Final = 20_000  # of one source
_TOKEN: Final = re.compile(
    r"(?P<space>\s+|//[^\n]*|\#[^\n]*|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z))"
    r"|@\"(?P<verbatim>(?:[^\"]|\"\")*+)(?:\"|\Z)"
    r"|@'(?P<verbatim1>(?:[^']|'')*+)(?:'|\Z)"
    r"|\"(?P<double>(?:[^\"\\]|\\.)*+)(?:\"|\\?\Z)"
    r"|'(?P<single>(?:[^'\\]|\\.)*+)(?:'|\\?\Z)"
    r"|\|\|\|-?[ \t\r]*\n(?:[ \t\r]*\n)*+(?P<margin>[ \t]+)[^\n]*(?:\n|\Z)"
    r"(?:(?P=margin)[^\n]*(?:\n|\Z)|[ \t\r]*\n)*+(?:[ \t]*\|\|\|)?"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
    r"|.",
    re.DOTALL,
)
"""Every token ends by itself, at the end of the text if need be, so that a scan is linear."""
_IMPORTS: Final = {"import": False, "importstr": True, "importbin": True}
_ESCAPE: Final = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPES: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_VARIABLE: Final = re.compile(r"[^\x00]{1,512}")


@dataclasses.dataclass(frozen=True, kw_only=True)
class JsonnetPlan:
    """What the evaluation is told beside the files; a part of the key."""

    files: tuple[str, ...]
    """The Jsonnet files of the source, each evaluated by itself."""
    search: tuple[str, ...]
    """Directories that imports are looked for in after the importing file's own, in order."""
    ext_vars: tuple[_source.JsonnetVariable, ...]
    tlas: tuple[_source.JsonnetVariable, ...]

    def arguments(self) -> list[Any]:
        """Return everything as JSON values for the key."""
        return [msgspec.to_builtins(self)]


def collect(
    collector: _readset.Collector,
    files: tuple[str, ...],
    options: _source.JsonnetOptions,
    environment: _environment.Environment,
) -> JsonnetPlan:
    """Add what the files import to the collector.

    Args:
        collector: of the source's own tree.
        files: the Jsonnet files of the source.
        options: spec.source.directory.jsonnet.
        environment: for variables and libraries.

    Raises:
        errors.InvalidArgument: a library outside the repository, or a variable without a name.
        errors.ResourceExhausted: a file that is too large, or too many.
    """
    libraries = []
    for text in options.libs:
        path = _tree.normalise_path(environment.substitute(text).lstrip("/"), shown=text)
        found = collector.look(path)
        if found.entry is None or found.entry.kind is not _tree.EntryKind.DIRECTORY:
            raise errors.InvalidArgument(f"jsonnet library {text[:200]!r} is no directory")
        libraries.append(found.path)
    # The last library is searched first, the repository's root last, as the jsonnet command has it.
    made = JsonnetPlan(
        files=files,
        search=tuple(dict.fromkeys([*reversed(libraries), ""])),
        ext_vars=_variables(options.ext_vars, environment),
        tlas=_variables(options.tlas, environment),
    )
    walk = _Walk(collector, made.search)
    for variable in (*made.ext_vars, *made.tlas):
        if variable.code:
            walk.follow(walk.scan(variable.value, ""))
    walk.follow(files)
    return made


def _variables(
    variables: tuple[_source.JsonnetVariable, ...], environment: _environment.Environment
) -> tuple[_source.JsonnetVariable, ...]:
    for variable in variables:
        if not _VARIABLE.fullmatch(variable.name):
            raise errors.InvalidArgument(f"jsonnet variable {variable.name[:80]!r} has no name")
    return tuple(
        _source.JsonnetVariable(
            name=variable.name,
            value=environment.substitute(variable.value),
            code=variable.code,
        )
        for variable in variables
    )


class _Walk:
    def __init__(self, collector: _readset.Collector, search: tuple[str, ...]) -> None:
        self._collector = collector
        self._search = search
        self._done: set[str] = set()
        self._imports = 0

    def follow(self, paths: Iterable[str]) -> None:
        """Add files and everything they import; a path is the name a file is evaluated under."""
        pending = list(paths)
        while pending:
            name = pending.pop()
            if name in self._done:
                continue
            self._done.add(name)
            found = self._collector.look(name)
            if found.entry is None or not found.entry.is_file:
                continue
            self._collector.add(found.path, found.entry)
            content = self._collector.tree.blob(found.entry.oid, MAX_FILE)
            pending += self.scan(content.decode(errors="replace"), _tree.parent(name))

    def scan(self, text: str, directory: str) -> list[str]:
        """Return the names of the Jsonnet files that a text imports; add the others."""
        found = []
        for reference, is_data in _imports(text):
            self._imports += 1
            if self._imports > _MAX_IMPORTS:
                raise errors.ResourceExhausted(f"more than {_MAX_IMPORTS} imports of one source")
            name = self._find(reference, directory)
            if name is None:
                continue
            if is_data:
                resolved = self._collector.look(name)
                if resolved.entry is not None and resolved.entry.is_file:
                    self._collector.add(resolved.path, resolved.entry)
            else:
                found.append(name)
        return found

    def _find(self, reference: str, directory: str) -> str | None:
        for base in dict.fromkeys([directory, *self._search]):
            try:
                name = _tree.normalise_path(reference, base=base)
                entry = self._collector.look(name).entry
            except errors.InvalidArgument:
                continue
            if entry is not None and entry.is_file:
                return name
        return None


def _imports(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the paths of imports, and whether they are data instead of code."""
    how: bool | None = None
    for token in _TOKEN.finditer(text):
        if token["space"] is not None:
            continue
        path = _unquoted(token)
        if how is not None and path is not None:
            yield path, how
        how = _IMPORTS.get(token["word"] or "")


def _unquoted(match: re.Match[str]) -> str | None:
    """Return the content of a text, its escapes resolved; None if the token is none."""
    if match["verbatim"] is not None:
        return match["verbatim"].replace('""', '"')
    if match["verbatim1"] is not None:
        return match["verbatim1"].replace("''", "'")
    text = match["double"] if match["double"] is not None else match["single"]
    return None if text is None else _ESCAPE.sub(_unescaped, text)


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    if code.startswith("u") and len(code) == len("u0000"):
        return chr(int(code[1:], 16))
    return _ESCAPES.get(code, code)

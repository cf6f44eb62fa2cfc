"""Reads a Helm index inside the sandbox: ``python -I -S index_worker.py YAML INDEX``.

Started by ``index``. The file is read as a stream of events: of each version only what is needed is
kept, so that an index of any size takes the memory of its names. Anchors are not followed: no tool
that writes indexes makes any, and a few of them can stand for more than any memory holds.
"""

import importlib
import importlib.util
import json
import sys
from typing import Any

__all__ = ["main", "read"]

_MAX_DEPTH = 64
_MAX_VERSIONS = 500_000  # of all charts together
_MAX_URLS = 4
_MAX_TEXT = 4096
_WANTED = ("version", "digest", "urls")


class _Bad(Exception):
    """Why an index cannot be read."""


class _Events:
    """Events with the depth of what they are in."""

    def __init__(self, parser: Any, yaml: Any) -> None:
        self._parser = parser
        self._yaml = yaml

    def next(self) -> tuple[str, str]:
        """Return kind and text: ``{``, ``}``, ``[``, ``]``, ``value`` or the empty end."""
        yaml = self._yaml
        while True:
            event = self._parser.get_event()
            if isinstance(event, yaml.ScalarEvent):
                return "value", event.value[:_MAX_TEXT]
            if isinstance(event, yaml.AliasEvent):
                raise _Bad("it holds YAML aliases, which are refused")
            for name, kind in (
                ("MappingStartEvent", "{"),
                ("MappingEndEvent", "}"),
                ("SequenceStartEvent", "["),
                ("SequenceEndEvent", "]"),
            ):
                if isinstance(event, getattr(yaml, name)):
                    return kind, ""
            if event is None or isinstance(event, yaml.StreamEndEvent | yaml.DocumentEndEvent):
                return "", ""

    def skip(self, kind: str) -> None:
        """Pass over the rest of what an event began."""
        depth = 1 if kind in "{[" else 0
        while depth:
            kind, _ = self.next()
            if kind == "":
                raise _Bad("it ends too early")
            depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(kind, 0)
            if depth > _MAX_DEPTH:
                raise _Bad(f"it is nested deeper than {_MAX_DEPTH}")


def read(parser: Any, yaml: Any) -> dict[str, list[list[Any]]]:
    """Return version, digest and addresses of every version of every chart.

    Raises:
        _Bad: it is no index.
    """
    events = _Events(parser, yaml)
    if events.next()[0] != "{":
        raise _Bad("it is no mapping")
    found: dict[str, list[list[Any]]] = {}
    has_version = False
    count = 0
    while True:
        kind, key = events.next()
        if kind == "}":
            break
        if kind != "value":
            raise _Bad("a key is no text")
        has_version = has_version or key == "apiVersion"
        kind, _ = events.next()
        if key == "entries" and kind == "{":
            count = _charts(events, found, count)
        else:
            events.skip(kind)
    if not has_version:
        raise _Bad("it names no apiVersion")
    return found


def _charts(events: _Events, found: dict[str, list[list[Any]]], count: int) -> int:
    """Read the charts of one mapping; return how many versions were seen so far."""
    while True:
        kind, name = events.next()
        if kind == "}":
            return count
        if kind != "value":
            raise _Bad("the name of a chart is no text")
        kind, _ = events.next()
        if kind != "[":
            events.skip(kind)
            continue
        versions = found.setdefault(name, [])
        while True:
            kind, _ = events.next()
            if kind == "]":
                break
            if kind != "{":
                events.skip(kind)
                continue
            count += 1
            if count > _MAX_VERSIONS:
                raise _Bad(f"it holds more than {_MAX_VERSIONS} versions")
            version = _version(events)
            if version[0]:
                versions.append(version)


def _version(events: _Events) -> list[Any]:
    fields: dict[str, Any] = {"version": "", "digest": "", "urls": []}
    while True:
        kind, key = events.next()
        if kind == "}":
            return [fields["version"], fields["digest"], fields["urls"]]
        if kind == "":
            raise _Bad("it ends too early")
        kind, text = events.next()
        if key == "urls" and kind == "[":
            fields["urls"] = _urls(events)
        elif key in _WANTED and kind == "value" and key != "urls":
            fields[key] = text
        else:
            events.skip(kind)


def _urls(events: _Events) -> list[str]:
    found: list[str] = []
    while True:
        kind, text = events.next()
        if kind == "]":
            return found
        if kind == "value" and len(found) < _MAX_URLS:
            found.append(text)
        else:
            events.skip(kind)


def _library(folder: str) -> Any:
    """Load the YAML package from its own directory, the only one that may be looked into."""
    spec = importlib.util.spec_from_file_location(
        "yaml", f"{folder}/__init__.py", submodule_search_locations=[folder]
    )
    if spec is None or spec.loader is None:
        raise _Bad("the YAML library is not there")
    module = importlib.util.module_from_spec(spec)
    sys.modules["yaml"] = module
    spec.loader.exec_module(module)
    return module


def main() -> int:
    """Read the index named in the arguments; write JSON to standard output."""
    yaml = _library(sys.argv[1])
    try:
        with open(sys.argv[2], "rb") as file:  # noqa: PTH123 -- a small process
            found = read(importlib.import_module("yaml._yaml").CParser(file), yaml)
        json.dump(found, sys.stdout, separators=(",", ":"))
        sys.stdout.flush()
    except _Bad as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        sys.stderr.write(
            f"it is no YAML{where}: {getattr(error, 'problem', None) or 'unreadable'}\n"
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

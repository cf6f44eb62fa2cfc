"""Evaluates Jsonnet files inside the sandbox: ``python -I -S worker.py ORDER``.

Started by ``tool``. Standard library only, until the engine is loaded from the path in the order;
before that, the process gives up everything but the tree, so that the engine and what it evaluates
can read nothing else, by whatever way. Imports are confined to the tree once more by name.
"""

import contextlib
import ctypes
import importlib.machinery
import importlib.util
import json
import os
import stat
import sys
from types import ModuleType
from typing import Any

__all__ = ["Importer", "main"]

_MAX_FILE = 64 * 1024 * 1024  # bytes of one imported file
_NEEDED = ("libstdc++.so.6", "libgcc_s.so.1", "libm.so.6", "libpthread.so.0")
_ERROR = 1


class Importer:
    """Opens imports below a directory, and nothing else."""

    def __init__(self, tree: str, search: list[str]) -> None:
        """Confine imports.

        Args:
            tree: the directory.
            search: paths in it where imports are looked for after the importing file's own.
        """
        self._tree = os.path.realpath(tree)
        self._search = search

    def __call__(self, base: str, name: str) -> tuple[str, bytes]:
        """Return the path in the tree and the content of an import.

        Raises:
            ValueError: it is not in the tree; the message names what was asked for.
        """
        if name.startswith("/") or "\0" in name:
            raise ValueError(f"import {name!r} refused: it must be relative")
        refused = False
        for directory in dict.fromkeys([base, *self._search]):
            path = os.path.normpath(os.path.join(directory, name))  # noqa: PTH118 -- small process
            if path.startswith(("..", "/")):
                refused = True
                continue
            content = self._read(path)
            if content is not None:
                return path, content
        if refused:
            raise ValueError(f"import {name!r} refused: it leaves the repository")
        raise ValueError(f"import {name!r}: no such file in the repository")

    def read(self, path: str) -> bytes:
        """Return a file of the tree.

        Raises:
            ValueError: it is not there.
        """
        content = self._read(path)
        if content is None:
            raise ValueError(f"{path}: no such file in the repository")
        return content

    def _read(self, path: str) -> bytes | None:
        real = os.path.realpath(os.path.join(self._tree, path))  # noqa: PTH118 -- as above
        if os.path.commonpath([self._tree, real]) != self._tree:
            raise ValueError(f"import {path!r} refused: it leaves the repository")
        try:
            handle = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                return None
            if status.st_size > _MAX_FILE:
                raise ValueError(f"import {path!r} refused: larger than {_MAX_FILE} bytes")
            return file.read()


def _load(name: str, path: str) -> ModuleType:
    loader: Any = importlib.machinery.SourceFileLoader(name, path)
    if not path.endswith(".py"):
        loader = importlib.machinery.ExtensionFileLoader(name, path)
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    if spec is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def _confine(order: dict[str, Any]) -> None:
    """Give up reading the interpreter's and the system's files, before any thread starts."""
    if not order["landlock"]:
        return
    for library in _NEEDED:
        # One that is part of another on this machine need not be found.
        with contextlib.suppress(OSError):
            ctypes.CDLL(library, mode=ctypes.RTLD_GLOBAL)
    kernel = _load("kernel", order["kernel"])
    kernel.restrict_files(read=[order["tree"], order["engine"]], execute=[], write=[])


def _words(text: str) -> str:
    """Return the engine's error without the lines of files that it quotes."""
    first, *lines = text.split("\n")
    if not first.startswith("RUNTIME ERROR:"):
        return first
    if "but got (" in first or "Did not expect: (" in first:
        # A token may go over many lines; places stand after a tabulator.
        lines = [line for line in lines if line.startswith("\t") and ":" in line]
    return "\n".join([first, *lines])


def main(order_path: str) -> int:
    """Evaluate the files of an order; write one JSON object, from file to output."""
    with open(order_path, encoding="utf-8") as file:  # noqa: PTH123 -- small process: no pathlib
        order: dict[str, Any] = json.load(file)
    _confine(order)
    engine: Any = _load("_gojsonnet", order["engine"])
    importer = Importer(order["tree"], order["search"])
    found: dict[str, str] = {}
    for path in order["files"]:
        try:
            found[path] = engine.evaluate_snippet(
                path,
                importer.read(path).decode("utf-8"),
                import_callback=importer,
                ext_vars=order["ext_vars"],
                ext_codes=order["ext_codes"],
                tla_vars=order["tla_vars"],
                tla_codes=order["tla_codes"],
            )
        except (RuntimeError, ValueError) as error:
            said = "not UTF-8" if isinstance(error, UnicodeDecodeError) else _words(str(error))
            sys.stderr.write(said if said.startswith(f"{path}:") else f"{path}: {said}")
            return _ERROR
    json.dump(found, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

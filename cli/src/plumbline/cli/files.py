"""Files and the editor: manifests that commands read, and objects that people edit."""

import contextlib
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from typing import Any, Final

from plumbline.cli.printing import structured
from plumbline.core import errors

__all__ = ["documents", "edit", "read_text"]

_LIMIT: Final = 10 * 1024 * 1024


def read_text(flag: str, name: str) -> str:
    """Return a file's text; ``-`` is standard input.

    Raises:
        errors.InvalidArgument: it cannot be read, is too large, or lies elsewhere.
    """
    if "://" in name:
        raise errors.InvalidArgument(f"--{flag}: give a file of this machine, or -")
    try:
        if name == "-":
            text = sys.stdin.read(_LIMIT + 1)
        else:
            with pathlib.Path(name).open() as file:
                text = file.read(_LIMIT + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise errors.InvalidArgument(f"--{flag}: {name}: {error}") from error
    if len(text) > _LIMIT:
        raise errors.InvalidArgument(f"--{flag}: {name}: more than 10 MiB")
    return text


def documents(flag: str, name: str, kind: str) -> list[dict[str, Any]]:
    """Return the manifests of a file, all of one kind; what `-o yaml` printed names none.

    Raises:
        errors.InvalidArgument: the file cannot be read or holds something else.
    """
    from plumbline.core import manifests  # noqa: PLC0415 -- only where a file is read

    try:
        texts = manifests.split_documents(read_text(flag, name))
        found = [manifests.parse_yaml(text) for text in texts]
    except errors.InvalidArgument as error:
        raise errors.InvalidArgument(f"--{flag}: {name}: {error.message}") from error
    listed = [d for d in found if d is not None]
    if not listed or not all(isinstance(d, dict) and d.get("kind", kind) == kind for d in listed):
        raise errors.InvalidArgument(f"--{flag}: {name}: expected manifests of kind {kind}")
    return listed


def edit(
    tree: Any, environ: Mapping[str, str], run: Callable[[list[str]], int] = subprocess.call
) -> Any:
    """Let a person edit a tree as YAML in their editor; None if nothing was changed.

    Raises:
        errors.FailedPrecondition: the editor failed.
        errors.InvalidArgument: what was written is not YAML.
    """
    editor = shlex.split(environ.get("KUBE_EDITOR") or environ.get("EDITOR") or "vi")
    before = structured(tree, "yaml") + "\n"
    handle, name = tempfile.mkstemp(suffix=".yaml")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(before)
        code = run([*editor, name])
        if code != 0:
            raise errors.FailedPrecondition(f"the editor ended with {code}; nothing was changed")
        after = pathlib.Path(name).read_text()
    except OSError as error:
        raise errors.FailedPrecondition(f"the editor cannot be run: {error}") from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            pathlib.Path(name).unlink()
    if after == before:
        return None
    from plumbline.core import manifests  # noqa: PLC0415 -- only where something was written

    return manifests.parse_yaml(after)

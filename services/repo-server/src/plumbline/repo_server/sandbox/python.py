"""What a Python worker in the sandbox reads and starts: the interpreter, and nothing of ours."""

import os
import sys
from pathlib import Path
from typing import Final

__all__ = ["files", "loaders"]

_LIBRARIES: Final = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache")


def loaders() -> list[Path]:
    """Return the program that starts programs with shared libraries."""
    places = (Path("/lib"), Path("/lib64"))
    found = {path.resolve() for place in places for path in place.glob("ld-*.so.*")}
    return sorted(found)


def files() -> list[Path]:
    """Return what the interpreter itself reads."""
    candidates = [
        Path(sys.executable),
        Path(os.__file__).parent,
        Path(sys.base_prefix) / "lib",
        *map(Path, _LIBRARIES),
    ]
    return [path for path in candidates if path.exists()]

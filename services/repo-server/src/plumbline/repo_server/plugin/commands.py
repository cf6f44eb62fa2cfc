"""A plugin's commands, run in the sandbox on one unpacked tree.

Called by the server. A command may write its tree and a directory of its own, read and execute what
the operator names, and open no socket; it is killed with all it started at its deadline, and when
the caller goes away.
"""

import dataclasses
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from plumbline.core import errors
from plumbline.core.secret import MASK
from plumbline.repo_server.plugin.configuration import Run
from plumbline.repo_server.sandbox.client import Command, Result, Sandbox

__all__ = ["Commands", "Place"]

_ERROR_LINES: Final = 12
_ERROR_TEXT: Final = 2000
_SHORTEST: Final = 4  # characters of a value that errors must not show


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a command runs."""

    tree: Path
    directory: Path
    """The source's directory in the tree."""
    scratch: Path


@dataclasses.dataclass(frozen=True, kw_only=True)
class Commands:
    """What the operator allows every command."""

    sandbox: Sandbox
    mode: str
    timeout: float
    search: str
    """Directories of programs, separated by colons."""
    execute: Sequence[Path]
    read: Sequence[Path]
    environment: Mapping[str, str]
    """The operator's own variables, given to each command."""

    def check(self) -> None:
        """Refuse to run anything where files cannot be held.

        Raises:
            errors.FailedPrecondition: no landlock, and the sandbox is not switched off.
        """
        if not self.sandbox.has_landlock and self.mode != "off":
            raise errors.FailedPrecondition(
                "plugins are refused: the kernel has no landlock, so their files cannot be held"
                " (sandbox=off runs them without any hold)"
            )

    async def run(self, run: Run, place: Place, environment: Mapping[str, str]) -> Result:
        """Run a command to its end.

        Raises:
            errors.InvalidArgument: there is no such program.
            errors.PlumblineError: a limit was hit.
        """
        self.check()
        argv = list(run.argv)
        program = shutil.which(argv[0], path=self.search)
        if program is None or not Path(program).is_absolute():
            raise errors.InvalidArgument(f"no program {argv[0][:80]!r} in {self.search}")
        return await self.sandbox.run(
            Command(
                argv=[program, *argv[1:]],
                cwd=place.directory,
                env={
                    **self.environment,
                    "PATH": self.search,
                    "HOME": str(place.scratch),
                    "TMPDIR": str(place.scratch),
                    "LANG": "C.UTF-8",
                    **environment,
                },
                read=[path for path in self.read if path.exists()],
                execute=[path for path in self.execute if path.exists()],
                write=[place.tree, place.scratch],
                timeout=self.timeout,
            )
        )

    async def succeed(self, run: Run, place: Place, environment: Mapping[str, str]) -> bytes:
        """Return what a command wrote.

        Raises:
            errors.InvalidArgument: it failed; the message is its own, without our paths.
            errors.PlumblineError: a limit was hit.
        """
        result = await self.run(run, place, environment)
        if result.status:
            name = Path(run.command[0]).name
            raise errors.InvalidArgument(
                f"{name} failed with status {result.status}: {self._said(result, place)}"
            )
        return result.output

    def _said(self, result: Result, place: Place) -> str:
        text = result.error.decode(errors="replace")
        for path in (place.directory, place.tree, place.scratch):
            text = text.replace(f"{path}/", "").replace(str(path), ".")
        for value in self.environment.values():
            if len(value) >= _SHORTEST:
                text = text.replace(value, MASK)
        lines = [line for line in text.splitlines() if line.strip()][:_ERROR_LINES]
        return "\n".join(lines)[:_ERROR_TEXT] or "it said nothing"

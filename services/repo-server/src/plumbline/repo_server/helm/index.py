"""The index of a Helm repository: read in the sandbox, searched here.

Used by ``repository``. A process that holds credentials reads no YAML of a server's: the worker
does, with limits of its own, and answers with names, versions, digests and addresses.
"""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
import yaml

from plumbline.core import errors, pattern
from plumbline.repo_server import workspace
from plumbline.repo_server.helm import index_worker
from plumbline.repo_server.sandbox import python
from plumbline.repo_server.sandbox.client import Command, Result, Sandbox

__all__ = ["Index", "IndexReader", "Version"]

_MAX_ANSWER: Final = 128 * 1024 * 1024
_MEMORY: Final = 1024**3
_AT_ONCE: Final = 2  # workers; each may take the memory above


class Version(msgspec.Struct, frozen=True, array_like=True):
    """A version of a chart, as an index lists it."""

    version: str
    digest: str = ""
    """SHA-256 of the archive, hexadecimal; empty where the index has none."""
    urls: tuple[str, ...] = ()


class Index:
    """The charts of one repository."""

    def __init__(self, charts: Mapping[str, Sequence[Version]], *, weight: int = 0) -> None:
        """Take what a worker found.

        Args:
            charts: versions by name.
            weight: bytes that they took on their way.
        """
        self.charts = charts
        self.weight = weight

    def choose(self, chart: str, revision: str) -> Version | None:
        """Return the version that a revision means: itself, or the highest of a range."""
        versions = self.charts.get(chart, ())
        found = choose(revision, [one.version for one in versions])
        return next((one for one in versions if one.version == found), None)

    def listed(self) -> dict[str, list[str]]:
        """Return the versions of every chart, highest first."""
        return {name: newest(v.version for v in found) for name, found in self.charts.items()}


def newest(versions: Iterable[str]) -> list[str]:
    """Return versions, highest first; what is no version comes last."""
    names = list(dict.fromkeys(versions))
    parsed = [(pattern.parse_version(name), name) for name in names]
    real = sorted(((p, n) for p, n in parsed if p is not None), key=lambda pair: pair[0])
    return [name for _, name in reversed(real)] + [name for p, name in parsed if p is None]


def choose(revision: str, versions: Sequence[str]) -> str | None:
    """Return the version that a revision means, or None.

    A version names itself, with or without ``v``; anything else is a range (behaviour.md, 12).

    Args:
        revision: exact, or a range.
        versions: what there is.
    """
    if revision in versions:
        return revision
    exact = pattern.parse_version(revision)
    if exact is not None and revision.lstrip("v").count(".") >= 2:
        return next((v for v in versions if pattern.parse_version(v) == exact), None)
    try:
        return pattern.max_version(revision, versions)
    except errors.InvalidArgument:
        return None


class IndexReader:
    """Starts a worker for each index that changed."""

    def __init__(self, sandbox: Sandbox, *, work: Path, timeout: float) -> None:
        """Read nothing yet.

        Args:
            sandbox: where workers run.
            work: directory for their files.
            timeout: seconds one index may take.
        """
        self._sandbox = sandbox
        self._work = work
        self._timeout = timeout
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._library = Path(yaml.__file__).parent
        self._python = Path(sys.executable).resolve()

    async def read(self, file: Path, shown: str) -> Index:
        """Return the index in a file.

        Raises:
            errors.InvalidArgument: it is no index; the message says where.
            errors.PlumblineError: a limit was hit.
        """
        async with self._slots:
            result = await self._run(file)
        if result.status:
            text = result.error.decode(errors="replace").strip().splitlines()
            reason = text[-1][:300] if text else f"reading it ended with status {result.status}"
            raise errors.InvalidArgument(f"{shown}: the index cannot be read: {reason}")
        charts = await asyncio.to_thread(
            msgspec.json.decode, result.output, type=dict[str, list[Version]]
        )
        return Index(charts, weight=len(result.output))

    async def _run(self, file: Path) -> Result:
        scratch = Path(tempfile.mkdtemp(dir=self._work))
        try:
            return await self._sandbox.run(
                Command(
                    argv=[
                        str(self._python), "-I", "-S", "-B",
                        index_worker.__file__, str(self._library), str(file),
                    ],
                    cwd=scratch,
                    env=workspace.environment(scratch),
                    read=[
                        *python.files(), Path(index_worker.__file__), self._library, file,
                    ],
                    execute=[self._python, *python.loaders()],
                    write=[scratch],
                    timeout=self._timeout,
                    max_output=_MAX_ANSWER,
                    limits={"DATA": _MEMORY},
                )
            )  # fmt: skip
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

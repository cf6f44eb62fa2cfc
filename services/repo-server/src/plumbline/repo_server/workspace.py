"""A directory for one render: the trees it reads, what it is given, where it may write.

Made by the tools, thrown away when the render ends. Its layout is ``tree`` (the source's own
repository), ``refs/NAME`` (another source's), ``given`` (values) and ``tmp``.
"""

import asyncio
import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

from plumbline.core import errors
from plumbline.core.render import Plan
from plumbline.repo_server import materialise, words
from plumbline.repo_server.sandbox.client import Result
from plumbline.repo_server.tools import Read, Trees

__all__ = ["Workspace", "digest", "environment", "opened"]

_MAX_TREE: Final = 512 * 1024 * 1024  # bytes of one materialised tree


class Workspace:
    """The paths of one render."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.tree = folder / "tree"
        self.references = folder / "refs"
        self.given = folder / "given"
        self.scratch = folder / "tmp"
        self._shown: dict[Path, str] = {}
        for path in (self.tree, self.references, self.given, self.scratch):
            path.mkdir()

    def give(self, content: bytes, shown: str) -> Path:
        """Write a file that the tool may read, outside of every tree.

        Args:
            content: of the file.
            shown: what errors call it.
        """
        path = self.given / f"given-{len(self._shown)}.yaml"
        path.write_bytes(content)
        self._shown[path] = shown
        return path

    def file(self, ref: str, path: str) -> Path:
        """Return where a file of a repository is."""
        return (self.references / ref if ref else self.tree) / path

    def explain(self, result: Result) -> str:
        """Return the tool's own words: a few lines, no local path, no content of a file."""
        shown = {str(given): name for given, name in self._shown.items()}
        for path in (self.tree, self._folder):
            shown |= {f"{path}/": "", str(path): "."}
        text = words.explain(result.error.decode(errors="replace"), shown)
        return text or f"ended with status {result.status}"


@contextlib.asynccontextmanager
async def opened(
    work: Path, plan: Plan, read: Read, links: Mapping[str, str] | None = None
) -> AsyncIterator[Workspace]:
    """Materialise what a plan reads; remove everything afterwards.

    Args:
        work: where workspaces are made, on a fast disk.
        plan: what to write.
        read: opens the trees.
        links: further links in the own tree, from their place to a path in it.

    Raises:
        errors.PlumblineError: the trees cannot be written.
    """
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=work))
    try:
        space = await asyncio.to_thread(Workspace, folder)
        await read(lambda trees: _write(space, plan, trees, links or {}))
        yield space
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _write(space: Workspace, plan: Plan, trees: Trees, links: Mapping[str, str]) -> None:
    # All that is needed is here before anything is written: work on trees may be done again.
    trees.own.prepare((*plan.reads.files, *plan.reads.links))
    for ref, reads in plan.references:
        other = trees.references.get(ref)
        if other is not None and not isinstance(other, errors.PlumblineError):
            other.prepare((*reads.files, *reads.links))
    materialise.materialise(
        trees.own,
        plan.reads,
        space.tree,
        max_bytes=_MAX_TREE,
        edits=dict(plan.edits),
        links=links,
    )
    for ref, reads in plan.references:
        tree = trees.references.get(ref)
        if tree is None or isinstance(tree, errors.PlumblineError):
            raise tree or errors.FailedPrecondition(f"${ref} has no tree")
        target = space.references / ref
        target.mkdir()
        materialise.materialise(tree, reads, target, max_bytes=_MAX_TREE)
    for use in plan.charts:
        materialise.chart(trees.archive(use.digest), use, space.tree, max_bytes=_MAX_TREE)


def environment(scratch: Path) -> dict[str, str]:
    """Return the variables of a tool: no search path, and nothing of ours."""
    return {
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "XDG_CONFIG_HOME": str(scratch),
        "XDG_CACHE_HOME": str(scratch),
        "XDG_DATA_HOME": str(scratch),
        "KUBECONFIG": "/dev/null",
        "PATH": "",
        "GOMAXPROCS": "2",
        "GOMEMLIMIT": "1500MiB",
        "LANG": "C.UTF-8",
    }


def digest(binary: Path) -> str:
    """Return the digest of a tool's file."""
    with binary.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

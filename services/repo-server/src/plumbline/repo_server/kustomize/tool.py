"""Runs the official kustomize binary, or kubectl's built-in one, on a fresh tree."""

import asyncio
import hashlib
import shlex
import shutil
import tempfile
from pathlib import Path
from typing import Final

import structlog

from plumbline.core import errors, render
from plumbline.core.render import Plan
from plumbline.repo_server import materialise
from plumbline.repo_server.sandbox.client import Command, Result, Sandbox
from plumbline.repo_server.tools import Job

__all__ = ["Kustomize", "allowed_options"]

log = structlog.get_logger()

_VALUES: Final = {
    "--load-restrictor": frozenset({"LoadRestrictionsNone", "LoadRestrictionsRootOnly"}),
    "--reorder": frozenset({"legacy", "none"}),
}
_MAX_TREE: Final = 512 * 1024 * 1024  # bytes of one materialised tree
_ERROR_LINES: Final = 12
_ERROR_TEXT: Final = 2000


def allowed_options(text: str) -> tuple[str, ...]:
    """Return the build options that are allowed, in the form ``--name=value``.

    Raises:
        errors.Unimplemented: Helm inflation.
        errors.InvalidArgument: anything that is not on the list, or a text that cannot be split.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise errors.InvalidArgument(f"kustomize.buildOptions cannot be read: {error}") from error
    found: list[str] = []
    position = 0
    while position < len(words):
        name, separator, value = words[position].partition("=")
        position += 1
        if name in ("--enable-helm", "--helm-command"):
            raise errors.Unimplemented(f"kustomize build option {name} is not supported yet")
        if name not in _VALUES:
            raise errors.InvalidArgument(f"kustomize build option {name[:80]!r} is not allowed")
        if not separator:
            value = words[position] if position < len(words) else ""
            position += 1
        if value not in _VALUES[name]:
            raise errors.InvalidArgument(f"kustomize build option {name}: {value[:80]!r} refused")
        found.append(f"{name}={value}")
    return tuple(sorted(found))


class Kustomize:
    """``tools.Tool`` for kustomize."""

    name = "kustomize"

    def __init__(
        self, binary: Path, sandbox: Sandbox, *, work: Path, timeout: float, is_kubectl: bool
    ) -> None:
        """Use a binary.

        Args:
            binary: kustomize or kubectl.
            sandbox: where it runs.
            work: directory for trees, on a fast disk.
            timeout: seconds one build may take.
            is_kubectl: whether the binary is kubectl.
        """
        self._binary = binary.resolve()
        self._sandbox = sandbox
        self._work = work
        self._timeout = timeout
        self._command = ["kustomize"] if is_kubectl else ["build"]
        with self._binary.open("rb") as file:
            self.digest = hashlib.file_digest(file, "sha256").hexdigest()

    def check_options(self, options: str) -> tuple[str, ...]:
        """Return the allowed options (:func:`allowed_options`)."""
        return allowed_options(options)

    async def render(self, job: Job) -> str:
        """Build; when a closure fails, try once more with the whole repository at hand.

        Raises:
            errors.InvalidArgument: kustomize refused; the message is its own, without local paths.
            errors.PlumblineError: a limit was hit.
        """
        result, error = await self._build(job, job.plan)
        if error and job.plan.exact:
            whole = await job.read(lambda tree: _whole(tree, job.plan))
            if whole is not None:
                again, _ = await self._build(job, whole)
                if again.status == 0:
                    log.warning("closure incomplete", path=job.plan.path)
                    result, error = again, ""
        if error:
            raise errors.InvalidArgument(f"kustomize build {job.plan.path or '.'}: {error}")
        try:
            return result.output.decode("utf-8")
        except UnicodeDecodeError as failure:
            raise errors.InvalidArgument("kustomize output is not UTF-8") from failure

    async def _build(self, job: Job, plan: Plan) -> tuple[Result, str]:
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=self._work))
        try:
            tree, scratch = folder / "tree", folder / "tmp"
            tree.mkdir()
            scratch.mkdir()
            await job.read(
                lambda source: materialise.materialise(
                    source, plan.reads, tree, max_bytes=_MAX_TREE
                )
            )
            argv = [str(self._binary), *self._command, *job.options, "--", f"./{plan.path}"]
            result = await self._sandbox.run(
                Command(
                    argv=argv,
                    cwd=tree,
                    env=_environment(scratch),
                    read=[tree],
                    execute=[self._binary],
                    write=[scratch],
                    timeout=self._timeout,
                )
            )
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        return result, _explain(result, folder) if result.status else ""


def _whole(tree: render.Tree, plan: Plan) -> Plan | None:
    """Plan with the whole repository; None if that is too much or adds nothing."""
    try:
        whole = render.plan_whole(tree, plan)
    except errors.PlumblineError:
        return None
    return whole if whole.reads.files != plan.reads.files else None


def _environment(scratch: Path) -> dict[str, str]:
    return {
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "XDG_CONFIG_HOME": str(scratch),
        "KUBECONFIG": "/dev/null",
        "PATH": "",
        "GOMAXPROCS": "2",
        "GOMEMLIMIT": "1500MiB",
        "LANG": "C.UTF-8",
    }


def _explain(result: Result, folder: Path) -> str:
    """Return the tool's own words: a few lines, no local path."""
    text = result.error.decode(errors="replace")
    for path in (folder / "tree", folder):
        text = text.replace(f"{path}/", "").replace(str(path), ".")
    lines = [line for line in text.strip().splitlines() if line.strip()][:_ERROR_LINES]
    reason = "\n".join(lines)[:_ERROR_TEXT]
    return reason or f"ended with status {result.status}"

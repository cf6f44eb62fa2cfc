"""Starts a worker for one source: its files are evaluated in one process, in a fresh tree."""

import asyncio
import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import orjson

from plumbline.core import errors
from plumbline.core.render import JsonnetPlan
from plumbline.repo_server import workspace
from plumbline.repo_server.jsonnet import worker
from plumbline.repo_server.sandbox import kernel, python
from plumbline.repo_server.sandbox.client import Command, Sandbox
from plumbline.repo_server.tools import Job, Output
from plumbline.repo_server.workspace import Workspace

__all__ = ["Jsonnet"]

_MODULE: Final = "_gojsonnet"
_OWN: Final = (Path(worker.__file__), Path(kernel.__file__))


class Jsonnet:
    """``tools.Tool`` for go-jsonnet; its text is a JSON object, from file to output."""

    name = "jsonnet"

    def __init__(self, sandbox: Sandbox, *, work: Path, timeout: float) -> None:
        """Find the engine.

        Args:
            sandbox: where the worker runs.
            work: directory for trees, on a fast disk.
            timeout: seconds one source may take.

        Raises:
            errors.FailedPrecondition: the engine is not installed.
        """
        found = importlib.util.find_spec(_MODULE)  # found, not imported: importing starts threads
        if found is None or not found.origin:
            raise errors.FailedPrecondition("the Python package gojsonnet is not installed")
        self._engine = Path(found.origin)
        self._python = Path(sys.executable).resolve()
        self._sandbox = sandbox
        self._work = work
        self._timeout = timeout
        self.digest = workspace.digest(self._engine)

    def check_options(self, options: str) -> tuple[str, ...]:
        """Return no options: kustomize's are not Jsonnet's."""
        del options
        return ()

    def version(self, name: str, versions: Mapping[str, str]) -> "Jsonnet":
        """Return this tool; there is one engine."""
        del name, versions
        return self

    async def render(self, job: Job) -> Output:
        """Evaluate every file of the plan.

        Raises:
            errors.InvalidArgument: an evaluation failed; the message is the engine's own.
            errors.PlumblineError: a limit was hit.
        """
        wanted = job.plan.jsonnet
        if wanted is None:
            raise errors.FailedPrecondition("a source without Jsonnet cannot be evaluated")
        async with workspace.opened(self._work, job.plan, job.read) as space:
            order = await asyncio.to_thread(space.give, self._order(wanted, space), "order")
            result = await self._sandbox.run(
                Command(
                    argv=[str(self._python), "-I", "-S", "-B", worker.__file__, str(order)],
                    cwd=space.tree,
                    env=workspace.environment(space.scratch),
                    read=[*python.files(), self._engine, *_OWN, space.tree, space.given],
                    execute=[self._python, *python.loaders()],
                    write=[space.scratch],
                    timeout=self._timeout,
                )
            )
            if result.status:
                raise errors.InvalidArgument(f"jsonnet {space.explain(result)}")
        return Output(result.output.decode("utf-8"), job.plan)

    def _order(self, plan: JsonnetPlan, space: Workspace) -> bytes:
        variables = {
            f"{prefix}_{kind}": {v.name: v.value for v in found if v.code is code}
            for prefix, found in (("ext", plan.ext_vars), ("tla", plan.tlas))
            for kind, code in (("vars", False), ("codes", True))
        }
        return orjson.dumps(
            {
                "engine": str(self._engine),
                "kernel": kernel.__file__,
                "landlock": self._sandbox.has_landlock,
                "tree": str(space.tree),
                "files": plan.files,
                "search": plan.search,
                **variables,
            }
        )

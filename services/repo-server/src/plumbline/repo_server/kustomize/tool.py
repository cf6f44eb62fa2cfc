"""Runs the official kustomize binary, or kubectl's built-in one, on a fresh tree."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import structlog

from plumbline.core import errors, render
from plumbline.core.render import Plan
from plumbline.repo_server import workspace
from plumbline.repo_server.helm.tool import environment as helm_environment
from plumbline.repo_server.sandbox.client import Command, Result, Sandbox
from plumbline.repo_server.tools import Job, Output

__all__ = ["Kustomize", "allowed_options"]

log = structlog.get_logger()

_INFLATE: Final = "--enable-helm"
_HELM_COMMAND: Final = "--helm-command"
_VALUES: Final = {
    "--load-restrictor": frozenset({"LoadRestrictionsNone", "LoadRestrictionsRootOnly"}),
    "--reorder": frozenset({"legacy", "none"}),
    # The only one there is, whatever a path would say (CVE-2026-15416).
    _HELM_COMMAND: frozenset({"helm"}),
}


def allowed_options(text: str) -> tuple[str, ...]:
    """Return the build options that are allowed, in the form ``--name=value``.

    Raises:
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
        if name == _INFLATE and (not separator or value in ("true", "false")):
            if value != "false":
                found.append(_INFLATE)
            continue
        if name not in _VALUES:
            raise errors.InvalidArgument(f"kustomize build option {name[:80]!r} is not allowed")
        if not separator:
            value = words[position] if position < len(words) else ""
            position += 1
        if value not in _VALUES[name]:
            raise errors.InvalidArgument(f"kustomize build option {name}: {value[:80]!r} refused")
        if name == _HELM_COMMAND:
            continue
        found.append(f"{name}={value}")
    return tuple(sorted(set(found)))


class Kustomize:
    """``tools.Tool`` for kustomize."""

    name = "kustomize"

    def __init__(
        self,
        binary: Path,
        sandbox: Sandbox,
        *,
        work: Path,
        timeout: float,
        is_kubectl: bool,
        directories: Sequence[Path] = (),
        helm: Path | None = None,
    ) -> None:
        """Use a binary.

        Args:
            binary: kustomize or kubectl.
            sandbox: where it runs.
            work: directory for trees, on a fast disk.
            timeout: seconds one build may take.
            is_kubectl: whether the binary is kubectl.
            directories: where other versions of the binary may lie.
            helm: renders the charts of kustomizations.
        """
        self._binary = binary.resolve()
        self._sandbox = sandbox
        self._work = work
        self._timeout = timeout
        self._command = ["kustomize"] if is_kubectl else ["build"]
        self._directories = tuple(directory.resolve() for directory in directories)
        self._helm = helm.resolve() if helm is not None else None
        self._others: dict[str, Kustomize] = {}
        self.digest = workspace.digest(self._binary)

    def check_options(self, options: str) -> tuple[str, ...]:
        """Return the allowed options (:func:`allowed_options`)."""
        return allowed_options(options)

    def version(self, name: str, versions: Mapping[str, str]) -> "Kustomize":
        """Return the tool with the binary of a version (argocd-cm, kustomize.path.<version>).

        Raises:
            errors.InvalidArgument: no such version, or a path that may not be run.
        """
        if not name:
            return self
        if name not in versions:
            raise errors.InvalidArgument(f"kustomize version {name[:80]!r} is not registered")
        path = versions[name]
        if path not in self._others:
            self._others[path] = Kustomize(
                _allowed(path, self._directories),
                self._sandbox,
                work=self._work,
                timeout=self._timeout,
                is_kubectl=False,
                helm=self._helm,
            )
        return self._others[path]

    async def render(self, job: Job) -> Output:
        """Build; when a closure fails, try once more with the whole repository at hand.

        Raises:
            errors.InvalidArgument: kustomize refused; the message is its own, without local paths.
            errors.PlumblineError: a limit was hit.
        """
        plan = job.plan
        result, error = await self._build(job, plan)
        if error and plan.exact:
            whole = await job.read(lambda trees: render.plan_wider(trees.own, job.plan))
            if whole is not None:
                again, _ = await self._build(job, whole)
                if again.status == 0:
                    log.warning("closure incomplete", path=plan.path)
                    result, error, plan = again, "", whole
        if error:
            raise errors.InvalidArgument(f"kustomize build {plan.path or '.'}: {error}")
        try:
            return Output(result.output.decode("utf-8"), plan)
        except UnicodeDecodeError as failure:
            raise errors.InvalidArgument("kustomize output is not UTF-8") from failure

    def _inflation(self, plan: Plan) -> list[str]:
        """Return what kustomize is told of helm and the cluster."""
        if plan.inflation is None:
            return []
        if self._helm is None:
            raise errors.FailedPrecondition("no helm: charts of kustomizations cannot be rendered")
        version, apis = plan.inflation
        found = [f"--helm-command={self._helm}"]
        if version:
            found.append(f"--helm-kube-version={version}")
        if apis:
            found.append(f"--helm-api-versions={','.join(apis)}")
        return found

    async def _build(self, job: Job, plan: Plan) -> tuple[Result, str]:
        async with workspace.opened(self._work, plan, job.read) as space:
            options = [*job.options, *self._inflation(plan)]
            argv = [str(self._binary), *self._command, *options, "--", f"./{plan.path}"]
            helm = [self._helm] if self._helm is not None and plan.inflation is not None else []
            result = await self._sandbox.run(
                Command(
                    argv=argv,
                    cwd=space.tree,
                    env=helm_environment(space.scratch),
                    read=[space.tree],
                    execute=[self._binary, *helm],
                    write=[space.scratch],
                    timeout=self._timeout,
                )
            )
            return result, space.explain(result) if result.status else ""


def _allowed(path: str, directories: Sequence[Path]) -> Path:
    """Return an operator's binary.

    Raises:
        errors.InvalidArgument: not a file in one of the directories for tools.
    """
    binary = Path(path).resolve()
    if not any(binary.is_relative_to(directory) for directory in directories):
        names = ", ".join(map(str, directories)) or "none is set"
        raise errors.InvalidArgument(
            f"kustomize binary {path[:200]!r} is not in a directory for tools ({names})"
        )
    if not binary.is_file():
        raise errors.InvalidArgument(f"kustomize binary {path[:200]!r} is not there")
    return binary

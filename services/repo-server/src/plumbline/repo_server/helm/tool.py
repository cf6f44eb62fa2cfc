"""Runs the official helm binary on a fresh tree, with empty directories of its own."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from plumbline.core import errors
from plumbline.core.render import HelmPlan, Place
from plumbline.repo_server import workspace
from plumbline.repo_server.sandbox.client import Command, Sandbox
from plumbline.repo_server.tools import Job, Output
from plumbline.repo_server.workspace import Workspace

__all__ = ["Helm", "environment"]


class Helm:
    """``tools.Tool`` for helm."""

    name = "helm"

    def __init__(self, binary: Path, sandbox: Sandbox, *, work: Path, timeout: float) -> None:
        """Use a binary.

        Args:
            binary: helm 4.
            sandbox: where it runs.
            work: directory for trees, on a fast disk.
            timeout: seconds one render may take.
        """
        self._binary = binary.resolve()
        self._sandbox = sandbox
        self._work = work
        self._timeout = timeout
        self.digest = workspace.digest(self._binary)

    def check_options(self, options: str) -> tuple[str, ...]:
        """Return no options: kustomize's are not helm's."""
        del options
        return ()

    def version(self, name: str, versions: Mapping[str, str]) -> "Helm":
        """Return this tool; which versions a source may name is decided by the plan."""
        del name, versions
        return self

    async def render(self, job: Job) -> Output:
        """Run ``helm template``.

        Raises:
            errors.InvalidArgument: helm refused; the message is its own, without local paths.
            errors.PlumblineError: a limit was hit.
        """
        plan = job.plan.helm
        if plan is None:
            raise errors.FailedPrecondition("a source without a chart cannot be rendered by helm")
        async with workspace.opened(self._work, job.plan, job.read, dict(plan.links)) as space:
            options = await asyncio.to_thread(_arguments, plan, space)
            result = await self._sandbox.run(
                Command(
                    argv=[str(self._binary), "template", *options, "--", "."],
                    cwd=space.tree / job.plan.path,
                    env=environment(space.scratch),
                    read=[space.tree, space.given],
                    execute=[self._binary],
                    write=[space.scratch],
                    timeout=self._timeout,
                )
            )
            if result.status:
                raise errors.InvalidArgument(
                    f"helm template {job.plan.path or '.'}: {space.explain(result)}"
                )
        try:
            return Output(result.output.decode("utf-8"), job.plan)
        except UnicodeDecodeError as failure:
            raise errors.InvalidArgument("helm output is not UTF-8") from failure


def _arguments(plan: HelmPlan, space: Workspace) -> list[str]:
    """Return the options; values of ours are attached to their names, so none can become one."""
    found = [f"--name-template={plan.release_name}", f"--namespace={plan.namespace}"]
    if plan.kube_version:
        found.append(f"--kube-version={plan.kube_version}")
    if plan.api_versions:
        found.append(f"--api-versions={','.join(plan.api_versions)}")
    found += [f"--values={_copy(space, place)}" for place in plan.value_files]
    if plan.values:
        found.append(f"--values={space.give(plan.values, 'helm.values')}")
    for name, value, is_text in plan.parameters:
        found.append(f"{'--set-string' if is_text else '--set'}={name}={value}")
    found += [f"--set-file={name}={_copy(space, place)}" for name, place in plan.file_parameters]
    if not plan.skip_crds:
        found.append("--include-crds")
    if plan.skip_schema_validation:
        found.append("--skip-schema-validation")
    if plan.skip_tests:
        found.append("--skip-tests")
    return found


def _copy(space: Workspace, place: Place) -> Path:
    """Give a file under a name of ours: a path in Git may hold what helm reads as a separator."""
    shown = f"${place.ref}/{place.path}" if place.ref else place.path
    return space.give(space.file(place.ref, place.path).read_bytes(), shown)


def environment(scratch: Path) -> dict[str, str]:
    """Point every place that helm looks at to empty directories of this render."""
    homes = {name: scratch / f"helm-{name.lower()}" for name in ("CONFIG", "DATA", "CACHE")}
    return {
        **workspace.environment(scratch),
        **{f"HELM_{name}_HOME": str(path) for name, path in homes.items()},
        "HELM_PLUGINS": str(scratch / "helm-plugins"),
        "HELM_REGISTRY_CONFIG": str(homes["CONFIG"] / "registry.json"),
        "HELM_REPOSITORY_CONFIG": str(homes["CONFIG"] / "repositories.yaml"),
        "HELM_REPOSITORY_CACHE": str(homes["CACHE"] / "repository"),
        "HELM_CONTENT_CACHE": str(homes["CACHE"] / "content"),
    }

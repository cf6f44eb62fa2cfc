"""The name of a render's result: a digest of everything that decides it (architecture.md, rule 1).

The application's name, namespace and cluster versions enter only where the tool uses them, which
is Helm: plain directories and kustomize builds use none, so applications with the same inputs share
one render. A build variable enters as the text it became, the revision only where it is named.
"""

import hashlib
import posixpath
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import orjson

from plumbline.core.render import _plan, _source

__all__ = ["render_key"]

_FORMAT: Final = "plumbline-render-3"  # changes whenever the same inputs may render differently


def render_key(
    plan: _plan.Plan,
    *,
    tools: Mapping[str, str],
    build_options: Iterable[str] = (),
    reading: Iterable[str] = (),
) -> str:
    """Return the render key of a plan, 64 hexadecimal digits.

    Args:
        plan: what is read.
        tools: digests of the tools by name; only the one in use enters.
        build_options: options given to the tool.
        reading: how files are read where it is not as Git has them, such as ``lfs``.
    """
    parts: list[Any] = [_FORMAT, plan.kind.value]
    base = plan.path or "."

    def relative(path: str) -> str:
        """Equal trees at different places give equal keys."""
        return posixpath.relpath(path, base)

    if plan.kind is _source.SourceType.KUSTOMIZE:
        parts += [tools.get("kustomize", ""), list(build_options), _absent(plan, relative)]
        parts.append([(relative(path), _digest(content)) for path, content in plan.edits])
    if plan.helm is not None:
        parts += [tools.get("helm", ""), plan.helm.arguments()]
        parts.append([(relative(link), relative(target)) for link, target in plan.helm.links])
    if plan.charts or plan.inflation is not None:
        # Fetched charts by their digest, wherever they came from (rule 1).
        charts = [(relative(chart.place), chart.digest) for chart in plan.charts]
        parts.append(["charts", tools.get("helm", ""), plan.inflation, charts])
    if plan.jsonnet is not None:
        # Code can tell its own place (std.thisFile), so places are not interchangeable.
        parts += [tools.get("jsonnet", ""), plan.path, plan.jsonnet.arguments()]
        parts.append(_absent(plan, relative))
    files = [(relative(path), entry.oid, entry.kind.value) for path, entry in plan.reads.files]
    parts.append(sorted(files))
    parts.append(sorted((relative(path), entry.oid) for path, entry in plan.reads.links))
    parts.append([relative(path) for path in plan.files])
    parts += reading
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()


def _absent(plan: _plan.Plan, relative: Callable[[str], str]) -> list[str]:
    """Names that were looked for; override files act through the effective parameters instead."""
    names = (path for path in plan.reads.absent if "/.argocd-source" not in f"/{path}")
    return sorted(relative(path) for path in names)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

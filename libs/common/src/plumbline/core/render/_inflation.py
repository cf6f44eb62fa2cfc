"""Charts in a kustomization (``helmCharts``), as kustomize 5.8 places and checks them.

Found by trying its binary: a chart with a version and a repository is looked for in
``<chartHome>/<name>-<version>/<name>``, others in ``<chartHome>/<name>``; only what is not there is
pulled. Every text reaches helm's arguments through kustomize, so one that could be an option is
refused (security.md, kustomize#6241), and so is a directory of helm's own settings.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from plumbline.core import errors
from plumbline.core.render import _chart, _dependency, _readset, _tree

__all__ = ["collect", "value_files"]

_TEXTS: Final = (
    "name", "version", "repo", "releaseName", "namespace", "valuesFile", "valuesMerge",
    "kubeVersion", "nameTemplate",
)  # fmt: skip
_LISTS: Final = ("additionalValuesFiles", "apiVersions")
_FLAGS: Final = ("includeCRDs", "skipHooks", "skipTests", "debug", "devel")
_FIELDS: Final = frozenset({*_TEXTS, *_LISTS, *_FLAGS, "valuesInline"})
_BAD_TEXT: Final = re.compile(r"\A-|[\x00-\x1f\x7f]")
_BAD_PART: Final = re.compile(r"[/\\\s]|\.\.")


def collect(
    collector: _readset.Collector,
    directory: str,
    kustomization: Mapping[str, Any],
    wishes: _dependency.Wishes,
    *,
    source: str,
) -> None:
    """Add the charts of one kustomization: from the repository, or wished for.

    Args:
        collector: of the source's tree.
        directory: of the kustomization.
        kustomization: its content.
        wishes: takes what must be fetched.
        source: the file, for messages.

    Raises:
        errors.InvalidArgument: a field that is refused; named.
        errors.PlumblineError: what became of fetching a chart.
    """
    home = _home(kustomization, directory, source)
    for chart in _charts(kustomization, source):
        name, version, repository = chart["name"], chart["version"], chart["repo"]
        inner = f"{name}-{version}/{name}" if version and repository else name
        place = collector.look(_tree.join(home, inner))
        if place.entry is not None and place.entry.kind is _tree.EntryKind.DIRECTORY:
            if _chart.collect(collector, place.path, wishes).links:
                raise errors.InvalidArgument(
                    f"{source}: chart {name!r}: its file:// dependencies must be in charts/"
                )
            continue
        if not repository:
            raise errors.InvalidArgument(
                f"{source}: chart {name!r} is not in {home or '.'} and names no repo"
            )
        want = _dependency.ChartWant(repository, name, version or "*")
        found = wishes.find(want)
        if found is not None:
            files = tuple(sorted(_tree.walk(found.tree)))
            wishes.use(_dependency.ChartUse(place.path, found.digest, files))


def value_files(kustomization: Mapping[str, Any]) -> Iterator[str]:
    """Yield the files of values that its charts name."""
    for chart in kustomization.get("helmCharts") or ():
        if isinstance(chart, dict):
            files = [chart.get("valuesFile"), *(chart.get("additionalValuesFiles") or ())]
            yield from (text for text in files if isinstance(text, str) and text)


def _home(kustomization: Mapping[str, Any], directory: str, source: str) -> str:
    settings = kustomization.get("helmGlobals") or {}
    if not isinstance(settings, dict):
        raise errors.InvalidArgument(f"{source}: helmGlobals must be a mapping")
    for name in sorted(set(map(str, settings)) - {"chartHome"}):
        # CVE-2026-113709: helm would load plugins from there.
        raise errors.InvalidArgument(f"{source}: helmGlobals.{name[:80]} is refused")
    home = settings.get("chartHome") or "charts"
    if not isinstance(home, str):
        raise errors.InvalidArgument(f"{source}: helmGlobals.chartHome must be a text")
    return _tree.normalise_path(home, base=directory, shown=f"{home} (in {source})")


def _charts(kustomization: Mapping[str, Any], source: str) -> Iterator[dict[str, Any]]:
    charts = kustomization.get("helmCharts") or []
    if not isinstance(charts, list) or not all(isinstance(chart, dict) for chart in charts):
        raise errors.InvalidArgument(f"{source}: helmCharts must be a list of mappings")
    for chart in charts:
        unknown = sorted(set(map(str, chart)) - _FIELDS)
        if unknown:
            raise errors.InvalidArgument(f"{source}: helmCharts.{unknown[0][:80]} is not known")
        for field in _TEXTS:
            _check(source, field, chart.get(field))
        for field in _LISTS:
            values = chart.get(field) or []
            if not isinstance(values, list):
                raise errors.InvalidArgument(f"{source}: helmCharts.{field} must be a list")
            for value in values:
                _check(source, field, value)
        made = {field: str(chart.get(field) or "") for field in ("name", "version", "repo")}
        if not made["name"] or _BAD_PART.search(made["name"]) or _BAD_PART.search(made["version"]):
            raise errors.InvalidArgument(
                f"{source}: helmCharts: name {made['name'][:80]!r} or version"
                f" {made['version'][:80]!r} is not one"
            )
        yield made


def _check(source: str, field: str, value: Any) -> None:
    if value is None:
        return
    if not isinstance(value, str) or _BAD_TEXT.search(value):
        raise errors.InvalidArgument(
            f"{source}: helmCharts.{field} {str(value)[:80]!r} is refused: it must be a text that"
            " does not begin with '-'"
        )

"""Plan a render: type of the source, effective parameters, read-set."""

import dataclasses
from typing import Any, Final

import msgspec

from plumbline.core import errors, manifests
from plumbline.core.patch import merge
from plumbline.core.render import _directory, _kustomization, _readset, _source, _tree

__all__ = ["Plan", "Settings", "plan", "plan_whole"]

_OVERRIDE: Final = ".argocd-source"
_MAX_OVERRIDE: Final = 1024 * 1024  # bytes


@dataclasses.dataclass(frozen=True)
class Settings:
    """What an operator allows."""

    enabled: frozenset[_source.SourceType] = frozenset(_source.SourceType)
    """Types that detection may choose (kustomize.enable, helm.enable)."""
    max_files: int = 20_000
    """Files one render may read."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """Everything that decides a render, except the tools."""

    kind: _source.SourceType
    source: _source.Source
    path: str
    """The source's directory, links resolved."""
    reads: _readset.ReadSet
    files: tuple[str, ...] = ()
    """Directory only: the manifest files in order, under the names users know."""
    exact: bool = True
    """Whether the closure is known to be complete."""


def plan(
    tree: _tree.Tree,
    source: _source.Source,
    *,
    app_name: str = "",
    settings: Settings = Settings(),
) -> Plan:
    """Plan the render of a source.

    Args:
        tree: the commit's tree.
        source: the source of the application.
        app_name: selects ``.argocd-source-<app>.yaml``.
        settings: limits and enabled types.

    Raises:
        errors.PlumblineError: the source cannot be rendered; the message says why.
    """
    if source.chart:
        _source.refuse(source, _source.SourceType.HELM)
    collector = _readset.Collector(tree, max_files=settings.max_files)
    if source.ref and not source.path:
        return Plan(_source.SourceType.DIRECTORY, source, "", collector.finish())
    found = collector.look(_tree.normalise_path(source.path))
    if found.entry is None or found.entry.kind is not _tree.EntryKind.DIRECTORY:
        raise errors.NotFound(f"{source.path}: app path does not exist")
    source = _overridden(collector, found.path, source, app_name)
    kind = _source.explicit_type(source) or _detect(collector, found.path, settings)
    _source.refuse(source, kind)
    if kind is _source.SourceType.DIRECTORY:
        options = source.directory or _source.DirectoryOptions()
        files = _directory.collect(collector, found.path, options)
        return Plan(kind, source, found.path, collector.finish(), files)
    exact = _kustomization.collect(collector, found.path)
    if not exact:
        return plan_whole(tree, Plan(kind, source, found.path, collector.finish()), settings)
    return Plan(kind, source, found.path, collector.finish())


def plan_whole(
    tree: _tree.Tree,
    closure: Plan,
    settings: Settings = Settings(),
) -> Plan:
    """Return the plan with the whole repository as its read-set.

    Links that leave the repository are left out, so that reading one fails.

    Raises:
        errors.ResourceExhausted: the repository has more files than one render may read.
    """
    collector = _readset.Collector(tree, max_files=settings.max_files)
    collector.guard("")
    pending = [""]
    while pending:
        directory = pending.pop()
        for name, entry in (tree.children(directory) or {}).items():
            full = _tree.join(directory, name)
            if entry.kind is _tree.EntryKind.DIRECTORY:
                pending.append(full)
            elif entry.is_file:
                collector.add(full, entry)
            elif entry.kind is _tree.EntryKind.LINK and _stays_inside(tree, full):
                collector.add_link(full, entry)
    return dataclasses.replace(closure, reads=collector.finish(), exact=False)


def _stays_inside(tree: _tree.Tree, path: str) -> bool:
    try:
        return _tree.resolve(tree, path).entry is not None
    except errors.InvalidArgument:
        return False


def _detect(collector: _readset.Collector, path: str, settings: Settings) -> _source.SourceType:
    chart = collector.look(_tree.join(path, "Chart.yaml")).entry
    if chart is not None and _source.SourceType.HELM in settings.enabled:
        return _source.SourceType.HELM
    for name in _kustomization.KUSTOMIZATION_NAMES:
        found = collector.look(_tree.join(path, name)).entry
        if found is not None and _source.SourceType.KUSTOMIZE in settings.enabled:
            return _source.SourceType.KUSTOMIZE
    return _source.SourceType.DIRECTORY


def _overridden(
    collector: _readset.Collector, path: str, source: _source.Source, app_name: str
) -> _source.Source:
    """Apply ``.argocd-source.yaml``, then the application's own (config.md, section 14)."""
    names = [f"{_OVERRIDE}.yaml"]
    if app_name and "/" not in app_name:
        names.append(f"{_OVERRIDE}-{app_name}.yaml")
    for name in names:
        found = collector.look(_tree.join(path, name))
        if found.entry is None or not found.entry.is_file:
            continue
        content = collector.tree.blob(found.entry.oid, _MAX_OVERRIDE)
        try:
            patch: Any = manifests.parse_yaml(content.decode())
            before = msgspec.to_builtins(source)
            merged = merge.apply_merge_patch(before, patch or {})
            # Where the source comes from is not for a file in it to say.
            for field in ("repoURL", "path", "targetRevision", "chart", "ref"):
                merged[field] = before[field]
            source = _source.decode_source(merged)
        except (errors.InvalidArgument, UnicodeDecodeError) as error:
            raise errors.InvalidArgument(f"{found.path}: {error}") from error
    return source

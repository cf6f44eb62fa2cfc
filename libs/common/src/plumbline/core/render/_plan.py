"""Plan a render: type of the source, effective parameters, read-set."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from plumbline.core import errors, manifests
from plumbline.core.patch import merge
from plumbline.core.render import (
    _dependency,
    _directory,
    _environment,
    _helm,
    _jsonnet,
    _kustomization,
    _overlay,
    _plugin,
    _readset,
    _source,
    _tree,
)

__all__ = ["Plan", "Settings", "plan", "plan_whole", "plan_wider"]

_OVERRIDE: Final = ".argocd-source"
_MAX_OVERRIDE: Final = 1024 * 1024  # bytes

_NOBODY: Final = _environment.Context()
_NO_PLUGINS: Final = _plugin.Plugins()

References = Mapping[str, _tree.Tree | errors.PlumblineError]


@dataclasses.dataclass(frozen=True)
class Settings:
    """What an operator allows."""

    enabled: frozenset[_source.SourceType] = frozenset(_source.SourceType)
    """Types that may be rendered (kustomize.enable, helm.enable): detection passes over others, and
    a source that names one is refused."""
    jsonnet: bool = True
    """Whether directories may hold Jsonnet (jsonnet.enable)."""
    max_files: int = 20_000
    """Files one render may read."""
    sent: _plugin.Sent = _plugin.Sent()  # noqa: RUF009 -- a frozen value
    """What of a repository plugins are sent."""
    inflate: bool = False
    """Whether kustomizations may name charts (``--enable-helm`` in kustomize.buildOptions)."""


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
    helm: _helm.HelmPlan | None = None
    jsonnet: _jsonnet.JsonnetPlan | None = None
    plugin: _plugin.PluginPlan | None = None
    edits: tuple[tuple[str, bytes], ...] = ()
    """Kustomize only: files that are written with another content than Git's."""
    references: tuple[tuple[str, _readset.ReadSet], ...] = ()
    """What is read in the repositories of the application's other sources, by ref."""
    uses_revision: bool = False
    """Whether a parameter names the commit, so that each commit has its own render."""
    charts: tuple[_dependency.ChartUse, ...] = ()
    """Charts that were fetched, and where they are put."""
    inflation: tuple[str, tuple[str, ...]] | None = None
    """Kustomize only: version and APIs of the cluster that its charts are told; None: no charts."""

    def holds_in(self, tree: _tree.Tree, references: References) -> bool:
        """Tell whether planning in these trees would give the same plan."""
        if not self.reads.holds_in(tree):
            return False
        for ref, reads in self.references:
            other = references.get(ref)
            if other is None or isinstance(other, errors.PlumblineError):
                return False
            if not reads.holds_in(other):
                return False
        return True


def plan(
    tree: _tree.Tree,
    source: _source.Source,
    *,
    context: _environment.Context = _NOBODY,
    references: References | None = None,
    plugins: _plugin.Plugins = _NO_PLUGINS,
    charts: _dependency.Charts | None = None,
    settings: Settings = Settings(),
) -> Plan:
    """Plan the render of a source.

    Args:
        tree: the commit's tree.
        source: the source of the application.
        context: for whom it is rendered; the name selects ``.argocd-source-<app>.yaml``.
        references: trees of the application's other sources by ``ref``; an error stands for one
            that could not be opened, and is raised by the source that reads from it.
        plugins: the config management plugins that are there.
        charts: what was fetched for this source, or why it could not be; a source of a Helm
            repository has the chart as its own tree.
        settings: limits and enabled types.

    Raises:
        ChartsNeeded: charts must be fetched first; call again with them.
        DiscoveryNeeded: plugins have to be asked first whether the source is theirs.
        errors.PlumblineError: the source cannot be rendered; the message says why.
    """
    collector = _readset.Collector(tree, max_files=settings.max_files)
    if source.ref and not source.path and not source.chart:
        # Only there to be read by others: no manifests of its own.
        return Plan(_source.SourceType.DIRECTORY, source, "", collector.finish())
    found = collector.look(_tree.normalise_path("" if source.chart else source.path))
    if found.entry is None or found.entry.kind is not _tree.EntryKind.DIRECTORY:
        raise errors.NotFound(f"{source.path}: app path does not exist")
    source = _overridden(collector, found.path, source, context.app_name)
    kind = _source.explicit_type(source)
    if kind is None and source.chart:
        kind = _source.SourceType.HELM
    kind = kind or _detect(collector, found.path, plugins, settings)
    if kind not in settings.enabled:
        raise errors.FailedPrecondition(
            f"source type {kind.value} is disabled: {kind.value.lower()}.enable is false"
        )
    _source.refuse(source, kind)
    environment = _environment.Environment(context, source)
    if kind is _source.SourceType.DIRECTORY:
        made = _plan_directory(collector, found.path, source, environment, settings)
    elif kind is _source.SourceType.HELM:
        inputs = _helm.Inputs(
            collector,
            references or {},
            environment,
            own_ref=source.ref,
            max_files=settings.max_files,
            charts=charts or {},
        )
        made = _plan_helm(inputs, found.path, source, context)
    elif kind is _source.SourceType.PLUGIN:
        given = _Given(context, plugins, settings.sent)
        made = _plan_plugin(collector, found.path, source, environment, given)
    else:
        wishes = _dependency.Wishes(charts or {})
        made = _plan_kustomize(collector, found.path, source, environment, settings, wishes)
    return dataclasses.replace(made, uses_revision=environment.uses_revision)


def _plan_directory(
    collector: _readset.Collector,
    path: str,
    source: _source.Source,
    environment: _environment.Environment,
    settings: Settings,
) -> Plan:
    options = source.directory or _source.DirectoryOptions()
    files = _directory.collect(collector, path, options, jsonnet=settings.jsonnet)
    scripts = tuple(
        file for file in files if file.endswith(".jsonnet") and not _is_marked(collector, file)
    )
    jsonnet = None
    if scripts:
        jsonnet = _jsonnet.collect(collector, scripts, options.jsonnet, environment)
    kind = _source.SourceType.DIRECTORY
    return Plan(kind, source, path, collector.finish(), files, jsonnet=jsonnet)


def _is_marked(collector: _readset.Collector, path: str) -> bool:
    entry = collector.look(path).entry
    content = collector.tree.blob(entry.oid, _jsonnet.MAX_FILE) if entry is not None else b""
    return _directory.is_marked(content)


def _plan_helm(
    inputs: _helm.Inputs, path: str, source: _source.Source, context: _environment.Context
) -> Plan:
    made = _helm.collect(inputs, path, source.helm or _source.HelmOptions(), context)
    return Plan(
        _source.SourceType.HELM,
        source,
        path,
        inputs.own.finish(),
        helm=made,
        references=inputs.finish(),
        charts=inputs.wishes.finish(),
    )


def _plan_kustomize(
    collector: _readset.Collector,
    path: str,
    source: _source.Source,
    environment: _environment.Environment,
    settings: Settings,
    wishes: _dependency.Wishes,
) -> Plan:
    options = source.kustomize

    def edit(kustomization: dict[str, Any]) -> dict[str, Any]:
        def exists(component: str) -> bool:
            return collector.look(_tree.normalise_path(component, base=path)).entry is not None

        wanted = options or _source.KustomizeOptions()
        return _overlay.edit(kustomization, wanted, environment, exists)

    closure = _kustomization.collect(
        collector,
        path,
        edit if _overlay.is_needed(options) else None,
        decrypt=environment.context.decrypt,
        wishes=wishes if settings.inflate else None,
    )
    made = Plan(
        _source.SourceType.KUSTOMIZE,
        source,
        path,
        collector.finish(),
        edits=closure.edits,
        exact=closure.exact,
        charts=wishes.finish(),
        inflation=_helm.cluster(options or _source.KustomizeOptions(), environment.context)
        if closure.inflates
        else None,
    )
    return made if closure.exact else plan_whole(collector.tree, made, settings)


class _Given(NamedTuple):
    context: _environment.Context
    plugins: _plugin.Plugins
    sent: _plugin.Sent


def _plan_plugin(
    collector: _readset.Collector,
    path: str,
    source: _source.Source,
    environment: _environment.Environment,
    given: _Given,
) -> Plan:
    options = source.plugin or _source.PluginOptions()
    name = _plugin.choose(options.name, given.plugins)
    root, reads = _plugin.collect(
        collector, path, sent=given.sent, generate_paths=given.context.generate_paths
    )
    variables = _plugin.variables(options, environment, given.context)
    made = _plugin.PluginPlan(name, root, variables, is_named=bool(options.name))
    return Plan(_source.SourceType.PLUGIN, source, path, reads, exact=False, plugin=made)


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
    for path, entry in _tree.walk(tree):
        if entry.is_file:
            collector.add(path, entry)
        elif entry.kind is _tree.EntryKind.LINK and _stays_inside(tree, path):
            collector.add_link(path, entry)
    return dataclasses.replace(closure, reads=collector.finish(), exact=False)


def plan_wider(tree: _tree.Tree, closure: Plan) -> Plan | None:
    """Return the plan with the whole repository; None if that is too much or adds nothing."""
    try:
        whole = plan_whole(tree, closure)
    except errors.PlumblineError:
        return None
    return whole if whole.reads.files != closure.reads.files else None


def _stays_inside(tree: _tree.Tree, path: str) -> bool:
    try:
        return _tree.resolve(tree, path).entry is not None
    except errors.InvalidArgument:
        return False


def _detect(
    collector: _readset.Collector, path: str, plugins: _plugin.Plugins, settings: Settings
) -> _source.SourceType:
    if plugins.discovering:
        if plugins.found is None:
            raise _plugin.DiscoveryNeeded
        if plugins.found:
            return _source.SourceType.PLUGIN
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
            source = _patched(source, content)
        except (errors.InvalidArgument, UnicodeDecodeError) as error:
            raise errors.InvalidArgument(f"{found.path}: {error}") from error
    return source


def _patched(source: _source.Source, content: bytes) -> _source.Source:
    patch: Any = manifests.parse_yaml(content.decode())
    if not isinstance(patch, dict | None):
        raise errors.InvalidArgument("must be a mapping")
    before = msgspec.to_builtins(source)
    merged = merge.apply_merge_patch(before, patch or {})
    # Where the source comes from is not for a file in it to say.
    for field in ("repoURL", "path", "targetRevision", "chart", "ref", "name", "tagPrefix"):
        merged[field] = before[field]
    return _source.decode_source(merged)

"""Config management plugins: which one renders a source, what it is sent, its environment.

A plugin cannot name what it reads, so all that it is sent is its read-set: the whole repository, as
the contract has it, or the directory that holds the paths of the annotation
``argocd.argoproj.io/manifest-generate-paths`` where the operator chose so (config.md, section 15).
"""

import dataclasses
import posixpath
import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec
import orjson

from plumbline.core import errors, pattern, repositories
from plumbline.core.render import _environment, _readset, _source, _tree

__all__ = [
    "DiscoveryNeeded",
    "PluginPlan",
    "Plugins",
    "Sent",
    "choose",
    "collect",
    "collect_sent",
    "plugin_variables",
    "variables",
]

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}")
# A socket says name and version as one word. `cue-fmt` may be a plugin of its own: were it taken
# for `cue` while that starts, what `cue` made would be pruned.
_VERSION: Final = re.compile(r"v?[0-9][A-Za-z0-9._-]*")
_OUTSIDE: Final = re.compile(r"[^A-Z0-9_]")
_GLOB: Final = frozenset("*?[{")
_URL: Final = "ARGOCD_APP_SOURCE_REPO_URL"


class DiscoveryNeeded(Exception):
    """Plugins must be asked whether the source is theirs before it can be planned."""


@dataclasses.dataclass(frozen=True)
class Plugins:
    """The plugins that are there, by the names of their sockets."""

    names: tuple[str, ...] = ()
    discovering: tuple[str, ...] = ()
    """Those that can tell whether a source is theirs."""
    found: str | None = None
    """Which one said so; empty: none; ``None``: not asked."""


@dataclasses.dataclass(frozen=True)
class Sent:
    """What of a repository plugins are sent."""

    exclusions: tuple[str, ...] = ()
    """Globs over paths from the root; ``*`` does not cross a slash."""
    by_paths: bool = False
    """Only the directory that holds the paths of the annotation, where there is one."""


@dataclasses.dataclass(frozen=True)
class PluginPlan:
    """One render by a plugin."""

    name: str
    """The name of its socket."""
    root: str
    """The directory that is sent."""
    environment: tuple[tuple[str, str], ...]
    is_named: bool
    """Whether the source names it; otherwise it was discovered."""

    def identity(self) -> list[Any]:
        """Return what of it decides the render, beside the files.

        Where only a part of the repository is sent, the revision does not count: commits elsewhere
        would otherwise render again what the operator excluded from mattering.
        """
        kept = [
            pair
            for pair in self.environment
            if not (self.root and pair[0].startswith("ARGOCD_APP_REVISION"))
        ]
        return [self.name, self.root, kept]


def choose(wanted: str, plugins: Plugins) -> str:
    """Return the plugin that a source asks for.

    Args:
        wanted: its name, or name and version joined by a dash; empty: any that knows the source.
        plugins: those that are there.

    Raises:
        errors.InvalidArgument: no name of a plugin.
        errors.NotFound: no such plugin, several of that name, or none that knows the source.
        DiscoveryNeeded: the plugins have to be asked.
    """
    if not wanted:
        if plugins.found is None and plugins.discovering:
            raise DiscoveryNeeded
        if not plugins.found:
            raise errors.NotFound("no config management plugin supports this source")
        return plugins.found
    if not _NAME.fullmatch(wanted):
        raise errors.InvalidArgument(f"plugin name {wanted[:80]!r} is not a name")
    if wanted in plugins.names:
        return wanted
    similar = sorted(name for name in plugins.names if name.startswith(f"{wanted}-"))
    versions = [name for name in similar if _VERSION.fullmatch(name, len(wanted) + 1)]
    if len(versions) > 1 or (similar and not versions):
        raise errors.NotFound(f"plugin {wanted!r} is not there: name one of {', '.join(similar)}")
    if not versions:
        raise errors.NotFound(
            f"plugin {wanted!r} is not there: no sidecar offers it to the repo-server (plugins"
            " declared in argocd-cm do not exist any more: each one is a sidecar)"
        )
    return versions[0]


def plugin_variables(
    source: _source.Source, context: _environment.Context
) -> tuple[tuple[str, str], ...]:
    """Return what a plugin is told that is asked whether a source is its."""
    environment = _environment.Environment(context, source)
    return variables(source.plugin or _source.PluginOptions(), environment, context)


def variables(
    plugin: _source.PluginOptions,
    environment: _environment.Environment,
    context: _environment.Context,
) -> tuple[tuple[str, str], ...]:
    """Return the environment of a plugin (config.md, section 14), in a steady order."""
    found = dict(environment.all())
    # A password in the URL is the repo-server's to use, not a plugin's to see.
    found[_URL] = repositories.public_url(found[_URL])
    found["KUBE_VERSION"] = context.kube_version
    found["KUBE_API_VERSIONS"] = ",".join(context.api_versions)
    for entry in plugin.env:
        if entry.name:
            found[f"ARGOCD_ENV_{entry.name}"] = environment.substitute(entry.value)
    found["ARGOCD_APP_PARAMETERS"] = orjson.dumps(
        [_parameter(parameter) for parameter in plugin.parameters]
    ).decode()
    for parameter in plugin.parameters:
        name = f"PARAM_{_shouted(parameter.name)}"
        if parameter.string is not None:
            found[name] = parameter.string
        for index, value in enumerate(parameter.array or ()):
            found[f"{name}_{index}"] = value
        for key, value in (parameter.map or {}).items():
            found[f"{name}_{_shouted(key)}"] = value
    for name, value in found.items():
        if "=" in name or "\x00" in name or "\x00" in value:
            raise errors.InvalidArgument(f"plugin variable {name[:80]!r} cannot be set")
    return tuple(sorted(found.items()))


def _parameter(parameter: _source.PluginParameter) -> dict[str, Any]:
    tree: dict[str, Any] = msgspec.to_builtins(parameter)
    return {key: value for key, value in tree.items() if value is not None}


def _shouted(name: str) -> str:
    return _OUTSIDE.sub("_", name.upper())


def collect(
    collector: _readset.Collector, path: str, *, sent: Sent, generate_paths: str
) -> tuple[str, _readset.ReadSet]:
    """Return the directory that a plugin is sent, and what is read of it.

    Links that leave the directory are left out, so that reading one fails.

    Args:
        collector: of the source's tree.
        path: the source's directory.
        sent: the operator's choice.
        generate_paths: the application's annotation.

    Raises:
        errors.InvalidArgument: a path of the annotation leaves the repository.
        errors.ResourceExhausted: more files than one render may read.
    """
    root = _common(path, generate_paths) if sent.by_paths and generate_paths else ""
    return root, collect_sent(collector, root, sent)


def collect_sent(collector: _readset.Collector, root: str, sent: Sent) -> _readset.ReadSet:
    """Return everything in and below a directory, except what the operator excludes."""
    globs = [pattern.compile_glob(text, separator="/") for text in sent.exclusions]
    collector.guard(root)
    tree = collector.tree
    pending = [root]
    while pending:
        directory = pending.pop()
        for name, entry in (tree.children(directory) or {}).items():
            full = _tree.join(directory, name)
            place = posixpath.relpath(full, root) if root else full
            if any(glob.match(place) for glob in globs):
                continue
            if entry.kind is _tree.EntryKind.DIRECTORY:
                pending.append(full)
            elif entry.is_file:
                collector.add(full, entry)
            elif entry.kind is _tree.EntryKind.LINK and _stays_in(tree, full, root):
                collector.add_link(full, entry)
    return collector.finish()


def _stays_in(tree: _tree.Tree, path: str, root: str) -> bool:
    try:
        found = _tree.resolve(tree, path)
    except errors.InvalidArgument:
        return False
    return found.entry is not None and (not root or f"{found.path}/".startswith(f"{root}/"))


def _common(path: str, generate_paths: str) -> str:
    """Return the deepest directory that holds the source and each path of the annotation."""
    places = [path]
    for text in generate_paths.split(";"):
        plain = "/".join(_before_glob(text.strip().split("/")))
        if not text.strip():
            continue
        base = "" if text.strip().startswith("/") else path
        places.append(_tree.normalise_path(plain.lstrip("/"), base=base, shown=text.strip()))
    common: list[str] = places[0].split("/") if places[0] else []
    for place in places[1:]:
        parts = place.split("/") if place else []
        length = 0
        while length < min(len(common), len(parts)) and common[length] == parts[length]:
            length += 1
        common = common[:length]
    return "/".join(common)


def _before_glob(parts: Iterable[str]) -> Iterable[str]:
    for part in parts:
        if _GLOB.intersection(part):
            return
        yield part

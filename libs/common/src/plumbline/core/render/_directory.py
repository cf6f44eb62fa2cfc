"""Which files a plain directory consists of (behaviour.md, section 12, Directory)."""

import re
from typing import Final

from plumbline.core import errors, pattern
from plumbline.core.render import _readset, _source, _tree

__all__ = ["collect", "is_marked"]

_MANIFEST: Final = re.compile(r".*\.(yaml|yml|json|jsonnet)\Z", re.DOTALL)
_OVERRIDE: Final = re.compile(r"(?:.*/)?\.argocd-source(?:-[^/]*)?\.yaml")
"""What these files say acts through the parameters; they are no manifests."""
_DEPTH: Final = 64  # directories below one another
_SKIP_MARK: Final = b"# +argocd:skip-file-rendering"


def is_marked(content: bytes) -> bool:
    """Tell whether a file says of itself that it is no manifest (behaviour.md, section 12)."""
    return _SKIP_MARK in content


def collect(
    collector: _readset.Collector, path: str, options: _source.DirectoryOptions, *, jsonnet: bool
) -> tuple[str, ...]:
    """Add the directory's manifest files to the collector; return their paths in order.

    A link to a file inside the repository counts as the file, under the link's name. The order is
    that of a walk, each directory in its place: of equal objects, the last one is applied.

    Args:
        collector: of the source's tree.
        path: the directory.
        options: spec.source.directory.
        jsonnet: whether Jsonnet files count; a setting.

    Raises:
        errors.InvalidArgument: a link that leaves the repository, or a glob that cannot be read.
    """
    collector.guard(path)
    wanted = _Filter(options, jsonnet=jsonnet)
    found: list[str] = []
    _walk(collector, path, path, wanted, found)
    found.sort(key=lambda name: name.split("/"))
    return tuple(found)


class _Filter:
    """Include and exclude, compiled once."""

    def __init__(self, options: _source.DirectoryOptions, *, jsonnet: bool) -> None:
        self.recurse = options.recurse
        self._jsonnet = jsonnet
        self._any_name = options.disable_extension_filter
        self._include = pattern.compile_glob(options.include) if options.include else None
        self._exclude = pattern.compile_glob(options.exclude) if options.exclude else None

    def takes(self, relative: str) -> bool:
        if _OVERRIDE.fullmatch(relative):
            return False
        if relative.endswith(".jsonnet"):
            if not self._jsonnet:
                return False
        elif not self._any_name and not _MANIFEST.match(relative):
            return False
        if self._exclude is not None and self._exclude.match(relative):
            return False
        return self._include is None or self._include.match(relative)


def _walk(
    collector: _readset.Collector,
    root: str,
    directory: str,
    wanted: _Filter,
    found: list[str],
) -> None:
    if directory.count("/") - root.count("/") > _DEPTH:
        raise errors.ResourceExhausted(f"{directory}: more than {_DEPTH} levels of directories")
    for name, entry in (collector.tree.children(directory) or {}).items():
        full = _tree.join(directory, name)
        if entry.kind is _tree.EntryKind.DIRECTORY:
            if wanted.recurse:
                _walk(collector, root, full, wanted, found)
            continue
        if not wanted.takes(full[len(root) + 1 :] if root else full):
            continue
        if entry.kind is _tree.EntryKind.LINK:
            target = collector.look(full)
            if target.entry is None or not target.entry.is_file:
                continue
            collector.add(target.path, target.entry)
        else:
            collector.add(full, entry)
        found.append(full)

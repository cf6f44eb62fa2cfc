"""Which files a plain directory consists of (behaviour.md, section 12, Directory)."""

import re
from typing import Final

from plumbline.core import errors, pattern
from plumbline.core.render import _readset, _source, _tree

__all__ = ["collect"]

_MANIFEST: Final = re.compile(r".*\.(yaml|yml|json|jsonnet)\Z", re.DOTALL)
_DEPTH: Final = 64  # directories below one another


def collect(
    collector: _readset.Collector, path: str, options: _source.DirectoryOptions
) -> tuple[str, ...]:
    """Add the directory's manifest files to the collector; return their paths in order.

    A link to a file inside the repository counts as the file, under the link's name.

    Raises:
        errors.InvalidArgument: a link that leaves the repository, or a glob that cannot be read.
        errors.Unimplemented: a Jsonnet file was selected.
    """
    collector.guard(path)
    wanted = _Filter(options)
    found: list[str] = []
    _walk(collector, path, path, wanted, found)
    found.sort()
    return tuple(found)


class _Filter:
    """Include and exclude, compiled once."""

    def __init__(self, options: _source.DirectoryOptions) -> None:
        self.recurse = options.recurse
        self._include = pattern.compile_glob(options.include) if options.include else None
        self._exclude = pattern.compile_glob(options.exclude) if options.exclude else None

    def takes(self, relative: str) -> bool:
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
        relative = full[len(root) + 1 :] if root else full
        if not _MANIFEST.match(name) or not wanted.takes(relative):
            continue
        if entry.kind is _tree.EntryKind.LINK:
            target = collector.look(full)
            if target.entry is None or not target.entry.is_file:
                continue
            collector.add(target.path, target.entry)
        elif entry.is_file:
            collector.add(full, entry)
        else:
            continue
        if name.endswith(".jsonnet"):
            raise errors.Unimplemented(f"{full}: Jsonnet is not supported yet")
        found.append(full)

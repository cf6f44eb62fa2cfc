"""The files of a chart in Git: its directory, the links in it, its ``file://`` dependencies.

A dependency from somewhere else must be vendored in ``charts/``: a render has no network.
"""

import dataclasses
import re
from typing import Any, Final

from plumbline.core import errors, manifests
from plumbline.core.render import _readset, _tree

__all__ = ["Chart", "collect"]

_MAX_FILE: Final = 1024 * 1024  # bytes of a Chart.yaml
_DEPTH: Final = 64
_FILE: Final = "file://"
_ARCHIVE: Final = ".tgz"
_OVERRIDE: Final = re.compile(r"\.argocd-source(-.*)?\.yaml")
_BAD_NAME: Final = re.compile(r"[/\\\x00-\x1f]|\.\.|\A[-.]")
_VARIES: Final = re.compile(
    rb"\b(now|ago|rand(Alpha|AlphaNum|Ascii|Numeric|Bytes|Int)|shuffle|uuidv4|htpasswd|bcrypt|"
    rb"gen(CA|PrivateKey|SelfSignedCert|SignedCert)(WithKey)?|encryptAES)\b"
)
# An action, with its quoted texts; a comment is none.
_ACTION: Final = re.compile(rb"\{\{-?(?!-?\s*/\*)(.*?)\}\}", re.DOTALL)
_TEMPLATE: Final = (".yaml", ".yml", ".tpl", ".txt", ".json")
_MAX_TEMPLATE: Final = 1024 * 1024  # bytes of a template that is searched


@dataclasses.dataclass(frozen=True)
class Chart:
    """What is to be known of a chart beside its files."""

    links: tuple[tuple[str, str], ...]
    may_vary: bool


def collect(collector: _readset.Collector, path: str) -> Chart:
    """Add a chart and its dependencies to a read-set.

    Raises:
        errors.InvalidArgument: no Chart.yaml, a link or dependency that leaves the repository, a
            dependency that contains itself, or one that is not vendored.
    """
    walk = _Walk(collector)
    walk.chart(path, ())
    return Chart(tuple(sorted(walk.links.items())), walk.may_vary)


class _Walk:
    def __init__(self, collector: _readset.Collector) -> None:
        self._collector = collector
        self._directories: set[str] = set()
        self.links: dict[str, str] = {}
        self.may_vary = False

    def chart(self, path: str, above: tuple[str, ...]) -> None:
        if path in above:
            raise errors.InvalidArgument(f"chart {path or '.'!r} depends on itself")
        if len(above) > _DEPTH:
            raise errors.ResourceExhausted(f"more than {_DEPTH} levels of chart dependencies")
        metadata = self._metadata(path, "Chart.yaml", required=True)
        name = metadata.get("name")
        if not isinstance(name, str) or not name or _BAD_NAME.search(name):
            raise errors.InvalidArgument(
                f"{_tree.join(path, 'Chart.yaml')}: chart name {str(name)[:80]!r} is not one"
            )
        self._collector.guard(path)
        self._directory(path, (path,))
        declared = metadata.get("dependencies")
        if declared is None:
            declared = self._metadata(path, "requirements.yaml").get("dependencies")
        for item in declared if isinstance(declared, list) else []:
            if isinstance(item, dict):
                self._dependency(path, item, (*above, path))

    def _metadata(self, path: str, name: str, *, required: bool = False) -> dict[str, Any]:
        full = _tree.join(path, name)
        found = self._collector.look(full)
        if found.entry is None or not found.entry.is_file:
            if required:
                raise errors.InvalidArgument(f"{full} is missing: no chart")
            return {}
        try:
            text = self._collector.tree.blob(found.entry.oid, _MAX_FILE).decode()
            tree = manifests.parse_yaml(text)
        except (errors.InvalidArgument, UnicodeDecodeError) as error:
            raise errors.InvalidArgument(f"{full}: {error}") from error
        if not isinstance(tree, dict):
            raise errors.InvalidArgument(f"{full}: must be a mapping")
        return tree

    def _directory(self, directory: str, above: tuple[str, ...]) -> None:
        """Add every file below a directory, and what its links lead to."""
        if len(above) > _DEPTH:
            raise errors.ResourceExhausted(f"{directory}: more than {_DEPTH} levels of directories")
        if directory in self._directories:
            return
        self._directories.add(directory)
        for name, entry in (self._collector.tree.children(directory) or {}).items():
            full = _tree.join(directory, name)
            if entry.kind is _tree.EntryKind.DIRECTORY:
                self._directory(full, (*above, full))
            elif entry.kind is _tree.EntryKind.LINK:
                self._link(full, above)
            elif not _OVERRIDE.fullmatch(name):
                # Override files act through the parameters.
                self._add(full, entry)

    def _link(self, full: str, above: tuple[str, ...]) -> None:
        found = self._collector.look(full)
        if found.entry is None:
            raise errors.InvalidArgument(f"symbolic link {full!r} leads nowhere")
        if found.entry.is_file:
            self._add(found.path, found.entry)
        elif found.entry.kind is _tree.EntryKind.DIRECTORY:
            # Helm follows links without end.
            if any(_holds(found.path, place) for place in (*above, _tree.parent(full))):
                raise errors.InvalidArgument(f"symbolic links on path {full!r} loop")
            self._collector.guard(found.path)
            self._directory(found.path, (*above, found.path))

    def _add(self, path: str, entry: _tree.Entry) -> None:
        self._collector.add(path, entry)
        if not self.may_vary and path.endswith(_TEMPLATE) and "templates/" in path:
            try:
                content = self._collector.tree.blob(entry.oid, _MAX_TEMPLATE)
            except errors.ResourceExhausted:
                return
            self.may_vary = any(_VARIES.search(action) for action in _ACTION.findall(content))

    def _dependency(self, path: str, item: dict[str, Any], above: tuple[str, ...]) -> None:
        name, repository = item.get("name"), item.get("repository") or ""
        where = _tree.join(path, "Chart.yaml")
        if not isinstance(name, str) or not name or _BAD_NAME.search(name):
            raise errors.InvalidArgument(f"{where}: dependency name {str(name)[:80]!r} is not one")
        if self._is_vendored(path, name):
            return
        if not isinstance(repository, str) or not repository.startswith(_FILE):
            raise errors.InvalidArgument(
                f"{where}: dependency {name!r} ({str(repository)[:200] or 'no repository'}) is not"
                " in charts/: run 'helm dependency build' and commit charts/; fetching it is not"
                " supported yet"
            )
        wanted = repository.removeprefix(_FILE)
        target = _tree.normalise_path(wanted, base=path, shown=f"{repository} (in {where})")
        found = self._collector.look(target)
        if found.entry is None or found.entry.kind is not _tree.EntryKind.DIRECTORY:
            raise errors.InvalidArgument(f"{where}: dependency {name!r}: {repository} is missing")
        if any(_holds(found.path, place) for place in above):
            raise errors.InvalidArgument(f"{where}: dependency {name!r} contains its own parent")
        self.chart(found.path, above)
        self.links[_tree.join(path, f"charts/{name}")] = found.path

    def _is_vendored(self, path: str, name: str) -> bool:
        charts = self._collector.look(_tree.join(path, "charts"))
        entries = self._collector.tree.children(charts.path) if charts.entry is not None else None
        for file, entry in (entries or {}).items():
            if file == name or (file.startswith(f"{name}-") and file.endswith(_ARCHIVE)):
                return True
            if entry.kind is _tree.EntryKind.DIRECTORY:
                # A chart may lie in a directory of another name.
                below = self._collector.look(
                    _tree.join(_tree.join(charts.path, file), "Chart.yaml")
                )
                if below.entry is not None and below.entry.is_file:
                    inner = self._metadata(_tree.join(charts.path, file), "Chart.yaml")
                    if inner.get("name") == name:
                        return True
        return False


def _holds(outer: str, inner: str) -> bool:
    """Whether a directory is, or contains, another."""
    return not outer or inner == outer or inner.startswith(f"{outer}/")

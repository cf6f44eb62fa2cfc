"""The files of a chart in Git: its directory, the links in it, its ``file://`` dependencies.

A dependency from somewhere else that is not vendored in ``charts/`` is wished for: the caller
fetches it beforehand, since a render has no network.
"""

import dataclasses
import re
from typing import Any, Final

from plumbline.core import errors, manifests, pattern
from plumbline.core.render import _dependency, _lock, _readset, _tree

__all__ = ["Chart", "collect", "varies"]

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


def collect(collector: _readset.Collector, path: str, wishes: _dependency.Wishes) -> Chart:
    """Add a chart and its dependencies to a read-set.

    Args:
        collector: of the chart's tree.
        path: the chart's directory.
        wishes: takes what must be fetched.

    Raises:
        errors.InvalidArgument: no Chart.yaml, a link or dependency that leaves the repository, a
            dependency that contains itself, or a lock that does not fit.
        errors.PlumblineError: what became of fetching a dependency.
    """
    walk = _Walk(collector, wishes)
    walk.chart(path, ())
    return Chart(tuple(sorted(walk.links.items())), walk.may_vary)


class _Walk:
    def __init__(self, collector: _readset.Collector, wishes: _dependency.Wishes) -> None:
        self._collector = collector
        self._wishes = wishes
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
        declared, lock = metadata.get("dependencies"), "Chart.lock"
        if declared is None:
            declared = self._metadata(path, "requirements.yaml").get("dependencies")
            lock = "requirements.lock"
        items = [item for item in declared if isinstance(item, dict)] if declared else []
        absent = [item for item in items if self._dependency(path, item, (*above, path))]
        if absent:
            self._fetched(path, items, absent, lock)

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
        self.may_vary = self.may_vary or _is_varying(self._collector.tree, path, entry)

    def _dependency(self, path: str, item: dict[str, Any], above: tuple[str, ...]) -> bool:
        """Follow a dependency in the repository; tell whether it must be fetched."""
        name, repository = item.get("name"), item.get("repository") or ""
        where = _tree.join(path, "Chart.yaml")
        if not isinstance(name, str) or not name or _BAD_NAME.search(name):
            raise errors.InvalidArgument(f"{where}: dependency name {str(name)[:80]!r} is not one")
        if self._is_vendored(path, name):
            return False
        if not isinstance(repository, str) or not repository:
            raise errors.InvalidArgument(
                f"{where}: dependency {name!r} names no repository and is not in charts/: run 'helm"
                " dependency build' and commit charts/"
            )
        if not repository.startswith(_FILE):
            return True
        wanted = repository.removeprefix(_FILE)
        target = _tree.normalise_path(wanted, base=path, shown=f"{repository} (in {where})")
        found = self._collector.look(target)
        if found.entry is None or found.entry.kind is not _tree.EntryKind.DIRECTORY:
            raise errors.InvalidArgument(f"{where}: dependency {name!r}: {repository} is missing")
        if any(_holds(found.path, place) for place in above):
            raise errors.InvalidArgument(f"{where}: dependency {name!r} contains its own parent")
        self.chart(found.path, above)
        self.links[_tree.join(path, f"charts/{name}")] = found.path
        return False

    def _fetched(
        self, path: str, items: list[dict[str, Any]], absent: list[dict[str, Any]], lock: str
    ) -> None:
        """Put the dependencies that must be fetched into ``charts/``, as Helm does."""
        where = _tree.join(path, lock)
        locked = self._metadata(path, lock)
        versions = [str(item.get("version") or "*") for item in items]
        if locked:
            versions = _lock.check(items, locked, name=where)
        charts = self._collector.look(_tree.join(path, "charts"))
        for item, version in zip(items, versions, strict=True):
            if item not in absent:
                continue
            name = str(item["name"])
            found = self._wishes.find(_dependency.ChartWant(str(item["repository"]), name, version))
            if found is None:
                continue
            if pattern.parse_version(found.version) is None:
                raise errors.InvalidArgument(
                    f"{where}: dependency {name!r}: {found.version[:80]!r} is no version"
                )
            archive = f"{name}-{found.version}{_ARCHIVE}"
            self._wishes.use(_dependency.ChartUse(_tree.join(charts.path, archive), found.digest))
            self.may_vary = self.may_vary or varies(found.tree)

    def _is_vendored(self, path: str, name: str) -> bool:
        charts = self._collector.look(_tree.join(path, "charts"))
        entries = self._collector.tree.children(charts.path) if charts.entry is not None else None
        for file, entry in (entries or {}).items():
            if file == name or _is_archive(file, name):
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


def _is_archive(file: str, name: str) -> bool:
    """Whether a file is an archive of the chart, not of another whose name begins alike."""
    if not file.startswith(f"{name}-") or not file.endswith(_ARCHIVE):
        return False
    version = file.removeprefix(f"{name}-").removesuffix(_ARCHIVE)
    return pattern.parse_version(version) is not None


def varies(tree: _tree.Tree) -> bool:
    """Tell whether a template of a fetched chart may differ from one render to the next."""
    return any(entry.is_file and _is_varying(tree, path, entry) for path, entry in _tree.walk(tree))


def _is_varying(tree: _tree.Tree, path: str, entry: _tree.Entry) -> bool:
    if not path.endswith(_TEMPLATE) or "templates/" not in path:
        return False
    try:
        content = tree.blob(entry.oid, _MAX_TEMPLATE)
    except errors.ResourceExhausted:
        return False
    return any(_VARIES.search(action) for action in _ACTION.findall(content))


def _holds(outer: str, inner: str) -> bool:
    """Whether a directory is, or contains, another."""
    return not outer or inner == outer or inner.startswith(f"{outer}/")

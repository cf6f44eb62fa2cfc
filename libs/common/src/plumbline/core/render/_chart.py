"""The files of a chart in Git: its directory, the links in it, its ``file://`` dependencies.

A dependency from somewhere else that is not vendored in ``charts/`` is wished for: the caller
fetches it beforehand, since a render has no network.
"""

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

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
_COMMENT: Final = re.compile(rb"-?\s*/\*")
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


class _Below(NamedTuple):
    """What a chart that was walked leads to."""

    charts: frozenset[str]
    """Itself, and all that it depends on in the repository."""
    levels: int


class _Walk:
    def __init__(self, collector: _readset.Collector, wishes: _dependency.Wishes) -> None:
        self._collector = collector
        self._wishes = wishes
        self._directories: set[str] = set()
        self._done: dict[str, _Below] = {}
        self.links: dict[str, str] = {}
        self.may_vary = False

    def chart(self, path: str, above: tuple[str, ...]) -> _Below:
        """Walk a chart, once however many depend on it."""
        if path in above:
            raise errors.InvalidArgument(f"chart {path or '.'!r} depends on itself")
        known = self._done.get(path)
        if len(above) + (known.levels if known is not None else 0) > _DEPTH:
            raise errors.ResourceExhausted(f"more than {_DEPTH} levels of chart dependencies")
        if known is None:
            known = self._done[path] = self._walked(path, above)
        elif not known.charts.isdisjoint(_holders(above)):
            raise errors.InvalidArgument(f"chart {path or '.'!r} contains what depends on it")
        return known

    def _walked(self, path: str, above: tuple[str, ...]) -> _Below:
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
        vendored = self._vendored(path) if items else frozenset()
        below: list[_Below] = []
        absent: set[int] = set()
        for position, item in enumerate(items):
            if _name(path, item) in vendored:
                continue
            found = self._dependency(path, item, (*above, path))
            if found is None:
                absent.add(position)
            else:
                below.append(found)
        if absent:
            self._fetched(path, items, absent, lock)
        return _Below(
            frozenset({path}).union(*(one.charts for one in below)),
            max((one.levels + 1 for one in below), default=0),
        )

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

    def _dependency(self, path: str, item: dict[str, Any], above: tuple[str, ...]) -> _Below | None:
        """Follow a dependency in the repository; None if it must be fetched."""
        name, repository = item["name"], item.get("repository") or ""
        where = _tree.join(path, "Chart.yaml")
        if not isinstance(repository, str) or not repository:
            raise errors.InvalidArgument(
                f"{where}: dependency {name!r} names no repository and is not in charts/: run 'helm"
                " dependency build' and commit charts/"
            )
        if not repository.startswith(_FILE):
            return None
        wanted = repository.removeprefix(_FILE)
        target = _tree.normalise_path(wanted, base=path, shown=f"{repository} (in {where})")
        found = self._collector.look(target)
        if found.entry is None or found.entry.kind is not _tree.EntryKind.DIRECTORY:
            raise errors.InvalidArgument(f"{where}: dependency {name!r}: {repository} is missing")
        if any(_holds(found.path, place) for place in above):
            raise errors.InvalidArgument(f"{where}: dependency {name!r} contains its own parent")
        below = self.chart(found.path, above)
        self.links[_tree.join(path, f"charts/{name}")] = found.path
        return below

    def _fetched(self, path: str, items: list[dict[str, Any]], absent: set[int], lock: str) -> None:
        """Put the dependencies that must be fetched into ``charts/``, as Helm does."""
        where = _tree.join(path, lock)
        locked = self._metadata(path, lock)
        versions = [str(item.get("version") or "*") for item in items]
        if locked:
            versions = _lock.check(items, locked, name=where)
        charts = self._collector.look(_tree.join(path, "charts"))
        for position, (item, version) in enumerate(zip(items, versions, strict=True)):
            if position not in absent:
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

    def _vendored(self, path: str) -> frozenset[str]:
        """Return the names under which ``charts/`` holds charts already."""
        charts = self._collector.look(_tree.join(path, "charts"))
        entries = self._collector.tree.children(charts.path) if charts.entry is not None else None
        found: set[str] = set()
        for file, entry in (entries or {}).items():
            found.add(file)
            found.update(_archived(file))
            if entry.kind is _tree.EntryKind.DIRECTORY:
                # A chart may lie in a directory of another name.
                inner = self._metadata(_tree.join(charts.path, file), "Chart.yaml").get("name")
                if isinstance(inner, str):
                    found.add(inner)
        return frozenset(found)


def _name(path: str, item: Mapping[str, Any]) -> str:
    name = item.get("name")
    if not isinstance(name, str) or not name or _BAD_NAME.search(name):
        where = _tree.join(path, "Chart.yaml")
        raise errors.InvalidArgument(f"{where}: dependency name {str(name)[:80]!r} is not one")
    return name


def _archived(file: str) -> Iterator[str]:
    """Yield the names of which a file may be the archive: what is left is a version."""
    if file.endswith(_ARCHIVE):
        parts = file.removesuffix(_ARCHIVE).split("-")
        for count in range(1, len(parts)):
            if pattern.parse_version("-".join(parts[count:])) is not None:
                yield "-".join(parts[:count])


def _holders(places: Iterable[str]) -> set[str]:
    """Return the directories that are, or contain, one of some."""
    found = {""}
    for place in places:
        directory = place
        while directory:
            found.add(directory)
            directory = _tree.parent(directory)
    return found


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
    return any(_VARIES.search(action) for action in _actions(content))


def _actions(template: bytes) -> Iterator[bytes]:
    """Yield the actions of a template, with their quoted texts; a comment is none."""
    start = 0
    while (begin := template.find(b"{{", start)) >= 0:
        end = template.find(b"}}", begin + 2)
        if end < 0:
            return
        action = template[begin + 2 : end]
        if not _COMMENT.match(action):
            yield action
        start = end + 2


def _holds(outer: str, inner: str) -> bool:
    """Whether a directory is, or contains, another."""
    return not outer or inner == outer or inner.startswith(f"{outer}/")

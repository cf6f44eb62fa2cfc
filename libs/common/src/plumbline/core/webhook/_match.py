"""Which applications a hint concerns (behaviour.md section 13)."""

import dataclasses
import posixpath
import re
from collections.abc import Iterable
from typing import Final

from plumbline.core import pattern
from plumbline.core.model import Application
from plumbline.core.webhook._hint import Hint
from plumbline.core.webhook._url import repository_key

__all__ = ["Index", "Watched", "watched"]

_ANNOTATION: Final = "argocd.argoproj.io/manifest-generate-paths"
_VERSION: Final = re.compile(r"v?(\d+(?:\.\d+){0,2})(?:[-+][0-9A-Za-z.+-]+)?", re.ASCII)
_PARTIAL: Final = re.compile(r"=?\s*v?(\d+(?:\.\d+)?)", re.ASCII)
_CONSTRAINT: Final = re.compile(r"[v\d.\sxX*^~<>=!,|+A-Za-z-]*", re.ASCII)
_OPERATOR: Final = re.compile(r"[*^~<>=!,|]|\.[xX](?:\.|\Z)|\s-\s")
_GLOBS: Final = 500_000  # characters compared with globs per hint; beyond, everything matches


@dataclasses.dataclass(frozen=True, slots=True)
class Watched:
    """One source of an application, as far as hints concern it."""

    app: tuple[str, str]
    """Namespace and name."""
    repo_url: str
    revision: str
    image: str = ""
    """What it takes from a registry: the name of a chart, or ``.`` for the URL itself."""
    paths: tuple[str, ...] | None = None
    """Files, folders and globs from the root that its manifests are made from; ``None``: not said.

    The root itself is the empty text.
    """


def watched(app: Application) -> list[Watched]:
    """Return what an application watches: each source, or the two of a hydrated one."""
    key = (app.metadata.namespace, app.metadata.name)
    written = app.metadata.annotations.get(_ANNOTATION, "")
    found = []
    for source in app.spec.all_sources:
        if source.chart or source.repo_url.startswith("oci://"):
            found.append(Watched(key, source.repo_url, source.target_revision, source.chart or "."))
        else:
            paths = _paths(written, source.path)
            found.append(Watched(key, source.repo_url, source.target_revision, paths=paths))
    return found + _hydrated(app, key, written)


def _hydrated(app: Application, key: tuple[str, str], written: str) -> list[Watched]:
    """Return the dry source, and the synced branch, whose own path is always what counts."""
    hydrator = app.spec.source_hydrator or {}
    dry, synced = _fields(hydrator, "drySource"), _fields(hydrator, "syncSource")
    url = dry.get("repoURL", "")
    if not url:
        return []
    found = [
        Watched(key, url, dry.get("targetRevision", ""), paths=_paths(written, dry.get("path", "")))
    ]
    if branch := synced.get("targetBranch", ""):
        found.append(Watched(key, url, branch, paths=_paths(".", synced.get("path", ""))))
    return found


def _fields(tree: dict[str, object], name: str) -> dict[str, str]:
    """Return the texts of an object that may be missing or of another type."""
    part = tree.get(name)
    if not isinstance(part, dict):
        return {}
    return {k: v for k, v in part.items() if isinstance(v, str)}


def _paths(written: str, source_path: str) -> tuple[str, ...] | None:
    """Read the annotation: relative to the source's folder, with ``/`` in front to the root."""
    items = [item.strip() for item in written.split(";")]
    found = [
        posixpath.normpath(posixpath.join("/", source_path, item)).lstrip("/")
        for item in items
        if item
    ]
    return tuple(dict.fromkeys(found)) or None


class Index:
    """Sources by repository, so that a hint costs what its repository has."""

    def __init__(self, sources: Iterable[Watched]) -> None:
        self._by_key: dict[str, list[Watched]] = {}
        for source in sources:
            url = source.repo_url
            if source.image not in ("", "."):
                url = f"{url.rstrip('/')}/{source.image}"
            key = repository_key(url)
            if key:
                self._by_key.setdefault(key, []).append(source)

    def affected(self, hint: Hint) -> list[Watched]:
        """Return the sources that a hint concerns."""
        keys = dict.fromkeys(filter(None, map(repository_key, hint.urls)))
        concerned = [
            source
            for key in keys
            for source in self._by_key.get(key, ())
            if bool(source.image) == hint.registry and _revision_matches(source.revision, hint)
        ]
        if not concerned or hint.changed_files is None:
            return concerned
        changes = _Changes(hint.changed_files)
        return [s for s in concerned if s.paths is None or changes.touch(s.paths)]


def _short(ref: str) -> str:
    return ref.removeprefix("refs/heads/").removeprefix("refs/tags/")


def _revision_matches(revision: str, hint: Hint) -> bool:
    if not hint.ref:
        return True
    if revision in ("", "HEAD"):
        return hint.default_branch or hint.registry
    name = _short(hint.ref)
    return _short(revision) == name or _may_satisfy(revision, name)


def _may_satisfy(revision: str, name: str) -> bool:
    """Whether a ref may be what a version constraint chooses.

    Any version counts for a constraint with an operator, one of its line for ``1`` or ``1.2``: to
    look once too often is cheap, the repo-server decides.
    """
    version = _VERSION.fullmatch(name)
    if version is None:
        return False
    line = _PARTIAL.fullmatch(revision)
    if line is not None:
        return f"{version[1]}.".startswith(f"{line[1]}.")
    return bool(_CONSTRAINT.fullmatch(revision) and _OPERATOR.search(revision))


class _Changes:
    """The changed files of a hint, ready for many questions."""

    def __init__(self, files: frozenset[str]) -> None:
        self._files = [posixpath.normpath("/" + file).lstrip("/") for file in files]
        self._within = {""}
        for file in self._files:
            above = file
            while above not in self._within:
                self._within.add(above)
                above = posixpath.dirname(above)
        self._size = sum(len(file) + 1 for file in self._files)
        self._budget = _GLOBS

    def touch(self, paths: Iterable[str]) -> bool:
        """Whether a file is one of the paths, lies inside of one, or matches one as a glob."""
        return any(path in self._within or self._matches(path) for path in paths)

    def _matches(self, path: str) -> bool:
        if not any(char in path for char in "*?[{"):
            return False
        self._budget -= self._size
        if self._budget < 0:
            return True
        return any(pattern.match(path, file, separator="/") for file in self._files)

"""Which files `kustomize build` reads: the graph of kustomizations, followed in Git objects.

Every field of a kustomization that names a file or a directory is known here. A field that is not,
or a generator or transformer (whose own configuration may name files), makes the closure inexact:
the caller then takes the whole repository. Remote references are refused by name.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from plumbline.core import errors, manifests
from plumbline.core.render import _dependency, _inflation, _ksops, _readset, _tree

__all__ = ["KUSTOMIZATION_NAMES", "Closure", "collect"]

KUSTOMIZATION_NAMES: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_MAX_FILE: Final = 1024 * 1024  # bytes of a kustomization
_MAX_SCAN: Final = 16 * 1024 * 1024  # bytes of a file that may be a generator
_MAX_ROOTS: Final = 500  # kustomizations of one render
_MAX_DEPTH: Final = 64  # kustomizations inside one another; recursion here is real

_FILES_OR_DIRECTORIES: Final = ("resources", "bases", "components")
_PATH_LISTS: Final = ("crds", "configurations", "patchesStrategicMerge")
_PATH_OBJECTS: Final = ("patches", "patchesJson6902", "replacements")
_GENERATORS: Final = ("configMapGenerator", "secretGenerator")
_INEXACT: Final = ("generators", "transformers", "validators")
_HELM: Final = ("helmCharts", "helmGlobals")
_OLD_HELM: Final = "helmChartInflationGenerator"
_INFLATOR: Final = b"HelmChartInflationGenerator"
_PLAIN: Final = frozenset(
    {
        "apiVersion", "kind", "metadata", "namespace", "namePrefix", "nameSuffix", "commonLabels",
        "commonAnnotations", "labels", "images", "replicas", "vars", "generatorOptions",
        "buildMetadata", "sortOptions", "inventory", "imageTags",
    }
)  # fmt: skip
_KNOWN: Final = frozenset(
    {
        *_FILES_OR_DIRECTORIES, *_PATH_LISTS, *_PATH_OBJECTS, *_GENERATORS, *_PLAIN, *_HELM,
        "openapi",
    }
)  # fmt: skip
_REMOTE = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//|[A-Za-z][A-Za-z0-9+.-]*::|[^/\s]+@[^/\s]+:"
    r"|(?:github\.com|gitlab\.com|bitbucket\.org)[/:]|gh:|[^?]*\?(?:.*[&?])?(?:ref|version|timeout|submodules)=",
    re.IGNORECASE,
)


class Closure(NamedTuple):
    """What is known of a build beside what it reads."""

    exact: bool
    edits: tuple[tuple[str, bytes], ...]
    """The files whose content the edit changed."""
    inflates: bool
    """Whether it renders charts."""


Edit = Callable[[dict[str, Any]], dict[str, Any]]


def collect(
    collector: _readset.Collector,
    path: str,
    edit: Edit | None = None,
    *,
    decrypt: bool = False,
    wishes: _dependency.Wishes | None = None,
) -> Closure:
    """Add what a build of the directory reads.

    Args:
        collector: of the source's tree.
        path: the directory.
        edit: changes the kustomization of that directory, not those below it.
        decrypt: whether KSOPS generators are replaced by their files, which are decrypted.
        wishes: takes the charts that must be fetched; None: charts are refused.

    Raises:
        errors.InvalidArgument: a path or link leaves the repository, a remote reference, a
            kustomization that cannot be read or contains itself.
        errors.FailedPrecondition: a KSOPS generator that may not be decrypted; charts, and no
            ``--enable-helm``.
    """
    walk = _Walk(collector, path, edit, wishes, decrypt=decrypt)
    walk.root(path, ())
    if edit is not None and not walk.edited:
        raise errors.InvalidArgument(f"{path or '.'}: no kustomization to apply kustomize.* to")
    return Closure(walk.exact, tuple(walk.edits.items()), walk.inflates)


class _Walk:
    def __init__(
        self,
        collector: _readset.Collector,
        top: str,
        edit: Edit | None,
        wishes: _dependency.Wishes | None,
        *,
        decrypt: bool,
    ) -> None:
        self._collector = collector
        self._wishes = wishes
        self._top = top
        self._edit = edit
        self._decrypt = decrypt
        self._done: set[str] = set()
        self.edits: dict[str, bytes] = {}
        self.edited = False
        """Whether the edit was made."""
        self.exact = True
        self.inflates = False

    def root(self, directory: str, above: tuple[str, ...]) -> None:
        """Follow one directory."""
        if directory in above:
            raise errors.InvalidArgument(f"kustomization {directory!r} contains itself")
        if directory in self._done:
            return
        self._done.add(directory)
        if len(above) > _MAX_DEPTH:
            raise errors.ResourceExhausted(f"more than {_MAX_DEPTH} levels of kustomizations")
        if len(self._done) > _MAX_ROOTS:
            raise errors.ResourceExhausted(f"more than {_MAX_ROOTS} kustomizations in one build")
        for name in KUSTOMIZATION_NAMES:
            found = self._collector.look(_tree.join(directory, name))
            if found.entry is not None and found.entry.is_file:
                self._collector.add(found.path, found.entry)
                self._follow(directory, name, found, (*above, directory))

    def _follow(
        self, directory: str, name: str, found: _tree.Resolution, above: tuple[str, ...]
    ) -> None:
        written = self._read(found)
        tree = self._replaced(directory, written, found.path)
        changed = tree is not written
        if self._edit is not None and directory == self._top:
            tree = self._edit(tree)
            self.edited = changed = True
        if changed:
            # Under the name it is read by: a link's target may serve other directories too.
            self.edits[_tree.join(directory, name)] = _written(tree, found.path)
        self._judge(directory, tree, found.path)
        for field in _FILES_OR_DIRECTORIES:
            for reference in _texts(tree.get(field)):
                self._reference(directory, reference, found.path, above)
        for reference in _file_references(tree):
            self._file(directory, reference, found.path)
        for field in _INEXACT:
            for reference in _texts(tree.get(field)):
                self._no_inflator(reference.encode(), found.path)
                if "\n" not in reference:
                    self._reference(directory, reference, found.path, above)

    def _replaced(self, directory: str, tree: dict[str, Any], source: str) -> dict[str, Any]:
        """Return a kustomization without KSOPS generators; the same one if it has none."""
        kept: list[str] = []
        found: list[dict[str, Any]] = []
        for item in _ksops.generators_of(tree):
            generators = _ksops.read_generators(self._text_of(directory, item, source), source)
            found += generators
            if not generators:
                kept.append(item)
        if not found:
            return tree
        if not self._decrypt:
            raise errors.FailedPrecondition(
                f"{source}: a KSOPS generator, and the project does not allow decryption"
                " (annotation plumbline.io/sops: allow on the AppProject)"
            )
        return _ksops.without(tree, kept, found, source)

    def _text_of(self, directory: str, item: str, source: str) -> str:
        """Return the text of a generator: its own, or its file's."""
        if "\n" in item:
            return item
        entry = self._look(directory, item, source).entry
        if entry is None or not entry.is_file:
            return ""
        return self._collector.tree.blob(entry.oid, _MAX_FILE).decode(errors="replace")

    def _judge(self, directory: str, tree: dict[str, Any], path: str) -> None:
        if tree.get(_OLD_HELM):
            raise errors.InvalidArgument(f"{path}: {_OLD_HELM} is refused: use helmCharts")
        if any(value and field not in _KNOWN for field, value in tree.items()):
            self.exact = False
        named = next((field for field in _HELM if tree.get(field)), None)
        if named is None:
            return
        if self._wishes is None:
            raise errors.FailedPrecondition(
                f"{path}: {named} needs --enable-helm in kustomize.buildOptions (argocd-cm)"
            )
        self.inflates = True
        _inflation.collect(self._collector, directory, tree, self._wishes, source=path)
        for reference in _inflation.value_files(tree):
            self._file(directory, reference, path)

    def _read(self, found: _tree.Resolution) -> dict[str, Any]:
        entry = found.entry
        content = self._collector.tree.blob(entry.oid, _MAX_FILE) if entry is not None else b""
        try:
            tree = manifests.parse_yaml(content.decode())
        except (errors.InvalidArgument, UnicodeDecodeError) as error:
            raise errors.InvalidArgument(f"{found.path}: {error}") from error
        if tree is None:
            return {}
        if not isinstance(tree, dict):
            raise errors.InvalidArgument(f"{found.path}: a kustomization must be a mapping")
        return tree

    def _reference(
        self, directory: str, reference: str, source: str, above: tuple[str, ...]
    ) -> None:
        """Follow an entry that is a file or a directory with a kustomization."""
        found = self._look(directory, reference, source)
        if found.entry is None:
            return
        if found.entry.kind is _tree.EntryKind.DIRECTORY:
            self.root(found.path, above)
        elif found.entry.is_file:
            if self._wishes is not None:
                self._no_inflator(self._collector.tree.blob(found.entry.oid, _MAX_SCAN), source)
            self._collector.add(found.path, found.entry)

    def _no_inflator(self, content: bytes, source: str) -> None:
        """A generator of charts has fields that ``helmCharts`` is checked for."""
        if self._wishes is not None and _INFLATOR in content:
            raise errors.InvalidArgument(
                f"{source}: {_INFLATOR.decode()} as a generator is refused: use helmCharts"
            )

    def _file(self, directory: str, reference: str, source: str) -> None:
        """Follow an entry that can only be a file."""
        found = self._look(directory, reference, source)
        if found.entry is not None and found.entry.is_file:
            self._collector.add(found.path, found.entry)

    def _look(self, directory: str, reference: str, source: str) -> _tree.Resolution:
        if reference.startswith("-") or _REMOTE.match(reference):
            raise errors.InvalidArgument(
                f"{source}: remote reference {reference[:200]!r} refused: remote bases are not"
                " supported yet; copy it into the repository"
            )
        path = _tree.normalise_path(reference, base=directory, shown=f"{reference} (in {source})")
        return self._collector.look(path)


def _written(tree: dict[str, Any], path: str) -> bytes:
    """Return the kustomization as JSON, which is YAML."""
    try:
        return manifests.dump_yaml(tree)
    except errors.InvalidArgument as error:
        raise errors.InvalidArgument(f"{path}: {error.message}") from error


def _texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _file_references(tree: dict[str, Any]) -> Iterator[str]:
    """Yield the entries of a kustomization that can only be files."""
    for field in _PATH_LISTS:
        yield from (text for text in _texts(tree.get(field)) if "\n" not in text)
    for field in _PATH_OBJECTS:
        for item in _objects(tree.get(field)):
            if isinstance(item.get("path"), str):
                yield item["path"]
    openapi = tree.get("openapi")
    if isinstance(openapi, dict) and isinstance(openapi.get("path"), str):
        yield openapi["path"]
    for field in _GENERATORS:
        for item in _objects(tree.get(field)):
            for text in _texts(item.get("files")):
                yield text.partition("=")[2] if "=" in text else text
            yield from _texts(item.get("envs"))
            if isinstance(item.get("env"), str):
                yield item["env"]

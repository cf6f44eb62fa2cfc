"""What ``helm template`` reads and is told, decided from Git objects.

The closure is the whole chart with its ``file://`` dependencies, the value files and the files of
file parameters, in this repository or in another source's (``$ref/path``). Every text that becomes
an argument of helm is checked here; values travel as files.
"""

import dataclasses
import functools
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from plumbline.core import errors, manifests, pattern
from plumbline.core.render import _chart, _dependency, _environment, _readset, _source, _tree

__all__ = ["HelmPlan", "Inputs", "Place", "cluster", "collect"]

_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_MAX_RELEASE: Final = 53  # characters, helm's own limit
_NAMESPACE: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_VERSION: Final = re.compile(r"v?\d+(\.\d+){0,2}([+.-][0-9A-Za-z.+-]*)?")
_API_VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]*")
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_GLOB: Final = frozenset("*?[{")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_HELM_VERSIONS: Final = frozenset({"", "v3"})
_MAX_GLOBS: Final = 50  # value files given by pattern
_MAX_CHOICES: Final = 16  # alternatives of one pattern
_MAX_GLOB_NAMES: Final = 10_000  # files one glob looks at
_MAX_PARAMETERS: Final = 60_000  # bytes of all --set arguments; values take more


class Place(NamedTuple):
    """A file: in the source's own repository (``ref`` empty), or in another source's."""

    ref: str
    path: str
    oid: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class HelmPlan:
    """What helm is told beside the chart; a part of the key."""

    release_name: str
    namespace: str
    kube_version: str
    api_versions: tuple[str, ...]
    value_files: tuple[Place, ...]
    values: bytes
    """spec.source.helm.valuesObject or values, as text; empty: none."""
    parameters: tuple[tuple[str, str, bool], ...]
    """Name, value with helm's escapes, and whether it is a text whatever it looks like."""
    file_parameters: tuple[tuple[str, Place], ...]
    skip_crds: bool
    skip_schema_validation: bool
    skip_tests: bool
    links: tuple[tuple[str, str], ...]
    """Where a ``file://`` dependency must appear, and the directory it is."""
    may_vary: bool
    """Whether a template uses a function whose results differ from one render to the next."""

    def arguments(self) -> list[Any]:
        """Return everything but files and links, as JSON values for the key."""
        fields = msgspec.to_builtins(self)
        for name in ("value_files", "file_parameters", "links", "values"):
            del fields[name]
        files = [place.oid for place in self.value_files]
        named = [(name, place.oid) for name, place in self.file_parameters]
        return [fields, files, named, self.values.decode(errors="replace")]


class Inputs:
    """The trees a source may read: its own, and those of the application's refs."""

    def __init__(
        self,
        own: _readset.Collector,
        references: Mapping[str, "_tree.Tree | errors.PlumblineError"],
        environment: _environment.Environment,
        *,
        own_ref: str,
        max_files: int,
        charts: _dependency.Charts,
    ) -> None:
        self.own = own
        self.wishes = _dependency.Wishes(charts)
        self.environment = environment
        self._references = references
        self._own_ref = own_ref
        self._max_files = max_files
        self._others: dict[str, _readset.Collector] = {}

    def reference(self, text: str) -> str | None:
        """Return the ref's name of a path that begins with ``$name/``; None if it does not.

        Raises:
            errors.InvalidArgument: it looks like a ref, and no source has it.
        """
        found = re.match(r"\$([A-Za-z0-9_-]+)(?:/|\Z)", text)
        if found is None:
            return None
        name = found[1]
        if name in self._references or name == self._own_ref:
            return name
        if self.environment.knows(name):
            return None
        known = ", ".join(sorted(f"${ref}" for ref in {*self._references, self._own_ref} if ref))
        if not known:
            raise errors.InvalidArgument(
                f"source referenced {'$' + name!r}, but no source has a 'ref' field defined"
            )
        raise errors.InvalidArgument(
            f"source referenced {'$' + name!r}, which is not one of the available sources ({known})"
        )

    def collector(self, ref: str) -> _readset.Collector:
        """Return the collector of a ref's tree, or of the source's own.

        Raises:
            errors.PlumblineError: what became of resolving that ref.
        """
        if not ref or ref == self._own_ref:
            return self.own
        if ref not in self._others:
            tree = self._references[ref]
            if isinstance(tree, errors.PlumblineError):
                raise tree
            self._others[ref] = _readset.Collector(tree, max_files=self._max_files)
        return self._others[ref]

    def locate(self, text: str, base: str) -> tuple[str, str]:
        """Return ref and normalised path of a file as a user wrote it.

        Relative paths start at ``base``, absolute ones at the repository's root.

        Raises:
            errors.InvalidArgument: a URL, a path that leaves the repository, an unknown ref.
        """
        ref = self.reference(text)
        shown = text
        if ref is not None:
            text, base = text[len(ref) + 1 :], ""
        path = self.environment.substitute(text)
        if _URL.match(path):
            raise errors.InvalidArgument(
                f"file {shown[:200]!r}: a render has no network; keep the file in a repository"
            )
        if path.startswith("/"):
            path, base = path.lstrip("/"), ""
        own = "" if ref is None or ref == self._own_ref else ref
        return own, _tree.normalise_path(path, base=base, shown=shown)

    def finish(self) -> tuple[tuple[str, _readset.ReadSet], ...]:
        """Return what was read in other sources' repositories, by ref."""
        return tuple((ref, other.finish()) for ref, other in sorted(self._others.items()))


def collect(
    inputs: Inputs,
    path: str,
    options: _source.HelmOptions,
    context: _environment.Context,
) -> HelmPlan:
    """Add what a render of the chart reads to the collectors; return what helm is told.

    Args:
        inputs: where files come from.
        path: the chart's directory.
        options: spec.source.helm.
        context: for whom it is rendered.

    Raises:
        errors.InvalidArgument: an option that cannot be passed on, a file that is missing or
            leaves its repository, or a dependency that is not there.
        errors.Unimplemented: a version of helm we do not have.
    """
    if options.version not in _HELM_VERSIONS:
        raise errors.Unimplemented(
            f"helm.version {options.version[:40]!r} is not supported: use v3"
        )
    chart = _chart.collect(inputs.own, path, inputs.wishes)
    substitute = inputs.environment.substitute
    files = _value_files(inputs, path, options)
    parameters = tuple(
        (_checked("parameter name", item.name), _escaped(substitute(item.value)), item.force_string)
        for item in options.parameters
        if item.name
    )
    if sum(len(name) + len(value) for name, value, _ in parameters) > _MAX_PARAMETERS:
        raise errors.InvalidArgument(
            f"helm.parameters exceed {_MAX_PARAMETERS} characters; use helm.valuesObject"
        )
    kube_version, api_versions = cluster(options, context)
    return HelmPlan(
        release_name=_release(options.release_name, context.app_name),
        namespace=_matching(
            "namespace", options.namespace or context.app_namespace or "default", _NAMESPACE
        ),
        kube_version=kube_version,
        api_versions=api_versions,
        value_files=files,
        values=_values(options),
        parameters=parameters,
        file_parameters=tuple(
            (_file_name(item.name), _file(inputs, path, item.path, "file parameter"))
            for item in options.file_parameters
        ),
        skip_crds=options.skip_crds,
        skip_schema_validation=options.skip_schema_validation,
        skip_tests=options.skip_tests,
        links=chart.links,
        may_vary=chart.may_vary,
    )


def cluster(
    options: _source.HelmOptions | _source.KustomizeOptions, context: _environment.Context
) -> tuple[str, tuple[str, ...]]:
    """Return version and APIs of the cluster that charts are told: as given, or as they are.

    Raises:
        errors.InvalidArgument: one that is not one.
    """
    return (
        _version(options.kube_version or context.kube_version),
        _api_versions(options.api_versions) or _served(context.api_versions),
    )


def _values(options: _source.HelmOptions) -> bytes:
    """Return the inline values; the object is used in place of the text (crd.tsv)."""
    if options.values_object is not None:
        return manifests.dump_yaml(options.values_object)
    if not options.values.strip():
        return b""
    try:
        tree = manifests.parse_yaml(options.values)
    except errors.InvalidArgument as error:
        raise errors.InvalidArgument(f"helm.values: {error.message}") from error
    if tree is not None and not isinstance(tree, dict):
        raise errors.InvalidArgument("helm.values must be a mapping")
    return options.values.encode()


def _value_files(inputs: Inputs, path: str, options: _source.HelmOptions) -> tuple[Place, ...]:
    found: list[Place] = []
    if sum(1 for text in options.value_files if _GLOB.intersection(text)) > _MAX_GLOBS:
        raise errors.InvalidArgument(f"more than {_MAX_GLOBS} patterns in helm.valueFiles")
    for text in options.value_files:
        ref, name = inputs.locate(text, path)
        if _GLOB.intersection(name):
            places = _matches(inputs, ref, name)
        else:
            place = _look(inputs, ref, name)
            places = [place] if place is not None else []
        if not places and not options.ignore_missing_value_files:
            raise errors.InvalidArgument(f"helm value file {text[:200]!r} does not exist")
        found.extend(places)
    return tuple(found)


def _matches(inputs: Inputs, ref: str, text: str) -> list[Place]:
    """Return the files of a glob in order of their names; ``**`` crosses directories."""
    if "{" in text and text.count(",") >= _MAX_CHOICES:
        raise errors.InvalidArgument(
            f"pattern {text[:200]!r}: more than {_MAX_CHOICES} alternatives"
        )
    parts = text.split("/")
    fixed = next(index for index, part in enumerate(parts) if _GLOB.intersection(part))
    top = "/".join(parts[:fixed])
    below = "/".join(parts[fixed:])
    # As users know it, `**/` also stands for no directory at all.
    globs = [pattern.compile_glob(form, "/") for form in {below, below.replace("**/", "")}]
    collector = inputs.collector(ref)
    found = collector.look(top)
    if found.entry is None or found.entry.kind is not _tree.EntryKind.DIRECTORY:
        return []
    collector.guard(found.path)
    names = sorted(_names(collector.tree, found.path))
    places = [
        _look(inputs, ref, _tree.join(found.path, name))
        for name in names
        if any(glob.match(name) for glob in globs)
    ]
    return [place for place in places if place is not None]


def _names(tree: _tree.Tree, top: str) -> list[str]:
    """Return the files below a directory, relative to it."""
    found: list[str] = []
    pending = [""]
    while pending:
        prefix = pending.pop()
        directory = _tree.join(top, prefix.rstrip("/")) if prefix else top
        for name, entry in (tree.children(directory) or {}).items():
            if entry.kind is not _tree.EntryKind.DIRECTORY:
                found.append(f"{prefix}{name}")
            else:
                pending.append(f"{prefix}{name}/")
        if len(found) + len(pending) > _MAX_GLOB_NAMES:
            raise errors.ResourceExhausted(f"a glob looks at more than {_MAX_GLOB_NAMES} files")
    return found


def _look(inputs: Inputs, ref: str, path: str) -> Place | None:
    collector = inputs.collector(ref)
    found = collector.look(path)
    if found.entry is None or not found.entry.is_file:
        return None
    collector.add(found.path, found.entry)
    return Place(ref, found.path, found.entry.oid)


def _file(inputs: Inputs, base: str, text: str, what: str) -> Place:
    ref, path = inputs.locate(text, base)
    place = _look(inputs, ref, path)
    if place is None:
        raise errors.InvalidArgument(f"helm {what} {text[:200]!r} does not exist")
    return place


def _release(name: str, app_name: str) -> str:
    """Return the release's name: as given, or the application's without its namespace."""
    text = name or app_name.rpartition("_")[2] or "release"
    if len(text) > _MAX_RELEASE:
        raise errors.InvalidArgument(
            f"helm release name {text[:80]!r} is longer than {_MAX_RELEASE} characters"
        )
    return _matching("release name", text, _NAME)


def _matching(what: str, text: str, expected: re.Pattern[str]) -> str:
    if not expected.fullmatch(text):
        raise errors.InvalidArgument(f"helm {what} {text[:200]!r} is not one")
    return text


def _version(text: str) -> str:
    return _matching("kube version", text, _VERSION) if text else ""


def _api_versions(versions: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({_matching("API version", text, _API_VERSION) for text in versions}))


@functools.lru_cache(maxsize=64)
def _served(versions: tuple[str, ...]) -> tuple[str, ...]:
    """Return what a cluster serves; what helm could not be told is left out."""
    return tuple(sorted({text for text in versions if _API_VERSION.fullmatch(text)}))


def _checked(what: str, text: str) -> str:
    if not text or text.startswith("-") or _CONTROL.search(text):
        raise errors.InvalidArgument(f"helm {what} {text[:200]!r} is not one")
    return text


def _file_name(text: str) -> str:
    """A comma or an equals sign would end the name, and what follows name a file to read."""
    if "," in text or "=" in text:
        raise errors.InvalidArgument(f"helm file parameter {text[:200]!r} is not one name")
    return _checked("file parameter name", text)


def _escaped(value: str) -> str:
    r"""Escape commas, which separate settings, except in a list ``{a,b}`` or where ``\`` does."""
    if value.startswith("{") and value.endswith("}"):
        return value
    return re.sub(r"(?<!\\),", r"\\,", value)

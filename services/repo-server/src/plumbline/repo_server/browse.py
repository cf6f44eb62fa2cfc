"""Looking into a commit: which directories hold an application, what a source can be set to.

Called by the service, in a Git thread. Reads Git objects only; nothing of the repository runs.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import orjson

from plumbline.core import errors, manifests, render

__all__ = ["Details", "details", "images", "list_apps", "source_type"]

_MAX_DIRECTORIES: Final = 50_000
_MAX_VALUES: Final = 2 * 1024 * 1024  # bytes of one file of values
_MAX_PARAMETERS: Final = 20_000
_MAX_IMAGES: Final = 10_000
_CONTAINERS: Final = ("containers", "initContainers", "ephemeralContainers")


@dataclasses.dataclass(frozen=True)
class Details:
    """What a Helm chart offers."""

    chart_name: str = ""
    value_files: tuple[str, ...] = ()
    values: str = ""
    parameters: tuple[tuple[str, str], ...] = ()


def list_apps(tree: render.Tree) -> dict[str, str]:
    """Return the type of application in each directory that holds one; ``.`` for the root.

    Links are not followed.

    Raises:
        errors.ResourceExhausted: the repository has too many directories.
    """
    found: dict[str, str] = {}
    pending, seen = [""], 0
    while pending:
        path = pending.pop()
        seen += 1
        if seen > _MAX_DIRECTORIES:
            raise errors.ResourceExhausted(f"more than {_MAX_DIRECTORIES} directories")
        entries = tree.children(path) or {}
        kind = _type_of(entries)
        if kind is not None:
            found[path or "."] = kind.value
        pending += [
            f"{path}/{name}" if path else name
            for name, entry in entries.items()
            if entry.kind is render.EntryKind.DIRECTORY
        ]
    return found


def _type_of(entries: Mapping[str, render.Entry]) -> render.SourceType | None:
    if "Chart.yaml" in entries:
        return render.SourceType.HELM
    if any(name in entries for name in render.KUSTOMIZATION_NAMES):
        return render.SourceType.KUSTOMIZE
    return None


def source_type(tree: render.Tree, source: render.Source) -> tuple[render.SourceType, str]:
    """Return the type of a source and its directory, links resolved.

    Raises:
        errors.NotFound: the directory does not exist.
        errors.InvalidArgument: the path leaves the repository, or several types are named.
    """
    found = render.resolve(tree, render.normalise_path("" if source.chart else source.path))
    entries = tree.children(found.path) if found.entry is not None else None
    if entries is None:
        raise errors.NotFound(f"{source.path}: app path does not exist")
    named = [
        kind
        for kind, value in (
            (render.SourceType.HELM, source.helm),
            (render.SourceType.KUSTOMIZE, source.kustomize),
            (render.SourceType.DIRECTORY, source.directory),
            (render.SourceType.PLUGIN, source.plugin),
        )
        if value is not None
    ]
    if len(named) > 1:
        names = ",".join(kind.value for kind in named)
        raise errors.InvalidArgument(f"multiple application sources defined: {names}")
    if source.chart and not named:
        return render.SourceType.HELM, found.path
    kind = named[0] if named else _type_of(entries) or render.SourceType.DIRECTORY
    return kind, found.path


def details(tree: render.Tree, source: render.Source, path: str) -> Details:
    """Return the name, values and parameters of the chart in a directory.

    Parameters are the flattened values of the chart, overridden by the source's value files in
    their order, as the user will see them before setting any.

    Raises:
        errors.InvalidArgument: a file cannot be read, or its path leaves the repository.
        errors.NotFound: a value file does not exist, unless missing ones are ignored.
    """
    helm = source.helm or render.HelmOptions()
    chart = _yaml(tree, _join(path, "Chart.yaml"))
    text = _text(tree, _join(path, "values.yaml")) or ""
    flat = dict(_flatten("", _map(manifests.parse_yaml(text), "values.yaml")))
    for name in helm.value_files:
        flat.update(_flatten("", _value_file(tree, path, name, helm)))
        if len(flat) > _MAX_PARAMETERS:
            raise errors.ResourceExhausted(f"more than {_MAX_PARAMETERS} parameters")
    return Details(
        chart_name=str((chart or {}).get("name") or ""),
        value_files=tuple(_value_files(tree.children(path) or {})),
        values=text,
        parameters=tuple(sorted(flat.items())),
    )


def _value_files(entries: Mapping[str, render.Entry]) -> list[str]:
    return sorted(
        name
        for name, entry in entries.items()
        if entry.is_file and "values" in name and name.endswith((".yaml", ".yml"))
    )


def _value_file(
    tree: render.Tree, path: str, name: str, helm: render.HelmOptions
) -> Mapping[str, Any]:
    if "://" in name or name.startswith("$"):
        # A remote file or another source's: its values are known at the render only.
        return {}
    full = name.lstrip("/") if name.startswith("/") else _join(path, name)
    found = _yaml(tree, render.normalise_path(full, shown=name))
    if found is None:
        if helm.ignore_missing_value_files:
            return {}
        raise errors.NotFound(f"{name}: no such value file")
    return found


def _join(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _text(tree: render.Tree, path: str) -> str | None:
    found = render.resolve(tree, render.normalise_path(path))
    if found.entry is None or not found.entry.is_file:
        return None
    try:
        return tree.blob(found.entry.oid, _MAX_VALUES).decode()
    except UnicodeDecodeError:
        raise errors.InvalidArgument(f"{path}: not UTF-8") from None


def _yaml(tree: render.Tree, path: str) -> Mapping[str, Any] | None:
    text = _text(tree, path)
    return None if text is None else _map(manifests.parse_yaml(text), path)


def _map(value: Any, name: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise errors.InvalidArgument(f"{name}: not a map")
    return value


def _flatten(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield name and text of each scalar, named as Helm's ``--set`` names them."""
    if isinstance(value, dict):
        for key, inner in value.items():
            name = str(key).replace(".", "\\.")
            yield from _flatten(f"{prefix}.{name}" if prefix else name, inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _flatten(f"{prefix}[{index}]", inner)
    elif value is None:
        yield prefix, ""
    elif isinstance(value, bool):
        yield prefix, str(value).lower()
    else:
        yield prefix, str(value)


def images(documents: Iterable[bytes]) -> list[str]:
    """Return the container images that rendered objects name, sorted."""
    found: set[str] = set()
    for document in documents:
        _collect(orjson.loads(document), found)
    return sorted(found)


def _collect(value: Any, found: set[str]) -> None:
    if len(found) >= _MAX_IMAGES:
        return
    if isinstance(value, list):
        for item in value:
            _collect(item, found)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key in _CONTAINERS and isinstance(inner, list):
                found.update(
                    item["image"]
                    for item in inner
                    if isinstance(item, dict) and isinstance(item.get("image"), str)
                )
            _collect(inner, found)

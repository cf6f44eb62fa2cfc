"""The kustomization of an application: the repository's, with the Application's own settings.

What ``kustomize edit`` would write, decided here as a value: no process, and no argument that
could be read as an option. The rules are those of kustomize 5.8, found by trying its binary; a test
compares the two.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from plumbline.core import errors
from plumbline.core.render import _environment, _source

__all__ = ["edit", "is_needed"]

_KEEP: Final = "*"
_COUNT: Final = re.compile(r"\d{1,9}")


def is_needed(options: _source.KustomizeOptions | None) -> bool:
    """Tell whether an Application changes the kustomization at all."""
    return options is not None and any(
        (
            options.name_prefix,
            options.name_suffix,
            options.images,
            options.replicas,
            options.namespace,
            options.common_labels,
            options.common_annotations,
            options.patches,
            options.components,
        )
    )


def edit(
    tree: Mapping[str, Any],
    options: _source.KustomizeOptions,
    environment: _environment.Environment,
    exists: Callable[[str], bool],
) -> dict[str, Any]:
    """Return the kustomization with an Application's settings applied.

    Args:
        tree: the kustomization; not changed.
        options: spec.source.kustomize.
        environment: for images, and annotations where asked for.
        exists: tells whether a component is there, by its path from the kustomization.

    Raises:
        errors.InvalidArgument: a setting that cannot be read, or that would silently replace one
            of the kustomization without being forced.
    """
    texts = {
        "namePrefix": options.name_prefix,
        "nameSuffix": options.name_suffix,
        "namespace": options.namespace,
    }
    made = {**tree, **{field: value for field, value in texts.items() if value}}
    images = [_image(environment.substitute(text)) for text in options.images]
    if images:
        made["images"] = _merged(_entries(made, "images"), images)
    if options.replicas:
        made["replicas"] = _replicas(_entries(made, "replicas"), options.replicas)
    _label(made, options)
    if options.common_annotations:
        values = {
            name: environment.substitute(text) if options.common_annotations_envsubst else text
            for name, text in options.common_annotations.items()
        }
        made["commonAnnotations"] = _added(
            made.get("commonAnnotations"),
            values,
            force=options.force_common_annotations,
            what="annotation",
        )
    if options.patches:
        made["patches"] = [*_list(made, "patches"), *(dict(patch) for patch in options.patches)]
    _components(made, options, exists)
    return made


def _list(tree: Mapping[str, Any], field: str) -> list[Any]:
    value = tree.get(field)
    if value is None:
        return []
    if not isinstance(value, list):
        raise errors.InvalidArgument(f"kustomization: {field} must be a list")
    return value


def _entries(tree: Mapping[str, Any], field: str) -> list[dict[str, Any]]:
    return [item for item in _list(tree, field) if isinstance(item, dict)]


def _image(text: str) -> dict[str, str]:
    """Read ``name=newName:newTag@digest`` and its shorter forms."""
    name, separator, rest = text.partition("=")
    if not separator:
        name, rest = "", text
    base, _, digest = rest.partition("@")
    cut = base.rfind(":")
    tag = ""
    tagged = cut > base.rfind("/")
    if tagged:
        base, tag = base[:cut], base[cut + 1 :]
    if not separator and not (tagged or digest):
        raise errors.InvalidArgument(f"kustomize image {text[:200]!r} names no tag and no digest")
    found = {
        "name": name if separator else base,
        "newName": base if separator else "",
        "newTag": tag,
        "digest": digest,
    }
    if not found["name"]:
        raise errors.InvalidArgument(f"kustomize image {text[:200]!r} names no image")
    return found


def _merged(existing: list[dict[str, Any]], images: list[dict[str, str]]) -> list[dict[str, Any]]:
    wanted = {image["name"]: image for image in images}
    before = {item.get("name"): item for item in existing}
    kept = [item for item in existing if item.get("name") not in wanted]
    for name, image in wanted.items():
        # `*` keeps what the kustomization says, also if it says nothing.
        old = before.get(name, {})
        wanted[name] = {
            key: str(old.get(key) or "") if value == _KEEP and key != "name" else value
            for key, value in image.items()
        }
    made = [{key: value for key, value in image.items() if value} for image in wanted.values()]
    return sorted([*kept, *made], key=lambda image: str(image.get("name")))


def _replicas(
    existing: list[dict[str, Any]], wanted: tuple[_source.KustomizeReplicas, ...]
) -> list[dict[str, Any]]:
    counts: dict[str, Any] = {str(item.get("name")): item.get("count") for item in existing}
    for item in wanted:
        if not item.name or not _COUNT.fullmatch(str(item.count)):
            raise errors.InvalidArgument(
                f"kustomize replicas {item.name[:200]!r}: {str(item.count)[:40]!r} is not a count"
            )
        counts[item.name] = int(item.count)
    return [{"name": name, "count": count} for name, count in counts.items()]


def _label(made: dict[str, Any], options: _source.KustomizeOptions) -> None:
    labels = options.common_labels
    if not labels:
        return
    if not options.label_without_selector:
        if options.label_include_templates:
            raise errors.InvalidArgument(
                "kustomize labelIncludeTemplates needs labelWithoutSelector"
            )
        made["commonLabels"] = _added(
            made.get("commonLabels"), labels, force=options.force_common_labels, what="label"
        )
        return
    entries = [dict(item) for item in _entries(made, "labels")]
    alike = next((item for item in entries if _is_alike(item, options)), None)
    if alike is None:
        alike = {"pairs": {}}
        if options.label_include_templates:
            alike["includeTemplates"] = True
        entries.append(alike)
    alike["pairs"] = _added(
        alike.get("pairs"), labels, force=options.force_common_labels, what="label"
    )
    made["labels"] = entries


def _is_alike(entry: Mapping[str, Any], options: _source.KustomizeOptions) -> bool:
    return (
        not entry.get("includeSelectors")
        and not entry.get("fields")
        and bool(entry.get("includeTemplates")) == options.label_include_templates
    )


def _added(existing: Any, values: Mapping[str, str], *, force: bool, what: str) -> dict[str, Any]:
    before = dict(existing) if isinstance(existing, dict) else {}
    taken = sorted(name for name in values if name in before)
    if taken and not force:
        raise errors.InvalidArgument(
            f"{what} {taken[0]} already in kustomization file; set"
            f" forceCommon{what.capitalize()}s to override it"
        )
    return {**before, **values}


def _components(
    made: dict[str, Any], options: _source.KustomizeOptions, exists: Callable[[str], bool]
) -> None:
    wanted = [
        path for path in options.components if not options.ignore_missing_components or exists(path)
    ]
    before = _list(made, "components")
    added = [path for path in dict.fromkeys(wanted) if path not in before]
    if added:
        made["components"] = [*before, *added]

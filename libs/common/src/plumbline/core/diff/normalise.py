"""Bringing desired, last-applied and live objects into one form before they are compared.

Used by ``three_way`` and ``apply``. Everything of behaviour.md section 6 that does not depend on
the type tables: fields that only the server writes, Secrets' ``stringData``, empty rules of roles,
the order of Endpoints. Inputs are never changed; unchanged parts are shared.
"""

import base64
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from plumbline.core import patch
from plumbline.core.diff.ignore import IgnoreRule
from plumbline.core.model import GroupKind, Manifest, annotations_of, gvk_of

__all__ = [
    "LAST_APPLIED",
    "IgnoreStatus",
    "KnownField",
    "Options",
    "drop_server_fields",
    "fold_string_data",
    "ignores_status",
    "last_applied_of",
    "normalise",
]

LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
_NAMESPACE_LABEL: Final = "kubernetes.io/metadata.name"
_SERVER_FIELDS: Final = frozenset(
    {"creationTimestamp", "managedFields", "resourceVersion", "uid", "generation", "selfLink"}
)


class IgnoreStatus(enum.Enum):
    """``ignoreResourceStatusField`` of resource.compareoptions (config.md, section 1)."""

    ALL = "all"
    CRD = "crd"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class KnownField:
    """A field of a custom kind that holds a built-in type (``knownTypeFields``)."""

    path: tuple[str, ...]
    type_name: str


@dataclass(frozen=True, slots=True)
class Options:
    """The settings that a comparison depends on."""

    ignore: tuple[IgnoreRule, ...] = ()
    """ignoreDifferences in force: system rules, then the Application's."""
    ignore_aggregated_roles: bool = False
    """Rules of an aggregated ClusterRole belong to its controller and are not compared."""
    ignore_status: IgnoreStatus = IgnoreStatus.ALL
    """Whose ``/status`` is left out."""
    known_fields: Mapping[GroupKind, tuple[KnownField, ...]] = field(default_factory=dict)
    """Built-in types inside custom kinds."""


def last_applied_of(live: Manifest) -> Manifest | None:
    """Return what the annotation on the live object says was applied last.

    Missing or unreadable means ``None``: the comparison is then two-way, as nothing can be said
    about deletions.
    """
    text = annotations_of(live).get(LAST_APPLIED)
    if not text:
        return None
    try:
        tree = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return tree if isinstance(tree, dict) else None


def drop_server_fields(manifest: Manifest) -> Manifest:
    """Return the object without the metadata that only the API server writes."""
    metadata = manifest.get("metadata")
    if not isinstance(metadata, dict) or _SERVER_FIELDS.isdisjoint(metadata):
        return manifest
    kept = {key: value for key, value in metadata.items() if key not in _SERVER_FIELDS}
    return {**manifest, "metadata": kept}


def ignores_status(kind: str, options: Options) -> bool:
    """Tell whether the status of a kind is left out of the comparison."""
    if options.ignore_status is IgnoreStatus.ALL:
        return True
    return options.ignore_status is IgnoreStatus.CRD and kind == "CustomResourceDefinition"


def normalise(manifest: Manifest, options: Options, *, schema: patch.Kinds) -> Manifest:
    """Return the object in the form in which sides are compared; applying it twice changes nothing.

    Source: behaviour.md, section 6, "Normalise both sides".
    """
    gvk = gvk_of(manifest)
    result = drop_server_fields(manifest)
    if "status" in result and ignores_status(gvk.kind, options):
        result = {key: value for key, value in result.items() if key != "status"}
    if gvk.group == "":
        if gvk.kind == "Secret":
            return fold_string_data(result)
        if gvk.kind == "Endpoints":
            return _endpoints(result)
        if gvk.kind == "LimitRange":
            return _limit_range(result)
        if gvk.kind == "Namespace":
            return _namespace(result)
    elif gvk.group == "rbac.authorization.k8s.io" and gvk.kind in ("Role", "ClusterRole"):
        return _role(result, options)
    for known in options.known_fields.get(gvk.group_kind, ()):
        result = _known_field(result, known.path, schema.type_node(known.type_name))
    return result


def _known_field(tree: Any, path: tuple[str, ...], node: patch.Node) -> Any:
    """Give a value of a built-in type inside a custom kind one spelling."""
    if isinstance(tree, list):  # a path leads through lists, as in "spec.items.resources"
        return [_known_field(item, path, node) for item in tree]
    if not path:
        return patch.canonical(tree, node)
    if not isinstance(tree, dict) or path[0] not in tree:
        return tree
    return {**tree, path[0]: _known_field(tree[path[0]], path[1:], node)}


def fold_string_data(manifest: Manifest) -> Manifest:
    """Fold stringData into data, as the server does on writing; stringData wins."""
    data, texts = manifest.get("data"), manifest.get("stringData")
    changed = dict(data) if isinstance(data, dict) else {}
    if isinstance(texts, dict):
        for key, value in texts.items():
            if isinstance(value, str):
                raw = value.encode(errors="surrogatepass")
                changed[key] = base64.b64encode(raw).decode("ascii")
    for key, value in changed.items():
        if value is None:
            changed[key] = ""
    if not isinstance(texts, dict) and (changed == data or not isinstance(data, dict)):
        return manifest
    result = {key: value for key, value in manifest.items() if key != "stringData"}
    if changed or "data" in result:
        result["data"] = changed
    return result


def _role(manifest: Manifest, options: Options) -> Manifest:
    """Empty rules are no rules; rules of an aggregated role may be the controller's."""
    if "rules" not in manifest:
        return manifest
    aggregated = options.ignore_aggregated_roles and manifest.get("aggregationRule")
    if manifest["rules"] and not aggregated:
        return manifest
    return {key: value for key, value in manifest.items() if key != "rules"}


def _endpoints(manifest: Manifest) -> Manifest:
    """Fill in the protocol and sort subsets, addresses and ports, as the server does."""
    subsets = manifest.get("subsets")
    if not isinstance(subsets, list):
        return manifest
    return {**manifest, "subsets": sorted((_subset(item) for item in subsets), key=_sort_key)}


def _subset(subset: Any) -> Any:
    if not isinstance(subset, dict):
        return subset
    result = dict(subset)
    for key in ("addresses", "notReadyAddresses"):
        if isinstance(result.get(key), list):
            result[key] = sorted(result[key], key=_sort_key)
    ports = result.get("ports")
    if isinstance(ports, list):
        filled = [{"protocol": "TCP", **port} if isinstance(port, dict) else port for port in ports]
        result["ports"] = sorted(filled, key=_sort_key)
    return result


def _limit_range(manifest: Manifest) -> Manifest:
    """Fill in defaults of containers from maxima, requests from defaults, then from minima.

    Source: "Limit Ranges", section on defaults; the list is replaced whole, so a missing key
    would be a difference for ever.
    """
    spec = manifest.get("spec")
    limits = spec.get("limits") if isinstance(spec, dict) else None
    if not isinstance(spec, dict) or not isinstance(limits, list):
        return manifest
    return {**manifest, "spec": {**spec, "limits": [_limit(item) for item in limits]}}


def _limit(item: Any) -> Any:
    if not isinstance(item, dict) or item.get("type") != "Container":
        return item
    maximum, minimum, default, request = (
        value if isinstance(value := item.get(key), dict) else {}
        for key in ("max", "min", "default", "defaultRequest")
    )
    default = {**maximum, **default}
    return {**item, "default": default, "defaultRequest": {**minimum, **default, **request}}


def _namespace(manifest: Manifest) -> Manifest:
    """Add the label that the server keeps on every namespace ("Namespaces", labelling)."""
    metadata = manifest.get("metadata")
    if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str):
        return manifest
    labels = metadata.get("labels") or {}
    if not isinstance(labels, dict):
        return manifest
    labels = {**labels, _NAMESPACE_LABEL: metadata["name"]}
    return {**manifest, "metadata": {**metadata, "labels": labels}}


def _sort_key(value: Any) -> str:
    return repr(sorted(value.items(), key=repr) if isinstance(value, dict) else value)

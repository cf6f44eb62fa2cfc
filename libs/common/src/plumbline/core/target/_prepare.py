"""Prepare rendered manifests for comparison and apply."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeAlias

from plumbline.core.model import GroupKind, Manifest, ResourceKey, gvk_of, key_of, text_at

__all__ = ["Filter", "Scopes", "Target", "prepare"]

Filter: TypeAlias = Callable[[GroupKind], bool]


class Scopes(Protocol):
    """What the destination cluster knows of a kind."""

    def namespaced(self, group_kind: GroupKind) -> bool | None:
        """Whether objects of the kind have a namespace; ``None`` for an unknown kind."""
        ...


@dataclasses.dataclass(frozen=True)
class Target:
    """The objects an application wants, keyed by identity, and what was odd about them.

    ``conditions`` holds (type, message) pairs with the contract's texts (behaviour.md section 2).
    """

    objects: Mapping[ResourceKey, Manifest]
    conditions: tuple[tuple[str, str], ...] = ()


def prepare(
    manifests: Iterable[Manifest],
    *,
    scopes: Scopes,
    namespace: str,
    mark: Callable[[Manifest, str], Manifest],
    excluded: Filter = lambda _: False,
) -> Target:
    """Give every manifest its namespace and tracking mark, and drop duplicates and exclusions.

    Cluster-wide objects lose a namespace, namespaced ones without one get the destination's. A kind
    the cluster does not know takes its scope from a CustomResourceDefinition among the manifests,
    else it counts as namespaced. Of duplicates the last one is used.

    Args:
        manifests: rendered objects; they are not changed.
        scopes: the cluster's knowledge of kinds.
        namespace: the application's destination namespace.
        mark: returns a copy with the tracking mark; its second argument is the namespace that
            names the object in the mark (the destination's, for cluster-wide objects).
        excluded: whether the settings exclude a kind.
    """
    listed = list(manifests)
    declared = _declared_scopes(listed)
    objects: dict[ResourceKey, Manifest] = {}
    counts: dict[ResourceKey, int] = {}
    conditions: list[tuple[str, str]] = []
    for manifest in listed:
        kind = gvk_of(manifest).group_kind
        name = text_at(manifest, "metadata", "name")
        if excluded(kind):
            message = f"Resource {kind.group}/{kind.kind} {name} is excluded in the settings"
            conditions.append(("ExcludedResourceWarning", message))
            continue
        namespaced = scopes.namespaced(kind)
        if namespaced is None:
            namespaced = declared.get(kind, True)
        wanted = (text_at(manifest, "metadata", "namespace") or namespace) if namespaced else ""
        if namespaced and not wanted:
            message = f"Namespace for {name} {kind.group}/{kind.kind} is missing."
            conditions.append(("InvalidSpecError", message))
            continue
        prepared = mark(_with_namespace(manifest, wanted), wanted or namespace)
        key = _key(prepared)
        counts[key] = counts.get(key, 0) + 1
        objects[key] = prepared
    for key, count in counts.items():
        if count > 1:
            message = f"Resource {key} appeared {count} times among application resources."
            conditions.append(("RepeatedResourceWarning", message))
    return Target(objects, tuple(conditions))


def _key(manifest: Manifest) -> ResourceKey:
    """Identity; a hook with only generateName is told apart by that (behaviour.md, hooks)."""
    key = key_of(manifest)
    if key.name:
        return key
    return key._replace(name=text_at(manifest, "metadata", "generateName"))


def _with_namespace(manifest: Manifest, namespace: str) -> Manifest:
    metadata = manifest.get("metadata")
    copied = dict(metadata) if isinstance(metadata, dict) else {}
    if namespace:
        copied["namespace"] = namespace
    else:
        copied.pop("namespace", None)
    return {**manifest, "metadata": copied}


def _declared_scopes(manifests: list[Manifest]) -> dict[GroupKind, bool]:
    """Scopes of the kinds that the manifests themselves define."""
    scopes = {}
    for manifest in manifests:
        if gvk_of(manifest).group_kind == ("apiextensions.k8s.io", "CustomResourceDefinition"):
            kind = GroupKind(
                text_at(manifest, "spec", "group"), text_at(manifest, "spec", "names", "kind")
            )
            scopes[kind] = text_at(manifest, "spec", "scope") != "Cluster"
    return scopes

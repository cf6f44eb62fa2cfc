"""Identity of Kubernetes objects, and reading fields of their JSON trees.

Used by every part that handles manifests. A manifest is the plain JSON tree of an object; the
functions here read it without changing it and never raise on odd types: a missing or wrong-typed
field is an empty value, because manifests come from repositories and clusters we do not control.
"""

from typing import Any, NamedTuple, TypeAlias

__all__ = [
    "GroupKind",
    "GroupVersionKind",
    "Manifest",
    "ResourceKey",
    "annotations_of",
    "gvk_of",
    "key_of",
    "labels_of",
    "metadata_of",
    "split_api_version",
    "text_at",
]

Manifest: TypeAlias = dict[str, Any]


class GroupKind(NamedTuple):
    """API group ("" is the core group) and kind."""

    group: str
    kind: str


class GroupVersionKind(NamedTuple):
    """API group ("" is the core group), version and kind."""

    group: str
    version: str
    kind: str

    @property
    def api_version(self) -> str:
        """The ``apiVersion`` text of a manifest."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def group_kind(self) -> GroupKind:
        """Without the version."""
        return GroupKind(self.group, self.kind)


class ResourceKey(NamedTuple):
    """What makes an object the same object: group, kind, namespace ("" if cluster-wide), name."""

    group: str
    kind: str
    namespace: str
    name: str

    @property
    def group_kind(self) -> GroupKind:
        """Group and kind."""
        return GroupKind(self.group, self.kind)

    def __str__(self) -> str:
        """Return ``group/Kind/namespace/name``, the form of behaviour.md section 2."""
        return f"{self.group}/{self.kind}/{self.namespace}/{self.name}"


def split_api_version(api_version: str) -> tuple[str, str]:
    """Split ``apps/v1`` into group and version; ``v1`` has the empty group."""
    group, slash, version = api_version.rpartition("/")
    return (group, version) if slash else ("", api_version)


def text_at(tree: Any, *path: str) -> str:
    """Return the string at a path of keys, or "" where it is missing or not a string."""
    for part in path:
        if not isinstance(tree, dict):
            return ""
        tree = tree.get(part)
    return tree if isinstance(tree, str) else ""


def metadata_of(manifest: Manifest) -> Manifest:
    """Return the metadata map, or an empty one."""
    metadata = manifest.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def _string_map(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {k: v for k, v in value.items() if isinstance(v, str)}


def labels_of(manifest: Manifest) -> dict[str, str]:
    """Return the labels (string values only)."""
    return _string_map(metadata_of(manifest).get("labels"))


def annotations_of(manifest: Manifest) -> dict[str, str]:
    """Return the annotations (string values only)."""
    return _string_map(metadata_of(manifest).get("annotations"))


def gvk_of(manifest: Manifest) -> GroupVersionKind:
    """Return group, version and kind; empty parts where the manifest lacks them."""
    group, version = split_api_version(text_at(manifest, "apiVersion"))
    return GroupVersionKind(group, version, text_at(manifest, "kind"))


def key_of(manifest: Manifest) -> ResourceKey:
    """Return the identity of an object."""
    gvk = gvk_of(manifest)
    return ResourceKey(
        gvk.group,
        gvk.kind,
        text_at(manifest, "metadata", "namespace"),
        text_at(manifest, "metadata", "name"),
    )

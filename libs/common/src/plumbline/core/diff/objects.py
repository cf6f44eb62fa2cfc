"""Patching whole objects: choosing the kind of patch, and predicting its result.

Shared by ``three_way`` (compare) and ``apply`` (send), so that what is compared is what would be
sent. Works on normalised objects; knows nothing of ignore rules.
"""

from collections.abc import Mapping
from typing import Any

from plumbline.core import patch as patches
from plumbline.core.diff import services
from plumbline.core.model import GroupVersionKind, Manifest

__all__ = ["object_patch", "predict"]

_IDENTITY = ("apiVersion", "kind")
_IDENTITY_METADATA = ("name", "namespace")


def object_patch(
    original: Manifest | None,
    modified: Manifest,
    current: Manifest,
    *,
    schema: patches.Kinds,
    gvk: GroupVersionKind,
) -> dict[str, Any]:
    """Return the patch of an apply; fields that name the object are never part of it.

    A namespace that is missing from the desired or the last-applied object is no difference: it
    is the live object's.

    Raises:
        errors.InvalidArgument: a desired field is named like a directive of a strategic patch.
    """
    before = _nameless(original) if original else None
    after = _nameless(modified)
    now = _nameless(current)
    if before and "metadata" in before:
        after = _keep_annotations(after, now)
    patch = patches.three_way_patch(before, after, now, node=schema.node(gvk))
    if patch and schema.strategic(gvk):
        patches.refuse_directives(after)
    return patch


def _keep_annotations(modified: Manifest, current: Manifest) -> Manifest:
    """Let annotations be deleted one by one: others write there, and so does every apply."""
    metadata = modified.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    live = current.get("metadata")
    if metadata.get("annotations") is not None or not isinstance(live, dict):
        return modified
    if live.get("annotations") is None:
        return modified
    return {**modified, "metadata": {**metadata, "annotations": {}}}


def _nameless(manifest: Manifest) -> Manifest:
    result = {key: value for key, value in manifest.items() if key not in _IDENTITY}
    metadata = result.get("metadata")
    if isinstance(metadata, dict):
        result["metadata"] = {
            key: value for key, value in metadata.items() if key not in _IDENTITY_METADATA
        }
    return result


def predict(
    live: Manifest, patch: Mapping[str, Any], *, schema: patches.Kinds, gvk: GroupVersionKind
) -> Manifest:
    """Return the live object as it would be after the patch, before the server's defaulting."""
    if schema.strategic(gvk):
        after = patches.apply_strategic_patch(live, dict(patch), schema.node(gvk))
        return services.after_update(after, live, gvk)
    result: Manifest = patches.apply_merge_patch(live, dict(patch))
    return result

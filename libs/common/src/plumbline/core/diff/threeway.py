"""The three-way comparison: what would an apply of the desired object change?

Called by the controller for every object that may have moved, and by the api-server for the diff
of local manifests. Method (a) of behaviour.md, section 6: last-applied, desired and live give a
patch (strategic for built-in kinds, JSON merge for custom ones); the patch applied to live gives
the predicted object; the object is modified when prediction and live differ in their normal forms.
An empty patch, the common case, ends the comparison at once.
"""

from typing import Final

from plumbline.core import errors
from plumbline.core import patch as patches
from plumbline.core.diff import ignore, normalise, objects
from plumbline.core.diff.compare import differences
from plumbline.core.diff.owners import owner_of
from plumbline.core.diff.value import Diff, Item
from plumbline.core.model import GroupVersionKind, Manifest, ResourceKey, gvk_of, text_at

__all__ = ["FROM_ANNOTATION", "FromAnnotation", "three_way", "two_way"]


class FromAnnotation:
    """Marker: what was applied last is read from the live object's annotation."""


FROM_ANNOTATION: Final = FromAnnotation()
_NO_OPTIONS: Final = normalise.Options()


def three_way(
    desired: Manifest,
    live: Manifest,
    *,
    schema: patches.Kinds,
    options: normalise.Options = _NO_OPTIONS,
    last_applied: Manifest | FromAnnotation | None = FROM_ANNOTATION,
) -> Diff:
    """Compare a desired object with its live counterpart.

    Args:
        desired: as rendered, with tracking marks set.
        live: as read from the cluster, in the API version of ``desired``.
        schema: the cluster's schema, ``patch.builtin.schema()``, or ``patch.NO_SCHEMA``.
        options: ignore rules and compare options in force.
        last_applied: what was applied last; by default from the annotation on ``live``. ``None``
            makes the comparison two-way: nothing counts as deleted.

    Raises:
        errors.InvalidArgument: the desired object cannot be merged (field names reserved for
            patches, or nesting beyond all reason).
    """
    try:
        return _compare(desired, live, last_applied, schema=schema, options=options)
    except RecursionError:
        raise errors.InvalidArgument("the object is nested too deeply to be compared") from None


def two_way(
    desired: Manifest,
    live: Manifest,
    *,
    schema: patches.Kinds,
    options: normalise.Options = _NO_OPTIONS,
) -> Diff:
    """Compare without a record of what was applied last: only additions and changes count."""
    return three_way(desired, live, schema=schema, options=options, last_applied=None)


def _compare(
    desired: Manifest,
    live: Manifest,
    last_applied: Manifest | FromAnnotation | None,
    *,
    schema: patches.Kinds,
    options: normalise.Options,
) -> Diff:
    gvk = gvk_of(live)
    pointers = ignore.pointers_for(options.ignore, _key(live, gvk)) if options.ignore else ()
    stable = ignore.without_indexes(pointers)

    def prepared(manifest: Manifest) -> Manifest:
        return ignore.strip(normalise.normalise(manifest, options, schema=schema), stable)

    if isinstance(last_applied, FromAnnotation):
        last_applied = normalise.last_applied_of(live)
    current = prepared(live)
    patch = objects.object_patch(
        prepared(last_applied) if last_applied else None,
        prepared(desired),
        current,
        schema=schema,
        gvk=gvk,
    )
    if not patch:
        shown = ignore.strip(current, pointers)
        return Diff(items=(), predicted=shown, normalized_live=shown, patch=patch)
    node = schema.node(gvk)

    def finished(manifest: Manifest) -> Manifest:
        filled = patches.fill_defaults(manifest, node)
        return ignore.strip(normalise.normalise(filled, options, schema=schema), pointers)

    after = finished(objects.predict(current, patch, schema=schema, gvk=gvk))
    before = finished(current)
    items = tuple(
        Item(path=path, desired=want, live=have, owner=owner_of(live, path))
        for path, want, have in differences(after, before, node=node)
    )
    return Diff(items=items, predicted=after, normalized_live=before, patch=patch)


def _key(live: Manifest, gvk: GroupVersionKind) -> ResourceKey:
    return ResourceKey(
        gvk.group,
        gvk.kind,
        text_at(live, "metadata", "namespace"),
        text_at(live, "metadata", "name"),
    )

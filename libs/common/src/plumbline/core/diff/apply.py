"""What a client-side apply sends: the body of a POST, a patch, or nothing.

Called by the write door's caller with the informer's copy of the live object (architecture.md,
rule 8). Keeps the annotation that ``kubectl apply`` keeps, in kubectl's own form, so that both can
work on an object in turn.
"""

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import orjson

from plumbline.core import errors
from plumbline.core import patch as patches
from plumbline.core.diff import normalise, objects
from plumbline.core.model import Manifest, annotations_of, gvk_of

__all__ = ["Create", "Patch", "Request", "Unchanged", "client_side_apply", "last_applied_text"]

STRATEGIC: Final = "application/strategic-merge-patch+json"
MERGE: Final = "application/merge-patch+json"
_OPTIONS: Final = normalise.Options(ignore_status=normalise.IgnoreStatus.NONE)


@dataclass(frozen=True, slots=True)
class Create:
    """The object does not exist: POST this body."""

    body: Manifest


@dataclass(frozen=True, slots=True)
class Patch:
    """The object exists: PATCH it with this."""

    content_type: str
    patch: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The object is as desired and says so: send nothing."""


Request: TypeAlias = Create | Patch | Unchanged


def client_side_apply(
    desired: Manifest, live: Manifest | None, *, schema: patches.Kinds
) -> Request:
    """Return the one request that makes the live object follow the desired one.

    Source: "Declarative Management of Kubernetes Objects Using Configuration Files". Fields that
    only the server writes are left out; a ``status`` in the desired object is sent for custom
    kinds only, where it may be an ordinary field.

    Raises:
        errors.InvalidArgument: the desired object cannot be merged; see ``three_way``.
    """
    try:
        return _request(desired, live, schema)
    except RecursionError:
        raise errors.InvalidArgument("the object is nested too deeply to be applied") from None


def _request(desired: Manifest, live: Manifest | None, schema: patches.Kinds) -> Request:
    body = _unmarked(normalise.drop_server_fields(desired))
    text = last_applied_text(body)
    marked = _marked(body, text)
    if live is None:
        return Create(marked)
    gvk = gvk_of(live)
    strategic = schema.strategic(gvk)
    if strategic or not body.get("status"):  # generators leave an empty one in custom resources
        body.pop("status", None)
    before = normalise.last_applied_of(live)
    if before is not None:  # a status is nobody's to delete
        before = {key: value for key, value in before.items() if key != "status"}
    patch = objects.object_patch(
        before and normalise.normalise(_unmarked(before), _OPTIONS, schema=schema),
        normalise.normalise(body, _OPTIONS, schema=schema),
        normalise.normalise(live, _OPTIONS, schema=schema),
        schema=schema,
        gvk=gvk,
    )
    if annotations_of(live).get(normalise.LAST_APPLIED) != text:
        patch = patches.apply_merge_patch(
            patch, {"metadata": {"annotations": {normalise.LAST_APPLIED: text}}}
        )
    if not patch:
        return Unchanged()
    return Patch(STRATEGIC if strategic else MERGE, patch)


def last_applied_text(manifest: Manifest) -> str:
    """Return the text of the last-applied annotation: Go's compact JSON with a final newline.

    Raises:
        errors.InvalidArgument: the object is no JSON that Kubernetes could read: integers beyond
            64 bits, lone surrogates, endless nesting.
    """
    try:
        text = orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS).decode()
    except orjson.JSONEncodeError as error:
        raise errors.InvalidArgument(f"the object cannot be written as JSON: {error}") from error
    for plain, escaped in _GO_ESCAPES:
        if plain in text:
            text = text.replace(plain, escaped)
    return text + "\n"


_GO_ESCAPES: Final = (
    ("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e"),
    ("\u2028", "\\u2028"), ("\u2029", "\\u2029"),
)  # fmt: skip
"""Go's encoder escapes these for the sake of HTML; equal bytes mean no needless write."""


def _unmarked(manifest: Manifest) -> Manifest:
    """Return a copy whose annotations are a map without the last-applied one, as kubectl does."""
    metadata = manifest.get("metadata")
    metadata = dict(metadata) if isinstance(metadata, dict) else {}
    annotations = metadata.get("annotations")
    metadata["annotations"] = {
        key: value
        for key, value in (annotations.items() if isinstance(annotations, dict) else ())
        if key != normalise.LAST_APPLIED
    }
    return {**manifest, "metadata": metadata}


def _marked(body: Manifest, text: str) -> Manifest:
    metadata = body["metadata"]
    annotations = {**metadata["annotations"], normalise.LAST_APPLIED: text}
    return {**body, "metadata": {**metadata, "annotations": annotations}}

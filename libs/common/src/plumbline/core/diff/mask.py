"""Secret values replaced by plus signs, so that a difference can be shown without them.

Called wherever a Secret leaves for a user: diff views, managed resources, live manifests. Rule of
behaviour.md, section 6: per key across desired, live and last-applied, the first distinct value is
eight plus signs, each further one four more; equal values have equal masks. So a reader sees that
values differ, and nothing else: neither length nor content.
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import orjson

from plumbline.core.diff import normalise
from plumbline.core.model import Manifest, gvk_of, metadata_of

__all__ = ["Masked", "is_secret", "mask_secrets"]

_FIRST: Final = 8
_STEP: Final = 4
_UNREADABLE: Final = "+" * _FIRST


class Masked(NamedTuple):
    """The two sides, masked together; the live one's annotation too."""

    desired: Manifest | None
    live: Manifest | None


class _Masks:
    """One series of masks per key, in the order in which values turn up."""

    def __init__(self) -> None:
        self._series: dict[tuple[str, str], dict[str, str]] = {}

    def mask(self, section: str, key: str, value: Any) -> str:
        series = self._series.setdefault((section, key), {})
        identity = value if isinstance(value, str) else repr(value)
        if identity not in series:
            series[identity] = "+" * (_FIRST + _STEP * len(series))
        return series[identity]


def is_secret(manifest: Manifest) -> bool:
    """Tell whether an object is a core Secret of any version."""
    gvk = gvk_of(manifest)
    return gvk.group == "" and gvk.kind == "Secret"


def mask_secrets(
    desired: Manifest | None, live: Manifest | None, *, annotations: Iterable[str] = ()
) -> Masked:
    """Return both sides of a Secret with every value masked; other kinds are returned as they are.

    ``stringData`` is folded into ``data`` first, so that a value spelled either way has one mask.
    A section that is not a map is dropped: nothing can be said about it without showing it.

    Args:
        desired: the desired object, if there is one.
        live: the live object, if there is one; its last-applied annotation is masked in place,
            and replaced by eight plus signs where it cannot be read.
        annotations: keys whose values are secrets too (``resource.sensitive.mask.annotations``).
    """
    masks = _Masks()
    keys = frozenset(annotations)
    shown = None if desired is None else _mask(desired, masks, keys)
    return Masked(shown, None if live is None else _mask(live, masks, keys))


def _mask(manifest: Manifest, masks: _Masks, keys: frozenset[str]) -> Manifest:
    if not is_secret(manifest):
        return manifest
    result = _mask_data(manifest, masks)
    metadata = metadata_of(result)
    annotations = metadata.get("annotations")
    if not isinstance(annotations, dict):
        return result
    masked: dict[str, Any] = {}
    for key, value in annotations.items():
        if key == normalise.LAST_APPLIED:
            masked[key] = _mask_last_applied(value, masks, keys)
        else:
            masked[key] = masks.mask("annotation", key, value) if key in keys else value
    return {**result, "metadata": {**metadata, "annotations": masked}}


def _mask_data(manifest: Manifest, masks: _Masks) -> Manifest:
    folded = normalise.fold_string_data(manifest)
    result = {key: value for key, value in folded.items() if key not in ("data", "stringData")}
    data = folded.get("data")
    if isinstance(data, dict):
        result["data"] = {key: masks.mask("data", key, value) for key, value in data.items()}
    return result


def _mask_last_applied(text: Any, masks: _Masks, keys: frozenset[str]) -> str:
    try:
        tree = orjson.loads(text) if isinstance(text, str) else None
    except orjson.JSONDecodeError:
        return _UNREADABLE
    if not isinstance(tree, dict):
        return _UNREADABLE
    # An annotation that claims to hold another kind still came from a Secret.
    secret = {**tree, "apiVersion": "v1", "kind": "Secret"}
    masked = _mask(secret, masks, keys)
    return orjson.dumps({**masked, **{k: tree[k] for k in _SHOWN if k in tree}}).decode()


_SHOWN: Final = ("apiVersion", "kind")

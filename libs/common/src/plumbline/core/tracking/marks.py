"""Setting and reading the tracking marks of an object.

Used after rendering (``set_tracking``) and when live objects are assigned to applications
(``owner_app``, ``is_self_reference``). Manifests are never changed in place.
"""

import enum
import re
from dataclasses import dataclass
from typing import Any, Final

from plumbline.core import errors
from plumbline.core.model import (
    Manifest,
    annotations_of,
    key_of,
    labels_of,
)
from plumbline.core.tracking.ids import TrackingId, format_id, parse_id

__all__ = [
    "INSTALLATION_ID",
    "TRACKING_ID",
    "Method",
    "Tracking",
    "is_self_reference",
    "owner_app",
    "set_tracking",
]

TRACKING_ID: Final = "argocd.argoproj.io/tracking-id"
INSTALLATION_ID: Final = "argocd.argoproj.io/installation-id"
_LABEL_LENGTH: Final = 63
"""Longest label value (Kubernetes, "Labels and Selectors")."""


class Method(enum.Enum):
    """application.resourceTrackingMethod (config.md, section 1)."""

    ANNOTATION = "annotation"
    LABEL = "label"
    ANNOTATION_AND_LABEL = "annotation+label"


@dataclass(frozen=True, slots=True)
class Tracking:
    """The settings in force."""

    method: Method = Method.ANNOTATION
    label_key: str = "app.kubernetes.io/instance"
    """application.instanceLabelKey."""
    installation_id: str = ""
    """installationID: tells control planes apart that share a cluster; empty = off."""


_DEFAULT: Final = Tracking()


def set_tracking(
    manifest: Manifest, app: str, *, namespace: str, tracking: Tracking = _DEFAULT
) -> Manifest:
    """Return the object marked as managed by an application.

    Args:
        manifest: the rendered object.
        app: instance name of the application (``Application.instance_name``).
        namespace: the application's destination namespace, which stands in the id of objects
            without a namespace of their own.
        tracking: the settings in force.

    Raises:
        errors.InvalidArgument: metadata, labels or annotations of the manifest are not maps.
    """
    annotations: dict[str, str] = {}
    labels: dict[str, str] = {}
    if tracking.method is not Method.LABEL:
        key = key_of(manifest)
        key = key._replace(namespace=key.namespace or namespace)
        annotations[TRACKING_ID] = format_id(TrackingId(app, key))
        if tracking.installation_id:
            annotations[INSTALLATION_ID] = tracking.installation_id
    if tracking.method is Method.LABEL:
        labels[tracking.label_key] = app
    elif tracking.method is Method.ANNOTATION_AND_LABEL:
        labels[tracking.label_key] = _cut(app)
    metadata = dict(_map_at(manifest, "metadata"))
    if annotations:
        metadata["annotations"] = {**_map_at(metadata, "annotations"), **annotations}
    if labels:
        metadata["labels"] = {**_map_at(metadata, "labels"), **labels}
    return {**manifest, "metadata": metadata}


def _map_at(tree: Manifest, key: str) -> dict[str, Any]:
    value = tree.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise errors.InvalidArgument(f"{key} of the manifest is not a map")
    return value


_TAIL = re.compile(r"[^A-Za-z0-9]+\Z")


def _cut(app: str) -> str:
    """Cut an application name to what a label can hold; only for the informative label."""
    return app if len(app) <= _LABEL_LENGTH else _TAIL.sub("", app[:_LABEL_LENGTH])


def owner_app(live: Manifest, tracking: Tracking = _DEFAULT) -> str | None:
    """Return the instance name of the application that a live object is marked for, or ``None``.

    With an installation id in force, marks of other installations do not count. The label is
    informative only where the annotation rules.
    """
    if tracking.method is Method.LABEL:
        return labels_of(live).get(tracking.label_key) or None
    found = _tracking_id(live, tracking)
    return None if found is None else found.app


def _tracking_id(live: Manifest, tracking: Tracking) -> TrackingId | None:
    if _is_foreign(live, tracking):
        return None
    text = annotations_of(live).get(TRACKING_ID)
    return parse_id(text) if text else None


def _is_foreign(live: Manifest, tracking: Tracking) -> bool:
    """Tell whether the marks are another installation's."""
    wanted = tracking.installation_id
    return bool(wanted) and annotations_of(live).get(INSTALLATION_ID, "") != wanted


def is_self_reference(live: Manifest, tracking: Tracking = _DEFAULT) -> bool:
    """Tell whether an object's tracking id names the object itself (config.md, section 13).

    A copy of a managed object (a Secret mirrored into other namespaces, Endpoints made from a
    Service) carries its original's annotation; it is not managed, so it is neither compared nor
    pruned. Under the label method, and where no id is set, nothing speaks against it: ``True``.
    The namespace in the id of a cluster-wide object is the application's; it tells no copies
    apart and is not compared.
    """
    if tracking.method is Method.LABEL or not annotations_of(live).get(TRACKING_ID):
        return True
    if _is_foreign(live, tracking):
        return True
    found = _tracking_id(live, tracking)
    if found is None:
        return False
    actual = key_of(live)
    return found.key == actual._replace(namespace=actual.namespace or found.key.namespace)

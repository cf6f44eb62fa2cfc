"""The tracking id: ``<app>:<group>/<kind>:<namespace>/<name>`` (config.md, section 9).

Used by ``marks`` and by whoever shows an id. Names of objects may hold colons (RBAC), those of
applications, groups, kinds and namespaces never hold a colon or a slash, so the parts are split
from the left.
"""

from typing import NamedTuple

from plumbline.core.model import ResourceKey

__all__ = ["TrackingId", "format_id", "parse_id"]


class TrackingId(NamedTuple):
    """Which application manages which object."""

    app: str
    """Instance name: ``name``, or ``namespace_name`` outside the control plane's namespace."""
    key: ResourceKey


def format_id(tracking_id: TrackingId) -> str:
    """Return the annotation's text."""
    key = tracking_id.key
    return f"{tracking_id.app}:{key.group}/{key.kind}:{key.namespace}/{key.name}"


def parse_id(text: str) -> TrackingId | None:
    """Read the annotation's text; ``None`` where it is not of the form."""
    app, colon, rest = text.partition(":")
    group_kind, second, location = rest.partition(":")
    group, slash, kind = group_kind.partition("/")
    namespace, last, name = location.partition("/")
    if not (app and colon and second and slash and last and kind and name):
        return None
    if "/" in kind or "/" in app:
        return None
    return TrackingId(app, ResourceKey(group, kind, namespace, name))

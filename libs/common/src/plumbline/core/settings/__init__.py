"""argocd-cm as values: what the settings ConfigMap means for tracking, comparison and watching.

Used by the controller, which reads it anew on every change. A value that cannot be read is an error
that names its key; the caller keeps what was in force (architecture.md, rule 14).
"""

from plumbline.core.settings._filters import ResourceFilter, parse_filters
from plumbline.core.settings._keys import KNOWN_KEYS, KNOWN_PREFIXES, unknown_keys
from plumbline.core.settings._read import Settings, read

__all__ = [
    "KNOWN_KEYS",
    "KNOWN_PREFIXES",
    "ResourceFilter",
    "Settings",
    "parse_filters",
    "read",
    "unknown_keys",
]

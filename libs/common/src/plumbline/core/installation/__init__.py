"""argocd-cm and argocd-rbac-cm as the api-server acts by them: addresses, sign-in, texts, switches.

Used by the api-server, which reads them anew on every change; what the controller acts by is in
``core.settings``. A value that cannot be read is reported by its key and counts as not set.
"""

from plumbline.core.installation._rbac import RbacSettings, read_rbac
from plumbline.core.installation._read import (
    DEFAULT_PASSWORD_PATTERN,
    Banner,
    Help,
    Installation,
    read,
)

__all__ = [
    "DEFAULT_PASSWORD_PATTERN",
    "Banner",
    "Help",
    "Installation",
    "RbacSettings",
    "read",
    "read_rbac",
]

"""May a subject do this to that? Policies of argocd-rbac-cm, built-in roles, project roles.

Used by the api-server for every call. Rules: behaviour.md section 14. Allow needs a matching allow
and no matching deny.
"""

from plumbline.core.rbac._enforce import Enforcer
from plumbline.core.rbac._match import GLOB, REGEX
from plumbline.core.rbac._policy import (
    ACTIONS,
    BUILTIN,
    RESOURCES,
    Policy,
    Rule,
    parse_policy,
    project_policy,
)

__all__ = [
    "ACTIONS",
    "BUILTIN",
    "GLOB",
    "REGEX",
    "RESOURCES",
    "Enforcer",
    "Policy",
    "Rule",
    "parse_policy",
    "project_policy",
]

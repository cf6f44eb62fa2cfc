"""May a subject do this to that? Policies of argocd-rbac-cm, built-in roles, project roles.

Used by the api-server for every call. Rules: behaviour.md section 14. Allow needs a matching allow
and no matching deny.
"""

from plumbline.core.rbac._policy import BUILTIN, Enforcer, Rule, parse_policy

__all__ = ["BUILTIN", "Enforcer", "Rule", "parse_policy"]

"""argocd-rbac-cm (config.md section 3)."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from plumbline.core import errors, manifests, rbac

__all__ = ["RbacSettings", "read_rbac"]

_SCOPES: Final = ("groups",)


class RbacSettings(NamedTuple):
    """The policy in force, and which claims of a token are groups."""

    enforcer: rbac.Enforcer
    scopes: tuple[str, ...] = _SCOPES


def read_rbac(data: Mapping[str, str]) -> tuple[RbacSettings, list[str]]:
    """Return the settings, and a message for every line or value that is not understood.

    ``policy.csv`` comes first, then every ``policy.<anything>.csv``, sorted by key.
    """
    problems: list[str] = []
    names = ["policy.csv", *sorted(key for key in data if _is_overlay(key))]
    policies = []
    for name in names:
        policy = rbac.parse_policy(data.get(name, ""))
        problems += [f"argocd-rbac-cm: {name}: {problem}" for problem in policy.problems]
        policies.append(policy)
    mode = data.get("policy.matchMode", "").strip() or rbac.GLOB
    if mode not in (rbac.GLOB, rbac.REGEX):
        problems.append("argocd-rbac-cm: policy.matchMode is neither glob nor regex")
        mode = rbac.GLOB
    default = data.get("policy.default", "").strip()
    enforcer = rbac.Enforcer(policies, default_role=default, mode=mode)
    return RbacSettings(enforcer, _scopes(data.get("scopes", ""), problems)), problems


def _is_overlay(key: str) -> bool:
    return key.startswith("policy.") and key.endswith(".csv") and key != "policy.csv"


def _scopes(text: str, problems: list[str]) -> tuple[str, ...]:
    if not text.strip():
        return _SCOPES
    try:
        tree = manifests.parse_yaml(text)
    except errors.InvalidArgument:
        tree = None
    if not isinstance(tree, list) or not all(isinstance(item, str) for item in tree):
        problems.append("argocd-rbac-cm: scopes is not a list of texts")
        return _SCOPES
    return tuple(tree)

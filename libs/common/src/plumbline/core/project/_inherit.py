"""Which global projects a project inherits from (behaviour.md section 9)."""

from collections.abc import Iterable, Mapping
from typing import Any

from plumbline.core import errors, manifests
from plumbline.core.model import Project

__all__ = ["inherited_projects"]


def inherited_projects(
    project: Project, projects: Iterable[Project], setting: str
) -> list[Project]:
    """Return the global projects that select a project's labels, in the setting's order.

    Args:
        project: the one that inherits.
        projects: all there are.
        setting: argocd-cm ``globalProjects``: YAML list of {projectName, labelSelector}.

    Raises:
        errors.InvalidArgument: the setting cannot be read.
    """
    by_name = {p.metadata.name: p for p in projects}
    found: list[Project] = []
    for item in _items(setting):
        name = str(item.get("projectName") or "")
        other = by_name.get(name)
        if other is None or name == project.metadata.name or other in found:
            continue
        if _selects(item.get("labelSelector") or {}, project.metadata.labels):
            found.append(other)
    return found


def _items(setting: str) -> list[Mapping[str, Any]]:
    tree = manifests.parse_yaml(setting) if setting.strip() else None
    if tree is None:
        return []
    if not isinstance(tree, list) or not all(isinstance(item, dict) for item in tree):
        raise errors.InvalidArgument("argocd-cm: globalProjects is not a list of maps")
    return tree


def _selects(selector: Any, labels: Mapping[str, str]) -> bool:
    """Apply a Kubernetes LabelSelector; an empty one selects everything."""
    if not isinstance(selector, dict):
        raise errors.InvalidArgument("argocd-cm: globalProjects: labelSelector is not a map")
    wanted = selector.get("matchLabels") or {}
    expressions = selector.get("matchExpressions") or []
    return all(labels.get(k) == v for k, v in wanted.items()) and all(
        _holds(expression, labels) for expression in expressions
    )


def _holds(expression: Any, labels: Mapping[str, str]) -> bool:
    key, operator = expression.get("key", ""), expression.get("operator", "")
    values = expression.get("values") or []
    if operator == "In":
        return key in labels and labels[key] in values
    if operator == "NotIn":
        return labels.get(key) not in values
    if operator == "Exists":
        return key in labels
    if operator == "DoesNotExist":
        return key not in labels
    raise errors.InvalidArgument(f"argocd-cm: globalProjects: unknown operator {operator!r}")

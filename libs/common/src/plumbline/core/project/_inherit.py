"""Which global projects a project inherits from (behaviour.md section 9)."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from plumbline.core import errors, manifests
from plumbline.core.model import Project
from plumbline.core.project import _rules

__all__ = ["GlobalProject", "inherited_projects", "parse_global_projects", "whole_project"]

_OPERATORS: Final = frozenset({"In", "NotIn", "Exists", "DoesNotExist"})


class _Expression(NamedTuple):
    key: str
    operator: str
    values: tuple[str, ...]

    def holds(self, labels: Mapping[str, str]) -> bool:
        if self.operator == "In":
            return self.key in labels and labels[self.key] in self.values
        if self.operator == "NotIn":
            return labels.get(self.key) not in self.values
        return (self.key in labels) == (self.operator == "Exists")


class GlobalProject(NamedTuple):
    """One entry of the setting: a project, and the labels of those that inherit from it."""

    name: str
    labels: tuple[tuple[str, str], ...] = ()
    expressions: tuple[_Expression, ...] = ()

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Apply the entry's LabelSelector, as Kubernetes does; an empty one selects all."""
        return all(labels.get(key) == value for key, value in self.labels) and all(
            expression.holds(labels) for expression in self.expressions
        )


@functools.lru_cache(maxsize=8)
def parse_global_projects(setting: str) -> tuple[GlobalProject, ...]:
    """Read argocd-cm ``globalProjects``: a YAML list of {projectName, labelSelector}.

    Raises:
        errors.InvalidArgument: it is none; the text names the key.
    """
    try:
        tree = manifests.parse_yaml(setting) if setting.strip() else None
    except errors.InvalidArgument:
        raise errors.InvalidArgument("globalProjects is not YAML") from None
    if tree is None:
        return ()
    if not isinstance(tree, list) or not all(isinstance(item, dict) for item in tree):
        raise errors.InvalidArgument("globalProjects is not a list of maps")
    return tuple(_entry(item) for item in tree)


def _entry(item: Mapping[str, Any]) -> GlobalProject:
    selector = item.get("labelSelector") or {}
    if not isinstance(selector, dict):
        raise errors.InvalidArgument("globalProjects: labelSelector is not a map")
    wanted = selector.get("matchLabels") or {}
    expressions = selector.get("matchExpressions") or []
    if not isinstance(wanted, dict) or not isinstance(expressions, list):
        raise errors.InvalidArgument("globalProjects: labelSelector cannot be read")
    return GlobalProject(
        str(item.get("projectName") or ""),
        tuple(sorted((str(k), str(v)) for k, v in wanted.items())),
        tuple(_expression(e) for e in expressions),
    )


def _expression(tree: Any) -> _Expression:
    if not isinstance(tree, dict) or tree.get("operator") not in _OPERATORS:
        raise errors.InvalidArgument("globalProjects: an expression has an unknown operator")
    values = tree.get("values") or []
    if not isinstance(values, list):
        raise errors.InvalidArgument("globalProjects: values of an expression are no list")
    return _Expression(str(tree.get("key") or ""), tree["operator"], tuple(map(str, values)))


def inherited_projects(
    project: Project, projects: Iterable[Project], entries: Sequence[GlobalProject]
) -> list[Project]:
    """Return the global projects that select a project's labels, in the setting's order.

    Args:
        project: the one that inherits.
        projects: all there are.
        entries: the setting.
    """
    if not entries:
        return []
    by_name = {p.metadata.name: p for p in projects}
    found: list[Project] = []
    for entry in entries:
        other = by_name.get(entry.name)
        if other is None or entry.name == project.metadata.name or other in found:
            continue
        if entry.selects(project.metadata.labels):
            found.append(other)
    return found


def whole_project(
    project: Project, projects: Iterable[Project], entries: Sequence[GlobalProject]
) -> Project:
    """Return a project with everything that it inherits."""
    inherited = inherited_projects(project, projects, entries)
    return _rules.with_global_projects(project, inherited) if inherited else project

"""ignoreDifferences: which parts of which objects do not count (behaviour.md, section 6).

Rules come from an Application's spec and from the system settings (``resource.customizations.
ignoreDifferences.*``); the caller concatenates them, system rules first. JSON pointers are applied
here. jq expressions need an engine that core does not have: the caller evaluates them and hands
the results in, so a rule only carries their text; likewise trusted managers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from plumbline.core import pattern
from plumbline.core.model import IgnoreDifference, Manifest, ResourceKey
from plumbline.core.patch import Pointer, parse_pointer, remove

__all__ = ["IgnoreRule", "compile_rules", "pointers_for", "strip", "without_indexes"]


@dataclass(frozen=True, slots=True)
class IgnoreRule:
    """One rule, its pointers parsed."""

    group: str
    kind: str
    name: str = ""
    namespace: str = ""
    pointers: tuple[Pointer, ...] = ()
    jq_path_expressions: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()

    def matches(self, key: ResourceKey) -> bool:
        """Tell whether the rule is meant for an object: globs for group and kind, else exact."""
        return (
            (not self.name or self.name == key.name)
            and (not self.namespace or self.namespace == key.namespace)
            and (self.group == key.group or pattern.match(self.group, key.group))
            and (self.kind == key.kind or pattern.match(self.kind, key.kind))
        )


def compile_rules(items: Iterable[IgnoreDifference]) -> tuple[IgnoreRule, ...]:
    """Parse the rules of a spec or of the settings.

    Raises:
        errors.InvalidArgument: a JSON pointer does not begin with ``/``; the message names it.
    """
    return tuple(
        IgnoreRule(
            group=item.group,
            kind=item.kind,
            name=item.name,
            namespace=item.namespace,
            pointers=tuple(parse_pointer(text) for text in item.json_pointers),
            jq_path_expressions=tuple(item.jq_path_expressions),
            managers=tuple(item.managed_fields_managers),
        )
        for item in items
    )


def pointers_for(rules: Iterable[IgnoreRule], key: ResourceKey) -> tuple[Pointer, ...]:
    """Return the pointers of all rules that apply to an object."""
    return tuple(
        pointer
        for rule in rules
        if rule.pointers and rule.matches(key)
        for pointer in rule.pointers
    )


def strip(tree: Manifest, pointers: Iterable[Pointer]) -> Manifest:
    """Return the object without the ignored values."""
    result: Any = tree
    for pointer in pointers:
        result = remove(result, pointer)
    stripped: Manifest = result
    return stripped


def without_indexes(pointers: Iterable[Pointer]) -> tuple[Pointer, ...]:
    """Return the pointers that mean the same place in desired and live objects.

    Positions in a list do not: live lists may hold more. They are applied to the predicted
    object only, whose positions are the live object's.
    """
    return tuple(pointer for pointer in pointers if not any(token.isdecimal() for token in pointer))

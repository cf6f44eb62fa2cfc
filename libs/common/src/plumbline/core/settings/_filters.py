"""Which kinds are left out: resource.exclusions and resource.inclusions (behaviour.md 10)."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from plumbline.core import errors, pattern
from plumbline.core.model import GroupKind

__all__ = ["ResourceFilter", "Rule", "parse_filters"]


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """One entry; an empty list stands for everything."""

    groups: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()

    def concerns(self, cluster: str) -> bool:
        """Whether the rule is meant for a cluster's address."""
        return not self.clusters or any(pattern.match(c, cluster) for c in self.clusters)

    def matches(self, kind: GroupKind, cluster: str) -> bool:
        """Whether the rule names a kind of a cluster: groups by glob, kinds exactly or ``*``."""
        return (
            self.concerns(cluster)
            and (not self.groups or any(pattern.match(g, kind.group) for g in self.groups))
            and (not self.kinds or any(k in ("*", kind.kind) for k in self.kinds))
        )


@dataclasses.dataclass(frozen=True, slots=True)
class ResourceFilter:
    """Exclusions and inclusions together."""

    exclusions: tuple[Rule, ...] = ()
    inclusions: tuple[Rule, ...] = ()

    def excludes(self, kind: GroupKind, cluster: str) -> bool:
        """Tell whether a kind is left out on a cluster.

        Excluded is out; included is in; where inclusions are given for the cluster, the rest is
        out; else it is in.
        """
        if any(r.matches(kind, cluster) for r in self.exclusions):
            return True
        included = [r for r in self.inclusions if r.concerns(cluster)]
        return bool(included) and not any(r.matches(kind, cluster) for r in included)


def parse_filters(items: Any) -> tuple[Rule, ...]:
    """Read the decoded YAML list of one of the two keys.

    Raises:
        errors.InvalidArgument: it is not a list of {apiGroups, kinds, clusters}.
    """
    if items is None:
        return ()
    if not isinstance(items, list):
        raise errors.InvalidArgument("is not a list")
    return tuple(_rule(item) for item in items)


def _rule(item: Any) -> Rule:
    if not isinstance(item, Mapping):
        raise errors.InvalidArgument("holds an entry that is not a map")
    return Rule(*(tuple(_texts(item, key)) for key in ("apiGroups", "kinds", "clusters")))


def _texts(item: Mapping[str, Any], key: str) -> Iterable[str]:
    values = item.get(key) or []
    if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
        raise errors.InvalidArgument(f"{key} is not a list of texts")
    return values

"""Policy lines, roles, and the decision."""

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from plumbline.core import pattern

__all__ = ["BUILTIN", "Enforcer", "Rule", "parse_policy"]

_READ: Final = (
    "applications", "applicationsets", "certificates", "clusters", "repositories",
    "write-repositories", "projects", "accounts", "gpgkeys",
)  # fmt: skip
_ADMIN: Final = {
    "applications": (
        "create", "update", "update/*", "delete", "delete/*", "sync", "rollback", "override",
        "action/*",
    ),
    "applicationsets": ("get", "create", "update", "delete"),
    "certificates": ("create", "update", "delete"),
    "clusters": ("create", "update", "delete"),
    "repositories": ("create", "update", "delete"),
    "write-repositories": ("create", "update", "delete"),
    "projects": ("create", "update", "delete"),
    "accounts": ("update",),
    "gpgkeys": ("create", "delete"),
    "exec": ("create",),
}  # fmt: skip


class Rule(NamedTuple):
    """One ``p`` line."""

    subject: str
    resource: str
    action: str
    object: str
    allow: bool


class _Parsed(NamedTuple):
    rules: tuple[Rule, ...]
    groups: tuple[tuple[str, str], ...]


def _builtin() -> _Parsed:
    rules = [Rule("role:readonly", r, "get", "*", allow=True) for r in _READ]
    rules.append(Rule("role:readonly", "logs", "get", "*/*", allow=True))
    rules += [
        Rule("role:admin", resource, action, "*", allow=True)
        for resource, actions in _ADMIN.items()
        for action in actions
    ]
    return _Parsed(tuple(rules), (("role:admin", "role:readonly"), ("admin", "role:admin")))


BUILTIN: Final = _builtin()


def parse_policy(text: str) -> _Parsed:
    """Read policy lines; what is neither a full ``p`` nor a ``g`` line is ignored.

    A line with an unknown effect denies: a mistake must not open a door.
    """
    rules: list[Rule] = []
    groups: list[tuple[str, str]] = []
    for row in csv.reader(text.splitlines(), skipinitialspace=True):
        cells = [c.strip() for c in row]
        if len(cells) >= 6 and cells[0] == "p":
            subject, resource, action, target = cells[1:5]
            allow = cells[5] == "allow"
            rules.append(Rule(subject, resource, action, target, allow=allow))
        elif len(cells) >= 3 and cells[0] == "g":
            groups.append((cells[1], cells[2]))
    return _Parsed(tuple(rules), tuple(groups))


def _glob(rule: str, value: str) -> bool:
    return rule == value or pattern.match(rule, value)


def _regex(rule: str, value: str) -> bool:
    try:
        return re.search(rule, value) is not None
    except re.error:
        return False


class Enforcer:
    """Decides by the built-in policy and the given ones."""

    def __init__(
        self, policies: Iterable[_Parsed], *, default_role: str = "", mode: str = "glob"
    ) -> None:
        """Index the rules by subject.

        Args:
            policies: parsed texts, the built-in one is added.
            default_role: tried first for everybody; no deny of others takes its grants away.
            mode: ``glob`` or ``regex``, for resource, action and object.
        """
        self._default = default_role
        self._matches: Callable[[str, str], bool] = _regex if mode == "regex" else _glob
        self._rules: dict[str, list[Rule]] = defaultdict(list)
        self._parents: dict[str, list[str]] = defaultdict(list)
        for parsed in (BUILTIN, *policies):
            for rule in parsed.rules:
                self._rules[rule.subject].append(rule)
            for member, role in parsed.groups:
                self._parents[member].append(role)
        self._closures: dict[str, tuple[str, ...]] = {}

    def enforce(
        self,
        subject: str,
        request: tuple[str, str, str],
        *,
        groups: Iterable[str] = (),
        extra: Mapping[str, _Parsed] | None = None,
    ) -> bool:
        """Tell whether a subject may act.

        Args:
            subject: a user, or ``proj:project:role`` for a project's token.
            request: resource, action, object.
            groups: the token's groups; only those that a ``g`` line names count.
            extra: a project's own policies, by any name.
        """
        if self._default and self._allows([self._default], request, ()):
            return True
        more = tuple(extra.values()) if extra else ()
        if self._allows([subject], request, more):
            return True
        named = [g for g in groups if g in self._parents or any(_names(p, g) for p in more)]
        return any(self._allows([group], request, more) for group in named)

    def _allows(
        self, subjects: list[str], request: tuple[str, str, str], more: tuple[_Parsed, ...]
    ) -> bool:
        allowed = False
        for name in self._closure(subjects[0], more):
            rules = [
                *self._rules.get(name, ()),
                *(r for p in more for r in p.rules if r[0] == name),
            ]
            for rule in rules:
                if all(map(self._matches, rule[1:4], request)):
                    if not rule.allow:
                        return False
                    allowed = True
        return allowed

    def _closure(self, subject: str, more: tuple[_Parsed, ...]) -> tuple[str, ...]:
        """The subject and every role it has, each once; cycles end."""
        if not more and subject in self._closures:
            return self._closures[subject]
        seen = [subject]
        for name in seen:
            roles = [
                *self._parents.get(name, ()),
                *(r for p in more for m, r in p.groups if m == name),
            ]
            seen += [role for role in roles if role not in seen]
        found = tuple(dict.fromkeys(seen))
        if not more:
            self._closures[subject] = found
        return found


def _names(parsed: _Parsed, group: str) -> bool:
    return any(member == group for member, _ in parsed.groups)

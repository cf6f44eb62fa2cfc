"""The decision: allow needs a matching allow and no matching deny.

Rules are sorted by subject; per subject and (resource, action) the patterns of the object are kept
ready, so that a decision costs a few look-ups.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple

from plumbline.core import errors, pattern
from plumbline.core.rbac._match import GLOB, Matcher, compile_matcher, is_costly
from plumbline.core.rbac._policy import BUILTIN, Policy, Rule

__all__ = ["Enforcer"]

_SUBJECTS: Final = 10_000  # deciders kept
_BUCKETS: Final = 2_000  # (resource, action) pairs kept per decider
_PROJECT_COST: Final = 10_000  # size of all automata of a project's roles
_STEPS: Final = 30_000  # of these automata in one decision; tens of milliseconds at worst
_EVERYTHING: Final = Matcher(lambda *_: True, prefix="")
_NOTHING: Final = Matcher(lambda *_: False)
_NO_TOKEN_GROUP: Final = ("role:", "proj:")


class _Compiled(NamedTuple):
    resource: Matcher
    action: Matcher
    object: Matcher
    allow: bool
    trusted: bool = True
    """Whether those who run the control plane wrote it; a project's owner is not trusted so far."""


class _Objects:
    """Object patterns of one effect."""

    def __init__(self, rules: Iterable[_Compiled]) -> None:
        of = [(r.object, r.trusted) for r in rules]
        found = [m for m, _ in of]
        self._exact = frozenset(m.exact for m in found if m.exact is not None)
        self._prefixes = tuple({m.prefix for m in found if m.prefix is not None})
        self._tests = tuple(
            {(m.test, trusted) for m, trusted in of if m.exact is None and m.prefix is None}
        )

    def match(self, value: str, meter: pattern.Meter) -> bool:
        return (
            value in self._exact
            or (bool(self._prefixes) and value.startswith(self._prefixes))
            or any(test(value, None if trusted else meter) for test, trusted in self._tests)
        )


class _Decider:
    """All rules of one subject and its roles."""

    def __init__(self, rules: tuple[_Compiled, ...]) -> None:
        self._rules = rules
        self._buckets: dict[tuple[str, str], tuple[_Objects, _Objects]] = {}

    def allows(self, request: tuple[str, str, str], meter: pattern.Meter) -> bool:
        resource, action, target = request
        bucket = self._buckets.get((resource, action))
        if bucket is None:
            bucket = self._bucket(resource, action, meter)
        allows, denies = bucket
        return allows.match(target, meter) and not denies.match(target, meter)

    def _bucket(
        self, resource: str, action: str, meter: pattern.Meter
    ) -> tuple[_Objects, _Objects]:
        rules = []
        for rule in self._rules:
            counted = None if rule.trusted else meter
            if rule.resource.test(resource, counted) and rule.action.test(action, counted):
                rules.append(rule)
        made = (
            _Objects(r for r in rules if r.allow),
            _Objects(r for r in rules if not r.allow),
        )
        if len(self._buckets) >= _BUCKETS:
            self._buckets.clear()
        self._buckets[resource, action] = made
        return made


class Enforcer:
    """Decides by the built-in policy and the given ones."""

    def __init__(
        self, policies: Iterable[Policy], *, default_role: str = "", mode: str = GLOB
    ) -> None:
        """Index the rules by subject.

        Args:
            policies: parsed texts; the built-in one is added.
            default_role: tried first for everybody; no deny of others takes its grants away.
            mode: ``glob`` or ``regex`` for resource, action and object of the given policies; the
                built-in policy is always read as globs.
        """
        self._default = default_role
        self._mode = mode
        self._rules: dict[str, list[tuple[Rule, str]]] = defaultdict(list)
        self._roles: dict[str, list[str]] = defaultdict(list)
        for rule in BUILTIN.rules:
            self._rules[rule.subject].append((rule, GLOB))
        given = list(policies)
        for policy in given:
            for rule in policy.rules:
                self._rules[rule.subject].append((rule, mode))
        for policy in (BUILTIN, *given):
            for member, role in policy.groups:
                self._roles[member].append(role)
        self._groups = frozenset(member for policy in given for member, _ in policy.groups)
        self._deciders: dict[tuple[str, int], tuple[Policy | None, _Decider]] = {}

    def enforce(
        self,
        subject: str,
        request: tuple[str, str, str],
        *,
        groups: Iterable[str] = (),
        project: Policy | None = None,
    ) -> bool:
        """Tell whether a subject may act.

        Args:
            subject: a user, or ``proj:project:role`` for a project's token; empty for nobody.
            request: resource, action, object.
            groups: the token's groups. Only those count that a ``g`` line of a given policy or of
                the project names, and never one that is called like a role: an identity
                provider's groups are not a way to name our roles.
            project: the policies of the object's project. Keep the value as long as the project
                is unchanged: what is computed for it is kept by its identity. They are not
                asked about objects of other projects.
        """
        if project is not None and not project.is_about(request[0], request[2]):
            project = None
        meter = pattern.Meter(_STEPS)
        try:
            return self._decide(subject, request, groups, project, meter)
        except errors.ResourceExhausted:
            # A project's patterns cost too much to tell whether one of them denies.
            return False

    def _decide(
        self,
        subject: str,
        request: tuple[str, str, str],
        groups: Iterable[str],
        project: Policy | None,
        meter: pattern.Meter,
    ) -> bool:
        if self._default and self._decider(self._default, None).allows(request, meter):
            return True
        if subject and self._decider(subject, project).allows(request, meter):
            return True
        return any(
            self._decider(group, project).allows(request, meter)
            for group in groups
            if self._is_group(group, project)
        )

    def _is_group(self, group: str, project: Policy | None) -> bool:
        if group.startswith(_NO_TOKEN_GROUP):
            return False
        return group in self._groups or (
            project is not None and any(member == group for member, _ in project.groups)
        )

    def _decider(self, subject: str, project: Policy | None) -> _Decider:
        key = (subject, id(project))
        known = self._deciders.get(key)
        # The policy is held beside its decider, so that its id cannot come to mean another.
        if known is not None and known[0] is project:
            return known[1]
        names = self._closure(subject, project)
        rules = [pair for name in names for pair in self._rules.get(name, ())]
        compiled = [_compiled(rule, mode)[0] for rule, mode in rules]
        if project is not None:
            compiled += _within(_PROJECT_COST, project.rules, names, self._mode)
        made = _Decider(tuple(compiled))
        if len(self._deciders) >= _SUBJECTS:
            self._deciders.clear()
        self._deciders[key] = (project, made)
        return made

    def _closure(self, subject: str, project: Policy | None) -> dict[str, None]:
        """The subject and every role it has, each once; cycles end."""
        seen = {subject: None}
        waiting = [subject]
        while waiting:
            name = waiting.pop()
            roles = list(self._roles.get(name, ()))
            if project is not None:
                roles += [role for member, role in project.groups if member == name]
            waiting += [role for role in roles if role not in seen]
            seen.update(dict.fromkeys(roles))
        return seen


def _compiled(rule: Rule, mode: str, budget: int | None = None) -> tuple[_Compiled, int]:
    """Return a rule with its patterns compiled, and their cost.

    A pattern that cannot be read, or that begins beyond the budget, matches nothing where it
    allows, everything where it denies.
    """
    unreadable = _NOTHING if rule.allow else _EVERYTHING
    matchers, cost = [], 0
    for text in rule[1:4]:
        if budget is not None and cost >= budget and is_costly(text, mode):
            matchers.append(unreadable)
            continue
        try:
            made = compile_matcher(text, mode)
        except errors.InvalidArgument:
            made = unreadable._replace(cost=len(text))
        matchers.append(made)
        cost += made.cost
    resource, action, target = matchers
    return _Compiled(resource, action, target, rule.allow), cost


def _within(
    budget: int, rules: Iterable[Rule], names: dict[str, None], mode: str
) -> list[_Compiled]:
    """Compile a project's rules for these subjects, as far as their cost allows.

    Whoever writes a project's roles must not be able to make each request of the project slow.
    """
    made = []
    for rule in rules:
        if rule.subject in names:
            compiled, cost = _compiled(rule, mode, max(budget, 0))
            budget -= cost
            made.append(compiled._replace(trusted=False))
    return made

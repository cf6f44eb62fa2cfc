"""Policy lines: reading them, the built-in ones, and those of a project's roles."""

import csv
from collections.abc import Iterable
from typing import Final, NamedTuple

from plumbline.core import model

__all__ = ["ACTIONS", "BUILTIN", "RESOURCES", "Policy", "Rule", "parse_policy", "project_policy"]

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
RESOURCES: Final = frozenset({*_READ, "logs", "exec", "extensions"})
ACTIONS: Final = frozenset(
    {"get", "create", "update", "delete", "sync", "rollback", "override", "action", "invoke"}
)
_OF_PROJECTS: Final = frozenset(
    {"applications", "applicationsets", "repositories", "clusters", "logs", "exec"}
)


class Rule(NamedTuple):
    """One ``p`` line."""

    subject: str
    resource: str
    action: str
    object: str
    allow: bool


class Policy(NamedTuple):
    """Parsed lines."""

    rules: tuple[Rule, ...] = ()
    groups: tuple[tuple[str, str], ...] = ()
    """Member (a user, a group or a role) and the role it has."""
    problems: tuple[str, ...] = ()
    """One message per line that was not understood."""
    scope: str = ""
    """The project whose objects these lines are about; empty: all."""

    def is_about(self, resource: str, target: str) -> bool:
        """Tell whether a request concerns the scope at all."""
        if not self.scope or (resource == "projects" and target == self.scope):
            return True
        return target.startswith(f"{self.scope}/")


def _builtin() -> Policy:
    rules = [Rule("role:readonly", r, "get", "*", allow=True) for r in _READ]
    rules.append(Rule("role:readonly", "logs", "get", "*/*", allow=True))
    rules += [
        Rule("role:admin", resource, action, "*", allow=True)
        for resource, actions in _ADMIN.items()
        for action in actions
    ]
    return Policy(tuple(rules), (("role:admin", "role:readonly"), ("admin", "role:admin")))


BUILTIN: Final = _builtin()


def parse_policy(text: str) -> Policy:
    """Read policy lines; what is neither a full ``p`` nor a ``g`` line is reported and ignored.

    A line with an unknown effect denies: a mistake must not open a door. Each line stands for
    itself, so that an unbalanced quote cannot swallow the lines after it.
    """
    rules: list[Rule] = []
    groups: list[tuple[str, str]] = []
    problems: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        cells = _cells(line)
        if len(cells) >= 6 and cells[0] == "p" and cells[1]:
            subject, resource, action, target = cells[1:5]
            allow = cells[5] == "allow"
            rules.append(Rule(subject, resource, action, target, allow=allow))
        elif len(cells) >= 3 and cells[0] == "g" and cells[1] and cells[2]:
            groups.append((cells[1], cells[2]))
        else:
            problems.append(
                f"line {number} is neither `p, subject, resource, action, object, allow|deny`"
                " nor `g, member, role`"
            )
    return Policy(tuple(rules), tuple(groups), tuple(problems))


def _cells(line: str) -> list[str]:
    try:
        return [c.strip() for c in next(csv.reader([line], skipinitialspace=True), [])]
    except csv.Error:
        return []


def project_policy(name: str, roles: Iterable[model.ProjectRole]) -> Policy:
    """Return the policies of a project's roles (behaviour.md section 9).

    A line counts only if it speaks of this project: subject ``proj:<name>:<role>`` of the role it
    stands in, a resource of projects, an object below ``<name>/``. Whoever may edit one project
    gains nothing elsewhere, also where the object was not written through the API.
    """
    rules: list[Rule] = []
    groups: list[tuple[str, str]] = []
    problems: list[str] = []
    for role in roles:
        subject = f"proj:{name}:{role.name}"
        rules.append(Rule(subject, "projects", "get", name, allow=True))
        groups += [(group.strip(), subject) for group in role.groups if group.strip()]
        parsed = parse_policy("\n".join(role.policies))
        for rule in parsed.rules:
            if (
                rule.subject == subject
                and rule.resource in _OF_PROJECTS
                and rule.object.startswith(f"{name}/")
            ):
                rules.append(rule)
            else:
                problems.append(f"role {role.name}: a policy is not of this role and project")
        if parsed.groups or parsed.problems:
            problems.append(f"role {role.name}: a policy is not a full `p` line")
    return Policy(tuple(rules), tuple(groups), tuple(problems), scope=name)

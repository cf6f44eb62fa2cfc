"""May an AppProject be stored as it is? (behaviour.md section 9)."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from plumbline.core import errors, windows
from plumbline.core.model import Destination, Project, ProjectSpec
from plumbline.core.model.project import DestinationServiceAccount, ProjectRole

__all__ = ["check_project"]

_ROLE = re.compile(r"[a-zA-Z0-9]([-_a-zA-Z0-9]*[a-zA-Z0-9])?")
_RESOURCES: Final = frozenset(
    {"applications", "applicationsets", "repositories", "clusters", "logs", "exec"}
)
_ACTION = re.compile(
    r"get|create|update|delete|sync|rollback|override|invoke|\*|(action|update|delete)/\S*"
)
_KEY = re.compile(r"[0-9A-Fa-f]{16}|[0-9A-Fa-f]{40}")
_ACCOUNT_FORBIDDEN: Final = frozenset("!*[]{}\\/")
_GPG_MODES: Final = frozenset({"none", "head", "strict"})


def check_project(project: Project) -> None:
    """Refuse a project that breaks a rule of its own.

    Raises:
        errors.InvalidArgument: all problems in one text, joined by ``; ``.
    """
    spec = project.spec
    found = [
        *_sources(spec),
        *_destinations(spec),
        *_roles(project.metadata.name, spec.roles),
        *(p for account in spec.destination_service_accounts for p in _account(account)),
        *_keys(spec),
    ]
    found += _repeated(
        "destination service account of",
        [f"{a.server} {a.namespace}" for a in spec.destination_service_accounts],
    )
    try:
        windows.validate(spec.sync_windows)
    except errors.InvalidArgument as error:
        found.append(error.message)
    if found:
        raise errors.InvalidArgument("; ".join(found))


def _repeated(what: str, names: Iterable[str]) -> Iterator[str]:
    """Yield one message for each name that occurs more than once."""
    seen: set[str] = set()
    told: set[str] = set()
    for name in names:
        if name in seen and name not in told:
            told.add(name)
            yield f"{what} '{name}' is given twice"
        seen.add(name)


def _sources(spec: ProjectSpec) -> Iterator[str]:
    if "!*" in spec.source_repos:
        yield "source repository has an invalid format, '!*'"
    yield from _repeated("source repository", spec.source_repos)
    yield from _repeated("source namespace", spec.source_namespaces)
    for rule in spec.source_namespaces:
        if len(rule) > 2 and rule.startswith("/") and rule.endswith("/"):
            try:
                re.compile(rule[1:-1])
            except re.error:
                yield f"source namespace '{rule}' is no regular expression"


def _destinations(spec: ProjectSpec) -> Iterator[str]:
    for rule in spec.destinations:
        for field in ("server", "name", "namespace"):
            if getattr(rule, field) == "!*":
                yield f"{field} has an invalid format, '!*'"
        if not rule.server and not rule.name:
            yield f"destination of namespace '{rule.namespace}' names neither server nor name"
    yield from _repeated("destination", map(_destination, spec.destinations))


def _destination(rule: Destination) -> str:
    return "/".join(text for text in (rule.server, rule.name, rule.namespace) if text)


def _roles(project: str, roles: Iterable[ProjectRole]) -> Iterator[str]:
    roles = list(roles)
    yield from _repeated("role", [role.name for role in roles])
    for role in roles:
        if not _ROLE.fullmatch(role.name):
            yield (
                f"invalid role name '{role.name}': letters, digits, '-' and '_',"
                " the first and the last a letter or digit"
            )
            continue
        for policy in role.policies:
            problem = _policy(project, role.name, policy)
            if problem:
                yield f"invalid policy rule '{policy}': {problem}"
        yield from _repeated(f"policy of role {role.name}", role.policies)
        yield from _groups(role)


def _groups(role: ProjectRole) -> Iterator[str]:
    for group in role.groups:
        if not group.strip() or any(c in group for c in ",\n\r\t"):
            yield f"role {role.name} has a group that is empty or holds a comma or a line break"
    yield from _repeated(f"group of role {role.name}", role.groups)


def _policy(project: str, role: str, policy: str) -> str:
    """Return what is wrong with one policy line; empty if nothing is."""
    if any(c in policy for c in '\n\r"'):
        return "it holds a line break or a quotation mark"
    cells = [cell.strip() for cell in policy.split(",")]
    if len(cells) != 6 or cells[0] != "p":
        return "it must be 'p, subject, resource, action, object, effect'"
    _, subject, resource, action, target, effect = cells
    if subject != f"proj:{project}:{role}":
        return f"its subject must be 'proj:{project}:{role}', not '{subject}'"
    if resource not in _RESOURCES:
        return f"its resource must be one of {', '.join(sorted(_RESOURCES))}, not '{resource}'"
    if not _ACTION.fullmatch(action):
        return f"its action '{action}' is none of the resource's"
    if not target.startswith(f"{project}/") or not _object(target.removeprefix(f"{project}/")):
        return f"its object must be of the form '{project}/*' or '{project}/<name>'"
    if effect not in ("allow", "deny"):
        return f"its effect must be 'allow' or 'deny', not '{effect}'"
    return ""


def _object(name: str) -> bool:
    return bool(name) and not any(c.isspace() for c in name)


def _account(account: DestinationServiceAccount) -> Iterator[str]:
    name = account.default_service_account
    shown = f"destination service account '{name}'"
    if not name.strip():
        yield f"destination service account of '{account.server}' has no name"
    elif _ACCOUNT_FORBIDDEN & set(name):
        yield f"{shown} holds one of the characters {' '.join(sorted(_ACCOUNT_FORBIDDEN))}"
    elif name.count(":") > 1 or name.startswith(":") or name.endswith(":"):
        yield f"{shown} must be a name, or namespace:name"
    for field in ("server", "namespace"):
        if getattr(account, field).startswith("!"):
            yield f"{shown}: {field} must not begin with '!'"
    if not account.server:
        yield f"{shown} names no server"


def _keys(spec: ProjectSpec) -> Iterator[str]:
    for item in spec.signature_keys:
        if not _KEY.fullmatch(str(item.get("keyID", ""))):
            yield f"signature key '{item.get('keyID', '')}' is not a key id of 16 or 40 digits"
    git: Any = (spec.source_integrity or {}).get("git") or {}
    for policy in git.get("policies") or ():
        gpg = policy.get("gpg") or {}
        if gpg and gpg.get("mode") not in _GPG_MODES:
            yield f"source integrity: gpg mode '{gpg.get('mode')}' is none of none, head, strict"
        for key in gpg.get("keys") or ():
            if not _KEY.fullmatch(str(key)):
                yield f"source integrity: '{key}' is not a key id of 16 or 40 digits"

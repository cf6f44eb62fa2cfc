"""What a caller may do: the policy in force, the project's roles, the own account.

Asked by every service before it acts (behaviour.md section 14). An object that the caller may not
see and one that does not exist must look the same: :meth:`Permissions.visible` answers both alike.
"""

import datetime as dt
from typing import Final, TypeVar

from plumbline.api_server import present
from plumbline.api_server.control import Control
from plumbline.api_server.projects import Projects
from plumbline.api_server.sessions import Caller
from plumbline.core import errors, rbac

__all__ = ["Permissions", "hidden"]

T = TypeVar("T")

_OF_PROJECTS: Final = frozenset(
    {
        "applications",
        "applicationsets",
        "clusters",
        "exec",
        "logs",
        "repositories",
        "write-repositories",
    }
)
_OWN: Final = frozenset({"get", "update"})
_ROLE_NAMES: Final = ("role:", "proj:")


def hidden(kind: str, name: str, *, project: str = "") -> errors.PlumblineError:
    """Return the error for what is forbidden or absent; which of both is not told.

    Args:
        kind: plural and group, such as ``applications.argoproj.io``.
        name: as the caller gave it.
        project: as the caller gave it; whoever names one is told that nothing is there.
    """
    if project:
        return errors.NotFound(f'{kind} "{name}" not found')
    return errors.PermissionDenied("permission denied")


class Permissions:
    """Asks the policy in force, on behalf of the present caller if none is named."""

    def __init__(self, control: Control, projects: Projects) -> None:
        self._control = control
        self._projects = projects

    def allows(self, resource: str, action: str, target: str, *, who: Caller | None = None) -> bool:
        """Tell whether the caller may act.

        Args:
            resource: applications, projects, accounts ...
            action: get, sync, ``action/<group>/<kind>/<action>`` ...
            target: the object: ``<project>/[<namespace>/]<name>``, a name, an address.
            who: another caller than the present one.

        Raises:
            errors.Unauthenticated: there is no caller.
        """
        who = who or present.caller()
        if resource == "accounts" and who.account and target == who.account and action in _OWN:
            return True
        return self._control.rbac.enforcer.enforce(
            _subject(who),
            (resource, action, target),
            groups=who.groups,
            project=self._project(resource, target),
        )

    def require(
        self, resource: str, action: str, target: str, *, who: Caller | None = None
    ) -> None:
        """Refuse unless the caller may act.

        Raises:
            errors.PermissionDenied: with the contract's text (behaviour.md section 2).
            errors.Unauthenticated: there is no caller.
        """
        who = who or present.caller()
        if not self.allows(resource, action, target, who=who):
            text = f"permission denied: {resource}, {action}, {target}"
            if who.subject:
                text += f", sub: {who.subject}"
            if who.issued_at:
                issued = dt.datetime.fromtimestamp(who.issued_at, tz=dt.UTC)
                text += f", iat: {issued:%Y-%m-%dT%H:%M:%SZ}"
            raise errors.PermissionDenied(text)

    def allows_part(self, verb: str, application: str, part: tuple[str, str, str, str]) -> bool:
        """Tell whether the caller may update or delete one resource of an application.

        Args:
            verb: ``update`` or ``delete``.
            application: ``<project>/[<namespace>/]<name>``.
            part: group, kind, namespace and name of the resource.
        """
        whole = self._control.installation.fine_grained_inheritance
        if whole and self.allows("applications", verb, application):
            return True
        return self.allows("applications", f"{verb}/{'/'.join(part)}", application)

    def visible(
        self,
        found: T | None,
        resource: str,
        target: str,
        absent: errors.PlumblineError,
    ) -> T:
        """Return what was found if the caller may get it; else raise, alike for both reasons.

        The policy is asked in both cases, so that the time tells nothing either.

        Args:
            found: the object, or ``None``.
            resource: such as ``applications``.
            target: the object's name in policies; for an absent one, as it would be.
            absent: the error, from :func:`hidden`.
        """
        allowed = self.allows(resource, "get", target)
        if found is None or not allowed:
            raise absent
        return found

    def _project(self, resource: str, target: str) -> rbac.Policy | None:
        if resource in _OF_PROJECTS:
            return self._projects.policy(target.partition("/")[0])
        return self._projects.policy(target) if resource == "projects" else None


def _subject(who: Caller) -> str:
    """Return the name that policies may name.

    An identity provider's user called like the admin account, a role or a project's token is not
    one of them; such a user has only what the groups give.
    """
    foreign = who.kind == "sso"
    if foreign and (who.subject == "admin" or who.subject.startswith(_ROLE_NAMES)):
        return ""
    return who.subject

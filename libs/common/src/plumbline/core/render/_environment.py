"""The build environment: ``$ARGOCD_APP_NAME`` and its like in parameters (config.md, section 14).

A parameter that names the revision makes the render depend on the commit itself; the environment
notices, so that only such renders do.
"""

import dataclasses
import re
from typing import Final

from plumbline.core.render import _source

__all__ = ["Context", "Environment"]

_SPECIAL: Final = frozenset("*#$@!?-0123456789")
_NAME: Final = re.compile(r"[A-Za-z0-9_]+")
_REVISION: Final = "ARGOCD_APP_REVISION"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Context:
    """For whom a source is rendered; what a tool does not use does not enter its key."""

    app_name: str = ""
    """The application's instance name (``ns_name`` outside the control plane's namespace)."""
    app_namespace: str = ""
    """The destination namespace."""
    project: str = ""
    revision: str = ""
    """The resolved commit."""
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()


class Environment:
    """The variables of one source."""

    def __init__(self, context: Context, source: _source.Source) -> None:
        self.context = context
        self._variables = {
            "ARGOCD_APP_NAME": context.app_name,
            "ARGOCD_APP_NAMESPACE": context.app_namespace,
            "ARGOCD_APP_PROJECT_NAME": context.project,
            _REVISION: context.revision,
            f"{_REVISION}_SHORT": context.revision[:7],
            f"{_REVISION}_SHORT_8": context.revision[:8],
            "ARGOCD_APP_SOURCE_REPO_URL": source.repo_url,
            "ARGOCD_APP_SOURCE_PATH": source.path,
            "ARGOCD_APP_SOURCE_TARGET_REVISION": source.target_revision,
        }
        self.uses_revision = False
        """Whether a substituted text named the commit."""

    def knows(self, name: str) -> bool:
        """Tell whether a variable is one of ours."""
        return name in self._variables

    def substitute(self, text: str) -> str:
        """Return the text with ``$VAR`` and ``${VAR}`` replaced, ``$$`` as ``$``.

        Unknown variables become empty, a dollar before anything else stays, as Go's os.Expand has
        it, whose rules users' files depend on.
        """
        if "$" not in text:
            return text
        parts: list[str] = []
        position = 0
        closed = text.rfind("}")
        while True:
            dollar = text.find("$", position)
            if dollar < 0 or dollar == len(text) - 1:
                parts.append(text[position:])
                return "".join(parts)
            parts.append(text[position:dollar])
            name, width = _name(text, dollar + 1, closed)
            if name:
                parts.append(self._value(name))
            elif not width:
                parts.append("$")
            position = dollar + 1 + width

    def _value(self, name: str) -> str:
        if name == "$":
            return "$"
        if name.startswith(_REVISION) and name in self._variables:
            self.uses_revision = True
        return self._variables.get(name, "")


def _name(text: str, start: int, closed: int) -> tuple[str, int]:
    """Return a variable's name and its width in the text; an empty name with a width is eaten.

    Args:
        text: where the variable stands.
        start: what follows the dollar.
        closed: the last closing brace, so that a text of opening ones is not searched again.
    """
    if text[start] == "{":
        if closed < start:
            return "", 1
        end = text.find("}", start)
        return text[start + 1 : end], end + 1 - start
    if text[start] in _SPECIAL:
        return text[start], 1
    found = _NAME.match(text, start)
    return (found[0], len(found[0])) if found else ("", 0)

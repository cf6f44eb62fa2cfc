"""What an operator says about tools in argocd-cm (config.md, section 1), as one value.

Read by the controller, sent with each request, obeyed by the repo-server.
"""

import dataclasses
from collections.abc import Mapping
from typing import Final

from plumbline.core import errors
from plumbline.core.render import _plan

__all__ = ["ToolSettings", "read_tool_settings"]

_OPTIONS: Final = "kustomize.buildOptions"
_PATH: Final = ("kustomize.path.", "kustomize.version.")
_SWITCHES: Final = (
    ("kustomize.enable", "Kustomize"),
    ("helm.enable", "Helm"),
    ("jsonnet.enable", "Jsonnet"),
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class ToolSettings:
    """Tools that are off, options of kustomize, and its other versions."""

    disabled: frozenset[str] = frozenset()
    """Of "Helm", "Kustomize", "Jsonnet"."""
    build_options: str = ""
    versions: tuple[tuple[str, str], ...] = ()
    """Paths of kustomize binaries by version."""
    version_options: tuple[tuple[str, str], ...] = ()

    def options_of(self, version: str) -> str:
        """Return the build options of a version."""
        return dict(self.version_options).get(version, self.build_options)

    def planning(self, limits: _plan.Settings) -> _plan.Settings:
        """Return the settings of planning under the server's own limits."""
        enabled = {kind for kind in limits.enabled if kind.value not in self.disabled}
        return dataclasses.replace(
            limits,
            enabled=frozenset(enabled),
            jsonnet=limits.jsonnet and "Jsonnet" not in self.disabled,
        )


def read_tool_settings(data: Mapping[str, str]) -> ToolSettings:
    """Return what argocd-cm says about tools.

    Raises:
        errors.InvalidArgument: a version with two paths.
    """
    versions: dict[str, str] = {}
    for prefix in _PATH:
        for key in sorted(data):
            name = key.removeprefix(prefix)
            if name == key or not name:
                continue
            if name in versions:
                raise errors.InvalidArgument(f"kustomize version {name!r} has two paths")
            versions[name] = data[key].strip()
    options = {
        key.removeprefix(f"{_OPTIONS}."): text.strip()
        for key, text in data.items()
        if key.startswith(f"{_OPTIONS}.")
    }
    return ToolSettings(
        disabled=frozenset(kind for key, kind in _SWITCHES if data.get(key, "true") == "false"),
        build_options=data.get(_OPTIONS, "").strip(),
        versions=tuple(sorted(versions.items())),
        version_options=tuple(sorted(options.items())),
    )

"""Write docs/configuration.md from the services' settings: `make docs`; `--check` compares."""

import sys
from pathlib import Path

from plumbline.api_server.settings import Settings as ApiServer
from plumbline.app_controller.settings import Settings as AppController
from plumbline.core import settings as control
from plumbline.repo_server.plugin.settings import Settings as PluginSidecar
from plumbline.repo_server.settings import Settings as RepoServer
from plumbline.runtime import settings

OUTPUT = Path(__file__).resolve().parents[1] / "docs/configuration.md"
SERVICES = (
    ("api-server", ApiServer),
    ("repo-server", RepoServer),
    ("app-controller", AppController),
    ("plugin sidecar", PluginSidecar),
)
HEAD = """# Configuration

Made by `make docs` from the code; do not edit.

Three places: flags and environment variables of each service (read once, at start), the
ConfigMaps and Secrets of the control plane (watched, in force within a second), and the custom
resources. A flag wins over a variable, a variable over the default. An unknown flag is an error; a
value that cannot be read is an error that names it; an unknown key of `argocd-cm` is one warning.
"""


def table(title: str, cls: type) -> str:
    """Return the table of one service's settings."""
    lines = [f"\n## {title}\n", "| flag | variables | default | meaning |", "|---|---|---|---|"]
    for flag, variables, default, help_text in settings.describe(cls):
        names = " ".join(f"`{name}`" for name in variables.split(", ") if name)
        cells = (f"`{flag}`" if flag else "", names, f"`{default}`" if default else "", help_text)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def text() -> str:
    """Return the whole page."""
    parts = [HEAD, *(table(title, cls) for title, cls in SERVICES)]
    parts.append(
        "\n## argocd-cm\n\nThe keys of the contract are known; the controller acts by"
        " `application.resourceTrackingMethod`, `application.instanceLabelKey`, `installationID`,"
        " `resource.exclusions`, `resource.inclusions`, `resource.compareoptions`,"
        " `resource.customizations` (its `ignoreDifferences`),"
        " `resource.customizations.ignoreDifferences.*`, `cluster.inClusterEnabled`,"
        " `timeout.reconciliation` and `kustomize.buildOptions`.\n\nAll known keys: "
        + ", ".join(f"`{key}`" for key in sorted(control.KNOWN_KEYS))
        + "; families: "
        + ", ".join(f"`{prefix}*`" for prefix in control.KNOWN_PREFIXES)
        + ".\n"
    )
    return "".join(parts)


def main() -> int:
    """Write or check."""
    made = text()
    if "--check" in sys.argv:
        if OUTPUT.read_text() != made:
            sys.stderr.write("docs/configuration.md is not current: run make docs\n")
            return 1
        return 0
    OUTPUT.write_text(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())

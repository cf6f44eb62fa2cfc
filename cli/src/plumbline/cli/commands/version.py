"""``plumb version``."""

import importlib.metadata
import platform
from typing import Any

from plumbline.cli import printing
from plumbline.cli.command import command
from plumbline.cli.flags import Flag, Flags
from plumbline.cli.options import KUBERNETES, output
from plumbline.cli.state import State

__all__ = ["version"]

_Tree = dict[str, Any]


@command(
    "version",
    options=[
        Flag("client", "bool", "the client's only; no server is asked"),
        Flag("short", "bool", "the numbers only"),
        output("wide", "json", "yaml", "short"),
        *KUBERNETES,
    ],
)
def version(state: State, flags: Flags) -> None:
    """Print version information."""
    for flag in KUBERNETES:
        if flags.given(flag.flag):
            state.set_option(flag.flag, flags.text(flag.flag))
    found: _Tree = {"client": _client()}
    if not flags.on("client"):
        found["server"] = state.connect().call("version.VersionService/Version")
    form = flags.text("output")
    if form in ("json", "yaml"):
        print(printing.structured(found, form))
        return
    short = flags.on("short") or form == "short"
    print(_lines("plumb", found["client"], short=short))
    if "server" in found:
        print(_lines("argocd-server", found["server"], short=short))


def _client() -> _Tree:
    return {
        "Version": f"v{importlib.metadata.version('plumbline-cli')}",
        "Platform": f"{platform.system().lower()}/{platform.machine()}",
        "PythonVersion": platform.python_version(),
    }


def _lines(name: str, found: _Tree, *, short: bool) -> str:
    head = f"{name}: {found.get('Version', '')}"
    if short:
        return head
    rest = [f"  {key}: {value}" for key, value in found.items() if key != "Version" and value]
    return "\n".join([head, *rest])

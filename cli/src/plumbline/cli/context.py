"""The client's local configuration, in the file and form that users have (config.md section 16).

``$ARGOCD_CONFIG_DIR/config``, else ``$XDG_CONFIG_HOME/argocd/config``, else
``~/.config/argocd/config``. Written for the owner only: it holds tokens.
"""

import dataclasses
import os
import pathlib
from collections.abc import Mapping
from typing import Any

import yaml

from plumbline.core import errors
from plumbline.core.secret import Secret

__all__ = ["Server", "default_path", "forget", "load", "save"]


@dataclasses.dataclass(frozen=True)
class Server:
    """Where the api-server is and how it is trusted."""

    address: str
    insecure: bool = False
    plaintext: bool = False
    token: Secret = dataclasses.field(default_factory=lambda: Secret(""))


def default_path(environ: Mapping[str, str]) -> pathlib.Path:
    """Return the configuration file in force."""
    folder = environ.get("ARGOCD_CONFIG_DIR")
    if folder:
        return pathlib.Path(folder) / "config"
    base = environ.get("XDG_CONFIG_HOME") or str(pathlib.Path.home() / ".config")
    return pathlib.Path(base) / "argocd/config"


def _read(path: pathlib.Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        tree = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        raise errors.InvalidArgument(f"{path}: not YAML: {error}") from error
    return tree if isinstance(tree, dict) else {}


def _named(items: Any, name: str) -> dict[str, Any]:
    listed = items if isinstance(items, list) else []
    return next((i for i in listed if isinstance(i, dict) and i.get("name") == name), {})


def load(path: pathlib.Path, context: str = "") -> Server | None:
    """Return the server of the current (or a named) context, if there is one."""
    tree = _read(path)
    chosen = _named(tree.get("contexts"), context or str(tree.get("current-context", "")))
    address = str(chosen.get("server", ""))
    if not address:
        return None
    listed = [s for s in tree.get("servers") or [] if isinstance(s, dict)]
    server = next((s for s in listed if s.get("server") == address), {})
    user = _named(tree.get("users"), str(chosen.get("user", "")))
    return Server(
        address,
        insecure=bool(server.get("insecure")),
        plaintext=bool(server.get("plain-text")),
        token=Secret(str(user.get("auth-token", ""))),
    )


def save(path: pathlib.Path, server: Server) -> None:
    """Make a server the current context; what else the file holds is kept."""
    tree = _read(path)
    name = server.address
    entries: dict[str, tuple[str, dict[str, Any]]] = {
        "contexts": ("name", {"name": name, "server": name, "user": name}),
        "servers": (
            "server",
            {"server": name, "insecure": server.insecure, "plain-text": server.plaintext},
        ),
        "users": ("name", {"name": name, "auth-token": server.token.reveal()}),
    }
    for section, (key, entry) in entries.items():
        others = [i for i in tree.get(section) or [] if i.get(key) != name]
        tree[section] = [*others, entry]
    tree["current-context"] = name
    _write(path, tree)


def forget(path: pathlib.Path, address: str) -> None:
    """Drop the token of a server."""
    tree = _read(path)
    for user in tree.get("users") or []:
        if user.get("name") == address:
            user.pop("auth-token", None)
    _write(path, tree)


def _write(path: pathlib.Path, tree: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.touch(mode=0o600)
    temporary.write_text(yaml.safe_dump(tree, sort_keys=False))
    temporary.replace(path)

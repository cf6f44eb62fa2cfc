"""The client's local configuration, in the file and form that users have (config.md section 16).

``$ARGOCD_CONFIG_DIR/config``, else ``$XDG_CONFIG_HOME/argocd/config``, else
``~/.config/argocd/config``; ``~/.argocd/config`` where only that one exists. The file is shared
with an existing ``argocd``: what this client does not know is kept as it stands. It holds tokens,
so it is written for the owner only, and a file that others can read is refused.
"""

import base64
import dataclasses
import os
import pathlib
import stat
import tempfile
from collections.abc import Mapping
from typing import Any, Final, Self

import yaml

from plumbline.core import errors
from plumbline.core.secret import Secret

__all__ = ["ConfigFile", "Context", "Server", "default_path"]

_DATA: Final = {
    "authority": "certificate-authority-data",
    "certificate": "client-certificate-data",
}
_KEY_DATA: Final = "client-certificate-key-data"


@dataclasses.dataclass(frozen=True)
class Server:
    """Where the api-server is, how it is trusted and how it is spoken to."""

    address: str
    insecure: bool = False
    plaintext: bool = False
    token: Secret = dataclasses.field(default_factory=lambda: Secret(""))
    grpc_web: bool = False
    root_path: str = ""
    """Below which path gRPC-Web is served."""
    authority: bytes = b""
    """PEM of what to trust; by default the system's authorities."""
    certificate: bytes = b""
    key: Secret = dataclasses.field(default_factory=lambda: Secret(""))
    headers: tuple[str, ...] = ()
    max_message: int = 200 * 1024 * 1024
    """Bytes of the largest answer that is taken."""
    connect_retries: int = 0


@dataclasses.dataclass(frozen=True)
class Context:
    """A name for a server and a user."""

    name: str
    server: str
    user: str


def default_path(environ: Mapping[str, str]) -> pathlib.Path:
    """Return the configuration file in force."""
    folder = environ.get("ARGOCD_CONFIG_DIR")
    if folder:
        return pathlib.Path(folder) / "config"
    home = pathlib.Path(environ.get("HOME") or pathlib.Path.home())
    base = environ.get("XDG_CONFIG_HOME")
    path = (pathlib.Path(base) if base else home / ".config") / "argocd/config"
    legacy = home / ".argocd/config"
    return legacy if legacy.exists() and not path.exists() else path


class ConfigFile:
    """The file's content, read once; every change is written at once."""

    def __init__(self, path: pathlib.Path, tree: dict[str, Any]) -> None:
        """Keep a tree that was read from a file; use :meth:`read`."""
        self.path = path
        self._tree = tree

    @classmethod
    def read(cls, path: pathlib.Path) -> Self:
        """Read the file; one that does not exist is empty.

        Raises:
            errors.InvalidArgument: it is not what a client writes.
            errors.PermissionDenied: others than the owner can read it.
        """
        try:
            mode = path.stat().st_mode
            text = path.read_text()
        except FileNotFoundError:
            return cls(path, {})
        except (OSError, UnicodeDecodeError) as error:
            raise errors.InvalidArgument(f"{path}: cannot be read: {error}") from error
        if stat.S_IMODE(mode) & 0o077:
            raise errors.PermissionDenied(
                f"{path}: others can read this file of tokens; run `chmod 600 {path}`"
            )
        try:
            tree = yaml.load(text, Loader=yaml.CSafeLoader)
        except yaml.YAMLError as error:
            # The text of the error quotes the file, which holds tokens.
            raise errors.InvalidArgument(f"{path}: not YAML") from error
        if tree is not None and not isinstance(tree, dict):
            raise errors.InvalidArgument(f"{path}: not a configuration of this client")
        return cls(path, tree or {})

    @property
    def current(self) -> str:
        """The name of the current context; empty if there is none."""
        return str(self._tree.get("current-context") or "")

    @property
    def prompts_enabled(self) -> bool:
        """Whether optional questions are asked."""
        return bool(self._tree.get("prompts-enabled"))

    @property
    def contexts(self) -> list[Context]:
        """All contexts, in the file's order."""
        return [
            Context(str(c.get("name", "")), str(c.get("server", "")), str(c.get("user", "")))
            for c in self._entries("contexts")
        ]

    def context(self, name: str = "") -> Context | None:
        """Return a context by its name, or the current one.

        Raises:
            errors.NotFound: there is none of that name.
        """
        wanted = name or self.current
        found = next((c for c in self.contexts if c.name == wanted), None)
        if found is None and name:
            raise errors.NotFound(f"Context '{name}' undefined")
        return found

    def server(self, name: str = "", address: str = "") -> Server | None:
        """Return the server of a context, or of an address that may have one.

        Raises:
            errors.NotFound: there is no context of that name.
        """
        context = self.context(name)
        if address and (context is None or context.server != address):
            others = [c for c in self.contexts if c.server == address]
            if name or not others:
                return self._server(address, "")
            context = others[0]
        return self._server(context.server, context.user) if context else None

    def _server(self, address: str, user: str) -> Server:
        entry = self._entry("servers", "server", address)
        token = self._entry("users", "name", user).get("auth-token") if user else ""
        return Server(
            address,
            insecure=bool(entry.get("insecure")),
            plaintext=bool(entry.get("plain-text")),
            token=Secret(str(token or "")),
            grpc_web=bool(entry.get("grpc-web")),
            root_path=str(entry.get("grpc-web-root-path") or ""),
            key=Secret(_decoded(entry, _KEY_DATA).decode()),
            authority=_decoded(entry, _DATA["authority"]),
            certificate=_decoded(entry, _DATA["certificate"]),
        )

    def save(self, name: str, server: Server, *, user: str = "") -> None:
        """Make a context of a server and its token, and make it the current one."""
        user = user or name
        self._put("contexts", "name", {"name": name, "server": server.address, "user": user})
        entry: dict[str, Any] = {
            "server": server.address,
            "insecure": server.insecure or None,
            "plain-text": server.plaintext or None,
            "grpc-web": server.grpc_web or None,
            "grpc-web-root-path": server.root_path,
        }
        for field, key in _DATA.items():
            data = getattr(server, field)
            entry[key] = base64.b64encode(data).decode() if data else None
        key_text = server.key.reveal()
        entry[_KEY_DATA] = base64.b64encode(key_text.encode()).decode() if key_text else None
        self._put("servers", "server", entry)
        self._put("users", "name", {"name": user, "auth-token": server.token.reveal()})
        self._tree["current-context"] = name
        self._write()

    def set_token(self, user: str, token: Secret) -> None:
        """Replace a user's token; what belongs to an older login goes away."""
        entry = {"name": user, "auth-token": token.reveal() or None, "refresh-token": None}
        self._put("users", "name", entry)
        self._write()

    def switch(self, name: str) -> None:
        """Make a context the current one.

        Raises:
            errors.NotFound: there is none of that name.
        """
        if self.context(name) is not None:
            self._tree["current-context"] = name
            self._write()

    def delete(self, name: str) -> None:
        """Remove a context, and its server and user where no other context has them.

        Raises:
            errors.NotFound: there is none of that name.
        """
        gone = self.context(name)
        if gone is None:
            return
        self._drop("contexts", "name", name)
        if all(c.server != gone.server for c in self.contexts):
            self._drop("servers", "server", gone.server)
        if all(c.user != gone.user for c in self.contexts):
            self._drop("users", "name", gone.user)
        if self.current == name:
            self._tree["current-context"] = ""
        self._write()

    def set_prompts(self, *, enabled: bool) -> None:
        """Turn optional questions on or off."""
        self._tree["prompts-enabled"] = enabled
        self._write()

    def _entries(self, section: str) -> list[dict[str, Any]]:
        items = self._tree.get(section)
        return [i for i in items if isinstance(i, dict)] if isinstance(items, list) else []

    def _entry(self, section: str, key: str, value: str) -> dict[str, Any]:
        return next((i for i in self._entries(section) if i.get(key) == value), {})

    def _put(self, section: str, key: str, entry: dict[str, Any]) -> None:
        """Merge into the entry of that key; ``None`` removes a member."""
        found = self._entry(section, key, entry[key])
        if not found:
            self._tree[section] = [*self._entries(section), found]
        found.update(entry)
        for name in [n for n, value in entry.items() if value is None]:
            del found[name]

    def _drop(self, section: str, key: str, value: str) -> None:
        self._tree[section] = [i for i in self._entries(section) if i.get(key) != value]

    def _write(self) -> None:
        """Replace the file as a whole, so that a reader sees the old or the new one."""
        path = self.path.resolve()  # a link stays a link
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w") as file:
                yaml.dump(self._tree, file, Dumper=yaml.CSafeDumper)
                file.flush()
                os.fsync(file.fileno())
            pathlib.Path(temporary).replace(path)
        except BaseException:
            pathlib.Path(temporary).unlink(missing_ok=True)
            raise


def _decoded(entry: Mapping[str, Any], key: str) -> bytes:
    try:
        return base64.b64decode(str(entry.get(key) or ""), validate=True)
    except ValueError as error:
        raise errors.InvalidArgument(f"the configuration's {key} is not base64") from error

"""The ConfigManagementPlugin file of a sidecar (config.md, section 15)."""

import re
from pathlib import Path
from typing import Any, Final

import msgspec

from plumbline.core import errors, manifests

__all__ = ["Announcement", "Discover", "Find", "Plugin", "Run", "Spec", "read"]

_MAX_FILE: Final = 1024 * 1024
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_KIND: Final = ("argoproj.io/v1alpha1", "ConfigManagementPlugin")


class _Strict(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """An unknown field is a slip, never ignored."""


class Run(_Strict, frozen=True):
    """A command with its arguments; no shell unless it names one."""

    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()

    @property
    def argv(self) -> tuple[str, ...]:
        """Return the whole command line."""
        return (*self.command, *self.args)


class Find(Run, frozen=True):
    """A glob, or a command that writes something where the source is the plugin's."""

    glob: str = ""


class Discover(_Strict, frozen=True):
    """How the plugin knows its sources; the first field that is set counts."""

    file_name: str = ""
    find: Find = Find()

    def __bool__(self) -> bool:
        return bool(self.file_name or self.find.glob or self.find.command)


class Announcement(_Strict, frozen=True):
    """One parameter that the plugin can be given."""

    name: str
    title: str = ""
    tooltip: str = ""
    required: bool = False
    item_type: str = ""
    collection_type: str = ""
    string: str = ""
    array: tuple[str, ...] = ()
    map: dict[str, str] = {}


class Parameters(_Strict, frozen=True):
    """What can be given: written down, or told by a command."""

    static: tuple[Announcement, ...] = ()
    dynamic: Run = Run()


class Spec(_Strict, frozen=True):
    """spec."""

    version: str = ""
    init: Run = Run()
    generate: Run = Run()
    discover: Discover = Discover()
    parameters: Parameters = Parameters()
    preserve_file_mode: bool = False
    provide_git_creds: bool = False
    lock_repo: bool = False
    """Of no effect: each render has a copy of its own."""


class Metadata(msgspec.Struct, frozen=True):
    """metadata; labels and annotations are not looked at."""

    name: str


class Plugin(_Strict, frozen=True):
    """The file."""

    api_version: str
    kind: str
    metadata: Metadata
    spec: Spec

    @property
    def name(self) -> str:
        """Return what applications call it, and its socket."""
        version = self.spec.version
        return f"{self.metadata.name}-{version}" if version else self.metadata.name


def read(path: Path) -> Plugin:
    """Read the file.

    Raises:
        errors.InvalidArgument: it cannot be read, or a field in it; the message names it.
        errors.Unimplemented: it asks for credentials.
    """
    try:
        if path.stat().st_size > _MAX_FILE:
            raise errors.InvalidArgument(f"{path}: larger than {_MAX_FILE} bytes")
        tree: Any = manifests.parse_yaml(path.read_text(encoding="utf-8"))
        plugin = msgspec.convert(tree, Plugin)
    except (OSError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise errors.InvalidArgument(f"{path}: {error}") from error
    if (plugin.api_version, plugin.kind) != _KIND:
        raise errors.InvalidArgument(f"{path}: not a {_KIND[1]} of {_KIND[0]}")
    if not _NAME.fullmatch(plugin.name):
        raise errors.InvalidArgument(f"{path}: name or version {plugin.name[:80]!r} is not a name")
    if not plugin.spec.generate.command:
        raise errors.InvalidArgument(f"{path}: spec.generate.command is missing")
    if plugin.spec.provide_git_creds:
        raise errors.Unimplemented(
            f"{path}: provideGitCreds: no plugin is given the credential of a repository"
        )
    return plugin

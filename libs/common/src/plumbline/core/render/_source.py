"""An ApplicationSource as the repo-server reads it, and the refusal of what is not built yet.

A field that this version cannot honour is an error that names it, never ignored: an ignored field
would render something else than the user asked for.
"""

import enum
from typing import Any, Final

import msgspec

from plumbline.core import errors

__all__ = ["DirectoryOptions", "Source", "SourceType", "decode_source", "explicit_type", "refuse"]


class SourceType(enum.Enum):
    """The types of the contract (behaviour.md, section 12)."""

    DIRECTORY = "Directory"
    HELM = "Helm"
    KUSTOMIZE = "Kustomize"
    PLUGIN = "Plugin"


class DirectoryOptions(msgspec.Struct, frozen=True, kw_only=True):
    """spec.source.directory."""

    recurse: bool = False
    include: str = ""
    exclude: str = ""
    jsonnet: dict[str, Any] = {}


class Source(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One source."""

    repo_url: str = msgspec.field(default="", name="repoURL")
    path: str = ""
    target_revision: str = ""
    chart: str = ""
    ref: str = ""
    name: str = ""
    helm: dict[str, Any] | None = None
    kustomize: dict[str, Any] | None = None
    directory: DirectoryOptions | None = None
    plugin: dict[str, Any] | None = None


_EXPLICIT: Final = (
    ("kustomize", SourceType.KUSTOMIZE),
    ("helm", SourceType.HELM),
    ("directory", SourceType.DIRECTORY),
    ("plugin", SourceType.PLUGIN),
)


def decode_source(document: Any) -> Source:
    """Read a source from its JSON bytes or tree.

    Raises:
        errors.InvalidArgument: a field has the wrong type; the message names it.
    """
    try:
        if isinstance(document, bytes):
            return msgspec.json.decode(document, type=Source)
        return msgspec.convert(document, Source)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise errors.InvalidArgument(f"source cannot be read: {error}") from error


def explicit_type(source: Source) -> SourceType | None:
    """Return the type that a source names itself.

    Raises:
        errors.InvalidArgument: it names more than one.
    """
    named = [kind for field, kind in _EXPLICIT if getattr(source, field) is not None]
    if len(named) > 1:
        names = ",".join(kind.value for kind in named)
        raise errors.InvalidArgument(f"multiple application sources defined: {names}")
    return named[0] if named else None


def refuse(source: Source, kind: SourceType) -> None:
    """Refuse what this version cannot render.

    Raises:
        errors.Unimplemented: naming the type or the fields.
    """
    if source.chart:
        raise errors.Unimplemented("charts from a Helm repository (chart) are not supported yet")
    if kind is SourceType.HELM:
        raise errors.Unimplemented("source type Helm is not supported yet")
    if kind is SourceType.PLUGIN:
        raise errors.Unimplemented("source type Plugin is not supported yet")
    if kind is SourceType.KUSTOMIZE:
        used = sorted(name for name, value in (source.kustomize or {}).items() if value)
        if used:
            names = ", ".join(f"kustomize.{name}" for name in used)
            raise errors.Unimplemented(f"{names} not supported yet; write it in kustomization.yaml")
    if source.directory is not None and any(source.directory.jsonnet.values()):
        raise errors.Unimplemented("directory.jsonnet is not supported yet")

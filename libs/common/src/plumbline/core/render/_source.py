"""An ApplicationSource as the repo-server reads it, and the refusal of what is not built yet.

A field that this version cannot honour is an error that names it, never ignored: an ignored field
would render something else than the user asked for.
"""

import enum
from typing import Any, Final

import msgspec

from plumbline.core import errors

__all__ = [
    "DirectoryOptions",
    "HelmOptions",
    "JsonnetOptions",
    "JsonnetVariable",
    "KustomizeOptions",
    "Source",
    "SourceType",
    "check_names",
    "decode_source",
    "explicit_type",
    "refuse",
]


class SourceType(enum.Enum):
    """The types of the contract (behaviour.md, section 12)."""

    DIRECTORY = "Directory"
    HELM = "Helm"
    KUSTOMIZE = "Kustomize"
    PLUGIN = "Plugin"


class _Options(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Lower-camel JSON names."""


class JsonnetVariable(_Options, frozen=True):
    """An external variable or top-level argument; ``code`` is evaluated."""

    name: str = ""
    value: str = ""
    code: bool = False


class JsonnetOptions(_Options, frozen=True):
    """spec.source.directory.jsonnet."""

    ext_vars: tuple[JsonnetVariable, ...] = ()
    tlas: tuple[JsonnetVariable, ...] = ()
    libs: tuple[str, ...] = ()


class DirectoryOptions(_Options, frozen=True):
    """spec.source.directory."""

    recurse: bool = False
    include: str = ""
    exclude: str = ""
    jsonnet: JsonnetOptions = JsonnetOptions()
    disable_extension_filter: bool = False


class HelmParameter(_Options, frozen=True):
    """One ``--set`` or ``--set-string``."""

    name: str = ""
    value: str = ""
    force_string: bool = False


class HelmFileParameter(_Options, frozen=True):
    """One ``--set-file``."""

    name: str = ""
    path: str = ""


class HelmOptions(_Options, frozen=True):
    """spec.source.helm."""

    value_files: tuple[str, ...] = ()
    parameters: tuple[HelmParameter, ...] = ()
    file_parameters: tuple[HelmFileParameter, ...] = ()
    release_name: str = ""
    values: str = ""
    values_object: dict[str, Any] | None = None
    version: str = ""
    pass_credentials: bool = False
    ignore_missing_value_files: bool = False
    skip_crds: bool = False
    skip_schema_validation: bool = False
    skip_tests: bool = False
    namespace: str = ""
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()


class KustomizeReplicas(_Options, frozen=True):
    """One entry of ``replicas``."""

    name: str = ""
    count: int | str = 0


class KustomizeOptions(_Options, frozen=True):
    """spec.source.kustomize."""

    name_prefix: str = ""
    name_suffix: str = ""
    images: tuple[str, ...] = ()
    replicas: tuple[KustomizeReplicas, ...] = ()
    namespace: str = ""
    common_labels: dict[str, str] = {}
    common_annotations: dict[str, str] = {}
    common_annotations_envsubst: bool = False
    force_common_labels: bool = False
    force_common_annotations: bool = False
    label_without_selector: bool = False
    label_include_templates: bool = False
    patches: tuple[dict[str, Any], ...] = ()
    components: tuple[str, ...] = ()
    ignore_missing_components: bool = False
    version: str = ""
    kube_version: str = ""
    """Of use to Helm inflation only, like ``api_versions``."""
    api_versions: tuple[str, ...] = ()


class Source(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One source."""

    repo_url: str = msgspec.field(default="", name="repoURL")
    path: str = ""
    target_revision: str = ""
    chart: str = ""
    ref: str = ""
    name: str = ""
    tag_prefix: str = ""
    helm: HelmOptions | None = None
    kustomize: KustomizeOptions | None = None
    directory: DirectoryOptions | None = None
    plugin: dict[str, Any] | None = None


_EXPLICIT: Final = (
    ("kustomize", SourceType.KUSTOMIZE),
    ("helm", SourceType.HELM),
    ("directory", SourceType.DIRECTORY),
    ("plugin", SourceType.PLUGIN),
)
_NAME_CHARACTERS: Final = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
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


def check_names(refs: list[str], names: list[str]) -> None:
    """Check the refs and names of an application's sources (behaviour.md, section 12).

    Args:
        refs: ``ref`` of each source, empty where there is none.
        names: ``name`` of each source, empty where there is none.

    Raises:
        errors.InvalidArgument: one that is used twice, or a ref with a character that is not
            alphanumeric, ``-`` or ``_``.
    """
    for kind, values in (("ref", refs), ("name", names)):
        given = [value for value in values if value]
        twice = next((value for value in given if given.count(value) > 1), None)
        if twice is not None:
            raise errors.InvalidArgument(f"source {kind} {twice!r} is used more than once")
    for ref in refs:
        if not _NAME_CHARACTERS.issuperset(ref):
            raise errors.InvalidArgument(
                f"source ref {ref!r} may only hold letters, digits, '-' and '_'"
            )


def refuse(source: Source, kind: SourceType) -> None:
    """Refuse what this version cannot render.

    Raises:
        errors.InvalidArgument: a chart with the options of another tool.
        errors.Unimplemented: naming the type or the fields.
    """
    if source.chart and kind is not SourceType.HELM:
        raise errors.InvalidArgument(
            f"chart {source.chart[:200]!r} cannot be rendered as {kind.value}: a chart is Helm's"
        )
    if kind is SourceType.PLUGIN:
        raise errors.Unimplemented("source type Plugin is not supported yet")

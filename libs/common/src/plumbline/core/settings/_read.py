"""Read argocd-cm (config.md section 1), key by key."""

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import Any, Final

from plumbline.core import diff, errors, manifests, model, pattern, project, render, tracking
from plumbline.core.settings import _keys
from plumbline.core.settings._filters import ResourceFilter, parse_filters

__all__ = ["Settings", "read"]

_IGNORE: Final = "resource.customizations.ignoreDifferences."
_STATUS: Final = {
    "crd": diff.IgnoreStatus.CRD,
    "none": diff.IgnoreStatus.NONE,
    "off": diff.IgnoreStatus.NONE,
    "false": diff.IgnoreStatus.NONE,
}


@dataclasses.dataclass(frozen=True)
class Settings:
    """What argocd-cm says, as far as the controller acts by it."""

    marks: tracking.Tracking = dataclasses.field(default_factory=tracking.Tracking)
    filter: ResourceFilter = dataclasses.field(default_factory=ResourceFilter)
    ignore: tuple[model.IgnoreDifference, ...] = ()
    """ignoreDifferences for all applications; they come before an application's own."""
    ignore_aggregated_roles: bool = False
    ignore_status: diff.IgnoreStatus = diff.IgnoreStatus.ALL
    in_cluster: bool = True
    """Whether the control plane's own cluster is a destination without being declared."""
    reconciliation: float | None = None
    """timeout.reconciliation in seconds; ``None`` where it is not set, 0 is never."""
    tools: render.ToolSettings = dataclasses.field(default_factory=render.ToolSettings)
    global_projects: tuple[project.GlobalProject, ...] | None = ()
    """From whom projects inherit; ``None`` if that cannot be read."""

    def diff_options(self, own: tuple[model.IgnoreDifference, ...] = ()) -> diff.Options:
        """Return the comparison's options for an application with these rules of its own.

        Raises:
            errors.InvalidArgument: a JSON pointer of the application cannot be read.
        """
        return diff.Options(
            ignore=diff.compile_rules((*self.ignore, *own)),
            ignore_aggregated_roles=self.ignore_aggregated_roles,
            ignore_status=self.ignore_status,
        )


class _Reader:
    """Parses values and collects what cannot be read."""

    def __init__(self, data: Mapping[str, str]) -> None:
        self.data = data
        self.problems: list[str] = []

    def value(self, key: str, parse: Callable[[str], Any], default: Any) -> Any:
        return self.parsed(key, self.data.get(key, ""), parse, default)

    def parsed(self, key: str, text: str, parse: Callable[[str], Any], default: Any) -> Any:
        if not text.strip():
            return default
        try:
            return parse(text.strip())
        except errors.InvalidArgument as error:
            self.problems.append(f"argocd-cm: {key} cannot be read: {error.message}")
            return default


def read(data: Mapping[str, str]) -> tuple[Settings, list[str]]:
    """Return the settings, and a message for every value that cannot be read.

    A value that cannot be read counts as not set; the message names its key, never its content
    (a mistyped value may hold anything).
    """
    reader = _Reader(data)
    reader.problems += _keys.removed_keys(k for k, text in data.items() if text.strip())
    value = reader.value
    compare = value("resource.compareoptions", _map, {})
    known = Settings(
        marks=tracking.Tracking(
            value("application.resourceTrackingMethod", _method, tracking.Method.ANNOTATION),
            value("application.instanceLabelKey", str, "app.kubernetes.io/instance"),
            value("installationID", str, ""),
        ),
        filter=ResourceFilter(
            value("resource.exclusions", _filters, ()), value("resource.inclusions", _filters, ())
        ),
        ignore=_ignores(reader),
        ignore_aggregated_roles=compare.get("ignoreAggregatedRoles") is True,
        ignore_status=_STATUS.get(
            str(compare.get("ignoreResourceStatusField", "")).lower(), diff.IgnoreStatus.ALL
        ),
        in_cluster=data.get("cluster.inClusterEnabled", "").strip() != "false",
        reconciliation=value("timeout.reconciliation", _seconds, None),
        tools=_tools(reader),
        global_projects=_global_projects(reader),
    )
    return known, reader.problems


def _global_projects(reader: _Reader) -> tuple[project.GlobalProject, ...] | None:
    """What cannot be read is not "none": nobody may do more because of a mistyped setting."""
    if not reader.data.get("globalProjects", "").strip():
        return ()
    found: tuple[project.GlobalProject, ...] | None = reader.value(
        "globalProjects", project.parse_global_projects, None
    )
    return found


def _method(text: str) -> tracking.Method:
    try:
        return tracking.Method(text)
    except ValueError:
        methods = ", ".join(m.value for m in tracking.Method)
        raise errors.InvalidArgument(f"is none of {methods}") from None


def _tools(reader: _Reader) -> render.ToolSettings:
    try:
        return render.read_tool_settings(reader.data)
    except errors.InvalidArgument as error:
        reader.problems.append(f"argocd-cm: {error.message}")
        return render.ToolSettings()


def _seconds(text: str) -> float:
    try:
        seconds = pattern.parse_duration(text)
    except errors.InvalidArgument:
        raise errors.InvalidArgument("is not a duration such as 3m or 90s") from None
    if seconds < 0:
        raise errors.InvalidArgument("is negative")
    return seconds


def _yaml(text: str) -> Any:
    try:
        return manifests.parse_yaml(text)
    except errors.InvalidArgument:
        # The parser's text quotes the input.
        raise errors.InvalidArgument("is not YAML") from None


def _map(text: str) -> dict[str, Any]:
    tree = _yaml(text)
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise errors.InvalidArgument("is not a map")
    return tree


def _filters(text: str) -> Any:
    return parse_filters(_yaml(text))


def _ignores(reader: _Reader) -> tuple[model.IgnoreDifference, ...]:
    """The rules of all applications: the legacy map first, then one key per kind."""
    found: list[model.IgnoreDifference] = []
    for name, item in sorted(reader.value("resource.customizations", _map, {}).items()):
        text = item.get("ignoreDifferences") if isinstance(item, dict) else None
        if isinstance(text, str):
            group, _, kind = name.rpartition("/")
            key = f"resource.customizations {name}"
            found += reader.parsed(key, text, functools.partial(_rules, group, kind), [])
    for key in sorted(k for k in reader.data if k.startswith(_IGNORE)):
        target = key.removeprefix(_IGNORE)
        group, _, kind = ("*", "", "*") if target == "all" else target.rpartition("_")
        found += reader.value(key, functools.partial(_rules, group, kind), [])
    return tuple(found)


def _rules(group: str, kind: str, text: str) -> list[model.IgnoreDifference]:
    return [_rule(group, kind, _map(text))]


def _rule(group: str, kind: str, tree: Mapping[str, Any]) -> model.IgnoreDifference:
    lists = {}
    for name in ("jsonPointers", "jqPathExpressions", "managedFieldsManagers"):
        items = tree.get(name) or []
        if not isinstance(items, list) or not all(isinstance(i, str) for i in items):
            raise errors.InvalidArgument(f"{name} is not a list of texts")
        lists[name] = items
    rule = model.IgnoreDifference(
        group=group,
        kind=kind,
        json_pointers=lists["jsonPointers"],
        jq_path_expressions=lists["jqPathExpressions"],
        managed_fields_managers=lists["managedFieldsManagers"],
    )
    diff.compile_rules([rule])  # a pointer that cannot be read is a problem of this key
    return rule

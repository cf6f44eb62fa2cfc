"""What a render reads, and the key that names its result, from Git objects alone.

Used by the repo-server before anything is fetched to disk or started: :func:`plan` detects the type
of a source, computes the closure of the files its render reads, and :func:`render_key` turns object
ids, parameters and tool versions into the key of architecture.md, rule 1. A commit that touches
nothing a plan reads yields the same key, so nothing is rendered. The repository is seen through the
small read-only :class:`Tree` protocol; nothing here touches a disk.
"""

from plumbline.core.render._dependency import (
    ChartFound,
    Charts,
    ChartsNeeded,
    ChartUse,
    ChartWant,
)
from plumbline.core.render._directory import is_marked
from plumbline.core.render._environment import Context
from plumbline.core.render._helm import HelmPlan, Place
from plumbline.core.render._jsonnet import JsonnetPlan
from plumbline.core.render._key import render_key
from plumbline.core.render._kustomization import KUSTOMIZATION_NAMES
from plumbline.core.render._plan import Plan, Settings, plan, plan_whole, plan_wider
from plumbline.core.render._plugin import (
    DiscoveryNeeded,
    PluginPlan,
    Plugins,
    Sent,
    collect_sent,
    plugin_variables,
)
from plumbline.core.render._readset import Collector, ReadSet
from plumbline.core.render._secrets import Inspection, inspect_secrets
from plumbline.core.render._source import (
    DirectoryOptions,
    HelmOptions,
    KustomizeOptions,
    PluginOptions,
    Source,
    SourceType,
    check_names,
    decode_source,
)
from plumbline.core.render._tools import ToolSettings, read_tool_settings
from plumbline.core.render._tree import Entry, EntryKind, Tree, join, normalise_path, resolve

__all__ = [
    "KUSTOMIZATION_NAMES",
    "ChartFound",
    "ChartUse",
    "ChartWant",
    "Charts",
    "ChartsNeeded",
    "Collector",
    "Context",
    "DirectoryOptions",
    "DiscoveryNeeded",
    "Entry",
    "EntryKind",
    "HelmOptions",
    "HelmPlan",
    "Inspection",
    "JsonnetPlan",
    "KustomizeOptions",
    "Place",
    "Plan",
    "PluginOptions",
    "PluginPlan",
    "Plugins",
    "ReadSet",
    "Sent",
    "Settings",
    "Source",
    "SourceType",
    "ToolSettings",
    "Tree",
    "check_names",
    "collect_sent",
    "decode_source",
    "inspect_secrets",
    "is_marked",
    "join",
    "normalise_path",
    "plan",
    "plan_whole",
    "plan_wider",
    "plugin_variables",
    "read_tool_settings",
    "render_key",
    "resolve",
]

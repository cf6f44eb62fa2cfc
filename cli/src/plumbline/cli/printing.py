"""Tables and blocks as users know them. Pure text; called by the commands."""

import difflib
import json
from collections.abc import Iterable, Sequence
from typing import Any

import yaml

__all__ = [
    "application",
    "applications",
    "differences",
    "names",
    "operation",
    "structured",
    "table",
]

_COLUMNS = (
    "NAME", "CLUSTER", "NAMESPACE", "PROJECT", "STATUS", "HEALTH", "SYNCPOLICY", "CONDITIONS",
    "REPO", "PATH", "TARGET",
)  # fmt: skip


def table(rows: Iterable[Sequence[str]]) -> str:
    """Align columns with two spaces between them."""
    listed = [list(r) for r in rows]
    widths = [max(len(r[i]) for r in listed) for i in range(len(listed[0]))]
    lines = ("  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)) for r in listed)
    return "\n".join(line.rstrip() for line in lines)


def _policy(spec: Any) -> str:
    automated = (spec.get("syncPolicy") or {}).get("automated")
    if automated is None or automated.get("enabled") is False:
        return "Manual"
    return "Auto-Prune" if automated.get("prune") else "Auto"


def _source(spec: Any) -> Any:
    return (spec.get("sources") or [None])[0] or spec.get("source") or {}


def names(apps: Iterable[Any]) -> str:
    """Return the qualified names, one a line."""
    return "\n".join(f"{a['metadata']['namespace']}/{a['metadata']['name']}" for a in apps)


def applications(apps: Iterable[Any]) -> str:
    """Return the wide table of ``plumb app list``."""
    rows: list[Sequence[str]] = [_COLUMNS]
    for app in apps:
        spec, status = app["spec"], app["status"]
        source, destination = _source(spec), spec["destination"]
        kinds = ",".join(sorted({c["type"] for c in status.get("conditions") or []}))
        rows.append(
            (
                f"{app['metadata']['namespace']}/{app['metadata']['name']}",
                destination.get("server") or destination.get("name", ""),
                destination.get("namespace", ""),
                spec.get("project", ""),
                status["sync"].get("status", ""),
                status["health"].get("status", ""),
                _policy(spec),
                kinds or "<none>",
                source.get("repoURL", ""),
                source.get("path", ""),
                source.get("targetRevision", ""),
            )
        )
    return table(rows)


def application(app: Any, tree: Any = None) -> str:
    """Return the block of ``plumb app get``: the application, its conditions, its resources."""
    spec, status = app["spec"], app["status"]
    source = _source(spec)
    health = status["health"].get("status", "")
    message = status["health"].get("message", "")
    revision = status["sync"].get("revision", "")[:7]
    target = source.get("targetRevision", "")
    lines = [
        ("Name:", f"{app['metadata']['namespace']}/{app['metadata']['name']}"),
        ("Project:", spec.get("project", "")),
        ("Server:", spec["destination"].get("server") or spec["destination"].get("name", "")),
        ("Namespace:", spec["destination"].get("namespace", "")),
        ("Repo:", source.get("repoURL", "")),
        ("Target:", target),
        ("Path:", source.get("path", "")),
        ("Sync Policy:", _policy(spec)),
        ("Sync Status:", f"{status['sync'].get('status', '')} ({revision})"),
        ("Health Status:", f"{health} ({message})" if message else health),
    ]
    parts = ["\n".join(f"{name:<20}{value}" for name, value in lines)]
    conditions = status.get("conditions") or []
    if conditions:
        rows = [("CONDITION", "MESSAGE")] + [(c["type"], c["message"]) for c in conditions]
        parts.append(table(rows))
    resources = status.get("resources") or []
    if resources:
        parts.append(_resources(resources, status, tree or {}))
    return "\n\n".join(parts)


def _resources(resources: list[Any], status: Any, tree: Any) -> str:
    fields = ("group", "kind", "namespace", "name")
    health = {
        tuple(n.get(f, "") for f in fields): (n.get("health") or {}).get("status", "")
        for n in tree.get("nodes") or []
    }
    result = ((status.get("operationState") or {}).get("syncResult") or {}).get("resources") or []
    messages = {tuple(r.get(f, "") for f in fields): r.get("message", "") for r in result}
    rows: list[Sequence[str]] = [
        ("GROUP", "KIND", "NAMESPACE", "NAME", "STATUS", "HEALTH", "MESSAGE")
    ]
    for resource in resources:
        key = tuple(resource.get(f, "") for f in fields)
        rows.append((*key, resource.get("status", ""), health.get(key, ""), messages.get(key, "")))
    return table(rows)


def operation(app: Any) -> str:
    """Return the block that ends ``plumb app sync``."""
    state = app["status"].get("operationState") or {}
    result = state.get("syncResult") or {}
    lines = [
        ("Operation:", "Sync"),
        ("Sync Revision:", result.get("revision", "")),
        ("Phase:", state.get("phase", "")),
        ("Start:", state.get("startedAt", "")),
        ("Finished:", state.get("finishedAt", "")),
        ("Message:", state.get("message", "")),
    ]
    return "\n".join(f"{name:<20}{value}" for name, value in lines)


def structured(value: Any, form: str) -> str:
    """Return JSON or YAML."""
    if form == "json":
        return json.dumps(value, indent=2)
    return yaml.safe_dump(value, sort_keys=False).rstrip()


def differences(items: Iterable[Any]) -> str:
    """Return unified diffs, live against predicted, of what an apply would change."""
    parts = []
    for item in items:
        live = json.loads(item.get("normalizedLiveState") or "null")
        target = json.loads(item.get("predictedLiveState") or "null")
        if live == target:
            continue
        kind = f"{item.get('group', '')}/{item['kind']}"
        head = f"===== {kind} {item.get('namespace', '')}/{item['name']} ======"
        parts.append("\n".join([head, *_unified(live, target)]))
    return "\n".join(parts)


def _unified(live: Any, target: Any) -> Iterable[str]:
    have, want = ([] if s is None else yaml.safe_dump(s).splitlines() for s in (live, target))
    return difflib.unified_diff(have, want, "live", "target", lineterm="")

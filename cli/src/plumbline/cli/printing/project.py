"""Projects: the list, the details, sync windows."""

from collections.abc import Sequence
from typing import Any, Final

from plumbline.cli.printing.table import block, table

__all__ = ["project", "projects", "windows"]

_Tree = dict[str, Any]
_COLUMNS: Final = (
    "NAME", "DESCRIPTION", "DESTINATIONS", "SOURCES", "CLUSTER-RESOURCE-WHITELIST",
    "NAMESPACE-RESOURCE-BLACKLIST", "SIGNATURE-KEYS", "ORPHANED-RESOURCES",
    "DESTINATION-SERVICE-ACCOUNTS",
)  # fmt: skip


def _counted(items: list[str], unit: str) -> str:
    if not items:
        return "<none>"
    return items[0] if len(items) == 1 else f"{len(items)} {unit}"


def _destinations(spec: _Tree) -> list[str]:
    return [
        f"{d.get('server') or d.get('name') or ''},{d.get('namespace') or ''}"
        for d in spec.get("destinations") or []
    ]


def _resources(spec: _Tree, member: str) -> list[str]:
    return [
        "/".join(
            part
            for part in (r.get("group", ""), r.get("kind", ""), r.get("name"))
            if part is not None
        )
        for r in spec.get(member) or []
    ]


def _orphaned(spec: _Tree) -> str:
    settings = spec.get("orphanedResources")
    if settings is None:
        return "disabled"
    details = f"warn={str(bool(settings.get('warn'))).lower()}"
    ignored = len(settings.get("ignore") or [])
    return f"enabled ({details}{f', ignored {ignored}' if ignored else ''})"


def projects(items: Sequence[_Tree]) -> str:
    """Return the wide table of ``proj list``."""
    rows: list[Sequence[object]] = [_COLUMNS]
    for item in items:
        spec = item.get("spec") or {}
        rows.append(
            (
                item["metadata"]["name"],
                spec.get("description", ""),
                _counted(_destinations(spec), "destinations"),
                _counted(spec.get("sourceRepos") or [], "repos"),
                _counted(_resources(spec, "clusterResourceWhitelist"), "resources"),
                _counted(_resources(spec, "namespaceResourceBlacklist"), "resources"),
                _counted([k["keyID"] for k in spec.get("signatureKeys") or []], "key(s)"),
                _orphaned(spec),
                _counted(_accounts(spec), "accounts"),
            )
        )
    return table(rows)


def _accounts(spec: _Tree) -> list[str]:
    return [
        f"{a.get('server', '')},{a.get('namespace', '')},{a.get('defaultServiceAccount', '')}"
        for a in spec.get("destinationServiceAccounts") or []
    ]


def project(detailed: _Tree) -> str:
    """Return the block of ``proj get``, out of the answer of GetDetailedProject."""
    item = detailed.get("project") or {}
    spec = item.get("spec") or {}
    repositories = [r.get("repo", "") for r in detailed.get("repositories") or []]
    clusters = [c.get("server", "") for c in detailed.get("clusters") or []]
    keys = [k["keyID"] for k in spec.get("signatureKeys") or []]
    lines: list[tuple[str, object]] = [
        ("Name:", (item.get("metadata") or {}).get("name", "")),
        ("Description:", spec.get("description", "")),
        *_several("Destinations:", _destinations(spec)),
        *_several("Repositories:", spec.get("sourceRepos") or []),
        *_several("Source Namespaces:", spec.get("sourceNamespaces") or []),
        *_several("Scoped Repositories:", repositories),
        *_several("Allowed Cluster Resources:", _resources(spec, "clusterResourceWhitelist")),
        *_several("Denied Cluster Resources:", _resources(spec, "clusterResourceBlacklist")),
        *_several("Scoped Clusters:", clusters),
        *_several("Allowed Namespaced Resources:", _resources(spec, "namespaceResourceWhitelist")),
        *_several("Denied Namespaced Resources:", _resources(spec, "namespaceResourceBlacklist")),
        *_several("Signature keys:", keys),
        ("Orphaned Resources:", _orphaned(spec)),
        *_several("Destination Service Accounts:", _accounts(spec)),
    ]
    return block(lines, 30)


def _several(name: str, items: Sequence[str]) -> list[tuple[str, object]]:
    shown = list(items) or ["<none>"]
    return [(name if index == 0 else "", item) for index, item in enumerate(shown)]


def windows(items: Sequence[_Tree], active: Sequence[_Tree]) -> str:
    """Return the table of ``proj windows list``; ``active`` are those open now."""
    columns = (
        "ID", "STATUS", "KIND", "SCHEDULE", "DURATION", "APPLICATIONS", "NAMESPACES", "CLUSTERS",
        "MANUALSYNC", "SYNCOVERRUN", "TIMEZONE", "USEANDOPERATOR", "DESCRIPTION",
    )  # fmt: skip
    rows: list[Sequence[object]] = [columns]
    for number, window in enumerate(items):
        rows.append(
            (
                number,
                "Active" if window in active else "Inactive",
                window.get("kind", ""),
                window.get("schedule", ""),
                window.get("duration", ""),
                *(_joined(window.get(m)) for m in ("applications", "namespaces", "clusters")),
                "Enabled" if window.get("manualSync") else "Disabled",
                "Enabled" if window.get("syncOverrun") else "Disabled",
                window.get("timeZone") or "UTC",
                "Enabled" if window.get("andOperator") else "Disabled",
                window.get("description", ""),
            )
        )
    return table(rows)


def _joined(items: Sequence[str] | None) -> str:
    return ",".join(items or []) or "-"

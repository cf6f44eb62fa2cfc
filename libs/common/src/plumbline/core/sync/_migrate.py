"""From client-side to server-side apply: who owned fields as kubectl does owns them by Apply now.

Without this, a field that leaves Git after the change of method would stay in the cluster for ever:
its old owner still holds it (config.md section 10, ClientSideApplyMigration).
"""

import copy
from collections.abc import Collection
from typing import Any, Final

from plumbline.core.model import Manifest, metadata_of

__all__ = ["CLIENT_SIDE_MANAGERS", "migrated_fields"]

CLIENT_SIDE_MANAGERS: Final = frozenset({"kubectl-client-side-apply", "argocd-controller"})
_MANAGER: Final = "argocd-controller"


def migrated_fields(
    live: Manifest, managers: Collection[str] = CLIENT_SIDE_MANAGERS
) -> list[dict[str, Any]] | None:
    """Return managedFields after the migration; ``None`` if there is nothing to migrate.

    Args:
        live: the object with its managedFields.
        managers: those whose updates become part of our Apply.
    """
    fields = metadata_of(live).get("managedFields")
    entries = [e for e in fields if isinstance(e, dict)] if isinstance(fields, list) else []
    old = [
        e
        for e in entries
        if e.get("operation") == "Update" and e.get("manager") in managers and not _part(e)
    ]
    if not old:
        return None
    ours = next(
        (
            e
            for e in entries
            if e.get("operation") == "Apply" and e.get("manager") == _MANAGER and not _part(e)
        ),
        None,
    )
    merged = copy.deepcopy(ours or {**old[0], "manager": _MANAGER, "operation": "Apply"})
    for entry in old:
        _unite(merged.setdefault("fieldsV1", {}), entry.get("fieldsV1") or {})
    return [merged, *(e for e in entries if e is not ours and not any(e is o for o in old))]


def _part(entry: dict[str, Any]) -> bool:
    """Whether an entry is about a subresource only."""
    return bool(entry.get("subresource"))


def _unite(into: dict[str, Any], other: dict[str, Any]) -> None:
    for key, below in other.items():
        if isinstance(below, dict):
            _unite(into.setdefault(key, {}), below)

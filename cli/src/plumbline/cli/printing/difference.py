"""Differences as unified diffs of YAML, live against what would be."""

import difflib
import json
from collections.abc import Iterable
from typing import Any

from plumbline.cli.printing.table import safe, structured

__all__ = ["differences"]

_Tree = dict[str, Any]


def differences(items: Iterable[_Tree]) -> str:
    """Return a unified diff of every resource that a sync would change; empty if there is none.

    Args:
        items: of ManagedResources, or what ``plumbline.cli.revisions`` made in their form.
    """
    parts = []
    for item in items:
        live = _state(item.get("normalizedLiveState"), item.get("liveState"))
        target = _state(item.get("predictedLiveState"), item.get("targetState"))
        if item.get("hook") or live == target:
            continue
        where = f"{item.get('group') or ''}/{item.get('kind')} {item.get('namespace') or ''}"
        head = f"===== {where}/{item.get('name')} ======"
        parts.append("\n".join([safe(head), *_unified(live, target)]))
    return "\n\n".join(parts)


def _state(first: str | None, second: str | None) -> Any:
    """Return the first state that is told; an object that is not there is ``null``."""
    return json.loads(first or second or "null")


def _unified(live: Any, target: Any) -> Iterable[str]:
    have, want = ([] if s is None else structured(s, "yaml").splitlines() for s in (live, target))
    for line in difflib.unified_diff(have, want, "live", "target", lineterm=""):
        yield safe(line)

"""Differences as unified diffs of YAML, live against what would be."""

import difflib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from plumbline.cli.printing.table import safe, structured

__all__ = ["differences"]

_Tree = dict[str, Any]

_NEWLINE: Final = "\n"
_MARK: Final = "plumb-block-of-lines-{}"
_BLOCK: Final = re.compile(r"(?P<head>(?P<lead>[ -]*).*)plumb-block-of-lines-(?P<number>\d+)")


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
    have, want = ([] if s is None else list(_lines(s)) for s in (live, target))
    for line in difflib.unified_diff(have, want, "live", "target", lineterm=""):
        yield safe(line, keep="\t")


def _lines(tree: Any) -> Iterator[str]:
    """Yield YAML in which every text of several lines is a block.

    YAML itself would write one with a tab, or a space at a line's end, as one long quoted line, in
    which nobody finds what changed.
    """
    blocks: list[str] = []
    for line in structured(_without_blocks(tree, blocks), "yaml").splitlines():
        found = _BLOCK.fullmatch(line)
        if found is None or int(found["number"]) >= len(blocks):
            yield line
            continue
        text = blocks[int(found["number"])]
        yield f"{found['head']}{'|' if text.endswith(_NEWLINE) else '|-'}"
        indent = " " * (len(found["lead"]) + 2)
        yield from (f"{indent}{part}" for part in text.removesuffix(_NEWLINE).split(_NEWLINE))


def _without_blocks(tree: Any, blocks: list[str]) -> Any:
    """Return a tree with a mark for each text of several lines, which goes to the list."""
    if isinstance(tree, dict):
        return {key: _without_blocks(value, blocks) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_without_blocks(item, blocks) for item in tree]
    if isinstance(tree, str) and _NEWLINE in tree:
        blocks.append(tree)
        return _MARK.format(len(blocks) - 1)
    return tree

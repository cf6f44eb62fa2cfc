"""Tables, blocks of lines, and trees as JSON or YAML."""

import contextlib
import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

import yaml

__all__ = ["block", "safe", "structured", "table"]


def safe(text: str, keep: str = "") -> str:
    """Return text without control characters: what a cluster says must not steer a terminal."""
    return "".join(c if c.isprintable() or c in keep else " " for c in text)


def table(rows: Iterable[Sequence[object]]) -> str:
    """Align columns with two spaces between them; the first row is the heading."""
    listed = [[safe(str(cell)) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in listed) for i in range(len(listed[0]))]
    lines = ("  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)) for r in listed)
    return "\n".join(line.rstrip() for line in lines)


def block(lines: Iterable[tuple[str, object]], width: int = 20) -> str:
    """Return names and values, one a line."""
    return "\n".join(f"{name:<{width}}{safe(str(value))}".rstrip() for name, value in lines)


def structured(value: Any, form: str) -> str:
    """Return JSON or YAML."""
    if form == "json":
        return json.dumps(value, indent=2)
    return yaml.dump(value, Dumper=_Dumper, sort_keys=True, allow_unicode=True).rstrip()


class _Dumper(yaml.CSafeDumper):
    """Writes text of several lines as a block, which is how people write manifests."""


_BOOLS: Final = frozenset({"y", "Y", "n", "N"})


def _text(dumper: Any, value: str) -> Any:
    """Quote what other readers of YAML would take for a number or bool, and PyYAML would not."""
    style = "|" if "\n" in value else "'" if value in _BOOLS or _is_number(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _is_number(value: str) -> bool:
    if not value[:1] or value[0] not in "+-.0123456789":
        return False
    with contextlib.suppress(ValueError):
        int(value, 0)
        return True
    with contextlib.suppress(ValueError):
        float(value.replace("_", ""))
        return True
    return False


_Dumper.add_representer(str, _text)

"""Microseconds of one comparison, per object of the four-object application and over the corpus.

    .venv/bin/python tests/bench/diff_micro.py

Prints CPU time (`process_time`), best of five rounds, for: an object that follows its desired state
(the common path), one that does not, and the computation of an apply. No cluster is needed.
"""

import copy
import pathlib
import time
from collections.abc import Callable
from typing import Any

import orjson
import yaml

from plumbline.core import diff, patch
from plumbline.core.model import gvk_of

CORPUS = pathlib.Path(__file__).resolve().parents[2] / "libs/common/tests/core/diff/corpus"
SCHEMA = patch.builtin.schema()
FOUR = [
    ("ConfigMap", "cm"),
    ("Service", "web"),
    ("Deployment", "small"),
    ("ServiceAccount", "sa"),
]
ROUNDS, TIMES = 5, 200


def stored(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the object as a server would give it back after our create."""
    request = diff.client_side_apply(manifest, None, schema=SCHEMA)
    if not isinstance(request, diff.Create):
        raise TypeError(request)
    live = patch.fill_defaults(request.body, SCHEMA.node(gvk_of(manifest)))
    live["metadata"]["uid"] = "u"
    result: dict[str, Any] = orjson.loads(orjson.dumps(live))
    return result


def drifted(live: dict[str, Any]) -> dict[str, Any]:
    """Return the live object with one owned label changed."""
    result = copy.deepcopy(live)
    result["metadata"].setdefault("labels", {})["drift"] = "x"
    return result


def microseconds(call: Callable[[], object]) -> float:
    """Return the CPU time of one call."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(TIMES):
            call()
        best = min(best, time.process_time() - start)
    return best / TIMES * 1e6


def row(name: str, manifest: dict[str, Any]) -> tuple[float, float, float]:
    """Measure one object and print its line."""
    live = stored(manifest)
    wanted = copy.deepcopy(manifest)
    wanted["metadata"].setdefault("labels", {})["drift"] = "y"
    moved = drifted(live)
    same = microseconds(lambda: diff.three_way(manifest, live, schema=SCHEMA))
    other = microseconds(lambda: diff.three_way(wanted, moved, schema=SCHEMA))
    apply = microseconds(lambda: diff.client_side_apply(manifest, live, schema=SCHEMA))
    size = len(orjson.dumps(live))
    print(f"{name:<34}{size:>8}{same:>10.0f}{other:>10.0f}{apply:>10.0f}")
    return same, other, apply


def main() -> None:
    """Print the table."""
    manifests = [
        manifest
        for file in sorted(CORPUS.glob("*.yaml"))
        for manifest in yaml.safe_load_all(file.read_text())
    ]
    print(f"{'object':<34}{'bytes':>8}{'synced':>10}{'drifted':>10}{'apply':>10}   (us CPU each)")
    named = {(m["kind"], m["metadata"]["name"]): m for m in manifests}
    rows = [row(f"{kind} {name}", named[kind, name]) for kind, name in FOUR]
    print(f"four-object application, per object: {sum(r[0] for r in rows) / len(rows):.0f} us\n")
    row("Deployment full", named["Deployment", "full"])


if __name__ == "__main__":
    main()

"""Played nodes beside a real one: room for workloads whose images are not there.

Used by tests that deploy what nobody can pull, while what they test runs for real. KWOK runs inside
the node's namespaces; a played node has a taint, so that only pods that tolerate it come there.
"""

import collections.abc
import contextlib

from plumbline.core import errors
from plumbline.testcluster import flags, nodes
from plumbline.testcluster.node import layout
from plumbline.testcluster.node.running import Node

__all__ = ["TAINT", "played"]

TAINT = {"key": "plumbline.io/played", "value": "yes", "effect": "NoSchedule"}
"""What pods must tolerate to come to a played node."""


@contextlib.contextmanager
def played(node: Node) -> collections.abc.Iterator[str]:
    """Play one node beside a real one; yields its name.

    Raises Unavailable if KWOK ends at once.
    """
    place = layout.Layout.of(node.directory)
    argv = [
        word.replace(str(place.client(flags.KWOK)), str(node.kubeconfig))
        for word in place.argv(flags.KWOK)
    ]
    manifest = nodes.manifest(0)
    manifest["spec"] = {"taints": [TAINT]}
    name = str(manifest["metadata"]["name"])
    with (node.directory / "kwok.log").open("ab") as log:
        process = node.popen(argv, stdout=log, stderr=log)
    try:
        node.api.apply(f"/api/v1/nodes/{name}", manifest)
        node.api.wait(f"/api/v1/nodes/{name}", _ready, seconds=30)
        if process.poll() is not None:
            raise errors.Unavailable(f"KWOK ended: see {node.directory}/kwok.log")
        yield name
    finally:
        with contextlib.suppress(errors.NotFound):
            node.api.delete(f"/api/v1/nodes/{name}")
        process.terminate()
        process.wait()


def _ready(manifest: dict[str, object]) -> bool:
    status = manifest.get("status")
    found = status.get("conditions") if isinstance(status, dict) else None
    return any(c["type"] == "Ready" and c["status"] == "True" for c in found or ())

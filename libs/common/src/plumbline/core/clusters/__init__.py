"""Which cluster an application goes to (contract: config.md section 8, behaviour.md section 2).

Used by the controller and the api-server. Reads cluster Secrets as values; never talks to one.
"""

from plumbline.core.clusters._destination import (
    IN_CLUSTER_NAME,
    IN_CLUSTER_SERVER,
    Cluster,
    decode_cluster,
    resolve,
)

__all__ = ["IN_CLUSTER_NAME", "IN_CLUSTER_SERVER", "Cluster", "decode_cluster", "resolve"]

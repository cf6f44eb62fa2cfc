"""Which cluster an application goes to (contract: config.md section 8, behaviour.md section 2).

Used by the controller and the api-server. Reads cluster Secrets as values; never talks to one.
"""

from plumbline.core.clusters._destination import (
    IN_CLUSTER,
    IN_CLUSTER_NAME,
    IN_CLUSTER_SERVER,
    REFRESH_ANNOTATION,
    Cluster,
    decode_cluster,
    encode_cluster,
    resolve,
    secret_name,
)

__all__ = [
    "IN_CLUSTER",
    "IN_CLUSTER_NAME",
    "IN_CLUSTER_SERVER",
    "REFRESH_ANNOTATION",
    "Cluster",
    "decode_cluster",
    "encode_cluster",
    "resolve",
    "secret_name",
]

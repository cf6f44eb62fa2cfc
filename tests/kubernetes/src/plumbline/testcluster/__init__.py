"""A real Kubernetes control plane on loopback, for tests and ``make run``.

Real: etcd, API server, controller manager and scheduler, built from their own Go modules. Played:
the nodes and their pods (KWOK) and what a bare control plane lacks (``addons``: addresses of
Ingresses and load balancers, volumes, the metrics API). Beside it are the tools a developer's
machine needs (``tools``, ``redisserver``) and the pytest fixtures (``pytest_plugin``). This package
knows nothing of Plumbline's services and shares no client code with them, because it is what their
work is held against. It belongs on developers' machines and is part of no image.
"""

from plumbline.testcluster.binaries import Binaries, ensure_binaries, ensure_kustomize
from plumbline.testcluster.cluster import Cluster

__all__ = ["Binaries", "Cluster", "ensure_binaries", "ensure_kustomize"]

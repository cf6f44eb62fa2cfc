"""A real Kubernetes node for tests: containerd, kubelet, kube-proxy and pods that really run.

Beside ``plumbline.testcluster.Cluster``, whose nodes are played. Everything of a node lives in
namespaces and cgroups of its own and ends with one process (``keeper``): no mount, bridge, packet
filter table or process is left on the machine. Needs root and a few packages of the distribution;
``missing`` says what this machine lacks. Rooms: ``machine`` (may it run here), ``layout`` (files
and command lines, pure), ``images`` and ``ociimage`` (image tars without a Docker engine),
``cgroups``, ``mounts`` and ``inside`` (what happens in the namespaces), ``forward`` (ways in),
``running`` (what tests hold).
"""

from plumbline.testcluster.node.machine import missing
from plumbline.testcluster.node.running import Node

__all__ = ["Node", "missing"]

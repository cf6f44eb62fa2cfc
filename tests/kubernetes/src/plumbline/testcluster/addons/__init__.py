"""What a control plane with played nodes lacks, or nothing in it would ever turn Healthy.

Runs as one process beside a test cluster (``python -m plumbline.testcluster.addons``), started by
``plumbline.testcluster.cluster``. It gives Ingresses and load balancers an address (``addresses``),
makes volumes for claims (``volumes``) and serves the metrics API (``metrics``). Everything is
driven by watches: an idle cluster sees no request that writes.
"""

__all__: list[str] = []

"""Tests marked `cluster` here are about the cluster this distribution brings up, and no other."""

import os

import pytest


@pytest.fixture(autouse=True)
def _only_our_own_cluster(request):
    for name in ("KUBECONFIG", "PLUMBLINE_TEST_CLUSTER"):
        if os.environ.get(name) and request.node.get_closest_marker("cluster"):
            pytest.skip(f"{name} names another cluster; these tests are about our own")

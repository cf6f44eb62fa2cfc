"""The bookstore on a real Kubernetes: services as processes, Git over HTTP, kustomize."""

import pytest

from plumbline.local import demo
from plumbline.local.environment import Environment

pytestmark = pytest.mark.cluster


@pytest.mark.timeout(600)
def test_the_tour():
    """Every step of the tour holds, and each is told.

    One test with a cluster of its own: each step begins where the former ended, and the
    bookstore's names are fixed.
    """
    told = []
    with Environment() as environment:
        environment.use_cluster()
        environment.install("argocd")
        environment.serve_bookstore()
        environment.start_services(poll_interval=1.0, revision_flush_seconds=2.0)
        demo.tour(environment, told.append)
    assert 10 == len(told)

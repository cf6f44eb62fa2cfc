"""The bookstore on a real Kubernetes: services as processes, Git over HTTP, kustomize."""

import pathlib
import subprocess
import sys

import pytest

from plumbline.local import demo
from plumbline.local.environment import Environment

GENERATOR = pathlib.Path(__file__).resolve().parents[2] / "tools/generate_crds.py"

pytestmark = pytest.mark.cluster


@pytest.mark.timeout(600)
def test_the_tour(tmp_path):
    """Every step of the tour holds, and each is told.

    One test with a cluster of its own: each step begins where the former ended, and the
    bookstore's names are fixed. The definitions are those with the contract's whole status schema,
    which drop or refuse what the contract does not know; ``make demo`` has the chart's.
    """
    told = []
    with Environment() as environment:
        environment.use_cluster()
        generator = [sys.executable, str(GENERATOR), "--write", "--full-status"]
        subprocess.run([*generator, "--output", str(tmp_path)], check=True)
        environment.install("argocd", definitions=tmp_path)
        environment.serve_bookstore()
        environment.start_services(poll_interval=1.0, revision_flush_seconds=2.0)
        demo.tour(environment, told.append)
    assert 15 == len(told)

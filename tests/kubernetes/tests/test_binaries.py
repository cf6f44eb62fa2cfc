"""The one binary holds every program of a cluster, each of the version that is pinned."""

import subprocess

import pytest

from plumbline.testcluster import binaries

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def built():
    return binaries.ensure_binaries(print)


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("kube-apiserver", "Kubernetes v1.36.3"),
        ("kube-controller-manager", "Kubernetes v1.36.3"),
        ("kube-scheduler", "Kubernetes v1.36.3"),
        ("kubelet", "Kubernetes v1.36.3"),
        ("kube-proxy", "Kubernetes v1.36.3"),
        ("etcd", "etcd Version: 3.6.8"),
    ],
)
def test_program_is_linked_in(built, program, expected):
    argv = [str(built.controlplane), program, "--version"]
    answer = subprocess.run(argv, check=True, capture_output=True, text=True)
    assert answer.stdout.splitlines()[0] == expected


@pytest.mark.parametrize("argv", [[], ["kube-nothing"]])
def test_unknown_program_is_refused_with_the_list(built, argv):
    command = [str(built.controlplane), *argv]
    answer = subprocess.run(command, check=False, capture_output=True, text=True)
    assert answer.returncode == 2
    assert "kube-apiserver" in answer.stderr

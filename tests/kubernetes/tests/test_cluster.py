"""Clusters start side by side, their parts can be killed alone, and nothing is left behind."""

import os
import pathlib
import signal
import subprocess
import sys

import psutil
import pytest

from plumbline.core import errors
from plumbline.testcluster import api, cluster, flags

pytestmark = pytest.mark.cluster


def _processes(directory):
    """Every process with the cluster's directory in its command line."""
    found = psutil.process_iter(["cmdline"])
    return [p for p in found if any(str(directory) in word for word in p.info["cmdline"] or [])]


def test_two_clusters_run_side_by_side(tmp_path):
    """Each has its own address, authority and objects."""
    with (
        cluster.Cluster.start(tmp_path / "a", name="a") as first,
        cluster.Cluster.start(tmp_path / "b", name="b", nodes=3) as second,
    ):
        first.api.create("/api/v1/namespaces", {"metadata": {"name": "only-in-a"}})
        assert first.server != second.server
        with pytest.raises(errors.NotFound):
            second.api.get("/api/v1/namespaces/only-in-a")
        assert len(second.api.get("/api/v1/nodes")["items"]) == 3
        crossed = first.kubeconfig.read_text().replace(first.server, second.server)
        (tmp_path / "crossed").write_text(crossed)
        with pytest.raises(errors.Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
            api.Api.of(tmp_path / "crossed").get("/api/v1/namespaces")
    assert _processes(tmp_path) == []


def test_killed_components_come_back_with_their_data(tmp_path):
    """API server and etcd are killed; started again, objects are there and controllers work."""
    with cluster.Cluster.start(tmp_path) as running:
        running.api.create("/api/v1/namespaces", {"metadata": {"name": "kept"}})
        for name in (flags.APISERVER, flags.ETCD):
            running.component(name).kill()
            assert not running.component(name).running
        assert not running.api.ready()
        for name in (flags.ETCD, flags.APISERVER):
            running.component(name).start()
        running.wait_ready()
        assert running.api.get("/api/v1/namespaces/kept")["status"]["phase"] == "Active"
        with pytest.raises(errors.FailedPrecondition, match="holds a cluster already"):
            cluster.Cluster.start(tmp_path)
        with pytest.raises(errors.NotFound):
            running.component("no-such-component")


def test_nothing_outlives_an_owner_killed_hard(tmp_path):
    """SIGKILL to the process that started the cluster takes all the cluster's processes along."""
    kubeconfig = tmp_path / "kubeconfig"
    owner = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "plumbline.testcluster",
            "up",
            f"--directory={tmp_path / 'cluster'}",
            f"--kubeconfig-out={kubeconfig}",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    with owner:
        for line in owner.stdout:
            if line.startswith("export KUBECONFIG="):
                break
        parts = [p for p in _processes(tmp_path / "cluster") if p.pid != owner.pid]
        owner.kill()
    _, alive = psutil.wait_procs(parts, timeout=60)
    assert len(parts) == len(flags.COMPONENTS)
    assert alive == []


def test_cluster_ends_with_the_process_it_belongs_to(tmp_path):
    """--owner-pid: when that process ends, the cluster stops by itself and tidies up."""
    with subprocess.Popen(["sleep", "600"]) as owner:
        up = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "plumbline.testcluster",
                "up",
                f"--owner-pid={owner.pid}",
                f"--kubeconfig-out={tmp_path / 'kubeconfig'}",
            ],
            stdout=subprocess.PIPE,
            env={**os.environ, "TMPDIR": str(tmp_path)},
            text=True,
        )
        with up:
            for line in up.stdout:
                if line.startswith("export KUBECONFIG="):
                    break
            owner.send_signal(signal.SIGKILL)
            assert up.wait(60) == 0
    assert _processes(tmp_path) == []
    assert [path.name for path in pathlib.Path(tmp_path).iterdir()] == ["kubeconfig"]

"""Nothing of a real node outlives it, whichever way it ends."""

import os
import pathlib
import signal
import subprocess

import psutil
import pytest

from plumbline.core import errors
from plumbline.testcluster.node import Node, cgroups, machine

pytestmark = [pytest.mark.cluster, pytest.mark.slow]


@pytest.fixture(autouse=True)
def _able():
    if lack := machine.missing():
        pytest.skip(lack)


def _traces(directory):
    """What a node could leave on the machine, apart from files in its directory."""
    return {
        "mounts": sorted(
            line.split()[4]
            for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
        ),
        "links": _said("ip", "-brief", "link"),
        "rules": _said("nft", "list", "tables"),
        "processes": [
            p.info["cmdline"]
            for p in psutil.process_iter(["cmdline"])
            if any(str(directory) in word for word in p.info["cmdline"] or [])
        ],
        "network names": sorted(pathlib.Path("/run").glob("netns/*")),
        "folders": [
            str(path)
            for path in map(
                pathlib.Path, ("/var/lib/cni", "/var/lib/kubelet", "/opt/cni", "/etc/cni")
            )
            if path.exists()
        ],
        "kernel": [
            pathlib.Path("/proc/sys", name).read_text()
            for name in ("vm/overcommit_memory", "kernel/panic", "net/ipv4/ip_forward")
        ],
    }


def _said(*argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def _members(node):
    """Every process of a node, pods' included."""
    first = psutil.Process(node.pid)
    return [first, *first.children(recursive=True)]


def _groups(node):
    """The control groups of a node, one per hierarchy."""
    name = cgroups.name_of(node._keeper.pid)
    return [hierarchy.own / name for hierarchy in cgroups.hierarchies()]


def test_nothing_is_left_when_it_is_stopped(tmp_path):
    before = _traces(tmp_path)
    with Node.start(tmp_path / "node") as node:
        during, members = _traces(tmp_path), _members(node)
        assert {"coredns", "containerd"} <= {process.name() for process in members}
        assert during["processes"]
        groups = _groups(node)
        assert len(groups) == len(cgroups.hierarchies())
        for same in ("mounts", "links", "rules", "folders", "kernel"):
            assert during[same] == before[same]
        with pytest.raises(errors.FailedPrecondition, match="holds a node already"):
            Node.start(tmp_path / "node")
    assert _traces(tmp_path) == before
    assert [process for process in members if process.is_running()] == []
    assert [group for group in groups if group.exists()] == []
    assert not tmp_path.joinpath("node", "containerd").exists()
    assert b"ready" in node.directory.joinpath("node.log").read_bytes()
    with pytest.raises(errors.NotFound, match="no node runs"):
        Node.attach(tmp_path / "node")


def test_nothing_runs_on_when_its_keeper_is_killed(tmp_path):
    """Only empty groups stay, and the next node sweeps them."""
    before = _traces(tmp_path)
    node = Node.start(tmp_path / "node")
    keeper, members, groups = node._keeper, _members(node), _groups(node)
    assert all(group.is_dir() for group in groups)
    os.kill(keeper.pid, signal.SIGKILL)
    keeper.wait()
    # Their parent is gone too: who takes them over may leave them as zombies for a while.
    _, alive = psutil.wait_procs(members, timeout=30)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []
    node.stop()
    cgroups.sweep()
    assert [group for group in groups if group.exists()] == []
    assert _traces(tmp_path) == before

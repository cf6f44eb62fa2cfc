"""Nothing of a real node outlives it, whichever way it ends."""

import contextlib
import os
import pathlib
import signal
import subprocess
import time

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
    groups = [h.own for h in cgroups.hierarchies()]
    return {
        "mounts": sorted(line.split()[4] for line in pathlib.Path("/proc/self/mountinfo").open()),
        "links": _said("ip", "-brief", "link"),
        "rules": _said("nft", "list", "tables"),
        "groups": sorted(str(g) for own in groups for g in own.glob("plumbline-node-*")),
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


def _namespace(pid):
    return pathlib.Path(f"/proc/{pid}/ns/pid").readlink()


def _members(namespace):
    """The processes of a process namespace, pods' included."""
    found = []
    for pid in psutil.pids():
        with contextlib.suppress(OSError):  # ended meanwhile, or not ours to look at
            if _namespace(pid) == namespace:
                found.append(pid)
    return found


def _wait_for(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_nothing_is_left_when_it_is_stopped(tmp_path):
    before = _traces(tmp_path)
    with Node.start(tmp_path / "node") as node:
        during, inside = _traces(tmp_path), _namespace(node.pid)
        assert len(_members(inside)) > len(during["processes"])
        assert len(during["groups"]) > len(before["groups"])
        assert during["processes"]
        for same in ("mounts", "links", "rules", "folders", "kernel"):
            assert during[same] == before[same]
        with pytest.raises(errors.FailedPrecondition, match="holds a node already"):
            Node.start(tmp_path / "node")
    assert _traces(tmp_path) == before
    assert _members(inside) == []
    assert not tmp_path.joinpath("node", "containerd").exists()
    assert b"ready" in node.directory.joinpath("node.log").read_bytes()
    with pytest.raises(errors.NotFound, match="no node runs"):
        Node.attach(tmp_path / "node")


def test_nothing_runs_on_when_its_keeper_is_killed(tmp_path):
    """Only empty groups stay, and the next node sweeps them."""
    before = _traces(tmp_path)
    node = Node.start(tmp_path / "node")
    keeper, inside = node._keeper, _namespace(node.pid)
    os.kill(keeper.pid, signal.SIGKILL)
    keeper.wait()
    _wait_for(lambda: _members(inside) == [])
    node.stop()
    after = _traces(tmp_path)
    assert after["mounts"] == before["mounts"]
    assert after["links"] == before["links"]
    assert cgroups.leftovers()
    cgroups.sweep()
    assert _traces(tmp_path) == before

"""Control groups are told from others by their keeper: alive, they are left alone."""

import os
import pathlib
import subprocess

import pytest

from plumbline.testcluster.node import cgroups, machine


@pytest.fixture(autouse=True)
def _able():
    if lack := machine.missing():
        pytest.skip(lack)


def test_own_groups_are_those_the_kernel_names():
    found = cgroups.hierarchies()
    assert {"memory", "cpu", "pids"} <= {name for h in found for name in h.controllers}
    for hierarchy in found:
        processes = hierarchy.own.joinpath("cgroup.procs").read_text().split()
        assert str(os.getpid()) in processes


def test_groups_of_a_living_keeper_stay_and_of_a_dead_one_go():
    with subprocess.Popen(["sleep", "600"]) as keeper:
        groups = cgroups.create(cgroups.name_of(keeper.pid))
        try:
            groups[0].joinpath("below", "deeper").mkdir(parents=True)
            cgroups.sweep()
            assert all(group.is_dir() for group in groups)
            keeper.kill()
            keeper.wait()
            cgroups.sweep()
            assert not any(group.exists() for group in groups)
        finally:
            keeper.kill()
            cgroups.remove(groups)


def test_process_enters_the_groups_made():
    with subprocess.Popen(["sleep", "600"]) as keeper:
        groups = cgroups.create(cgroups.name_of(keeper.pid))
        try:
            inside = subprocess.run(
                ["cat", "/proc/self/cgroup"],
                check=True,
                capture_output=True,
                text=True,
                preexec_fn=lambda: cgroups.enter(groups),
            ).stdout
            assert inside.count(groups[0].name) == len(groups)
            assert pathlib.Path(groups[0]).name not in pathlib.Path("/proc/self/cgroup").read_text()
        finally:
            keeper.kill()
            cgroups.remove(groups)

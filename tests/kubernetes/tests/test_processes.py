"""Processes are killed when their starter is gone, and only then."""

import os
import signal
import subprocess
import sys
import textwrap

import psutil
import pytest

from plumbline.core import errors
from plumbline.testcluster import processes


@pytest.fixture
def keeper():
    with processes.Keeper() as running:
        yield running


def _sleeper(tmp_path, keeper, *argv):
    return processes.Component(
        "sleeper", list(argv) or ["sleep", "600"], log=tmp_path / "log", keeper=keeper
    )


def test_component_is_killed_and_started_again(tmp_path, keeper):
    component = _sleeper(tmp_path, keeper)
    component.start()
    first = component.pid
    component.kill()
    assert not component.running
    component.start()
    assert component.running
    assert component.pid != first
    component.stop()


def test_started_twice_is_refused(tmp_path, keeper):
    component = _sleeper(tmp_path, keeper)
    component.start()
    with pytest.raises(errors.FailedPrecondition):
        component.start()
    component.stop()


def test_death_is_reported_with_the_end_of_the_log(tmp_path, keeper):
    component = _sleeper(tmp_path, keeper, "sh", "-c", "echo why it died; exit 3")
    component.start()
    psutil.wait_procs([psutil.Process(component.pid)])
    with pytest.raises(errors.Unavailable, match="why it died"):
        component.check()
    component.stop()


def test_frozen_component_is_stopped_all_the_same(tmp_path, keeper):
    """SIGKILL works on a process that SIGSTOP holds."""
    component = _sleeper(tmp_path, keeper)
    component.start()
    component.send(signal.SIGSTOP)
    component.kill()
    assert not component.running


def test_children_of_a_killed_starter_are_killed(tmp_path):
    """The starter gets SIGKILL: what it started goes, what it had stopped before is left alone."""
    program = textwrap.dedent("""
        import pathlib, sys, time
        from plumbline.testcluster import processes
        keeper = processes.Keeper()
        component = processes.Component(
            "sleeper", ["sleep", "600"], log=pathlib.Path(sys.argv[1]), keeper=keeper)
        component.start()
        print(component.pid, flush=True)
        time.sleep(600)
    """)
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True
    ) as starter:
        child = psutil.Process(int(starter.stdout.readline()))
        os.kill(starter.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs([child], timeout=60)
    assert alive == []

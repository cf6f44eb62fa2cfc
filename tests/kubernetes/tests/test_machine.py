"""A machine that cannot run a node is told what it lacks, and skipped tests are not quiet."""

import subprocess
import sys

from plumbline.testcluster.node import machine


def test_what_is_missing_is_named_with_the_way_to_install_it(monkeypatch):
    monkeypatch.setattr(machine, "_PROGRAMS", ("sh", "no-such-program"))
    lack = machine.missing()
    assert "programs no-such-program" in lack
    assert "apt-get install --no-install-recommends conntrack containerd " in lack
    assert "\n" not in lack


def test_skipped_tests_are_told_in_the_summary(tmp_path):
    lack = "no real node on this machine: it lacks root"
    tmp_path.joinpath("conftest.py").write_text(
        "from plumbline.testcluster import pytest_plugin\n"
        f"pytest_plugin.missing = lambda: {lack!r}\n"
    )
    tmp_path.joinpath("test_it.py").write_text("def test_it(node): pass\n")
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header", "."]
    done = subprocess.run(argv, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert f"WARNING: 1 test did not run: {lack}" in done.stdout

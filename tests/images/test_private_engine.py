"""The private Docker engine changes nothing of the machine and leaves nothing behind."""

import contextlib
import os
import pathlib
import shutil
import subprocess

import pytest
from imaging import engine

SYSCTL = ("net/ipv4/ip_forward", "net/ipv4/conf/all/forwarding", "net/ipv6/conf/all/forwarding")


def machine():
    """What an engine might change: interfaces, forwarding, packet filters."""
    links = [p.name for p in pathlib.Path("/sys/class/net").glob("docker*")]
    files = [pathlib.Path("/proc/sys", name) for name in SYSCTL]
    forwarding = [file.read_text() for file in files if file.is_file()]
    nft = shutil.which("nft")
    argv = [nft, "list", "ruleset"]
    rules = subprocess.run(argv, capture_output=True, check=False).stdout if nft else b""
    return links, forwarding, rules.count(b"DOCKER")


def left(folder):
    """Processes, mounts and cgroups of an engine of this test."""
    found = [line for line in pathlib.Path("/proc/self/mounts").read_text().splitlines()
             if str(folder) in line]  # fmt: skip
    found += pathlib.Path("/sys/fs/cgroup").glob(f"**/{engine.cgroup()}")
    for process in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            if str(folder).encode() in process.read_bytes():
                found.append(process)
    return found


@pytest.fixture
def private(monkeypatch, tmp_path):
    if os.geteuid() != 0 or not shutil.which("dockerd") or not shutil.which("docker"):
        pytest.skip("NO PRIVATE ENGINE HERE: this needs root, dockerd and docker (docker.io)")
    monkeypatch.setenv("PLUMBLINE_CACHE", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody")


def test_it_builds_and_leaves_nothing_behind(private, tmp_path):
    (tmp_path / "context").mkdir()
    (tmp_path / "context/Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /kept\n")
    before, data = machine(), tmp_path / "images/engine"
    with engine.find(print) as docker:
        assert docker.private
        docker.run("build", "--quiet", "--tag", "x:1", str(tmp_path / "context"))
        assert docker.knows("x:1")
        assert "host" in docker.run("network", "ls", "--format", "{{.Name}}")
        assert "bridge" not in docker.run("network", "ls", "--format", "{{.Name}}").split()
        assert before == machine()
        assert left(data)

    assert before == machine()
    assert [] == left(data)
    shutil.rmtree(data)  # nothing of it is still mounted


def test_it_ends_when_a_build_fails(private, tmp_path):
    with pytest.raises(SystemExit, match="docker build failed"), engine.find(print) as docker:
        docker.run("build", "/nowhere")

    assert [] == left(tmp_path / "images/engine")


def test_without_an_engine_the_text_says_what_to_do(monkeypatch, private):
    monkeypatch.setattr(engine.os, "geteuid", lambda: 1000)

    with pytest.raises(SystemExit, match="start one, set DOCKER_HOST, or be root"):
        engine.find(print).__enter__()

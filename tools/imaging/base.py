"""Choose the image that ours start from: the public one, or one made by debootstrap.

Called by ``build``. A local base is for machines that reach no registry: a Debian with its Python,
as slim as the public one. It has nothing of this machine in it, so its name is a digest of what it
was made from. Both kinds are named by the Dockerfiles' argument PYTHON_IMAGE.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

from imaging import engine, registry
from plumbline.core import errors
from plumbline.testcluster import store

ROOT = pathlib.Path(__file__).resolve().parents[2]
ARGUMENT = re.compile(r"^ARG PYTHON_IMAGE=(\S+)$", re.MULTILINE)
SUITE = "trixie"
# venv is for the first stage; an image's last stage takes it away again.
PACKAGES = ("python3", "python3-venv", "ca-certificates")
# What Debian's slim images leave out too, and that nothing may start during an installation.
SLIM = """\
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
path-exclude /usr/share/man/*
"""
POLICY = "#!/bin/sh\nexit 101\n"
LEFT_OUT = ("usr/share/info", "usr/share/locale", "usr/share/man", "var/cache/apt/archives",
            "var/lib/apt/lists", "var/log")  # fmt: skip
PROBE_SECONDS = 5


def public(dockerfiles: list[pathlib.Path]) -> str:
    """Return the base image that the Dockerfiles name; they must name one."""
    found = {name for file in dockerfiles for name in ARGUMENT.findall(file.read_text())}
    if len(found) != 1:
        sys.exit(f"the Dockerfiles must name one base image, not {sorted(found)}")
    return found.pop()


def local() -> str:
    """Return the name of the local base, which tells what it is made from."""
    key = store.digest([], SUITE, SLIM, POLICY, *PACKAGES, *LEFT_OUT, "1", base=ROOT)
    return f"plumbline/local-base:{SUITE}-{key}"


def reachable(reference: str) -> bool:
    """Say whether the registry of an image answers within a few seconds."""
    try:
        registry.digest(reference, seconds=PROBE_SECONDS)
    except errors.PlumblineError:
        return False
    return True


def by_digest(name: str) -> str:
    """Return what an engine looks a pulled image up by: for ``x:tag@digest``, ``x@digest``."""
    tagged, _, digest = name.partition("@")
    return f"{tagged.rpartition(':')[0]}@{digest}" if digest else name


def pull(docker: engine.Engine, name: str, say: store.Progress) -> None:
    """Have the engine fetch the public base, unless it has it by digest."""
    if "@" in name and docker.knows(by_digest(name)):
        return
    with store.heartbeat(f"pulling {name} (LOCAL_BASE=1 does without a registry)", say):
        docker.run("pull", "--quiet", name)


def ensure_local(docker: engine.Engine, say: store.Progress) -> str:
    """Have the engine know the local base, and return its name."""
    name = local()
    if docker.knows(name):
        return name
    if not shutil.which("debootstrap") or os.geteuid() != 0:
        sys.exit("a local base needs root and debootstrap (Debian: apt-get install debootstrap)")
    place = store.root() / "images" / f"base-{name.rpartition(':')[2]}"
    archive = store.make_once(place, lambda work: _make(work, say), progress=say) / "base.tar"
    docker.run("import", str(archive), name)
    return name


def _make(work: pathlib.Path, say: store.Progress) -> None:
    root = work / "root"
    with store.heartbeat(f"making a base image with debootstrap ({SUITE}, first time only)", say):
        done = subprocess.run(
            [
                # Of its own, so that no mount outlives it.
                "unshare", "--mount", "--propagation", "private",
                "debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE,
                str(root),
            ],
            check=False, capture_output=True, text=True,
        )  # fmt: skip
    if done.returncode != 0:
        sys.exit(f"debootstrap failed:\n{(done.stdout + done.stderr)[-3000:]}")
    for name in LEFT_OUT:
        for inner in (root / name).iterdir():
            shutil.rmtree(inner) if inner.is_dir() else inner.unlink()
    for file in (root / "usr/share/doc").glob("*/*"):
        if file.name != "copyright":
            shutil.rmtree(file) if file.is_dir() and not file.is_symlink() else file.unlink()
    (root / "etc/dpkg/dpkg.cfg.d/slim").write_text(SLIM)
    (root / "usr/sbin/policy-rc.d").write_text(POLICY)
    (root / "usr/sbin/policy-rc.d").chmod(0o755)
    # What debootstrap copied from this machine; Docker gives every container its own.
    for name in ("etc/hostname", "etc/resolv.conf"):
        (root / name).write_text("")
    subprocess.run(
        [
            "tar", "--directory", str(root), "--create", "--file", str(work / "base.tar"),
            "--sort=name", "--numeric-owner", "--exclude=./dev/*", "--exclude=./proc/*", ".",
        ],
        check=True,
    )  # fmt: skip
    shutil.rmtree(root)

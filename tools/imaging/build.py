"""Ensure the container images: built once per content, kept as tars outside the tree.

Called by ``tools/images.py`` and, through it, by tests that bring images to a node. A tar is keyed
by everything that goes into it (Dockerfile, locks, sources, digests of programs, the base), so that
one that is there needs no engine at all. Beside each tar lie its sizes.
"""

import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
from typing import Any

import yaml

from imaging import base, engine, programs, tars
from plumbline.testcluster import store

ROOT = base.ROOT
SETTINGS = ROOT / "build/settings"
SBOMS = ROOT / "build/sbom"
CHART = ROOT / "deploy/helm/plumbline"
AUTHORITIES = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
# Of pip's settings, those that say where packages come from; the rest is this machine's matter.
PIP_SETTINGS = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "retries")
SHARED = (
    ".dockerignore", "deploy/images", "libs/common", "tools/imaging/assemble.py",
    "tools/imaging/sbom.py",
)  # fmt: skip
LEFT_OUT = {"__pycache__", "tests", ".mypy_cache", ".ruff_cache"}
KEPT_TARS = 4  # for each image; some trees beside one another may use the cache
READING_SECONDS = 3600
KEPT_STAGES = 24
KEY_LENGTH = 20  # of store.digest


@dataclasses.dataclass(frozen=True)
class Image:
    """One image: where its Dockerfile is and what is copied into it."""

    name: str
    tag: str
    dockerfile: pathlib.Path
    inputs: tuple[str, ...]
    ours: bool = True


def known() -> dict[str, Image]:
    """Return every image by its name: the four of the product, and Redis for tests of a node."""
    version = yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"]
    folders = {
        "api-server": "services/api-server",
        "repo-server": "services/repo-server",
        "app-controller": "services/app-controller",
        "plumb": "cli",
    }
    images = {
        name: Image(
            name, f"plumbline/{name}:{version}", ROOT / folder / "Dockerfile", (*SHARED, folder)
        )
        for name, folder in folders.items()
    }
    redis = yaml.safe_load((CHART / "values.yaml").read_text())["redis"]["image"]
    file = "tests/images/redis/Dockerfile"
    tag = f"{redis['repository']}:{redis['tag']}"
    images["redis"] = Image("redis", tag, ROOT / file, (file,), ours=False)
    return images


OURS = ("api-server", "repo-server", "app-controller", "plumb")


def key(image: Image, base_name: str) -> str:
    """Return the digest of everything that goes into an image."""
    files = [file for name in image.inputs for file in _files(ROOT / name)]
    return store.digest(files, image.tag, base_name, base=ROOT)


def place(image: Image, base_name: str) -> pathlib.Path:
    """Return where an image's tar is, or will be."""
    return store.root() / "images" / f"{image.name}-{key(image, base_name)}.tar"


def saved(names: tuple[str, ...], mode: str) -> dict[str, pathlib.Path]:
    """Return the tars that are there already, without asking anybody."""
    images = known()
    public = base.public([images[name].dockerfile for name in OURS])
    bases = {"registry": [public], "local": [base.local()]}.get(mode, [public, base.local()])
    found = {}
    for name in names:
        for one in bases:
            tar = place(images[name], one)
            if tar.is_file() and name not in found:
                os.utime(tar)  # it is in use
                found[name] = tar
    return found


def ensure(
    names: tuple[str, ...], mode: str, say: store.Progress, *, again: bool = False
) -> dict[str, pathlib.Path]:
    """Return the tars of images, building those that are not saved, or all of them ``again``.

    One process builds at a time; who waited takes what the other one saved.
    """
    found = {} if again else saved(names, mode)
    if set(found) == set(names):
        return found
    folder = store.root() / "images"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "build.lock").open("w") as lock:
        engine.take(lock, "another process is building images; waiting for it", say)
        found = {} if again else saved(names, mode)
        missing = tuple(name for name in names if name not in found)
        return found | (build(missing, mode, say) if missing else {})


def build(names: tuple[str, ...], mode: str, say: store.Progress) -> dict[str, pathlib.Path]:
    """Build images by an engine, whatever is saved, and save them; ends with a text if it fails.

    ``mode`` is registry (the public base), local (one made here) or auto (the public one if its
    registry answers).
    """
    images = known()
    public = base.public([images[name].dockerfile for name in OURS])
    if mode == "auto":
        mode = "registry" if base.reachable(public) else "local"
        if mode == "local":
            say(f"WARNING: no registry answers for {public}: a base is made by debootstrap instead")
    _write_settings()
    try:
        if "repo-server" in names:
            programs.collect(say)
        with engine.find(say) as docker:
            base_name = public
            if mode == "local":
                base_name = base.ensure_local(docker, say)
            else:
                base.pull(docker, public, say)
            host = docker.private or mode == "local"
            made = {
                name: _build(docker, images[name], base_name, host=host, say=say) for name in names
            }
            if docker.private:  # what a person's own engine keeps is theirs to decide
                _prune(docker)
    finally:
        shutil.rmtree(SETTINGS)  # an index may be named with a password
    _forget()
    return made


def sizes(tar: pathlib.Path) -> dict[str, Any]:
    """Return what is known of a saved image: tag, base and sizes in bytes."""
    loaded: dict[str, Any] = json.loads(tar.with_suffix(".json").read_text())
    return loaded


def _build(
    docker: engine.Engine, image: Image, base_name: str, *, host: bool, say: store.Progress
) -> pathlib.Path:
    tar = place(image, base_name)
    started = time.monotonic()
    arguments = {"PYTHON_IMAGE": base_name}
    if image.ours:
        arguments["VERSION"] = image.tag.rpartition(":")[2]
        arguments["SOURCE_DATE_EPOCH"] = _epoch(image)
    with store.heartbeat(f"building {image.tag}", say):
        docker.run(
            "build", "--quiet", f"--network={'host' if host else 'default'}", "--tag", image.tag,
            *(f"--build-arg={name}={value}" for name, value in arguments.items()),
            "--file", str(image.dockerfile), str(ROOT),
        )  # fmt: skip
        total = int(docker.run("image", "inspect", "--format", "{{.Size}}", image.tag))
        below = int(
            docker.run("image", "inspect", "--format", "{{.Size}}", base.by_digest(base_name))
        )
        tar.parent.mkdir(parents=True, exist_ok=True)
        part = tar.with_suffix(f".{os.getpid()}.part")
        docker.run("save", "--output", str(part), image.tag)
    about = {"tag": image.tag, "base": base_name, "size": total, "base_size": below}
    tar.with_suffix(".json").write_text(json.dumps(about) + "\n")
    part.rename(tar)
    say(
        f"  {image.tag}: {total / 1e6:.0f} MB = base {below / 1e6:.0f} MB "
        f"+ {(total - below) / 1e6:.0f} MB, {time.monotonic() - started:.0f} s"
    )
    if image.ours:
        _take_sboms(image, tar)
    return tar


def _take_sboms(image: Image, tar: pathlib.Path) -> None:
    SBOMS.mkdir(parents=True, exist_ok=True)
    with tars.SavedImage(tar) as opened:
        for kind in ("spdx", "cdx"):
            name = f"{image.name}.{kind}.json"
            (SBOMS / name).write_bytes(opened.read(f"usr/share/sbom/{name}"))


def _write_settings() -> None:
    """Give the first stage this machine's index and authorities; none of it leaves that stage."""
    shutil.rmtree(SETTINGS, ignore_errors=True)
    SETTINGS.mkdir(parents=True)
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    ).stdout
    options = {}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        options[name.rpartition(".")[2].replace("_", "-")] = value.strip("'\"")
    kept = {name: options[name] for name in PIP_SETTINGS if name in options}
    if AUTHORITIES.is_file():  # behind a proxy that signs anew, the machine knows its authority
        shutil.copyfile(AUTHORITIES, SETTINGS / "authorities.crt")
        kept["cert"] = "/src/images/authorities.crt"
    text = "[global]\n" + "".join(f"{name} = {value}\n" for name, value in kept.items())
    (SETTINGS / "pip.conf").write_text(text)
    (SETTINGS / "pip.conf").chmod(0o600)


def _epoch(image: Image) -> str:
    """Return the date of the last commit that touched what goes into an image."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return given
    argv = ["git", "log", "-1", "--format=%ct", "--", *image.inputs]
    done = subprocess.run(argv, cwd=ROOT, check=False, capture_output=True, text=True)
    # Without a history: the oldest date that a zip can hold.
    return done.stdout.strip() if re.fullmatch(r"\d+\n", done.stdout) else "315532800"


def _files(path: pathlib.Path) -> list[pathlib.Path]:
    """Return the files that a build is given under a path."""
    if path.is_file():
        return [path]
    return [
        file
        for file in path.rglob("*")
        if file.is_file()
        and not LEFT_OUT.intersection(file.relative_to(path).parts)
        and not any(part.endswith(".egg-info") for part in file.parts)
    ]


def _prune(docker: engine.Engine) -> None:
    """Bound what earlier builds left in the private engine, at the price of fetching again."""
    left = docker.run("images", "--quiet", "--filter", "dangling=true").split()
    if len(left) > KEPT_STAGES:
        docker.run("image", "prune", "--force")


def _forget() -> None:
    """Delete all but the newest tars of each image, and none that somebody may be reading."""
    folder = store.root() / "images"
    limit = time.time() - READING_SECONDS
    for name in known():
        tars_of_it = folder.glob(f"{name}-{'?' * KEY_LENGTH}.tar")
        newest_first = sorted(tars_of_it, key=lambda tar: tar.stat().st_mtime, reverse=True)
        for tar in newest_first[KEPT_TARS:]:
            if tar.stat().st_mtime < limit:
                tar.unlink(missing_ok=True)
                tar.with_suffix(".json").unlink(missing_ok=True)

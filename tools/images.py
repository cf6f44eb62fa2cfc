"""Build the container images: `make images`, or `make images LOCAL_BASE=1` without a registry.

Needs a Docker engine. The tools that the repo-server ships (kustomize, helm) come from the cache of
the tests' tools. With LOCAL_BASE the base image is made by debootstrap and imported under the name
that the Dockerfiles give, so that the same Dockerfiles are built. Sizes are printed.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from plumbline.testcluster import binaries, tools

ROOT = Path(__file__).resolve().parents[1]
IMAGES = {
    "api-server": "services/api-server",
    "repo-server": "services/repo-server",
    "app-controller": "services/app-controller",
    "plumb": "cli",
}
BASE = re.compile(r"^ARG PYTHON_IMAGE=(\S+)$", re.MULTILINE)
SUITE = "trixie"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def say(text: str) -> None:
    """Print progress."""
    print(text, flush=True)


def docker(*argv: str) -> str:
    """Run docker and return its output; its errors go to the terminal."""
    return subprocess.run(
        ["docker", *argv], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()


def require_engine() -> None:
    """End with a clear text where no engine answers."""
    try:
        docker("version", "--format", "{{.Server.Version}}")
    except (OSError, subprocess.CalledProcessError):
        sys.exit("make images needs a Docker engine: start one, or set DOCKER_HOST")


def collect_tools() -> None:
    """Put the binaries of the repo-server where its Dockerfile looks for them."""
    place = ROOT / "build/tools"
    place.mkdir(parents=True, exist_ok=True)
    shutil.copy2(binaries.ensure_kustomize(say), place / "kustomize")
    shutil.copy2(tools.ensure_layer(say) / "helm", place / "helm")
    for file in place.iterdir():
        file.chmod(0o755)


def base_name() -> str:
    """Return the base image that the Dockerfiles name; they must name one."""
    found = {BASE.findall((ROOT / f / "Dockerfile").read_text())[0] for f in IMAGES.values()}
    if len(found) != 1:
        sys.exit(f"the Dockerfiles name several base images: {sorted(found)}")
    return found.pop()


def make_local_base(name: str) -> None:
    """Make a Debian with Python and import it under the base image's name."""
    if docker("images", "-q", name):
        say(f"{name} is there already")
        return
    with tempfile.TemporaryDirectory(prefix="plumbline-base-") as folder:
        root = Path(folder) / "root"
        say(f"making a base image with debootstrap ({SUITE})")
        packages = "python3,python3-venv,python3-pip,ca-certificates"
        command = ["debootstrap", "--variant=minbase", f"--include={packages}", SUITE, str(root)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        # Behind a proxy that signs anew, the machine's own authorities and settings are needed.
        shutil.copy2(CERTIFICATES, root / CERTIFICATES.relative_to("/"))
        settings = subprocess.run(
            [sys.executable, "-m", "pip", "config", "list"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        lines = [line.partition("=") for line in settings.splitlines()]
        options = {k.rpartition(".")[2]: v.strip("'\"") for k, _, v in lines}
        options["cert"] = str(CERTIFICATES)
        text = "[global]\n" + "".join(f"{k} = {v}\n" for k, v in options.items())
        (root / "etc/pip.conf").write_text(text)
        pack = ["tar", "-C", str(root), "-c", "."]
        with subprocess.Popen(pack, stdout=subprocess.PIPE) as packing:
            subprocess.run(["docker", "import", "-", name], stdin=packing.stdout, check=True)


def build(name: str, folder: str, version: str, *, network: str) -> None:
    """Build one image and print its size; ``network`` is what its steps download by."""
    tag = f"plumbline/{name}:{version}"
    say(f"building {tag}")
    buildx = subprocess.run(["docker", "buildx", "version"], capture_output=True, check=False)
    environment = {**os.environ, "DOCKER_BUILDKIT": "1" if buildx.returncode == 0 else "0"}
    command = ["docker", "build", "--quiet", f"--network={network}", "-t", tag]
    done = subprocess.run(
        [*command, "-f", f"{folder}/Dockerfile", "."],
        cwd=ROOT, check=False, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode != 0:
        sys.exit(f"{tag} cannot be built:\n{(done.stdout + done.stderr)[-4000:]}")
    size = int(docker("image", "inspect", "--format", "{{.Size}}", tag)) / 1e6
    say(f"  {tag}: {size:.0f} MB")


def main() -> None:
    """Build what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--local-base", action="store_true", help="make the base by debootstrap")
    parser.add_argument("--version", default="0.1.0", help="the images' tag")
    parser.add_argument("names", nargs="*", default=list(IMAGES), help="only these")
    chosen = parser.parse_args()
    require_engine()
    collect_tools()
    if chosen.local_base:
        make_local_base(base_name())
    for name in chosen.names:
        network = "host" if chosen.local_base else "default"
        build(name, IMAGES[name], chosen.version, network=network)


if __name__ == "__main__":
    main()

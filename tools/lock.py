"""Recompile every hash-locked requirements file: `make lock`.

One resolution for all (requirements-dev.txt), then one file per image, constrained by it, so that a
service is tested with exactly the packages it ships. No file holds an address.
"""

import subprocess
import sys
from pathlib import Path

OPTIONS = [
    "--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url",
    "--no-emit-find-links", "--no-header", "--no-annotate", "--quiet",
]  # fmt: skip
COMMON = "libs/common/requirements.in"


def compile_lock(output: str, *inputs: str, extra: tuple[str, ...] = ()) -> None:
    """Compile one lock from its inputs."""
    uv = str(Path(sys.executable).with_name("uv"))
    subprocess.run([uv, "pip", "compile", *OPTIONS, *extra, *inputs, "-o", output], check=True)
    print(f"locked {output}")


def main() -> None:
    """Compile the locks, the common one first."""
    compile_lock("requirements-dev.txt", "requirements-dev.in")
    pinned = ("-c", "requirements-dev.txt")
    for folder in ("services/api-server", "services/repo-server", "services/app-controller", "cli"):
        compile_lock(
            f"{folder}/requirements.txt", COMMON, f"{folder}/requirements.in", extra=pinned
        )
    compile_lock("deploy/images/build.txt", "deploy/images/build.in", extra=pinned)
    compile_lock("tools/requirements.txt", "tools/requirements.in", extra=("--no-deps",))


if __name__ == "__main__":
    main()

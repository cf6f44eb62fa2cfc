"""Write the digests of the images we do not build where they are used: `make pin-images`.

Asks the registries for what each name means now: the base image of the Dockerfiles (as
``name:tag@sha256:…``) and the chart's Redis (``redis.image.digest``). Without a registry it says so
in one line and changes nothing.
"""

import argparse
import collections.abc
import pathlib
import re
import sys

from imaging import registry

from plumbline.core import errors

ROOT = pathlib.Path(__file__).resolve().parents[1]
DOCKERFILES = ("services/*/Dockerfile", "cli/Dockerfile", "tests/images/*/Dockerfile")
VALUES = "deploy/helm/plumbline/values.yaml"
BASE = re.compile(r"^(ARG PYTHON_IMAGE=)([^\s@]+)(?:@\S+)?$", re.MULTILINE)
# An image of somebody else: its repository begins with a host.
FOREIGN = re.compile(
    r"(\{repository: )([a-z0-9-]+\.[a-z0-9.:/_-]+)(, tag: )([\w.-]+)(, digest: )(\"[^\"]*\")(\})"
)


def pinned(root: pathlib.Path) -> dict[pathlib.Path, str]:
    """Return the new text of every file that names an image, by its path.

    Raises what ``registry.digest`` raises, and InvalidArgument if a file names no image.
    """
    known: dict[str, str] = {}

    def digest(name: str) -> str:
        if name not in known:
            known[name] = registry.digest(name)
        return known[name]

    texts = {}
    for file in sorted(file for pattern in DOCKERFILES for file in root.glob(pattern)):
        texts[file] = _substituted(file, BASE, lambda m: f"{m[1]}{m[2]}@{digest(m[2])}")
    texts[root / VALUES] = _substituted(
        root / VALUES,
        FOREIGN,
        lambda m: f'{m[1]}{m[2]}{m[3]}{m[4]}{m[5]}"{digest(f"{m[2]}:{m[4]}")}"{m[7]}',
    )
    return texts


def _substituted(
    file: pathlib.Path,
    pattern: re.Pattern[str],
    new: collections.abc.Callable[[re.Match[str]], str],
) -> str:
    text, times = pattern.subn(new, file.read_text())
    if not times:
        raise errors.InvalidArgument(f"{file} names no image to pin")
    return text


def main() -> None:
    """Pin all of them, or nothing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=ROOT, help="the tree to work on")
    root = parser.parse_args().root
    try:
        texts = pinned(root)
    except errors.PlumblineError as error:
        sys.exit(f"nothing is pinned: {error.message}")
    for file, text in texts.items():
        if text != file.read_text():
            file.write_text(text)
            print(f"pinned {file.relative_to(root)}")


if __name__ == "__main__":
    main()

"""The images as tars: built once for this tree, or found in the cache."""

import json
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tools"))  # for imaging, in the tests beside this too

# What a machine may lack; anything else that ends a build is a failure.
LACKING = ("no Docker engine answers", "a local base needs root")


def pytest_collection_modifyitems(items):
    for item in items:
        if pathlib.Path(__file__).parent in item.path.parents and "saved" in item.fixturenames:
            item.add_marker(pytest.mark.timeout(1800))  # the first one builds all images
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def saved():
    """{name: tar} of every image."""
    argv = [sys.executable, str(ROOT / "tools/images.py"), "--save", "--base=auto"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode and any(text in done.stderr for text in LACKING):
        pytest.skip(f"NO IMAGES CAN BE BUILT HERE: {done.stderr.strip().splitlines()[-1]}")
    assert 0 == done.returncode, done.stderr
    return {n: pathlib.Path(p) for n, p in json.loads(done.stdout.splitlines()[-1]).items()}


@pytest.fixture(scope="session")
def opened(saved):
    """A function that gives the image of a name, read once."""
    from imaging import tars  # noqa: PLC0415 -- its place is known to Python only now

    known = {}

    def get(name):
        if name not in known:
            known[name] = tars.SavedImage(saved[name])
        return known[name]

    yield get
    for image in known.values():
        image.close()

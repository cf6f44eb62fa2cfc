"""The engine, built once."""

import pytest

from plumbline.scripts import goengine
from plumbline.testcluster import binaries


@pytest.fixture(scope="session")
def program():
    """The engine's program."""
    return binaries.ensure_goengine(print)


@pytest.fixture(scope="module")
def engine(program):
    """An engine of usual limits."""
    made = goengine.Engine(program)
    yield made
    made.close()


@pytest.fixture
def strict(program):
    """An engine that gives up early."""
    made = goengine.Engine(program, limits=goengine.Limits(cpu_seconds=0.3))
    yield made
    made.close()

"""Fixtures for tests that need a Kubernetes API server or a Redis.

Loaded by pytest by itself (entry point of this distribution). Which cluster: KUBECONFIG if set;
with PLUMBLINE_TEST_CLUSTER=k3s a K3s container; else one of our own for the whole session, shared
by all its workers. Redis: PLUMBLINE_TEST_REDIS=container for a container, else a local process.
`node` is a real node, one for the session too; where none can run, its tests are skipped and the
summary says so. Nothing starts before a test asks for it.
"""

import collections.abc
import contextlib
import dataclasses
import os
import pathlib
import secrets
import socket
import subprocess
import urllib.parse

import pytest

from plumbline.testcluster import api, redisserver, sharing, tools
from plumbline.testcluster.node import Node, missing

__all__ = ["ClusterAccess", "Kubectl"]

Kubectl = collections.abc.Callable[..., str]
"""``kubectl(*argv, stdin="")`` returns standard output; raises AssertionError with the output."""


@dataclasses.dataclass(frozen=True)
class ClusterAccess:
    """The cluster under test: its kubeconfig and a blocking client with the same rights."""

    kubeconfig: pathlib.Path
    api: api.Api


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> collections.abc.Iterator[ClusterAccess]:
    """The Kubernetes this session tests against."""
    if named := os.environ.get("KUBECONFIG"):
        yield _access(pathlib.Path(named))
    elif os.environ.get("PLUMBLINE_TEST_CLUSTER") == "k3s":
        yield from _k3s(tmp_path_factory.mktemp("k3s"))
    else:
        with _shared(tmp_path_factory, "plumbline-testcluster", ("up",)) as kubeconfig:
            yield _access(kubeconfig)


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> collections.abc.Iterator[Node]:
    """A Kubernetes of one real node; skips, and the summary says so, where none can run.

    ``PLUMBLINE_TEST_NODE`` names the directory of one that runs already (`node up`).
    """
    if lack := missing():
        pytest.skip(lack)
    if named := os.environ.get("PLUMBLINE_TEST_NODE"):
        with Node.attach(pathlib.Path(named)) as found:
            yield found
        return
    session = _session(tmp_path_factory) / "plumbline-node"
    command = ("node", "up", f"--directory={session / 'node'}")
    with _shared(tmp_path_factory, session.name, command), Node.attach(session / "node") as found:
        yield found


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in a line of its own that tests of a real node did not run, and why."""
    lack = missing()
    skipped = [
        report
        for report in terminalreporter.stats.get("skipped", [])
        if lack and lack in str(report.longrepr)
    ]
    if skipped:
        tests = "1 test" if len(skipped) == 1 else f"{len(skipped)} tests"
        line = f"WARNING: {tests} did not run: {lack}"
        terminalreporter.write_line(line, yellow=True, bold=True)


@pytest.fixture
def namespace(cluster: ClusterAccess) -> collections.abc.Iterator[str]:
    """The name of a fresh namespace, deleted when the test ends."""
    name = f"test-{secrets.token_hex(5)}"
    cluster.api.create("/api/v1/namespaces", {"metadata": {"name": name}})
    # Pods are refused until the controller manager has made the namespace's default account.
    cluster.api.wait(f"/api/v1/namespaces/{name}/serviceaccounts/default", lambda _: True)
    yield name
    cluster.api.delete(f"/api/v1/namespaces/{name}")


@pytest.fixture(scope="session")
def kubectl(cluster: ClusterAccess) -> Kubectl:
    """A function that runs kubectl against the cluster."""
    program = tools.ensure_layer(print) / "kubectl"

    def run(*argv: str, stdin: str = "") -> str:
        command = [str(program), f"--kubeconfig={cluster.kubeconfig}", *argv]
        done = subprocess.run(command, input=stdin, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(f"kubectl {' '.join(argv)}: {done.stdout}{done.stderr}")
        return done.stdout

    return run


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> collections.abc.Iterator[str]:
    """The URL of a Redis of this process's own, with its password."""
    if os.environ.get("PLUMBLINE_TEST_REDIS") == "container":
        yield from _redis_container()
        return
    with redisserver.RedisServer.start(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@contextlib.contextmanager
def _shared(
    tmp_path_factory: pytest.TempPathFactory, name: str, command: tuple[str, ...]
) -> collections.abc.Iterator[pathlib.Path]:
    """Give the kubeconfig of what `command` starts, one for all workers of the session."""
    directory = _session(tmp_path_factory) / name
    if "PYTEST_XDIST_WORKER" in os.environ:
        yield sharing.join(directory, os.getppid(), command)[0]
        return
    kubeconfig, pid = sharing.join(directory, os.getpid(), command)
    try:
        yield kubeconfig
    finally:
        if pid is not None:
            sharing.end(pid)


def _session(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The session's directory: of a worker's, which are siblings in it, the parent."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def _access(kubeconfig: pathlib.Path) -> ClusterAccess:
    return ClusterAccess(kubeconfig, api.Api.of(kubeconfig))


def _k3s(directory: pathlib.Path) -> collections.abc.Iterator[ClusterAccess]:
    _require_docker("PLUMBLINE_TEST_CLUSTER=k3s")
    from testcontainers.community import k3s  # noqa: PLC0415 - heavy, and only here

    with k3s.K3SContainer() as container:
        kubeconfig = directory / "kubeconfig"
        kubeconfig.write_text(container.config_yaml())
        yield _access(kubeconfig)


def _redis_container() -> collections.abc.Iterator[str]:
    _require_docker("PLUMBLINE_TEST_REDIS=container")
    from testcontainers.community import redis  # noqa: PLC0415 - heavy, and only here

    password = secrets.token_urlsafe(24)
    with redis.RedisContainer(password=password) as container:
        host, port = container.get_container_host_ip(), container.get_exposed_port(6379)
        yield f"redis://:{password}@{host}:{port}/0"


def _require_docker(asked: str) -> None:
    """Skip, saying why, when a container was asked for and no engine answers."""
    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    address = urllib.parse.urlsplit(host)
    try:
        if address.scheme == "unix":
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(address.path)
        else:
            socket.create_connection((address.hostname or "", address.port or 2375), 5).close()
    except OSError as problem:
        pytest.skip(f"{asked} was asked for, but no Docker engine answers at {host}: {problem}")

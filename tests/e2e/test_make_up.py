"""``make up``: only the services, against a cluster that is there, as a process of its own."""

import contextlib
import http.client
import json
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import sys
import time

import pytest

from plumbline.core import errors
from plumbline.local import plumb, services

from .clients import generated, transports
from .clients.caller import Caller

pytestmark = pytest.mark.cluster

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = {"repo-server", "controller", "api-server"}
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@pytest.fixture
def plane_namespace(cluster):
    """The name of a control plane's namespace that is not there yet."""
    name = f"up-{secrets.token_hex(5)}"
    yield name
    with contextlib.suppress(errors.NotFound):
        cluster.api.delete(f"/api/v1/namespaces/{name}")


class Up:
    """``python -m plumbline.local up`` and what it says of itself."""

    def __init__(self, folder, cluster, namespace, redis):
        self._pids, self._log = folder / "pids.json", folder / "up.log"
        self.address = f"127.0.0.1:{services.free_port()}"
        self._argv = [
            sys.executable, "-m", "plumbline.local", "up",
            "--kubeconfig", str(cluster.kubeconfig), "--namespace", namespace,
            "--address", "127.0.0.1", "--port", self.address.rpartition(":")[2],
            "--insecure", "--redis", redis, "--pids", str(self._pids),
        ]  # fmt: skip
        self._process = None

    def start(self, password):
        self._pids.unlink(missing_ok=True)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("ARGOCD_")}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT,
                env={**environment, "REDIS_PASSWORD": password},
            )  # fmt: skip
        self.pids_when(lambda pids: set(pids) == SERVICES)

    def stop(self):
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(timeout=60)

    def end(self):
        if self._process is not None and self._process.poll() is None:
            self.stop()

    def pids_when(self, condition):
        """Return what the file holds as soon as it fits."""
        until = time.monotonic() + 90
        while time.monotonic() < until:
            assert self._process.poll() is None, self._log.read_text()
            with contextlib.suppress(OSError, json.JSONDecodeError):
                pids = json.loads(self._pids.read_text())
                if condition(pids):
                    return pids
            time.sleep(0.1)
        raise AssertionError(f"{self._pids}: {self._log.read_text()}")

    def other_than(self, before, name):
        """Return the process ids once a service has another one than before."""
        return self.pids_when(lambda pids: pids.get(name, before[name]) != before[name])

    def descendants(self):
        """Return the process ids of all that it started, and what they started."""
        parents = {}
        for file in pathlib.Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                parents[int(file.parent.name)] = int(file.read_text().rpartition(")")[2].split()[1])
        found, new = set(), {self._process.pid}
        while new:
            new = {pid for pid, parent in parents.items() if parent in new} - found
            found |= new
        return found

    def programs(self):
        """Return the names of the programs that it started."""
        found = set()
        for pid in self.descendants():
            with contextlib.suppress(OSError):
                line = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
                found.add(pathlib.PurePath(line.split(b"\0")[0].decode()).name)
        return found

    def kill(self):
        self._process.kill()
        self._process.wait()


def alive(pid):
    """Whether a process runs; one that nobody has waited for yet does not."""
    try:
        status = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def answers(address):
    """The port's version, once it answers."""
    until = time.monotonic() + 60
    while True:
        try:
            return Caller(transports.Rest(address)).version()
        except (OSError, http.client.HTTPException):
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


@pytest.fixture
def up(tmp_path, cluster, plane_namespace, redis_url):
    password, _, host = redis_url.removeprefix("redis://:").partition("@")
    started = Up(tmp_path, cluster, plane_namespace, host.partition("/")[0])
    started.start(password)
    yield started, password
    started.end()


@pytest.mark.timeout(300)
def test_up(up, cluster, plane_namespace, tmp_path):
    """It makes what is missing, serves one port, revives what ends, and leaves nothing running.

    One test: each step begins where the former ended, and a start takes several seconds.
    """
    up, redis_password = up
    api, where = cluster.api, f"/apis/argoproj.io/v1alpha1/namespaces/{plane_namespace}"
    assert api.get(f"/api/v1/namespaces/{plane_namespace}")
    names = {d["metadata"]["name"] for d in api.get(DEFINITIONS)["items"]}
    assert {
        f"{plural}.argoproj.io" for plural in ("applications", "applicationsets", "appprojects")
    } <= names
    assert ["*"] == api.get(f"{where}/appprojects/default")["spec"]["sourceRepos"]

    # One port without TLS: gRPC and REST, the same session in both.
    password = plumb.admin_password(api, plane_namespace)
    generated.compile_client(tmp_path / "stranger")
    channel = transports.Grpc(tmp_path / "stranger/generated", up.address)
    with contextlib.closing(channel):
        rest, rpc = Caller(transports.Rest(up.address)), Caller(channel)
        assert rest.version() == rpc.version()
        rest.login("admin", password)
        assert "admin" == rpc.with_token(rest.token).username()
        assert [] == rpc.with_token(rest.token).apps("default")

    # The Redis is the one that was named.
    assert not [program for program in up.programs() if "redis" in program]

    # A service that is killed is started again, and the file follows.
    before = up.pids_when(lambda pids: all(map(alive, pids.values())))
    for name in sorted(SERVICES):
        os.kill(before[name], signal.SIGKILL)
        now = up.other_than(before, name)
        assert {k: v for k, v in before.items() if k != name} == {
            k: v for k, v in now.items() if k != name
        }
        before = now
    answers(up.address)

    # A request to end ends it and all of its services.
    assert 0 == up.stop()
    assert dict.fromkeys(SERVICES, False) == {n: alive(p) for n, p in before.items()}

    # What is there is kept by the next start: objects, also changed ones, and the password.
    limited = {"spec": {"sourceRepos": ["https://git.example/*"]}}
    api.merge(f"{where}/appprojects/default", limited)
    app = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "kept", "namespace": plane_namespace},
        "spec": {
            "project": "default",
            "source": {"repoURL": "https://git.example/kept.git", "path": "."},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "default"},
        },
    }
    kept = api.create(f"{where}/applications", app)["metadata"]
    up.start(redis_password)
    again = api.get(f"{where}/appprojects/default")["spec"]["sourceRepos"]
    assert ["https://git.example/*"] == again
    rest = Caller(transports.Rest(up.address))
    rest.login("admin", password)
    assert kept["uid"] == rest.app("kept")["metadata"]["uid"]

    # Killed, it leaves nothing running either.
    started = up.descendants()
    up.kill()
    until = time.monotonic() + 30
    while any(map(alive, started)) and time.monotonic() < until:
        time.sleep(0.1)
    assert [] == [pid for pid in started if alive(pid)]


def said(*arguments):
    """What ``make up`` would run."""
    command = [shutil.which("make"), "--no-print-directory", "-n", "-o", ".venv/.stamp", "up"]
    done = subprocess.run(
        [*command, *arguments], cwd=ROOT, check=True, capture_output=True, text=True,
        env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    lines = done.stdout.replace("\\\n", " ").splitlines()
    return next(line for line in lines if "plumbline.local up" in line).split()[3:]


def test_the_arguments_of_make():
    """Each variable becomes the flag of its name; what is not given is left to the defaults."""
    assert ["up", "--kubeconfig", "k", "--namespace", "argocd"] == said("KUBECONFIG=k")
    assert [
        "up", "--kubeconfig", "k", "--namespace", "n", "--address", "127.0.0.1", "--port", "81",
        "--insecure", "--redis", "r:6379", "--pids", "p",
    ] == said(
        "KUBECONFIG=k", "NAMESPACE=n", "ADDRESS=127.0.0.1", "PORT=81", "INSECURE=1",
        "REDIS=r:6379", "PIDS=p",
    )  # fmt: skip


def test_make_up_needs_a_cluster():
    """Without KUBECONFIG it says what it needs and starts nothing."""
    done = subprocess.run(
        [shutil.which("make"), "-o", ".venv/.stamp", "up"], cwd=ROOT, check=False,
        capture_output=True, text=True, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert (2, True) == (done.returncode, "make up needs KUBECONFIG=file" in done.stdout)

"""Give a Docker engine to build with: the machine's, else a private one for the length of a build.

Called by ``build``. The private dockerd has its own data, socket and process and mount namespaces,
and changes nothing of the machine's network: builds use the machine's. It needs root and an
installed dockerd. Nothing of it is left when its block ends, but its data in the cache.
"""

import collections.abc
import contextlib
import dataclasses
import fcntl
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from typing import TextIO

from plumbline.testcluster import store

START_SECONDS = 60


@dataclasses.dataclass(frozen=True)
class Engine:
    """A Docker engine that answers; ``private`` if it is ours and ends with the build."""

    environment: dict[str, str]
    private: bool

    def run(self, *argv: str) -> str:
        """Run docker and return its output; ends the program with docker's own text if it fails."""
        done = subprocess.run(
            ["docker", *argv], env=self.environment, check=False, capture_output=True, text=True
        )
        if done.returncode != 0:
            sys.exit(f"docker {argv[0]} failed:\n{(done.stdout + done.stderr)[-6000:]}")
        return done.stdout.strip()

    def knows(self, image: str) -> bool:
        """Say whether the engine has an image."""
        argv = ["docker", "image", "inspect", "--format", "{{.Id}}", image]
        done = subprocess.run(argv, env=self.environment, check=False, capture_output=True)
        return done.returncode == 0

    def answers(self) -> bool:
        """Say whether a server is behind the client."""
        try:
            done = subprocess.run(
                ["docker", "version", "--format", "{{.Server.Version}}"],
                env=self.environment, check=False, capture_output=True, timeout=20,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0


def cgroup() -> str:
    """Return the name of the cgroups that this process's private engine makes."""
    return f"plumbline-images-{os.getpid()}"


def take(lock: TextIO, text: str, say: store.Progress) -> None:
    """Lock a file for as long as it is open, and say ``text`` while somebody else has it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        with store.heartbeat(text, say):
            fcntl.flock(lock, fcntl.LOCK_EX)


@contextlib.contextmanager
def find(say: store.Progress) -> collections.abc.Iterator[Engine]:
    """Yield the machine's engine if one answers, else a private one; ends with a text if none."""
    if not shutil.which("docker"):
        sys.exit("no Docker engine answers: there is no docker on the PATH (Debian: docker.io)")
    argv = ["docker", "buildx", "version"]
    buildx = subprocess.run(argv, capture_output=True, check=False).returncode == 0
    environment = {**os.environ, "DOCKER_BUILDKIT": "1" if buildx else "0"}
    machines = Engine(environment, private=False)
    if machines.answers():
        yield machines
        return
    if os.geteuid() != 0 or not shutil.which("dockerd") or not shutil.which("unshare"):
        sys.exit(
            "no Docker engine answers: start one, set DOCKER_HOST, or be root with dockerd and "
            "unshare installed (Debian: docker.io and util-linux) for a private one"
        )
    with _private(environment, say) as private:
        yield private


@contextlib.contextmanager
def _private(environment: dict[str, str], say: store.Progress) -> collections.abc.Iterator[Engine]:
    data = store.root() / "images" / "engine"
    data.mkdir(parents=True, exist_ok=True)
    with (data.parent / "engine.lock").open("w") as lock:
        take(lock, "another process has the private engine; waiting for it", say)
        say("starting a private Docker engine")
        with tempfile.TemporaryDirectory(prefix="plumbline-engine-") as folder:
            run = pathlib.Path(folder)
            # The private engine is of the distribution's age: the old builder is what it has.
            host = {"DOCKER_HOST": f"unix://{run}/sock", "DOCKER_BUILDKIT": "0"}
            engine = Engine({**environment, **host}, private=True)
            process = _start(data, run)
            try:
                _await(engine, process, run / "log")
                yield engine
            finally:
                _stop(process)


def _start(data: pathlib.Path, run: pathlib.Path) -> subprocess.Popen[bytes]:
    (run / "daemon.json").write_text(json.dumps({}))
    argv = [
        # If this program dies, so does unshare, and with it all that is in the namespaces.
        "setpriv", "--pdeathsig", "KILL",
        "unshare", "--mount", "--propagation", "private", "--pid", "--mount-proc", "--fork",
        "--kill-child=KILL",
        "dockerd", f"--config-file={run}/daemon.json", f"--data-root={data}",
        f"--exec-root={run}/exec", f"--pidfile={run}/pid", f"--host=unix://{run}/sock",
        "--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false",
        "--ip-masq=false", "--userland-proxy=false", f"--cgroup-parent=/{cgroup()}",
    ]  # fmt: skip
    with (run / "log").open("wb") as log:
        return subprocess.Popen(argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL)


def _await(engine: Engine, process: subprocess.Popen[bytes], log: pathlib.Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        if engine.answers():
            return
        time.sleep(0.2)
    sys.exit(f"the private dockerd does not answer:\n{log.read_text()[-3000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End dockerd in good order; it is the first process of its namespace, so all else ends too."""
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if process.poll() is None:
        for child in children.read_text().split():
            os.kill(int(child), signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()  # takes its child with it
            process.wait()
    for place in pathlib.Path("/sys/fs/cgroup").glob(f"**/{cgroup()}"):
        for inner in sorted(place.glob("**/"), reverse=True):
            with contextlib.suppress(OSError):  # not empty: somebody is still ending in it
                inner.rmdir()

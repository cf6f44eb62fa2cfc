"""Share one test cluster among the processes of one test session.

Called by the pytest plugin. The first process that asks starts ``python -m plumbline.testcluster
up``, the others wait for its kubeconfig. The cluster belongs to the session's main process (under
pytest-xdist the parent of the workers) and ends with it, however that ends.
"""

import fcntl
import os
import pathlib
import signal
import sys
import time

from plumbline.core import errors

__all__ = ["end", "join"]

_PAUSE = 0.1


def join(
    directory: pathlib.Path, owner: int, command: tuple[str, ...] = ("up",)
) -> tuple[pathlib.Path, int | None]:
    """Return the kubeconfig of the session's cluster, and its process id if we started it.

    `directory` is the session's, the same for all its processes; `owner` is the main process;
    `command` is what ``python -m plumbline.testcluster`` is told, with flags of its own.
    Raises Unavailable with what the cluster printed if it does not come up.
    """
    directory.mkdir(parents=True, exist_ok=True)
    kubeconfig = directory / "kubeconfig"
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if kubeconfig.exists():
            return kubeconfig, None
        return kubeconfig, _start(directory, kubeconfig, owner, command)


def end(pid: int) -> None:
    """Stop the cluster that `join` started and wait until all its processes are gone."""
    os.kill(pid, signal.SIGTERM)
    os.waitpid(pid, 0)


def _start(
    directory: pathlib.Path, kubeconfig: pathlib.Path, owner: int, command: tuple[str, ...]
) -> int:
    output = directory / "up.log"
    argv = [
        sys.executable, "-m", "plumbline.testcluster", *command,
        f"--kubeconfig-out={kubeconfig}", f"--owner-pid={owner}", "--name=plumbline-tests",
    ]  # fmt: skip
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    # Not subprocess.Popen, which complains about a process that outlives its object: this one may
    # have to outlive the worker that started it.
    pid = os.posix_spawn(
        sys.executable,
        argv,
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(output), flags, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
    while not kubeconfig.exists():
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            raise errors.Unavailable(f"no test cluster:\n{output.read_text()[-4000:]}")
        time.sleep(_PAUSE)
    return pid

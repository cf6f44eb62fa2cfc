"""Hold a node: make its groups and namespaces, open the way in, take everything down at the end.

Run as a program by ``running``. It ends when its standard input does (whoever started it is gone),
when it gets SIGTERM or SIGINT, or when the node ends by itself. However it ends, nothing inside
survives: the first process of the namespaces is killed with its parent. What a keeper killed hard
cannot remove any more are empty groups, which the next node sweeps.
"""

import contextlib
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import time

from plumbline.core import errors
from plumbline.testcluster import ports
from plumbline.testcluster.node import cgroups, forward, layout

__all__ = ["main"]

_NAMESPACES = ("--mount", "--net", "--pid", "--uts", "--ipc", "--cgroup")
_SBIN = "/usr/local/sbin:/usr/sbin:/sbin"
_FORK_SECONDS = 10.0
_END_SECONDS = 10.0
_PAUSE = 0.01
# Large, and of no use once the node is down; logs stay.
_BULK = ("containerd", "kubelet", "volumes", "etcd")


def main() -> int:
    """Run the node whose directory is the only argument; return its exit code."""
    place = layout.Layout.of(pathlib.Path(sys.argv[1]))
    stop, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    cgroups.sweep()
    groups = cgroups.create(cgroups.name_of(os.getpid()))
    try:
        return _hold(place, groups, stop)
    except errors.PlumblineError as problem:
        print(problem.message, flush=True)
        return 1
    finally:
        place.init.unlink(missing_ok=True)
        cgroups.remove(groups)
        print("every process has ended", flush=True)
        for part in _BULK:
            shutil.rmtree(place.directory / part, ignore_errors=True)
        print("files removed", flush=True)


def _hold(place: layout.Layout, groups: list[pathlib.Path], stop: int) -> int:
    with contextlib.ExitStack() as stack:
        unshare = _unshare(place, groups)
        stack.callback(_end, unshare)
        init = _child(unshare)
        first = os.pidfd_open(init)
        stack.callback(_kill, first)
        ways = forward.Forwarder(init)
        stack.callback(ways.close)
        ways.open(ports.LOOPBACK, place.apiserver_port, local_port=place.apiserver_port)
        part = place.init.with_suffix(".part")
        part.write_text(str(init))
        part.rename(place.init)
        ready, _, _ = select.select([sys.stdin, stop, first], [], [])
        return unshare.wait() if first in ready else 0


def _unshare(place: layout.Layout, groups: list[pathlib.Path]) -> subprocess.Popen[bytes]:
    """Start `inside` in new namespaces, in the groups, with nothing of the outside's proxies."""
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    environment["PATH"] = f"{environment.get('PATH', '/usr/bin:/bin')}:{_SBIN}"
    inside = [sys.executable, "-m", "plumbline.testcluster.node.inside", str(place.directory)]
    return subprocess.Popen(
        [
            # Killed with us, and with it (--kill-child) the first process inside.
            "setpriv", "--pdeathsig=KILL", "--", "unshare", *_NAMESPACES, "--fork",
            "--kill-child=KILL", "--mount-proc", "--propagation=private", "--", *inside,
        ],
        stdin=subprocess.PIPE,
        env=environment,
        cwd="/",
        preexec_fn=lambda: cgroups.enter(groups),  # noqa: PLW1509 - one thread only, by here
    )  # fmt: skip


def _child(unshare: subprocess.Popen[bytes]) -> int:
    """Return the process that unshare forked: the first one inside."""
    children = pathlib.Path(f"/proc/{unshare.pid}/task/{unshare.pid}/children")
    deadline = time.monotonic() + _FORK_SECONDS
    while unshare.poll() is None and time.monotonic() < deadline:
        if found := children.read_text().split():
            return int(found[0])
        time.sleep(_PAUSE)
    raise errors.Unavailable(f"no namespaces were made: unshare ended with {unshare.poll()}")


def _kill(first: int) -> None:
    """Kill the first process inside; the kernel then kills all others before that one is gone."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(first, signal.SIGKILL)
    os.close(first)


def _end(unshare: subprocess.Popen[bytes]) -> None:
    """Wait for unshare, which waits for the first process inside."""
    if unshare.stdin is not None:
        unshare.stdin.close()
    try:
        unshare.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        unshare.kill()
        unshare.wait()


if __name__ == "__main__":
    sys.exit(main())

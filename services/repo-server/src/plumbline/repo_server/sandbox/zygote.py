"""The process that forks sandboxed children: ``python -m plumbline.repo_server.sandbox.zygote FD``.

Started by the client with an empty environment, before it knows any secret. Speaks JSON packets
over a Unix socket: ``run`` (with two descriptors, the child's output and error pipes), ``kill`` and
``probe``; answers ``started``, ``ended``, ``probed``. It ends, with all its children, when the
other side closes the socket. Standard library only; single-threaded, so that fork is safe.
"""

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys

from plumbline.repo_server.sandbox import kernel

__all__ = ["main"]

_PACKET = 128 * 1024
_SETUP_FAILED = 126


def _child(order: dict[str, object], output: int, error: int) -> None:
    """Become the tool; never returns."""
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        null = os.open("/dev/null", os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(output, 1)
        os.dup2(error, 2)
        os.closerange(3, 1024)
        os.chdir(str(order["cwd"]))
        kernel.limit(order["limits"])  # type: ignore[arg-type]
        kernel.no_new_privileges()
        if order["landlock"]:
            kernel.restrict_files(
                read=order["read"],  # type: ignore[arg-type]
                execute=order["execute"],  # type: ignore[arg-type]
                write=order["write"],  # type: ignore[arg-type]
            )
        if order["seccomp"]:
            kernel.restrict_syscalls()
        argv: list[str] = order["argv"]  # type: ignore[assignment]
        os.execve(argv[0], argv, order["env"])  # type: ignore[arg-type]  # noqa: S606 -- no shell
    except BaseException as failure:  # noqa: BLE001 -- a forked child must not return
        with contextlib.suppress(OSError):
            os.write(2, f"sandbox: {failure}".encode())
        os._exit(_SETUP_FAILED)


class _Zygote:
    def __init__(self, peer: socket.socket) -> None:
        self._peer = peer
        self._children: dict[int, int] = {}

    def serve(self) -> None:
        """Work until the peer is gone."""
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        os.set_blocking(reader, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while True:
            ready = select.select([self._peer.fileno(), reader], [], [])[0]
            if reader in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(reader, 4096)
                self._reap()
            if self._peer.fileno() in ready and not self._handle():
                for pid in list(self._children):
                    self._kill(pid)
                return

    def _handle(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self._peer, _PACKET, 2)
        if not message:
            return False
        order = json.loads(message)
        if order["do"] == "run":
            self._run(order, descriptors[0], descriptors[1])
            for descriptor in descriptors:
                os.close(descriptor)
        elif order["do"] == "kill":
            for pid, number in list(self._children.items()):
                if number == order["id"]:
                    self._kill(pid)
        else:
            self._tell({"is": "probed", "id": order["id"], "landlock": kernel.landlock_abi()})
        return True

    def _run(self, order: dict[str, object], output: int, error: int) -> None:
        pid = os.fork()
        if pid == 0:
            _child(order, output, error)
        self._children[pid] = order["id"]  # type: ignore[assignment]

    def _kill(self, pid: int) -> None:
        """Kill a child and all it started; the child is ours and not reaped, so the id is its."""
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(pid, signal.SIGKILL)

    def _reap(self) -> None:
        while self._children:
            try:
                # Look first, kill the group while its leader still holds the id, then reap.
                found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if found is None:
                return
            pid = found.si_pid
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
            _, status, usage = os.wait4(pid, 0)
            self._tell(
                {
                    "is": "ended",
                    "id": self._children.pop(pid),
                    "status": os.waitstatus_to_exitcode(status),
                    "cpu": usage.ru_utime + usage.ru_stime,
                    "rss": usage.ru_maxrss,
                }
            )

    def _tell(self, message: dict[str, object]) -> None:
        self._peer.send(json.dumps(message).encode())


def main() -> None:
    """Serve the socket whose descriptor is the first argument."""
    gc.freeze()
    gc.disable()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        _Zygote(socket.socket(fileno=int(sys.argv[1]))).serve()


if __name__ == "__main__":
    main()

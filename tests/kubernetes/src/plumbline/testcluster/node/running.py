"""A running node as tests hold it: start it, enter it, bring it images, reach into it, stop it.

Called by the pytest plugin and ``python -m plumbline.testcluster node``. The node itself is the
keeper's; a handle on one that somebody else started comes from `Node.attach`.
"""

import collections.abc
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import time
from types import TracebackType
from typing import Any, Self

from plumbline.core import errors
from plumbline.testcluster import api, binaries, tools
from plumbline.testcluster.node import forward, images, layout, machine

__all__ = ["Node"]

_SECONDS = 180.0
_STOP_SECONDS = 120.0  # ending takes one or two; removing gigabytes of images may take long
_PAUSE = 0.05
_LOG_TAIL = 4000
_HIDDEN = ("/run", "/var/lib", "/var/log", "/sys", "/proc")


class Node:
    """A Kubernetes of one real node, in namespaces of its own."""

    address = layout.ADDRESS
    """The node's address, to which a program started inside listens for pods to reach it."""

    name = layout.NAME
    """The name of the Node object."""

    def __init__(
        self, place: layout.Layout, keeper: "subprocess.Popen[bytes] | None", layer: pathlib.Path
    ) -> None:
        self._place = place
        self._keeper = keeper
        self._layer = layer
        self._forwarder: forward.Forwarder | None = None
        self._api: api.Api | None = None

    @classmethod
    def start(
        cls,
        directory: pathlib.Path,
        *,
        name: str = "plumbline-node",
        progress: collections.abc.Callable[[str], None] = print,
    ) -> Self:
        """Start a new node that keeps all its files in `directory`; return when it is usable.

        Usable: the node is Ready, cluster DNS answers, the metrics API serves what is measured.
        Raises FailedPrecondition if this machine lacks something, if `directory` holds a node
        already or lies where the node has mounts of its own; Unavailable with the end of the log
        if the node ends; DeadlineExceeded after three minutes.
        """
        if lack := machine.missing():
            raise errors.FailedPrecondition(lack)
        directory = directory.resolve()
        if any(directory.is_relative_to(hidden) for hidden in _HIDDEN):
            raise errors.FailedPrecondition(f"a node cannot live in {directory}: choose /tmp/…")
        if directory.joinpath("node.json").exists():
            raise errors.FailedPrecondition(f"{directory} holds a node already")
        built = binaries.ensure_binaries(progress)
        archives = images.ensure(progress)
        layer = tools.ensure_layer(progress)
        directory.mkdir(parents=True, exist_ok=True)
        place = layout.Layout.create(directory, built, archives.all, name=name)
        with place.log.open("ab") as log:
            keeper = subprocess.Popen(
                [sys.executable, "-m", "plumbline.testcluster.node.keeper", str(directory)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C at the terminal is ours to pass on
            )
        node = cls(place, keeper, layer)
        try:
            node._wait_ready()
        except BaseException:
            node.stop()
            raise
        return node

    @classmethod
    def attach(cls, directory: pathlib.Path) -> Self:
        """Return a handle on the node in `directory`, started by another process.

        `stop` then closes this handle's ways in and leaves the node alone. Raises NotFound if there
        is no running node.
        """
        node = cls(layout.Layout.of(directory.resolve()), None, tools.ensure_layer(print))
        node.pid  # noqa: B018 - raises NotFound unless it runs
        return node

    @property
    def directory(self) -> pathlib.Path:
        """Where settings and logs (NAME.log, pods' logs in logs/pods) are."""
        return self._place.directory

    @property
    def kubeconfig(self) -> pathlib.Path:
        """The administrator's kubeconfig; it works inside and outside."""
        return self._place.kubeconfig

    @property
    def api(self) -> api.Api:
        """A blocking client with the administrator's rights."""
        if self._api is None:
            self._api = api.Api.of(self.kubeconfig)
        return self._api

    @property
    def pid(self) -> int:
        """The first process of the namespaces, as this machine numbers it."""
        try:
            return int(self._place.init.read_text())
        except FileNotFoundError as problem:
            raise errors.NotFound(f"no node runs in {self.directory}") from problem

    def popen(self, argv: list[str], **options: Any) -> "subprocess.Popen[Any]":
        """Start a program inside; `options` are those of subprocess.Popen.

        It sees the machine's files, the node's network, processes and names; kubectl and helm are
        on its PATH and KUBECONFIG is set. It ends with the returned process, and with the node.
        """
        given = options.pop("env", None)
        directory = ["env", f"--chdir={options.pop('cwd', '/')}"]
        environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        environment["PATH"] = f"{self._layer}:{environment.get('PATH', '')}:/usr/sbin:/sbin"
        environment["KUBECONFIG"] = str(self.kubeconfig)
        return subprocess.Popen(
            [*self.argv, *directory, *argv], env=given or environment, **options
        )

    @property
    def argv(self) -> list[str]:
        """What to put before a command line to have it run inside."""
        return [
            "nsenter", f"--target={self.pid}", "--mount", "--net", "--pid", "--uts", "--ipc",
            "--", "setpriv", "--pdeathsig=TERM", "--",
        ]  # fmt: skip

    def run(
        self, argv: list[str], *, stdin: str = "", check: bool = True, seconds: float = 120.0
    ) -> "subprocess.CompletedProcess[str]":
        """Run a program inside to its end and return what it printed.

        Raises AssertionError with the output if it fails, unless `check` is False.
        """
        with self.popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                output, problems = process.communicate(stdin, timeout=seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        if check and process.returncode != 0:
            raise AssertionError(f"{' '.join(argv)}: {output}{problems}")
        return subprocess.CompletedProcess(argv, process.returncode, output, problems)

    def kubectl(self, *argv: str, stdin: str = "") -> str:
        """Run kubectl inside and return its output; raises AssertionError with what it said."""
        return self.run(["kubectl", *argv], stdin=stdin).stdout

    def inside(self) -> contextlib.AbstractContextManager[None]:
        """Have the calling thread, and what it starts, in the node's network.

        Sockets opened there reach pods and Services, and listen where pods reach them
        (`Node.address`); files and processes stay the machine's. Raises OSError without the right.
        """
        return forward.inside(self.pid)

    def forward(self, address: str, port: int) -> int:
        """Return a port of this machine's loopback that leads to `address`:`port` inside.

        `address` is a number: of the node, a pod or a Service. Open until `stop`.
        """
        if self._forwarder is None:
            self._forwarder = forward.Forwarder(self.pid)
        return self._forwarder.open(address, port)

    def forward_service(self, namespace: str, name: str, port: int) -> int:
        """Return a port of this machine's loopback that leads to a Service's `port`."""
        service = self.api.get(f"/api/v1/namespaces/{namespace}/services/{name}")
        return self.forward(service["spec"]["clusterIP"], port)

    def load_image(self, archive: pathlib.Path) -> None:
        """Import an archive as ``docker save`` writes it; raises AssertionError if that fails."""
        ctr = ["ctr", "-a", layout.RUNTIME_SOCKET, "-n", "k8s.io", "images", "import"]
        self.run([*ctr, str(archive.resolve())], seconds=300)

    def stop(self) -> None:
        """End the node, if this handle started it, and wait until nothing of it is left."""
        if self._forwarder is not None:
            self._forwarder.close()
            self._forwarder = None
        if self._keeper is None:
            return
        if self._keeper.stdin is not None:
            self._keeper.stdin.close()
        try:
            self._keeper.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._keeper.send_signal(signal.SIGKILL)
            self._keeper.wait()
        self._keeper = None

    def tail(self) -> str:
        """Return the end of the keeper's log."""
        return self._place.log.read_bytes()[-_LOG_TAIL:].decode(errors="replace")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + _SECONDS
        while not self._place.ready.exists():
            if self._keeper is None or self._keeper.poll() is not None:
                raise errors.Unavailable(f"the node did not come up:\n{self.tail()}")
            if time.monotonic() > deadline:
                raise errors.DeadlineExceeded(f"no node after {_SECONDS:.0f}s:\n{self.tail()}")
            time.sleep(_PAUSE)

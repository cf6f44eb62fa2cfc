"""Run a test cluster from the command line: ``python -m plumbline.testcluster up``.

For developers and for the pytest plugin, which runs it once per session and ends it by its process
id. ``up`` stays in the foreground until Ctrl-C, SIGTERM or the end of the process named by
``--owner-pid``; ``build`` only fills the cache. ``node`` is about a real node (``node check``,
``node up``, ``node exec -- COMMAND``).
"""

import argparse
import collections.abc
import contextlib
import os
import pathlib
import select
import shutil
import signal
import sys
import tempfile
import time
import types

from plumbline.core import errors
from plumbline.testcluster import binaries, cluster, node, store
from plumbline.testcluster.node import images


def main(argv: list[str] | None = None) -> int:
    """Read the command line, do what it says, return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m plumbline.testcluster", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="build the binaries into the cache and stop")
    up = commands.add_parser("up", help="run a cluster until Ctrl-C")
    up.add_argument("--directory", type=pathlib.Path, help="where to keep it (default: temporary)")
    up.add_argument("--kubeconfig-out", type=pathlib.Path, help="copy the kubeconfig there")
    up.add_argument("--name", default="plumbline", help="name of the kubeconfig's context")
    up.add_argument("--nodes", type=int, default=1, help="number of fake nodes")
    up.add_argument("--owner-pid", type=int, help="stop when this process ends")
    _add_node(commands.add_parser("node", help="a real node: check, up, exec"))
    options = parser.parse_args(argv)
    try:
        if options.command == "build":
            return _build()
        if options.command == "node":
            return _NODE[options.node_command](options)
        return _up(options)
    except errors.PlumblineError as problem:
        print(problem.message, file=sys.stderr)
        return 1


def _build() -> int:
    """Fill the cache: of what a real node needs only where one can run."""
    built = binaries.ensure_binaries(_say)
    _say(f"{built.controlplane}\n{built.kwok}")
    lack = node.missing()
    _say(lack or "\n".join(map(str, images.ensure(_say).all)))
    return 0


def _add_node(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="node_command", required=True)
    commands.add_parser("check", help="say what this machine lacks; exit 1 if anything")
    up = commands.add_parser("up", help="run a real node until Ctrl-C")
    up.add_argument("--directory", type=pathlib.Path, help="where to keep it (default: temporary)")
    up.add_argument("--kubeconfig-out", type=pathlib.Path, help="copy the kubeconfig there")
    up.add_argument("--name", default="plumbline-node", help="name of the kubeconfig's context")
    up.add_argument("--owner-pid", type=int, help="stop when this process ends")
    run = commands.add_parser("exec", help="run a command inside the node")
    run.add_argument("--directory", type=pathlib.Path, help="the node's (default: the last one's)")
    run.add_argument("argv", nargs="+", metavar="COMMAND", help="after --")


def _up(options: argparse.Namespace) -> int:
    def start(directory: pathlib.Path) -> cluster.Cluster:
        return cluster.Cluster.start(
            directory, name=options.name, nodes=options.nodes, progress=_say
        )

    return _foreground(options, start)


def _node_check(_: argparse.Namespace) -> int:
    lack = node.missing()
    _say(lack or "a real node can run on this machine")
    return 1 if lack else 0


def _node_up(options: argparse.Namespace) -> int:
    def start(directory: pathlib.Path) -> node.Node:
        running = node.Node.start(directory, name=options.name, progress=_say)
        _last_node().parent.mkdir(parents=True, exist_ok=True)
        _last_node().write_text(str(running.directory))
        _say(f"python -m plumbline.testcluster node exec --directory {running.directory} -- bash")
        return running

    return _foreground(options, start)


def _node_exec(options: argparse.Namespace) -> int:
    directory = options.directory
    if directory is None:
        if not _last_node().exists():
            raise errors.NotFound("no node was started here; name one with --directory")
        directory = pathlib.Path(_last_node().read_text())
    return node.Node.attach(directory).popen(options.argv).wait()


def _last_node() -> pathlib.Path:
    """Where the directory of the node last started is remembered."""
    return store.root() / "node" / "last"


_NODE: dict[str, collections.abc.Callable[[argparse.Namespace], int]] = {
    "check": _node_check,
    "up": _node_up,
    "exec": _node_exec,
}


def _foreground(
    options: argparse.Namespace,
    start: collections.abc.Callable[[pathlib.Path], cluster.Cluster | node.Node],
) -> int:
    """Start what `start` starts and keep it until a signal or the owner's end."""
    signal.signal(signal.SIGTERM, _interrupt)
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.suppress(KeyboardInterrupt))
        owner = os.pidfd_open(options.owner_pid) if options.owner_pid else None
        directory = options.directory or pathlib.Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="plumbline-cluster-"))
        )
        started = time.monotonic()
        running = start(directory)
        stack.callback(running.stop)
        if options.kubeconfig_out:
            # Renamed into place: who waits for this file never reads half of it.
            part = options.kubeconfig_out.with_name(f"{options.kubeconfig_out.name}.part")
            shutil.copy(running.kubeconfig, part)
            part.rename(options.kubeconfig_out)
        _say(f"ready after {time.monotonic() - started:.1f}s; Ctrl-C stops it")
        _say(f"export KUBECONFIG={options.kubeconfig_out or running.kubeconfig}")
        # Without an owner nothing ever becomes readable: only a signal ends the wait.
        select.select([owner] if owner is not None else [], [], [])
    return 0


def _interrupt(number: int, frame: types.FrameType | None) -> None:
    """Treat SIGTERM as Ctrl-C."""
    raise KeyboardInterrupt


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())

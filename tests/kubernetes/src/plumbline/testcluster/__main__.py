"""Run a test cluster from the command line: ``python -m plumbline.testcluster up``.

For developers and for the pytest plugin, which runs it once per session and ends it by its process
id. ``up`` stays in the foreground until Ctrl-C, SIGTERM or the end of the process named by
``--owner-pid``; ``build`` only fills the cache.
"""

import argparse
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
from plumbline.testcluster import binaries, cluster


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
    options = parser.parse_args(argv)
    try:
        if options.command == "build":
            built = binaries.ensure_binaries(_say)
            _say(f"{built.controlplane}\n{built.kwok}")
            return 0
        return _up(options)
    except errors.PlumblineError as problem:
        print(problem.message, file=sys.stderr)
        return 1


def _up(options: argparse.Namespace) -> int:
    signal.signal(signal.SIGTERM, _interrupt)
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.suppress(KeyboardInterrupt))
        owner = os.pidfd_open(options.owner_pid) if options.owner_pid else None
        directory = options.directory or pathlib.Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="plumbline-cluster-"))
        )
        started = time.monotonic()
        running = stack.enter_context(
            cluster.Cluster.start(directory, name=options.name, nodes=options.nodes, progress=_say)
        )
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

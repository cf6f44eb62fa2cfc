"""Make, enter, remove and sweep the control groups (version 1) of a real node.

Called by ``keeper`` and ``mounts``. A node has one group per hierarchy, below the group of whoever
starts it, and a cgroup namespace rooted there: what kubelet and containerd take for the root is the
node's own. A group's name holds the process id and start time of its keeper, so that what a killed
keeper left behind is known as such and removed by the next node that starts.
"""

import dataclasses
import os
import pathlib
import time

from plumbline.core import errors

__all__ = ["Hierarchy", "create", "enter", "hierarchies", "leftovers", "name_of", "remove", "sweep"]

_PREFIX = "plumbline-node-"
_SECONDS = 10.0
_PAUSE = 0.02


@dataclasses.dataclass(frozen=True)
class Hierarchy:
    """One mounted hierarchy: its controllers, where it is mounted, which group is our own."""

    controllers: tuple[str, ...]
    mount: pathlib.Path
    own: pathlib.Path


def hierarchies() -> list[Hierarchy]:
    """Return the mounted hierarchies of version 1, with the group this process is in."""
    paths = {}
    for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
        _, names, path = line.split(":", 2)
        paths[names] = path
    found = {}
    for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        root, mount = before.split()[3:5]
        kind, _, options = after.split(maxsplit=2)
        if kind != "cgroup":
            continue
        for names, path in paths.items():
            if names and set(names.split(",")) <= set(options.split(",")):
                below = os.path.relpath(path, root)
                own = pathlib.Path(os.path.normpath(pathlib.Path(mount, below)))
                found[names] = Hierarchy(tuple(names.split(",")), pathlib.Path(mount), own)
    return list(found.values())


def name_of(pid: int) -> str:
    """Return the name of the groups that belong to the keeper `pid`."""
    return f"{_PREFIX}{pid}-{_started(pid)}"


def create(name: str) -> list[pathlib.Path]:
    """Make one group per hierarchy and return them."""
    made = []
    for hierarchy in hierarchies():
        group = hierarchy.own / name
        group.mkdir()
        made.append(group)
        if "cpuset" in hierarchy.controllers:
            # A new cpuset is empty, and no process can enter an empty one (cpuset(7)).
            for file in ("cpuset.cpus", "cpuset.mems"):
                group.joinpath(file).write_text(hierarchy.own.joinpath(file).read_text())
    return made


def enter(groups: list[pathlib.Path]) -> None:
    """Move this process into the groups."""
    for group in groups:
        group.joinpath("cgroup.procs").write_text(str(os.getpid()))


def remove(groups: list[pathlib.Path], *, seconds: float = _SECONDS) -> None:
    """Remove the groups and all below them, waiting for dying processes to leave them.

    Raises DeadlineExceeded, naming the processes, if some do not.
    """
    deadline = time.monotonic() + seconds
    for group in groups:
        while not _removed(group):
            if time.monotonic() > deadline:
                held = [file.read_text().split() for file in group.rglob("cgroup.procs")]
                raise errors.DeadlineExceeded(f"{group} is still used by processes {held}")
            time.sleep(_PAUSE)


def leftovers() -> list[pathlib.Path]:
    """Return the groups whose keeper is gone."""
    found = []
    for hierarchy in hierarchies():
        for where, directories, _ in os.walk(hierarchy.mount):
            ours = [name for name in directories if name.startswith(_PREFIX)]
            directories[:] = [name for name in directories if name not in ours]
            found += [pathlib.Path(where, name) for name in ours if not _alive(name)]
    return found


def sweep() -> None:
    """Remove what killed keepers left behind; what is in use by then is left alone."""
    for group in leftovers():
        _removed(group)


def _removed(group: pathlib.Path) -> bool:
    """Remove deepest first; False if something is still in use."""
    for where, directories, _ in os.walk(group, topdown=False):
        for name in directories:
            if not _rmdir(pathlib.Path(where, name)):
                return False
    return _rmdir(group)


def _rmdir(group: pathlib.Path) -> bool:
    try:
        group.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False  # busy: the kernel has not reaped its processes yet
    return True


def _alive(name: str) -> bool:
    pid, _, started = name.removeprefix(_PREFIX).partition("-")
    try:
        return _started(int(pid)) == started
    except (FileNotFoundError, ProcessLookupError):
        return False
    except ValueError:
        return True  # not a name of ours


def _started(pid: int) -> str:
    """Return when a process started: with its id, it names it for as long as the machine is up."""
    stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    return stat.rpartition(")")[2].split()[19]

"""Make the mounts and the network of a node, inside its fresh namespaces.

Called by ``inside`` before anything else runs there. All of it ends with the namespaces.
"""

import pathlib
import socket
import subprocess

from plumbline.core import errors
from plumbline.testcluster.node import cgroups, layout

__all__ = ["mount_all", "set_up_network"]

_CGROUPS = pathlib.Path("/sys/fs/cgroup")
_BRIDGE = "node0"
# What the kubelet wants the kernel to be set to. These settings are the whole machine's, so that
# they are not touched: the kubelet is shown files that say what it wants to read. It compares four
# of them on every start (protectKernelDefaults).
_KERNEL = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
}


def mount_all(place: layout.Layout) -> None:
    """Give the namespace its own /run, /var/lib, /var/log, /sys, cgroups and resolver.

    Raises Unavailable with what mount said.
    """
    hierarchies = cgroups.hierarchies()  # as the machine has them, before /sys is covered
    _run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    work = pathlib.Path("/run/plumbline")
    for part in ("upper", "work", "kernel"):
        work.joinpath(part).mkdir(parents=True)
    # New directories in /var/lib (CNI's cache is there, wherever one puts it) stay in memory.
    overlay = f"lowerdir=/var/lib,upperdir={work}/upper,workdir={work}/work"
    _run("mount", "-t", "overlay", "-o", overlay, "overlay", "/var/lib")
    for part in ("kubelet", "containerd"):
        target = pathlib.Path("/var/lib", part)
        target.mkdir(exist_ok=True)
        _run("mount", "--bind", str(place.directory / part), str(target))
    _run("mount", "--bind", str(place.directory / "logs"), "/var/log")
    _show_resolver(place.resolv_conf)
    for name, value in _KERNEL.items():
        shown = work / "kernel" / name.replace("/", ".")
        shown.write_text(f"{value}\n")
        _run("mount", "--bind", str(shown), f"/proc/sys/{name}")
    _run("mount", "-t", "sysfs", "sysfs", "/sys")
    _run("mount", "-t", "tmpfs", "-o", "mode=755", "cgroup", str(_CGROUPS))
    for hierarchy in hierarchies:
        _mount_hierarchy(hierarchy.controllers)
    # Volumes that a pod shares back with the node need a root that passes mounts on.
    _run("mount", "--make-rshared", "/")


def set_up_network() -> None:
    """Give the namespace a name, loopback, the node's address on a bridge, and forwarding.

    There is no way out: a packet for anywhere else is refused at once. Raises Unavailable with
    what ip said.
    """
    socket.sethostname(layout.NAME)
    for words in (
        ("link", "set", "lo", "up"),
        ("link", "add", _BRIDGE, "type", "bridge"),
        ("address", "add", f"{layout.ADDRESS}/24", "dev", _BRIDGE),
        ("link", "set", _BRIDGE, "up"),
        # The kernel looks for a route before kube-proxy's rules get to see a packet of ours.
        ("route", "add", layout.SERVICE_NETWORK, "dev", _BRIDGE, "src", layout.ADDRESS),
    ):
        _run("ip", *words)
    for name in ("ipv4/ip_forward", "bridge/bridge-nf-call-iptables"):
        pathlib.Path("/proc/sys/net", name).write_text("1")


def _mount_hierarchy(controllers: tuple[str, ...]) -> None:
    named = controllers[0].startswith("name=")
    options = f"none,{controllers[0]}" if named else ",".join(controllers)
    name = ",".join(controllers).removeprefix("name=")
    place = _CGROUPS / name
    place.mkdir()
    _run("mount", "-t", "cgroup", "-o", options, "cgroup", str(place))
    for controller in controllers if len(controllers) > 1 else ():
        _CGROUPS.joinpath(controller).symlink_to(name)


def _show_resolver(resolv_conf: pathlib.Path) -> None:
    """Names are the cluster's; a machine's own resolver cannot be reached from here."""
    target = pathlib.Path("/etc/resolv.conf").resolve()
    if not target.exists():  # a link into /run, which is ours by now
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    _run("mount", "--bind", str(resolv_conf), str(target))


def _run(*argv: str) -> None:
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise errors.Unavailable(f"{' '.join(argv)}: {done.stderr.strip()}")

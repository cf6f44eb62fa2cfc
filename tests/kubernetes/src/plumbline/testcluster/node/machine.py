"""Say what this machine lacks to run a real node.

Called by ``running``, the pytest plugin and ``python -m plumbline.testcluster node check``.
"""

import os
import pathlib
import platform
import shutil

from plumbline.testcluster.node import cgroups

__all__ = ["CNI_PLUGINS", "PACKAGES", "missing"]

CNI_PLUGINS = pathlib.Path("/usr/lib/cni")
PACKAGES = (
    "conntrack", "containerd", "containernetworking-plugins", "ethtool", "iproute2", "iptables",
    "nftables", "runc", "socat", "util-linux",
)  # fmt: skip
_PROGRAMS = (
    "conntrack", "containerd", "ctr", "ethtool", "ip", "iptables", "mount", "nft", "nsenter",
    "runc", "setpriv", "socat", "unshare",
)  # fmt: skip
_PLUGINS = ("bridge", "host-local", "loopback", "portmap")
_CONTROLLERS = ("cpu", "cpuacct", "cpuset", "devices", "freezer", "memory", "pids")
_NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "uts")
_SYS_ADMIN = 21


def missing() -> str | None:
    """Return one line with everything this machine lacks, None if a node can run here."""
    lacks = [*_rights(), *_kernel()]
    programs = [name for name in _PROGRAMS if shutil.which(name, path=_path()) is None]
    programs += [f"CNI plugin {name}" for name in _PLUGINS if not (CNI_PLUGINS / name).exists()]
    if programs:
        install = f"apt-get install --no-install-recommends {' '.join(PACKAGES)}"
        lacks.append(f"programs {', '.join(programs)} ({install})")
    return f"no real node on this machine: it lacks {'; '.join(lacks)}" if lacks else None


def _path() -> str:
    """Where root's programs are, even if the caller's PATH is a user's."""
    return f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"


def _rights() -> list[str]:
    if platform.system() != "Linux":
        return ["Linux"]
    if os.geteuid() != 0:
        return ["root"]
    status = pathlib.Path("/proc/self/status").read_text()
    effective = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff"))
    return [] if int(effective, 16) >> _SYS_ADMIN & 1 else ["the capability CAP_SYS_ADMIN"]


def _kernel() -> list[str]:
    if platform.system() != "Linux":
        return []
    lacks = [
        f"{n} namespaces" for n in _NAMESPACES if not pathlib.Path("/proc/self/ns", n).exists()
    ]
    known = {name for found in cgroups.hierarchies() for name in found.controllers}
    if gone := [name for name in _CONTROLLERS if name not in known]:
        lacks.append(f"cgroup (version 1) controllers {', '.join(gone)}")
    if "overlay" not in pathlib.Path("/proc/filesystems").read_text().split():
        lacks.append("the overlay file system")
    if not pathlib.Path("/proc/sys/net/bridge").exists():
        lacks.append("the kernel module br_netfilter")
    return lacks

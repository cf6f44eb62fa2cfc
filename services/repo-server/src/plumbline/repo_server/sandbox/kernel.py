"""Restrict the calling process: no new privileges, resource limits, landlock, seccomp.

Called by the zygote in a freshly forked child, right before exec. Standard library only. Facts
measured in security.md, section 7 A: landlock alone leaves UDP open, so seccomp refuses sockets;
``/dev/null`` must be granted; ``clone3`` must look absent, because its flags cannot be inspected.
"""

import ctypes
import errno
import os
import platform
import resource
import struct

__all__ = ["landlock_abi", "limit", "no_new_privileges", "restrict_files", "restrict_syscalls"]

_LIBC = ctypes.CDLL(None, use_errno=True)

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_PATH_BENEATH = 1
_O_PATH = getattr(os, "O_PATH", 0o10000000)

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _IOCTL = 1 << 14, 1 << 15
_ALL_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_ALL_LATEST = (1 << 16) - 1
_FOR_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL
_READ = _READ_FILE | _READ_DIR
_NET = 0b11
_SCOPES = 0b11

_PR_NO_NEW_PRIVS, _PR_SECCOMP, _FILTER = 38, 22, 2

_LOAD, _JEQ, _JGE, _JSET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NR, _ARCH, _ARG0 = 0, 4, 16
_X32 = 0x40000000
_NEW_NAMESPACES = 0x7E020080  # CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET,TIME}

_MODERN = (*range(425, 434), 434, 438, 440, 442)  # io_uring, mount API, pidfd, process_madvise
_MACHINES = {
    "x86_64": {
        "arch": 0xC000003E,
        "clone": 56,
        "socket": 41,
        "denied": (
            101, 103, 135, 153, 155, 161, 163, 164, 165, 166, 167, 168, 169, 170, 171, 172, 173,
            175, 176, 179, 180, 212, 227, 246, 248, 249, 250, 272, 298, 303, 304, 308, 310, 311,
            312, 313, 320, 321, 323, *_MODERN,
        ),
    },
    "aarch64": {
        "arch": 0xC00000B7,
        "clone": 220,
        "socket": 198,
        "denied": (
            39, 40, 41, 51, 58, 60, 89, 92, 97, 104, 105, 106, 112, 116, 117, 142, 161, 162, 170,
            217, 218, 219, 224, 225, 241, 264, 265, 268, 270, 271, 272, 273, 280, 282, 294,
            *_MODERN,
        ),
    },
}  # fmt: skip
"""ptrace, syslog, personality, mounts, chroot, swap, reboot, modules, kexec, keys, namespaces,
perf, file handles, process memory, bpf, userfaultfd, clocks, host names; by machine."""
_CLONE3 = 435


def _check(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def landlock_abi() -> int:
    """Return the kernel's landlock version, 0 if there is none."""
    return max(0, int(_LIBC.syscall(_CREATE_RULESET, None, 0, 1)))


def no_new_privileges() -> None:
    """Give up gaining privileges by exec, for good."""
    _check(_LIBC.prctl(_PR_NO_NEW_PRIVS, 1, 0, 0, 0))


def limit(limits: dict[str, int]) -> None:
    """Set hard resource limits by their names (AS, CPU, FSIZE, NOFILE, CORE …)."""
    for name, value in limits.items():
        number = getattr(resource, f"RLIMIT_{name}")
        _, hard = resource.getrlimit(number)
        wanted = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(number, (wanted, wanted))


def restrict_files(*, read: list[str], execute: list[str], write: list[str]) -> None:
    """Allow reading, executing and writing below some paths, and refuse all else.

    Args:
        read: files and directories that may be read.
        execute: files that may be read and executed, directories of them.
        write: directories that may be changed in every way, and devices.

    Raises:
        OSError: the kernel refuses, or a path is absent.
    """
    abi = landlock_abi()
    handled = _ALL_BY_ABI.get(abi, _ALL_LATEST)
    attributes = struct.pack("=Q", handled)
    if abi >= 4:
        attributes += struct.pack("=Q", _NET)
    if abi >= 6:
        attributes += struct.pack("=Q", _SCOPES)
    ruleset = _check(_LIBC.syscall(_CREATE_RULESET, attributes, len(attributes), 0))
    grants = [(path, _READ) for path in read]
    grants += [(path, _READ | _EXECUTE) for path in execute]
    grants += [(path, handled & ~_EXECUTE) for path in write]
    for path, rights in grants:
        handle = os.open(path, _O_PATH | os.O_CLOEXEC)
        if not os.path.isdir(path):  # noqa: PTH112 -- small process: no pathlib
            rights &= _FOR_FILES  # noqa: PLW2901 -- the kernel refuses directory rights on files
        rule = struct.pack("=Qi", rights & handled, handle)
        _check(_LIBC.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0))
        os.close(handle)
    _check(_LIBC.syscall(_RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def _op(code: int, value: int, when: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("=HBBI", code, when, otherwise, value)


def restrict_syscalls() -> None:
    """Refuse sockets, namespaces, tracing, mounts and the like, for good.

    Raises:
        OSError: the kernel refuses, or the machine is unknown.
    """
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        raise OSError(errno.ENOSYS, f"no system call table for {platform.machine()}")
    refuse = _op(_RETURN, _ERRNO | errno.EPERM)
    program = [_op(_LOAD, _ARCH), _op(_JEQ, int(machine["arch"]), 1, 0), _op(_RETURN, _KILL)]  # type: ignore[call-overload]
    program += [_op(_LOAD, _NR), _op(_JGE, _X32, 0, 1), refuse]
    for number in (machine["socket"], *machine["denied"]):  # type: ignore[misc]
        program += [_op(_JEQ, number, 0, 1), refuse]
    program += [_op(_JEQ, _CLONE3, 0, 1), _op(_RETURN, _ERRNO | errno.ENOSYS)]
    program += [_op(_JEQ, int(machine["clone"]), 0, 3), _op(_LOAD, _ARG0)]  # type: ignore[call-overload]
    program += [_op(_JSET, _NEW_NAMESPACES, 0, 1), refuse, _op(_RETURN, _ALLOW)]
    code = b"".join(program)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("=H6xQ", len(program), ctypes.addressof(buffer))
    _check(_LIBC.prctl(_PR_SECCOMP, _FILTER, header, 0, 0))

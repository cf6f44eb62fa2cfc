"""Run by the sandbox as a render would be: try to reach what is not its own; print what came."""

import json
import os
import socket
import sys

tree, scratch, other = sys.argv[1:4]
found = {}


def attempt(name, work):
    try:
        found[name] = repr(work())[:200]
    except BaseException as error:
        found[name] = f"refused: {type(error).__name__} {error}"


def connect(family, kind, address):
    def work():
        with socket.socket(family, kind) as one:
            one.settimeout(2)
            one.connect(address)
            one.send(b"x")
            return "connected"

    return work


attempt("own tree", lambda: open(tree + "/own").read())
attempt("own scratch", lambda: open(scratch + "/made", "w").write("x"))
attempt("environment", lambda: sorted(os.environ))
attempt("environment of init", lambda: open("/proc/1/environ", "rb").read())
attempt("environment of the parent", lambda: open(f"/proc/{os.getppid()}/environ", "rb").read())
attempt("memory of init", lambda: open("/proc/1/mem", "rb").read(1))
attempt("another tree", lambda: open(other).read())
attempt("own tree, to write", lambda: open(tree + "/own", "w").write("x"))
attempt("identity", lambda: open("/etc/plumbline/identity/tls.key").read())
attempt("signing key", lambda: open("/etc/plumbline/signing/signing.pem").read())
attempt("mirrors", lambda: os.listdir("/var/lib/plumbline"))
attempt("home", lambda: os.listdir("/home/plumbline"))
attempt("token", lambda: open("/var/run/secrets/kubernetes.io/serviceaccount/token").read())
attempt("root", lambda: open("/made", "w"))
attempt("metadata", connect(socket.AF_INET, socket.SOCK_STREAM, ("169.254.169.254", 80)))
attempt("tcp", connect(socket.AF_INET, socket.SOCK_STREAM, ("10.96.0.1", 443)))
attempt("udp", connect(socket.AF_INET, socket.SOCK_DGRAM, ("10.96.0.10", 53)))
attempt("tcp 6", connect(socket.AF_INET6, socket.SOCK_STREAM, ("::1", 8084)))
attempt("unix", connect(socket.AF_UNIX, socket.SOCK_STREAM, "/tmp/any.sock"))
attempt("netlink", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))
attempt("kill", lambda: os.kill(1, 0))
attempt("unshare", lambda: os.unshare(0x10000000) if hasattr(os, "unshare") else 1 / 0)
print(json.dumps(found))

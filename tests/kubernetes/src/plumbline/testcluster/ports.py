"""Choose free loopback ports for servers that are told their port on the command line.

Called by ``cluster`` and ``redis``. Ports come from below the range the kernel hands out by itself
(32768 and up), so that no outgoing connection takes one between choosing and binding.
"""

import random
import socket

from plumbline.core import errors

__all__ = ["LOOPBACK", "free", "listening"]

LOOPBACK = "127.0.0.1"
_RANGE = range(18000, 32000)


def free(count: int) -> list[int]:
    """Return `count` different ports that nothing on loopback listens on."""
    found: list[int] = []
    for port in random.SystemRandom().sample(_RANGE, len(_RANGE)):
        if len(found) == count:
            break
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue  # taken
        found.append(port)
    if len(found) < count:
        raise errors.ResourceExhausted(f"fewer than {count} free ports on loopback")
    return found


def listening(port: int) -> bool:
    """Return whether something accepts connections on the loopback `port`."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0

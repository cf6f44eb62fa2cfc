"""Kill the processes of a cluster when whoever started them is gone.

Run as a program by ``processes``, never imported: only the standard library, so that it starts in
milliseconds. It reads lines from standard input, ``+PID`` to keep an eye on a process and ``-PID``
to forget it. Standard input ends when the starter stops or dies, even by SIGKILL; every process
still known is then killed, in the order in which it was told. Processes are held by descriptor
(pidfd_open), so that a number used again by the system is never hit.
"""

import os
import signal
import sys


def main() -> None:
    """Follow standard input until it ends, then kill what is left."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    known: dict[int, int] = {}
    for line in sys.stdin:
        number = int(line[1:])
        if line.startswith("-"):
            descriptor = known.pop(number, None)
            if descriptor is not None:
                os.close(descriptor)
            continue
        try:
            known[number] = os.pidfd_open(number)
        except ProcessLookupError:
            continue  # ended before we were told
    for descriptor in known.values():
        try:
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        except ProcessLookupError:
            continue  # ended by itself


if __name__ == "__main__":
    main()

"""The program ``plumb``: arguments and environment in, an exit code out."""

import os
import sys

from plumbline.cli import program

__all__ = ["run"]


def run() -> int:
    """Run the command line of this process."""
    return program.run(sys.argv[1:], os.environ)


if __name__ == "__main__":
    sys.exit(run())

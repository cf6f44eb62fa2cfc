"""Start the repo-server: ``python -m plumbline.repo_server``."""

import os
import sys

import uvloop

from plumbline.core import errors
from plumbline.repo_server import wiring
from plumbline.repo_server.settings import Settings
from plumbline.runtime import logs, settings


def main() -> int:
    """Parse settings, run, and return the exit code."""
    try:
        parsed = settings.load(Settings, sys.argv[1:], os.environ, prog="plumbline-repo-server")
        logs.configure("repo-server", level=parsed.log_level, form=parsed.log_format)
        uvloop.run(wiring.serve(parsed))
    except errors.PlumblineError as error:
        sys.stderr.write(f"plumbline-repo-server: {error.message}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

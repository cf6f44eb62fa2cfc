"""Start the api-server: ``python -m plumbline.api_server``."""

import os
import sys

import uvloop

from plumbline.api_server import wiring
from plumbline.api_server.settings import Settings
from plumbline.core import errors
from plumbline.runtime import logs, settings


def main() -> int:
    """Parse settings, run, and return the exit code."""
    try:
        parsed = settings.load(Settings, sys.argv[1:], os.environ, prog="plumbline-api-server")
        logs.configure("api-server", level=parsed.log_level, form=parsed.log_format)
        uvloop.run(wiring.serve(parsed, dict(os.environ)))
    except errors.PlumblineError as error:
        sys.stderr.write(f"plumbline-api-server: {error.message}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

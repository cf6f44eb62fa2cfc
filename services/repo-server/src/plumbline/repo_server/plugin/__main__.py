"""Start a plugin's sidecar: ``python -m plumbline.repo_server.plugin``."""

import os
import sys

import uvloop

from plumbline.core import errors
from plumbline.repo_server.plugin import serving
from plumbline.repo_server.plugin.settings import Settings
from plumbline.runtime import logs, settings


def main() -> int:
    """Parse settings, run, and return the exit code."""
    try:
        parsed = settings.load(Settings, sys.argv[1:], os.environ, prog="plumbline-plugin")
        logs.configure("plugin", level=parsed.log_level, form=parsed.log_format)
        uvloop.run(serving.serve(parsed, os.environ))
    except errors.PlumblineError as error:
        sys.stderr.write(f"plumbline-plugin: {error.message}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

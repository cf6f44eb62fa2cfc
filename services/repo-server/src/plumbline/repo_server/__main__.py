"""Start the repo-server: ``python -m plumbline.repo_server``."""

import os
import sys

from plumbline.repo_server import wiring
from plumbline.repo_server.settings import Settings
from plumbline.runtime import process

SERVICE = process.Service(
    name="repo-server",
    settings=Settings,
    serve=wiring.serve,
    log=lambda parsed: (parsed.log_level, parsed.log_format),
    mode=lambda parsed: f"sandbox {parsed.sandbox}",
)

if __name__ == "__main__":
    sys.exit(process.run(SERVICE, sys.argv[1:], os.environ))

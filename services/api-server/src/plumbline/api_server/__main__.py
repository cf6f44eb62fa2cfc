"""Start the api-server: ``python -m plumbline.api_server``."""

import os
import sys

from plumbline.api_server import wiring
from plumbline.api_server.settings import Settings
from plumbline.runtime import process

SERVICE = process.Service(
    name="api-server",
    settings=Settings,
    serve=wiring.serve,
    log=lambda parsed: (parsed.log_level, parsed.log_format),
    mode=lambda parsed: "plain text" if parsed.insecure else "tls",
)

if __name__ == "__main__":
    sys.exit(process.run(SERVICE, sys.argv[1:], os.environ))

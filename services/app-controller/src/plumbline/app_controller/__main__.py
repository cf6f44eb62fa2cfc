"""Start the application-controller: ``python -m plumbline.app_controller``."""

import os
import sys

from plumbline.app_controller import wiring
from plumbline.app_controller.settings import Settings
from plumbline.runtime import process

SERVICE = process.Service(
    name="app-controller",
    settings=Settings,
    serve=wiring.serve,
    log=lambda parsed: (parsed.log_level, parsed.log_format),
    mode=lambda _: "application",
)

if __name__ == "__main__":
    sys.exit(process.run(SERVICE, sys.argv[1:], os.environ))

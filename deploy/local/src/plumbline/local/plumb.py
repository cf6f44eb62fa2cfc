"""``plumb`` as a user of this machine's Plumbline types it: a process, a configuration of its own.

Used by the tour and by end-to-end tests, so that what they do is what users do.
"""

import base64
import os
import pathlib
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, Final

__all__ = ["Plumb", "admin_password"]

_SECONDS: Final = 180.0
_PROGRAM: Final = (sys.executable, "-m", "plumbline.cli")


def admin_password(api: Any, namespace: str) -> str:
    """Return the initial admin password from its Secret."""
    path = f"/api/v1/namespaces/{namespace}/secrets/argocd-initial-admin-secret"
    return base64.b64decode(api.get(path)["data"]["password"]).decode()


class Plumb:
    """Runs ``plumb`` against one server."""

    def __init__(
        self, directory: pathlib.Path, address: str, *, program: Sequence[str] = _PROGRAM
    ) -> None:
        """Log in with :meth:`login`.

        Args:
            directory: where the configuration file is kept, as the program sees it.
            address: the server's ``host:port``.
            program: how ``plumb`` is started, for example through ``kubectl exec``.
        """
        self._config = directory / "plumb.config"
        self._address = address
        self._program = program

    def login(self, password: str, *, username: str = "admin") -> str:
        """Log in and return what was printed."""
        return self(
            "login", self._address, "--insecure", "--username", username, "--password", password
        )

    def refused(self, *argv: str) -> None:
        """Run a command that must fail for want of permission."""
        done = self._run(*argv)
        if done.returncode == 0 or "permission denied" not in done.stderr.lower():
            raise AssertionError(
                f"not refused: plumb {' '.join(argv[2:5])}: {done.returncode}\n{done.stderr}"
            )

    def __call__(self, *argv: str, code: int = 0) -> str:
        """Run a command and return its standard output.

        Raises:
            AssertionError: it ended with another exit code; the message holds all it printed.
        """
        done = self._run(*argv)
        if done.returncode != code:
            # Without the arguments of login, which hold a password.
            raise AssertionError(
                f"plumb {' '.join(argv[:3])}: exit code {done.returncode}, wanted {code}\n"
                f"{done.stdout}{done.stderr}"
            )
        return done.stdout

    def _run(self, *argv: str) -> subprocess.CompletedProcess[str]:
        command = [*self._program, "--config", str(self._config), *argv]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("ARGOCD_")}
        return subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
            env=environment,
        )

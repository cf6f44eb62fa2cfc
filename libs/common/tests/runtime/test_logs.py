"""What the log shows of an error."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
import structlog
from plumbline.runtime import logs

def login(word):
    token = word * 2
    raise ValueError(f"{len(token)} characters")

logs.configure("test", form=sys.argv[1])
try:
    login(sys.argv[2])
except ValueError:
    structlog.get_logger().exception("failed")
"""


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_traceback_shows_no_variables(form):
    """Security: passwords and Secrets are among them wherever a request is worked on."""
    argv = [sys.executable, "-c", PROGRAM, form, "canary-51d0"]
    found = subprocess.run(argv, check=True, capture_output=True, text=True)
    assert "canary" not in found.stdout + found.stderr
    assert "22 characters" in found.stderr
    assert "login" in found.stderr

"""How a process ends: an exit code and one line, also where Kubernetes looks for it."""

import json
import subprocess
import sys

import pytest

PROGRAM = """
import dataclasses, os, pathlib, sys
from plumbline.core import errors
from plumbline.core.secret import Secret
from plumbline.runtime import process
from plumbline.runtime.settings import option

@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    port: int = option(1, flag="port", env="PORT", help="port")
    password: Secret = option(Secret(""), env="PASSWORD", help="password")

REASON = errors.FailedPrecondition("cannot listen\\non 0.0.0.0:1")
FAILURES = {
    "plain": REASON,
    "group": ExceptionGroup("g", [ExceptionGroup("h", [REASON])]),
    "defect": RuntimeError("canary"),
}

async def serve(settings, environ):
    if environ.get("FAILURE"):
        raise FAILURES[environ["FAILURE"]]

service = process.Service(
    name="repo-server", settings=Settings, serve=serve,
    log=lambda _: ("info", "json"), mode=lambda _: "test",
)
path = pathlib.Path(sys.argv[1])
sys.exit(process.run(service, sys.argv[2:], os.environ, termination_log=path))
"""


@pytest.fixture
def run(tmp_path):
    """Return the exit code, the lines of the log, and the termination message."""

    def once(*argv, mounted=True, **environ):
        path = tmp_path / "termination-log"
        if mounted:
            path.touch()
        command = [sys.executable, "-c", PROGRAM, str(path), *argv]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr.splitlines(), path.read_text() if mounted else path

    return once


@pytest.mark.parametrize("failure", ["plain", "group"])
def test_a_reason_is_one_line_everywhere(run, failure):
    """In the log, as the last line, and as the termination message; also out of a task group."""
    code, lines, message = run(FAILURE=failure)
    assert 1 == code
    assert "plumbline-repo-server: cannot listen on 0.0.0.0:1\n" == message
    assert message.strip() == lines[-1]
    assert "ended" == json.loads(lines[-2])["event"]
    assert "Traceback" not in "".join(lines)


def test_a_defect_is_in_the_log_and_named_in_the_message(run):
    """Its text may hold anything, so only its kind goes to the message."""
    code, lines, message = run(FAILURE="defect")
    assert 1 == code
    assert "RuntimeError" in message
    assert "canary" not in message
    assert "canary" in "".join(lines)


def test_a_setting_that_cannot_be_read_is_named(run):
    """Before there is a log."""
    code, [line], message = run(PORT="many")
    assert 1 == code
    assert line.startswith("plumbline-repo-server: PORT: cannot read 'many'")
    assert message.strip() == line


def test_no_file_is_made_where_there_is_none(run):
    """Outside of Kubernetes."""
    code, _, path = run(PORT="many", mounted=False)
    assert 1 == code
    assert not path.exists()


def test_the_start_tells_sources_and_no_values(run):
    """Which flag or variable gave a setting."""
    code, lines, message = run("--port=7", PASSWORD="canary")
    first = json.loads(lines[0])
    assert (0, "") == (code, message)
    assert ("starting", "test") == (first["event"], first["mode"])
    assert {"port": "--port", "password": "PASSWORD"} == first["settings"]
    assert "canary" not in "".join(lines)

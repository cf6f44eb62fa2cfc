"""The Git protocol without a web server: a real git daemon."""

import contextlib
import socket
import subprocess
import time

import pytest

from plumbline.core import errors
from plumbline.repo_server.git import repository as repositories


@pytest.fixture
def daemon(tmp_path):
    """A git daemon over tmp_path; the URL of its repositories' directory."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        ["git", "daemon", "--listen=127.0.0.1", f"--port={port}", f"--base-path={tmp_path}",
         "--export-all", "--reuseaddr"],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 20
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            break
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    yield f"git://127.0.0.1:{port}"
    process.terminate()
    process.wait(10)


def opened(url, **fields):
    return repositories.make(url, allow_file=False, **fields)


@pytest.mark.parametrize("depth", [0, 1])
async def test_a_git_daemon_is_read(mirrors, repository, daemon, depth):
    """Branch, tag and commit, whole or shallow, and the next push."""
    repository.commit({"a": "0"})
    commit = repository.commit({"a": "1"})
    repository.git("tag", "-a", "v1", "-m", "x")
    told = opened(f"{daemon}/source/.git", depth=depth)
    for revision in ("main", "v1", "1.*", commit):
        assert commit == await mirrors.resolve(told, revision)
    after = repository.commit({"a": "2"})
    assert after == await mirrors.resolve(told, "main")
    content = await mirrors.read(told, after, lambda t: t.blob(t.children("")["a"].oid, 10))
    assert b"2" == content


async def test_what_the_daemon_has_not(mirrors, daemon):
    """An error, not a wait."""
    with pytest.raises(errors.PlumblineError):
        await mirrors.resolve(opened(f"{daemon}/nothing"), "main")

"""At a terminal, what cannot be undone is asked about; a no changes nothing."""

import contextlib
import os
import subprocess
import sys

import grpc
import pytest


@pytest.fixture
def answer(api, tmp_path):
    """Run a command line at a terminal, where somebody types an answer."""

    def run(typed, *argv):
        person, terminal = os.openpty()
        command = [sys.executable, "-m", "plumbline.cli", *argv]
        os.write(person, typed.encode())
        try:
            return subprocess.run(
                [*command, "--server", api.address, "--plaintext"],
                env={"ARGOCD_CONFIG_DIR": str(tmp_path)},
                stdin=terminal, capture_output=True, text=True, check=False, timeout=60,
            )  # fmt: skip
        finally:
            os.close(person)
            os.close(terminal)

    return run


@pytest.mark.parametrize(("typed", "deleted"), [("n\n", 0), ("y\n", 1)])
def test_delete(api, answer, typed, deleted):
    """A cascading delete asks first."""
    done = answer(typed, "app", "delete", "shop")

    assert "delete 'shop' and all its resources?" in done.stderr
    assert deleted == len(api.requests("Delete"))


def test_delete_all(api, answer):
    """One answer may be for all."""
    answer("a\n", "app", "delete", "one", "two")

    assert ["one", "two"] == [r["name"] for r in api.requests("Delete")]


@pytest.mark.parametrize("words", [["-y"], ["--cascade=false"]])
def test_delete_unasked(api, answer, words):
    """With --yes, or where nothing is removed along, nobody is asked."""
    done = answer("", "app", "delete", "shop", *words)

    assert (0, 1) == (done.returncode, len(api.requests("Delete")))


@pytest.mark.parametrize(
    ("line", "call"),
    [
        ("proj delete team", "Delete"),
        ("repo rm https://r", "DeleteRepository"),
        ("repocreds rm https://r", "DeleteRepositoryCredentials"),
        ("account delete-token -a bob x", "DeleteToken"),
        ("proj role delete-token team ci 1", "DeleteToken"),
        ("cert rm git.example", "DeleteCertificate"),
        ("proj windows delete team 0", "Update"),
    ],
)
def test_optional_questions(api, answer, line, call):
    """Other questions are asked where the user wants them: by flag or configuration."""
    api.answers["Get"] = {"metadata": {"name": "team"}, "spec": {"syncWindows": [{}]}}
    gone = {"serverName": "git.example", "certType": "ssh"}
    api.answers["DeleteCertificate"] = {"items": [gone]}

    refused = answer("n\n", *line.split(), "--prompts-enabled")
    assert (20, []) == (refused.returncode, api.requests(call))
    unasked = answer("", *line.split())
    assert (0, 1) == (unasked.returncode, len(api.requests(call)))


def test_password(api, tmp_path):
    """A password is asked for and not echoed."""
    api.answers["Create"] = api.refusal(grpc.StatusCode.UNAUTHENTICATED, "no")
    person, terminal = os.openpty()
    command = [sys.executable, "-m", "plumbline.cli", "login", api.address, "--plaintext"]
    with subprocess.Popen(
        [*command, "--username", "me", "--skip-test-tls"],
        env={"ARGOCD_CONFIG_DIR": str(tmp_path)}, start_new_session=True,
        stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        asked = b""
        while b"Password" not in asked:  # what is typed before the question is thrown away
            asked += process.stderr.read1()
        os.write(person, b"canary\n")
        out, err = process.communicate(timeout=60)
    os.set_blocking(person, False)
    echoed = b""
    with contextlib.suppress(BlockingIOError):
        echoed = os.read(person, 4096)
    os.close(terminal)
    os.close(person)

    assert [{"username": "me", "password": "canary"}] == api.requests("Create")
    assert b"canary" not in asked + out + err + echoed

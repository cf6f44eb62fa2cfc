"""The program as a process: help, completion, pipes, and what was not foreseen."""

import os
import subprocess
import sys

import pytest


def run(*argv, **options):
    command = [sys.executable, "-m", "plumbline.cli", *argv]
    environment = {"ARGOCD_CONFIG_DIR": "/nonexistent", **options.pop("environ", {})}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, **options
    )


@pytest.mark.parametrize("words", [[], ["app"], ["proj", "role"], ["--help"], ["app", "-h"]])
def test_help(words):
    """Without a command, a group shows its help, which is no error."""
    done = run(*words)

    assert (0, "") == (done.returncode, done.stderr)
    assert "Commands:" in done.stdout


def test_hidden_words():
    """Help shows flags as they are written, and none that only the parser knows."""
    done = run("app", "sync", "--help")

    assert "--prune " in done.stdout
    assert "---" not in done.stdout
    assert "--local" not in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(shell):
    """The script of each shell is printed."""
    done = run("completion", shell)

    assert (0, "") == (done.returncode, done.stderr)
    assert "_PLUMB_COMPLETE" in done.stdout


def test_completion():
    """The shell is told the commands of a group."""
    environ = {"_PLUMB_COMPLETE": "bash_complete", "COMP_WORDS": "plumb app s", "COMP_CWORD": "2"}

    done = run(environ=environ)

    assert ["plain,set", "plain,sync"] == done.stdout.split()


def test_closed_pipe(api):
    """A reader that has enough ends the program quietly."""
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "plumbline.cli", "app", "list", "--plaintext"]
    with os.fdopen(write, "wb") as out:
        done = subprocess.run(
            [*command, "--server", api.address],
            env={"ARGOCD_CONFIG_DIR": "/nonexistent"},
            stdout=out, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip

    assert (141, "") == (done.returncode, done.stderr)


def test_unforeseen(api, ask):
    """An error that nobody foresaw ends with 20 and shows where; 1 would mean "different"."""
    api.answers["ManagedResources"] = {"items": [{"kind": "x", "liveState": "{"}]}

    done = ask("app", "diff", "shop")

    assert 20 == done.code
    assert "Traceback" in done.err


def test_unwritable_configuration(plumb, tmp_path):
    """A configuration that cannot be written is an error of one line."""
    (tmp_path / "file").touch()

    done = plumb("configure", "--prompts-enabled", "--config", str(tmp_path / "file/config"))

    assert 20 == done.code
    assert "Traceback" not in done.err


def test_debug(api, ask):
    """With --loglevel debug, or the variable, every call is told of; its token never is."""
    line = ["app", "list", "--auth-token", "canary"]

    by_flag = ask(*line, "--loglevel", "debug")
    by_variable = ask(*line, environ={"ARGOCD_LOG_LEVEL": "debug"})
    quiet = ask(*line, "--loglevel", "info", environ={"ARGOCD_LOG_LEVEL": "debug"})

    for done in (by_flag, by_variable):
        assert "application.ApplicationService/List took" in done.err
        assert "canary" not in done.err
    assert "" == quiet.err


def test_version(api, ask):
    """Versions of client and server; only the client's asks nobody."""
    api.answers["Version"] = {"Version": "v9", "Platform": "linux/amd64"}

    assert "plumb: v" in ask("version", "--client").out
    assert [] == api.asked
    both = ask("version").out
    assert "argocd-server: v9\n  Platform: linux/amd64\n" in both
    assert 2 == len(ask("version", "--short").out.splitlines())


def test_bcrypt(plumb):
    """The hash is one that the server accepts for the password."""
    bcrypt = pytest.importorskip("bcrypt")

    done = plumb("account", "bcrypt", "--password", "secret")

    assert 0 == done.code
    assert bcrypt.checkpw(b"secret", done.out.strip().encode())
    assert 20 == plumb("account", "bcrypt", "--password", "x" * 73).code

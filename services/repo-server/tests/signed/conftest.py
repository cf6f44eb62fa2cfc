"""Real OpenPGP keys, made by gpg in a home of the test session's own."""

import os
import shutil
import subprocess

import pytest

GPG = shutil.which("gpg")
GPGV = shutil.which("gpgv")


class Keys:
    """Keys by name, and repositories that sign with them."""

    def __init__(self, home):
        self.home = home
        self.fingerprints = {}

    def gpg(self, *argv, text=None):
        done = subprocess.run(
            [GPG, "--homedir", str(self.home), "--batch", "--yes", "--quiet",
             "--pinentry-mode", "loopback", "--passphrase", "", *argv],
            input=text, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert 0 == done.returncode, done.stderr
        return done.stdout

    def make(self, name, expires="0", *, faked=()):
        self.gpg(
            *faked, "--quick-gen-key", f"{name} <{name}@example.com>", "ed25519", "sign", expires
        )
        listed = self.gpg("--list-keys", "--with-colons", f"{name}@example.com")
        self.fingerprints[name] = next(
            line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr")
        )

    def armoured(self, name):
        return self.gpg("--armor", "--export", f"{name}@example.com")

    def use(self, repository, name):
        """Have the repository sign with a key from now on."""
        wrapper = self.home / "gpg-of-test"
        if not wrapper.exists():
            wrapper.write_text(f'#!/bin/sh\nexec {GPG} --homedir {self.home} --batch "$@"\n')
            wrapper.chmod(0o755)
        repository.git("config", "gpg.program", str(wrapper))
        repository.git("config", "user.signingkey", self.fingerprints[name])

    def stop(self):
        subprocess.run(
            ["gpgconf", "--homedir", str(self.home), "--kill", "all"],
            check=False,
            capture_output=True,
            env={"PATH": os.environ["PATH"]},
        )


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    """Keys `alice`, `bob` and `mallory`."""
    if GPG is None or GPGV is None:
        pytest.skip("gpg and gpgv are not installed (Debian: gpg, gpgv): signatures NOT tested")
    home = tmp_path_factory.mktemp("gpg", numbered=True)
    home.chmod(0o700)
    made = Keys(home)
    for name in ("alice", "bob", "mallory"):
        made.make(name)
    yield made
    made.stop()

"""A Go toolchain is taken from the machine only if it is new enough."""

import pytest

from plumbline.core import errors
from plumbline.testcluster import binaries, golang


def test_toolchain_for_our_modules_is_found():
    """Whatever the machine has, the development environment brings one that builds us."""
    least = golang.required(binaries.MODULES / "go.mod")
    assert golang.find(least).version >= least


def test_old_toolchain_is_passed_over(tmp_path, monkeypatch):
    """A Go that is too old comes first on the PATH; the next candidate is taken."""
    old = tmp_path / "go"
    old.write_text("#!/bin/sh\necho go1.19.1\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert golang.find((1, 20)).program != str(old)
    assert golang.find((1, 19)).program == str(old)


def test_refusal_names_what_was_found(tmp_path, monkeypatch):
    broken = tmp_path / "go"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(errors.FailedPrecondition, match=r"Go 999\.1 or newer is needed"):
        golang.find((999, 1))


def test_go_mod_without_a_version_is_refused(tmp_path):
    (tmp_path / "go.mod").write_text("module x\n")
    with pytest.raises(errors.InvalidArgument):
        golang.required(tmp_path / "go.mod")

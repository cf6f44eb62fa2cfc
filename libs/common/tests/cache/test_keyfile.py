"""Signing keys in a file: the first signs, all are accepted, a change takes effect."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from plumbline import cache
from plumbline.core import errors


def pem():
    return (
        Ed25519PrivateKey.generate()
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


class Replica:
    """One process's view, whose file may be behind."""

    def __init__(self, folder, name, text):
        self.path = folder / name
        self.path.write_text(text)
        self.now = 0.0
        self.keys = cache.KeyFile(str(self.path), kind="render", clock=lambda: self.now)

    def gets(self, text):
        self.path.write_text(text)
        self.now += 1.5


def test_replicas_open_each_others_entries_at_every_step(tmp_path):
    """Added, put first, old one dropped; one replica follows the other by a step."""
    old, new = pem(), pem()
    one, two = (Replica(tmp_path, name, old) for name in ("one", "two"))

    def fits():
        for mine, theirs in ((one, two), (two, one)):
            assert b"x" == theirs.keys.open("key", mine.keys.seal("key", b"x"))

    for text in (old + new, new + old, new):
        one.gets(text)
        fits()
        two.gets(text)
        fits()
    stranger = Replica(tmp_path, "three", old)
    assert one.keys.open("key", stranger.keys.seal("key", b"x")) is None


def test_a_file_that_cannot_be_read_keeps_the_keys(tmp_path):
    """Nothing, no key, and no file at all."""
    replica = Replica(tmp_path, "one", pem())
    entry = replica.keys.seal("key", b"x")
    for text in ("", "-----BEGIN PRIVATE KEY-----\nxx\n-----END PRIVATE KEY-----\n"):
        replica.gets(text)
        assert b"x" == replica.keys.open("key", entry)
    replica.path.unlink()
    replica.now += 2
    assert b"x" == replica.keys.open("key", entry)


def test_a_missing_file_is_named(tmp_path):
    """At the start there is nothing to keep."""
    with pytest.raises(errors.InvalidArgument, match="nothing-here"):
        cache.KeyFile(str(tmp_path / "nothing-here"), kind="render")

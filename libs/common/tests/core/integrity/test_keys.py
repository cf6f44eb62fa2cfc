"""OpenPGP keys as a list shows them; the texts were exported by GnuPG."""

import base64
import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.core import errors, integrity

DATA = Path(__file__).with_name("testdata")
RSA, TWO = (DATA / "rsa.asc").read_text(), (DATA / "two.asc").read_text()


def test_what_a_key_is():
    """Fingerprint, id, owner and kind, as GnuPG lists them."""
    (rsa,) = integrity.read_public_keys(RSA)
    assert ("Rsa Ö <rsa@x>", "rsa2048") == (rsa.owner, rsa.algorithm)
    assert rsa.fingerprint.endswith(rsa.key_id)
    good, curve = integrity.read_public_keys(TWO)
    assert ("2F14DCA5B71FBF6E2E7F80630EAB53D77C8E1015", "0EAB53D77C8E1015", "ed25519") == (
        good.fingerprint,
        good.key_id,
        good.algorithm,
    )
    assert ("Ec <ec@x>", "nistp256") == (curve.owner, curve.algorithm)


def test_each_key_is_kept_alone():
    """Several in one text become several; reading what is kept gives the same key."""
    found = integrity.read_public_keys(f"hello\n{RSA}\nand\n{TWO}".replace("\n", "\r\n"))
    assert 3 == len(found)
    for key in found:
        assert [key] == integrity.read_public_keys(key.armoured)


def armour(data, kind="PUBLIC KEY BLOCK"):
    body = base64.b64encode(data).decode()
    return f"-----BEGIN PGP {kind}-----\n\n{body}\n-----END PGP {kind}-----\n"


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "no ASCII"), ("hello", "no ASCII"), (RSA[:200], "no ASCII"),
        (RSA.replace("PUBLIC", "PRIVATE"), "private key block"),
        (armour(b"\x95\x00\x01x"), "private PGP key"), (armour(b""), "no ASCII"),
        (armour(b"\x99\xff\xff"), "cut off"), (armour(b"\x01"), "no packet"),
        (armour(b"\xff"), "cut off"), (armour(b"\x9b"), "without a length"),
        (armour(b"\xcd\x01x"), "does not begin"), (armour(b"\xc6\x01\x03"), "version 4"),
        (armour(b"\xc6\xe0"), "without a length"), (armour(b"\xc6\xc0"), "cut off"),
        (armour(b"\xc6\xff\x00\x00\x00\x01\x03"), "version 4"),
        (armour(b"\xc6\xc0\x00" + b"\x03" * 192), "version 4"),
        (RSA.replace("\n\n", "\n\n!!"), "base64"), ("x" * 1024 * 1024 + "y", "exceed"),
    ],
)  # fmt: skip
def test_what_is_refused(text, match):
    """Private keys by name, broken ones with a reason, too large ones unread."""
    with pytest.raises(errors.InvalidArgument, match=match):
        integrity.read_public_keys(text)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_key_or_an_error(data):
    """Never another exception, never without end."""
    with contextlib.suppress(errors.InvalidArgument):
        integrity.read_public_keys(armour(b"\xc6" + data))


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("0EAB53D77C8E1015", "0EAB53D77C8E1015"), ("0x0eab53d77c8e1015", "0EAB53D77C8E1015"),
        ("2F14DCA5B71FBF6E2E7F80630EAB53D77C8E1015", "0EAB53D77C8E1015"),
        ("", ""), ("7C8E1015", ""), ("../etc/passwd", ""), ("0EAB53D77C8E1015\nx", ""),
    ],
)  # fmt: skip
def test_the_id_of_a_key(text, want):
    """16 digits, or the last 16 of a fingerprint."""
    assert want == integrity.key_id_of(text)
    if want:
        assert want == integrity.shown_key_id(text)
    else:
        with pytest.raises(errors.InvalidArgument):
            integrity.shown_key_id(text)

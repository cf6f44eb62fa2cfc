"""Entries are exactly what was sealed, for that key, kind and epoch, or they are nothing."""

import pytest
import zstandard
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from plumbline import cache
from plumbline.core import errors
from plumbline.core.secret import Secret

PAYLOAD = b'{"kind":"ConfigMap"}' * 100
SIGNER = cache.Signer.generate(kind="render", epoch="1")


def test_an_entry_opens_and_is_compressed():
    """The payload comes back; the entry is smaller."""
    entry = SIGNER.seal("k", PAYLOAD)

    assert PAYLOAD == SIGNER.verifier().open("k", entry)
    assert len(entry) < len(PAYLOAD)


def test_nothing_of_the_payload_can_be_read_without_the_key():
    """A render may hold a Secret; neither it nor what compression leaves of it is in the entry."""
    canary = b"CANARY-4f1d"
    first, second = (SIGNER.seal("k", canary) for _ in range(2))

    assert canary not in first
    assert zstandard.ZstdCompressor(level=3).compress(canary) not in first
    assert first != second


def test_any_changed_byte_is_refused():
    """Header, signature and body are all covered."""
    entry = SIGNER.seal("k", PAYLOAD)
    verifier = SIGNER.verifier()

    for position in range(len(entry)):
        forged = bytearray(entry)
        forged[position] ^= 1
        assert verifier.open("k", bytes(forged)) is None, position


@pytest.mark.parametrize("length", [0, 1, 20, 83, 84, 100])
def test_a_cut_or_extended_entry_is_refused(length):
    """Neither less nor more than what was signed."""
    entry = SIGNER.seal("k", PAYLOAD)

    assert SIGNER.verifier().open("k", entry[:length]) is None
    assert SIGNER.verifier().open("k", entry + b"x") is None


def test_an_entry_is_bound_to_key_kind_epoch_and_signer():
    """Swapped, replayed from another epoch, of another kind, or signed by somebody else."""
    entry = SIGNER.seal("k", PAYLOAD)
    verifier = SIGNER.verifier()
    key = ed25519.Ed25519PrivateKey.generate()
    same_key = [
        cache.Signer(key, kind="render", epoch="1"),
        cache.Signer(key, kind="state", epoch="1"),
        cache.Signer(key, kind="render", epoch="2"),
    ]

    assert verifier.open("other", entry) is None
    assert (
        verifier.open("k", cache.Signer.generate(kind="render", epoch="1").seal("k", b"x")) is None
    )
    mine = same_key[0].verifier()
    assert b"x" == mine.open("k", same_key[0].seal("k", b"x"))
    assert mine.open("k", same_key[1].seal("k", b"x")) is None
    assert mine.open("k", same_key[2].seal("k", b"x")) is None


def test_keys_rotate_with_an_overlap():
    """A verifier that knows both keys opens old and new entries."""
    old, new = (ed25519.Ed25519PrivateKey.generate() for _ in range(2))
    verifier = cache.Verifier([old, new], kind="render")

    for key in (old, new):
        assert b"x" == verifier.open("k", cache.Signer(key, kind="render").seal("k", b"x"))


def test_only_an_ed25519_key_signs():
    """A wrong file is an error that shows nothing of it."""
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )

    for text in (other.decode(), "canary"):
        with pytest.raises(errors.InvalidArgument) as caught:
            cache.Signer.from_pem(Secret(text), kind="render")
        assert text not in caught.value.message


def test_the_memory_layer_is_bounded():
    """The least recently used goes first; what is too large is not kept."""
    table = cache.BytesLRU(10)
    table.put("a", b"12345")
    table.put("b", b"12345")
    table.get("a")
    table.put("c", b"1")
    table.put("d", b"x" * 11)

    assert (b"12345", None, b"1", None) == tuple(table.get(key) for key in "abcd")

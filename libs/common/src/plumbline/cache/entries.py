"""The form of a cache entry: header, signature, and the compressed payload, encrypted.

Called by the store. Layout: magic, signer id (8 bytes), payload length unpacked (8 bytes),
signature (64 bytes), nonce (12 bytes), body. The signature covers the kind, the key, the epoch and
everything before and after it, so an entry moved to another key, cut, extended or taken from
another epoch does not verify. The body is encrypted (AES-256-GCM), because a render may hold a
Secret and Redis is trusted with nothing; the key is derived from the signing key (HKDF, RFC 5869),
so whoever opens entries holds it: the replicas of the service that makes them, and nobody else
(decision 0001).
"""

import hashlib
import os
import re
import struct
from typing import Final, Protocol

import zstandard
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from plumbline.core import errors
from plumbline.core.secret import Secret

__all__ = ["Opens", "Seals", "Signer", "Verifier", "keys_of"]

_PEM: Final = re.compile(r"-----BEGIN [A-Z0-9 ]+-----[^-]*-----END [A-Z0-9 ]+-----")
_MAGIC: Final = b"PLC2"
_HEADER: Final = struct.Struct(">4s8sQ")
_SIGNATURE: Final = 64
_NONCE: Final = 12
_MAX_PAYLOAD: Final = 256 * 1024 * 1024  # bytes, unpacked
_LEVEL: Final = 3  # zstd's default: above it, time grows faster than size shrinks


class Seals(Protocol):
    """Makes entries."""

    def seal(self, key: str, payload: bytes) -> bytes:
        """Return the entry for a key."""
        ...


class Opens(Protocol):
    """Opens entries."""

    def open(self, key: str, entry: bytes) -> bytes | None:
        """Return the payload, or None if the entry does not verify."""
        ...


def keys_of(pem: Secret) -> list[Ed25519PrivateKey]:
    """Read one or more PKCS #8 keys, one PEM text after the other.

    Raises:
        errors.InvalidArgument: there is none, or one is no Ed25519 key.
    """
    found = []
    for text in _PEM.findall(pem.reveal()):
        try:
            key = serialization.load_pem_private_key(text.encode(), None)
        except (ValueError, TypeError) as error:
            raise errors.InvalidArgument("the cache signing key cannot be read") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise errors.InvalidArgument("the cache signing key is not an Ed25519 key")
        found.append(key)
    if not found:
        raise errors.InvalidArgument("the cache signing key cannot be read")
    return found


def _statement(*, kind: str, key: str, epoch: str, header: bytes, body: bytes) -> bytes:
    """Return what is signed; every part carries its length, so that none can flow into another."""
    digest = hashlib.sha256()
    for part in (kind.encode(), key.encode(), epoch.encode(), header, body):
        digest.update(struct.pack(">Q", len(part)))
        digest.update(part)
    return b"plumbline-cache-entry\x00" + digest.digest()


def _id_of(public: Ed25519PublicKey) -> bytes:
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).digest()[:8]


def _box_of(key: Ed25519PrivateKey) -> AESGCM:
    raw = key.private_bytes_raw()
    derived = HKDF(hashes.SHA256(), 32, None, b"plumbline-cache-encryption").derive(raw)
    return AESGCM(derived)


class Signer:
    """Makes entries of one kind in one epoch."""

    def __init__(self, key: Ed25519PrivateKey, *, kind: str, epoch: str = "") -> None:
        self._key = key
        self._kind = kind
        self._epoch = epoch
        self._id = _id_of(key.public_key())
        self._box = _box_of(key)

    @classmethod
    def generate(cls, *, kind: str, epoch: str = "") -> "Signer":
        """Make a signer whose key lives as long as this process."""
        return cls(Ed25519PrivateKey.generate(), kind=kind, epoch=epoch)

    @classmethod
    def from_pem(cls, pem: Secret, *, kind: str, epoch: str = "") -> "Signer":
        """Read a PKCS #8 key; of several, the first.

        Raises:
            errors.InvalidArgument: it is no Ed25519 key.
        """
        return cls(keys_of(pem)[0], kind=kind, epoch=epoch)

    def verifier(self) -> "Verifier":
        """Return the verifier of this signer's entries."""
        return Verifier([self._key], kind=self._kind, epoch=self._epoch)

    def seal(self, key: str, payload: bytes) -> bytes:
        """Return the entry for a key."""
        packed = zstandard.ZstdCompressor(level=_LEVEL).compress(payload)
        nonce = os.urandom(_NONCE)
        body = nonce + self._box.encrypt(nonce, packed, None)
        header = _HEADER.pack(_MAGIC, self._id, len(payload))
        statement = _statement(
            kind=self._kind, key=key, epoch=self._epoch, header=header, body=body
        )
        return header + self._key.sign(statement) + body


class Verifier:
    """Opens entries of one kind in one epoch, signed by any of several keys (rotation overlaps)."""

    def __init__(self, keys: list[Ed25519PrivateKey], *, kind: str, epoch: str = "") -> None:
        self._keys = {_id_of(k.public_key()): (k.public_key(), _box_of(k)) for k in keys}
        self._kind = kind
        self._epoch = epoch

    def open(self, key: str, entry: bytes) -> bytes | None:
        """Return the payload, or None if the entry is not exactly what was sealed for the key."""
        if len(entry) < _HEADER.size + _SIGNATURE:
            return None
        header = entry[: _HEADER.size]
        magic, signer, length = _HEADER.unpack(header)
        known = self._keys.get(signer)
        if magic != _MAGIC or known is None or length > _MAX_PAYLOAD:
            return None
        public, box = known
        signature = entry[_HEADER.size : _HEADER.size + _SIGNATURE]
        body = entry[_HEADER.size + _SIGNATURE :]
        statement = _statement(
            kind=self._kind, key=key, epoch=self._epoch, header=header, body=body
        )
        try:
            # Nothing is decrypted or unpacked before the signature holds.
            public.verify(signature, statement)
            packed = box.decrypt(body[:_NONCE], body[_NONCE:], None)
            payload: bytes = zstandard.ZstdDecompressor().decompress(packed, max_output_size=length)
        except (InvalidSignature, InvalidTag, zstandard.ZstdError):
            return None
        return payload if len(payload) == length else None

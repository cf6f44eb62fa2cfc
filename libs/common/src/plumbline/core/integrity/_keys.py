"""OpenPGP public keys as they are kept and shown: id, fingerprint, owner, kind (RFC 4880).

Only what a list shows is read here; whether a signature is good is for GnuPG to say.
"""

import base64
import binascii
import dataclasses
import hashlib
import re
from collections.abc import Iterator
from typing import Final

from plumbline.core import errors

__all__ = ["PublicKey", "key_id_of", "read_public_keys", "shown_key_id"]

_MAX_TEXT: Final = 1024 * 1024
_MAX_KEYS: Final = 100
_BEGIN: Final = "-----BEGIN PGP PUBLIC KEY BLOCK-----"
_END: Final = "-----END PGP PUBLIC KEY BLOCK-----"
_BLOCK: Final = re.compile(
    r"-----BEGIN PGP (?P<kind>[A-Z ]+)-----[ \t]*\r?\n(?P<body>.*?)-----END PGP (?P=kind)-----",
    re.DOTALL,
)
_KEY_ID: Final = re.compile(r"(?:0x)?(?:[0-9A-Fa-f]{24})?([0-9A-Fa-f]{16})")
_PUBLIC_KEY, _USER_ID = 6, 13
_SECRET: Final = frozenset({5, 7})
_V4: Final = 4
_CURVES: Final = {
    "2b06010401da470f01": "ed25519",
    "2a8648ce3d030107": "nistp256",
    "2b81040022": "nistp384",
    "2b81040023": "nistp521",
}
_ALGORITHMS: Final = {1: "rsa", 2: "rsa", 3: "rsa", 17: "dsa", 19: "ecdsa", 22: "eddsa"}


@dataclasses.dataclass(frozen=True)
class PublicKey:
    """One primary key."""

    fingerprint: str
    owner: str
    algorithm: str
    """With the size in bits where it is RSA or DSA: ``rsa4096``; the curve where it has one."""
    packets: bytes
    """The key in binary form, alone."""

    @property
    def key_id(self) -> str:
        """The last 16 digits of the fingerprint."""
        return self.fingerprint[-16:]

    @property
    def armoured(self) -> str:
        """The text to keep."""
        encoded = base64.b64encode(self.packets).decode()
        lines = [encoded[at : at + 64] for at in range(0, len(encoded), 64)]
        return "\n".join([_BEGIN, "", *lines, _END, ""])


def key_id_of(text: str) -> str:
    """Return the 16-digit id in a key's id or fingerprint, upper case; empty if it is none."""
    found = _KEY_ID.fullmatch(text.strip())
    return found[1].upper() if found else ""


def shown_key_id(text: str) -> str:
    """Return an id as given, or the id in a fingerprint.

    Raises:
        errors.InvalidArgument: neither.
    """
    found = key_id_of(text)
    if not found:
        raise errors.InvalidArgument(f"'{text[:80]}' is no key id of 16 or 40 digits")
    return found


def read_public_keys(text: str) -> list[PublicKey]:
    """Return the keys of an armoured text.

    Raises:
        errors.InvalidArgument: no armour, a private key, a broken packet, or too much.
    """
    if len(text) > _MAX_TEXT:
        raise errors.InvalidArgument(f"the keys exceed {_MAX_TEXT} bytes")
    found: dict[str, PublicKey] = {}
    for block in _BLOCK.finditer(text):
        if block["kind"] != "PUBLIC KEY BLOCK":
            raise errors.InvalidArgument(f"a PGP {block['kind'].lower()} is no public key")
        for key in _keys(_binary(block["body"])):
            found[key.fingerprint] = key
            if len(found) > _MAX_KEYS:
                raise errors.InvalidArgument(f"more than {_MAX_KEYS} keys at once")
    if not found:
        raise errors.InvalidArgument("no ASCII-armoured PGP public key was found")
    return list(found.values())


def _binary(body: str) -> bytes:
    """Return an armour's content; its checksum is only a guard against accidents."""
    _, blank, rest = body.replace("\r\n", "\n").partition("\n\n")
    lines = (rest if blank else body.lstrip("\n")).splitlines()
    data = "".join(line.strip() for line in lines if not line.startswith("="))
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise errors.InvalidArgument("the armour of a PGP key is not base64") from error


def _keys(data: bytes) -> Iterator[PublicKey]:
    """Yield each primary key with the packets up to the next."""
    start, key, owner = 0, b"", ""
    position = 0
    for tag, body, end in _packets(data):
        if tag in _SECRET:
            raise errors.InvalidArgument(
                "a private PGP key was sent where public ones are expected"
            )
        if tag == _PUBLIC_KEY:
            if key:
                yield _key(key, owner, data[start:position])
            start, key, owner = position, body, ""
        elif not key:
            raise errors.InvalidArgument("a PGP key does not begin with a public key")
        elif tag == _USER_ID and not owner:
            owner = body.decode(errors="replace")[:500]
        position = end
    if key:
        yield _key(key, owner, data[start:])


def _packets(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Yield tag, body and end of each packet (RFC 4880, section 4.2)."""
    position = 0
    while position < len(data):
        tag, size, start = _header(data, position)
        end = start + size
        if end > len(data):
            raise errors.InvalidArgument("a PGP key is cut off")
        yield tag, data[start:end], end
        position = end


def _header(data: bytes, position: int) -> tuple[int, int, int]:
    first = data[position]
    try:
        if not first & 0x80:
            raise errors.InvalidArgument("a PGP key holds something that is no packet")
        if first & 0x40:
            length = data[position + 1]
            if length < 192:
                return first & 0x3F, length, position + 2
            if length < 224:
                size = ((length - 192) << 8) + data[position + 2] + 192
                return first & 0x3F, size, position + 3
            if length == 255:
                size = int.from_bytes(data[position + 2 : position + 6], "big")
                return first & 0x3F, size, position + 6
        elif first & 3 != 3:
            octets = 1 << (first & 3)
            size = int.from_bytes(data[position + 1 : position + 1 + octets], "big")
            return (first >> 2) & 0x0F, size, position + 1 + octets
    except IndexError:
        raise errors.InvalidArgument("a PGP key is cut off") from None
    raise errors.InvalidArgument("a PGP key holds a packet without a length")


def _key(body: bytes, owner: str, packets: bytes) -> PublicKey:
    if len(body) < 8 or body[0] != _V4:
        raise errors.InvalidArgument("only PGP keys of version 4 are known")
    # SHA-1 is the definition of the fingerprint (RFC 4880, section 12.2).
    content = b"\x99" + len(body).to_bytes(2, "big") + body
    fingerprint = hashlib.sha1(content, usedforsecurity=False).hexdigest().upper()
    name = _ALGORITHMS.get(body[5], "unknown")
    if name in ("eddsa", "ecdsa"):
        name = _CURVES.get(body[7 : 7 + body[6]].hex(), name)
    bits = int.from_bytes(body[6:8], "big") if name in ("rsa", "dsa") else 0
    return PublicKey(fingerprint, owner, f"{name}{bits or ''}", packets)
